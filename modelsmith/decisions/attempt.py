"""One promotion attempt: everything the gate reads, and what it says of one rule."""

from collections.abc import Iterable, Sequence
from enum import StrEnum, unique

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.evidence_needed import allowed_attempts
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.examination import ExamFinding
from modelsmith.judges.panel_selection import ComparisonPanel
from modelsmith.record import Positive, Record, Sha256, digest_of
from modelsmith.run.config import Promotion
from modelsmith.statistics.constant_policies import ConstantPolicy
from modelsmith.statistics.trial import Trial, by_scenario, imputed

ALPHA_SHARES = (0.6, 0.3, 0.1)
"""Shares of the error rate that three attempts spend, .03, .015 and .005 of .05 (research:
evalscience, section 3.3); a single attempt spends all of it."""


class SealedAttempt(Record):
    """Which attempt at the sealed version this is."""

    number: int
    """Counted from 1, over all runs of the repository on this sealed version."""


@unique
class RuleClass(StrEnum):
    """What a rule guards, and so what follows when it does not hold."""

    POLICY = "policy"
    """The attempt is allowed."""
    EVIDENCE = "evidence"
    """There is enough to compare, and it can be compared."""
    MERIT = "merit"
    """The candidate is good enough."""
    CERTAINTY = "certainty"
    """The lead is more than chance."""


class GateFinding(Record):
    """What the gate found of one rule."""

    rule: str
    """The rule; after a colon, whom it was asked of."""
    rule_class: RuleClass
    """What it guards."""
    holds: bool
    """Whether it holds."""
    message: str
    """What was found and what was expected, with the figures."""
    remedy: str
    """What can be done; empty where the rule holds."""


class Contender(Record):
    """One system and its answers on the sealed split."""

    system: str
    """Name of the candidate or baseline."""
    is_stand_in: bool
    """Whether it is a local model in a frontier baseline's place."""
    exam_sha256: Sha256
    """Digest of the exam it answered."""
    trials: tuple[Trial, ...]
    """Its answers, variants included."""
    provider: str = ""
    """Who runs it, where it is a hosted model."""
    model: str = ""
    """The provider's own name of it."""
    panel: ComparisonPanel | None = None
    """Of a baseline: who decided what no check decides, for both sides; none where checks decide
    all of it."""
    against: tuple[Trial, ...] = ()
    """Of a baseline: the candidate's answers as that panel graded them; empty without a panel."""

    @property
    def called(self) -> str:
        """Who runs which version, of a hosted model; empty of another."""
        return f"{self.provider} {self.model}" if self.provider else ""


class Attempt(Record):
    """One promotion attempt."""

    number: Positive
    """Which attempt at this sealed version it is, counted from 1."""
    candidate: Contender
    """What wants to be promoted."""
    baselines: tuple[Contender, ...]
    """What it must beat."""
    constants: tuple[ConstantPolicy, ...]
    """What answers without reading score on the same questions."""
    benchmark: Benchmark
    """Weights, floors and allowed attempts."""
    exam_sha256: Sha256
    """Digest of the exam in force."""
    promotion: Promotion
    """Margin, confidence and channel."""
    checks: tuple[ExamFinding, ...]
    """What the exam found of the check-based grader, which decides a part of every rubric."""
    providers: tuple[str, ...] = ()
    """Whose frontier models production asks for, as the policy said at intake."""

    def contenders(self) -> tuple[Contender, ...]:
        """Return the candidate, then the baselines sorted by name."""
        return self.candidate, *sorted(self.baselines, key=lambda b: (b.system, b.exam_sha256))

    def allowed(self) -> int:
        """Return how many attempts this sealed version allows."""
        return allowed_attempts(self.benchmark, len({t.family for t in self.candidate.trials}))

    def alpha(self) -> float:
        """Return the error rate of this attempt's one-sided bounds."""
        share = ALPHA_SHARES[min(self.number, 3) - 1] if self.allowed() > 1 else 1.0
        return (1 - self.promotion.confidence) * share

    def ours(self, baseline: Contender) -> tuple[Trial, ...]:
        """Return the candidate's answers as the judges of one comparison graded them."""
        return baseline.against if baseline.panel else self.candidate.trials

    def gradings(self) -> tuple[tuple[Trial, ...], ...]:
        """Return the candidate's graded answers, comparison by comparison; once where none is."""
        _, *baselines = self.contenders()
        return tuple(self.ours(baseline) for baseline in baselines) or (self.candidate.trials,)

    def seed(self) -> str:
        """Return the digest of all verdicts: sampled swaps are drawn from it."""
        return digest_of(
            [
                [
                    contender.system,
                    *(_passes(t) for t in (contender.trials, contender.against) if t),
                ]
                for contender in self.contenders()
            ]
        )


def against_candidate(trials: Iterable[Trial], *, is_candidate: bool) -> tuple[Trial, ...]:
    """Return answers by scenario, the undecided ones decided against the candidate."""
    return imputed(by_scenario(trials).values(), passed=not is_candidate)


def _passes(trials: Iterable[Trial]) -> list[list[str | bool | None]]:
    return [[trial.scenario, trial.passed] for trial in by_scenario(trials).values()]


def exam_digest(benchmark: Benchmark, scenarios: Iterable[Scenario]) -> str:
    """Return the digest of an exam as it is sat: version, canary, weights, floors, questions.

    Hashed before the first sealed read, so that weights are not tuned after the fact
    (evalscience, section 0, rule 8).
    """
    questions = {scenario.id: scenario.digest() for scenario in scenarios}
    return digest_of({"benchmark": benchmark.digest(), "scenarios": questions})


def asked(trials: Iterable[Trial]) -> Sequence[tuple[str, ...]]:
    """Return what answers were asked for, sorted: the same for all, or nothing is paired."""
    return sorted(
        (t.scenario, t.family, t.category, t.outcome_type.value, t.lens, str(t.is_variant))
        for t in trials
    )
