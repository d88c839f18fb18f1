"""The judges of a run who are certified, and who of them decides."""

from collections.abc import Collection

from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.agreement import Agreement, agreement_of, confusion_of
from modelsmith.judges.certification.result import ExamItem, JudgeExamResult
from modelsmith.judges.opinion import CriterionPlace, voted
from modelsmith.record import Record


class CertifiedJudges(Record):
    """The judges of a run with what they did on the exam, as it was at intake."""

    items: tuple[ExamItem, ...] = ()
    """What people decided: the criteria of the exam that judges were asked about."""
    sittings: tuple[JudgeExamResult, ...] = ()
    """What each judge did, one a judge."""

    def families(self, judges: Collection[str]) -> dict[str, str]:
        """Return the family of each of `judges` that sat, by name."""
        return {s.judge: s.family for s in self.sittings if s.judge in judges}

    def certified(self, judges: Collection[str]) -> tuple[JudgeExamResult, ...]:
        """Return the results of those of `judges` that hold a certificate, sorted by name."""
        held = [s for s in self.sittings if s.judge in judges and s.certificate is not None]
        return tuple(sorted(held, key=lambda result: result.judge))


def deciders(bench: CertifiedJudges, judges: Collection[str]) -> tuple[str, ...]:
    """Return those of `judges` that decide, sorted; nobody where none of them is certified.

    The panel of all that are certified decides where the exam shows it better than the best of
    them, and it reaches the floor that they reached. Otherwise that judge decides alone: nine
    judges are about two independent votes (section 1.4).
    """
    certified = bench.certified(judges)
    if not certified:
        return ()
    names = tuple(result.judge for result in certified)
    alone = min(names, key=lambda name: (-_balanced(agreement_among(bench, (name,))), name))
    together = agreement_among(bench, names)
    floor = max(s.certificate.floor for s in certified if s.certificate is not None)
    reaches = min(together.sensitivity_bound, together.specificity_bound) >= floor
    better = _balanced(together) > _balanced(agreement_among(bench, (alone,)))
    return names if reaches and better else (alone,)


def said_on(bench: CertifiedJudges) -> dict[tuple[str, CriterionPlace], Outcome]:
    """Return what was decided on the exam, by judge and criterion of an answer."""
    return {(s.judge, o.place): o.outcome for s in bench.sittings for o in s.opinions}


def agreement_among(bench: CertifiedJudges, judges: Collection[str]) -> Agreement:
    """Return how well a panel of `judges` agrees with people on the exam; a tie is against."""
    said = said_on(bench)
    pairs = []
    for item in bench.items:
        votes = [said[judge, item.place] for judge in judges if (judge, item.place) in said]
        pairs.append((item.label, voted(votes, len(judges), "against", item.worse)))
    return agreement_of(confusion_of(pairs))


def _balanced(agreement: Agreement) -> float:
    return ((agreement.sensitivity or 0.0) + (agreement.specificity or 0.0)) / 2
