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
| `choice`   | chooses this value in its field                                            |
| `figure`   | reads the metric, by any alias, at this figure and in this direction       |
| `set`      | holds these values in its field                                            |

The last three, `json` and an `ordered` with a field read the answer by its form (answer_reading).

Phrases are compared on normalised text and know polarity. An empty answer meets nothing, also
not `none_of`: silence is no evidence (research: evalscience, section 7.3).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from modelsmith.documents.json_schema import JsonSchema, problems_of
from modelsmith.documents.patterns import found_in, require_pattern
from modelsmith.exam.checks.answer_form import AnswerForm, FiguresField
from modelsmith.exam.checks.answer_reading import reading_of
from modelsmith.exam.checks.fields import Chosen, FigureRead, SetHeld
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.json_reading import json_objects
from modelsmith.exam.checks.phrases import AllOf, AnyOf, Contains, NoneOf, Ordered
from modelsmith.exam.checks.result import CheckResult, Outcome, met, not_met
from modelsmith.exam.checks.text import normalised
from modelsmith.record import Record

MAX_PATTERN_LENGTH = 1_000


class Regex(Record):
    """Met when the pattern matches; the last resort."""

    regex: Annotated[
        str,
        Field(min_length=1, max_length=MAX_PATTERN_LENGTH),
        AfterValidator(require_pattern),
    ]
    """An RE2 pattern, matched on the normalised answer, whatever its case."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether the pattern matches; RE2 is linear in the answer's length."""
        seen = found_in(self.regex, normalised(answer), any_case=True)
        return not_met() if seen is None else met(seen)


class Verdict(Record):
    """Met when the answer's one verdict is this."""

    verdict: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
    """The label that a right answer chooses in the form's one choice."""

    def finding(self, answer: str, form: AnswerForm) -> CheckResult:
        """Return whether the answer gives this verdict and no other."""
        if form.is_stated and form.choice() is not None:
            return Chosen(choice=self.verdict).finding(form, reading_of(form, answer))
        given = verdicts_in(answer)
        result = met if given == (self.verdict,) else not_met
        return result(", ".join(given) or "no verdict line")


class JsonSought(Record):
    """The schema of a JSON answer."""

    schema_: Annotated[JsonSchema, Field(alias="schema")]
    """JSON Schema, draft 2020-12."""


class Json(Record):
    """Met when the answer holds one JSON object that the schema accepts."""

    json_: Annotated[JsonSought, Field(alias="json")]
    """What the object must look like."""

    def finding(self, answer: str, form: AnswerForm) -> CheckResult:
        """Return whether the answer's only JSON object is valid.

        Labelled lines count as the object of the form's fields: choices and texts as texts, sets
        as lists, figures as an object by metric.
        """
        objects = json_objects(answer) or list(_as_object(form, answer))
        if len(objects) != 1:
            return not_met(f"{len(objects)} JSON objects")
        broken = problems_of(self.json_.schema_, objects[0])
        if broken:
            return not_met(f"{broken[0].what}; expected {broken[0].expected}")
        return met(json.dumps(objects[0], sort_keys=True))


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
    "choice": Chosen,
    "figure": FigureRead,
    "set": SetHeld,
}

Wording = Literal["contains", "any_of", "all_of", "none_of", "ordered", "regex"]
"""Kinds that read words alone: what they do not list, they do not find."""


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
    | Annotated[Ordered, Tag("ordered")]
    | Annotated[Chosen, Tag("choice")]
    | Annotated[FigureRead, Tag("figure")]
    | Annotated[SetHeld, Tag("set")],
    Discriminator(
        _kind,
        custom_error_type="check_kind",
        custom_error_message=f"a check has exactly one of {', '.join(KINDS)}",
    ),
]


def finding_of(check: Check, answer: str, form: AnswerForm) -> CheckResult:
    """Return what `check` says of `answer`; an empty answer meets nothing.

    Args:
        check: What is looked for.
        answer: The answer.
        form: The form that it was to have.
    """
    if not normalised(answer):
        return not_met("empty answer")
    try:
        if isinstance(check, Chosen | FigureRead | SetHeld):
            return check.finding(form, reading_of(form, answer))
        if isinstance(check, Verdict | Json | Ordered):
            return check.finding(answer, form)
        return check.finding(answer)
    except (RecursionError, OverflowError) as error:
        reason = str(error) or type(error).__name__
        return CheckResult(outcome=Outcome.UNSCORED, seen=f"not evaluated: {reason}")


def chosen_in(form: AnswerForm, answer: str) -> tuple[str, ...]:
    """Return what an answer chooses in the form's first choice; one value where it is read."""
    if not form.is_stated:
        return verdicts_in(answer)
    choices = reading_of(form, answer).choices
    named = [field.name for field in form.fields if field.name in choices]
    return (choices[named[0]],) if named else ()


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


def _as_object(form: AnswerForm, answer: str) -> Iterator[dict[str, Any]]:
    """Yield the object that the labelled lines of an answer make; nothing without any."""
    reading = reading_of(form, answer)
    if reading.texts:
        read = {one.metric: one.figure.value for one in reading.figures}
        figures = {f.name: read for f in form.fields if isinstance(f, FiguresField)}
        sets = {name: list(values) for name, values in reading.sets.items()}
        yield {**reading.texts, **figures, **sets, **reading.choices}
