"""Who signs here: a key that was given, or the workflow that runs, where the policy accepts it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from typing_extensions import override

from modelsmith.errors import SignatureError
from modelsmith.policy import POLICY, KeylessSigner, KeySigner
from modelsmith.promotion.signing.keys.keyless import (
    KeylessWorkflow,
    ambient_token,
    spoken_for,
    trust_of,
)
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.promotion.signing.port import StatementSigner

KEY, KEY_FILE = "MODELSMITH_SIGNING_KEY", "MODELSMITH_SIGNING_KEY_FILE"
"""Variables with a private key in PEM, or with the path of a file that holds one."""
TRUST = "MODELSMITH_SIGSTORE_CONFIG"
"""Variable with the path of a private Sigstore's client trust config."""


def signer_for(
    environment: Mapping[str, str],
    accepted: Sequence[KeySigner | KeylessSigner],
    token: Callable[[], str | None] = ambient_token,
) -> StatementSigner:
    """Return who signs, of those whom the policy accepts.

    Args:
        environment: Variables of this process.
        accepted: Signers of the policy, in its order.
        token: Returns the OIDC token of the workflow that runs; None where there is none.

    Raises:
        SignatureError: none of them is to be had here, with what was looked for.
    """
    key = _key_in(environment)
    if key is not None and any(one.kind == "key" and one.key == key.public for one in accepted):
        return key
    keyless = [one for one in accepted if isinstance(one, KeylessSigner)]
    told = token() if keyless else None
    if told and (able := spoken_for(told, keyless)):
        return KeylessWorkflow(told, trust_of(able[0], environment.get(TRUST)))
    names = ", ".join(f"{one.name} ({one.kind})" for one in accepted) or "nobody"
    found = "no key is given" if key is None else f"the key given is {key.words}, which is another"
    runs = "the workflow that runs is another" if told else "no workflow with an OIDC token runs"
    raise SignatureError(
        f"nobody here may sign: {POLICY} accepts {names}; {found}"
        + (f", and {runs}" if keyless else ""),
        remedy=f"Give the private key in {KEY} or its file in {KEY_FILE}, or run it in the "
        "workflow that the policy names. `modelsmith promotion key` makes a key.",
    )


def _key_in(environment: Mapping[str, str]) -> ManagedKey | None:
    text, file = environment.get(KEY), environment.get(KEY_FILE)
    if text:
        return ManagedKey(text.encode())
    if not file:
        return None
    try:
        return ManagedKey(Path(file).read_bytes())
    except OSError as error:
        raise SignatureError(
            f"the file that {KEY_FILE} names cannot be read: {error.strerror}",
            remedy="Name the file that `modelsmith promotion key --out` wrote.",
        ) from None


class PolicySigner(StatementSigner):
    """Signs as whom the policy accepts at the moment when something is signed."""

    def __init__(self, choose: Callable[[], StatementSigner]) -> None:
        """Take what chooses; nothing is looked for before something is signed."""
        self._choose = choose

    @property
    @override
    def words(self) -> str:
        """Raise SignatureError where nobody whom the policy accepts is to be had here."""
        return self._choose().words

    @override
    def sign(self, statement: bytes) -> bytes:
        return self._choose().sign(statement)
