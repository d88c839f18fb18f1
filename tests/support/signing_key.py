"""A private key that signs for a factory; made once."""

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec

PRIVATE = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    .decode()
)
"""ECDSA P-256, in PEM."""
