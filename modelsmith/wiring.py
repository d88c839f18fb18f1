"""The only module that knows every concrete class; heavy ones are imported when asked for."""

import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modelsmith.adapters.check_cache import CheckCache
from modelsmith.adapters.exam_check import Checked, ExamCheck
from modelsmith.adapters.exam_folder import ExamFolder, domains_in
from modelsmith.adapters.generated_folder import GeneratedFolder
from modelsmith.adapters.job_outputs import set_outputs
from modelsmith.adapters.job_summary import add_to_summary
from modelsmith.adapters.scenario_author import ScenarioAuthor
from modelsmith.domain.benchmark import Exam
from modelsmith.domain.ledger import LEDGER
from modelsmith.domain.run import RunConfig
from modelsmith.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelsmith.adapters.bulletin import FileBulletin
    from modelsmith.adapters.run_folder import DiskRunFolder
    from modelsmith.adapters.store import ContentStore
    from modelsmith.adapters.store_shelf import StoreShelf
    from modelsmith.domain.audit import Audit
    from modelsmith.domain.cluster import Cluster
    from modelsmith.domain.exam import Labelled
    from modelsmith.domain.issue_answer import Answer
    from modelsmith.domain.job_plan import JobPlan
    from modelsmith.domain.judge_exam import Certificate, Examination
    from modelsmith.domain.ledger import Entry
    from modelsmith.domain.lineage import Lineage
    from modelsmith.domain.observation import Checkup
    from modelsmith.domain.policy import Policy
    from modelsmith.domain.retention import Collection, Place
    from modelsmith.ports.families import Families
    from modelsmith.ports.forge import Forge
    from modelsmith.ports.store import Progress
    from modelsmith.steps.audit import Asked
    from modelsmith.steps.dispatch import Dispatched
    from modelsmith.steps.intake import Machine
    from modelsmith.steps.iterate import Stepper
    from modelsmith.steps.offer import Offered
    from modelsmith.steps.replay import Replayed
    from modelsmith.steps.review import Reviewed
    from modelsmith.steps.shared import SharedRun
    from modelsmith.steps.tools import Tools
    from modelsmith.surfaces.status import Status

__all__ = [
    "ExamFolder",
    "Factory",
    "add_to_summary",
    "audit",
    "changed_checks",
    "collection",
    "commit_message",
    "content_store",
    "domains",
    "exam_check",
    "exam_folder",
    "forge",
    "generated_folders",
    "grader_exam",
    "labelled_answers",
    "lineage",
    "scenario_author",
    "scenario_from_issue",
    "scenario_reviews",
    "set_outputs",
]

SCHEMAS, FORMS = "schemas", ".github/ISSUE_TEMPLATE"
"""Folders of generated files."""


def domains(repository: Path) -> list[str]:
    """Return the names of the repository's benchmarks, sorted."""
    return domains_in(repository)


def exam_folder(repository: Path, domain: str) -> ExamFolder:
    """Return one benchmark's folder."""
    return ExamFolder(repository, domain)


def exam_check(repository: Path, domain: str) -> ExamCheck:
    """Return the check of one benchmark, with what was found in unchanged files."""
    file = repository / ".modelsmith" / "cache" / "check" / f"{domain}.json"
    return ExamCheck(repository, domain, CheckCache(file))


def changed_checks(repository: Path, since: str) -> list[Checked]:
    """Return the check of each benchmark that differs from where HEAD left the commit `since`.

    Raises:
        UsageError: git does not know that commit.
    """
    from modelsmith.adapters.git_reading import GitReading

    changed = GitReading(repository).changed_since(since, "benchmarks")
    touched = {path.split("/")[1] for path in changed if path.count("/") > 1}
    return [
        exam_check(repository, domain).checked_since(changed)
        for domain in domains(repository)
        if domain in touched
    ]


