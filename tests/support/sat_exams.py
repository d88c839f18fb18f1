"""An exam for judges, big enough to certify one, and judges that sat it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from modelsmith.boundary.grants import SEALED, Boundary
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.result import CertifiedJudges, JudgeExamResult
from modelsmith.judges.certification.sit_exam import sit_exam
from tests.support.frontier import ScriptedFrontier, Temper, a_judge, truth_of
from tests.support.scenarios import a_benchmark, a_scenario

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEALED_IN = Boundary(name=SEALED)
SENTENCES = {
    "P1": "The traded bids are discounted far beyond what they should be, says reading {n}.",
    "P3": "Let the algorithm take somewhat less off each bid, as in plan {n}.",
    "F1": "Or leave every setting just as it is now, following habit {n}.",
}
"""What says each criterion that judges decide, in words that no phrase list knows."""


def an_exam(answers: int = 36, scenarios: int = 3) -> JudgeExam:
    """Return an exam of which judges decide three criteria an answer, half of them met."""
    names = [f"SHADING_{chr(65 + n)}X" for n in range(scenarios)]
    return JudgeExam(
        benchmark=a_benchmark(),
        sheets=tuple(
            ExamSheet(scenario=name, answers=tuple(_answers(at, answers)))
            for at, name in enumerate(names)
        ),
        scenarios={name: a_scenario(name) for name in names},
    )


def _answers(sheet: int, count: int) -> Iterable[ExamAnswer]:
    for number in range(count):
        met = [key for bit, key in enumerate(SENTENCES) if (number >> bit) & 1]
        lines = [SENTENCES[key].format(n=100 * sheet + number) for key in met]
        text = "\n".join(
            [f"Note {100 * sheet + number} on the figures.", *lines, "VERDICT: no-issue"]
        )
        labels = {
            key: Outcome.MET if key in met else Outcome.NOT_MET
            for key in ("P1", "P2", "P3", "P4", "F1")
        }
        yield ExamAnswer(
            id=f"W{number + 1}", kind=AnswerKind.PLAUSIBLE_WRONG, text=text, labels=labels
        )


def a_frontier(
    exam: JudgeExam, tempers: dict[str, Temper], *, rho: float = 0.0, seed: int = 0
) -> ScriptedFrontier:
    """Return judges that know what people decided in an exam."""
    return ScriptedFrontier(tempers, truth_of(exam.sheets), rho=rho, seed=seed)


def sat_by(
    exam: JudgeExam, frontier: ScriptedFrontier, names: Sequence[str]
) -> list[JudgeExamResult]:
    """Return the sittings of judges that are inside."""
    return [sit_exam(frontier, exam, a_judge(name, inside=True), SEALED_IN, NOW) for name in names]


def some_certified_judges(
    exam: JudgeExam, tempers: dict[str, Temper], *, rho: float = 0.0, seed: int = 0
) -> CertifiedJudges:
    """Return the judges that sat an exam, with what they said."""
    return exam.bench(sat_by(exam, a_frontier(exam, tempers, rho=rho, seed=seed), list(tempers)))
