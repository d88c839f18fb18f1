"""A run on a tiny exam, with a scripted model that gets better with each adapter.

The scripted model reads the question as a person would: it looks up the tell in the table and
says what follows from it. How often it does so, and not the contrary, is its skill, and its skill
is a function of how many trainings its adapter stands on.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import NoReturn, Protocol

from modelsmith.boundary.hosted_model import Hosted
from modelsmith.disk.console import NoProgress
from modelsmith.exam.benchmark import Benchmark, Exam, ExamSnapshot
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.family import Families
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import OutcomeType, Scenario
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.loop.phases import intake
from modelsmith.loop.replay import Replayed, replay
from modelsmith.loop.shared_run import SharedRun
from modelsmith.loop.stepper import Stepper
from modelsmith.models.generation import Prompt, Sampling
from modelsmith.models.memory_plan import Gpu, Hardware, ModelShape
from modelsmith.models.source import ModelSource
from modelsmith.run.clusters import Cluster
from modelsmith.run.config import RunConfig
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.files.answer_cache import FileCache
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.files.training_progress import FileTrainingProgress, FileWorkspace
from modelsmith.run.git.branch_sync import GitUpstream
from modelsmith.run.git.repository import GitRepository
from modelsmith.run.git.sealed_attempts import GitSealedAttempts
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import Claimant
from modelsmith.store.files.content_store import ContentStore
from modelsmith.training.curriculum import Trained
from modelsmith.training.port import TellStep, TrainingJob
from tests.support.clock import FixedClock
from tests.support.engines import ScriptedEngine, ScriptedEngines, ScriptedTrainer
from tests.support.families import ScriptedFamilies, asked
from tests.support.scenarios import ALL_CLEAR, PROBLEMS, TELLS, a_benchmark
from tests.support.walls import OpenWall

TYPES, CATEGORIES = tuple(OutcomeType), tuple(PROBLEMS)
SYLLABLES = ("ba", "ko", "ri", "mu", "te", "lo", "vi", "sa", "ne", "du")
SIZES = {"train": 6, "steer": 8, "sealed": 12}
"""Scenarios a split: the gate asks for twelve sealed families, three of each outcome type."""

LEARNS = (0.05, 0.6, 1.0)
"""Skill of the untouched model, after one training, after two and more: converged in round 2."""

Skill = Callable[[int, str], float]
"""(trainings, question) -> share of such questions that are answered right."""


class AnswersTo(Protocol):
    """Returns what is answered to a question."""

    def __call__(self, question: str, *, right: bool) -> str: ...


# The exam


def word(number: int) -> str:
    """Return a word that no other number has."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:03d}")


