"""The canary: what the live specialist was asked, what came back, and what that says.

`promotions/channels/CHANNEL.watch.jsonl` on the branch `modelsmith/watch/CHANNEL` has one line a
question asked, oldest first; lines are only ever added. What a line saw for the first time (an
answer, an engine) it holds in full, later lines name it by digest, since a greedy specialist says
the same again and again. A revert takes its own lines along.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from modelsmith.exam.benchmark import Benchmark, ExamSnapshot, by_id, form_for
from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import Judged, declined, graded
from modelsmith.layout import CHANNELS, PROMOTIONS
from modelsmith.models.generation import Answer
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome, DriftReading, reading_of
from modelsmith.record import Positive, Record, Sha256, digest_of

Engine = Mapping[str, str]
"""What can change an answer, as the engine tells it."""


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
    """What its checks say; `lost` where machine or network broke, which says nothing."""
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
    scenario: Scenario, answer_seen: AnswerSeen, form: AnswerForm
) -> Literal["passed", "failed"] | None:
    """Return what checks alone say of an answer; None where they leave it open."""
    verdict = (
        declined(scenario)
        if answer_seen.finish == "refusal"
        else graded(scenario, answer_seen.text, form)
    )
    if not isinstance(verdict, Judged):
        return None
    return "passed" if verdict.passed else "failed"


def answers_of_round(  # noqa: PLR0913 - what a round is
    watched: WatchedRelease,
    before: Sequence[CanaryAnswer],
    scenarios: Sequence[Scenario],
    answers: Sequence[Answer | str],
    *,
    benchmark: Benchmark,
    engine: Engine,
    at: AwareDatetime,
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
    """
    told = {one.answer_sha256 for one in before if one.answer is not None}
    engines = {one.engine_sha256 for one in before if one.engine is not None}
    number = 1 + max((one.round for one in answers_since_live(watched, before)), default=0)
    engine_sha256, found = digest_of(dict(engine)), []
    for scenario, answer in zip(scenarios, answers, strict=True):
        answer_seen = (
            None if isinstance(answer, str) else AnswerSeen(text=answer.text, finish=answer.finish)
        )
        form = form_for(benchmark, scenario)
        outcome = None if answer_seen is None else outcome_of(scenario, answer_seen, form)
        digest = None if answer_seen is None else answer_seen.digest()
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
                lost_to=answer if isinstance(answer, str) else "" if outcome else UNDECIDED,
                at=at,
            )
        )
        told.add(digest)
        engines.add(engine_sha256)
    return tuple(found)


UNDECIDED = "checks alone do not decide this answer"


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
    """Return what is wrong with canary answers, each answer checked anew."""
    try:
        scenarios = by_id(questions_of(watched.contract, exam))
    except ValueError as error:
        return (str(error),)
    answers: dict[str | None, AnswerSeen] = {}
    faults = []
    for number, one in enumerate(canary_answers, 1):
        if one.answer is not None and one.answer.digest() == one.answer_sha256:
            answers[one.answer_sha256] = one.answer
        where = f"sighting {number} ({one.scenario}, round {one.round})"
        if answers_since_live(watched, [one]) == ():
            faults.append(f"{where} is of another release, or of another time that it was live")
        elif one.scenario not in scenarios:
            faults.append(f"{where} is no question of the contract")
        elif one.outcome != "lost":
            answer_seen = answers.get(one.answer_sha256)
            scenario = scenarios[one.scenario]
            form = form_for(exam.benchmark, scenario)
            outcome = answer_seen and outcome_of(scenario, answer_seen, form)
            if answer_seen is None:
                faults.append(f"{where} has no answer to check")
            elif outcome != one.outcome:
                faults.append(f"{where} says {one.outcome}, its checks say {outcome or 'nothing'}")
    return tuple(faults)
