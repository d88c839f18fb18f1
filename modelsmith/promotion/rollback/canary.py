"""The canary: what the live specialist was asked, what came back, and what that says.

`promotions/channels/CHANNEL.watch.jsonl` on the branch `modelsmith/watch/CHANNEL` has one line a
question asked, oldest first; lines are only ever added. What a line saw for the first time (an
answer, an engine) it holds in full, later lines name it by digest, since a greedy specialist says
the same again and again. So with opinions: what the contract's grader said of an answer, the line
holds that first saw it, and the same answer is not judged twice, since the judge is pinned. A
revert takes its own lines along.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from modelsmith.exam.benchmark import Benchmark, ExamSnapshot, by_id
from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import CriterionVerdict, Judged, Skipped, decision, declined, graded
from modelsmith.judges.ask_judges import Wanted
from modelsmith.judges.panel import EMPTY, TRUNCATED, CriterionPlace, JudgeVote
from modelsmith.judges.reply import stands_in
from modelsmith.layout import CHANNELS, PROMOTIONS
from modelsmith.models.generation import Answer
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome, DriftReading, reading_of
from modelsmith.promotion.rollback.grader import open_criteria
from modelsmith.record import Positive, Record, Sha256, digest_of, sha256

Engine = Mapping[str, str]
"""What can change an answer, as the engine tells it."""

Votes = Mapping[CriterionPlace, JudgeVote]
"""What the contract's grader said, by criterion of an answer."""


class AnswerSeen(Record):
    """An answer, without what differs from time to time."""

    text: str
    """As it came."""
    finish: Literal["stop", "length", "refusal"]
    """How it ended."""


class CanaryAnswer(Record):
    """One question asked of what is live, and what came back."""

    move: Positive
    """Which move of the channel, from 1, made it live: a release that returns begins anew."""
    bundle_sha256: Sha256
    """The release, by its bundle."""
    round: Positive
    """Which round since then, from 1."""
    scenario: str
    """Id of the question."""
    outcome: Literal["passed", "failed", "lost"]
    """What its checks say, and its grader of what they leave open; `lost` where machine or network
    broke, or nobody decided, which says nothing."""
    answer_sha256: Sha256 | None
    """Digest of the answer; none where it was lost."""
    answer: AnswerSeen | None = None
    """The answer itself, where no earlier line has it."""
    engine_sha256: Sha256
    """Digest of what answered."""
    engine: Engine | None = None
    """What answered, where no earlier line has it."""
    lost_to: str = ""
    """What broke."""
    opinions: Annotated[tuple[JudgeVote, ...], Field(exclude_if=lambda given: not given)] = ()
    """What the contract's grader said of the answer, where no earlier line has it."""
    at: AwareDatetime
    """When the round was asked, UTC."""


class WatchedRelease(NamedTuple):
    """What is live in a channel, since which move."""

    release: Release
    """The release."""
    contract: Contract
    """Its rollback contract."""
    move: int
    """The move that made it live, from 1."""


def watch_branch(channel: ChannelName) -> str:
    """Return the branch that a channel's canary answers are kept on."""
    return f"modelsmith/watch/{channel}"


def answers_path(channel: ChannelName) -> str:
    """Return where a channel's canary answers lie on that branch."""
    return f"{PROMOTIONS}/{CHANNELS}/{channel}.watch.jsonl"


def answers_since_live(
    watched: WatchedRelease, canary_answers: Iterable[CanaryAnswer]
) -> tuple[CanaryAnswer, ...]:
    """Return the canary answers of what is live, since it went live."""
    return tuple(
        one
        for one in canary_answers
        if (one.move, one.bundle_sha256) == (watched.move, watched.release.bundle_sha256)
    )


def read_by(contract: Contract, canary_answers: Iterable[CanaryAnswer]) -> DriftReading:
    """Return what the contract's detector says of canary answers.

    Raises:
        ValueError: a question is not the contract's, or was asked twice in a round.
    """
    passed = {"passed": True, "failed": False, "lost": None}
    return reading_of(
        contract,
        (CanaryOutcome(one.round, one.scenario, passed[one.outcome]) for one in canary_answers),
    )


def questions_of(contract: Contract, exam: ExamSnapshot) -> tuple[Scenario, ...]:
    """Return the contract's questions, in its order.

    Raises:
        ValueError: the exam lacks one, or has it in other words.
    """
    known = by_id(exam.steer)
    for question in contract.canary:
        scenario = known.get(question.scenario)
        if scenario is None or scenario.digest() != question.scenario_sha256:
            raise ValueError(f"{question.scenario} does not stand on steer as it was signed")
    return tuple(known[question.scenario] for question in contract.canary)


