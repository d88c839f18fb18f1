"""What other tools look for in an answer's words, as checks of ours.

Our phrases are whole words on normalised text, whatever their case and polarity; a longer or
shorter text is looked for by a pattern.
"""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from modelsmith.documents.diagnostic import one_line
from modelsmith.exam.checks.check import MAX_PATTERN_LENGTH as LONGEST
from modelsmith.exam.checks.text import normalised

PHRASE = (2, 200)
"""Characters of a phrase (checks/phrases.py)."""

WHOLE_WORDS = "a text to be contained: whole words, in any case"
ANY_CASE = "a pattern, or an answer to be equal: in any case, without markup"
"""What is looked for less exactly here than there."""

SHOWN = 300
"""Characters of a sought text that its criterion repeats."""

Sought = tuple[str, dict[str, JsonValue], str]
"""The criterion's words, its check, and what is less exact in it."""


def containing(values: Sequence[str], *, every: bool = False) -> Sought | str:
    """Return the criterion that an answer contains one of some texts, or every; or a fault."""
    if fault := next((fault for one in values if (fault := _fault(one))), ""):
        return fault
    listed = "; ".join(map(_short, values))
    if all(PHRASE[0] <= len(one) <= PHRASE[1] for one in values):
        said: list[JsonValue] = [*values]
        kind = "all_of" if every else "any_of"
        check: dict[str, JsonValue] = {kind: said, "polarity": "any"}
        if len(values) == 1:
            check = {"contains": values[0], "polarity": "any"}
    elif every and len(values) > 1:
        return f"{_short(max(values, key=len))} is too long, or too short, for a list"
    else:
        pattern = "|".join(re.escape(normalised(one)) for one in values)
        if len(pattern) > LONGEST:
            return f"the text has {len(pattern):,} characters, {LONGEST:,} are looked for"
        check = {"regex": pattern}
    words = "all of" if every else "one of"
    text = f"Contains {listed}" if len(values) == 1 else f"Contains {words}: {listed}"
    return text[: SHOWN + 40], check, WHOLE_WORDS


def equalling(value: str) -> Sought | str:
    """Return the criterion that an answer is just this text, or what is wrong with it."""
    if fault := _fault(value):
        return fault
    pattern = rf"\A(?:{re.escape(normalised(value))})\z"
    if len(pattern) > LONGEST:
        return f"the text has {len(value):,} characters, {LONGEST:,} are looked for"
    return f"Answers just {_short(value)}", {"regex": pattern}, ANY_CASE


def matching(pattern: str) -> Sought | str:
    """Return the criterion that an answer matches a pattern, or what is wrong with it."""
    if not 0 < len(pattern) <= LONGEST:
        return f"the pattern has {len(pattern):,} characters, it may have {LONGEST:,}"
    return f"Matches the pattern {_short(pattern)}", {"regex": pattern}, ANY_CASE


def _fault(value: str) -> str:
    return "" if normalised(value) else f"nothing is left of {_short(value)!r} without its markup"


def _short(value: str) -> str:
    plain = one_line(value)
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}..."
