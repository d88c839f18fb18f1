"""A channel on a forge, with releases that were promoted, and a specialist that answers as told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.errors import EngineError, HostedError
from modelsmith.exam.benchmark import Benchmark, ExamSnapshot, by_id
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Scenario
from modelsmith.forge.port import Forge
from modelsmith.git.cli.revisions import GitReading
from modelsmith.judges.ask_judges import Wanted, opinions_on
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.prompt import JUDGE_TEMPLATE
from modelsmith.live.watch.page import Watched
from modelsmith.live.watch.revert import Reverter
from modelsmith.live.watch.watch import CanaryResponses, Part, Watch, watch_once
from modelsmith.models.fingerprint import Fingerprint, FingerprintPrompt
from modelsmith.models.generation import Answer, Message, Prompt
from modelsmith.models.source import ModelSource
from modelsmith.promotion.bundle import CONTRACT, FINGERPRINT, REQUEST, Request
from modelsmith.promotion.channel import (
    ChannelMove,
    Pointer,
    moves_path,
    pointer_content,
    pointer_path,
)
from modelsmith.promotion.rollback.canary import (
    CanaryAnswer,
    WatchedRelease,
    answers_of_round,
    answers_path,
    questions_of,
    watch_branch,
)
from modelsmith.promotion.rollback.contract import CanaryQuestion, Contract, Detector
from modelsmith.promotion.rollback.grader import Grader
from modelsmith.promotion.rollback.revert import revert_faults
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.record import lines_of, records_in
from modelsmith.run.config import RunConfig
from tests.support.clock import START, SteppingClock
from tests.support.forges import BASE, EXPERT, FACTORY, Site, clone_of, push
from tests.support.frontier import ScriptedFrontier, Temper, Truth, a_judge
from tests.support.runs import a_snapshot, an_exam, answer_to
from tests.support.signers import InMemorySigner


def in_plain_words(scenario: Scenario) -> Scenario:
    """Return a scenario whose criteria are sentences, and no check decides any."""
    fields = {
        name: tuple(one.model_copy(update={"check": None}) for one in getattr(scenario, name))
        for name in ("pass_criteria", "fail_criteria")
    }
    return scenario.model_copy(update=fields)


AT = datetime(2025, 11, 3, 9, tzinfo=UTC)
RUN_YAML = "benchmark: adtech\nspecialist: desk\n"
EXAM = a_snapshot(an_exam({"train": 2, "steer": 6, "sealed": 2}))
QUESTIONS = tuple(scenario for scenario in EXAM.steer if not scenario.is_variant)
CATEGORIES = tuple(sorted({scenario.category for scenario in QUESTIONS}))
PLAIN = EXAM.model_copy(
    update={"steer": tuple(in_plain_words(scenario) for scenario in EXAM.steer)}
)
"""The same exam with steer in plain words: nothing of it has a check."""
OWN = a_judge("own-j", inside=True)
"""A judge of one's own."""
FINGER = Fingerprint(
    spots=(
        FingerprintPrompt(
            prompt=(Message(role="user", content="Hello"),),
            specialist={"a": -0.1},
            base={"a": -3.0},
        ),
    )
)


def a_promotion(version: str, target: Request | None, **changes: Any) -> tuple[Request, Contract]:
    """Return what is promoted as `version`, and its contract: every question was passed."""
    fields: dict[str, Any] = {
        "channel": "sandbox",
        "canary": tuple(
            CanaryQuestion(
                scenario=one.id,
                scenario_sha256=one.digest(),
                category=one.category,
                reference=1.0,
            )
            for one in QUESTIONS
        ),
        "exam_sha256": EXAM.digest(),
        "floors": dict.fromkeys(CATEGORIES, 0.5),
        "detector": Detector(),
        "target": target.release if target else None,
    }
    contract = Contract.model_validate(fields | changes)
    request = Request(
        specialist="desk",
        version=version,
        run="tiny",
        channel="sandbox",
        ledger_sha256="0" * 64,
        evidence={CONTRACT: contract.digest()},
        parts={},
    )
    return request, contract


def a_grader(judge: HostedModel = OWN, **changes: Any) -> Grader:
    """Return a judge as a contract pins it: sure enough for a rubric of five criteria."""
    fields: dict[str, Any] = {
        "judge": judge.name,
        "family": judge.family,
        "identity": judge.identity(),
        "template": JUDGE_TEMPLATE,
        "exam_sha256": "e" * 64,
        "sensitivity": 0.98,
        "specificity": 0.98,
    }
    return Grader(**fields | changes)


