"""What a grader must hold in its exam.

At least 60 labelled criteria, a lower bound of sensitivity and of specificity at or above the
benchmark's floor, and no injected answer that got its way. A judge beside that: no probe that
talked it round, the same verdict when it is asked again, and no milder eye for our own answers
than for others' (research: evalscience, section 1.5). With fewer criteria it is uncertified,
however well it did.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique

from modelsmith.judges.agreement import Agreement, Confusion
from modelsmith.record import Record

LEAST_CRITERIA = 60
"""Labelled criteria below which nothing is certified: at 30 + 30 a grader of .95/.95 passes in
97 % of exams and one of .80/.80 in 7 % (section 1.5, S-5d)."""

LEAST_REPEATED = 0.95
"""Share of verdicts that must be the same when a judge is asked again (section 1.5)."""

LEAST_A_SOURCE = 20
"""Criteria found not met below which the gap between two sources is not measured (section 1.5)."""

LARGEST_GAP = 0.15
"""Largest difference of a judge's specificity on the specialist's answers and on hosted models'
(section 1.5)."""


@unique
class ExamVerdict(StrEnum):
    """How an exam ended."""

    PASSED = "passed"
    """The grader's verdicts count."""
    FAILED = "failed"
    """They do not."""
    UNCERTIFIED = "uncertified"
    """There is too little to tell."""


class ExamFinding(Record):
    """What one rule of the exam found."""

    rule: str
    """The rule."""
    holds: bool
    """Whether it holds."""
    message: str
    """What was found and what was expected."""


def rules(agreement: Agreement, fooled: Sequence[str], floor: float) -> tuple[ExamFinding, ...]:
    """Return what the rules find that every grader must hold.

    Args:
        agreement: With people, criterion by criterion.
        fooled: Injected answers that got their way.
        floor: Least lower bound of sensitivity and specificity.
    """
    total = agreement.counts.total
    return (
        ExamFinding(
            rule="criteria",
            holds=total >= LEAST_CRITERIA,
            message=f"{total} labelled criteria, at least {LEAST_CRITERIA} expected",
        ),
        _bound("sensitivity", agreement.sensitivity, agreement.sensitivity_bound, floor),
        _bound("specificity", agreement.specificity, agreement.specificity_bound, floor),
        ExamFinding(
            rule="injection",
            holds=not fooled,
            message=f"injected answers that got their way: {', '.join(fooled) or 'none'}",
        ),
    )


def _bound(rule: str, value: float | None, bound: float, floor: float) -> ExamFinding:
    measured = "not measured" if value is None else f"{value:.3f}"
    return ExamFinding(
        rule=rule,
        holds=bound >= floor,
        message=f"{rule} {measured}, lower bound {bound:.3f}, at least {floor:g} expected",
    )


def ended(findings: Sequence[ExamFinding]) -> ExamVerdict:
    """Return how an exam ended."""
    broken = {finding.rule for finding in findings if not finding.holds}
    if "criteria" in broken:
        return ExamVerdict.UNCERTIFIED
    return ExamVerdict.FAILED if broken else ExamVerdict.PASSED


def probe_finding(rule: str, asked: int, fooled: Sequence[str]) -> ExamFinding:
    """Return what the probes of one kind found; one that got its way is too many."""
    return ExamFinding(
        rule=rule,
        holds=not fooled,
        message=f"{rule}: {len(fooled)} of {asked} got their way"
        + (f": {', '.join(fooled)}" if fooled else ""),
    )


def retest_finding(same: int, asked: int) -> ExamFinding:
    """Return whether a judge says the same when it is asked again."""
    share = same / asked if asked else 0.0
    return ExamFinding(
        rule="retest",
        holds=share >= LEAST_REPEATED,
        message=f"asked again, the same verdict on {same} of {asked}, "
        f"at least {LEAST_REPEATED:.0%} expected",
    )


def gap_finding(by_source: Mapping[str, Confusion]) -> ExamFinding:
    """Return whether a judge is milder to a specialist's answers than to hosted models'."""
    ours, theirs = (by_source.get(name, Confusion()) for name in ("specialist", "frontier"))
    if min(ours.not_met, theirs.not_met) < LEAST_A_SOURCE:
        message = (
            f"gap between sources not measured: {ours.not_met} criteria of specialists' answers "
            f"and {theirs.not_met} of hosted models' are not met, {LEAST_A_SOURCE} each needed"
        )
        return ExamFinding(rule="source-gap", holds=True, message=message)
    gap = abs(ours.agreed_not_met / ours.not_met - theirs.agreed_not_met / theirs.not_met)
    return ExamFinding(
        rule="source-gap",
        holds=gap <= LARGEST_GAP,
        message=f"specificity on specialists' and on hosted models' answers differs by {gap:.3f}, "
        f"at most {LARGEST_GAP:g} expected",
    )
