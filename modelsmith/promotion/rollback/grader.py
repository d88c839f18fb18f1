"""The judge that may decide beside checks while a release is live, and what its errors do there.

A judge of the customer's own, certified, and pinned by what can change its replies: by the digests
of weights, template and engine where they lie here, by address and name where a server has them,
which `sandbox` alone takes. A hosted judge never decides a revert: its provider changes it under
its name, and the alarm would be about that.

Let u and v be the lower bounds of the judge's sensitivity and specificity, criterion by criterion,
and let a question leave p criteria to pass and f criteria to fail to it. An answer passes where it
finds each of the p met and none of the f.

| an answer | passes with a probability of        | since                                   |
|-----------|-------------------------------------|-----------------------------------------|
| right     | k = 1 - p(1 - u) - f(1 - v) or more | Boole: however its errors hang together |
| wrong     | l = max(1 - v, 1 - u) or less       | what is wrong must be misread           |

(1 - v where p > 0, 1 - u where f > 0.) A true pass rate t is seen as t k + (1 - t) l (Rogan and
Gladen, Am. J. Epidemiol. 1978).

- **False alarms.** A reference r is itself what the judge said of one answer. Though nothing has
  changed, a right answer in other words passes with k only; held to r, each round would show a
  drop of up to 1 - k. So a question is expected to pass with its null pass rate, r - (1 - k) or 0,
  and evidence is counted from there. An answer that was wrong and let through passes again with l,
  one that was right and turned down with k; over the canary the two make up for each other, since
  the sum of references has the mean of the sum of passes: E[sum of passes] = E[sum of r] >=
  E[sum of null pass rates]. The mean factor over a round is then 1 or less (geometric and
  arithmetic mean), so that the average number of answers between false alarms keeps its bound.
- **Missed ones.** A true drop d from r = 1 is seen, from the null pass rate, as
  k - ((1 - d) k + d l) = d (k - l): shrunk by Youden's index J = k - l (Cancer 1950). What is
  tolerated T hides drops up to T / J instead of T, and evidence grows with the square of a small
  drop, so that 1 / J^2 as many answers are needed.

A judge is named for a question only where 1 - k and l are each no more than what a category may
fall in one round anyway: J is then 0.4 or more. Figures: `python -m
tests.benchmarks.canary_simulation`.
"""

from collections.abc import Collection, Iterable, Mapping

from modelsmith.boundary.hosted_model import JudgeModel, LocalJudge, ModelName
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import unchecked
from modelsmith.judges.certification.result import CertifiedJudges, JudgeExamResult
from modelsmith.judges.prompt import JUDGE_TEMPLATE
from modelsmith.models.source import ModelFamily
from modelsmith.policy import ChannelName
from modelsmith.record import Rate, Record, Sha256, kept


class JudgingError(Record):
    """How often a judge decides an answer to one question wrongly, at most."""

    fails_right: Rate
    """Share of right answers that it fails."""
    passes_wrong: Rate
    """Share of wrong answers that it passes."""


class Grader(Record):
    """A certified judge of the customer's own, pinned; whatever differs is another one."""

    judge: ModelName
    """The judge's name in runners/models.yaml."""
    family: ModelFamily
    """Its descent."""
    identity: Mapping[str, str]
    """What can change its replies: weights, engine, version, address."""
    template: str
    """Version of the words that it is asked with."""
    exam_sha256: Sha256
    """Digest of the exam by which it is certified. A pin takes the place of an expiry: what cannot
    change does not grow old."""
    sensitivity: Rate
    """Lower bound of its sensitivity there, criterion by criterion."""
    specificity: Rate
    """Lower bound of its specificity."""

    def error_on(self, scenario: Scenario) -> JudgingError:
        """Return how often it decides an answer to `scenario` wrongly, at most."""
        keys = open_criteria(scenario)
        to_pass = sum(key.startswith("P") for key in keys)
        to_fail = len(keys) - to_pass
        misses, raises = 1 - self.sensitivity, 1 - self.specificity
        return JudgingError(
            fails_right=kept(min(1.0, to_pass * misses + to_fail * raises)),
            passes_wrong=kept(max(raises if to_pass else 0.0, misses if to_fail else 0.0)),
        )

    def change_to(self, model: JudgeModel | None) -> str:
        """Return what keeps `model` from being asked as the one that is pinned; empty if nothing.

        Args:
            model: What runners/models.yaml now calls so; none where nothing is.
        """
        if model is None:
            return "runners/models.yaml has no model of that name"
        if not model.inside:
            return "it is hosted now, and a hosted judge never decides a revert"
        if self.template != JUDGE_TEMPLATE:
            return f"it was certified with the words {self.template}, they are {JUDGE_TEMPLATE} now"
        now = model.identity()
        names = sorted({*self.identity, *now})
        other = [name for name in names if self.identity.get(name) != now.get(name)]
        return f"another {', '.join(other)} than was agreed" if other else ""


class GraderChoice(Record):
    """Which of a run's judges may decide while a release is live, as it was when it was staged."""

    grader: Grader | None
    """The one; none where none may."""
    left_out: Mapping[ModelName, str]
    """The others, and why."""


def open_criteria(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the criteria without which nothing is decided, and that have no check."""
    return tuple(unchecked(scenario))


def grader_among(
    judges: Iterable[JudgeModel],
    certified_judges: CertifiedJudges,
    asked: Collection[str],
    channel: ChannelName = "sandbox",
) -> GraderChoice:
    """Return which judge may decide a revert; never a hosted one.

    Args:
        judges: The run's judges.
        certified_judges: What they did on the exam.
        asked: Names of those who decided while the run steered: references are what they said.
        channel: Where the release would go: `production` takes a judge by the digests of its
            weights alone, since whoever runs a server may change them behind its address.
    """
    left_out, may = {}, []
    for judge in sorted(judges, key=lambda one: one.name):
        held = certified_judges.certified((judge.name,))
        if not judge.inside:
            left_out[judge.name] = "it is hosted, and a hosted judge never decides a revert"
        elif not held:
            left_out[judge.name] = "it is not certified"
        elif judge.name not in asked:
            left_out[judge.name] = "it decided nothing while the run steered"
        elif channel == "production" and not isinstance(judge, LocalJudge):
            left_out[judge.name] = (
                "it is known by its address alone, and whether its weights change nobody can tell; "
                "name its folder (`path` in runners/models.yaml)"
            )
        else:
            may.append(_grader(held[0]))
    if not may:
        return GraderChoice(grader=None, left_out=left_out)
    best = max(may, key=lambda one: min(one.sensitivity, one.specificity))
    left_out |= {one.judge: f"{best.judge} errs no more often" for one in may if one is not best}
    return GraderChoice(grader=best, left_out=left_out)


def _grader(result: JudgeExamResult) -> Grader:
    agreement = result.examination.agreement
    return Grader(
        judge=result.judge,
        family=result.family,
        identity=result.identity,
        template=result.template,
        exam_sha256=result.exam_sha256,
        sensitivity=agreement.sensitivity_bound,
        specificity=agreement.specificity_bound,
    )
