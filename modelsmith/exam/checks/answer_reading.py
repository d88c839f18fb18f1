"""An answer read by its form, whatever its markup, case, order or wording.

| written                                          | read as                              |
|--------------------------------------------------|--------------------------------------|
| `CAUSE: ...`, `**Cause** - ...`, `2. cause: ...` | the field, up to the next field      |
| a JSON object with the fields for keys           | the same fields                      |
| no field's name, in a form of one field          | that field, whole                    |
| no field's name, a line that is just a choice    | the choice                           |
| "win rate fell from 18 % to 11 %"                | the metric of that alias: 11 %, down |
| `~~struck out~~`, what is in `<think>`           | nothing                              |

What cannot be read is a fault of the whole answer, never the first that fits: a choice that is
missing, none of the list or two of it, more metrics than the form asks, two values of one metric.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from modelsmith.exam.checks.answer_form import (
    AnswerField,
    AnswerForm,
    ChoiceField,
    FiguresField,
    SetField,
)
from modelsmith.exam.checks.choice_reading import (
    STRUCK,
    chosen_in,
    is_open,
    is_value,
    members_in,
    ticked,
)
from modelsmith.exam.checks.figure_reading import FigureReading, figures_of
from modelsmith.exam.checks.json_reading import (
    NAMES,
    VALUES,
    as_reading,
    bare,
    json_parts,
    keyed,
)
from modelsmith.exam.checks.text import REMEMBERED, normalised

MOST_READ = 20_000
"""Characters of an answer that are read, ten times what a form asks for; so cost stays bounded."""

SPREAD = re.compile(r"[ \t]{2,}|\n{3,}")
"""Blanks that say nothing and cost time."""

GROUP_SPACE = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d))")
"""A blank that parts thousands: it does not break, or is thin."""

MOVED = re.compile(
    r"((?<![\w.,])\d[\d.,' ]{0,20}(?:%|[^\W\d_]{0,12})[\u20ac\u00a3$]?)\s?"
    r"(?:[-=]+>|[\u2192\u21d2\u21e8\u2794\u2798-\u27be\u27f6\u27f9\u27a1]\ufe0f?)"
    r"\s?(?=[-+$\u20ac\u00a3]?\d)"
)
"""An arrow from a figure to the one that it became."""

TAG = re.compile(
    r"</?(?:b|i|u|em|strong|mark|small|sub|sup|code|kbd|span|p|div|br|hr|ul|ol|li|h[1-6]|td|tr|th)>",
    re.IGNORECASE,
)
"""Markup of HTML, which says nothing."""

NONE = re.compile(r"\b(?:none|keine?[rs]?|aucune?)\b")
"""How a set is said to hold nothing."""

CELLS = re.compile(r"^\|\s?([^|\n]+?)\s?\|\s?([^|\n]+?)\s?\|$", re.MULTILINE)
"""A row of a table with a field and what it says."""

TABLE = re.compile(
    r"^[ \t]?\|(.+)\|[ \t]?\n[ \t]?\|[ :|-]+\|[ \t]?\n((?:[ \t]?\|.*\|[ \t]?(?:\n|$))+)",
    re.MULTILINE,
)
"""A table with its header."""


class AnswerReading(NamedTuple):
    """What an answer says, field by field."""

    texts: Mapping[str, str]
    """The normalised text of each field that is there."""
    choices: Mapping[str, str]
    """The value of each field that is chosen from a list."""
    sets: Mapping[str, tuple[str, ...]]
    """The values of each set, in the order given."""
    figures: tuple[FigureReading, ...]
    """The figures, one a metric."""
    faults: tuple[str, ...]
    """Why it cannot be read; nothing where it can."""


@lru_cache(maxsize=REMEMBERED)
def reading_of(form: AnswerForm, answer: str) -> AnswerReading:
    """Return what an answer says by its form."""
    answer = STRUCK.sub(" ", _without_thoughts(answer).strip())
    if len(answer) > MOST_READ:
        fault = f"its answer has {len(answer):,} characters, at most {MOST_READ:,} are read"
        return AnswerReading({}, {}, {}, (), (fault,))
    answer = MOVED.sub(r"\1 moved to ", GROUP_SPACE.sub("'", answer))
    answer = SPREAD.sub(lambda spread: spread[0][:2].replace("  ", " "), answer)
    written = _written(form, answer)
    faults = list[str]()
    if form.fields and not written:
        names = ", ".join(field.name for field in form.fields)
        faults.append(f"none of its fields is there: {names}")
    choices, sets = dict[str, str](), dict[str, tuple[str, ...]]()
    for field in form.fields:
        parts = written.get(field.name, [])
        if isinstance(field, ChoiceField) and (parts or not faults):
            said = (chosen_in(field.choices, part, form.language) for part in dict.fromkeys(parts))
            found = list(dict.fromkeys(one for several in said for one in several))
            choices |= {field.name: found[0]} if len(found) == 1 else {}
            faults += _choice_faults(field, parts, found)
        elif isinstance(field, SetField):
            listed = ticked(" ;\n".join(parts))
            sets[field.name] = _members(form, field, listed)
            faults += _set_faults(form, field, listed, sets[field.name])
    read, wrong = _figures(form, written, answer)
    faults += wrong
    texts = {name: "\n".join(parts) for name, parts in written.items()}
    return AnswerReading(texts, choices, sets, read, tuple(faults))


def _without_thoughts(answer: str) -> str:
    """Return what is left of an answer without what a model thought aloud, also if it was cut."""
    return answer.rpartition("</think>")[2].partition("<think>")[0]


def _figures(
    form: AnswerForm, written: Mapping[str, Sequence[str]], answer: str
) -> tuple[tuple[FigureReading, ...], list[str]]:
    """Return the figures of the fields that hold some, or of a text without any, and faults."""
    fields = [field for field in form.fields if isinstance(field, FiguresField)]
    parts = [part for field in fields for part in written.get(field.name, ())]
    metrics = (*form.metrics, *form.sought)
    if not fields:
        return figures_of(normalised(answer), metrics, form.language).readings, []
    read = figures_of("\n".join(filter(None, parts)), metrics, form.language)
    most = sum(field.at_most for field in fields)
    faults = list(read.faults)
    if (given := len(read.readings) + read.strays) > most:
        faults.append(f"figures of {given} metrics, at most {most}")
    if form.metrics and read.has_figures and not read.names_any:
        named = ", ".join(metric.name for metric in form.metrics)
        faults.append(f"its figures name none of {named}")
    return read.readings, faults


def faults_in(form: AnswerForm, answer: str) -> tuple[str, ...]:
    """Return why an answer cannot be read; nothing where its prompt stated no form."""
    return reading_of(form, answer).faults if form.is_stated and form.fields else ()


# Fields


def _written(form: AnswerForm, answer: str) -> dict[str, list[str]]:
    """Return the texts of each field that is there, one each time that it is."""
    if not form.fields or not normalised(answer):
        return {}
    answer = TABLE.sub(_told, answer)
    objects, around = json_parts(answer)
    holds = [field.name for field in form.fields if isinstance(field, FiguresField)]
    called = (bare(name) for metric in form.metrics for name in metric.names)
    names = dict.fromkeys(called, holds[0]) if len(holds) == 1 else {}
    names |= {bare(field.name): field.name for field in form.fields}
    found = dict[str, list[str]]()
    for name, said in keyed(names, objects):
        found.setdefault(name, []).append(said)
    if found:
        for name, parts in (pair for one in around for pair in _labelled(form.fields, one).items()):
            found.setdefault(name, []).extend(parts)
        return found
    if labelled := _labelled(form.fields, answer):
        return labelled
    if len(form.fields) == 1:
        return {form.fields[0].name: [normalised(answer)]}
    lines = normalised(answer).splitlines()
    alone = {
        field.name: [line for line in lines if is_value(field.choices, line)]
        for field in form.fields
        if isinstance(field, ChoiceField)
    }
    return {name: found for name, found in alone.items() if found}


def _told(table: re.Match[str]) -> str:
    """Return a table with a column of values as a line a row: its name, and the reading."""
    header = [re.sub(r"[*_`]|\(.*\)", "", cell).strip().lower() for cell in table[1].split("|")]
    if len(header) < 3 or {*header}.isdisjoint(VALUES):  # noqa: PLR2004 - a field and its text
        return table[0]
    lines = []
    for line in table[2].splitlines():
        cells = line.strip().strip("|").split("|")
        row = dict(zip(header, cells, strict=False))
        name = next((row.pop(key) for key in NAMES if key in row), cells[0])
        lines.append(f"{name.strip()}: {as_reading(row)}\n")
    return "".join(lines)


def _labelled(fields: Sequence[AnswerField], answer: str) -> dict[str, list[str]]:
    names = sorted((field.name for field in fields), key=len, reverse=True)
    spelled = "|".join(map(re.escape, names))
    cells = CELLS.sub(r"\1: \2", answer)
    plain = TAG.sub("", cells)
    begins = r"(?m:^[ \t]?(?:[-+*]\s|\(?\d{1,2}[.)]\s)?)|(?<=[\s.;(])"
    parted = re.sub(rf"({begins})(\**(?:{spelled})\**\s?:)", r"\n\1\2", plain)
    alternatives = "|".join("[ _-]+".join(re.split(r"[ _-]+", name.lower())) for name in names)
    header = re.compile(
        rf"(?:\(?\d{{1,2}}[.)]\s?|[-+\u2022]\s?)?\(?(?:(?:the|my|our|final)\s+)*\[?({alternatives})\]?"
        r"(?:\s?\([a-z ]+\))?(?:\s+is\b\s?[:=]?|\s?[:=;]|\s-\s|\s+to\s|$)\s?(.*)"
    )
    by_bare = {bare(name): name for name in names}
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in normalised(parted).splitlines():
        if named := header.fullmatch(line):
            current = found.setdefault(by_bare[bare(named[1])], [])
            current.append(named[2])
        elif current is not None:
            current[-1] = f"{current[-1]}\n{line}".strip()
    return found


# Choices and sets


def _choice_faults(field: ChoiceField, parts: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    if len(found) > 1:
        yield f"{field.name} has {len(found)} values: {', '.join(found)}"
    elif not found and any(parts):
        yield f"{field.name} says {parts[0][:60]!r}, none of {', '.join(field.choices)}"
    elif not found:
        yield f"there is no {field.name}"


def _pieces(text: str) -> list[str]:
    """Return the values of a set as they are parted: by commas, lines, else by "and"."""
    parts = re.split(r"[,;\n]|\s/\s", text)
    if len([part for part in parts if part.strip()]) < 2:  # noqa: PLR2004 - parted by nothing
        parts = re.split(r"\s+(?:and|&)\s+", text)
    bare = (re.sub(r"^\s*(?:[-+\u2022]|\(?\d{1,2}[.)]|and\b)\s*", "", part) for part in parts)
    return [part for one in bare if (part := one.strip(" .!\"'()[]-"))]


def _members(form: AnswerForm, field: SetField, text: str) -> tuple[str, ...]:
    held = (
        members_in(field.choices, piece, form.language) if field.choices else (piece,)
        for piece in _pieces(text)
    )
    return tuple(dict.fromkeys(one for several in held for one in several))


def as_member(value: str) -> str:
    """Return a value as the members of sets are compared: in any case, hyphens as blanks."""
    return re.sub(r"[\s_-]+", " ", normalised(value))


def _set_faults(form: AnswerForm, field: SetField, text: str, held: Sequence[str]) -> Iterator[str]:
    """Yield what a set holds that is none of its choices, and that it holds too much."""
    if len(held) > field.at_most:
        yield f"{field.name} has {len(held)} values, at most {field.at_most}"
    if field.choices and is_open(field.choices, text):
        yield f"{field.name} leaves open which: {text[:60]!r}"
    for piece in _pieces(text) if field.choices else ():
        if not members_in(field.choices, piece, form.language) and not NONE.search(piece):
            yield f"{field.name} says {piece[:60]!r}, none of {', '.join(field.choices)}"
