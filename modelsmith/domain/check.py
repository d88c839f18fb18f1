"""A deterministic test attached to a criterion: met, not met, or not evaluated.

| kind       | met when the answer ...                                                    |
|------------|----------------------------------------------------------------------------|
| `contains` | mentions the phrase with the wanted polarity                               |
| `any_of`   | mentions at least one of the phrases                                       |
| `all_of`   | mentions every phrase                                                      |
| `none_of`  | mentions none of the phrases                                               |
| `regex`    | has a match; RE2, so linear in the length of the answer for any pattern    |
| `number`   | gives the figure, within tolerance, in its unit, bound to its metric       |
| `verdict`  | closes with exactly one distinct verdict line, and it is this one          |
| `json`     | holds exactly one JSON object, and it is valid against the schema          |
| `ordered`  | mentions the phrases in this order                                         |

Phrases are compared on normalised text and know polarity. An empty answer meets nothing, also
not `none_of`: silence is no evidence (research: evalscience, section 7.3).
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, JsonValue, Tag, field_validator

from modelsmith.domain.json_schema import problems_of, require_usable
from modelsmith.domain.pattern import found_in, require_pattern
from modelsmith.domain.reading import parts_about, reading_in
from modelsmith.domain.record import Record
from modelsmith.domain.text import UNITS, Figure, figures, mentions, normalised, phrase_pattern

MAX_FIGURES = 3
"""More figures than this beside one metric is a list, not a reading (from, to and the change)."""

MAX_READINGS = 2
"""More different readings of one metric are guesses: an answer knows where it was and is."""

MAX_STRAY_BRACES = 100
"""Braces that open nothing, after which no more JSON is looked for, so that cost stays linear."""

MAX_PATTERN_LENGTH = 1_000


def _says_something(phrase: str) -> str:
    if not normalised(phrase):
        raise ValueError(f"nothing is left of the phrase {phrase!r} without its markup")
    return phrase


Phrase = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_says_something)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=60, strict=False)]
Polarity = Literal["affirmed", "negated", "any"]


@unique
class Outcome(StrEnum):
    """What a check or a judge says of one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    UNSCORED = "unscored"


class Finding(Record):
    """The outcome of one check on one answer, with what it was seen in."""

    outcome: Outcome
    """Met, not met, or could not be evaluated."""
    seen: str = ""
    """The part of the normalised answer that decided, or why nothing could be decided."""


class Contains(Record):
    """Met when the answer mentions the phrase."""

    contains: Phrase
    """The phrase, compared as whole words on normalised text."""
    polarity: Polarity = "affirmed"
    """Which mentions count: affirmed ("raise the floor"), negated ("do not raise it"), any."""

    def finding(self, answer: str) -> Finding:
        """Return whether `answer` mentions the phrase."""
        return _first(answer, (self.contains,), self.polarity)


class AnyOf(Record):
    """Met when the answer mentions at least one phrase."""

    any_of: Phrases
    """Phrases that say the same thing."""
    polarity: Polarity = "affirmed"
    """Which mentions count."""

    def finding(self, answer: str) -> Finding:
        """Return whether `answer` mentions one of the phrases."""
        return _first(answer, self.any_of, self.polarity)


class AllOf(Record):
    """Met when the answer mentions every phrase."""

    all_of: Phrases
    """Phrases that must all be there."""
    polarity: Polarity = "affirmed"
    """Which mentions count."""

    def finding(self, answer: str) -> Finding:
        """Return whether `answer` mentions all phrases; the first missing one is named."""
        for phrase in self.all_of:
            if _first(answer, (phrase,), self.polarity).outcome is Outcome.NOT_MET:
                return Finding(outcome=Outcome.NOT_MET, seen=f"missing: {phrase}")
        return Finding(outcome=Outcome.MET, seen=", ".join(self.all_of))


class NoneOf(Record):
    """Met when the answer mentions none of the phrases."""

    none_of: Phrases
    """Phrases that must not be there."""
    polarity: Polarity = "affirmed"
    """Which mentions count as there."""

    def finding(self, answer: str) -> Finding:
        """Return whether `answer` is free of the phrases."""
        hit = _first(answer, self.none_of, self.polarity)
        if hit.outcome is Outcome.MET:
            return Finding(outcome=Outcome.NOT_MET, seen=hit.seen)
        return Finding(outcome=Outcome.MET)


