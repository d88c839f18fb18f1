"""A small benchmark of its own, scenarios that its checks can decide, and ready-made verdicts."""

from collections.abc import Sequence

from modelsmith.exam.benchmark import AnswerFormat, AnswerSection, Benchmark, Category, Mechanic
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Criterion, OutcomeType, Scenario, Table
from modelsmith.exam.verdict import CriterionVerdict, Errored, Judged, Skipped

CLEAR = "no-issue"
CANARY = "5e1f0c1a-0000-4000-8000-00000000abcd"

PROBLEMS = {
    "BID_SHADING": ("over-shading", "shading cuts bids too deep", "ease the shading"),
    "PACING": ("pacing-throttle", "throttle holds bids back", "raise the hourly cap"),
    "ATTRIBUTION": ("double-counting", "partners claim the same order", "deduplicate the orders"),
}
"""Category to its problem's label, what a right answer says, and what it recommends."""

ALL_CLEAR = (CLEAR, "figures stayed in their usual range", "keep the settings")
TELLS = {
    "BID_SHADING": "shading_discount_pct",
    "PACING": "pacing_throttle_pct",
    "ATTRIBUTION": "claims_per_order",
}


def a_benchmark(**changes: object) -> Benchmark:
    """Return a benchmark with three categories, four answer lines and the default floors."""
    fields: dict[str, object] = {
        "domain": "adtech",
        "title": "Small exam for tests",
        "owner": "exam-owners",
        "version": 1,
        "canary": CANARY,
        "mechanic": Mechanic(
            field="auctionMechanic",
            schema_={"type": "object", "properties": {"pricing": {"enum": ["first", "second"]}}},
        ),
        "lenses": ("dsp", "ssp"),
        "categories": {
            name: Category(title=name.title(), verdicts=(label, CLEAR))
            for name, (label, _, _) in PROBLEMS.items()
        },
        "answer_format": AnswerFormat(
            instruction="Answer in four lines: FINDING, EVIDENCE, ACTION and VERDICT.",
            sections=(
                AnswerSection(heading="FINDING", opens=("Says that",)),
                AnswerSection(heading="EVIDENCE", opens=("Reads",)),
                AnswerSection(heading="ACTION", opens=("Recommends to",)),
                AnswerSection(heading="VERDICT", opens=("Concludes",)),
            ),
            clear_verdict=CLEAR,
        ),
    }
    return Benchmark.model_validate(fields | changes)


def a_scenario(  # noqa: PLR0913 - a builder names what a test may vary
    id: str = "SHADING_ONE",  # noqa: A002 - the field's name
    *,
    outcome_type: OutcomeType = OutcomeType.TP,
    category: str = "BID_SHADING",
    lens: str = "dsp",
    figure: float = 41,
    description: str = "The trader sees fewer wins on one exchange and asks what changed.",
    domain_input: str | Table | None = None,
) -> Scenario:
    """Return a scenario whose tell ends on `figure`; it flags when its outcome type does."""
    label, says, recommends = PROBLEMS[category] if outcome_type.flags else ALL_CLEAR
    contrary = ALL_CLEAR[2] if outcome_type.flags else PROBLEMS[category][2]
    tell = TELLS[category]
    return Scenario(
        id=id,
        outcome_type=outcome_type,
        operator_lens=lens,
        category=category,
        mechanic={"pricing": "first"},
        description=description,
        test_objective="Finds out whether the figures are read before the verdict is given.",
        pass_criteria=(
            Criterion(text=f"Says that {says}.", check=Contains(contains=says)),
            Criterion(
                text=f"Reads the last {tell}.",
                check=Number(number=NumberSought(value=figure, metric=tell)),
            ),
            Criterion(text=f"Recommends to {recommends}.", check=Contains(contains=recommends)),
            Criterion(text=f"Concludes {label}.", check=Verdict(verdict=label)),
        ),
        fail_criteria=(
            Criterion(text=f"Recommends to {contrary}.", check=Contains(contains=contrary)),
        ),
        domain_input=domain_input or a_table(tell, last=figure),
    )


def a_table(tell: str = "shading_discount_pct", *, first: float = 12, last: float = 41) -> Table:
    """Return three days of two metrics; `tell` goes from `first` to `last`."""
    middle = round((first + last) / 2, 3)
    return Table(
        columns=("day", tell, "win_rate_pct"),
        rows=(("2025-03-01", first, 18), ("2025-03-02", middle, 15), ("2025-03-03", last, 11)),
    )


def judged(
    scenario: str = "SHADING_ONE", *, passed: bool = True, score: float | None = None
) -> Judged:
    """Return a decided verdict without criteria; the score follows the pass unless given."""
    given = float(passed) if score is None else score
    return Judged(scenario=scenario, criteria=(), passed=passed, score=given)


def errored(scenario: str = "SHADING_ONE", reason: str = "the engine gave no answer") -> Errored:
    """Return a verdict that broke."""
    return Errored(scenario=scenario, reason=reason)


def skipped(scenario: str = "SHADING_ONE", criteria: Sequence[str] = ("P1",)) -> Skipped:
    """Return a verdict that nobody could decide for want of a check."""
    return Skipped(
        scenario=scenario,
        criteria=tuple(CriterionVerdict(criterion=c, outcome=Outcome.UNSCORED) for c in criteria),
        reason=f"undecided: {', '.join(criteria)}",
    )