def scenario_reviews(repository: Path, number: int | None, head: str | None) -> "list[Reviewed]":
    """Review the scenarios of the open pull requests that are meant, and return what was said.

    Raises:
        UsageError: nothing says which.
        InputError: the one of that number stands at another commit, or is over.
    """
    from modelsmith.adapters.exam_snapshot import ExamSnapshots
    from modelsmith.domain.forge import PullRequest
    from modelsmith.domain.workbench import Workbench
    from modelsmith.steps.review import Shown, pulls_at, reviewed
    from modelsmith.surfaces import workbench

    where, snapshots = forge(repository), ExamSnapshots(repository)

    def look(pull: PullRequest) -> Workbench:
        base = where.branch_sha(pull.base)
        return snapshots.workbench(pull, base or pull.base)

    def show(bench: Workbench) -> Shown:
        page = workbench.workbench_page(bench)
        return Shown(workbench.check_of(bench), workbench.status_of(bench), page, workbench.MARKER)

    pulls = pulls_at(where, number, head)
    return [reviewed(where, pull, look, show) for pull in pulls]


def scenario_from_issue(repository: Path, number: int) -> "Answer":
    """Make a pull request of a filled-in scenario form, or say on its issue what is wrong.

    Raises:
        InputError: there is no such issue.
        BlockedError: the default branch is not on the forge yet.
    """
    from modelsmith.adapters.exam_snapshot import ExamSnapshots
    from modelsmith.adapters.issue_scenario import drafted
    from modelsmith.steps.from_issue import Desk, answered
    from modelsmith.surfaces.issue_answer import comment_of, description_of

    benchmarks = {
        domain: ExamFolder(repository, domain).benchmark() for domain in domains_in(repository)
    }
    desk = Desk(
        draft=lambda answers: drafted(benchmarks, answers),
        check=ExamSnapshots(repository).checked,
        show=comment_of,
        describe=description_of,
    )
    return answered(forge(repository), number, desk)


def scenario_author(repository: Path, domain: str) -> ScenarioAuthor:
    """Return what writes new scenario files of one benchmark.

    Raises:
        InputError: benchmark.yaml's fault.
    """
    from modelsmith.surfaces.scenario_scaffold import scaffold

    return ScenarioAuthor(repository, ExamFolder(repository, domain).benchmark(), scaffold)


def generated_folders(repository: Path) -> list[GeneratedFolder]:
    """Return `schemas/` and the issue forms, and what belongs there.

    Raises:
        InputError: a benchmark.yaml's fault.
    """
    schemas, forms = _generated(repository)
    return [
        GeneratedFolder(repository, SCHEMAS, "*.schema.json", schemas),
        GeneratedFolder(repository, FORMS, "scenario-*.yml", forms),
    ]


def grader_exam(repository: Path, domain: str) -> "tuple[Examination, Certificate | None]":
    """Return how the check-based grader does on a benchmark's labelled answers.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    from modelsmith.adapters.exam_sheets import ExamSheets
    from modelsmith.domain.exam import by_id
    from modelsmith.domain.judge_exam import certificate_of, examination_of

    exam = ExamFolder(repository, domain).exam()
    sheets, known = ExamSheets(repository, domain).sheets(exam), by_id(exam.train)
    examination = examination_of(sheets, known, exam.benchmark.floors.exam)
    floor = exam.benchmark.floors.exam
    return examination, certificate_of(examination, domain, sheets, known, floor)


def labelled_answers(repository: Path, exam: Exam) -> "tuple[Labelled, ...]":
    """Return the right answers that people labelled, to learn from.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    from modelsmith.adapters.exam_sheets import ExamSheets
    from modelsmith.domain.labelled import labelled_right

    return labelled_right(ExamSheets(repository, exam.benchmark.domain).sheets(exam))


