"""What a panel of judges says of an answer, beside the checks.

A check decides what it decides. Where a run has judges, they decide the criteria without a check
and those whose check reads wording alone (benchmark.yaml, `judging`); a fail criterion whose check
fires is triggered without them. A criterion is what a strict majority of the scored votes says;
with fewer than two of them (one, where a single judge decides) nothing is said
(research: evalscience, sections 1.4 and 7.2).
"""

from collections.abc import Collection, Iterable, Sequence

from modelsmith.exam.benchmark import Benchmark, Tie
from modelsmith.exam.checks.check import KINDS, finding_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.prompt_injection import without_addresses
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.exam.verdict import (
    AnswerVerdict,
    CriterionVerdict,
    Errored,
    Skipped,
    decision,
    graded,
)
from modelsmith.judges.opinion import JudgeVote, decided
from modelsmith.record import sha256

TRUNCATED = "truncated"
EMPTY = "empty answer"


def judged_criteria(benchmark: Benchmark, scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the criteria that judges decide where a run has judges."""
    wording = tuple(KINDS[kind] for kind in benchmark.judging.wording)
    return tuple(
        key
        for key, one in scenario.criteria().items()
        if one.check is None or isinstance(one.check, wording)
    )


def asked_criteria(benchmark: Benchmark, scenario: Scenario, answer: str) -> tuple[str, ...]:
    """Return the ids of the criteria that judges are asked about for `answer`.

    None of an empty answer, which meets nothing, and no fail criterion whose check has fired.
    """
    if not normalised(answer):
        return ()
    return tuple(
        key
        for key in judged_criteria(benchmark, scenario)
        if not _has_fired(key, scenario.criteria()[key], answer)
    )


def judged(  # noqa: PLR0913 - an answer, who decides on it, and how
    benchmark: Benchmark,
    scenario: Scenario,
    answer: str,
    opinions: Sequence[JudgeVote],
    panel: Collection[str],
    *,
    tie: Tie,
    is_truncated: bool = False,
) -> AnswerVerdict:
    """Return the verdict on an answer: checks decide what they decide, the panel the rest.

    An answer that ran into the token limit meets none of what judges decide (section 1.7). Where
    an answer speaks to its grader, the panel must be of one mind in its favour (section 1.6).

    Args:
        benchmark: Says what judges decide.
        scenario: The question.
        answer: The answer.
        opinions: What judges said; those of `panel` on this answer count.
        panel: Names of the judges who decide; a panel of nobody leaves its criteria unscored.
        tie: What a tie says.
        is_truncated: Whether the answer ran into the token limit.
    """
    asked = asked_criteria(benchmark, scenario, answer)
    of_answer = _of(opinions, scenario.id, sha256(answer.encode()), panel)
    criteria, lost = [], []
    for verdict in graded(scenario, answer).criteria:
        key = verdict.criterion
        if key not in asked:
            criteria.append(_unasked(benchmark, scenario, verdict, answer))
            continue
        if is_truncated:
            seen = TRUNCATED
            criteria.append(CriterionVerdict(criterion=key, outcome=Outcome.NOT_MET, seen=seen))
            continue
        votes = [of_answer[judge, key] for judge in panel if (judge, key) in of_answer]
        found = decided(key, votes, len(panel), tie, addressed=answer != without_addresses(answer))
        criteria.append(found)
        if found.outcome is Outcome.UNSCORED and (
            len(votes) < len(panel) or any(vote.is_lost for vote in votes)
        ):
            lost.append(f"{key} ({_missing(votes, panel)})")
    whole = decision(scenario, tuple(criteria))
    if isinstance(whole, Skipped) and lost:
        return Errored(scenario=scenario.id, reason=f"judges lost: {', '.join(lost)}")
    return whole


def _has_fired(key: str, criterion: Criterion, answer: str) -> bool:
    return (
        key.startswith("F")
        and criterion.check is not None
        and finding_of(criterion.check, answer).outcome is Outcome.MET
    )


def _of(
    opinions: Iterable[JudgeVote], scenario: str, answer_sha256: str, panel: Collection[str]
) -> dict[tuple[str, str], JudgeVote]:
    return {
        (opinion.judge, opinion.criterion): opinion
        for opinion in opinions
        if opinion.scenario == scenario
        and opinion.answer_sha256 == answer_sha256
        and opinion.judge in panel
    }


def _unasked(
    benchmark: Benchmark, scenario: Scenario, verdict: CriterionVerdict, answer: str
) -> CriterionVerdict:
    """Return what the checks found; an empty answer meets nothing that judges decide either."""
    if normalised(answer) or verdict.criterion not in judged_criteria(benchmark, scenario):
        return verdict
    return CriterionVerdict(criterion=verdict.criterion, outcome=Outcome.NOT_MET, seen=EMPTY)


def _missing(votes: Sequence[JudgeVote], panel: Collection[str]) -> str:
    said = {vote.judge: vote for vote in votes}
    return "; ".join(
        f"{judge}: {said[judge].reason if judge in said else 'was not asked'}"
        for judge in sorted(panel)
        if judge not in said or said[judge].is_lost
    )
