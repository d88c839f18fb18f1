"""One repository's runs: stepped and shown, what left for them, and the blind recheck of one."""

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.boundary.litellm.library import price_of, require_keys
from modelsmith.disk.clock import SystemClock
from modelsmith.disk.repository_files import load
from modelsmith.errors import BrokenRecordError, InputError, UsageError
from modelsmith.exam.family import Families
from modelsmith.exam.files.benchmark_folder import ExamFolder, input_place, places_of
from modelsmith.judges.recheck import Recheck, RecheckSheet
from modelsmith.layout import LEDGER, RUNS, SETTINGS, STATE, run_folder, settings_path
from modelsmith.run.config import RunConfig
from modelsmith.run.files.training_progress import FileTrainingProgress, FileWorkspace
from modelsmith.run.git.repository import GitRepository
from modelsmith.run.ledger import Entry
from modelsmith.wiring.exams import labelled_answers
from modelsmith.wiring.store import content_store, progress

if TYPE_CHECKING:
    from modelsmith.boundary.egress_report import Exposure
    from modelsmith.loop.phases.intake_forecast import Forecast
    from modelsmith.loop.replay import Replayed
    from modelsmith.loop.shared_run import SharedRun
    from modelsmith.loop.status import RunStatus
    from modelsmith.loop.stepper import Stepper
    from modelsmith.run.context import RunPorts
    from modelsmith.run.files.run_folder import DiskRunFolder

RUN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Form of a run's name: a part of branch names and of versions (promotion/record.py, Lineage)."""

