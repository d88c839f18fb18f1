"""Intake: what is fixed before the first phase, and whether this machine can do the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelsmith.boundary.grants import SEALED
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.decisions.attempt import RuleClass
from modelsmith.documents.diagnostic import error
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import refused
from modelsmith.errors import InputError, refuse_for
from modelsmith.exam.benchmark import Exam, ExamSnapshot
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.exam.family import Families
from modelsmith.exam.labelled_answers import ExamSheet
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.result import CertifiedJudges, broken_words
from modelsmith.layout import settings_path
from modelsmith.loop.phases.context_history import contexts
from modelsmith.loop.phases.foreseen_gate import foreseen_findings
from modelsmith.models.memory_plan import Hardware, MemoryPlan, ModelShape, memory_plan_of
from modelsmith.models.source import Quantisation
from modelsmith.record import sha256, short
from modelsmith.run.clusters import Cluster
from modelsmith.run.config import RunConfig
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.entry_commits import commit_entry
from modelsmith.run.entry_facts import RULES, StartedFacts, facts_as_json, facts_of
from modelsmith.run.evidence import CERTIFIED_JUDGES, CONFIG, EXAM, FIT, HOSTED, INTAKE, MACHINE
from modelsmith.run.ledger import Entry, entry_after
from modelsmith.run.state_machine import Event

VARIANT_SEED = 0
"""Variants of steer and sealed are the same in every run, so that runs compare."""

GIB = 2**30


@dataclass(frozen=True)
class Machine:
    """What the run was given to work with."""

    hardware: Hardware
    cluster: Cluster
    model_sha256: str
    shape: ModelShape
    commit: str


def snapshot_of(
    exam: Exam, families: Families, sheets: Sequence[ExamSheet], variants: int
) -> ExamSnapshot:
    """Return the exam with the invariant variants that are asked beside each held-out scenario.

    One that can have none is asked alone: its robustness is not measured, and reports say so.

    Raises:
        InputError: a template is wrong, with its file and line.
    """
    return ExamSnapshot(
        benchmark=exam.benchmark,
        train=exam.train,
        steer=_with_variants(exam.steer, families, variants),
        sealed=_with_variants(exam.sealed, families, variants),
        sheets=tuple(sheets),
    )


def fit_of(config: RunConfig, machine: Machine) -> MemoryPlan:
    """Return whether this run's training fits the machine, with the figures."""
    free = (
        min(gpu.memory_bytes for gpu in machine.hardware.gpus)
        if machine.hardware.gpus
        else machine.hardware.memory_available_bytes
    )
    return memory_plan_of(
        machine.shape,
        _held(config, machine.hardware),
        rank=config.training.rank,
        sequence=config.training.max_length,
        batch=config.training.batch,
        memory_bytes=min(free, round(machine.cluster.memory_gib * GIB)),
        disk_bytes=machine.hardware.disk_free_bytes,
    )


def refuse_what_does_not_fit(config: RunConfig, machine: Machine) -> MemoryPlan:
    """Return the plan of a run that this machine can do.

    Raises:
        BlockedError: it cannot; the figures and what would do are named.
    """
    problems = []
    if machine.cluster.gpus > len(machine.hardware.gpus):
        problems.append(
            f"cluster {machine.cluster.name} promises {machine.cluster.gpus} GPUs, "
            f"this machine has {len(machine.hardware.gpus)}"
        )
    if config.quantisation is Quantisation.NF4 and not machine.hardware.gpus:
        problems.append("quantisation nf4 needs a CUDA GPU, this machine has none")
    fit = fit_of(config, machine)
    problems += fit.problems
    refuse_for(
        problems,
        "this machine cannot do the run: ",
        remedy="Choose a smaller model, batch or rank, another quantisation, or another "
        "cluster in run.yaml.",
    )
    return fit