def outcome_of(
    scenario: Scenario,
    answer_seen: AnswerSeen,
    form: AnswerForm,
    votes: Votes | None = None,
) -> Literal["passed", "failed"] | None:
    """Return what checks say of an answer, and votes of what they leave open; None where neither.

    Args:
        scenario: The question.
        answer_seen: The answer.
        form: The form that it was to have.
        votes: What the contract's grader said; None where it decides nothing of this question.
    """
    verdict = (
        declined(scenario)
        if answer_seen.finish == "refusal"
        else graded(scenario, answer_seen.text, form)
    )
    if isinstance(verdict, Skipped) and votes is not None:
        decided = tuple(_decided(one, scenario, answer_seen, votes) for one in verdict.criteria)
        verdict = decision(scenario, decided)
    if not isinstance(verdict, Judged):
        return None
    return "passed" if verdict.passed else "failed"


def votes_in(canary_answers: Iterable[CanaryAnswer]) -> dict[CriterionPlace, JudgeVote]:
    """Return what lines hold of the grader's votes, those that decide nothing left out."""
    return {
        vote.place: vote
        for one in canary_answers
        for vote in one.opinions
        if vote.outcome is not Outcome.UNSCORED
    }


def wanted_of_round(
    watched: WatchedRelease,
    before: Sequence[CanaryAnswer],
    scenarios: Sequence[Scenario],
    answers: Sequence[Answer | str],
    benchmark: Benchmark,
) -> list[Wanted]:
    """Return what the contract's grader is asked about a round: what checks leave open.

    Nothing that it decided before of the very same answer, and nothing where none is named.

    Args:
        watched: What is live.
        before: Every line of the channel so far.
        scenarios: The questions, in the contract's order.
        answers: An answer each, or what it was lost to.
        benchmark: The exam's, which says how answers are read.
    """
    known, asked = votes_in(answers_since_live(watched, before)), watched.contract.graded()
    wanted: list[Wanted] = []
    for scenario, answer in zip(scenarios, answers, strict=True):
        if isinstance(answer, str) or scenario.id not in asked:
            continue
        seen = AnswerSeen(text=answer.text, finish=answer.finish)
        places = _left_open(scenario, seen, form_for(benchmark, scenario))
        if criteria := [place[-1] for place in places if place not in known]:
            wanted.append((scenario, Split.STEER, answer.text, criteria))
    return wanted


def _left_open(
    scenario: Scenario, answer_seen: AnswerSeen, form: AnswerForm
) -> tuple[CriterionPlace, ...]:
    """Return what of an answer a grader decides: nothing where it is empty, cut off or declined."""
    if answer_seen.finish != "stop" or not normalised(answer_seen.text):
        return ()
    verdict = graded(scenario, answer_seen.text, form)
    if not isinstance(verdict, Skipped):
        return ()
    digest = sha256(answer_seen.text.encode())
    return tuple((scenario.id, digest, key) for key in open_criteria(scenario))


def _decided(
    verdict: CriterionVerdict, scenario: Scenario, answer_seen: AnswerSeen, votes: Votes
) -> CriterionVerdict:
    """Return what a check decided, or a vote; what is empty or cut off meets nothing."""
    key = verdict.criterion
    if verdict.outcome is not Outcome.UNSCORED or scenario.criteria()[key].check is not None:
        return verdict
    if answer_seen.finish == "length" or not normalised(answer_seen.text):
        seen = TRUNCATED if answer_seen.finish == "length" else EMPTY
        return CriterionVerdict(criterion=key, outcome=Outcome.NOT_MET, seen=seen)
    vote = votes.get((scenario.id, sha256(answer_seen.text.encode()), key))
    if vote is None:
        return verdict
    return CriterionVerdict(criterion=key, outcome=vote.outcome, seen=vote.quote)


def answers_of_round(  # noqa: PLR0913 - what a round is
    watched: WatchedRelease,
    before: Sequence[CanaryAnswer],
    scenarios: Sequence[Scenario],
    answers: Sequence[Answer | str],
    *,
    benchmark: Benchmark,
    engine: Engine,
    at: AwareDatetime,
    opinions: Sequence[JudgeVote] = (),
) -> tuple[CanaryAnswer, ...]:
    """Return the lines of one more round.

    Args:
        watched: What is live.
        before: Every line of the channel so far.
        scenarios: The questions, in the contract's order.
        answers: An answer each, or what it was lost to.
        benchmark: The exam's, which says how answers are read.
        engine: What answered.
        at: When the round was asked.
        opinions: What the contract's grader said when it was asked.
    """
    told = {one.answer_sha256 for one in before if one.answer is not None}
    engines = {one.engine_sha256 for one in before if one.engine is not None}
    since = answers_since_live(watched, before)
    number = 1 + max((one.round for one in since), default=0)
    votes = votes_in(since) | {vote.place: vote for vote in opinions}
    graded_ids = watched.contract.graded()
    engine_sha256, found = digest_of(dict(engine)), []
    for scenario, answer in zip(scenarios, answers, strict=True):
        answer_seen = (
            None if isinstance(answer, str) else AnswerSeen(text=answer.text, finish=answer.finish)
        )
        form, counting = form_for(benchmark, scenario), votes if scenario.id in graded_ids else None
        outcome = None if answer_seen is None else outcome_of(scenario, answer_seen, form, counting)
        digest = None if answer_seen is None else answer_seen.digest()
        own = tuple(vote for vote in opinions if vote.scenario == scenario.id)
        found.append(
            CanaryAnswer(
                move=watched.move,
                bundle_sha256=watched.release.bundle_sha256,
                round=number,
                scenario=scenario.id,
                outcome=outcome or "lost",
                answer_sha256=digest,
                answer=None if digest in told else answer_seen,
                engine_sha256=engine_sha256,
                engine=None if engine_sha256 in engines else engine,
                lost_to=answer if isinstance(answer, str) else "" if outcome else _left_words(own),
                opinions=own,
                at=at,
            )
        )
        told.add(digest)
        engines.add(engine_sha256)
    return tuple(found)


