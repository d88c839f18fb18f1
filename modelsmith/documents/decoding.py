"""Bytes of a file that people wrote, read as text."""

import re
from itertools import islice

from modelsmith.documents.diagnostic import (
    Diagnostic,
    Position,
    error,
    is_error,
    located,
    quoted,
    replaced,
    warning,
)
from modelsmith.documents.edits import BYTE_ORDER_MARK, Lines

CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 calls unprintable (section 5.1)."""

HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible characters and those that turn the reading direction (CVE-2021-42574)."""

MEANT = re.compile("[\u061c\u200c-\u200f]")
"""Those among them that Arabic, Hebrew, Persian and emoji are written with: a person decides."""

MERGE_MARKER = re.compile(r"^[ \t]*(?:<{7}|>{7})(?:[ \t].*)?$", re.MULTILINE)
"""What git writes around the two sides of a conflict, also where an editor indented it."""

OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
"""How a file begins that Windows calls Unicode."""

MOST_HIDDEN = 20
"""Hidden characters that are reported one by one."""


def decoded(path: str, content: bytes) -> tuple[str | None, list[Diagnostic]]:
    """Return the text in `content` and its problems; no text if one of them is an error."""
    try:
        text = content.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as failure:
        what = f"byte 0x{content[failure.start]:02x} is not UTF-8 here"
        if other := OTHER_ENCODINGS.get(content[:2]):
            what = f"the file is {other}, not UTF-8"
        before = content[: failure.start].decode("utf-8").removeprefix(BYTE_ORDER_MARK)
        place = Lines(before).place(len(before))
        remedy = "save it again with the encoding UTF-8"
        return None, [located(error("encoding", what, "a UTF-8 file", remedy), path, place)]
    control = CONTROL.search(text)
    if control is not None:
        what, place = f"character U+{ord(control[0]):04X}", Lines(text).place(control.start())
        expected = "text without control characters"
        remark = error("control-character", what, expected, "delete it")
        return None, [located(remark, path, place)]
    found = [*islice(HIDDEN.finditer(text), MOST_HIDDEN)]
    marks = [*MERGE_MARKER.finditer(text)]
    if not found and not marks:
        return text, []
    lines = Lines(text)
    problems = [_hidden(path, lines, lines.place(one.start()), one[0]) for one in found]
    problems += [_unmerged(path, lines.place(one.start()), one[0].strip()) for one in marks]
    return (None if any(map(is_error, problems)) else text), problems


def _hidden(path: str, lines: Lines, place: Position, character: str) -> Diagnostic:
    what = f"character U+{ord(character):04X}, which nobody sees"
    expected = "text that reads as it is"
    remark = warning("hidden-character", what, expected, "delete it")
    end = Position(place.line, place.column + 1)
    is_indent = place.column == 1 and lines[place.line][1:2] == " "  # YAML counts it as a space
    edit = replaced(place, end, " " if is_indent else "")
    edits = () if MEANT.match(character) else (edit,)
    return located(remark, path, place, edits)


def _unmerged(path: str, place: Position, mark: str) -> Diagnostic:
    what = f"{quoted(mark)} is a mark of an unfinished merge"
    expected = "the lines of one side, or of both in one text"
    remedy = "keep what is right, delete the lines of `<<<<<<<`, `=======` and `>>>>>>>`"
    return located(error("merge-marker", what, expected, remedy), path, place)