def plain_words(grader: Grader | None = None) -> dict[str, Any]:
    """Return what makes a promotion one of plain words: a judge decides all of its canary."""
    chosen, known = grader or a_grader(), by_id(PLAIN.steer)
    canary = tuple(
        CanaryQuestion(
            scenario=one.id,
            scenario_sha256=known[one.id].digest(),
            category=one.category,
            reference=1.0,
            error=chosen.error_on(known[one.id]),
        )
        for one in QUESTIONS
    )
    return {"canary": canary, "exam_sha256": PLAIN.digest(), "grader": chosen}


class ScriptedJudge:
    """The judge that a contract names: knows what the checks of `EXAM` say, and errs as told."""

    def __init__(self, truth: Truth | None = None) -> None:
        self.truth = truth or checks_say
        """What it knows."""
        self.temper = Temper()
        """How it errs."""
        self.is_down = False
        """Whether it cannot be asked."""
        self.asked: list[str] = []
        """Every criterion that it was asked about, as SCENARIO/P1."""

    def opinions(
        self, grader: Grader, benchmark: Benchmark, wanted: Sequence[Wanted], config: RunConfig
    ) -> Sequence[JudgeVote]:
        if self.is_down:
            raise HostedError(f"{grader.judge} does not answer (scripted)", remedy="Start it.")
        self.asked += [f"{scenario.id}/{key}" for scenario, *_, keys in wanted for key in keys]
        model = a_judge(grader.judge, inside=True)
        frontier = ScriptedFrontier({grader.judge: self.temper}, self.truth)
        return opinions_on(frontier, [model], benchmark, wanted, seed=config.seed, label="canary")


def checks_say(scenario: str, shown: str, criterion: str) -> Outcome | None:
    """Return what the checks of `EXAM` say of a criterion; none of what is no answer at all."""
    check = by_id(EXAM.steer)[scenario].criteria()[criterion].check
    if check is None or "FINDING:" not in shown:
        return None
    return finding_of(check, shown, FREE_TEXT).outcome


def rounds(
    number: int, *, forgot: Collection[str], standing: WatchedRelease
) -> tuple[CanaryAnswer, ...]:
    """Return the canary's lines of some rounds: right but for the categories that are forgotten."""
    scenarios = questions_of(standing.contract, EXAM)
    lines: tuple[CanaryAnswer, ...] = ()
    for _ in range(number):
        answers = [
            Answer(
                text=answer_to(
                    f"{one.category}, seen\n{one.input_text()}", right=one.category not in forgot
                ),
                finish="stop",
                prompt_tokens=1,
                answer_tokens=1,
                latency_s=0.1,
            )
            for one in scenarios
        ]
        lines += answers_of_round(
            standing,
            lines,
            scenarios,
            answers,
            benchmark=EXAM.benchmark,
            engine={"engine": "1"},
            at=START,
        )
    return lines


