"""A grader's exam as text: the agreement, where people and grader differ, and the verdict."""

from collections.abc import Iterator, Mapping

from modelsmith.judges.agreement import Agreement, Confusion
from modelsmith.judges.certification.comparison import CriterionComparison
from modelsmith.judges.certification.examination import Examination, ExamVerdict, remedies_of

MEANING = {
    ExamVerdict.PASSED: "its verdicts count",
    ExamVerdict.FAILED: "its verdicts do not count",
    ExamVerdict.UNCERTIFIED: "too few labelled criteria to tell; its verdicts do not count",
}
"""What an ending says, in words."""


def exam_page(domain: str, examination: Examination) -> str:
    """Return an examination as people read it."""
    total = examination.agreement.counts.total
    size = f"{examination.answers} answers, {total} labelled criteria"
    lines = [
        f"Exam of the grader {examination.grader} on {domain}: {size}",
        "",
        *_figures(examination.agreement, examination.passes),
        "",
        *_table("kind of answer", examination.by_kind),
        "",
        *_table("kind of check", examination.by_check),
        "",
        *_differences(examination),
        *(f"{'ok' if f.holds else 'NO':4}{f.message}" for f in examination.findings),
        *(f"to do: {remedy}" for remedy in remedies_of(examination)),
        f"{examination.verdict.value}: {MEANING[examination.verdict]}",
    ]
    return "\n".join(lines)


def _figures(criteria: Agreement, passes: Agreement) -> Iterator[str]:
    yield f"{'':22}{'criteria':>10}{'answers pass':>14}"
    names = {
        "sensitivity": "sensitivity",
        "sensitivity_bound": "  lower bound (90 %)",
        "specificity": "specificity",
        "specificity_bound": "  lower bound (90 %)",
        "raw": "raw agreement",
        "kappa": "Cohen kappa",
        "ac1": "Gwet AC1",
        "alpha": "Krippendorff alpha",
    }
    for field, name in names.items():
        yield f"{name:22}{_shown(getattr(criteria, field)):>10}{_shown(getattr(passes, field)):>14}"


def _shown(figure: float | None) -> str:
    return "none" if figure is None else f"{figure:.3f}"


def _table(title: str, groups: Mapping[str, Confusion]) -> Iterator[str]:
    yield f"{title:22}{'met':>10}{'missed':>9}{'not met':>10}{'raised':>9}{'abstained':>11}"
    for name, counts in groups.items():
        yield (
            f"{name:22}{counts.met:>10}{counts.missed:>9}"
            f"{counts.not_met:>10}{counts.raised:>9}{counts.abstained:>11}"
        )


def _differences(examination: Examination) -> Iterator[str]:
    found = examination.disagreements
    if not found:
        return
    noun = "criterion" if len(found) == 1 else "criteria"
    yield f"{len(found)} {noun} where people and grader differ:"
    yield from (f"  {_difference_words(difference)}" for difference in found)
    yield ""


def _difference_words(difference: CriterionComparison) -> str:
    where = f"{difference.scenario}/{difference.answer} {difference.criterion}"
    seen = f" ({difference.seen})" if difference.seen else ""
    return (
        f"{where}: people {_word(difference.label.value)}, "
        f"grader {_word(difference.outcome.value)}{seen}: {difference.text}"
    )


def _word(outcome: str) -> str:
    return outcome.replace("_", " ")
