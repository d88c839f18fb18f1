"""Trailers of commits: what they are called, and how a message carries them."""

import re

RUN, PHASE, ITERATION = "Modelsmith-Run", "Modelsmith-Phase", "Modelsmith-Iteration"
"""Where in which run a commit was made."""

EVIDENCE = "Modelsmith-Evidence"
"""Names the entry's digest, which names all evidence; further ones name single files' digests."""

MEMBER = "Modelsmith-Member"
"""Which member of the council made a proposal."""

CLAIMED_BY = "Modelsmith-Intake"
"""Digest of the first entry of the run that claims a look."""

SEAL = "Modelsmith-Seal"
"""Trailer of the seal's commit: the digest of the bundle that it seals."""

BUNDLE = "Modelsmith-Bundle"
"""Trailer of a promotion's merge: the digest of its bundle."""

REVERT = "Modelsmith-Revert"
"""Trailer of the revert's commit: the digest of what was judged."""

REVERT_CONTRACT = "Modelsmith-Contract"
"""Digest of the contract by which a revert is due."""

CO_AUTHOR, REVIEWER = "Co-authored-by", "Reviewed-by"
"""People who wrote with the author, and who looked."""

LINE = re.compile(r"([A-Za-z0-9-]+):[ \t]*(.*)")
"""A line of a message's last paragraph (git-interpret-trailers)."""


def with_trailers(words: str, *trailers: tuple[str, object]) -> str:
    """Return a commit's message: words, then `Name: value` lines."""
    return f"{words}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers)


def phase_trailers(run: str, phase: str | None, iteration: int) -> tuple[tuple[str, object], ...]:
    """Return the trailers of what a phase of a run commits."""
    return (RUN, run), (PHASE, phase), (ITERATION, iteration)


def trailers_in(message: str) -> list[tuple[str, str]]:
    """Return the trailers of a message: the `Name: value` lines of its last paragraph."""
    _title, *paragraphs = re.split(r"\n[ \t]*\n", message.strip())
    lines = paragraphs[-1].splitlines() if paragraphs else []
    found = [LINE.fullmatch(line.strip()) for line in lines]
    return [(match[1], match[2].strip()) for match in found if match]
