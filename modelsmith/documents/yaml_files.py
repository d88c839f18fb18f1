"""YAML at the speed of C, with YAML 1.2's meaning of plain words, and a place for every value.

PyYAML alone would read `no` as false and `2026-01-05` as a date (YAML 1.1); here they are text.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser

from modelsmith.documents.decoding import decoded
from modelsmith.documents.diagnostic import Diagnostic, Loc, Place, Remark, is_error, located
from modelsmith.documents.strict_yaml import Reading, StoppedError, document_in

PROBLEMS = {
    "found character that cannot start any token": (
        "put the value in quotes; indent with spaces, never with tabs"
    ),
    "mapping values are not allowed in this context": (
        "put a text that holds `: ` in quotes, or write it as a block after `>-`"
    ),
    "could not find expected ':'": "a field is `name: value`; write long text after `>-`",
    "did not find expected key": "line fields of one mapping up in one column; close quotes",
    "did not find expected '-' indicator": "line the items of one list up in one column",
    "did not find expected ',' or ']'": "close the list with `]`, with commas between items",
    "did not find expected ',' or '}'": "close the mapping with `}`, with commas between fields",
    "found unexpected end of stream": "close the quote",
}
"""What libyaml says, and what helps."""


@dataclass(frozen=True)
class Document:
    """What a YAML file says, and where it says it."""

    path: str
    """The file, relative to the repository, with forward slashes."""
    text: str
    """Its text."""
    value: Any
    """Its value: mappings, lists, texts, numbers, true, false and null."""
    values_at: dict[Loc, Place] = field(repr=False)
    """Where each value begins."""
    keys_at: dict[Loc, Place] = field(repr=False)
    """Where the name of each field begins."""

    def stepped(self, loc: Loc) -> Loc:
        """Return the part of `loc` that is in the file; what is not (a union's tag) is left out.

        The name of a check's kind is both a tag and a field, so every way to leave parts out is
        tried: the way that reaches the last part wins, then the one that leaves out least.
        """
        ways: list[Loc] = [()]
        for part in loc:
            longer = [(*way, part) for way in ways if (*way, part) in self.values_at]
            ways = list(dict.fromkeys([*longer, *ways]))
        return max(ways, key=lambda way: (way[-1:] == loc[-1:], len(way)))

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """Return where the value at `loc` begins, or the field's name if `key`."""
        here = self.stepped(loc)
        return self.keys_at.get(here, self.values_at[here]) if key else self.values_at[here]

    def diagnostic(self, remark: Remark, *, key: bool = False) -> Diagnostic:
        """Return `remark` as a located problem of this file."""
        return located(remark, self.path, self.place(remark.loc, key=key))


def parsed(path: str, content: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """Return the document in `content`, and its problems; no document if one is an error.

    Args:
        path: Name of the file, for messages.
        content: Its bytes; never trusted.
    """
    text, problems = decoded(path, content)
    if text is None:
        return None, problems
    reading = Reading(path, problems=problems)
    parser = CParser(text)
    value: Any = None
    try:
        value = document_in(reading, parser)
    except StoppedError:
        pass
    except yaml.MarkedYAMLError as failure:
        _refuse_syntax(reading, failure)
    except yaml.YAMLError as failure:  # libyaml's reader, on text that was already looked at
        problem = " ".join(str(failure).split())
        reading.refuse(Place(1, 1), "syntax", problem, "YAML 1.2", "save the file as plain UTF-8")
    finally:
        parser.dispose()
    if any(map(is_error, problems)):
        return None, problems
    return Document(path, text, value, reading.values_at, reading.keys_at), problems


def _refuse_syntax(reading: Reading, failure: yaml.MarkedYAMLError) -> None:
    mark = failure.problem_mark or failure.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = failure.problem or "this is not YAML"
    remedy = PROBLEMS.get(
        problem, "look at this line and the one above: indentation, colons, quotes"
    )
    context = f" {failure.context}" if failure.context else ""
    reading.refuse(place, "syntax", f"{problem}{context}", "YAML 1.2", remedy)
