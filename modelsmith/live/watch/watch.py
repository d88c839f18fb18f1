"""Watch: ask the canary of what is live, keep what came back, and act as the contract says.

1. Read what is live, verified, and what was seen of it so far.
2. If that says revert already, a round before was killed or refused: revert, ask nothing.
3. Ask each question of the contract; checks decide, and the contract's grader, where it names one,
   what they leave open.
4. Keep the lines on the channel's branch, before anything follows from them.
5. Warn in an issue, or revert.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Literal, NamedTuple, Protocol

from modelsmith.documents.validation import record_in
from modelsmith.errors import (
    BlockedError,
    BrokenRecordError,
    EngineError,
    ForgeRefusedError,
    ModelsmithError,
)
from modelsmith.exam.benchmark import Benchmark, ExamSnapshot
from modelsmith.exam.prompt import prompt_for
from modelsmith.judges.ask_judges import Wanted
from modelsmith.judges.panel import JudgeVote
from modelsmith.layout import settings_path
from modelsmith.live.watch.page import Watched, warning_page
from modelsmith.live.watch.revert import Reverter, revert
from modelsmith.models.generation import Answer, Prompt
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import ChannelMove, moves_path
from modelsmith.promotion.rollback.canary import (
    CanaryAnswer,
    WatchedRelease,
    answers_of_round,
    answers_path,
    answers_since_live,
    questions_of,
    read_by,
    wanted_of_round,
    watch_branch,
)
from modelsmith.promotion.rollback.grader import Grader
from modelsmith.promotion.rollback.revert import exam_path
from modelsmith.promotion.verification.live_release import LiveRelease, VerifiedReleases
from modelsmith.record import lines_of, records_in, sha256, short
from modelsmith.run.config import RunConfig
from modelsmith.runtime import Clock

Part = Literal["ask", "act"]
"""A round may be split over two machines: one has the model, the other the right to take back."""


class CanaryResponses(NamedTuple):
    """What came back to a round of questions."""

    engine: Mapping[str, str]
    """What can change an answer."""
    answers: Sequence[Answer | str]
    """An answer for each question, or what it was lost to."""


class CanaryTarget(Protocol):
    """Answers as what is live does."""

    def ask(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> CanaryResponses:
        """Return greedy answers, one a question, in order.

        Args:
            live: What is to answer; another release's answers are never returned.
            asked: The questions.
            config: Settings of its run: longest answer, batch, quantisation.

        Raises:
            EngineError: nothing could be asked, or something else than `live` answers.
        """


class CanaryGrader(Protocol):
    """Asks the judge that a contract names."""

    def opinions(
        self, grader: Grader, benchmark: Benchmark, wanted: Sequence[Wanted], config: RunConfig
    ) -> Sequence[JudgeVote]:
        """Return what the judge says of each criterion that is wanted.

        Args:
            grader: The judge as the contract pins it; another one's opinions are never returned.
            benchmark: The exam's.
            wanted: What checks leave open.
            config: Settings of the release's run.

        Raises:
            BlockedError: what is called so here is another judge than was pinned.
            HostedError: it cannot be asked.
        """


class Watch(NamedTuple):
    """What a channel is watched with."""

    channel: ChannelName
    """The channel."""
    releases: VerifiedReleases
    """Says what is live."""
    canary_target: CanaryTarget
    """Answers as what is live does."""
    canary_grader: CanaryGrader
    """Asks the judge that the contract names, where it names one."""
    reverter: Reverter
    """Keeps what was seen, and takes back."""
    clock: Clock
    """The time."""
    only: Part | None = None
    """`ask` keeps what came back and leaves what follows to whoever may; `act` asks nothing."""


class _Kept(NamedTuple):
    """What was seen in a channel so far."""

    commit: str | None
    content: bytes
    sightings: tuple[CanaryAnswer, ...]


def watch_once(watch: Watch) -> Watched:
    """Ask the canary once, and do what follows.

    Raises:
        SignatureError: what is live is not signed by whom the policy accepts.
        BrokenRecordError: what is live, or what was seen of it, is not what was recorded.
        EngineError: nothing could be observed, which is no observation.
        HostedError: the judge that the contract names cannot be asked, which is none either.
        BlockedError: the contract asks nothing, its judge is another one here, or a revert is due
            and it does not cover it.
        ForgeError: the forge does not answer, or refuses.
    """
    live = watch.releases.live(watch.channel)
    if live is None:
        return Watched(
            channel=watch.channel, outcome="down", release=None, contract=None, reading=None
        )
    watched, kept = _watched_release(watch, live), _kept(watch)
    everything = kept.sightings
    lines: Sequence[CanaryAnswer] = ()
    reading = read_by(watched.contract, answers_since_live(watched, everything))
    if reading.level != "revert" and watch.only != "act":
        lines = _ask_round(watch, live, watched, everything)
        _keep(watch, live, kept, lines)
        everything = (*everything, *lines)
        reading = read_by(watched.contract, answers_since_live(watched, everything))
    if reading.level == "revert" and watch.only != "ask":
        return revert(watch.reverter, live, watched, everything)
    found = Watched(
        channel=watch.channel,
        outcome="due" if reading.level == "revert" else "quiet",
        release=watched.release,
        contract=watched.contract,
        reading=reading,
        lost_to=next((one.lost_to for one in lines if one.outcome == "lost"), ""),
    )
    is_told = watch.only != "ask" and reading.evidence >= watched.contract.detector.warn
    return _warned(watch, found) if is_told else found


def watch_rounds(
    watch: Watch, *, rounds: int | None, pause: Callable[[], None], goes_on: bool
) -> Iterator[Watched | ModelsmithError]:
    """Yield what each round found, or why it found nothing.

    Args:
        watch: What the channel is watched with.
        rounds: How many; without end where none.
        pause: Waits between two rounds.
        goes_on: Whether neither a round that failed nor a channel that is down ends it.
    """
    for number in count() if rounds is None else range(rounds):
        if number:
            pause()
        try:
            found: Watched | ModelsmithError = watch_once(watch)
        except ModelsmithError as error:
            found = error
        yield found
        if not goes_on and (isinstance(found, ModelsmithError) or found.outcome == "down"):
            return


def _watched_release(watch: Watch, live: LiveRelease) -> WatchedRelease:
    path = moves_path(watch.channel)
    moves = records_in(watch.reverter.read(live.commit, path) or b"", ChannelMove)
    release = live.request.release
    if not moves or moves[-1].after != release:
        raise BrokenRecordError(
            f"{path} does not end at {release.words}, which the pointer says is live",
            remedy="The pointer was moved by nobody who may: `modelsmith audit promotion` says by "
            "which commit.",
        )
    return WatchedRelease(release, live.contract, len(moves))


def _kept(watch: Watch) -> _Kept:
    branch = watch_branch(watch.channel)
    commit = watch.reverter.forge.branch_sha(branch)
    path = answers_path(watch.channel)
    content = (watch.reverter.read(commit, path) if commit else None) or b""
    try:
        return _Kept(commit, content, records_in(content, CanaryAnswer))
    except ValueError as error:
        raise BrokenRecordError(
            f"{path} on {branch} holds a line that is no sighting: {str(error).splitlines()[0]}",
            remedy=f"Restore the branch from the forge's history, or delete {branch}: the canary "
            "then begins anew.",
        ) from None


def _ask_round(
    watch: Watch, live: LiveRelease, watched: WatchedRelease, before: Sequence[CanaryAnswer]
) -> tuple[CanaryAnswer, ...]:
    """Return the lines of one more round."""
    exam = _exam(watch, live)
    if not watched.contract.canary:
        raise BlockedError(
            f"the contract of {watched.release.words} asks no question",
            remedy="Promote again once steer has questions that checks decide, or that a certified "
            "judge of your own does (`judges` in run.yaml).",
            reason="canary",
        )
    try:
        scenarios = questions_of(watched.contract, exam)
    except ValueError as error:
        raise BrokenRecordError(
            f"the canary of {watched.release.words}: {error}",
            remedy="Nothing was asked. Compare contract.json with the run's exam snapshot.",
        ) from None
    asked = [prompt_for(exam.benchmark, scenario) for scenario in scenarios]
    path = settings_path(live.request.run)
    config = record_in(path, _required(watch, live, path), RunConfig)
    replies = watch.canary_target.ask(live, asked, config)
    lost = [answer for answer in replies.answers if isinstance(answer, str)]
    if len(lost) == len(replies.answers):
        raise EngineError(
            f"all {len(lost)} answers were lost, the first to: {lost[0]}",
            remedy="Nothing was observed, so nothing follows. Give the machine what it lacks.",
        )
    wanted = wanted_of_round(watched, before, scenarios, replies.answers, exam.benchmark)
    grader = watched.contract.grader
    opinions: Sequence[JudgeVote] = ()
    if grader is not None and wanted:
        opinions = watch.canary_grader.opinions(grader, exam.benchmark, wanted, config)
    return answers_of_round(
        watched,
        before,
        scenarios,
        replies.answers,
        benchmark=exam.benchmark,
        engine=replies.engine,
        at=watch.clock.now(),
        opinions=opinions,
    )


def _exam(watch: Watch, live: LiveRelease) -> ExamSnapshot:
    path = exam_path(live.request)
    content = _required(watch, live, path)
    if sha256(content) != live.contract.exam_sha256:
        raise BrokenRecordError(
            f"{path} is not the exam that the contract names",
            remedy="Restore it from git; evidence is never edited.",
        )
    return ExamSnapshot.model_validate_json(content)


def _required(watch: Watch, live: LiveRelease, path: str) -> bytes:
    content = watch.reverter.read(live.commit, path)
    if content is None:
        raise BrokenRecordError(
            f"{path} is not there at {short(live.commit)}", remedy="Restore it from git."
        )
    return content


def _keep(watch: Watch, live: LiveRelease, kept: _Kept, lines: Sequence[CanaryAnswer]) -> None:
    forge, branch = watch.reverter.forge, watch_branch(watch.channel)
    if forge.branch_sha(branch) != kept.commit:
        raise ForgeRefusedError(
            f"{branch} moved while the canary was asked: another watch is at work",
            remedy="Let one watch a channel; this round was not kept, nothing follows from it.",
        )
    first = lines[0]
    forge.commit_files(
        branch,
        {answers_path(watch.channel): kept.content + lines_of(lines)},
        base=live.commit,
        message=f"Watch {watch.channel}: round {first.round} since move {first.move}\n",
        at=first.at,
    )


def _warned(watch: Watch, found: Watched) -> Watched:
    words = found.release.words if found.release else "nothing"
    issue = watch.reverter.forge.raise_issue(
        title=f"{words} in {watch.channel} answers worse than it was promoted",
        body=warning_page(found),
        labels=("watch", watch.channel),
    )
    return Watched.model_validate(dict(found) | {"outcome": "warned", "issue": issue.number})
