"""One domain's exam: its vocabularies, answer format, weights, floors, and its snapshot.

What a model is asked is the same in training, evaluation and promotion.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from modelsmith.documents.json_schema import JsonSchema
from modelsmith.exam.checks.answer_form import (
    AnswerField,
    AnswerForm,
    ChoiceField,
    Column,
    TextField,
    declared_column,
    form_words,
    metrics_of,
)
from modelsmith.exam.checks.check import Wording
from modelsmith.exam.checks.fields import FigureRead
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.labelled_answers import ExamSheet, Labelled, labelled_right
from modelsmith.exam.scenario import Scenario, Split, Table
from modelsmith.models.generation import Message, Prompt
from modelsmith.record import CamelRecord, Positive, Rate, Record, Sha256

Label = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]


VERDICT = "VERDICT"
"""The section that is read, in answer formats of before `fields`."""


class Mechanic(Record):
    """The one field of a scenario whose shape the domain decides."""

    field: Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9]*$")]
    """Name of the field in a scenario file."""
    schema_: Annotated[JsonSchema, Field(alias="schema")]
    """JSON Schema (2020-12) of its value."""


class Category(Record):
    """One capability of the domain."""

    title: Annotated[str, Field(min_length=3, max_length=120)]
    """Its name for people."""
    verdicts: Annotated[tuple[Label, ...], Field(max_length=12)] = ()
    """The labels that an answer chooses from, in the form's choice that names none of its own."""


class AnswerSection(Record):
    """One line of an answer, and the criteria that speak of it."""

    heading: Annotated[str, Field(pattern=r"^[A-Z][A-Z ]*$")]
    """What the line begins with, before a colon."""
    opens: Annotated[tuple[str, ...], Field(min_length=1)]
    """How the criteria of this line begin ("Says that"); the rest of the criterion is the line."""


class AnswerFormat(CamelRecord):
    """How an answer is to be written, so that checks can read it."""

    instruction: Annotated[str, Field(min_length=20, max_length=2_000)]
    """The system message of every prompt."""
    fields: Annotated[
        tuple[AnswerField, ...], Field(max_length=12, exclude_if=lambda fields: not fields)
    ] = ()
    """The fields of an answer, in order. Without any an answer is free text."""
    sections: tuple[AnswerSection, ...] = ()
    """The lines of an answer, as benchmarks of before `fields` have them: the instruction names
    them, `VERDICT` is the one that is read."""
    clear_verdict: Label | None = None
    """The label of `sections` that says there is no problem."""

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        names = [field.name for field in self.fields]
        if self.fields and self.sections:
            raise ValueError("it has fields and sections; fix: write fields alone")
        if bool(self.sections) != (self.clear_verdict is not None):
            raise ValueError(
                "sections and clearVerdict stand together; fix: write fields, and `clear` in the "
                "choice that has such a value"
            )
        if len(set(names)) != len(names):
            raise ValueError("two fields have the same name; fix: rename one of them")
        if sum(isinstance(f, ChoiceField) and not f.choices for f in self.fields) > 1:
            raise ValueError(
                "two choices take the categories' verdicts; fix: list the `choices` of one"
            )
        return self

    @property
    def category_choice(self) -> ChoiceField | None:
        """The field that is chosen from the verdicts of a scenario's category."""
        if self.sections:
            return ChoiceField(name=VERDICT, clear=self.clear_verdict)
        choices = [field for field in self.fields if isinstance(field, ChoiceField)]
        return next((field for field in choices if not field.choices), None)

    @property
    def clear_choice(self) -> ChoiceField | None:
        """The first field with a value that says there is no problem."""
        if self.sections:
            return self.category_choice
        choices = [field for field in self.fields if isinstance(field, ChoiceField)]
        return next((field for field in choices if field.clear is not None), None)