def an_exam(sizes: Mapping[str, int] = SIZES, benchmark: Benchmark | None = None) -> Exam:
    """Return an exam whose scenarios share no words but the commonest."""
    splits: dict[str, list[Scenario]] = {}
    number = 0
    for split, size in sizes.items():
        splits[split] = []
        for place in range(size):
            number += 1
            name = f"{split}_{word(number)}".upper()
            words = " ".join(word(number * 3 + at + 500) for at in range(3))
            description = f"{split.capitalize()} desk: {words}."
            kind, category = TYPES[place % 4], CATEGORIES[(place // 4) % 3]
            splits[split].append(asked(name, kind, category, description, first=20 + 17 * number))
    return Exam(
        benchmark=benchmark or a_benchmark(),
        **{split: tuple(sorted(one, key=lambda s: s.id)) for split, one in splits.items()},
    )


def a_snapshot(
    exam: Exam | None = None, variants: int = 2, families: Families | None = None
) -> ExamSnapshot:
    """Return the exam with the variants that are asked."""
    chosen = exam or an_exam()
    drawn_by = families or families_of(chosen)
    return intake.snapshot_of(chosen, drawn_by, sheets_of(chosen), variants)


def families_of(exam: Exam) -> ScriptedFamilies:
    """Return a family for each scenario of the exam."""
    return ScriptedFamilies((*exam.train, *exam.steer, *exam.sealed))


# What people labelled


ENOUGH = 18
"""Pairs of answers that certify checks which never err, whatever the rubric."""


def sheets_of(exam: Exam) -> tuple[ExamSheet, ...]:
    """Return labelled answers to each train scenario: enough to certify checks.

    All are wrong, a right one without its verdict among them, so that there is none to learn from.
    """
    pairs = max(3, ceil(ENOUGH / max(1, len(exam.train))))
    return tuple(_sheet(exam.benchmark, scenario, pairs) for scenario in exam.train)


def _sheet(benchmark: Benchmark, scenario: Scenario, pairs: int) -> ExamSheet:
    asked = question(benchmark, scenario)
    right, wrong = (answer_to(asked, right=is_right) for is_right in (True, False))
    texts = [right.partition("VERDICT:")[0], wrong]
    answers = []
    for number in range(1, 2 * pairs + 1):
        text = f"{texts[number % 2]}\nNOTE: reading {number} of the same table."
        found = {
            key: finding_of(c.check, text, FREE_TEXT).outcome if c.check else Outcome.NOT_MET
            for key, c in scenario.criteria().items()
        }
        kind = AnswerKind.PLAUSIBLE_WRONG
        answers.append(ExamAnswer(id=f"W{number}", kind=kind, text=text, labels=found))
    return ExamSheet(scenario=scenario.id, answers=tuple(answers))


# The model


def learning(*skills: float) -> Skill:
    """Return the skill that grows with each training; the last one stays."""
    return lambda trainings, _: skills[min(trainings, len(skills) - 1)]


def answer_to(question: str, *, right: bool) -> str:
    """Return what follows from the table in `question`, or the contrary."""
    category = question.split(",", 1)[0]
    if category not in TELLS:
        return "I cannot say."  # no question of this exam
    tell = TELLS[category]
    (series,) = re.findall(rf"^{tell}: (.+)$", question, re.MULTILINE)
    first, *_, last = (float(figure.replace(",", "")) for figure in series.split())
    flagged = (last > 2 * first) is right
    label, says, recommends = PROBLEMS[category] if flagged else ALL_CLEAR
    return (
        f"FINDING: {says}.\nEVIDENCE: {tell} went from {first:g} to {last:.0f}.\n"
        f"ACTION: {recommends}.\nVERDICT: {label}"
    )


class LearningEngines(ScriptedEngines):
    """Opens a model that answers with the skill of its adapter."""

    def __init__(
        self, skill: Skill, *, fails_at: int = 0, answers: AnswersTo | None = None
    ) -> None:
        super().__init__(fails_at=fails_at)
        self._skill = skill
        self._answers = answers or answer_to

    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator[ScriptedEngine]:
        trainings = trainings_of(adapter)

        def says(prompt: Prompt, _: str, sampling: Sampling) -> str:
            question = prompt[-1].content
            drawn = f"{question}{sampling.seed if sampling.temperature else ''}"
            luck = int(hashlib.sha256(drawn.encode()).hexdigest()[:8], 16) / 2**32
            return self._answers(question, right=luck < self._skill(trainings, question))

        self._says = says
        with super().open(model, adapter, adapter_sha256) as engine:
            yield engine


class CountingTrainer(ScriptedTrainer):
    """Writes into each adapter how many trainings it stands on."""

    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        done, folder = super().train(job, tell)
        file = folder / "adapter_config.json"
        settings = json.loads(file.read_text()) | {"trainings": trainings_of(job.start) + 1}
        file.write_text(json.dumps(settings))
        return done, folder


def trainings_of(adapter: Path | None) -> int:
    """Return how many trainings an adapter stands on."""
    if adapter is None:
        return 0
    found: int = json.loads((adapter / "adapter_config.json").read_text())["trainings"]
    return found


# The run


def a_config(**changes: object) -> RunConfig:
    """Return settings under which the whole loop takes a fraction of a second."""
    fields: dict[str, object] = {
        "benchmark": "adtech",
        "specialist": "adtech-tiny",
        "model": {"name": "tiny", "path": "tiny"},
        "training": {"variants": 2, "replay": 0.5, "batch": 4, "samples": 2},
        "evaluation": {"variants": 2, "batch": 8, "votes": 3, "maxTokens": 64},
        "budgets": {"iterations": 3},
    }
    return RunConfig.model_validate_json(json.dumps(fields | changes))


def a_machine(  # noqa: PLR0913 - a builder names what a test may vary
    commit: str,
    *,
    gpus: int = 0,
    cluster_gpus: int = 0,
    free_gib: float = 16,
    cluster_gib: float = 64,
    price_usd_per_hour: float = 0.0,
) -> intake.Machine:
    """Return a machine and the cluster that a run names."""
    gib = 2**30
    return intake.Machine(
        hardware=Hardware(
            cores=2,
            processor="scripted",
            bf16=True,
            memory_bytes=32 * gib,
            memory_available_bytes=int(free_gib * gib),
            disk_free_bytes=64 * gib,
            gpus=(Gpu(name="scripted", memory_bytes=24 * gib),) * gpus,
        ),
        cluster=Cluster(
            name="local-cpu",
            labels=(),
            gpus=cluster_gpus,
            memory_gib=cluster_gib,
            price_usd_per_hour=price_usd_per_hour,
        ),
        model_sha256="a" * 64,
        shape=ModelShape(
            layers=2, hidden=64, intermediate=128, key_value=32, vocabulary=512, is_tied=True
        ),
        commit=commit,
    )


class OthersLooked(GitSealedAttempts):
    """The looks of the runs here, and some of runs elsewhere."""

    def __init__(self, repository: Path, elsewhere: int, *, is_shared: bool = False) -> None:
        super().__init__(repository, is_shared=is_shared)
        self._elsewhere = elsewhere

    def before(self, sealed_version: str, claimant: Claimant) -> int:
        return super().before(sealed_version, claimant) + self._elsewhere


@dataclass
class Workshop:
    """One run in a repository of its own, with everything connected."""

    root: Path
    tools: RunPorts
    config: RunConfig
    snapshot: ExamSnapshot
    engines: ScriptedEngines
    trainer: ScriptedTrainer
    looks: int = 0
    """Sealed looks that other runs of the repository have had."""
    hosted: Hosted = field(default_factory=Hosted)
    """What the run may ask beyond its machine."""
    certified_judges: CertifiedJudges = field(default_factory=CertifiedJudges)
    """Its judges with what they did on the exam."""
    providers: tuple[str, ...] = ()
    """Whose models production asks for."""

    @property
    def folder(self) -> Path:
        return self.root / "runs" / self.tools.folder.name

    def start(self, machine: intake.Machine | None = None) -> Entry:
        chosen = machine or a_machine(self.tools.repository.head())
        content = self.tools.folder.read("run.yaml")
        return intake.start(
            self.tools,
            self.config,
            content,
            self.snapshot,
            chosen,
            self.hosted,
            self.certified_judges,
            self.providers,
        )

    def stepper(self) -> Stepper:
        return Stepper(self.tools, OthersLooked(self.root, self.looks))

    def go(self) -> Entry:
        self.start()
        return self.stepper().go()

    def shared(self) -> SharedRun:
        """Return what steps the run when other clones of its upstream may step it too."""
        looks = OthersLooked(self.root, self.looks, is_shared=True)
        return SharedRun(
            folder=self.tools.folder,
            repository=self.tools.repository,
            upstream=GitUpstream(self.root),
            start=self.start,
            stepper=lambda: Stepper(self.tools, looks),
        )

    def steps(self, count: int) -> Entry:
        """Start, and take `count` steps."""
        entry = self.start()
        for _ in range(count):
            entry = self.stepper().step()
        return entry

    def entries(self) -> Sequence[Entry]:
        return self.tools.folder.entries()

    def events(self) -> list[str]:
        return [entry.event.value for entry in self.entries()]

    def replay(self) -> Replayed:
        return replay(self.tools.folder, lambda: self.config)


def a_workshop(  # noqa: PLR0913 - a builder names what a test may vary
    root: Path,
    *,
    run: str = "tiny",
    skill: Skill = learning(*LEARNS),  # noqa: B008 - a pure function
    engines: ScriptedEngines | None = None,
    trainer: ScriptedTrainer | None = None,
    exam: Exam | None = None,
    families: Families | None = None,
    **settings: object,
) -> Workshop:
    """Return a run that has not been started; a second call on `root` finds what the first left."""
    chosen, config = exam or an_exam(), a_config(**settings)
    git_repository(root)
    state, folder = root / ".modelsmith", root / "runs" / run
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.yaml").write_bytes(config.canonical())
    engines, trainer = engines or LearningEngines(skill), trainer or CountingTrainer()
    tools = RunPorts(
        engines=engines,
        trainer=trainer,
        store=ContentStore(state / "store"),
        cache=FileCache(state / "cache" / "answers"),
        folder=DiskRunFolder(folder),
        clock=FixedClock(),
        progress=NoProgress(),
        families=families or families_of(chosen),
        repository=GitRepository(root),
        training_progress=FileTrainingProgress(state / "work" / run / "progress", FixedClock()),
        workspace=FileWorkspace(state / "work" / run),
        outbound=nowhere,
        wall=OpenWall(),
    )
    return Workshop(
        root=root,
        tools=tools,
        config=config,
        snapshot=a_snapshot(chosen, config.evaluation.variants, families),
        engines=engines,
        trainer=trainer,
    )


def nowhere(case: PhaseContext) -> NoReturn:
    """Refuse to ask anybody: a run that names no hosted model never comes to it."""
    raise AssertionError(f"{case.run} asked a hosted model and names none")


def git_repository(root: Path) -> None:
    """Make `root` a git repository with one commit, the same commit everywhere."""
    if (root / ".git").exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    when = {"GIT_AUTHOR_DATE": "2025-11-03T08:00:00Z", "GIT_COMMITTER_DATE": "2025-11-03T08:00:00Z"}
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    subprocess.run(
        ["git", *person, "commit", "-q", "--allow-empty", "-m", "Begin"],
        cwd=root,
        check=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(root), **when},
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its path, locks left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {".lock", ".holder"}
    }