def start(  # noqa: PLR0913, PLR0917 - everything that is fixed when a run begins
    ports: RunPorts,
    config: RunConfig,
    config_bytes: bytes,
    snapshot: ExamSnapshot,
    machine: Machine,
    hosted: Hosted = Hosted(),  # noqa: B008 - a frozen record
    certified_judges: CertifiedJudges = CertifiedJudges(),  # noqa: B008 - a frozen record
    providers: Sequence[str] = (),
) -> Entry:
    """Write the intake: configuration, exam and plan as evidence, and the first entry.

    Args:
        ports: The ports.
        config: The settings.
        config_bytes: The bytes of run.yaml.
        snapshot: The exam with its variants.
        machine: What the run works with.
        hosted: What it may ask beyond this machine.
        certified_judges: Its judges with what they did on the exam as it now is.
        providers: Whose frontier models production asks for, by the policy in force.

    Raises:
        BlockedError: the machine cannot do the run, or a judge has not passed the exam.
        InputError: the run is for production, and the gate would refuse it whatever is answered.
    """
    with ports.folder.lock():
        entries = ports.folder.entries()
        commit_entry(ports.folder, ports.repository, entries)
        if entries:
            return resume(ports.folder.name, entries[0], config_bytes)
        fit, now = refuse_what_does_not_fit(config, machine), ports.clock.now()
        refuse_unexamined(config, certified_judges, now)
        raw = CONFIG.of(config) | EXAM.of(snapshot) | FIT.of(fit) | MACHINE.of(machine.hardware)
        raw |= HOSTED.of(hosted)
        if config.judges:
            raw |= CERTIFIED_JUDGES.of(certified_judges)
        files = {file.at(INTAKE): body for file, body in raw.items()}
        facts = StartedFacts(
            config_sha256=sha256(config_bytes),
            model_sha256=machine.model_sha256,
            commit=machine.commit,
            price_usd_per_hour=machine.cluster.price_usd_per_hour,
            providers=tuple(providers),
            splitter=SPLITTERS[-1],
            rules=RULES,
            **computed_facts(snapshot, fit),
        )
        entry = entry_after(
            (),
            Event.STARTED,
            iteration=0,
            facts=facts_as_json(facts),
            evidence={path: sha256(body) for path, body in files.items()},
            at=now,
        )
        if config.promotion.channel == "production":
            (context,) = contexts(ports.folder.name, files.__getitem__, [entry])
            refuse_hopeless(context, config_bytes)
        for path, body in files.items():
            ports.folder.write(path, body)
        ports.folder.append(entry)
        commit_entry(ports.folder, ports.repository, [entry])
        return entry


def refuse_unexamined(config: RunConfig, certified_judges: CertifiedJudges, now: datetime) -> None:
    """Check that every judge of a run has passed the benchmark's exam as it now is.

    Raises:
        BlockedError: one has not; what it lacks is named for each, with the command that mends it.
    """
    held = {result.judge: result for result in certified_judges.sittings}
    problems, again = [], ""
    for judge in config.judges:
        result = held.get(judge)
        if result is None:
            problems.append(f"{judge} has not sat the exam of {config.benchmark} as it now is")
        elif result.certificate is None:
            words = broken_words(result.examination)
            problems.append(f"{judge} has not passed the exam: {words}")
            again = (
                " One that has not passed is asked again only once exam or judge has changed; the "
                "same command shows where it differs from people."
            )
        elif not result.counts(now):
            problems.append(f"{judge}'s certificate expired at {result.expires_at:%Y-%m-%d %H:%M}")
    within = "" if config.boundary == SEALED else f" --boundary {config.boundary}"
    refuse_for(
        problems,
        "judges count only with a certificate: ",
        remedy=f"Let each sit it, `modelsmith judge exam --domain {config.benchmark} --judge NAME"
        f"{within}`, and commit the result; or take it out of `judges` in run.yaml.{again}",
    )


def refuse_hopeless(context: PhaseContext, config_bytes: bytes) -> None:
    """Check that a run for production may pass the gate: it would pay for a refusal.

    In the sandbox a run begins all the same, to train or to try; it is told what is lacking.
    What policy asks of run.yaml is refused where that is read (run/config_rules).

    Raises:
        InputError: the gate would refuse it whatever is answered; each finding, at the channel.
    """
    channel, expected = ("promotion", "channel"), "what its gate asks for"
    remarks = [
        error("gate-needs", f"production, and {one.message}", expected, one.remedy, channel)
        for one in foreseen_findings(context)
        if one.rule_class is RuleClass.EVIDENCE and not one.holds
    ]
    if remarks:
        path = settings_path(context.run)
        document, problems = parsed(path, config_bytes)
        if document is not None:
            problems = [*map(document.diagnostic, remarks)]
        raise refused(path, problems)


def computed_facts(snapshot: ExamSnapshot, fit: MemoryPlan) -> dict[str, Any]:
    """Return the facts of an intake that its evidence gives; replay computes them again."""
    return {
        "exam_sha256": snapshot.digest(),
        "sealed_version": snapshot.sealed_version(),
        "peak_gib": round(fit.needed_bytes / GIB, 3),
    }


def resume(run: str, entry: Entry, config_bytes: bytes) -> Entry:
    """Return `entry`, the first of a run that has begun.

    Raises:
        InputError: it began with another run.yaml.
    """
    began_with, digest = facts_of(entry, StartedFacts).config_sha256, sha256(config_bytes)
    if began_with != digest:
        raise InputError(
            f"run {run} began with another run.yaml "
            f"({short(began_with)}..., now {short(digest)}...)",
            remedy="Restore run.yaml, or copy it into a new run folder and start that.",
        )
    return entry


def _held(config: RunConfig, hardware: Hardware) -> Quantisation:
    """Return how weights are really held: bf16 falls back to fp32 where nothing computes in it."""
    if config.quantisation is Quantisation.BF16 and not (hardware.bf16 or hardware.gpus):
        return Quantisation.FP32
    return config.quantisation


def _with_variants(
    scenarios: Sequence[Scenario], families: Families, count: int
) -> tuple[Scenario, ...]:
    return tuple(
        one
        for scenario in scenarios
        for one in (
            scenario,
            *families.variants(scenario, count, seed=VARIANT_SEED, relation="same"),
        )
    )
