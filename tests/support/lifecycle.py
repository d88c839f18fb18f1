"""A channel from its first promotion to its revert: real git, real keys, a scripted model.

What people and CI do, they do with the commands of the README; only the model is scripted, since
what it says is what a test must decide.
"""

import json
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from modelsmith.cli import main
from modelsmith.disk.clock import SystemClock
from modelsmith.errors import ModelsmithError
from modelsmith.exam.benchmark import Exam
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.revisions import GitReading
from modelsmith.git.commits import FACTORY as BOT
from modelsmith.live.engines.canary_targets import HttpCanaryTarget
from modelsmith.live.serving.channel_follower import ChannelFollower
from modelsmith.live.watch.page import Watched
from modelsmith.live.watch.revert import Reverter
from modelsmith.live.watch.watch import Part, Watch, watch_rounds
from modelsmith.models.chat import Chat, End, Piece, Said
from modelsmith.models.fingerprint import NextTokens
from modelsmith.models.generation import Prompt, Sampling
from modelsmith.models.source import ModelSource, Parts
from modelsmith.policy import POLICY
from modelsmith.promotion.signing.keys.managed_key import make_key
from modelsmith.promotion.signing.keys.signer_selection import KEY_FILE
from modelsmith.promotion.verification.live_release import (
    LiveRelease,
    VerifiedReleases,
    WeightsOnDisk,
)
from modelsmith.run.git.default_branch import BranchOfRecord
from modelsmith.run.git.history import GitHistory
from modelsmith.run.state_machine import Event
from modelsmith.store.files.content_store import ContentStore
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.wiring.signing import revert_signer, signatures
from tests.support.exam_files import write
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, Site, clone_of, git
from tests.support.keys import key_of, public_key_of
from tests.support.runs import LearningEngines, Workshop, a_workshop, an_exam, answer_to, learning
from tests.support.scenarios import a_benchmark
from tests.support.served import listening
from tests.support.serving_engines import ListLog
from tests.support.watched import ScriptedJudge

WRITER = "writer@users.noreply.github.com"
OPERATOR = "operator"
CLEAN = "clean: the records are what they say"

SIZES = {"train": 2, "steer": 8, "sealed": 12}
LEARNED = learning(0.05, 1.0)
"""Whoever was trained once knows it all."""


def forgetful(trainings: int, question: str) -> float:
    """Return how often a specialist is right that learned what steer asks, and not to pass."""
    return 0.1 if "Sealed desk" in question else LEARNED(trainings, question)


def policy(key: str, *, overrides: bool = True) -> str:
    """Return a policy with two roles, an operator and the factory's key."""
    return f"""\
bots: ["github-actions[bot]", "modelsmith[bot]", {BOT.email}]
roles:
  domain-owner:
    logins: [{EXPERT}]
    signers: [{{email: {EXPERT}@example.org, key: {public_key_of(EXPERT)}}}]
  legal:
    logins: [{APPROVER}]
    signers: [{{email: {APPROVER}@example.org, key: {public_key_of(APPROVER)}}}]
  operator:
    logins: [{OPERATOR}]
    signers: [{{email: {OPERATOR}@example.org, key: {public_key_of(OPERATOR)}}}]
channels:
  sandbox: {{roles: [domain-owner, legal], overrides: {str(overrides).lower()}}}
  production: {{roles: [domain-owner], providers: [anthropic, google, openai]}}
signers: [{{name: factory, kind: key, key: {key}}}]
branch: {{name: main, approvals: 1, checks: []}}
"""


class LearnedServingEngine:
    """Answers as the adapter learned; or, where it was made to forget, the contrary."""

    def __init__(self, release: LiveRelease, engines: LearningEngines, forgets: set[str]) -> None:
        self._version, self._forgets = release.request.version, forgets
        self._stack = ExitStack()
        digest = manifest_of(release.adapter).digest()
        opened = engines.open(release.model, release.adapter, digest)
        self.engine = self._stack.enter_context(opened)

    @property
    def identity(self) -> Mapping[str, str]:
        return self.engine.identity

    @property
    def is_well(self) -> bool:
        return True

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        return self.engine.next_tokens(prompts)

    async def stream(self, chat: Chat) -> AsyncGenerator[Said, None]:
        question = chat.prompt[-1].content
        if self._version in self._forgets:
            text = answer_to(question, right=False)
        else:
            (answer,) = self.engine.answers([chat.prompt], Sampling(max_tokens=200))
            text = answer.text
        yield Piece(text, ())
        yield End("stop", 10, len(text.split()))