class Says:
    """A specialist: right on everything but the categories that it forgot."""

    def __init__(self) -> None:
        self.forgot: set[str] = set()
        """Categories that it answers wrongly."""
        self.lost: set[str] = set()
        """Categories whose answers are lost."""
        self.is_down = False
        """Whether nothing can be asked."""
        self.asked = 0
        """Rounds that were asked."""

    def ask(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> CanaryResponses:
        if self.is_down:
            raise EngineError("no such model (scripted)", remedy="Fetch it.")
        self.asked += 1
        return CanaryResponses({"engine": "scripted/1"}, [self._answer(prompt) for prompt in asked])

    def _answer(self, prompt: Prompt) -> Answer | str:
        question = prompt[-1].content
        category = question.split(",", 1)[0]
        if category in self.lost:
            return "out of memory (scripted)"
        text = answer_to(question, right=category not in self.forgot)
        return Answer(text=text, finish="stop", prompt_tokens=1, answer_tokens=1, latency_s=0.1)


class Promoted(NamedTuple):
    """A release on the forge."""

    request: Request
    contract: Contract


class Scene:
    """A repository whose channel `sandbox` people promote to."""

    def __init__(self, site: Site, exam: ExamSnapshot = EXAM) -> None:
        """Begin with a run and its exam; nothing is live."""
        self.site = site
        self.says = Says()
        self.judge = ScriptedJudge()
        self.signer = InMemorySigner()
        self.clock = SteppingClock()
        self.read = GitReading(clone_of(site, FACTORY)).read
        content = exam.canonical().decode()
        push(
            site,
            EXPERT,
            BASE,
            {"runs/tiny/run.yaml": RUN_YAML, "runs/tiny/000-intake/exam.json": content},
        )

    def forge(self) -> Forge:
        """Return the forge as the factory acts on it."""
        return self.site.forge(FACTORY)

    def promote(self, version: str, target: Promoted | None = None, **changes: Any) -> Promoted:
        """Put a release live, as a merged promotion does."""
        request, contract = a_promotion(version, target.request if target else None, **changes)
        self.put_live(request, contract)
        return Promoted(request, contract)

    def put_live(self, request: Request, contract: Contract) -> None:
        """Add the folder and move the pointer."""
        moves = self.moves()
        move = ChannelMove(
            kind="promoted",
            before=moves[-1].after if moves else None,
            after=request.release,
            at=AT,
            why="approved",
            attestation_sha256="0" * 64,
        )
        place, pointer = request.release.place, Pointer(channel="sandbox", live=request.release)
        self.push(
            {
                f"{place}/{REQUEST}": request.canonical(),
                f"{place}/{CONTRACT}": contract.canonical(),
                f"{place}/{FINGERPRINT}": FINGER.canonical(),
                pointer_path("sandbox"): pointer_content(pointer),
                moves_path("sandbox"): lines_of([*moves, move]),
            }
        )

    def push(self, files: Mapping[str, bytes]) -> None:
        """Put files on the default branch."""
        push(self.site, EXPERT, BASE, {path: text.decode() for path, text in files.items()})

    def head(self) -> str:
        """Return the commit of the default branch."""
        return str(self.forge().branch_sha(BASE))

    def file(self, path: str, branch: str = BASE) -> bytes | None:
        """Return what a file holds on a branch of the forge."""
        sha = self.forge().branch_sha(branch)
        return self.read(sha, path) if sha else None

    def moves(self) -> tuple[ChannelMove, ...]:
        """Return the channel's moves."""
        return records_in(self.file(moves_path("sandbox")) or b"", ChannelMove)

    def sightings(self) -> tuple[CanaryAnswer, ...]:
        """Return every line that the watch kept."""
        content = self.file(answers_path("sandbox"), watch_branch("sandbox"))
        return records_in(content or b"", CanaryAnswer)

    def folder(self, request: Request) -> dict[str, bytes]:
        """Return the folder of a release on the default branch."""
        names = (REQUEST, CONTRACT, "revert.json", "revert.intoto.json", "revert.sigstore.json")
        found = {name: self.file(f"{request.release.place}/{name}") for name in names}
        return {name: content for name, content in found.items() if content is not None}

    # the port `Releases`

    def live(self, channel: str) -> LiveRelease | None:
        """Return what is live, read from the default branch; its signatures are not verified."""
        commit = self.head()
        content = self.read(commit, f"promotions/channels/{channel}.yaml")
        pointer = Pointer.model_validate_json(content) if content else None
        if pointer is None or pointer.live is None:
            return None
        place = pointer.live.place
        return LiveRelease(
            commit=commit,
            pointer=pointer,
            request=Request.model_validate_json(self.read(commit, f"{place}/{REQUEST}") or b""),
            contract=Contract.model_validate_json(self.read(commit, f"{place}/{CONTRACT}") or b""),
            fingerprint=FINGER,
            model=ModelSource(name="tiny", path="tiny"),
            adapter=Path("adapter"),
        )

    def watch(
        self, wrapped: Callable[[Forge], Any] = lambda forge: forge, only: Part | None = None
    ) -> Watch:
        """Return what the channel is watched with.

        Args:
            wrapped: What stands between the watch and the forge.
            only: Half a round.
        """
        forge = wrapped(self.forge())
        reverter = Reverter(forge=forge, read=self.read, signer=self.signer)
        return Watch(
            channel="sandbox",
            releases=self,
            canary_target=self.says,
            canary_grader=self.judge,
            reverter=reverter,
            clock=self.clock,
            only=only,
        )


def until_reverted(scene: Scene, most: int = 12) -> list[Watched]:
    """Watch until something is taken back, and return every round."""
    found: list[Watched] = []
    for _ in range(most):
        found.append(watch_once(scene.watch()))
        if found[-1].outcome == "reverted":
            return found
    raise AssertionError([one.outcome for one in found])


def faults_of(scene: Scene, request: Request) -> list[str]:
    """Return what an audit says of the last move, which takes `request` back."""
    files = scene.folder(request)
    payload = scene.signer.verify(files["revert.sigstore.json"], scene.signer.accepted).payload
    return list(revert_faults(scene.moves()[-1], files, payload, scene.file))
