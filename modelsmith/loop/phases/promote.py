"""Promote: one attempt at the sealed split, and the gate's answer."""

from collections.abc import Sequence
from itertools import chain

from modelsmith.decisions.attempt import Attempt, SealedAttempt
from modelsmith.decisions.gate import GateVerdict, gate
from modelsmith.errors import BlockedError
from modelsmith.exam.answers import usage_of
from modelsmith.exam.evidence_needed import allowed_attempts
from modelsmith.exam.scenario import Split
from modelsmith.git.commits import phase_trailers, with_trailers
from modelsmith.git.refs import promotion_branch
from modelsmith.judges.panel_selection import alone_in
from modelsmith.layout import promotion_folder
from modelsmith.loop.answers.baselines import (
    Asking,
    answers_in,
    ask_hosted_baselines,
    asking,
    by_baseline,
    is_hosted,
)
from modelsmith.loop.answers.constants import constants_asked
from modelsmith.loop.answers.grading import ask_judges, card_of, judging_evidence
from modelsmith.loop.answers.local_model import ask, open_engine, outbound_in
from modelsmith.loop.answers.repeats import repeat_notes
from modelsmith.loop.answers.stand_ins import Answers, ask_stand_ins, stand_ins_of
from modelsmith.loop.evidence.files import (
    FINGERPRINT,
    GATE,
    GRADER,
    LIVE,
    OF_A_BUNDLE,
    PARTS,
    RECORD,
    REPORT,
    SEALED_ATTEMPT,
)
from modelsmith.loop.phases.comparisons import (
    ALONE,
    CANDIDATE,
    attempt_of,
    economy_of,
    headline_notes,
    judges_of,
    judges_of_constants,
    panels_of,
)
from modelsmith.loop.phases.evaluate import stand_in_notes
from modelsmith.loop.phases.promotion_bundle import (
    bundled,
    fingerprint_of,
    grader_of,
    live_at,
    prompts_of,
    served_by,
    watching_of,
)
from modelsmith.loop.phases.reports import scores_report
from modelsmith.promotion.record import Lineage, PromotionRecord, promotion_of
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import PromotedFacts, StartedFacts, facts_of, line_of
from modelsmith.run.evidence import Evidence, Files, evidence_of
from modelsmith.run.ports import Claimant, SealedAttempts
from modelsmith.run.state_machine import Event
from modelsmith.statistics.cost_and_latency import MOST_TIMED, Economy
from modelsmith.statistics.cost_and_latency_page import economy_page
from modelsmith.statistics.scorecard import ERROR_LIMIT, Scorecard


def gather(ports: RunPorts, context: PhaseContext, attempts: SealedAttempts) -> Evidence:
    """Return what the candidate and the baselines answer on sealed, and what judges say of it.

    A machine that loses answers is found before anybody is paid.

    Raises:
        BlockedError: the attempts of this sealed version are used up and nothing was read, or so
            many answers or opinions were lost that nothing could be concluded; no score was
            computed.
        BoundaryError: a question or an answer may not leave; nothing of it was sent.
        BudgetError: the money left would not pay for the next call.
        HostedError: a hosted model cannot be asked.
    """
    sealed = context.snapshot.sealed
    canonical = [scenario for scenario in sealed if not scenario.is_variant][:MOST_TIMED]
    number = claim_attempt(context, attempts)
    with open_engine(ports, context, context.progress.adapter) as engine:
        files = {
            CANDIDATE: ask(ports, context, engine, "answers on sealed", sealed),
            ALONE: ask(ports, context, engine, "answers on sealed, one by one", canonical, batch=1),
        }
        specialist, served = engine.next_tokens(prompts_of(context)), served_by(engine)
    with open_engine(ports, context, None) as engine:
        base = engine.next_tokens(prompts_of(context))
        if stand_ins_of(context.config):
            files |= ask_stand_ins(ports, context, engine, Split.SEALED, sealed, sealed)
    _refuse_lost(files)
    outbound = asking(ports, context)
    hosted = ask_hosted_baselines(outbound, context, Split.SEALED, sealed)
    _refuse_lost(hosted)
    files |= hosted
    raw = {file: file.encode(given) for file, given in files.items()}
    return (
        raw
        | _opinions(outbound, context, files)
        | SEALED_ATTEMPT.of(SealedAttempt(number=number))
        | FINGERPRINT.of(fingerprint_of(context, specialist, base))
        | PARTS.of(served)
        | LIVE.of(live_at(ports.repository, context))
        | GRADER.of(grader_of(context))
    )


def _opinions(outbound: Asking, context: PhaseContext, files: Answers) -> Files:
    """Return what judges say of each system: those of its comparison, of the candidate's all."""
    given = {"candidate": files[CANDIDATE]} | by_baseline(context, Split.SEALED, files)
    opinions: Files = {}
    for system, judges in judges_of(panels_of(context)).items():
        opinions |= ask_judges(
            outbound, context, Split.SEALED, system, context.snapshot.sealed, given[system], judges
        )
    judges = judges_of_constants(panels_of(context))
    for name, recited in constants_asked(context, Split.SEALED).items():
        opinions |= ask_judges(
            outbound, context, Split.SEALED, name, context.snapshot.sealed, recited, judges
        )
    for file in opinions:
        said = file.read(opinions)
        lost = [one.reason for one in said if one.is_lost]
        _refuse(file.name, lost, len(said), "opinions")
    return opinions


