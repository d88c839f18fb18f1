"""One exam question with its rubric: ten fields, the same in every domain."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum, unique
from itertools import pairwise
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticKnownError, core_schema

from modelsmith.exam.checks.answer_form import COLUMN
from modelsmith.exam.checks.check import Check
from modelsmith.exam.conversation import Conversation
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE, criteria_in
from modelsmith.record import CamelRecord, Record, canonical, sha256

FAMILY_MARK = "__"
"""What separates a variant's family from its suffix in an id."""

DRAWN = re.compile(r"(?:([A-Z]+)[0-9]+)?V([0-9]+)")
"""Form of the suffix of a variant: world, seed and number (exam/family.py, variant_id), or a number
alone. Any other suffix is that of a twin, which somebody wrote with one change."""

AGAIN = "AGAIN"
"""How the suffix of a repeat begins: the same question, drawn anew."""

SCENARIO_ID = r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(__[A-Z0-9]+)?$"
"""Form of an id: capitals, digits and underscores; `__` once, before a variant's suffix."""


def example_id(domain: str) -> str:
    """Return an id as a scenario of a benchmark may have it."""
    return f"{domain.upper().replace('-', '_')}_SHORT_NAME"


LONGEST_ID = 120
"""Characters of an id; with its ending it fits into a file name everywhere."""

CRITERION_LENGTH = (8, 400)
"""Characters of a criterion: one sentence that a person can decide."""

MOST_CRITERIA = 12
"""Criteria of one kind in a rubric; twice what a reviewer decides well (evalscience, section 9)."""

LONGEST_GRADED = 4_000
"""Characters of a criterion with points or levels, and of a level's description: rubrics of
elsewhere are kept as they are. The longest of HealthBench's examples has 3,185."""

MOST_LEVELS = 10
"""Levels of one criterion."""

MOST_GRADED = 60
"""Criteria of one kind in a rubric by points; HealthBench's examples have up to 20."""


def family_of(scenario: str) -> str:
    """Return the family in a scenario's id: what stands before `__`."""
    return scenario.split(FAMILY_MARK, 1)[0]


def is_drawn(scenario: str) -> bool:
    """Return whether an id is that of a variant: its suffix has a number of a drawing."""
    return DRAWN.fullmatch(scenario.partition(FAMILY_MARK)[2]) is not None


@unique
class Split(StrEnum):
    """Where a scenario may be used; the folder it lies in says it."""

    TRAIN = "train"
    STEER = "steer"
    SEALED = "sealed"


@unique
class OutcomeType(StrEnum):
    """What a right answer does, and which mistake the scenario guards against."""

    TP = "tp"
    """There is a problem, and a right answer flags it."""
    TN = "tn"
    """There is no problem, and a right answer says so."""
    FP_GUARD = "fp-guard"
    """It looks like a problem and is none: flagging it is the mistake."""
    FN_GUARD = "fn-guard"
    """It looks harmless, or like something else, and is a problem: missing it is the mistake."""

    @property
    def flags(self) -> bool:
        """Whether a right answer flags a problem."""
        return self in (OutcomeType.TP, OutcomeType.FN_GUARD)