class CompositeWeights(Record):
    """Shares of the composite (research: evalscience, section 2.4)."""

    core: Rate = 0.60
    """Balanced pass rate."""
    robust: Rate = 0.25
    """Pass rate of three random runs over a family's variants."""
    coverage: Rate = 0.15
    """Share of cells above the floor, softly capped."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.core + self.robust + self.coverage
        if not isclose(total, 1):
            raise ValueError(f"the weights sum to {total:g}, they must sum to 1; fix: change one")
        return self


class Floors(Record):
    """What a candidate must reach whatever the baselines do (evalscience, section 2.5)."""

    core: Rate = 0.60
    """Least balanced pass rate."""
    robust: Rate = 0.40
    """Least robustness."""
    coverage: Rate = 0.60
    """Least coverage."""
    cell: Annotated[float, Field(gt=0, le=1)] = 0.67
    """Pass rate at which a cell counts as covered."""
    exam: Rate = 0.75
    """Least lower bound of sensitivity and specificity for a grader (section 1.5)."""


Tie = Literal["against", "unscored"]
"""What a tied panel says: the worse for the answer, or nothing."""


class JudgingRules(Record):
    """What judges decide where a run has them, and what a tied panel says."""

    tie: Tie = "unscored"
    """What a tie says while the run steers. At the gate it is always against (section 1.4)."""
    wording: tuple[Wording, ...] = ("contains", "any_of", "all_of")
    """Kinds of check whose criteria judges decide: a phrase list knows no paraphrase. Figures and
    verdicts are read by their checks in any case, and a fail criterion whose check fires is
    triggered without a judge (section 7.2). `none_of` asks for an absence, which nobody quotes."""


class Benchmark(CamelRecord):
    """One domain's exam."""

    domain: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """Name of the folder under `benchmarks/`."""
    title: Annotated[str, Field(min_length=3, max_length=200)]
    """What the exam is about."""
    owner: Annotated[str, Field(min_length=1, max_length=100)]
    """The role that reviews changes to it (a CODEOWNERS team or a role in the policy)."""
    language: Annotated[
        str, Field(pattern=r"^[a-z]{2,3}$", exclude_if=lambda said: said == DEFAULT_LANGUAGE)
    ] = DEFAULT_LANGUAGE
    """Language that it is written in (ISO 639 code); prose is cut into criteria by its rules."""
    version: Positive
    """Grows when the sealed split changes; a sealed attempt belongs to one version."""
    canary: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    """GUID of this version; it must never be seen in training data."""
    mechanic: Mechanic
    """The domain's own field."""
    lenses: Annotated[tuple[str, ...], Field(min_length=1)]
    """The operator lenses a scenario may take."""
    categories: Annotated[Mapping[str, Category], Field(min_length=1)]
    """The categories a scenario may belong to, by id."""
    answer_format: AnswerFormat
    """How answers are written."""
    columns: Annotated[Mapping[str, Column], Field(exclude_if=lambda columns: not columns)] = {}
    """What columns of figures may be called, their units, and when they count as moved."""
    weights: CompositeWeights = CompositeWeights()
    """Shares of the composite."""
    floors: Floors = Floors()
    """What a candidate must reach in any case."""
    judging: JudgingRules = JudgingRules()
    """What judges decide, where a run has judges."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 1
    """Promotion attempts that this sealed version allows (section 3.3)."""

    @model_validator(mode="after")
    def _choices_are_named(self) -> Self:
        field = self.answer_format.category_choice
        for name, category in self.categories.items():
            count = len(category.verdicts)
            if field is not None and count < 2:  # noqa: PLR2004 - a choice
                raise ValueError(
                    f"category {name} has {count} verdicts, {field.name} is chosen from at least 2"
                    "; fix: write its `verdicts`, or list the `choices` of the field"
                )
            if field is None and count:
                raise ValueError(
                    f"category {name} has verdicts that no field of the answer is chosen from; "
                    "fix: add a field of kind `choice`, or take them out"
                )
        return self


class Exam(Record):
    """A benchmark with its scenarios, by split."""

    benchmark: Benchmark
    """Vocabularies, format, weights and floors."""
    train: tuple[Scenario, ...]
    """Feeds training and expansion."""
    steer: tuple[Scenario, ...]
    """Held out from training; steers assess."""
    sealed: tuple[Scenario, ...]
    """Read at a promotion attempt only."""

    def split(self, split: Split) -> tuple[Scenario, ...]:
        """Return the scenarios of one split, sorted by id."""
        chosen: tuple[Scenario, ...] = getattr(self, split.value)
        return chosen


def verdicts_for(benchmark: Benchmark, scenario: Scenario) -> tuple[str, ...]:
    """Return the labels an answer to `scenario` is chosen from; none in an unknown category."""
    category = benchmark.categories.get(scenario.category)
    return () if category is None else category.verdicts


def form_for(benchmark: Benchmark, scenario: Scenario) -> AnswerForm:
    """Return the form of answers to `scenario`: choices of its category, columns of its table."""
    given = scenario.domain_input
    if isinstance(given, Table):
        columns = tuple(declared_columns(benchmark, given))
    else:
        body = scenario.body()
        columns = tuple(
            name
            for name, column in benchmark.columns.items()
            if any(called in body for called in (name, *column.aliases))
        )
    checks = (criterion.check for criterion in scenario.criteria().values())
    sought = (check.figure.metric for check in checks if isinstance(check, FigureRead))
    metrics = metrics_of(dict.fromkeys((*columns, *sought)), benchmark.columns)
    return form_of_category(benchmark, scenario.category)._replace(metrics=metrics)


def declared_columns(benchmark: Benchmark, table: Table) -> dict[str, str]:
    """Return a table's columns of figures by what the benchmark declares them as.

    A table may call a column by an alias; it goes by its own name where another has the declared.
    """
    found = dict[str, str]()
    for column in table.columns[1:]:
        name = declared_column(column, benchmark.columns)
        is_taken = name in found or (name != column and name in table.columns)
        found[column if is_taken else name] = column
    return found


def form_of_category(benchmark: Benchmark, category: str) -> AnswerForm:
    """Return the form of answers in a category, without the metrics of any one question."""
    declared = benchmark.answer_format
    known = benchmark.categories.get(category)
    verdicts = () if known is None else known.verdicts
    if declared.sections:
        fields: tuple[AnswerField, ...] = tuple(
            ChoiceField(name=VERDICT, choices=verdicts, clear=declared.clear_verdict)
            if one.heading == VERDICT
            else TextField(name=one.heading, opens=one.opens)
            for one in declared.sections
        )
    else:
        fields = tuple(
            field.model_copy(update={"choices": verdicts})
            if isinstance(field, ChoiceField) and not field.choices
            else field
            for field in declared.fields
        )
    return AnswerForm(fields=fields, is_stated=not declared.sections)


TEMPLATE = "prompt/1"
"""Version of this rendering; it is part of the key of every answer."""


def prompt_for(
    benchmark: Benchmark, scenario: Scenario, examples: Sequence[tuple[Scenario, str]] = ()
) -> Prompt:
    """Return the conversation that asks `scenario`, after worked `examples` where given.

    The objective, the rubric and the outcome type are never part of it.
    """
    turns = [Message(role="system", content=benchmark.answer_format.instruction)]
    for example, answer in examples:
        turns.append(Message(role="user", content=question(benchmark, example)))
        turns.append(Message(role="assistant", content=answer))
    turns.append(Message(role="user", content=question(benchmark, scenario)))
    return tuple(turns)


def question(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the user message: who asks, the situation, the input, the form of the answer."""
    asked = answer_words(benchmark, scenario)
    parts = (
        f"{scenario.category}, seen by {scenario.operator_lens} "
        f"({mechanic_words(benchmark.mechanic, scenario)}).\n"
        f"{scenario.description.strip()}\n"
        f"{scenario.input_text().strip()}"
    )
    return f"{parts}\n{asked}" if asked else parts


