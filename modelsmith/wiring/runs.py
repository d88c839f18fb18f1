"""One repository's runs.

What left for the runs of a repository.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.layout import LEDGER, RUNS, SETTINGS, STATE, run_folder, settings_path
from modelsmith.run.config import RunConfig
from modelsmith.wiring.exams import exam_folder, labelled_answers
from modelsmith.wiring.store import content_store, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelsmith.boundary.egress_report import Exposure
    from modelsmith.exam.family import Families
    from modelsmith.loop.phases.intake import Machine
    from modelsmith.loop.replay import Replayed
    from modelsmith.loop.shared_run import SharedRun
    from modelsmith.loop.status import RunStatus
    from modelsmith.loop.stepper import Stepper
    from modelsmith.run.clusters import Cluster
    from modelsmith.run.context import RunPorts
    from modelsmith.run.files.run_folder import DiskRunFolder
    from modelsmith.run.files.training_progress import FileBulletin
    from modelsmith.run.ledger import Entry

RUN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Form of a run's name: a part of branch names and of versions (promotion/record.py, Lineage)."""

ALONE = (
    "no remote store is configured: what this machine trains, no other one has "
    "(modelsmith store --help)"
)


class Runs:
    """One repository's runs, with every port connected.

    Args:
        repository: Its top folder.
        quiet: Whether to show no progress.
    """

    def __init__(self, repository: Path, *, quiet: bool = False) -> None:
        """Know the repository; nothing is read yet."""
        self._repository = repository
        self._state = repository / STATE
        self._quiet = quiet

    def folder(self, run: str) -> "DiskRunFolder":
        """Return the folder of a run.

        Raises:
            UsageError: the name is a path, or the folder holds neither run.yaml nor a ledger.
        """
        from modelsmith.run.files.run_folder import DiskRunFolder

        _require_name(run)
        path = self._repository / run_folder(run)
        if not any((path / name).exists() for name in (SETTINGS, LEDGER)):
            known = sorted(p.parent.name for p in path.parent.glob(f"*/{SETTINGS}"))
            raise UsageError(
                f"{settings_path(run)} is not there",
                remedy=f"Runs here: {', '.join(known) or 'none'}. `modelsmith run new` writes one.",
            )
        return DiskRunFolder(path)

    def scaffold(self, run: str, benchmark: str) -> str:
        """Write run.yaml of a new run, every setting at its default, and return its path.

        Raises:
            UsageError: the name cannot be a run's, or the run has a run.yaml.
        """
        from modelsmith.run.config_template import run_scaffold
        from modelsmith.run.files.config_file import write_new

        _require_name(run)
        return write_new(self._repository, run, run_scaffold(run, benchmark))

    def config(self, run: str) -> RunConfig:
        """Return the settings of a run.

        Raises:
            InputError: run.yaml's fault, with every problem located.
        """
        from modelsmith.disk.repository_files import load

        self.folder(run)
        return load(self._repository, settings_path(run), RunConfig)

    def start(self, run: str) -> "Entry":
        """Write the intake of a run, or return the one that is there.

        Raises:
            InputError: run.yaml, the benchmark or its families are wrong, located.
            BlockedError: this machine cannot do the run, with the figures, or a judge that it
                names has not passed the exam.
            HostedError: a hosted model that it names has no key in the environment.
        """
        from modelsmith.boundary.litellm.library import require_keys
        from modelsmith.exam.families.variants import families_in
        from modelsmith.loop.phases import intake
        from modelsmith.run.files.config_file import hosted_of, settled
        from modelsmith.wiring.hosted import price_of
        from modelsmith.wiring.judges import bench_at, providers_at

        folder = self.folder(run)
        if entries := folder.entries():
            return intake.resume(run, entries[0], folder.read(SETTINGS))
        config, cluster = settled(self._repository, run, price_of)
        hosted = hosted_of(self._repository, config, price_of)
        require_keys(hosted.models, os.environ)
        bench = bench_at(self._repository, config, hosted)
        content = folder.read(SETTINGS)
        exam = self._exam(config).exam()
        families = families_in(self._repository, exam.benchmark)
        sheets = labelled_answers(self._repository, exam)
        snapshot = intake.snapshot_of(exam, families, sheets, config.evaluation.variants)
        tools = self._tools(run, config, families)
        return intake.start(
            tools,
            config,
            content,
            snapshot,
            self._machine(config, cluster, tools),
            hosted,
            bench,
            providers_at(self._repository, config),
        )

    @property
    def repository(self) -> Path:
        """The repository's top folder."""
        return self._repository

    def tools(self, run: str) -> "RunPorts":
        """Return what a run works with on this machine.

        Raises:
            InputError: run.yaml, the benchmark or its families are wrong, located.
        """
        from modelsmith.exam.families.variants import families_in

        config = self.config(run)
        families = families_in(self._repository, self._exam(config).benchmark())
        return self._tools(run, config, families)

    def stepper(self, run: str) -> "Stepper":
        """Return what steps a run on this machine."""
        return self._stepper(run, is_shared=False)

    def shared(self, run: str) -> "SharedRun":
        """Return what steps a run that other machines may step too.

        Raises:
            UsageError: the name cannot be a run's.
        """
        from modelsmith.loop.shared_run import SharedRun
        from modelsmith.run.files.run_folder import DiskRunFolder
        from modelsmith.run.git.branch_sync import GitUpstream
        from modelsmith.run.git.repository import GitRepository

        _require_name(run)
        return SharedRun(
            folder=DiskRunFolder(self._repository / run_folder(run)),
            repository=GitRepository(self._repository),
            upstream=GitUpstream(self._repository),
            start=lambda: self.start(run),
            stepper=lambda: self._stepper(run, is_shared=True),
        )

    def _stepper(self, run: str, *, is_shared: bool) -> "Stepper":
        from modelsmith.loop.stepper import Stepper
        from modelsmith.run.git.sealed_attempts import SealedLooks

        looks, tools = SealedLooks(self._repository, is_shared=is_shared), self.tools(run)
        cluster = self.config(run).cluster
        if is_shared and content_store(self._repository, cluster, quiet=True).remote is None:
            tools.progress.say(ALONE)
        return Stepper(tools, looks)

    def status(self, run: str) -> "RunStatus":
        """Return where a run is."""
        from modelsmith.loop.egress_reader import held_in
        from modelsmith.loop.status import status_of

        folder, config = self.folder(run), self.config(run)
        entries, live = folder.entries(), self._bulletin(run).words()
        over = self._overridden(run, config, entries)
        return status_of(run, config, entries, live, held_in(folder), over)

    def _overridden(self, run: str, config: RunConfig, entries: "Sequence[Entry]") -> str:
        """Return who overrode the gate's no, as the work tree has it; nothing where nobody did."""
        from modelsmith.promotion.approval.override import overridden_words
        from modelsmith.promotion.bundle import OVERRIDE

        version = f"{run}-{entries[-1].iteration if entries else 0}"
        path = self._repository / "promotions" / config.specialist / version / OVERRIDE
        return overridden_words(path.read_bytes() if path.is_file() else None)

    def replayed(self, run: str) -> "Replayed":
        """Return what replaying a run finds."""
        from modelsmith.loop.replay import replay

        return replay(self.folder(run), lambda: self.config(run))

    def _exam(self, config: RunConfig) -> ExamFolder:
        return exam_folder(self._repository, config.benchmark)

    def _bulletin(self, run: str) -> "FileBulletin":
        from modelsmith.disk.clock import SystemClock
        from modelsmith.run.files.training_progress import FileBulletin

        return FileBulletin(self._state / "work" / run / "progress", SystemClock())

    def _tools(self, run: str, config: RunConfig, families: "Families") -> "RunPorts":
        from modelsmith.boundary.isolation.process_firewall import ProcessWall
        from modelsmith.boundary.litellm.library import require_keys
        from modelsmith.disk.clock import SystemClock
        from modelsmith.models.transformers.engine import TransformersEngines
        from modelsmith.models.transformers.local_models import LocalModels
        from modelsmith.run.context import RunPorts
        from modelsmith.run.files.answer_cache import FileCache, SharedCache
        from modelsmith.run.files.training_progress import FileWorkspace
        from modelsmith.run.git.repository import GitRepository
        from modelsmith.run.phase_client import PhaseOutbound, asked_in
        from modelsmith.training.isolated_engines import WalledEngines, WalledTrainer
        from modelsmith.training.trl.trainer import TrlTrainer
        from modelsmith.wiring.hosted import hosted_models

        clock, models = SystemClock(), LocalModels(self._repository)
        store = content_store(self._repository, config.cluster, quiet=self._quiet)
        wall = ProcessWall(clock, store.remote.hosts if store.remote else ())
        local = FileCache(self._state / "cache" / "answers")
        cache = SharedCache(local, store.remote) if store.remote else local
        folder, shown = self.folder(run), progress(quiet=self._quiet)
        return RunPorts(
            engines=WalledEngines(TransformersEngines(models, config.quantisation, clock), wall),
            trainer=WalledTrainer(TrlTrainer(models, config.quantisation, clock), wall),
            store=store,
            cache=cache,
            folder=folder,
            clock=clock,
            progress=shown,
            families=families,
            repository=GitRepository(self._repository),
            bulletin=self._bulletin(run),
            workspace=FileWorkspace(self._state / "work" / run),
            outbound=PhaseOutbound(hosted_models(), cache, folder, wall, clock, shown),
            wall=wall,
            ready=lambda case: require_keys(asked_in(case), os.environ),
        )

    def _machine(self, config: RunConfig, cluster: "Cluster", tools: "RunPorts") -> "Machine":
        from modelsmith.loop.phases.intake import Machine
        from modelsmith.models.transformers.hardware import hardware_at
        from modelsmith.models.transformers.local_models import LocalModels

        models = LocalModels(self._repository)
        return Machine(
            hardware=hardware_at(self._state),
            cluster=cluster,
            model_sha256=models.located(config.model).sha256,
            shape=models.shape(config.model),
            commit=tools.repository.head(),
        )


def _require_name(run: str) -> None:
    if not RUN_NAME.fullmatch(run):
        raise UsageError(
            f"{run!r} is no run's name",
            remedy="Name a folder under runs/: lower-case letters, digits and hyphens, at most "
            "40; the specialist's version and its git branches carry the name.",
        )


def exposures(repository: Path, run: str | None) -> "tuple[Exposure, ...]":
    """Return everything that left for one run, or for each run that was started here, by name.

    Raises:
        UsageError: there is no such run, or it has not been started.
        BrokenRecordError: a ledger or a journal was altered.
    """
    from modelsmith.loop.egress_reader import exposed

    started = sorted(path.parent.name for path in (repository / RUNS).glob(f"*/{LEDGER}"))
    factory = Runs(repository, quiet=True)
    return tuple(exposed(factory.folder(name)) for name in (started if run is None else [run]))
