"""Verifies bundles in a process that is refused every connection, lookup and started program.

Reads JSON: bundles in base64, the policy's signers and the trusted root. Prints who vouches for
each bundle, or why nobody does, and what was tried.
"""

import base64
import json
import sys

from pydantic import TypeAdapter

from modelsmith.boundary.isolation.audit_hook import AttemptedAccess, listen
from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner, Signatory
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier


def main() -> None:
    """Verify what stands on the standard input."""
    asked = json.load(sys.stdin)
    tried: list[str] = []

    def refuse(act: AttemptedAccess) -> None:
        tried.append(act.words)
        raise OSError(f"refused: {act.words}")

    signer: TypeAdapter[KeySigner | KeylessSigner] = TypeAdapter(Signatory)
    accepted = [signer.validate_json(one) for one in asked["signers"]]
    verifier = OfflineVerifier(lambda _: json.dumps(asked["root"]).encode())
    said = []
    listen(refuse)
    for bundle in asked["bundles"]:
        try:
            said.append(verifier.verify(base64.b64decode(bundle), accepted).signer)
        except SignatureError as error:
            said.append(error.what)
    print(json.dumps({"said": said, "tried": tried}))


if __name__ == "__main__":
    main()