UNDECIDED = "checks alone do not decide this answer"


def _left_words(votes: Iterable[JudgeVote]) -> str:
    """Return why an answer is undecided: a judge that said nothing, or that none was asked."""
    silent = (vote for vote in votes if vote.outcome is Outcome.UNSCORED)
    said = (f"{vote.judge} leaves {vote.criterion} undecided: {vote.reason}" for vote in silent)
    return next(said, UNDECIDED)


def self_contained(
    canary_answers: Sequence[CanaryAnswer], among: Iterable[CanaryAnswer]
) -> tuple[CanaryAnswer, ...]:
    """Return canary answers that stand alone: the first to name an answer or an engine holds it.

    Args:
        canary_answers: Some of the lines.
        among: All lines, which hold what those name.
    """
    lines = tuple(among)
    answers = {one.answer_sha256: one.answer for one in lines if one.answer is not None}
    engines = {one.engine_sha256: one.engine for one in lines if one.engine is not None}
    found = []
    for one in canary_answers:
        filled = {
            "answer": answers.pop(one.answer_sha256, None),
            "engine": engines.pop(one.engine_sha256, None),
        }
        found.append(CanaryAnswer.model_validate(dict(one) | filled))
    return tuple(found)


def answer_faults(
    watched: WatchedRelease, exam: ExamSnapshot, canary_answers: Sequence[CanaryAnswer]
) -> tuple[str, ...]:
    """Return what is wrong with canary answers, each decided anew from its checks and opinions."""
    try:
        scenarios = by_id(questions_of(watched.contract, exam))
    except ValueError as error:
        return (str(error),)
    answers: dict[str | None, AnswerSeen] = {}
    votes: dict[CriterionPlace, JudgeVote] = {}
    graded_ids = watched.contract.graded()
    said = "checks and opinions" if graded_ids else "checks"
    faults = []
    for number, one in enumerate(canary_answers, 1):
        if one.answer is not None and one.answer.digest() == one.answer_sha256:
            answers[one.answer_sha256] = one.answer
        where = f"sighting {number} ({one.scenario}, round {one.round})"
        if answers_since_live(watched, [one]) == ():
            faults.append(f"{where} is of another release, or of another time that it was live")
            continue
        if one.scenario not in scenarios:
            faults.append(f"{where} is no question of the contract")
            continue
        scenario, answer_seen = scenarios[one.scenario], answers.get(one.answer_sha256)
        form = form_for(exam.benchmark, scenario)
        found = _opinion_fault(watched.contract, scenario, answer_seen, form, one.opinions, votes)
        faults += [f"{where} {found}"] if found else []
        votes |= votes_in([one])
        if one.outcome == "lost":
            continue
        counting = votes if one.scenario in graded_ids else None
        outcome = answer_seen and outcome_of(scenario, answer_seen, form, counting)
        if answer_seen is None:
            faults.append(f"{where} has no answer to check")
        elif outcome != one.outcome:
            faults.append(f"{where} says {one.outcome}, its {said} say {outcome or 'nothing'}")
    return tuple(faults)


def _opinion_fault(  # noqa: PLR0913, PLR0917 - an answer, what was said of it, and before
    contract: Contract,
    scenario: Scenario,
    answer_seen: AnswerSeen | None,
    form: AnswerForm,
    opinions: Sequence[JudgeVote],
    before: Votes,
) -> str:
    """Return what is wrong with the opinions on an answer; nothing where nothing is.

    Whatever its grader said stands by what it was asked: by this judge, of this answer, of what
    checks leave open of it, once, and met only with words that stand in it.
    """
    left_open = set()
    if answer_seen is not None and scenario.id in contract.graded():
        left_open = {*_left_open(scenario, answer_seen, form)} - before.keys()
    text = answer_seen.text if answer_seen else ""
    judge = contract.grader.judge if contract.grader else "nobody"
    for vote in opinions:
        told = f"holds an opinion of {vote.judge} on {vote.criterion}"
        if vote.judge != judge:
            return f"{told}, the contract names {judge}"
        if vote.place not in left_open:
            return f"{told} that it was not asked: of another answer, decided already, or twice"
        left_open.remove(vote.place)
        if vote.outcome is Outcome.MET and not stands_in(vote.quote, text):
            return f"{told}, whose quote does not stand in the answer"
    return ""
