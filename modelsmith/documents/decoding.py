"""Bytes of a file that people wrote, read as text."""

import re
from itertools import islice

from modelsmith.documents.diagnostic import Diagnostic, Position, error, located, warning

CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 calls unprintable (section 5.1)."""

HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible characters and those that turn the reading direction (CVE-2021-42574)."""

MOST_HIDDEN = 20
"""Hidden characters that are reported one by one."""


def decoded(path: str, content: bytes) -> tuple[str | None, list[Diagnostic]]:
    """Return the text in `content` and its problems; no text if one of them is an error."""
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as failure:
        what = f"byte 0x{content[failure.start]:02x} is not UTF-8 here"
        place = _place_after(content[: failure.start].decode("utf-8"))
        remedy = "save it again with the encoding UTF-8"
        return None, [located(error("encoding", what, "a UTF-8 file", remedy), path, place)]
    control = CONTROL.search(text)
    if control is not None:
        what, place = f"character U+{ord(control[0]):04X}", _place_after(text[: control.start()])
        expected = "text without control characters"
        remark = error("control-character", what, expected, "delete it")
        return None, [located(remark, path, place)]
    return text, [
        _hidden(path, text, found) for found in islice(HIDDEN.finditer(text), MOST_HIDDEN)
    ]


def _hidden(path: str, text: str, found: re.Match[str]) -> Diagnostic:
    what = f"character U+{ord(found[0]):04X}, which nobody sees"
    expected = "text that reads as it is"
    remark = warning("hidden-character", what, expected, "delete it")
    return located(remark, path, _place_after(text[: found.start()]))


def _place_after(text: str) -> Position:
    line = text.count("\n")
    return Position(line + 1, len(text) - (text.rfind("\n") + 1) + 1)
