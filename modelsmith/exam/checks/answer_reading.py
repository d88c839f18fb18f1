"""An answer read by its form, whatever its markup, case, order or wording.

| written                                          | read as                              |
|--------------------------------------------------|--------------------------------------|
| `CAUSE: ...`, `**Cause** - ...`, `2. cause: ...` | the field, up to the next field      |
| a JSON object with the fields for keys           | the same fields                      |
| no field's name, in a form of one field          | that field, whole                    |
| no field's name, a line that is just a choice    | the choice                           |
| "win rate fell from 18 % to 11 %"                | the metric of that alias: 11 %, down |

What cannot be read is a fault of the whole answer, never the first that fits: a choice that is
missing, none of the list or two of it, more metrics than the form asks, two values of one metric.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from modelsmith.exam.checks.answer_form import (
    AnswerField,
    AnswerForm,
    ChoiceField,
    Direction,
    FiguresField,
    Metric,
    SetField,
)
from modelsmith.exam.checks.text import (
    DENIED_CLAUSE,
    FIGURE,
    REMEMBERED,
    UNITS,
    Figure,
    clauses,
    figures,
    mentions,
    normalised,
    phrase_pattern,
)

MAX_STRAY_BRACES = 100
"""Opening braces without an object that are looked at, so that cost stays linear."""

DATE = re.compile(r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?:t\d{2}(?::\d{2})*)?(?!\d)")
"""A day or a time, which is no figure."""

BEFORE = re.compile(
    r"(?:\b(?:from|was|were|previously|before|versus|vs|than|against|by|over|within|for|after|since"
    r"|day|days|week|weeks|last|past|first|compared (?:to|with))|[+-])\s*(?:about|around|only)?\s*$"
)
"""What stands before a figure that is not the reading: where it began, the change, the span."""

DENIED = re.compile(r"(?:\bnot|\bnever|n't)(?: [a-z]+){0,2} [-+$]?\.?\d")
"""A figure that is denied: "is not 58"."""

WAYS: Mapping[Direction, re.Pattern[str]] = {
    "up": re.compile(
        r"\b(?:up|ris(?:es?|en|ing)|rose|increas\w+|higher|grew|grow(?:s|n|ing)?|climb\w*|gain\w*"
        r"|jump\w*|doubl\w+|surg\w+)\b"
    ),
    "down": re.compile(
        r"\b(?:down|fell|fall(?:s|en|ing)?|dropp?\w*|decreas\w+|lower|declin\w+|shr[aiu]nk\w*"
        r"|los[et]s?|halv\w+|collaps\w+|sank|sinks?|slid(?:es?)?)\b"
    ),
    "flat": re.compile(
        r"\b(?:flat|steady|stable|unchanged|constant|level|no change|did not (?:change|move)"
        r"|has not (?:changed|moved)|held)\b"
    ),
}
"""Words for where a figure went."""


class FigureReading(NamedTuple):
    """One figure with its metric."""

    metric: str
    """The column."""
    figure: Figure
    """Value and unit."""
    direction: Direction | None
    """Where it went; None where nothing says it."""
    said: str
    """The part of the answer that it was read from."""


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
    written = _written(form, answer)
    faults = list[str]()
    if form.fields and not written:
        names = ", ".join(field.name for field in form.fields)
        faults.append(f"none of its fields is there: {names}")
    choices, sets = dict[str, str](), dict[str, tuple[str, ...]]()
    of_figures = [normalised(answer)]
    most: int | None = None
    if any(isinstance(field, FiguresField) for field in form.fields):
        of_figures, most = [], 0
    for field in form.fields:
        parts = written.get(field.name, [])
        if isinstance(field, ChoiceField) and (parts or not faults):
            found = _chosen(field, parts)
            choices |= {field.name: found[0]} if len(found) == 1 else {}
            faults += _choice_faults(field, parts, found)
        elif isinstance(field, SetField):
            sets[field.name] = _members(field, " , ".join(parts))
            if len(sets[field.name]) > field.at_most:
                faults.append(
                    f"{field.name} has {len(sets[field.name])} values, at most {field.at_most}"
                )
        elif isinstance(field, FiguresField):
            of_figures += parts
            most = (most or 0) + field.at_most
    read, wrong = _figures_in("\n".join(of_figures), form.metrics)
    if most is not None:
        faults += wrong
        if len(read) > most:
            faults.append(f"figures of {len(read)} metrics, at most {most}")
    texts = {name: "\n".join(parts) for name, parts in written.items()}
    return AnswerReading(texts, choices, sets, tuple(read), tuple(faults))


def faults_in(form: AnswerForm, answer: str) -> tuple[str, ...]:
    """Return why an answer cannot be read; nothing where its prompt stated no form."""
    return reading_of(form, answer).faults if form.is_stated and form.fields else ()


def json_objects(answer: str) -> list[Any]:
    """Return the JSON objects of an answer, in order."""
    decoder, at, found, failures = json.JSONDecoder(), 0, [], 0
    while (at := answer.find("{", at)) >= 0 and failures < MAX_STRAY_BRACES:
        try:
            value, at = decoder.raw_decode(answer, at)
        except (ValueError, RecursionError):
            at, failures = at + 1, failures + 1
            continue
        found.append(value)
    return found


# Fields


def _written(form: AnswerForm, answer: str) -> dict[str, list[str]]:
    """Return the texts of each field that is there, one each time that it is."""
    if not form.fields or not normalised(answer):
        return {}
    objects = json_objects(answer)
    if len(objects) == 1 and (keyed := _keyed(form.fields, objects[0])):
        return keyed
    if labelled := _labelled(form.fields, answer):
        return labelled
    if len(form.fields) == 1:
        return {form.fields[0].name: [normalised(answer)]}
    lines = [line.strip(" .!\"'") for line in normalised(answer).splitlines()]
    alone = {
        field.name: [line for line in lines if line in _spellings(field.choices)]
        for field in form.fields
        if isinstance(field, ChoiceField)
    }
    return {name: found for name, found in alone.items() if found}


def _keyed(fields: Sequence[AnswerField], value: Mapping[str, Any]) -> dict[str, list[str]]:
    names = {_bare(field.name): field.name for field in fields}
    return {
        names[_bare(key)]: [normalised(_as_text(said))]
        for key, said in value.items()
        if _bare(key) in names
    }


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return ";\n".join(map(_as_text, value))
    if isinstance(value, dict):
        if "metric" in value:
            return " ".join(_as_text(part) for part in value.values())
        return "; ".join(f"{name} {_as_text(part)}" for name, part in value.items())
    return "" if value is None else str(value)


def _labelled(fields: Sequence[AnswerField], answer: str) -> dict[str, list[str]]:
    names = sorted((field.name for field in fields), key=len, reverse=True)
    spelled = "|".join(map(re.escape, names))
    parted = re.sub(rf"(?<=[\s.;])(\**(?:{spelled})\**\s*:)", r"\n\1", answer)
    alternatives = "|".join("[ _-]+".join(re.split(r"[ _-]+", name.lower())) for name in names)
    header = re.compile(
        rf"(?:\(?\d{{1,2}}[.)]\s*|[-+\u2022]\s*)?(?:(?:the|my|our|final)\s+)*({alternatives})"
        r"(?:\s+is)?\s*(?:[:=;]|\s-\s|$)\s*(.*)"
    )
    by_bare = {_bare(name): name for name in names}
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in normalised(parted).splitlines():
        if begins := header.fullmatch(line):
            current = found.setdefault(by_bare[_bare(begins[1])], [])
            current.append(begins[2])
        elif current is not None:
            current[-1] = f"{current[-1]}\n{line}".strip()
    return found


# Choices and sets


def _spellings(choices: Sequence[str]) -> dict[str, str]:
    """Return each choice by how it may be spelled: with hyphens, blanks or underscores."""
    return {
        spelling: choice
        for choice in choices
        for spelling in (choice, choice.replace("-", " "), choice.replace("-", "_"))
    }


def _named(choices: Sequence[str], text: str) -> list[str]:
    """Return the choices that a text affirms, in its order; a longer one hides those within."""
    spellings, found, rest = _spellings(choices), list[tuple[int, str]](), text
    for spelling in sorted(spellings, key=lambda s: (-len(s), s)):
        affirmed = [clause for clause, is_denied in mentions(rest, spelling) if not is_denied]
        if not affirmed and not mentions(rest, spelling):
            continue
        pattern = phrase_pattern(spelling)
        if affirmed and (place := pattern.search(rest)) is not None:
            found.append((place.start(), spellings[spelling]))
        rest = pattern.sub(lambda hit: "\0" * len(hit[0]), rest)
    return list(dict.fromkeys(choice for _, choice in sorted(found)))


def _chosen(field: ChoiceField, parts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(choice for part in parts for choice in _named(field.choices, part)))


def _choice_faults(field: ChoiceField, parts: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    if len(found) > 1:
        yield f"{field.name} has {len(found)} values: {', '.join(found)}"
    elif not found and any(parts):
        yield f"{field.name} says {parts[0][:60]!r}, none of {', '.join(field.choices)}"
    elif not found:
        yield f"there is no {field.name}"


def _members(field: SetField, text: str) -> tuple[str, ...]:
    if field.choices:
        return tuple(_named(field.choices, text))
    parts = re.split(r"[,;\n]|\s+and\s+", text)
    return tuple(dict.fromkeys(part.strip(" .!\"'-") for part in parts if part.strip(" .!\"'-")))


# Figures


def _figures_in(text: str, metrics: Sequence[Metric]) -> tuple[list[FigureReading], list[str]]:
    """Return one reading a metric, in the text's order, and which metrics have several values."""
    found: dict[str, FigureReading] = {}
    faults: dict[str, str] = {}
    known = {normalised(name): metric for metric in metrics for name in metric.names}
    if not known:
        return [], []
    longest_first = sorted(known, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    for clause in clauses(text):
        if DENIED_CLAUSE.search(clause):
            continue
        for metric, part in _parts(clause, pattern, known):
            values = _values(part, metric)
            if len(values) > 1:
                told = ", ".join(figure.text for figure in values)
                faults[metric.name] = f"{metric.name} has {len(values)} values: {told}"
            elif values:
                read = FigureReading(metric.name, values[0], _direction(part), part.strip())
                before = found.setdefault(metric.name, read)
                if before.figure.value != read.figure.value:
                    faults[metric.name] = (
                        f"{metric.name} has 2 values: {before.figure.text}, {read.figure.text}"
                    )
                elif before.direction is None:
                    found[metric.name] = read
    readings = [read for name, read in found.items() if name not in faults]
    return readings, list(faults.values())


def _parts(
    clause: str, pattern: re.Pattern[str], known: Mapping[str, Metric]
) -> Iterator[tuple[Metric, str]]:
    """Yield each metric that a clause names, with the stretch that speaks of it."""
    hits = [(*hit.span(), known[hit[0]]) for hit in pattern.finditer(clause)]
    if len({metric.name for *_, metric in hits}) == 1:
        yield hits[0][2], pattern.sub(" ", clause)
        return
    edges = [0, *(at for start, end, _ in hits for at in (start, end)), len(clause)]
    stretches = [clause[begin:end] for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    leads = bool(hits) and bool(figures(stretches[0])) and not figures(stretches[-1])
    for number, (*_, metric) in enumerate(hits):
        yield metric, stretches[number if leads else number + 1]


def _values(part: str, metric: Metric) -> list[Figure]:
    """Return the figures that may be a metric's reading; one where it is clear which."""
    text = DATE.sub(" ", part)
    if DENIED.search(text):
        return []
    moved = list(re.finditer(r"\bto\s+(?:about |around |only |just |nearly )?(?=[-+$.]?\d)", text))
    if moved:
        return list(figures(text[moved[-1].end() :])[:1])
    kept, left = dict[float, Figure](), list[Figure]()
    for hit in FIGURE.finditer(text):
        figure = next(iter(figures(hit[0])), None)
        if figure is None:
            continue
        if BEFORE.search(text[: hit.start()]) or not _may_be(figure, metric):
            left.append(figure)
        else:
            kept.setdefault(figure.value, figure)
    if not kept and len(left) == 1 and _may_be(left[0], metric):
        return left
    return list(kept.values())


def _may_be(figure: Figure, metric: Metric) -> bool:
    """Return whether a figure's unit is of the metric's kind; a span of time is no reading."""
    if not figure.unit:
        return True
    dimension = UNITS[figure.unit][0]
    if metric.unit:
        return dimension in {UNITS[metric.unit][0], "count"}
    return dimension != "duration" or figure.unit in {"ms", "s"}


def _direction(part: str) -> Direction | None:
    """Return where a figure went by the words of its part, or by its two ends."""
    said = [way for way, words in WAYS.items() if words.search(part)]
    if "flat" in said and len(said) == 1:
        return "flat"
    moves = [way for way in said if way != "flat"]
    if len(moves) == 1:
        return moves[0]
    ends = re.search(r"\bfrom\s+(?P<first>[-+$]?[\d.,]+).*?\bto\s+(?P<last>[-+$]?[\d.,]+)", part)
    if moves or ends is None:
        return None
    first, last = figures(ends["first"]), figures(ends["last"])
    if not first or not last or first[0].value == last[0].value:
        return None
    return "up" if last[0].value > first[0].value else "down"
