"""SSH keys of people: made once a process, gone with it."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

_FOLDER = TemporaryDirectory(prefix="keys-")


@cache
def key_of(who: str) -> Path:
    """Return the private key of somebody."""
    path = Path(_FOLDER.name) / who
    made = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(path))
    subprocess.run(made, check=True)
    return path


def public_key_of(who: str) -> str:
    """Return the public key of somebody as the policy has it: kind and base64."""
    kind, key, _ = key_of(who).with_suffix(".pub").read_text().split()
    return f"{kind} {key}"
