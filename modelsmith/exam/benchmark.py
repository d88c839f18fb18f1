"""One domain's exam: its vocabularies, answer format, weights, floors, and its snapshot.

What a model is asked is the same in training, evaluation and promotion.
"""

from collections.abc import Iterable, Mapping
from math import isclose
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modelsmith.documents.json_schema import JsonSchema
from modelsmith.exam.checks.answer_form import (
    AnswerField,
    ChoiceField,
    Column,
)
from modelsmith.exam.checks.check import KINDS, Check, Wording
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.labelled_answers import ExamSheet, Labelled, labelled_right
from modelsmith.exam.scenario import PassRule, Scenario, Split
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


class Category(CamelRecord):
    """One capability of the domain."""

    title: Annotated[str, Field(min_length=3, max_length=120)]
    """Its name for people."""
    verdicts: Annotated[tuple[Label, ...], Field(max_length=12)] = ()
    """The labels that an answer chooses from, in the form's choice that names none of its own."""
    free_text: Annotated[bool, Field(exclude_if=lambda said: not said)] = False
    """Whether its answers are free text, whatever fields the answers of other categories have."""


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
    def has_choice(self) -> bool:
        """Whether an answer chooses anything, so that samples of it can be counted."""
        return bool(self.sections) or any(isinstance(f, ChoiceField) for f in self.fields)

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

    def takes(self, check: Check | None) -> bool:
        """Return whether judges decide a criterion with this check where a run has judges."""
        return check is None or isinstance(check, tuple(KINDS[kind] for kind in self.wording))


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
    """Language that it is written in (ISO 639 code). Prose is cut into criteria by its rules, and
    figures of answers are read by its decimal sign and its words of units: `1,234` is 1234, and
    1.234 in a language of decimal commas."""
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
    passes: Annotated[PassRule | None, Field(exclude_if=lambda rule: rule is None)] = None
    """When a scenario passes whose rubric has points or levels."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 1
    """Promotion attempts that this sealed version allows (section 3.3)."""

    @model_validator(mode="after")
    def _choices_are_named(self) -> Self:
        field = self.answer_format.category_choice
        for name, category in self.categories.items():
            count = len(category.verdicts)
            if category.free_text:
                if count:
                    raise ValueError(
                        f"category {name} is answered in free text and has verdicts; fix: take one "
                        "of the two out"
                    )
                continue
            if field is not None and count < 2:  # noqa: PLR2004 - a choice
                raise ValueError(
                    f"category {name} has {count} verdicts, {field.name} is chosen from at least 2"
                    "; fix: write its `verdicts`, list the `choices` of the field, or write "
                    "`freeText: true`"
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


class Placed(Record):
    """A scenario of a benchmark, and where it lies."""

    path: str
    """The file, relative to the repository."""
    split: Split
    """Its split."""
    scenario: Scenario
    """What the file says."""
