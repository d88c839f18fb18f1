"""How much judges are of one mind, and how many votes their panel is worth, phase by phase.

Agreement between two judges says nothing of whether they are right. Their errors on the exam do:
judges that err together are fewer votes than they are judges (research: evalscience, section 1.4,
after 2605.29800).
"""

from collections.abc import Collection, Sequence
from itertools import combinations
from math import sqrt

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Split
from modelsmith.judges.agreement import Agreement, Coefficient, agreement_of, confusion_of
from modelsmith.judges.certification.result import CertifiedJudges, outcomes_on
from modelsmith.judges.panel import CriterionPlace, JudgeVote
from modelsmith.record import Amount, Count, Rate, Record, kept


class JudgePair(Record):
    """Two judges on the same criteria of the same answers."""

    first: str
    """One of them; it stands where people stand in an examination."""
    second: str
    """The other one."""
    agreement: Agreement
    """Raw and corrected for chance, where both of them decided."""


class ResponseCounts(Record):
    """What one judge did with what it was asked."""

    judge: str
    """Its name."""
    asked: Count
    """Criteria that it was asked about."""
    abstained: Count
    """Those on which it said nothing, or nothing that could be used."""
    lost: Count
    """Those whose call was lost."""

    @property
    def abstention_rate(self) -> float | None:
        """Share of what it was asked, lost calls left out, on which it said nothing."""
        answered = self.asked - self.lost
        return kept(self.abstained / answered) if answered else None


class PanelAgreement(Record):
    """A panel's own figures."""

    pairs: tuple[JudgePair, ...]
    """Every two of its judges."""
    turnout: tuple[ResponseCounts, ...]
    """Each of its judges."""
    raw: Rate | None
    """Mean raw agreement of two judges; none for a single one."""
    kappa: Coefficient | None
    """Mean of their Cohen kappas, where defined."""
    error_correlation: Coefficient | None
    """Mean correlation of two judges' errors on the exam; none where nobody errs."""
    effective_votes: Amount | None
    """Votes that the panel is worth; none where the correlation is not defined."""


def panel_agreement_of(
    certified_judges: CertifiedJudges, opinions: Sequence[JudgeVote], judges: Collection[str]
) -> PanelAgreement:
    """Return the figures of a panel of `judges` on `opinions`; their errors come from the exam."""
    panel = sorted(judges)
    said: dict[str, dict[CriterionPlace, JudgeVote]] = {name: {} for name in panel}
    for opinion in opinions:
        if opinion.judge in said:
            said[opinion.judge][opinion.place] = opinion
    pairs = tuple(
        JudgePair(first=one, second=other, agreement=_agreement(said[one], said[other]))
        for one, other in combinations(panel, 2)
    )
    phi = error_correlation(certified_judges, panel)
    return PanelAgreement(
        pairs=pairs,
        turnout=tuple(_turnout(name, list(said[name].values())) for name in panel),
        raw=_mean([p.agreement.raw for p in pairs]),
        kappa=_mean([p.agreement.kappa for p in pairs]),
        error_correlation=phi,
        effective_votes=effective_votes(len(panel), phi),
    )


def error_correlation(certified_judges: CertifiedJudges, judges: Collection[str]) -> float | None:
    """Return the mean correlation (phi) of two judges' errors on the exam; an abstention is one."""
    said = outcomes_on(certified_judges)
    errors = {
        name: [said.get((name, item.place)) is not item.label for item in certified_judges.items]
        for name in sorted(judges)
    }
    return _mean([_phi(errors[one], errors[other]) for one, other in combinations(errors, 2)])


def effective_votes(judges: int, phi: float | None) -> float | None:
    """Return J / (1 + (J - 1) phi); no more than there are judges (section 1.4)."""
    if judges == 1:
        return 1.0
    return None if phi is None else kept(judges / (1 + (judges - 1) * max(0.0, phi)))


def _phi(one: Sequence[bool], other: Sequence[bool]) -> float | None:
    total, first, second = len(one), sum(one), sum(other)
    spread = first * (total - first) * second * (total - second)
    if not spread:
        return None
    both = sum(a and b for a, b in zip(one, other, strict=True))
    return kept((total * both - first * second) / sqrt(spread))


def _agreement(
    one: dict[CriterionPlace, JudgeVote], other: dict[CriterionPlace, JudgeVote]
) -> Agreement:
    return agreement_of(
        confusion_of(
            (one[place].outcome, other[place].outcome)
            for place in sorted(one.keys() & other.keys())
            if Outcome.UNSCORED not in (one[place].outcome, other[place].outcome)
        )
    )


def _turnout(judge: str, opinions: Sequence[JudgeVote]) -> ResponseCounts:
    lost = sum(opinion.is_lost for opinion in opinions)
    unscored = sum(opinion.outcome is Outcome.UNSCORED for opinion in opinions)
    return ResponseCounts(judge=judge, asked=len(opinions), abstained=unscored - lost, lost=lost)


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return kept(sum(defined) / len(defined)) if defined else None


class SystemJudging(Record):
    """What the judges of one system's answers made of them."""

    system: str
    """Whose answers they are."""
    split: Split
    """Which questions they answer."""
    accord: PanelAgreement
    """How much the judges are of one mind, and how often each said nothing."""

    @property
    def judges(self) -> tuple[str, ...]:
        """Who was asked."""
        return tuple(one.judge for one in self.accord.turnout)


class PhaseJudging(Record):
    """Everything that judges were asked in one phase."""

    hearings: tuple[SystemJudging, ...]
    """System by system."""
    cost_usd: Amount
    """What asking them cost; what was answered before costs nothing."""


def system_judging_of(
    certified_judges: CertifiedJudges,
    system: str,
    split: Split,
    opinions: Sequence[JudgeVote],
    judges: Collection[str],
) -> SystemJudging:
    """Return what `judges` made of a system's answers."""
    return SystemJudging(
        system=system, split=split, accord=panel_agreement_of(certified_judges, opinions, judges)
    )
