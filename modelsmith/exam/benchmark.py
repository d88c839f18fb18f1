"""One domain's exam: its vocabularies, its answer format, its weights and floors.

What a model is asked is the same in training, evaluation and promotion.
"""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modelsmith.documents.json_schema import JsonSchema
from modelsmith.exam.checks.check import Wording
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.models.generation import Message, Prompt
from modelsmith.record import CamelRecord, Positive, Rate, Record

Label = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]


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
    verdicts: Annotated[tuple[Label, ...], Field(min_length=2, max_length=12)]
    """The labels an answer may end on; the prompt lists them."""


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
    sections: Annotated[tuple[AnswerSection, ...], Field(min_length=1)]
    """The lines of an answer, in order."""
    clear_verdict: Label
    """The label that says there is no problem."""


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
    weights: CompositeWeights = CompositeWeights()
    """Shares of the composite."""
    floors: Floors = Floors()
    """What a candidate must reach in any case."""
    judging: JudgingRules = JudgingRules()
    """What judges decide, where a run has judges."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 1
    """Promotion attempts that this sealed version allows (section 3.3)."""


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
    """Return the labels an answer to `scenario` may end on."""
    return benchmark.categories[scenario.category].verdicts


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
    """Return the user message: who asks, the situation, the figures, the allowed verdicts."""
    mechanic = ", ".join(map(str, scenario.mechanic.values()))
    return (
        f"{scenario.category}, seen by {scenario.operator_lens} ({mechanic}).\n"
        f"{scenario.description.strip()}\n"
        f"{scenario.input_text().strip()}\n"
        f"Verdicts: {', '.join(verdicts_for(benchmark, scenario))}"
    )