class Regex(Record):
    """Met when the pattern matches; the last resort."""

    regex: Annotated[str, Field(min_length=1, max_length=MAX_PATTERN_LENGTH)]
    """An RE2 pattern, matched on the normalised answer, whatever its case."""

    @field_validator("regex")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        require_pattern(pattern)
        return pattern

    def finding(self, answer: str) -> Finding:
        """Return whether the pattern matches; RE2 is linear in the answer's length."""
        seen = found_in(self.regex, normalised(answer), any_case=True)
        if seen is None:
            return Finding(outcome=Outcome.NOT_MET)
        return Finding(outcome=Outcome.MET, seen=seen)


class NumberSought(Record):
    """A figure, its tolerance and unit, and the metric it belongs to."""

    value: float
    """The figure that a right answer gives."""
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Absolute distance that still counts, in `unit`."""
    unit: Literal[tuple(UNITS)] = ""  # type: ignore[valid-type] # the table is the type
    """Unit of `value`; empty accepts the bare number, or any unit written after it."""
    metric: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """The metric's name: the figure counts only in the part of a clause that speaks of it."""


class Number(Record):
    """Met when the answer gives the figure, bound to its metric."""

    number: NumberSought
    """What is looked for."""

    def finding(self, answer: str) -> Finding:
        """Return whether the figure is there.

        Bound to a metric, the figure must stand between that metric's name and the next metric
        (a word with an underscore) or the end of the clause, among at most
        `MAX_FIGURES` figures, and it must be the last of them that moves: "from 4 to 58" reads 58,
        "58 to 4" does not. More than `MAX_READINGS` different readings are guesses.
        """
        wanted = self.number
        if wanted.metric is None:
            hit = next((f for f in figures(answer) if _equals(f, wanted)), None)
            return _found(hit)
        parts = parts_about(wanted.metric, answer)
        given = [figures(part) for part in parts]
        listed = next((p for p, g in zip(parts, given, strict=True) if len(g) > MAX_FIGURES), None)
        if listed is not None:
            return Finding(outcome=Outcome.NOT_MET, seen=f"a list of figures: {listed}")
        readings = [reading_in(part, seen) for part, seen in zip(parts, given, strict=True)]
        values = {reading.value for reading in readings if reading is not None}
        if len(values) > MAX_READINGS:
            return Finding(outcome=Outcome.NOT_MET, seen=f"{wanted.metric}: {len(values)} readings")
        for part, reading in zip(parts, readings, strict=True):
            if reading is not None and _equals(reading, wanted):
                return Finding(outcome=Outcome.MET, seen=part)
        reason = "no such figure beside it" if parts else "not mentioned"
        return Finding(outcome=Outcome.NOT_MET, seen=f"{wanted.metric}: {reason}")


class Verdict(Record):
    """Met when the answer's one verdict is this."""

    verdict: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
    """The label that follows `VERDICT:` in a right answer."""

    def finding(self, answer: str) -> Finding:
        """Return whether the answer gives this verdict and no other."""
        given = verdicts_in(answer)
        outcome = Outcome.MET if given == (self.verdict,) else Outcome.NOT_MET
        return Finding(outcome=outcome, seen=", ".join(given) or "no verdict line")


