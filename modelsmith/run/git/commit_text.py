"""The text of a commit object, read as git reads it."""

import re

from modelsmith.errors import BrokenRecordError
from modelsmith.git.commits import Commit, Identity

SIGNATURE = re.compile(r"gpgsig(-sha256)? ")
"""Header of a signed commit."""

STAMP = re.compile(r"(.*?) ?<(.*)> (-?\d+) [-+]\d{4}")
"""Who and when, in a commit's header."""


def commit_in(sha: str, content: bytes) -> Commit:
    """Return the commit that an object holds.

    Raises:
        BrokenRecordError: it has no tree, author or committer.
    """
    head, _, message = content.decode(errors="replace").partition("\n\n")
    lines = head.split("\n")
    values = [line.partition(" ") for line in lines if not line.startswith(" ")]
    fields = {key: value for key, _, value in reversed(values)}  # of two, git takes the first
    stamps = [STAMP.fullmatch(fields.get(who, "")) for who in ("author", "committer")]
    if None in stamps or "tree" not in fields:
        raise BrokenRecordError(
            f"commit {sha} has no tree, author or committer that can be read",
            remedy="Run `git fsck`, and clone again from a remote that you trust.",
        )
    (wrote, wrote_at), (put, put_at) = [
        (Identity(stamp[1], stamp[2]), int(stamp[3])) for stamp in stamps if stamp
    ]
    return Commit(
        sha=sha,
        tree=fields["tree"],
        parents=tuple(value for key, _, value in values if key == "parent"),
        author=wrote,
        authored_at=wrote_at,
        committer=put,
        committed_at=put_at,
        message=message,
        is_signed=any(SIGNATURE.match(line) for line in lines),
    )