SHOWN = 5
"""Problems of a recheck's sheet that are told; one not filled in has a hundred of one kind."""

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
        self.repository = repository
        """The repository's top folder."""
        self._state = repository / STATE
        self._quiet = quiet

    def folder(self, run: str) -> "DiskRunFolder":
        """Return the folder of a run.

        Raises:
            UsageError: the name is a path, or the folder holds neither run.yaml nor a ledger.
        """
        from modelsmith.run.files.run_folder import DiskRunFolder

        _require_name(run)
        path = self.repository / run_folder(run)
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
        return write_new(self.repository, run, run_scaffold(run, benchmark))

    def config(self, run: str) -> RunConfig:
        """Return the settings of a run.

        Raises:
            InputError: run.yaml's fault, with every problem located.
        """
        self.folder(run)
        return load(self.repository, settings_path(run), RunConfig)

    def start(self, run: str) -> Entry:
        """Write the intake of a run, or return the one that is there.

        Raises:
            InputError: run.yaml, the benchmark or its families are wrong, or a scenario is too
                long for the model or a training row, located.
            BlockedError: this machine cannot do the run, with the figures, or a judge that it
                names has not passed the exam.
            HostedError: a hosted model that it names has no key in the environment.
        """
        from modelsmith.exam.all_variants import AllVariants
        from modelsmith.exam.families.variants import families_in
        from modelsmith.loop.phases import intake
        from modelsmith.loop.phases.prompt_length import TokenLimits, refuse_too_long
        from modelsmith.models.transformers.hardware import hardware_at
        from modelsmith.models.transformers.local_models import LocalModels
        from modelsmith.models.transformers.token_count import token_counter
        from modelsmith.run.files.config_file import hosted_of, settled
        from modelsmith.wiring.exam_checks import refuse_faulty_exam
        from modelsmith.wiring.judges import certified_judges_at, providers_at

        folder = self.folder(run)
        if entries := folder.entries():
            return intake.resume(run, entries[0], folder.read(SETTINGS))
        config, cluster = settled(self.repository, run, price_of)
        models = LocalModels(self.repository)
        hosted = hosted_of(self.repository, config, price_of, models.identity)
        require_keys(hosted.models, os.environ)
        certified_judges = certified_judges_at(self.repository, config, hosted)
        intake.refuse_unexamined(
            config, certified_judges, SystemClock().now()
        )  # before the run's model is unpacked
        content = folder.read(SETTINGS)
        refuse_faulty_exam(self.repository, config.benchmark)
        folder_of_exam = ExamFolder(self.repository, config.benchmark)
        exam = folder_of_exam.exam()
        families = AllVariants(exam.benchmark, families_in(self.repository, exam.benchmark))
        sheets = labelled_answers(self.repository, exam)
        snapshot = intake.snapshot_of(exam, families, sheets, config.evaluation.variants)
        ports = self._ports(run, config, families)
        count = token_counter(models.located(config.model).folder)
        refuse_too_long(
            config,
            snapshot,
            TokenLimits(count, models.window(config.model)),
            partial(input_place, self.repository, folder_of_exam),
        )
        machine = intake.Machine(
            hardware=hardware_at(self._state),
            cluster=cluster,
            model_sha256=models.located(config.model).sha256,
            shape=models.shape(config.model),
            commit=ports.repository.head(),
        )
        return intake.start(
            ports,
            config,
            content,
            snapshot,
            machine,
            hosted,
            certified_judges,
            providers_at(self.repository, config),
        )

    def ports(self, run: str) -> "RunPorts":
        """Return what a run works with on this machine.

        Raises:
            InputError: run.yaml, the benchmark or its families are wrong, located.
        """
        from modelsmith.exam.all_variants import AllVariants
        from modelsmith.exam.families.variants import families_in

        config = self.config(run)
        benchmark = ExamFolder(self.repository, config.benchmark).benchmark()
        families = AllVariants(benchmark, families_in(self.repository, benchmark))
        return self._ports(run, config, families)

    def shared(self, run: str) -> "SharedRun":
        """Return what steps a run that other machines may step too.

        Raises:
            UsageError: the name cannot be a run's.
        """
        from modelsmith.loop.shared_run import SharedRun
        from modelsmith.run.files.run_folder import DiskRunFolder
        from modelsmith.run.git.branch_sync import GitUpstream

        _require_name(run)
        return SharedRun(
            folder=DiskRunFolder(self.repository / run_folder(run)),
            repository=GitRepository(self.repository),
            upstream=GitUpstream(self.repository),
            start=lambda: self.start(run),
            stepper=lambda: self.stepper(run, is_shared=True),
        )

    def stepper(self, run: str, *, is_shared: bool = False) -> "Stepper":
        """Return what steps a run on this machine, which other machines may step too."""
        from modelsmith.loop.stepper import Stepper
        from modelsmith.run.git.sealed_attempts import GitSealedAttempts

        attempts, ports = GitSealedAttempts(self.repository, is_shared=is_shared), self.ports(run)
        cluster = self.config(run).cluster
        if is_shared and content_store(self.repository, cluster, quiet=True).remote is None:
            ports.progress.say(ALONE)
        return Stepper(ports, attempts)

    def forecast(self, run: str) -> "Forecast | None":
        """Return what a run lacks as it begins; none before that, and once it has done anything.

        Raises:
            BrokenRecordError: its intake was altered.
        """
        from modelsmith.loop.phases.context_history import context_of
        from modelsmith.loop.phases.intake_forecast import forecast_of
        from modelsmith.loop.phases.promote import claimant_of
        from modelsmith.run.git.sealed_attempts import GitSealedAttempts

        folder = self.folder(run)
        if len(folder.entries()) != 1:
            return None
        context = context_of(folder)
        exam = ExamFolder(self.repository, context.config.benchmark)

        def place_of(scenario: str, key: str) -> str:
            named = places_of(self.repository, exam, [(scenario, key)])
            return named.get((scenario, key), f"{scenario}/{key}")

        version = context.snapshot.sealed_version()
        try:
            before = GitSealedAttempts(self.repository).before(version, claimant_of(context))
        except BrokenRecordError:
            before = None  # another run's ledger: its own commands say so
        input_of = partial(input_place, self.repository, exam)
        return forecast_of(context, before, place_of, input_of, exam.drafts())

    def status(self, run: str, forecast: "Forecast | None" = None) -> "RunStatus":
        """Return where a run is, and who overrode the gate's no, as the work tree has it.

        Args:
            run: Its name.
            forecast: What it lacks as it begins, where that is to be said.
        """
        from modelsmith.loop.egress_reader import held_in
        from modelsmith.loop.status import status_of
        from modelsmith.promotion.approval.override import overridden_words
        from modelsmith.promotion.bundle import OVERRIDE

        folder, config = self.folder(run), self.config(run)
        entries, live = folder.entries(), self._training_progress(run).words()
        version = f"{run}-{entries[-1].iteration if entries else 0}"
        path = self.repository / "promotions" / config.specialist / version / OVERRIDE
        over = overridden_words(path.read_bytes() if path.is_file() else None)
        return status_of(run, config, entries, live, held_in(folder), over, forecast)

    def replayed(self, run: str) -> "Replayed":
        """Return what replaying a run finds."""
        from modelsmith.loop.replay import replay

        return replay(self.folder(run), lambda: self.config(run))

    def _training_progress(self, run: str) -> FileTrainingProgress:
        return FileTrainingProgress(self._state / "work" / run / "progress", SystemClock())

    def _ports(self, run: str, config: RunConfig, families: Families) -> "RunPorts":
        from modelsmith.boundary.isolation.process_firewall import ProcessWall
        from modelsmith.boundary.litellm.client import LitellmModels
        from modelsmith.models.transformers.engine import TransformersEngines
        from modelsmith.models.transformers.local_models import LocalModels
        from modelsmith.run.context import PhaseOutbound, RunPorts, asked_in
        from modelsmith.run.files.answer_cache import FileCache, SharedCache
        from modelsmith.training.isolated_engines import WalledEngines, WalledTrainer
        from modelsmith.training.trl.trainer import TrlTrainer
        from modelsmith.wiring.hosted import JUDGED_IN

        clock, models = SystemClock(), LocalModels(self.repository)
        store = content_store(self.repository, config.cluster, quiet=self._quiet)
        wall = ProcessWall(clock, store.remote.hosts if store.remote else ())
        local = FileCache(self._state / "cache" / "answers")
        cache = SharedCache(local, store.remote) if store.remote else local
        folder, shown = self.folder(run), progress(quiet=self._quiet)
        judges = WalledEngines(TransformersEngines(models, JUDGED_IN, clock), wall)
        return RunPorts(
            engines=WalledEngines(TransformersEngines(models, config.quantisation, clock), wall),
            trainer=WalledTrainer(TrlTrainer(models, config.quantisation, clock), wall),
            store=store,
            cache=cache,
            folder=folder,
            clock=clock,
            progress=shown,
            families=families,
            repository=GitRepository(self.repository),
            training_progress=self._training_progress(run),
            workspace=FileWorkspace(self._state / "work" / run),
            outbound=PhaseOutbound(LitellmModels(), cache, folder, wall, clock, shown, judges),
            wall=wall,
            ready=lambda context: require_keys(asked_in(context), os.environ),
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
    runs = Runs(repository, quiet=True)
    return tuple(exposed(runs.folder(name)) for name in (started if run is None else [run]))


def write_recheck(repository: Path, run: str) -> tuple[str, bool]:
    """Write the sheet of a blind recheck, and return where it lies, and whether it is new.

    A sheet that is there is left as it is: people may have begun to fill it in.

    Raises:
        UsageError: the run made no attempt, or too few answers differ.
    """
    from modelsmith.disk.atomic_write import write_whole
    from modelsmith.exam.benchmark import by_id
    from modelsmith.judges.recheck_sheet import recheck_sheet
    from modelsmith.loop.phases.recheck import rechecking

    asked = rechecking(Runs(repository, quiet=True).folder(run))
    file, snapshot = repository / asked.path, asked.context.snapshot
    if file.exists():
        return asked.path, False
    text = recheck_sheet(run, snapshot.benchmark, asked.answers, by_id(snapshot.sealed))
    write_whole(file, text.encode())
    return asked.path, True


def read_recheck(repository: Path, run: str) -> Recheck:
    """Return what people found in a blind recheck.

    Raises:
        UsageError: the run made no attempt, or too few answers differ.
        InputError: the sheet is not there, not filled in, or not the one that was drawn.
    """
    from modelsmith.loop.phases.recheck import rechecked, rechecking

    asked = rechecking(Runs(repository, quiet=True).folder(run))
    if not (repository / asked.path).exists():
        raise InputError(
            f"{asked.path} is not there",
            remedy=f"Write it with `modelsmith judge audit {run}`, and have somebody fill it in.",
        )
    try:
        sheet = load(repository, asked.path, RecheckSheet)
    except InputError as error:
        more = len(error.problems) - SHOWN
        if more <= 0:
            raise
        raise InputError(
            f"{asked.path} cannot be used:",
            problems=[*error.problems[:SHOWN], f"and {more} more"],
            remedy="Write met or not_met behind each criterion's id; change nothing else.",
        ) from None
    return rechecked(asked, sheet)
