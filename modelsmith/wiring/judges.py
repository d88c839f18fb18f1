"""Judges: the exam that they sit, what they said of it, and what a run's intake freezes of them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from math import fsum
from pathlib import Path
from typing import NamedTuple

from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.hosted_model import (
    Hosted,
    HostedModel,
    JudgeModel,
    LocalModel,
    Models,
)
from modelsmith.boundary.ports import Outbound
from modelsmith.disk.clock import SystemClock
from modelsmith.errors import BlockedError, BrokenRecordError, EngineError, InputError, UsageError
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in, places_of, sheets_of
from modelsmith.judges.certification.ambiguity import Ambiguity, ambiguous
from modelsmith.judges.certification.examination import Certificate, Examination
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.panel_agreement import PanelAgreement, panel_agreement_of
from modelsmith.judges.certification.result import (
    CertificationState,
    CertificationStatus,
    CertifiedJudges,
    JudgeExamResult,
    certification_status_of,
    deciders,
)
from modelsmith.judges.certification.sit_exam import (
    certified_judges_of,
    key_of,
    require_granted,
    sit_exam,
    verified,
)
from modelsmith.judges.files.exam_results import ExamResultFiles
from modelsmith.layout import BENCHMARKS
from modelsmith.run.config import RunConfig
from modelsmith.run.files.config_file import boundaries_of, models_of
from modelsmith.setup.files.repository_state import policy_of
from modelsmith.wiring.hosted import exam_client, judge_of
from modelsmith.workbench.exhibit import Unclear

Asking = Callable[[JudgeModel, Boundary, Path], Outbound]
"""Returns what asks a judge within a boundary, and writes down what leaves in a file."""


class ExamResult(NamedTuple):
    """How a judge or a panel did."""

    examination: Examination
    certificate: Certificate | None
    certified_judges: CertifiedJudges
    """Who sat, with what they said."""
    path: str
    """Where the result lies; empty for a panel, which is computed from its members'."""
    cost_usd: float
    """What was paid for all that was said in it."""