class PassRule(Record):
    """When an answer passes that is graded by points or by levels."""

    share: Annotated[
        Annotated[float, Field(gt=0, le=1)] | None, Field(exclude_if=lambda share: share is None)
    ] = None
    """Least share of the points: those of met pass criteria less those of triggered fail criteria,
    over all points that can be gained. Without it every required pass criterion and no fail
    criterion, as where nothing has points."""
    level: Annotated[
        Annotated[int, Field(ge=2, le=MOST_LEVELS)] | None,
        Field(exclude_if=lambda level: level is None),
    ] = None
    """Least level that meets a criterion with levels, counted from 1."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.share is None and self.level is None:
            raise ValueError("it says nothing; fix: write `share: 0.6` or `level: 4`, or both")
        return self


class Criterion(Record):
    """One atomic line of a rubric."""

    points: Annotated[
        Annotated[float, Field(ge=-100, le=100)] | None,
        Field(exclude_if=lambda points: points is None),
    ] = None
    """What it adds where a rubric counts by points; of a fail criterion below zero."""
    levels: Annotated[
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_GRADED)], ...],
            Field(min_length=2, max_length=MOST_LEVELS),
        ]
        | None,
        Field(exclude_if=lambda levels: levels is None),
    ] = None
    """Descriptions of its levels, worst first; the judge names the one that fits the answer. It is
    met from the level on that `benchmark.yaml` says (`passes`)."""
    text: Annotated[str, Field(min_length=CRITERION_LENGTH[0], max_length=LONGEST_GRADED)]
    """The criterion as a sentence that a person can decide; at most 400 characters, and 4,000 with
    points or levels."""
    check: Check | None = None
    """The deterministic test that decides it; without one, judges decide."""
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Its share in the weighted score, relative to the other criteria."""
    required: bool = True
    """Whether an answer can pass without it (pass criteria only)."""

    @field_validator("text")
    @classmethod
    def _is_a_sentence(cls, text: str, info: ValidationInfo) -> str:
        is_graded = info.data.get("points") is not None or info.data.get("levels") is not None
        if len(text) > CRITERION_LENGTH[1] and not is_graded:
            raise PydanticKnownError("string_too_long", {"max_length": CRITERION_LENGTH[1]})
        return text

    @model_validator(mode="after")
    def _is_graded_in_one_way(self) -> Self:
        if self.points is not None and self.points == 0:
            raise ValueError("0 points decide nothing; fix: give it points, or delete it")
        if self.points is not None and self.weight != 1:
            raise ValueError("it has a weight beside its points; fix: delete the weight")
        if self.levels is not None and self.check is not None:
            raise ValueError("a check names no level; fix: delete the check or the levels")
        if self.levels is not None and self.points is not None:
            raise ValueError("it has points and levels; fix: keep one of the two")
        return self

    @property
    def counts(self) -> float:
        """Its share in the weighted score: its points, whatever their sign, or its weight."""
        return self.weight if self.points is None else abs(self.points)


class _TextOr:
    """Lets plain text stand for a value, in strict JSON mode too (a BeforeValidator would not)."""

    def __init__(
        self, meaning: Callable[[str, ValidationInfo], object], shortest: int, longest: int
    ) -> None:
        self.meaning, self.shortest, self.longest = meaning, shortest, longest

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.str_schema(
            strict=True, min_length=self.shortest, max_length=self.longest
        )
        return core_schema.tagged_union_schema(
            {
                "text": core_schema.with_info_after_validator_function(self.meaning, text),
                "written": handler(source),
            },
            discriminator=lambda value: "text" if isinstance(value, str) else "written",
        )


LANGUAGE = "language"
"""What the context of a validation names the language of the texts."""


def _criterion(text: str, _info: ValidationInfo) -> Criterion:
    return Criterion(text=text)


def _criteria(text: str, info: ValidationInfo) -> tuple[Criterion, ...]:
    found = criteria_in(text, (info.context or {}).get(LANGUAGE, DEFAULT_LANGUAGE))
    if not found:
        raise ValueError("it holds no sentence and no item; fix: write them, or `[]` for none")
    if len(found) > MOST_CRITERIA:
        raise ValueError(
            f"{len(found)} sentences, a rubric has at most {MOST_CRITERIA}; "
            "fix: keep those that decide"
        )
    for said in found:
        if not CRITERION_LENGTH[0] <= len(said) <= CRITERION_LENGTH[1]:
            raise ValueError(
                f"the sentence {said[:40]!r} has {len(said)} characters, "
                f"a criterion has {CRITERION_LENGTH[0]} to {CRITERION_LENGTH[1]}; fix: reword it"
            )
    return tuple(Criterion(text=said) for said in found)


_Line = Annotated[Criterion, _TextOr(_criterion, *CRITERION_LENGTH)]
_Paragraph = _TextOr(_criteria, CRITERION_LENGTH[0], MOST_CRITERIA * CRITERION_LENGTH[1])