def audit(repository: Path, asked: "Asked") -> "Audit":
    """Return what auditing a clone finds; it may be bare, and nothing is written into it.

    Raises:
        UsageError: the revision, or what to compare it with, is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    from modelsmith.adapters.git_history import GitHistory
    from modelsmith.adapters.record_files import record_in
    from modelsmith.steps.audit import audited
    from modelsmith.surfaces.reports import MarkdownReports

    def configured(path: str, content: bytes) -> RunConfig:
        return record_in(path, content, RunConfig)

    with GitHistory(repository) as history:
        return audited(history, MarkdownReports(), configured, asked)


def lineage(repository: Path, asked: str, revision: str) -> "Lineage":
    """Return where something comes from and what it went into, from a clone that may be bare.

    Raises:
        UsageError: nothing is called so, or the revision is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    from modelsmith.adapters.git_history import GitHistory
    from modelsmith.adapters.scenario_files import scenario_as_read
    from modelsmith.steps.lineage import lineage_of

    with GitHistory(repository) as history:
        return lineage_of(history, scenario_as_read, asked, revision)


def forge(repository: Path) -> "Forge":
    """Return where the repository's pull requests live.

    Raises:
        UsageError: a forge is named that is not there.
        InputError: no repository on GitHub is known.
        ForgeDeniedError: GitHub is chosen, and no token or App is given.
    """
    from modelsmith.adapters.forge_choice import forge_of

    return forge_of(repository, os.environ)


def commit_message(repository: Path, commit: str | None) -> str:
    """Return the message of a commit; nothing where this clone has none such."""
    from modelsmith.adapters.git_repository import GitRepository

    return GitRepository(repository).message(commit) if commit else ""


def content_store(
    repository: Path, cluster: str | None = None, *, quiet: bool = False
) -> "ContentStore":
    """Return the store of a repository, with the remote one that is configured behind it.

    Raises:
        InputError: the URL or clusters.yaml is wrong, or the URL's package is not installed.
        UsageError: no cluster is named and the clusters have several stores.
    """
    from modelsmith.adapters.remote_files import RemoteFiles
    from modelsmith.adapters.store import ContentStore
    from modelsmith.adapters.store_choice import store_url

    url = store_url(repository, cluster)
    remote = RemoteFiles(url) if url else None
    return ContentStore(repository / ".modelsmith" / "store", remote, _progress(quiet).tracked)


def collection(
    repository: Path, shelf: "StoreShelf", place: "Place", grace_days: float
) -> "Collection":
    """Return what a collection of the store would remove, and why the rest stays.

    Before the remote store is collected, every branch is fetched, since others push to them.

    Raises:
        ForgeError: the branches cannot be fetched.
        ModelsmithError: as `steps.collect.planned` does.
    """
    from modelsmith.adapters.git_upstream import GitUpstream
    from modelsmith.adapters.needed_digests import NeededDigests
    from modelsmith.adapters.system import SystemClock
    from modelsmith.steps.collect import planned

    upstream = GitUpstream(repository)
    if place == "remote" and upstream.has_origin():
        upstream.fetch()
    return planned(shelf, NeededDigests(repository), SystemClock(), [place], grace_days)


def _progress(quiet: bool) -> "Progress":  # noqa: FBT001 - private
    from modelsmith.adapters.console import ConsoleProgress, NoProgress

    return NoProgress() if quiet else ConsoleProgress()


def policy(repository: Path) -> "Policy":
    """Return who approves what, and what the forge must enforce.

    Raises:
        InputError: the policy's fault, with every problem located.
    """
    from modelsmith.adapters.repository_premises import policy_of

    return policy_of(repository)


def checkup(repository: Path) -> "Checkup":
    """Return how the repository's settings and files compare with its policy.

    Raises:
        InputError: the policy's fault, with every problem located.
        ForgeError: the forge cannot be reached.
    """
    from modelsmith.adapters.factory_templates import workflow_names
    from modelsmith.adapters.repository_premises import premises_of
    from modelsmith.steps.checkup import checkup as examined

    judge, is_laptop = policy(repository), "GITHUB_ACTIONS" not in os.environ
    premises = premises_of(repository, workflow_names(), is_laptop=is_laptop)
    return examined(forge(repository), judge, premises)


