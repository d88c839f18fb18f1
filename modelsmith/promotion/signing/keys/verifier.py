"""Verifying signed statements by the signers that a policy names, and by nobody else."""

from collections.abc import Callable, Sequence

from typing_extensions import override

from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.keys.keyless import payload_by_workflow
from modelsmith.promotion.signing.keys.managed_key import (
    payload_by_key,
    read,
    require_signing_extra,
)
from modelsmith.promotion.signing.port import StatementVerifier, VerifiedStatement

LONGEST = 160
"""Characters of a library's words that are repeated."""


class OfflineVerifier(StatementVerifier):
    """Verifies without a network."""

    def __init__(self, root: Callable[[str], bytes]) -> None:
        """Take what reads a trusted root by the path that the policy names."""
        self._root = root

    @override
    def verify(
        self, bundle: bytes, accepted: Sequence[KeySigner | KeylessSigner]
    ) -> VerifiedStatement:
        """Raise UsageError where the extra `signing` is not installed."""
        require_signing_extra()
        reasons = []
        for signer in accepted:
            try:
                return VerifiedStatement(self._payload(bundle, signer), signer.name)
            except Exception as error:  # noqa: BLE001 - whatever leaves a library here is a no: ValueError, AttributeError, ...
                reasons.append(f"{signer.name}: {_words(error)}")
        why = "; ".join(reasons) or "it names nobody"
        raise SignatureError(
            f"nobody whom the policy accepts vouches for it ({why})",
            remedy="Have it signed by whom promotions/policy.yaml names under `signers`.",
        )

    def _payload(self, bundle: bytes, signer: KeySigner | KeylessSigner) -> bytes:
        if isinstance(signer, KeylessSigner):
            return payload_by_workflow(bundle, signer, self._root)
        return payload_by_key(bundle, read(signer.key))


def _words(error: Exception) -> str:
    said = error.what if isinstance(error, SignatureError) else str(error)
    line = said.partition("\n")[0] or type(error).__name__
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
