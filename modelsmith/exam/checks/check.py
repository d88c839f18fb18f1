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
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from modelsmith.documents.json_schema import JsonSchema, problems_of
from modelsmith.documents.patterns import found_in, require_pattern
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.phrases import AllOf, AnyOf, Contains, NoneOf, Ordered
from modelsmith.exam.checks.result import CheckResult, Outcome, met, not_met
from modelsmith.exam.checks.text import normalised
from modelsmith.record import Record

MAX_STRAY_BRACES = 100
"""Braces that open nothing, after which no more JSON is looked for, so that cost stays linear."""

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
    """The label that follows `VERDICT:` in a right answer."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether the answer gives this verdict and no other."""
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

    def finding(self, answer: str) -> CheckResult:
        """Return whether the answer's only JSON object is valid."""
        objects = _json_objects(answer)
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
    | Annotated[Ordered, Tag("ordered")],
    Discriminator(
        _kind,
        custom_error_type="check_kind",
        custom_error_message=f"a check has exactly one of {', '.join(KINDS)}",
    ),
]


def finding_of(check: Check, answer: str) -> CheckResult:
    """Return what `check` says of `answer`; an empty answer meets nothing."""
    if not normalised(answer):
        return not_met("empty answer")
    try:
        return check.finding(answer)
    except (RecursionError, OverflowError) as error:
        reason = str(error) or type(error).__name__
        return CheckResult(outcome=Outcome.UNSCORED, seen=f"not evaluated: {reason}")


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
