"""Signing statements with an ECDSA P-256 key: the same bundle as keyless, without any service.

sigstore-python verifies bundles with a certificate only (its issue 1244), so the signature of a key
is made and checked here with cryptography; statement and file format are sigstore's own packages'.
`@sigstore/verify` reads these bundles too.
"""

import base64
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from modelsmith.errors import SignatureError, UsageError
from modelsmith.promotion.signing.attestation import PAYLOAD_TYPE
from modelsmith.promotion.signing.port import StatementSigner
from modelsmith.record import sha256, short

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"


class ManagedKey(StatementSigner):
    """Signs with a private key that somebody keeps."""

    def __init__(self, pem: bytes) -> None:
        """Read the key.

        Args:
            pem: PKCS #8 or SEC 1, not encrypted.

        Raises:
            SignatureError: it is no ECDSA P-256 private key; nothing of it is repeated.
            UsageError: the extra `signing` is not installed.
        """
        require_signing_extra()
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise SignatureError(
                "the signing key is no ECDSA P-256 private key in PEM",
                remedy="Make one with `modelsmith promotion key`; it must not be encrypted.",
            )
        self._key: EllipticCurvePrivateKey = key

    @property
    def public(self) -> str:
        """The public half, as a policy names it: base64 of its DER."""
        return written(self._key.public_key())

    @property
    @override
    def words(self) -> str:
        return f"key {short(hint_of(self._key.public_key()))}"

    @override
    def sign(self, statement: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from sigstore.dsse import Statement
        from sigstore.errors import Error
        from sigstore_models.bundle.v1 import Bundle, VerificationMaterial
        from sigstore_models.common.v1 import PublicKeyIdentifier
        from sigstore_models.intoto import Envelope, Signature

        try:
            Statement(statement)
        except Error as error:
            raise SignatureError(
                f"this is no in-toto statement: {error}", remedy="Report it: it is a defect."
            ) from None
        made = self._key.sign(encoded(statement), ec.ECDSA(hashes.SHA256()))
        envelope = Envelope(
            payload=base64.b64encode(statement),
            payload_type=PAYLOAD_TYPE,
            signatures=[Signature(sig=base64.b64encode(made), keyid="")],
        )
        material = VerificationMaterial(
            public_key=PublicKeyIdentifier(hint=hint_of(self._key.public_key())), tlog_entries=[]
        )
        bundle = Bundle(
            media_type=MEDIA_TYPE, dsse_envelope=envelope, verification_material=material
        )
        return bundle.to_json().encode()


def payload_by_key(bundle: bytes, key: "EllipticCurvePublicKey") -> bytes:
    """Return the statement that `key` signed.

    Args:
        bundle: A Sigstore bundle.
        key: The key that is accepted; it comes from a policy, never from a bundle.

    Raises:
        SignatureError: it did not sign it, with why.
        Exception: whatever the libraries make of bytes that are no bundle; callers refuse on it.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from sigstore_models.bundle.v1 import Bundle

    found = Bundle.from_json(bundle)
    named, envelope = found.verification_material.public_key, found.dsse_envelope
    if found.media_type != MEDIA_TYPE or named is None or envelope is None:
        raise _refused("it is no bundle that a key signed")
    if named.hint != hint_of(key):
        raise _refused(f"it is signed by key {short(named.hint or 'unnamed')}")
    if envelope.payload_type != PAYLOAD_TYPE or len(envelope.signatures) != 1:
        raise _refused("it holds another payload than one signed in-toto statement")
    try:
        key.verify(envelope.signatures[0].sig, encoded(envelope.payload), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise _refused("the signature is not of this statement") from None
    return bytes(envelope.payload)


def encoded(body: bytes) -> bytes:
    """Return what is signed (DSSE v1, pre-authentication encoding)."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def hint_of(key: "EllipticCurvePublicKey") -> str:
    """Return how a bundle names a key: sha256 of its PEM in hex, as model-signing does."""
    from cryptography.hazmat.primitives import serialization as form

    return sha256(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))


def written(key: "EllipticCurvePublicKey") -> str:
    """Return a public key as a policy names it: base64 of its DER (SubjectPublicKeyInfo)."""
    from cryptography.hazmat.primitives import serialization as form

    return base64.b64encode(
        key.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def read(text: str) -> "EllipticCurvePublicKey":
    """Return a public key as a policy names it.

    Raises:
        SignatureError: it is no ECDSA P-256 key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise SignatureError(
            f"{text[:20]}... is no ECDSA P-256 public key",
            remedy="Write the line that `modelsmith promotion key` prints.",
        )
    return key


def _refused(what: str) -> SignatureError:
    return SignatureError(what, remedy="Have it signed by whom the policy accepts.")


def make_key(path: Path) -> str:
    """Write a new private key into a file that only its owner reads; return its public half.

    Raises:
        UsageError: there is a file of that name, or it cannot be written; or the extra `signing`
            is not installed.
    """
    require_signing_extra()
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    if path.exists():
        raise UsageError(
            f"there is a file {path}, and a key is never written over",
            remedy="Use the key that is there, or name another file with --out.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", remedy="Name another file with --out."
        ) from None
    return written(key.public_key())


def require_signing_extra() -> None:
    """Return where signatures can be made and read.

    Nobody may take a library that is missing for a signature that does not hold.

    Raises:
        UsageError: a library is not installed.
    """
    for name in ("cryptography", "sigstore"):
        if find_spec(name) is None:
            raise UsageError(
                f"signatures need {name}, which is not installed",
                remedy="Install the extra `signing`: pip install -e '.[signing]'.",
            )
