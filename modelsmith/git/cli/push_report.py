"""What `git push --porcelain` said, as one of our errors."""

import re

from modelsmith.errors import ForgeDeniedError, ForgeError, ForgeRefusedError
from modelsmith.git.cli.command import Answer

MOVED = re.compile(
    r"fetch first|non-fast-forward|stale info|already exists|cannot lock ref|incorrect old value|"
    r"failed to update ref|failed to lock|atomic push fail|atomic transaction failed"
)
"""Reasons that say: another push came first (git 2.39, `send-pack` and `receive-pack`)."""

DENIED = re.compile(
    r"error: 40[13]|Permission .*denied|denied to|Authentication failed|could not read Username|"
    r"Permission to .* denied|without `?workflows?`? permission|protected branch hook declined"
)
"""Words of GitHub and of ssh for credentials that may not."""


def refusal_of(done: Answer) -> ForgeError | None:
    """Return why a push failed, or None where another push came first."""
    said = done.fault
    lines = [line.split("\t") for line in done.text.splitlines()]
    failed = [line for line in lines if line[0] == "!" and len(line) > 2]  # noqa: PLR2004
    if not failed:
        return unreached("push", said)
    reasons = [line[2] for line in failed]
    final = [reason for reason in reasons if not MOVED.search(reason)]
    if not final:
        return None
    name = failed[reasons.index(final[0])][1].rpartition(":")[2]
    told = " ".join(
        line.removeprefix("remote:").strip() for line in said.splitlines() if "remote:" in line
    ).strip()
    words = f"upstream refused {name}: {final[0]}" + (f": {told}" if told else "")
    if DENIED.search(words):
        return _denied(words)
    return ForgeRefusedError(
        words,
        remedy="A hook or a rule there forbids it. What is recorded here is kept; the next step "
        "pushes first.",
    )


def unreached(command: str, said: str) -> ForgeError:
    """Return the error of a command that did not reach upstream, by what git said."""
    words = f"git {command} did not reach origin: {' '.join(said.split())}"
    if DENIED.search(said):
        return _denied(words)
    return ForgeError(
        words,
        remedy="Check the network and `git remote -v`; what is recorded here is kept, and the next "
        "step pushes first.",
    )


def _denied(words: str) -> ForgeDeniedError:
    return ForgeDeniedError(
        words,
        remedy="Give whoever pushes here the right to write contents (GitHub: `contents: write`) "
        "and to push to modelsmith/**.",
    )
