"""What of a scenario file was drafted and not confirmed: its field `toConfirm`, which people empty.

A file with that field is a draft: the check says so, and nobody is asked it, trained on it or
judged by it. The field names each drafted field with the questions that it leaves open.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from modelsmith.documents.diagnostic import Diagnostic, Loc, Remark, error, is_error, warning
from modelsmith.documents.edits import Lines
from modelsmith.documents.json_schema import example_of
from modelsmith.documents.strict_yaml import Document
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import OutcomeType, example_id

TO_CONFIRM = "toConfirm"
"""Name of the field."""

SCHEMA = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
    "description": "Of a draft: each field that waits to be confirmed, with its open questions. "
    "A file with this field counts for nothing; `modelsmith scenario confirm` takes it out.",
}
"""Its JSON Schema, for editors."""

COMMAND = "modelsmith scenario confirm"


class Marked(NamedTuple):
    """A draft, parted from its marks."""

    document: Document
    """The file without them."""
    questions: Mapping[str, tuple[str, ...]]
    """What each drafted field leaves open."""
    problems: list[Diagnostic]
    """What is wrong with the marks."""


def is_draft(document: Document) -> bool:
    """Return whether a scenario file holds marks."""
    return isinstance(document.value, Mapping) and TO_CONFIRM in document.value


def marked(document: Document) -> Marked:
    """Return a draft without its marks, and what they say."""
    value = dict(document.value)
    marks, remarks = value.pop(TO_CONFIRM), list[Remark]()
    questions: dict[str, tuple[str, ...]] = {}
    if not isinstance(marks, Mapping):
        what, expected = f"{TO_CONFIRM} is no mapping", "`field: [questions]`, a line a field"
        remedy = f"correct it, or run `{COMMAND}` once all is right"
        remarks.append(error("unconfirmed", what, expected, remedy, (TO_CONFIRM,)))
        marks = {}
    for name, asked in marks.items():
        texts = [asked] if isinstance(asked, str) else asked or []
        if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
            what, expected = f"the questions on {name} are no texts", "a list of texts"
            remarks.append(error("unconfirmed", what, expected, "correct it", (TO_CONFIRM, name)))
        else:
            questions[name] = tuple(texts)
    found = [document.diagnostic(remark) for remark in remarks]
    return Marked(replace(document, value=value), questions, found)


def draft_problems(
    document: Document, questions: Mapping[str, tuple[str, ...]], others: list[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield what is said of a draft: each field that waits, with its questions; then what is wrong.

    A field that is empty and asked for is a question, and no error of its own.

    Args:
        document: The file, with its marks.
        questions: What its drafted fields leave open.
        others: What the check finds in the file beside the marks.
    """
    empty = {name for name in questions if document.value.get(name) is None}
    for name, asked in questions.items():
        loc: Loc = (name,) if name in document.value else (TO_CONFIRM, name)
        for question in asked:
            what = f"{name} is open: {question}" if name in empty else f"{name}: {question}"
            yield document.diagnostic(_waits(what, loc, document.path))
        if not asked:
            what = f"{name} was drafted, and nobody has confirmed it"
            yield document.diagnostic(_waits(what, loc, document.path))
    if not questions:
        what = "nobody has confirmed this draft"
        yield document.diagnostic(_waits(what, (TO_CONFIRM,), document.path))
    for problem in others:
        if not (is_error(problem) and _is_about(document, problem, empty)):
            yield problem


def _waits(what: str, loc: Loc, path: str) -> Remark:
    remedy = f"answer it in the file, then run `{COMMAND} {path}`"
    return warning(
        "unconfirmed", what, "a confirmed field; a draft counts for nothing", remedy, loc
    )


def _is_about(document: Document, problem: Diagnostic, names: set[str]) -> bool:
    """Return whether a problem is that one of these fields is empty."""
    places = {(*document.place((name,)),) for name in names if name in document.value}
    is_missing = problem.rule == "missing-field" and any(f"`{n}`" in problem.what for n in names)
    return (problem.line, problem.column) in places or is_missing


def without_marks(document: Document) -> str:
    """Return the text of a draft without its marks and the comments that the draft came with."""
    lines = document.text.splitlines(keepends=True)
    start, end = _lines_of(document, TO_CONFIRM)
    notes = [
        line.lstrip() for line in lines[start + 1 : end] if NOTE.match(line) and DRAFTED not in line
    ]
    while start and lines[start - 1].startswith(DRAFTED):
        start -= 1
    return "".join([*lines[:start], *notes, *lines[end:]])


def _lines_of(document: Document, name: str) -> tuple[int, int]:
    """Return the lines of a field: the first, and the one behind it, both counted from 0."""
    lines = document.text.splitlines()
    start = document.place((name,), key=True).line - 1
    after = [place.line - 1 for loc, place in document.keys_at.items() if len(loc) == 1]
    end = min((line for line in after if line > start), default=len(lines))
    while end > start + 1 and (lines[end - 1].startswith("#") or not lines[end - 1].strip()):
        end -= 1
    return start, end


DRAFTED = "# draft: "
"""How comments begin that a draft came with."""

NOTE = re.compile(r"\s*# ")
"""A line that is a comment."""

REMARK = re.compile(r"[^#]*?:[ \t]*(#.*)")
"""A line of a field without a value, and the comment behind it."""


def is_in_braces(document: Document) -> bool:
    """Return whether a file is one mapping in braces, so that its fields share lines."""
    return document.text[Lines(document.text).offset(document.place(())) :][:1] == "{"


def answered(document: Document, answers: Mapping[str, str]) -> str:
    """Return the text with answers written in place of what fields hold.

    Args:
        document: The draft, each field on lines of its own.
        answers: YAML on one line, by field of the document.
    """
    lines = document.text.splitlines(keepends=True)
    for name, said in answers.items():
        start, end = _lines_of(document, name)
        remark = REMARK.match(lines[start]) if document.value[name] is None else None
        lines[start] = f"{name}: {said}{f'  {remark[1].rstrip()}' if remark else ''}\n"
        lines[start + 1 : end] = [""] * (end - start - 1)
    return "".join(lines)


def open_fields(value: Mapping[str, Any]) -> list[str]:
    """Return the fields that a draft asks for and that stand empty."""
    marks = value.get(TO_CONFIRM)
    return [name for name in marks or () if value.get(name) is None]


def supposed(document: Document, benchmark: Benchmark) -> Document:
    """Return a draft with something in each open field, so that the others can be looked at."""
    value = dict(document.value)
    category = next(iter(benchmark.categories))
    stand_ins: dict[str, Any] = {
        "id": example_id(benchmark.domain),
        "outcomeType": OutcomeType.TP,
        "operatorLens": benchmark.lenses[0],
        "category": category,
        benchmark.mechanic.field: example_of(benchmark.mechanic.schema_),
        "description": STAND_IN,
        "testObjective": STAND_IN,
        "passCriteria": [STAND_IN],
        "failCriteria": [],
        "domainInput": STAND_IN,
    }
    value |= {name: stand_ins[name] for name in open_fields(value) if name in stand_ins}
    return replace(document, value=value)


STAND_IN = "Nothing is said here as yet."
"""A text in the place of one that is open."""