class JsonSought(Record):
    """The schema of a JSON answer."""

    schema_: Annotated[Mapping[str, JsonValue], Field(alias="schema")]
    """JSON Schema, draft 2020-12."""

    @field_validator("schema_")
    @classmethod
    def _is_schema(cls, schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        require_usable(schema)
        return schema


class Json(Record):
    """Met when the answer holds one JSON object that the schema accepts."""

    json_: Annotated[JsonSought, Field(alias="json")]
    """What the object must look like."""

    def finding(self, answer: str) -> Finding:
        """Return whether the answer's only JSON object is valid."""
        objects = _json_objects(answer)
        if len(objects) != 1:
            return Finding(outcome=Outcome.NOT_MET, seen=f"{len(objects)} JSON objects")
        broken = problems_of(self.json_.schema_, objects[0])
        if broken:
            seen = f"{broken[0].what}; expected {broken[0].expected}"
            return Finding(outcome=Outcome.NOT_MET, seen=seen)
        return Finding(outcome=Outcome.MET, seen=json.dumps(objects[0], sort_keys=True))


class Ordered(Record):
    """Met when the phrases are mentioned in this order."""

    ordered: Annotated[tuple[Phrase, ...], Field(min_length=2, max_length=20, strict=False)]
    """Phrases, first to last."""

    def finding(self, answer: str) -> Finding:
        """Return whether each phrase follows the one before."""
        text, at = normalised(answer), 0
        for phrase in self.ordered:
            place = phrase_pattern(phrase).search(text, at)
            if place is None:
                return Finding(outcome=Outcome.NOT_MET, seen=f"missing in order: {phrase}")
            at = place.end()
        return Finding(outcome=Outcome.MET, seen=" < ".join(self.ordered))


KINDS: dict[str, type[Record]] = {
    "contains": Contains,
    "any_of": AnyOf,
    "all_of": AllOf,
    "none_of": NoneOf,
    "regex": Regex,
    "number": Number,
    "verdict": Verdict,
    "json": Json,
    "ordered": Ordered,
}


def _kind(value: Any) -> str | None:  # noqa: ANN401 - raw input of any shape
    if isinstance(value, Record):
        return next((kind for kind, shape in KINDS.items() if isinstance(value, shape)), None)
    named = [kind for kind in KINDS if isinstance(value, Mapping) and kind in value]
    return named[0] if len(named) == 1 else None


Check = Annotated[
    Annotated[Contains, Tag("contains")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[AllOf, Tag("all_of")]
    | Annotated[NoneOf, Tag("none_of")]
    | Annotated[Regex, Tag("regex")]
    | Annotated[Number, Tag("number")]
    | Annotated[Verdict, Tag("verdict")]
    | Annotated[Json, Tag("json")]
    | Annotated[Ordered, Tag("ordered")],
    Discriminator(
        _kind,
        custom_error_type="check_kind",
        custom_error_message=f"a check has exactly one of {', '.join(KINDS)}",
    ),
]


def finding_of(check: Check, answer: str) -> Finding:
    """Return what `check` says of `answer`; an empty answer meets nothing."""
    if not normalised(answer):
        return Finding(outcome=Outcome.NOT_MET, seen="empty answer")
    try:
        return check.finding(answer)
    except (RecursionError, OverflowError) as error:
        reason = str(error) or type(error).__name__
        return Finding(outcome=Outcome.UNSCORED, seen=f"not evaluated: {reason}")


VERDICT_LINE = re.compile(r"^\s*(?:final |my )?verdict(?: is)?\s*[:=]\s*(.*)$", re.MULTILINE)


def verdicts_in(answer: str) -> tuple[str, ...]:
    """Return the distinct labels on the answer's `VERDICT:` lines, in order.

    A line that lists several labels gives several, so hedging is never a verdict.
    """
    labels: list[str] = []
    for line in VERDICT_LINE.findall(normalised(answer)):
        for label in re.split(r"\s*[,;/|]\s*|\s+(?:or|and)\s+", line):
            plain = label.strip(" .!\"'()[]").replace(" ", "-").replace("_", "-")
            if plain and plain not in labels:
                labels.append(plain)
    return tuple(labels)


def _first(answer: str, phrases: tuple[str, ...], polarity: Polarity) -> Finding:
    for phrase in phrases:
        for clause, negated in mentions(answer, phrase):
            if polarity == "any" or negated == (polarity == "negated"):
                return Finding(outcome=Outcome.MET, seen=clause)
    return Finding(outcome=Outcome.NOT_MET)


def _found(figure: Figure | None) -> Finding:
    if figure is None:
        return Finding(outcome=Outcome.NOT_MET)
    return Finding(outcome=Outcome.MET, seen=figure.text)


def _equals(figure: Figure, wanted: NumberSought) -> bool:
    if wanted.unit and figure.unit:
        given, size = UNITS[figure.unit]
        sought, scale = UNITS[wanted.unit]
        if given != sought:
            return False
        return abs(figure.value * size - wanted.value * scale) <= wanted.tolerance * scale + 1e-9
    if wanted.unit and wanted.metric is None:
        return False
    return abs(figure.value - wanted.value) <= wanted.tolerance + 1e-9


def _json_objects(answer: str) -> list[Any]:
    decoder, at, found, failures = json.JSONDecoder(), 0, [], 0
    while (at := answer.find("{", at)) >= 0 and failures < MAX_STRAY_BRACES:
        try:
            value, at = decoder.raw_decode(answer, at)
        except (ValueError, RecursionError):
            at, failures = at + 1, failures + 1
            continue
        found.append(value)
    return found