class Judges:
    """The judges of one benchmark."""

    def __init__(self, repository: Path, domain: str, asking: Asking, now: datetime) -> None:
        """Read the benchmark, its labelled answers and the models.

        Raises:
            InputError: a file's fault, with every problem located.
        """
        exam = ExamFolder(repository, domain).exam()
        sheets = sheets_of(repository, domain, exam)
        self.exam: JudgeExam = JudgeExam(exam.benchmark, sheets, by_id(exam.train))
        self._repository, self._domain = repository, domain
        self._asking, self._now = asking, now
        self._files = ExamResultFiles(repository, domain)
        self._models = models_of(repository).models

    def sit(self, name: str, boundary: str) -> ExamResult:
        """Return how a judge does; what it said before of this very exam is kept and not asked.

        Raises:
            UsageError: no model, or no boundary, is called that.
            BoundaryError: the boundary keeps the exam in.
            HostedError: it cannot be asked, or calls were lost.
            InputError: the weights of a local model are not there, located.
            EngineError: a local model cannot be opened.
        """
        judge, boundaries = self._judge(name), boundaries_of(self._repository)
        within = boundaries.named(boundary)
        if within is None:
            known = ", ".join(one.name for one in boundaries.boundaries)
            raise UsageError(
                f"no boundary is called {boundary}, those here are: {known}",
                remedy="Name one of them with --boundary, or add it to runners/boundaries.yaml.",
            )
        key = key_of(self.exam, judge, within)
        result = self._files.find(name, key)
        if result is not None and self._now < result.expires_at:
            verified(self.exam, result)
        else:
            others = boundaries.boundaries
            require_granted(judge, within, self.exam, others)  # no key is asked for before
            journal = self._repository / self._files.journal(name, key)
            outbound = self._asking(judge, within, journal)
            result = sit_exam(outbound, self.exam, judge, within, self._now)
            self._files.write(result)
        certified_judges = self.exam.bench([result])
        path = self._files.path(name, key)
        return ExamResult(
            result.examination, result.certificate, certified_judges, path, result.cost_usd
        )

    def panel(self, names: Sequence[str]) -> ExamResult:
        """Return how a panel does, from what its members said; nobody is asked anything.

        Raises:
            UsageError: no model is called that.
            BlockedError: a member has not sat this exam.
        """
        results = []
        for name in sorted(set(names)):
            status, result = certification_status_of(
                self._judge(name), self._files.all(), self.exam.sha256, self._now
            )
            if result is None:
                raise BlockedError(
                    f"{name} cannot sit on a panel: {status.said}",
                    remedy="A panel is examined from what its members said when they passed.",
                )
            results.append(verified(self.exam, result))
        examination = self.exam.of_panel(results)
        certified_judges = self.exam.bench(results)
        certificate, cost = self.exam.certificate(examination), fsum(s.cost_usd for s in results)
        return ExamResult(examination, certificate, certified_judges, "", cost)

    def certification_statuses(
        self,
    ) -> tuple[list[CertificationStatus], PanelAgreement | None, tuple[str, ...]]:
        """Return where every model stands, the panel's figures, and who would decide."""
        kept = tuple(self._files.all())
        found = [self._status(model, kept) for model in self._models]
        results = [verified(self.exam, result) for _, result in found if result is not None]
        certified_judges, names = self.exam.bench(results), [result.judge for result in results]
        opinions = [opinion for result in results for opinion in result.opinions]
        agreement = panel_agreement_of(certified_judges, opinions, names) if names else None
        return [status for status, _ in found], agreement, deciders(certified_judges, names)

    def boundaries(self) -> tuple[str, ...]:
        """Return the boundaries by which anything goes to a judge that is not inside."""
        return tuple(
            one.name
            for one in boundaries_of(self._repository).boundaries
            if any(grant.purpose == "judge" for grant in one.grants)
        )

    def reread(self) -> tuple[tuple[Ambiguity, ...], dict[tuple[str, str], str]]:
        """Return the same of everybody who sat the exam in force; nothing where nobody did.

        Raises:
            BrokenRecordError: a result is not what its opinions say.
        """
        kept = [one for one in self._files.all() if one.exam_sha256 == self.exam.sha256]
        latest = {one.judge: one for one in sorted(kept, key=lambda one: one.sat_at)}
        results = [verified(self.exam, one) for one in latest.values()]
        return self.unclear(self.exam.bench(results)) if results else ((), {})

    def unclear(
        self, certified_judges: CertifiedJudges
    ) -> tuple[tuple[Ambiguity, ...], dict[tuple[str, str], str]]:
        """Return the criteria that should be reworded, and `file:line:column` of each."""
        found = ambiguous(certified_judges, self.exam.scenarios)
        folder = ExamFolder(self._repository, self._domain)
        wanted = [(one.scenario, one.criterion) for one in found]
        return found, places_of(self._repository, folder, wanted)

    def _status(
        self, model: HostedModel | LocalModel, kept: Sequence[JudgeExamResult]
    ) -> tuple[CertificationStatus, JudgeExamResult | None]:
        """Return where a model stands; a local one whose weights are elsewhere cannot sit here."""
        try:
            judge = judge_of(self._repository, model)
        except EngineError as error:
            return CertificationStatus(
                judge=model.name,
                family=Models(models=(model,)).families()[model.name],
                kind=CertificationState.NOT_SAT,
                said=f"cannot be served here: {error.what}",
            ), None
        return certification_status_of(judge, kept, self.exam.sha256, self._now)

    def _judge(self, name: str) -> JudgeModel:
        model = models_of(self._repository, served=(name,)).named(name)
        if model is None:
            names = ", ".join(model.name for model in self._models)
            raise UsageError(
                f"no hosted model is called {name}, those here are: {names or 'none'}",
                remedy="Name one of them, or describe it in runners/models.yaml.",
            )
        return judge_of(self._repository, model)


def judges(repository: Path, domain: str) -> Judges:
    """Return the judges of a benchmark.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    return Judges(repository, domain, partial(exam_client, repository, domain), SystemClock().now())


def unclear_in(folder: Path, changed: Collection[str]) -> tuple[Unclear, ...]:
    """Return the criteria of changed benchmarks that are read differently, from who sat exams.

    What cannot be read there, its check and `run start` tell.
    """
    found: list[Unclear] = []
    for domain in domains_in(folder):
        if not any(path.startswith(f"{BENCHMARKS}/{domain}/") for path in changed):
            continue
        try:
            ambiguities, places = Judges(folder, domain, _nobody, SystemClock().now()).reread()
        except (InputError, BrokenRecordError):
            continue
        found += [
            Unclear(ambiguity=one, place=places.get((one.scenario, one.criterion), ""))
            for one in ambiguities
        ]
    return tuple(found)


def _nobody(judge: JudgeModel, boundary: Boundary, journal: Path) -> Outbound:
    raise AssertionError(judge, boundary, journal)  # what was said is read; nobody is asked


def certified_judges_at(repository: Path, config: RunConfig, hosted: Hosted) -> CertifiedJudges:
    """Return a run's judges that sat the exam as it now is, with what they did.

    Raises:
        InputError: a file of the exam is wrong, located.
        BrokenRecordError: a result is not what its opinions say.
    """
    if not config.judges:
        return CertifiedJudges()
    exam = judges(repository, config.benchmark).exam
    named = [hosted.judge(name) for name in config.judges]
    find = ExamResultFiles(repository, config.benchmark).find
    return certified_judges_of(exam, named, hosted.boundary, find)


def providers_at(repository: Path, config: RunConfig) -> tuple[str, ...]:
    """Return whose models production asks for; nobody's where the run does not go there.

    Raises:
        InputError: the policy is not there, or wrong, located.
    """
    if config.promotion.channel != "production":
        return ()
    return policy_of(repository).channels.production.providers