def _are_few(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    if len(criteria) > MOST_CRITERIA and any(one.points is None for one in criteria):
        limits = {"field_type": "Tuple", "max_length": MOST_CRITERIA, "actual_length": None}
        raise PydanticKnownError("too_long", limits)
    return criteria


PassCriteria = Annotated[
    tuple[_Line, ...],
    Field(min_length=1, max_length=MOST_GRADED),
    AfterValidator(_are_few),
    _Paragraph,
]
FailCriteria = Annotated[
    tuple[_Line, ...], Field(max_length=MOST_GRADED), AfterValidator(_are_few), _Paragraph
]

MOST_COLUMNS = 40
"""Columns of a table."""

Cell = int | float | Annotated[str, Field(max_length=120)]


class Table(Record):
    """Rows of figures, as a reporting tool exports them; days stand oldest first."""

    columns: Annotated[
        tuple[Annotated[str, Field(pattern=COLUMN)], ...],
        Field(min_length=2, max_length=MOST_COLUMNS),
    ]
    """Column names; the first one labels the rows (a day, a seller)."""
    rows: Annotated[tuple[tuple[Cell, ...], ...], Field(min_length=2, max_length=400)]
    """One tuple a row, as long as `columns`."""

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("two columns have the same name; fix: rename one of them")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells, the table has {len(self.columns)} columns"
                    "; fix: write one cell a column"
                )
        return self

    def series(self, column: str) -> tuple[Cell, ...]:
        """Return the cells of one column, first row first.

        Raises:
            ValueError: no such column.
        """
        at = self.columns.index(column)
        return tuple(row[at] for row in self.rows)

    def rendered(self) -> str:
        """Return the table as models and people read it: one line a column, rows in their order.

        Labels that count on, by days say, are told by the first and the last.
        """
        label, *metrics = self.columns
        first, last = self.rows[0][0], self.rows[-1][0]
        lines = [f"{label}: {first} to {last}, {len(self.rows)} rows"]
        if not self.counts_on:
            lines, metrics = [], [*self.columns]
        lines += [f"{name}: {_listed(self.series(name))}" for name in metrics]
        return "\n".join(lines)

    @property
    def counts_on(self) -> bool:
        """Whether the labels follow from the first two: days, hours or numbers, each a step on."""
        places = [place_of(label) for label in self.series(self.columns[0])]
        steps = {
            None if before is None or after is None else after - before
            for before, after in pairwise(places)
        }
        return len(steps) == 1 and steps.isdisjoint({None, 0.0})


def _listed(cells: Sequence[Cell]) -> str:
    texts = [_apart(shown(cell)) for cell in cells]
    return (", " if any(" " in text for text in texts) else " ").join(texts)


def _apart(text: str) -> str:
    """Return a cell as it stands among others: in quotes where it is empty or looks like several.

    Nobody could tell otherwise whether `Bonn, Ulm` is one town, or where a figure is missing.
    """
    is_plain = text.splitlines() == [text.strip()] and ", " not in text and text[0] != '"'
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def place_of(label: Cell) -> float | None:
    """Return where a label lies on a line: a number, or seconds of a time; nowhere a name."""
    if not isinstance(label, str):
        return float(label)
    try:
        return datetime.fromisoformat(label).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _kind_of_input(value: object) -> str:
    if isinstance(value, str):
        return "text"
    is_told = isinstance(value, Conversation) or (isinstance(value, Mapping) and "turns" in value)
    return "Conversation" if is_told else "Table"


