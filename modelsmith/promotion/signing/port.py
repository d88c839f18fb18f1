"""Signing: statements by the factory, approvals by people."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from modelsmith.policy import KeylessSigner, KeySigner


class VerifiedStatement(NamedTuple):
    """What a signature covers, and whose it is."""

    payload: bytes
    """The statement."""
    signer: str
    """Name of the signer in the policy."""


class StatementSigner(Protocol):
    """Signs in-toto statements."""

    @property
    def words(self) -> str:
        """Who signs, for messages."""

    def sign(self, statement: bytes) -> bytes:
        """Return a Sigstore bundle (JSON, v0.3) over an in-toto statement.

        Raises:
            SignatureError: nothing could be signed, with what was missing or refused.
        """


class StatementVerifier(Protocol):
    """Verifies bundles offline."""

    def verify(
        self, bundle: bytes, accepted: Sequence[KeySigner | KeylessSigner]
    ) -> VerifiedStatement:
        """Return the statement that one of the `accepted` signers vouches for.

        Only those are tried, in order; what the bundle says of its signer is not believed. No
        network is used. The statement's type and subjects are the caller's to check.

        Raises:
            SignatureError: none of them vouches for it, with why not.
        """


class SshSigner(Protocol):
    """Signatures that people make with their SSH keys (SSHSIG)."""

    def sign(self, message: bytes, key: str | None) -> str:
        """Return the armoured signature of a message.

        Args:
            message: What is signed.
            key: Path of a private or public key; git's `user.signingKey` where none.

        Raises:
            SignatureError: there is no key, or it could not be used.
        """

    def signatory(self, message: bytes, signature: str, keys: Mapping[str, str]) -> str:
        """Return whose key signed a message.

        Args:
            message: What was signed.
            signature: Armoured.
            keys: Who may sign, by name, with their public keys.

        Raises:
            SignatureError: none of the keys made it, or it is of something else.
        """


class Signatures(NamedTuple):
    """What tells whose signature something is."""

    verifier: Callable[[Callable[[str], bytes]], StatementVerifier]
    """Makes a verifier of what reads a file of the policy's own commit: a trusted root."""
    ssh: SshSigner
    """Signs for people, and tells whose key signed what."""