class LearnedServingEngines:
    """Loads releases; a test makes the ones in `forgets` worse after they went live."""

    def __init__(self) -> None:
        self.forgets: set[str] = set()

    @contextmanager
    def open(self, release: LiveRelease) -> Iterator[LearnedServingEngine]:
        yield LearnedServingEngine(release, LearningEngines(LEARNED), self.forgets)


def parts(model: ModelSource, adapter: Path) -> Parts:
    """Return what is served, as a scripted engine would."""
    engines = LearningEngines(LEARNED)
    with engines.open(model, adapter, None) as engine:
        return engine.parts


class Lifecycle:
    """One channel of one repository on a forge.

    Args:
        site: The forge.
        setenv: Sets a variable for the rest of the test.
        said: Returns what was printed since it was asked last.
        policy_of: Returns the policy for a signer's public key.
    """

    def __init__(
        self,
        site: Site,
        setenv: Callable[[str, str], None],
        said: Callable[[], str],
        policy_of: Callable[[str], str] = policy,
    ) -> None:
        self.site, self._said = site, said
        key_file = site.root / "keys" / "factory.pem"
        self.given = policy_of(make_key(key_file))
        setenv(KEY_FILE, str(key_file))
        self.store = site.root / "store"
        self._merges({POLICY: self.given}, "Agree on who approves and who signs")
        self._exams = 0

    # What people and CI do

    def does(self, person: str, *words: str, code: int = 0) -> str:
        """Run a command in somebody's clone; return what it said."""
        self._said()
        ended = main(["--repo", str(clone_of(self.site, person)), *words])
        told = self._said()
        assert ended == code, (words, ended, told)
        return told

    def _merges(self, files: Mapping[str, str], message: str) -> None:
        folder = clone_of(self.site, EXPERT)
        git(folder, "checkout", "--quiet", "-B", BASE, f"origin/{BASE}")
        for path, content in files.items():
            write(folder, path, content)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", message)
        git(folder, "push", "--quiet", str(self.site.bare), BASE)

    def exam(self) -> Exam:
        """Return an exam that nobody has looked at yet: each look wants a version of its own."""
        self._exams += 1
        sizes = SIZES | {"train": SIZES["train"] + self._exams}  # other numbers, other questions
        return an_exam(sizes, a_benchmark(version=self._exams))

    def workshop(self, root: Path, run: str, skill: Callable[[int, str], float]) -> Workshop:
        """Return a run that nobody has walked yet."""
        return a_workshop(root, run=run, exam=self.exam(), skill=skill)

    def rechecks(self, run: str) -> None:
        """Decide again, blind, what judges decided; nothing where they decided nothing."""

    def grader(self) -> ScriptedJudge:
        """Return who decides what checks leave open while a release is live."""
        return ScriptedJudge()

    def walks(self, run: str, skill: Callable[[int, str], float] = LEARNED) -> str:
        """Walk a reviewed run on top of the default branch; return the branch it ends on."""
        root = self.site.root / f"walk-{run}"
        git(self.site.root, "clone", "--quiet", str(self.site.bare), root.name)
        write(root, ".gitignore", ".venv/\n.modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
        workshop = self.workshop(root, run, skill)
        git(root, "add", "--all")
        who = ("-c", "user.name=writer", "-c", f"user.email={WRITER}")
        git(root, *who, "commit", "--quiet", "-m", f"Review run {run}")
        for name, value in (("user.name", BOT.name), ("user.email", BOT.email)):
            git(root, "config", name, value)
        git(root, "push", "--quiet", "origin", BASE)
        branch = f"modelsmith/{run}/walk"
        git(root, "checkout", "--quiet", "-b", branch)
        ended = workshop.go()
        assert ended.event in {Event.STAGED, Event.REFUSED}, ended
        shutil.copytree(root / ".modelsmith" / "store", self.store, dirs_exist_ok=True)
        promote = f"modelsmith/{run}/promote"
        branches = [branch]
        if git(root, "branch", "--list", promote):
            branches.append(promote)
        git(root, "push", "--quiet", str(self.site.bare), *branches)
        return promote

    def offers(self, run: str) -> int:
        """Open the draft of a staged run's promotion; return its number."""
        forge = self.site.forge(FACTORY)
        pull = forge.offer(
            f"modelsmith/{run}/promote",
            base=BASE,
            title=f"Promote {run}",
            body="",
            is_draft=True,
            labels=("promotion",),
        )
        return pull.number

    def approves(self, person: str, number: int) -> str:
        """Approve a promotion with one's own key."""
        return self.does(person, "promotion", "approve", str(number), "--key", str(key_of(person)))

    def rejects(self, person: str, number: int, reason: str) -> None:
        """Ask for changes to a promotion."""
        self.does(person, "promotion", "reject", str(number), "--reason", reason)

    def overrides(self, run: str, reason: str) -> str:
        """Overrule the gate for a run that it refused, as the operator."""
        folder = clone_of(self.site, OPERATOR)
        git(folder, "config", "user.email", f"{OPERATOR}@example.org")
        walk = f"modelsmith/{run}/walk"
        git(folder, "checkout", "--quiet", "-B", walk, f"origin/{walk}")
        words = ("promotion", "override", run, "--reason", reason)
        return self.does(OPERATOR, *words, "--key", str(key_of(OPERATOR)))

    def promotes(self, run: str) -> int:
        """Walk, offer, approve and merge; return the pull request's number."""
        self.walks(run)
        number = self.offers(run)
        self.rechecks(run)
        for person in (EXPERT, APPROVER):
            self.approves(person, number)
        told = self.does(FACTORY, "promotion", "merge", "--all")
        assert told.startswith(f"pull request {number} merged: adtech-tiny {run}-1 is live"), told
        return number

    def audits(self, *what: str) -> list[dict[str, Any]]:
        """Return what auditing releases finds in a new clone of an auditor's own."""
        shutil.rmtree(self.site.root / "clones" / "auditor", ignore_errors=True)
        folder = clone_of(self.site, "auditor")
        git(folder, "checkout", "--quiet", "--detach", f"origin/{BASE}")
        told = self.does("auditor", "audit", "promotion", *what, "--format", "json")
        found: list[dict[str, Any]] = json.loads(told)
        return found

    def is_clean(self) -> bool:
        """Return whether a new clone holds up: every record, and every release ever sealed."""
        sealed = self.audits()
        holds = bool(sealed) and all(one["holds"] for one in sealed)
        return holds and CLEAN in self.does("auditor", "audit")

    # What machines do

    def releases(
        self,
        *,
        weights: WeightsOnDisk | Literal["own"] | None = "own",
        opening: Callable[[], None] = lambda: None,
    ) -> VerifiedReleases:
        """Return what reads verified releases in CI's clone."""
        folder = clone_of(self.site, FACTORY)

        def opened() -> GitHistory:
            opening()
            return GitHistory(folder)

        return VerifiedReleases(
            BranchOfRecord(Git(folder)).commit,
            opened,
            signatures(folder),
            WeightsOnDisk(ContentStore(self.store), parts) if weights == "own" else weights,
        )

    @contextmanager
    def served(self) -> Iterator["Served"]:
        """Serve the channel over HTTP."""
        serving_engines, log = LearnedServingEngines(), ListLog()
        follower = ChannelFollower(
            "sandbox", self.releases(), serving_engines, SystemClock(), log.tell
        )
        with listening(follower) as port:
            yield Served(self, follower, serving_engines, log, port)
        follower.close()


class Served:
    """A server of the channel, and who watches it."""

    def __init__(
        self,
        life: Lifecycle,
        follower: ChannelFollower,
        serving_engines: LearnedServingEngines,
        log: ListLog,
        port: int,
    ) -> None:
        self.life, self.follower, self.serving_engines, self.log = (
            life,
            follower,
            serving_engines,
            log,
        )
        self.url = f"http://127.0.0.1:{port}"

    def follows(self) -> str:
        """Look at the channel once; return the version that is served then."""
        self.follower.check()
        release = self.follower.health().release
        return release.version if release else f"none: {self.log.words}"

    def watched(self, rounds: int, only: Part | None = None) -> list[Watched | ModelsmithError]:
        """Ask the canary of the server, and do what follows or a half of it."""
        folder = clone_of(self.life.site, FACTORY)
        forge = self.life.site.forge(FACTORY)
        watch = Watch(
            channel="sandbox",
            releases=self.life.releases(),
            canary_target=HttpCanaryTarget(self.url),
            canary_grader=self.life.grader(),
            reverter=Reverter(
                forge=forge,
                read=GitReading(folder).read,
                signer=revert_signer(folder, "sandbox"),
            ),
            clock=Hourly(),
            only=only,
        )
        found = []
        for one in watch_rounds(watch, rounds=rounds, pause=lambda: None, goes_on=False):
            found.append(one)
            if isinstance(one, Watched) and one.outcome == "reverted":
                break
        return found


class Hourly:
    """A clock that moves on an hour each time it is looked at."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        self._now += timedelta(hours=1)
        return self._now

    def elapsed_s(self) -> float:
        return 0.0
