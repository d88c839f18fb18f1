"""A certificate authority for workflows: Fulcio, with the log that its certificates name.

It believes a token that the issuer signed, and writes who the workflow is into the certificate as
the public one does (its `docs/oid-info.md`).
"""

import hashlib
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

OPERATOR = "sigstore.test"
GITHUB = "https://github.com"
CLAIM = "1.3.6.1.4.1.57264.1"
"""Under it lie Fulcio's extensions."""
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
ECDSA = ec.ECDSA(hashes.SHA256())
LIFE = timedelta(minutes=10)
"""Of a certificate, as of the public authority's."""
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def public_der(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key's public half (SubjectPublicKeyInfo)."""
    return key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)


def id_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return how a log or an authority is known: sha256 of its public key."""
    return hashlib.sha256(public_der(key)).digest()


class Fulcio:
    """Makes certificates for whom a token names."""

    def __init__(self, issuer: Any, since: datetime) -> None:
        """Take the issuer's public key, and since when it works."""
        self._issuer = issuer
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.log_key = ec.generate_private_key(ec.SECP256R1())
        """Of the certificate transparency log."""
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, OPERATOR),
                x509.NameAttribute(NameOID.COMMON_NAME, "fulcio"),
            ]
        )
        public = self._key.public_key()
        root = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(since + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        self._root = root.sign(self._key, hashes.SHA256())

    @property
    def root(self) -> bytes:
        """Its certificate (DER)."""
        return self._root.public_bytes(form.Encoding.DER)

    def chain(self, request: bytes, token: str) -> list[str]:
        """Return a certificate for whom a token names, and the root's (PEM).

        Args:
            request: Certificate signing request (PEM): proof that the key is theirs.
            token: OIDC token of the workflow.

        Raises:
            jwt.InvalidTokenError: the issuer did not sign it for Sigstore, or it has ended.
        """
        claims = jwt.decode(token, self._issuer, algorithms=["RS256"], audience="sigstore")
        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("the request is not signed by its key")
        now = datetime.now(UTC)
        builder = self._builder(asked.public_key(), claims, now)
        listed = self._logged(builder.sign(self._key, hashes.SHA256()), now)
        builder = builder.add_extension(
            x509.UnrecognizedExtension(SCT_LIST, listed), critical=False
        )
        leaf = builder.sign(self._key, hashes.SHA256())
        return [one.public_bytes(form.Encoding.PEM).decode() for one in (leaf, self._root)]

    def _builder(
        self, key: Any, claims: Mapping[str, str], now: datetime
    ) -> x509.CertificateBuilder:
        san = x509.UniformResourceIdentifier(f"{GITHUB}/{claims['job_workflow_ref']}")
        code_signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + LIFE)
            .add_extension(usage("digital_signature"), critical=True)
            .add_extension(code_signing, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(authority, critical=False)
            .add_extension(x509.SubjectAlternativeName([san]), critical=True)
        )
        for number, value in extensions_of(claims).items():
            oid = ObjectIdentifier(f"{CLAIM}.{number}")
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
        return builder

    def _logged(self, certificate: x509.Certificate, now: datetime) -> bytes:
        """Return the list of timestamps (RFC 6962, 3.3) of a certificate that has none yet."""
        at, body = int(now.timestamp() * 1000), certificate.tbs_certificate_bytes
        head = struct.pack(">BBQH", 0, 0, at, 1) + id_of(self._key)
        made = self.log_key.sign(head + len(body).to_bytes(3, "big") + body + b"\0\0", ECDSA)
        ecdsa_sha256 = b"\x04\x03"
        one = b"\0" + id_of(self.log_key) + struct.pack(">QH", at, 0) + ecdsa_sha256
        one += struct.pack(">H", len(made)) + made
        return der(4, struct.pack(">HH", len(one) + 2, len(one)) + one)


def extensions_of(claims: Mapping[str, str]) -> dict[int, bytes]:
    """Return what Fulcio writes of a GitHub workflow, by its number under Fulcio's arc."""
    repository = f"{GITHUB}/{claims['repository']}"
    plain = {
        1: claims["iss"],
        2: claims["event_name"],
        3: claims["sha"],
        4: claims["workflow"],
        5: claims["repository"],
        6: claims["ref"],
    }
    typed = {
        8: claims["iss"],
        9: f"{GITHUB}/{claims['job_workflow_ref']}",
        10: claims["job_workflow_sha"],
        11: claims["runner_environment"],
        12: repository,
        13: claims["sha"],
        14: claims["ref"],
        15: claims["repository_id"],
        16: f"{GITHUB}/{claims['repository_owner']}",
        17: claims["repository_owner_id"],
        18: f"{GITHUB}/{claims['workflow_ref']}",
        19: claims["workflow_sha"],
        20: claims["event_name"],
        21: f"{repository}/actions/runs/{claims['run_id']}/attempts/{claims['run_attempt']}",
        22: claims["repository_visibility"],
    }
    return {number: value.encode() for number, value in plain.items()} | {
        number: der(0x0C, value.encode()) for number, value in typed.items()
    }


def der(tag: int, content: bytes) -> bytes:
    """Return content as DER has it: tag, length, content."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def usage(*names: str) -> x509.KeyUsage:
    """Return what a key is for: these, and nothing else."""
    return x509.KeyUsage(**{name: name in names for name in USAGES})
