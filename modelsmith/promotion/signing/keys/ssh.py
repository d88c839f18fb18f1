"""Signatures that people make with their SSH keys (SSHSIG, openssh PROTOCOL.sshsig)."""

import base64
import binascii
import hashlib
import os
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from typing_extensions import override

from modelsmith.errors import SignatureError
from modelsmith.git.cli.command import Git
from modelsmith.promotion.signing.keys.managed_key import require_signing_extra
from modelsmith.promotion.signing.port import SshSigner

NAMESPACE = "modelsmith-approval@v1"
"""What signatures are for: one over mail or a git commit says nothing here."""

MAGIC = b"SSHSIG"
HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
LONG_S = 120
"""Longest that ssh-keygen may take: a person touches a security key or types a passphrase."""


class SshKeys(SshSigner):
    """Signs with `ssh-keygen`, which knows agents and security keys; verifies by itself."""

    def __init__(self, folder: Path) -> None:
        """Take the clone whose git settings name a signing key."""
        self._folder = folder

    @override
    def sign(self, message: bytes, key: str | None) -> str:
        with tempfile.TemporaryDirectory() as name:
            path = self._key(key, Path(name))
            words = ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(path)]
            try:
                done = subprocess.run(  # noqa: S603 - fixed program, arguments are a list
                    words, input=message, capture_output=True, check=False, timeout=LONG_S
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise SignatureError(
                    f"ssh-keygen could not sign: {error}",
                    remedy="Install OpenSSH's client, 8.2 or newer.",
                ) from None
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines()
            raise SignatureError(
                f"ssh-keygen did not sign with {path.name}: {told[-1] if told else 'no reason'}",
                remedy="Name a key with --key, and let ssh-agent hold one that has a passphrase.",
            )
        return done.stdout.decode()

    @override
    def signatory(self, message: bytes, signature: str, keys: Mapping[str, str]) -> str:
        """Raise UsageError where the extra `signing` is not installed."""
        require_signing_extra()
        try:
            line = signing_key(message, signature, NAMESPACE)
        except Exception as error:  # noqa: BLE001 - whatever bytes make of a parser is a no
            said = str(error) or type(error).__name__
            raise _refused(f"the SSH signature does not hold: {said}") from None
        for name, key in keys.items():
            if key.split()[:2] == line.split():
                return name
        raise _refused("it is signed by an SSH key that the policy does not list")

    def _key(self, key: str | None, folder: Path) -> Path:
        if key is not None:
            path = Path(key).expanduser()
            if path.is_file():
                return path
            raise SignatureError(
                f"there is no key {key}", remedy="Name the file of an SSH key with --key."
            )
        found = Git(self._folder).tried("config", "--get", "user.signingKey")
        named = found.text.strip()
        if not named:
            raise SignatureError(
                "no SSH key is known to sign with",
                remedy="Name one with --key ~/.ssh/id_ed25519, or set git's user.signingKey.",
            )
        if named.startswith(("ssh-", "ecdsa-", "sk-", "key::")):
            written = folder / "key.pub"
            written.write_text(f"{named.removeprefix('key::')}\n", encoding="ascii")
            return written
        return Path(os.path.expandvars(named)).expanduser()


def signing_key(message: bytes, armoured: str, namespace: str) -> str:
    """Return the public key that signed a message, as `authorized_keys` writes it.

    Raises:
        ValueError: the signature is malformed, for another namespace, or of another message.
        Exception: whatever the libraries make of its bytes; callers refuse on it.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    blob = _blob(armoured)
    if blob[:6] != MAGIC or struct.unpack_from(">I", blob, 6)[0] != 1:
        raise ValueError("it is no SSHSIG of version 1")
    public, at = _string(blob, 10)
    used, at = _string(blob, at)
    reserved, at = _string(blob, at)
    algorithm, at = _string(blob, at)
    signature, at = _string(blob, at)
    if at != len(blob):
        raise ValueError("bytes are left over")
    if used.decode() != namespace:
        raise ValueError(f"it is for {used.decode()!r}, expected {namespace!r}")
    if algorithm not in HASHES:
        raise ValueError(f"it uses {algorithm!r}, expected sha512 or sha256")
    digest = HASHES[algorithm](message).digest()
    covered = MAGIC + b"".join(map(_packed, (used, reserved, algorithm, digest)))
    kind, _ = _string(public, 0)
    line = f"{kind.decode()} {base64.b64encode(public).decode()}"
    made_by, at = _string(signature, 0)
    raw, at = _string(signature, at)
    try:
        _check(load_ssh_public_key(line.encode()), made_by, raw, covered)
    except InvalidSignature:
        raise ValueError("it is of something else") from None
    return line


def _check(key: object, made_by: bytes, raw: bytes, covered: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if isinstance(key, ed25519.Ed25519PublicKey) and made_by == b"ssh-ed25519":
        key.verify(raw, covered)
    elif isinstance(key, ec.EllipticCurvePublicKey) and made_by == b"ecdsa-sha2-nistp256":
        r, at = _string(raw, 0)
        s, _ = _string(raw, at)
        made = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key.verify(made, covered, ec.ECDSA(hashes.SHA256()))
    elif isinstance(key, rsa.RSAPublicKey) and made_by == b"rsa-sha2-512":
        key.verify(raw, covered, padding.PKCS1v15(), hashes.SHA512())
    else:
        raise ValueError(f"keys of kind {made_by.decode()} are not read; ed25519 ones are")


def _blob(armoured: str) -> bytes:
    lines = armoured.strip().splitlines()
    if len(lines) < 3 or "BEGIN SSH SIGNATURE" not in lines[0]:  # noqa: PLR2004 - two armour lines
        raise ValueError("it is no armoured SSH signature")
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        raise ValueError("it is no base64") from None


def _string(blob: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">I", blob, at)
    end = at + 4 + length
    if end > len(blob):
        raise ValueError("it is cut off")
    return blob[at + 4 : end], end


def _packed(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def _refused(what: str) -> SignatureError:
    return SignatureError(what, remedy="Have somebody sign whose key the policy lists.")
