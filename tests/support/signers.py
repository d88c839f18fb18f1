"""A signer that behaves: what it signed it knows again, and nothing else."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.port import VerifiedStatement


class InMemorySigner:
    """Signs statements with a secret of its own, and verifies them."""

    words = "a signer in memory"
    accepted = (KeySigner(name="memory", kind="key", key="AAAA"),)
    """As a policy would name it."""

    def __init__(self, secret: bytes = b"secret", *, is_broken: bool = False) -> None:
        self._secret, self._is_broken = secret, is_broken
        self.statements: list[bytes] = []
        """Everything that it signed."""

    def sign(self, statement: bytes) -> bytes:
        if self._is_broken:
            raise SignatureError("no key is given", remedy="Set MODELSMITH_SIGNING_KEY.")
        if b"predicateType" not in statement:
            raise SignatureError("this is no in-toto statement", remedy="Report it.")
        self.statements.append(statement)
        fields = {
            "payload": base64.b64encode(statement).decode(),
            "signature": self._mark(statement),
            "number": len(self.statements),  # as with ECDSA, no two signatures are the same
        }
        return json.dumps(fields).encode()

    def verify(
        self, bundle: bytes, accepted: Sequence[KeySigner | KeylessSigner]
    ) -> VerifiedStatement:
        no = SignatureError("nobody vouches for it", remedy="Sign it again.")
        try:
            fields = json.loads(bundle)
            payload, mark = base64.b64decode(fields["payload"]), fields["signature"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise no from None
        if not accepted or not hmac.compare_digest(mark, self._mark(payload)):
            raise no
        return VerifiedStatement(payload, "memory")

    def _mark(self, payload: bytes) -> str:
        return hmac.new(self._secret, payload, hashlib.sha256).hexdigest()
