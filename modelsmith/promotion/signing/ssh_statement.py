"""A statement that somebody signed with their SSH key, as it lies in git or in a review.

A signature carries the public key that made it, which is believed for one thing alone: to tell a
key that the policy does not list from a listed one that signed something else.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from modelsmith.policy import Policy
from modelsmith.record import Record, short

ARMOUR = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END SSH SIGNATURE-----\s*"
)
MAGIC, WORD = b"SSHSIG", 4
"""How a signature begins, and the bytes of a number in it (OpenSSH, PROTOCOL.sshsig)."""


class Signed(Record):
    """A signed statement, as far as it was verified."""

    statement: str
    """What was signed: an in-toto statement."""
    signature: str
    """The signature, armoured; empty where there is none."""
    signatory: str = ""
    """Whose key made it, by the policy at the merge base; empty where nobody's."""
    is_altered: bool = False
    """Whether a key that the policy lists made it, over something else."""


class Listed(Record):
    """A key that the policy lists."""

    who: str
    """Whose it is: their address."""
    key: str
    """The public key."""


def listed(policy: Policy | None) -> tuple[Listed, ...]:
    """Return the keys of everybody who holds a role."""
    holders = policy.roles.values() if policy else ()
    found = (Listed(who=s.email, key=s.key) for one in holders for s in one.signers if s.key)
    return tuple(dict.fromkeys(found))


def owner_of(signature: str, keys: Sequence[Listed]) -> Listed | None:
    """Return whose key a signature says that it is by; none where it is nobody's."""
    stated = key_in(signature)
    return next((one for one in keys if one.key.split()[1] == stated), None)


def key_in(signature: str) -> str:
    """Return the public key that an armoured signature states, in base64; empty where none."""
    found = ARMOUR.fullmatch(signature.strip() + "\n")
    try:
        blob = b64decode("".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        return ""
    start = len(MAGIC) + WORD  # behind the version
    length = int.from_bytes(blob[start : start + WORD], "big")
    key = blob[start + WORD : start + WORD + length]
    return b64encode(key).decode() if blob.startswith(MAGIC) and len(key) == length > 0 else ""


def digests_of(subject: Mapping[str, str]) -> str:
    """Return what a statement speaks of in words: the digests that people compare by eye."""
    return ", ".join(map(short, subject.values())) or "none"


def same_subject(found: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether a statement speaks of just these files."""
    return bool(wanted) and dict(found) == dict(wanted)
