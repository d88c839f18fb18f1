"""Small exams of alerts about pumps of which it is known what decides: table, text, or both."""

from collections.abc import Sequence

from modelsmith.exam.benchmark import AnswerFormat, Benchmark, Category, Exam, Mechanic
from modelsmith.exam.checks.answer_form import AnswerField, ChoiceField, Column, FiguresField
from modelsmith.exam.checks.fields import Chosen, FigureRead, FigureSought
from modelsmith.exam.scenario import Criterion, OutcomeType, Scenario, Table
from tests.support.scenarios import CANARY

VERDICTS = ("leak", "blocked-inlet", "worn-seal", "no-issue")
SITES = ("quarry", "dairy", "brewery", "harbour", "sawmill", "foundry", "laundry", "tannery")
FORM: tuple[AnswerField, ...] = (
    FiguresField(name="EVIDENCE", at_most=2, directions=True),
    ChoiceField(name="VERDICT", clear="no-issue"),
)


def toy_benchmark(
    fields: Sequence[AnswerField] = FORM, *, verdicts: Sequence[str] = VERDICTS
) -> Benchmark:
    """Return a benchmark of one category with these fields."""
    return Benchmark(
        domain="toy",
        title="Alerts of pumps",
        owner="pump-owners",
        version=1,
        canary=CANARY,
        mechanic=Mechanic(
            field="pumpMechanic",
            schema_={"type": "object", "properties": {"drive": {"enum": ["diesel", "electric"]}}},
        ),
        lenses=("operator", "planner"),
        categories={"ALERTS": Category(title="Alerts", verdicts=tuple(verdicts))},
        answer_format=AnswerFormat(
            instruction="Answer in two lines: EVIDENCE, VERDICT.", fields=tuple(fields)
        ),
        columns={name: Column(flat_within_percent=10) for name in ("pressure_kpa", "flow_lpm")},
    )


def toy_scenario(  # noqa: PLR0913 - a builder names what a test may vary
    name: str,
    verdict: str,
    *,
    note: str = "Nothing else is known of it.",
    fell: bool = False,
    last: float | None = None,
    lens: str = "operator",
    site: str = "quarry",
    criteria: Sequence[Criterion] = (),
) -> Scenario:
    """Return an alert whose pressure fell by half, or stayed; both figures are asked for."""
    end = last if last is not None else (200 if fell else 400)
    way = "down" if fell else "flat"
    return Scenario(
        id=name,
        outcome_type=OutcomeType.TN if verdict == "no-issue" else OutcomeType.TP,
        operator_lens=lens,
        category="ALERTS",
        mechanic={"drive": "diesel"},
        description=f"The pump of the {site} sent an alert. {note}",
        test_objective="Finds out what has to be read before the verdict is given.",
        pass_criteria=(
            Criterion(
                text="Cites pressure_kpa.",
                check=FigureRead(
                    figure=FigureSought(metric="pressure_kpa", value=end, direction=way)
                ),
            ),
            Criterion(
                text="Cites flow_lpm.",
                check=FigureRead(
                    figure=FigureSought(metric="flow_lpm", value=30, direction="flat")
                ),
            ),
            Criterion(
                text=f"Gives the verdict {verdict}.", check=Chosen(choice=verdict, field="VERDICT")
            ),
            *criteria,
        ),
        fail_criteria=(),
        domain_input=Table(
            columns=("day", "pressure_kpa", "humidity_pct", "flow_lpm"),
            rows=(
                ("2026-03-01", 400, 51, 30),
                ("2026-03-02", (400 + end) / 2, 50, 31),
                ("2026-03-03", end, 52, 30),
            ),
        ),
    )


DUG = "A digger worked over the pipe this morning."
"""A note that decides, where it does."""


def toy_exam(what: str) -> Exam:
    """Return an exam of which the table alone decides, the text alone, or both together.

    Figures and sites differ a little, and tell nothing; train has three scenarios of each kind.
    """
    decided = {
        "table": lambda fell, _dug: "leak" if fell else "no-issue",
        "text": lambda _fell, dug: "leak" if dug else "no-issue",
        "both": lambda fell, dug: VERDICTS[2 * (not fell) + (not dug)],
    }[what]

    def scenarios(split: str, count: int, at: int) -> tuple[Scenario, ...]:
        return tuple(
            toy_scenario(
                f"{split}_{'FELL' if fell else 'FLAT'}_{'DUG' if dug else 'BARE'}_{number}",
                decided(fell, dug),
                note=DUG if dug else "Nothing else is known of it.",
                fell=fell,
                last=(200 if fell else 400) + at + number,
                site=SITES[at + number],
            )
            for number in range(count)
            for fell in (True, False)
            for dug in (True, False)
        )

    return Exam(
        benchmark=toy_benchmark(),
        train=scenarios("TRAIN", 3, 0),
        steer=scenarios("STEER", 1, 3),
        sealed=scenarios("SEALED", 2, 4),
    )