def _generated(repository: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the schemas and the issue forms that belong to the benchmarks, by file name."""
    from modelsmith.surfaces.issue_forms import issue_forms
    from modelsmith.surfaces.schemas import schema_files

    benchmarks = [ExamFolder(repository, name).benchmark() for name in domains_in(repository)]
    return schema_files(benchmarks), issue_forms(benchmarks)


class Begun(NamedTuple):
    """What was done to make a folder a factory."""

    written: tuple[str, ...]
    """Files that were not there."""
    is_committed: bool
    """Whether they are the first commit."""


def begun_factory(folder: Path, domain: str, forge: str, owner: str | None) -> Begun:
    """Write into `folder` what a factory has and it lacks.

    Raises:
        UsageError: something else lies there, or the words do not fit together.
        InputError: git knows nobody, or a benchmark that is there cannot be read.
    """
    from modelsmith.adapters.factory_folder import FactoryFolder
    from modelsmith.adapters.factory_templates import carried_files, own_files
    from modelsmith.adapters.package_source import package_source
    from modelsmith.surfaces.factory_words import factory_words

    place = FactoryFolder(folder)
    email = place.email()
    words = factory_words(
        domain, forge, owner or email, canary=str(uuid.uuid4()), source=package_source()
    )
    files = {**carried_files(), **own_files(words, with_exam=not place.has_benchmark())}
    written = place.written(files)
    for name, texts in zip((SCHEMAS, FORMS), _generated(folder), strict=True):
        written += place.written({f"{name}/{file}": text.encode() for file, text in texts.items()})
    return Begun(tuple(written), place.begun(forge))


RUN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Form of a run's name: a part of branch names and of versions (domain/promotion.py, Lineage)."""


ALONE = (
    "no remote store is configured: what this machine trains, no other one has "
    "(modelsmith store --help)"
)


class Factory:
    """One repository's runs, with every port connected.

    Args:
        repository: Its top folder.
        quiet: Whether to show no progress.
    """

    def __init__(self, repository: Path, *, quiet: bool = False) -> None:
        """Know the repository; nothing is read yet."""
        self._repository = repository
        self._state = repository / ".modelsmith"
        self._quiet = quiet

    def folder(self, run: str) -> "DiskRunFolder":
        """Return the folder of a run.

        Raises:
            UsageError: the name is a path, or the folder holds neither run.yaml nor a ledger.
        """
        from modelsmith.adapters.run_folder import DiskRunFolder

        _require_name(run)
        path = self._repository / "runs" / run
        if not any((path / name).exists() for name in ("run.yaml", LEDGER)):
            known = sorted(p.parent.name for p in path.parent.glob("*/run.yaml"))
            raise UsageError(
                f"runs/{run}/run.yaml is not there",
                remedy=f"Runs here: {', '.join(known) or 'none'}. `modelsmith run new` writes one.",
            )
        return DiskRunFolder(path)

    def scaffolded(self, run: str, benchmark: str) -> str:
        """Write run.yaml of a new run, every setting at its default, and return its path.

        Raises:
            UsageError: the name cannot be a run's, or the run has a run.yaml.
        """
        from modelsmith.adapters.run_file import write_new
        from modelsmith.surfaces.run_scaffold import run_scaffold

        _require_name(run)
        return write_new(self._repository, run, run_scaffold(run, benchmark))

    def config(self, run: str) -> RunConfig:
        """Return the settings of a run.

        Raises:
            InputError: run.yaml's fault, with every problem located.
        """
        from modelsmith.adapters.record_files import loaded

        self.folder(run)
        return loaded(self._repository, f"runs/{run}/run.yaml", RunConfig)

    def started(self, run: str) -> "Entry":
        """Write the intake of a run, or return the one that is there.

        Raises:
            InputError: run.yaml, the benchmark or its families are wrong, located.
            BlockedError: this machine cannot do the run, with the figures.
        """
        from modelsmith.adapters.family_files import families_in
        from modelsmith.adapters.run_file import settled
        from modelsmith.steps import intake

        folder = self.folder(run)
        if folder.entries():
            return intake.resumed(folder, folder.read("run.yaml"))
        config, cluster = settled(self._repository, run)
        content = folder.read("run.yaml")
        exam = self._exam(config).exam()
        families = families_in(self._repository, exam.benchmark)
        labelled = labelled_answers(self._repository, exam)
        snapshot = intake.snapshot_of(exam, families, labelled, config.evaluation.variants)
        tools = self._tools(run, config, families)
        return intake.started(
            tools, config, content, snapshot, self._machine(config, cluster, tools)
        )

    def stepper(self, run: str) -> "Stepper":
        """Return what steps a run on this machine."""
        return self._stepper(run, is_shared=False)

    def shared(self, run: str) -> "SharedRun":
        """Return what steps a run that other machines may step too.

        Raises:
            UsageError: the name cannot be a run's.
        """
        from modelsmith.adapters.git_repository import GitRepository
        from modelsmith.adapters.git_upstream import GitUpstream
        from modelsmith.adapters.run_folder import DiskRunFolder
        from modelsmith.steps.shared import SharedRun

        _require_name(run)
        return SharedRun(
            folder=DiskRunFolder(self._repository / "runs" / run),
            repository=GitRepository(self._repository),
            upstream=GitUpstream(self._repository),
            start=lambda: self.started(run),
            stepper=lambda: self._stepper(run, is_shared=True),
        )

    def _stepper(self, run: str, *, is_shared: bool) -> "Stepper":
        from modelsmith.adapters.family_files import families_in
        from modelsmith.adapters.sealed_looks import SealedLooks
        from modelsmith.steps.iterate import Stepper

        config = self.config(run)
        families = families_in(self._repository, self._exam(config).benchmark())
        looks = SealedLooks(self._repository, is_shared=is_shared)
        tools = self._tools(run, config, families)
        if is_shared and content_store(self._repository, config.cluster, quiet=True).remote is None:
            tools.progress.say(ALONE)
        return Stepper(tools, looks)

    def offered(self, run: str) -> "Sequence[Offered]":
        """Open the pull requests that a run calls for, or bring them up to date.

        Raises:
            ModelsmithError: as `steps.offer.offered` does.
        """
        from modelsmith.domain.offer import Offer, offers_of
        from modelsmith.steps.history import verified
        from modelsmith.steps.offer import offered
        from modelsmith.surfaces.offer_page import offer_page

        folder, status = self.folder(run), self.status(run)
        entries = folder.entries()
        read = verified(folder.read, entries)

        def page(offer: Offer) -> str:
            entry = entries[offer.entry]
            reports = [read(path) for path in entry.evidence if path.endswith("/report.md")]
            return offer_page(offer, status, entry.digest(), b"".join(reports).decode())

        return offered(forge(self._repository), offers_of(run, self.config(run), entries), page)

    def dispatched(self, run: str, workflow: str, after: int) -> "Dispatched":
        """Ask CI for the next phase of a run, if there is one.

        Raises:
            ModelsmithError: as `steps.dispatch.dispatched` does.
        """
        from modelsmith.steps.dispatch import dispatched

        return dispatched(forge(self._repository), self.folder(run), workflow, after)

    def planned(self, run: str) -> "JobPlan":
        """Return where CI runs a phase of a run.

        Raises:
            InputError: the fault of run.yaml or clusters.yaml, located.
        """
        from modelsmith.adapters.record_files import loaded
        from modelsmith.adapters.run_file import CLUSTERS
        from modelsmith.adapters.store_choice import store_url
        from modelsmith.domain.cluster import Clusters
        from modelsmith.domain.job_plan import job_plan

        config = self.config(run)
        clusters = loaded(self._repository, CLUSTERS, Clusters)
        cluster = clusters.named(config.cluster)
        if cluster is None:
            known = ", ".join(one.name for one in clusters.clusters)
            raise InputError(
                f"runs/{run}/run.yaml names the cluster {config.cluster}, {CLUSTERS} has: {known}",
                remedy="Correct one of the two.",
            )
        has_store = store_url(self._repository, cluster.name) is not None
        return job_plan(config, cluster, has_store=has_store)

    def woken(self, workflow: str, since: str | None) -> "Iterator[str]":
        """Ask CI for the next phase of runs that nobody asks it for.

        Args:
            workflow: File name of the workflow.
            since: Commit since which the settings of a run that begins were changed; where None,
                runs that have begun go on.

        Raises:
            UsageError: git does not know that commit.
        """
        from modelsmith.adapters.git_reading import GitReading
        from modelsmith.adapters.walk_branches import walked_runs
        from modelsmith.steps.wake import woken

        begun = None
        if since is not None:
            changed = GitReading(self._repository).changed_since(since, "runs")
            begun = {path.split("/")[1] for path in changed if path.endswith("/run.yaml")}
        return woken(forge(self._repository), walked_runs(self._repository), workflow, begun)

    def status(self, run: str) -> "Status":
        """Return where a run is."""
        from modelsmith.surfaces.status import status_of

        return status_of(
            run, self.config(run), self.folder(run).entries(), self._bulletin(run).words()
        )

    def replayed(self, run: str) -> "Replayed":
        """Return what replaying a run finds."""
        from modelsmith.steps.replay import replayed
        from modelsmith.surfaces.reports import MarkdownReports

        return replayed(self.folder(run), MarkdownReports(), lambda: self.config(run))

    def _exam(self, config: RunConfig) -> ExamFolder:
        return exam_folder(self._repository, config.benchmark)

    def _bulletin(self, run: str) -> "FileBulletin":
        from modelsmith.adapters.bulletin import FileBulletin
        from modelsmith.adapters.system import SystemClock

        return FileBulletin(self._state / "work" / run / "progress", SystemClock())

    def _tools(self, run: str, config: RunConfig, families: "Families") -> "Tools":
        from modelsmith.adapters.answer_cache import FileCache, SharedCache
        from modelsmith.adapters.embedded_model import LocalModels
        from modelsmith.adapters.git_repository import GitRepository
        from modelsmith.adapters.system import SystemClock
        from modelsmith.adapters.transformers_engine import TransformersEngines
        from modelsmith.adapters.trl_trainer import TrlTrainer
        from modelsmith.adapters.workspace import FileWorkspace
        from modelsmith.steps.tools import Tools
        from modelsmith.surfaces.reports import MarkdownReports

        clock, models = SystemClock(), LocalModels(self._repository)
        store = content_store(self._repository, config.cluster, quiet=self._quiet)
        cache = FileCache(self._state / "cache" / "answers")
        return Tools(
            engines=TransformersEngines(models, config.quantisation, clock),
            trainer=TrlTrainer(models, config.quantisation, clock),
            store=store,
            cache=SharedCache(cache, store.remote) if store.remote else cache,
            folder=self.folder(run),
            clock=clock,
            progress=_progress(self._quiet),
            families=families,
            repository=GitRepository(self._repository),
            reports=MarkdownReports(),
            bulletin=self._bulletin(run),
            workspace=FileWorkspace(self._state / "work" / run),
        )

    def _machine(self, config: RunConfig, cluster: "Cluster", tools: "Tools") -> "Machine":
        from modelsmith.adapters.embedded_model import LocalModels
        from modelsmith.adapters.system import hardware_at
        from modelsmith.steps.intake import Machine

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
