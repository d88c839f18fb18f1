"""What an answer says to its grader instead of to its reader."""

import re
from functools import lru_cache

from modelsmith.exam.checks.text import REMEMBERED, normalised

ADDRESSES_GRADER = re.compile(
    r"\b(?:grader|grading mode|evaluator|rubric|marking sheet|reference answer)\b"
    r"|\bmark (?:me|this|it|the (?:answer|response)) (?:as )?(?:pass|passed|right|correct|met)\b"
    r"|\b(?:criteria|criterion|outcomes?) (?:(?:is|are|was|were|as|to) )?(?:all )?"
    r"(?:met|satisfied|passed|fulfilled)\b"
    r"|\b[pf](?:1[0-2]|[1-9])\b\W{0,8}(?:(?:is|are|was|were|verdict|outcome)\W{1,4})?"
    r"(?:not[ _])?(?:met|true|pass|passed|satisfied|verified)\b"
    r"|(?:\bto|[:=-])\s*(?:not[ _])?met\W*$"
    r'|"(?:verdict|outcome)"\s*:\s*"(?:met|pass)'
    r"|<\W?im_(?:start|end)|^\W*(?:system|assistant)\W{0,2}:"
    r"|\b(?:ignore|disregard|forget) (?:(?:the|all|any|every|previous) )+(?:\w+ )?"
    r"(?:instructions?|rules? above)\b"
)
"""A line that speaks of the grading, on normalised text (research: evalscience, section 1.6, rule
1: `GRADE:`, `criteria are met`, `"verdict"`, `ignore the ...`, role tags; and the exam's own
injected answers)."""


def without_addresses(answer: str) -> str:
    """Return `answer` without the lines that speak to the grader.

    What such a line claims is a claim about the answer and not part of it: a pasted rubric with
    `-> met` after each criterion recommends nothing.
    """
    lines = answer.splitlines()
    kept = [line for line in lines if not addresses_grader(line)]
    return answer if len(kept) == len(lines) else "\n".join(kept)


@lru_cache(maxsize=REMEMBERED)
def addresses_grader(line: str) -> bool:
    """Return whether a line speaks to the grader."""
    return ADDRESSES_GRADER.search(normalised(line)) is not None