def mechanic_words(mechanic: Mechanic, scenario: Scenario) -> str:
    """Return a scenario's mechanic as its schema words it: by the titles of fields and of values.

    A text without a title says for itself what it is; a number, a list, yes or no has its name.
    """
    schema: Mapping[str, Any] = mechanic.schema_
    shapes, parts = schema.get("properties", {}), []
    for name, value in sorted(scenario.mechanic.items()):  # as records keep it
        shape = shapes.get(name, {})
        title = shape.get("title", "" if isinstance(value, str) else name)
        parts.append(f"{title}: {_worded(value, shape)}" if title else _worded(value, shape))
    return ", ".join(parts)


def _worded(value: JsonValue, shape: Mapping[str, Any]) -> str:
    for one in shape.get("oneOf", ()):
        if one.get("const", one) == value and "title" in one:
            return str(one["title"])
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, list):
        return " and ".join(_worded(part, shape.get("items", {})) for part in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {_worded(part, {})}" for name, part in value.items())
    return str(value)


def answer_words(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return what whoever is asked is told of the form of the answer; nothing of a free text."""
    form = form_for(benchmark, scenario)
    if form.is_stated:
        return form_words(form)
    return f"Verdicts: {', '.join(verdicts_for(benchmark, scenario))}"


class ExamSnapshot(Record):
    """The exam at intake; later changes in git do not reach a run that began before them."""

    benchmark: Benchmark
    """Vocabularies, format, weights and floors."""
    train: tuple[Scenario, ...]
    """Train scenarios, sorted by id."""
    steer: tuple[Scenario, ...]
    """Steer scenarios and their invariant variants."""
    sealed: tuple[Scenario, ...]
    """Sealed scenarios and their invariant variants; the leak gate compares with them, and no
    model reads them before a promotion attempt."""
    sheets: tuple[ExamSheet, ...] = ()
    """Answers to train scenarios that people labelled: what a grader must agree with."""

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        """Those that people found right, to learn from."""
        return labelled_right(self.sheets)

    def sealed_version(self) -> str:
        """Return what a promotion attempt is counted against: the sealed questions themselves.

        Neither the number of variants in a run.yaml nor a word in benchmark.yaml makes a new one.
        """
        canonical = [scenario for scenario in self.sealed if not scenario.is_variant]
        return SealedVersion(domain=self.benchmark.domain, sealed=digests_of(canonical)).digest()

    def held_out(self) -> frozenset[str]:
        """Return the digests of everything that no training row may be made from."""
        return frozenset(scenario.digest() for scenario in (*self.steer, *self.sealed))


class SealedVersion(Record):
    """What an attempt is counted against."""

    domain: str
    """The benchmark's name."""
    sealed: Mapping[str, Sha256]
    """Digest of each sealed scenario by id, variants left out."""


def by_id(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """Return the scenarios by id, sorted."""
    return {scenario.id: scenario for scenario in sorted(scenarios, key=lambda s: s.id)}


def digests_of(scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Return the digest of each scenario by id, sorted."""
    return {key: scenario.digest() for key, scenario in by_id(scenarios).items()}


def worked_examples(
    train: Sequence[Scenario], answers: Mapping[str, str]
) -> tuple[tuple[Scenario, str], ...]:
    """Return one flagging and one clear train scenario with its right answer, shortest first.

    Short examples leave room for the question; both verdicts are shown so that neither is
    suggested. The same two stand before every question.

    Args:
        train: Scenarios to choose from.
        answers: A right answer by scenario id; scenarios without one are passed over.
    """
    chosen = []
    for flags in (True, False):
        pool = [s for s in train if s.outcome_type.flags is flags and s.id in answers]
        if pool:
            shortest = min(pool, key=lambda s: (len(s.body()) + len(answers[s.id]), s.id))
            chosen.append((shortest, answers[shortest.id]))
    return tuple(chosen)


class Placed(Record):
    """A scenario of a benchmark, and where it lies."""

    path: str
    """The file, relative to the repository."""
    split: Split
    """Its split."""
    scenario: Scenario
    """What the file says."""