def claim_attempt(context: PhaseContext, attempts: SealedAttempts) -> int:
    """Claim an attempt at the sealed split, before it is read, and return its number.

    Raises:
        BlockedError: the attempts that this sealed version allows are taken.
    """
    version, benchmark = context.snapshot.sealed_version(), context.snapshot.benchmark
    families = {scenario.family for scenario in context.snapshot.sealed}
    allowed = allowed_attempts(benchmark, len(families))
    claimant = claimant_of(context)
    while (before := attempts.before(version, claimant)) < allowed:
        number = attempts.claim(version, claimant, before + 1)
        if number is not None:
            return number
    raise BlockedError(
        f"sealed version {benchmark.version} was looked at {before} times, {allowed} allowed",
        remedy="Retire this sealed version: move it to steer, write new sealed families, raise "
        "`version` in benchmark.yaml, and start a new run; this one keeps the exam it began with.",
    )


def claimant_of(context: PhaseContext) -> Claimant:
    """Return who a run is to those who count attempts."""
    return Claimant(
        run=context.run,
        intake_sha256=context.entries[0].digest(),
        at=context.entries[-1].recorded_at,
    )


def _refuse_lost(files: Answers) -> None:
    for file, given in files.items():
        lost = [answered.error for answered in given if answered.answer is None]
        _refuse(file.name, lost, len(given), "answers")


def _refuse(name: str, lost: Sequence[str], total: int, kind: str) -> None:
    if len(lost) > ERROR_LIMIT * total:
        raise BlockedError(
            f"{name}: {len(lost)} of {total} {kind} were lost, the first to: {lost[0]}",
            remedy="Give the machine, or the provider, what it lacks and run the step again: what "
            "is finished is kept, nothing was scored, and no attempt is used up.",
        )


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return the gate's verdict with all its findings, and the promotion record."""
    answers = answers_in(context, Split.SEALED, raw, CANDIDATE, ALONE)
    number = SEALED_ATTEMPT.read(raw).number
    attempt = attempt_of(context, raw, answers, number)
    verdict = gate(attempt)
    cards = [card_of(context, c.system, c.trials) for c in (attempt.candidate, *attempt.baselines)]
    adapter = context.progress.adapter
    if adapter is None:
        raise ValueError("promote is reached only after a training")
    economy = economy_of(context, answers)
    record = _record(context, verdict, cards, attempt, adapter, economy)
    unwatched, watching = watching_of(context, raw)
    local = (given for f, given in answers.items() if not is_hosted(context, Split.SEALED, f))
    facts = PromotedFacts(
        decision=verdict.decision,
        sealed_version=context.snapshot.sealed_version(),
        candidate=line_of(cards[0]),
        baselines={card.system: line_of(card) for card in cards[1:]},
        failing=tuple(found.rule for found in verdict.failed()),
        adapter=adapter,
        economy=economy,
        unwatched=unwatched,
        alone=alone_in(one.panel for one in attempt.baselines if one.panel),
        usage=usage_of(chain.from_iterable(local)).plus(outbound_in(raw)),
    )
    notes = [*stand_in_notes(cards[1:]), *headline_notes(attempt)]
    notes += [*repeat_notes(context.snapshot.sealed), *watching, *_words(verdict)]
    derived = GATE.of(verdict)
    judges = judges_of(panels_of(context))
    asked_on = [(Split.SEALED, system, panel) for system, panel in judges.items()]
    judged, judging = judging_evidence(context, raw, asked_on)
    derived |= judged
    report = "\n".join(
        (
            scores_report(
                f"Sealed, attempt {number}",
                [*cards, *(p.card for p in attempt.constants)],
                notes,
            ),
            *judging,
            economy_page(economy),
        )
    )
    told = RECORD.of(record) | REPORT.of(report.encode())
    return PhaseResult(
        Event.STAGED if verdict.decision == "promote" else Event.REFUSED,
        facts,
        derived | told | bundled(context, raw, record, told),
    )


def write_promotion_branch(ports: RunPorts, context: PhaseContext) -> None:
    """Offer a staged promotion to the people who must approve it, as a git branch.

    The branch stands on the commit of the run's last entry, so that merging it merges the whole
    record of the run, and holds `promotions/<specialist>/<version>/` with everything that people
    approve. The same record makes the same branch, so a step that was killed offers it once.

    Raises:
        BrokenRecordError: a file of it was altered since.
    """
    entry = context.entries[-1]
    recorded = evidence_of(entry, context.read)
    record = RECORD.read(recorded)
    place = promotion_folder(record.lineage.specialist, record.lineage.version)
    files = {file.at(place): recorded[file] for file in OF_A_BUNDLE if file in recorded}
    message = with_trailers(
        f"Stage {record.lineage.specialist} {record.lineage.version} for {record.channel}",
        *phase_trailers(context.run, "promote", context.progress.iteration),
    )
    ports.repository.branch_with(promotion_branch(context.run), files, message, entry.recorded_at)


def _record(  # noqa: PLR0913, PLR0917 - everything that a record tells
    context: PhaseContext,
    verdict: GateVerdict,
    cards: Sequence[Scorecard],
    attempt: Attempt,
    adapter: str,
    economy: Sequence[Economy],
) -> PromotionRecord:
    started = facts_of(context.entries[0], StartedFacts)
    lineage = Lineage(
        specialist=context.config.specialist,
        version=f"{context.run}-{context.progress.iteration}",
        run=context.run,
        adapter_sha256=adapter,
        model_sha256=started.model_sha256,
    )
    at = context.entries[-1].recorded_at
    is_voted = started.rules <= 1 or attempt.benchmark.answer_format.has_choice
    return promotion_of(
        lineage, attempt, verdict, cards, created_at=at, economy=economy, is_voted=is_voted
    )


def _words(verdict: GateVerdict) -> list[str]:
    return [
        f"{'holds' if found.holds else 'DOES NOT HOLD'}: {found.rule}: {found.message}"
        for found in verdict.findings
    ]