class Scenario(CamelRecord):
    """One exam question and its rubric."""

    id: Annotated[str, Field(pattern=SCENARIO_ID, max_length=LONGEST_ID)]
    """Name in capitals, unique in the benchmark; `PARENT__SUFFIX` names a variant of PARENT."""
    outcome_type: OutcomeType
    """What a right answer does: tp, tn, fp-guard or fn-guard."""
    operator_lens: Annotated[str, Field(min_length=2, max_length=60)]
    """Whose eyes the answer is written for; one of the benchmark's lenses."""
    category: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]
    """The capability that is examined; one of the benchmark's categories."""
    mechanic: Mapping[str, JsonValue]
    """The domain's mechanism, under the name that the benchmark gives it."""
    description: Annotated[str, Field(min_length=20, max_length=4_000)]
    """The situation, as the person who asks would tell it."""
    test_objective: Annotated[str, Field(min_length=20, max_length=2_000)]
    """What the scenario finds out about a model; never shown to the model."""
    pass_criteria: PassCriteria
    """What a right answer does; at least one is required."""
    fail_criteria: FailCriteria
    """What no right answer does."""
    domain_input: Annotated[
        Annotated[str, Field(min_length=1, max_length=60_000), Tag("text")]
        | Annotated[Table, Tag("Table")]
        | Annotated[Conversation, Tag("Conversation")],
        Discriminator(_kind_of_input),
    ]
    """What the model is given to read: text, a table or a conversation."""
    passes: SkipJsonSchema[
        Annotated[PassRule | None, Field(exclude_if=lambda rule: rule is None)]
    ] = None
    """When it passes, where its rubric has points or levels; `benchmark.yaml` says it, never a
    scenario's file."""

    @field_validator("pass_criteria")
    @classmethod
    def _one_is_required(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        if not any(criterion.required for criterion in criteria):
            raise ValueError(
                "no pass criterion is required, so every answer would pass; fix: require one"
            )
        return criteria

    @model_validator(mode="after")
    def _is_graded_as_a_whole(self) -> Self:
        points = {key: one.points for key, one in self.criteria().items()}
        given = {key: its for key, its in points.items() if its is not None}
        if given and len(given) < len(points):
            bare = ", ".join(key for key, its in points.items() if its is None)
            raise ValueError(f"{bare} has no points, others have; fix: give points to all or none")
        for key, its in given.items():
            if (its < 0) is not key.startswith("F"):
                kind, field = ("above", "pass") if its > 0 else ("below", "fail")
                raise ValueError(
                    f"{key} has {its:g} points; fix: points {kind} zero go into {field}Criteria"
                )
        for key, one in self.criteria().items():
            if one.levels is not None and key.startswith("F"):
                raise ValueError(f"{key} has levels; fix: move it to passCriteria")
        return self

    @property
    def has_points(self) -> bool:
        """Whether its rubric counts by points."""
        return self.pass_criteria[0].points is not None

    @property
    def has_levels(self) -> bool:
        """Whether one of its criteria has levels."""
        return any(criterion.levels is not None for criterion in self.pass_criteria)

    @property
    def least_share(self) -> float | None:
        """Least share of the points that passes; none where single criteria decide."""
        return self.passes.share if self.passes is not None and self.has_points else None

    @property
    def least_level(self) -> int | None:
        """Least level that meets a criterion with levels; none where nothing says one."""
        return None if self.passes is None else self.passes.level

    def ruled(self, rule: PassRule | None) -> Self:
        """Return it with what a benchmark says of when it passes, where its rubric asks for that.

        A scenario that a record holds with a rule keeps it.
        """
        if rule is None or self.passes is not None:
            return self
        share = rule.share if self.has_points else None
        level = rule.level if self.has_levels else None
        if share is None and level is None:
            return self
        return type(self)(**dict(self) | {"passes": PassRule(share=share, level=level)})

    @property
    def family(self) -> str:
        """The id before `__`: a scenario and its variants share it."""
        return family_of(self.id)

    @property
    def is_variant(self) -> bool:
        """Whether this was drawn from another scenario, and so asks for the same right answer."""
        return is_drawn(self.id)

    @property
    def is_twin(self) -> bool:
        """Whether somebody wrote this beside another scenario of its family, with one change."""
        return FAMILY_MARK in self.id and not self.is_variant

    @property
    def is_repeat(self) -> bool:
        """Whether this is another scenario asked again: never greedily, or it says nothing new."""
        return self.repeat_number is not None

    @property
    def repeat_number(self) -> int | None:
        """Which repeat of its scenario this is, from 0; None of any other scenario."""
        drawn = DRAWN.fullmatch(self.id.partition(FAMILY_MARK)[2])
        return int(drawn[2]) if drawn and drawn[1] == AGAIN else None

    def criteria(self) -> dict[str, Criterion]:
        """Return each criterion by its id: P1, P2, ... to pass, F1, F2, ... to fail."""
        numbered = {f"P{n}": c for n, c in enumerate(self.pass_criteria, start=1)}
        return numbered | {f"F{n}": c for n, c in enumerate(self.fail_criteria, start=1)}

    def input_text(self) -> str:
        """Return the domain input as text, the same everywhere."""
        shown_input = self.domain_input
        return shown_input if isinstance(shown_input, str) else shown_input.rendered()

    def body(self) -> str:
        """Return what identifies the question: description and input, without the rubric."""
        return f"{self.description}\n{self.input_text()}"

    def rubric_digest(self) -> str:
        """Return the sha256 of the rubric: a verdict counts for this rubric only."""
        rubric = {
            key: c.model_dump(mode="json", by_alias=True) for key, c in self.criteria().items()
        }
        return sha256(canonical(rubric))


def shown(cell: Cell) -> str:
    """Return one cell as text: `58` for 58 and 58.0, `0.125` for 0.125."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


WRITTEN = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
"""A figure as a cell of text may hold it."""


def figure_in(cell: Cell) -> int | float | None:
    """Return the figure in one cell, also where it is text: `18.0`, `1,800`; None in any other."""
    if not isinstance(cell, str):
        return cell
    return float(cell.replace(",", "")) if WRITTEN.fullmatch(cell) else None


def figure_read(cell: Cell, language: str = DEFAULT_LANGUAGE) -> int | float | None:
    """Return the figure in one cell as whoever reads that language takes it.

    None where it is written as a name is ("007"), or with a comma that opens decimals elsewhere.
    """
    if isinstance(cell, str) and (
        re.match(r"-?0[0-9]", cell) or ("," in cell and language != DEFAULT_LANGUAGE)
    ):
        return None
    return figure_in(cell)
