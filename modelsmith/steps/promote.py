"""Promote: one look at the sealed split, and the gate's answer."""

from collections.abc import Mapping, Sequence
from itertools import chain

from modelsmith.domain.answering import Answered, usage_of
from modelsmith.domain.attempt import Attempt, Contender, allowed_attempts, exam_digest
from modelsmith.domain.call import OUTBOUND
from modelsmith.domain.gate import GateVerdict, gate
from modelsmith.domain.loop import Event
from modelsmith.domain.promotion import Lineage, PromotionRecord, promotion_of
from modelsmith.domain.record import Record, lines_of, records_in
from modelsmith.domain.run import StandIn
from modelsmith.domain.run_refs import promotion_branch
from modelsmith.domain.scorecard import ERROR_LIMIT, Scorecard
from modelsmith.domain.walk import PromotedFacts, StartedFacts, facts_of, line_of
from modelsmith.errors import BlockedError
from modelsmith.ports.reports import Reports
from modelsmith.ports.store import Claimant, Looks
from modelsmith.steps.evaluate import asked, card_of, opened, stand_in_notes, trials_on
from modelsmith.steps.stand_ins import by_stand_in, stand_in_answers
from modelsmith.steps.tools import Case, Outcome, Tools

CANDIDATE = "answers-sealed-candidate.jsonl"


class Look(Record):
    """Which look at the sealed version this is."""

    number: int
    """Counted from 1, over all runs of the repository on this sealed version."""


def gathered(tools: Tools, case: Case, looks: Looks) -> dict[str, bytes]:
    """Return the answers of the candidate and the stand-ins to the sealed split.

    Raises:
        BlockedError: the attempts of this sealed version are used up and nothing was read, or the
            machine lost so many answers that nothing could be concluded; no score was computed.
    """
    sealed = case.snapshot.sealed
    number = look_of(case, looks)
    with opened(tools, case, case.walk.adapter) as engine:
        files = {CANDIDATE: asked(tools, case, engine, "sealed", sealed)}
    with opened(tools, case, None) as engine:
        files |= stand_in_answers(tools, case, engine, "sealed", sealed, sealed)
    for name, given in files.items():
        _refuse_lost(name, given)
    raw = {name: lines_of(answers) for name, answers in files.items()}
    return raw | {"look.json": Look(number=number).canonical()}


def look_of(case: Case, looks: Looks) -> int:
    """Claim a look at the sealed split, before it is read, and return its number.

    Raises:
        BlockedError: the looks that this sealed version allows are taken.
    """
    version, benchmark = case.snapshot.sealed_version(), case.snapshot.benchmark
    canonical = sum(not scenario.is_variant for scenario in case.snapshot.sealed)
    allowed = allowed_attempts(benchmark, canonical)
    claimant = Claimant(
        run=case.run, intake_sha256=case.entries[0].digest(), at=case.entries[-1].recorded_at
    )
    while (before := looks.before(version, claimant)) < allowed:
        number = looks.claimed(version, claimant, before + 1)
        if number is not None:
            return number
    raise BlockedError(
        f"sealed version {benchmark.version} was looked at {before} times, {allowed} allowed",
        remedy="Retire this sealed version: move it to steer, write new sealed families, raise "
        "`version` in benchmark.yaml, and start a new run; this one keeps the exam it began with.",
    )


def _refuse_lost(name: str, given: Sequence[Answered]) -> None:
    lost = [answered.error for answered in given if answered.answer is None]
    if len(lost) > ERROR_LIMIT * len(given):
        raise BlockedError(
            f"{name}: {len(lost)} of {len(given)} answers were lost, the first to: {lost[0]}",
            remedy="Give the machine what it lacks and run the step again: finished batches are "
            "kept, nothing was scored, and no attempt is used up.",
        )


def decided(case: Case, raw: Mapping[str, bytes], reports: Reports) -> Outcome:
    """Return the gate's verdict with all its findings, and the promotion record."""
    files = {n: c for n, c in raw.items() if n.endswith(".jsonl") and n != OUTBOUND}
    answers = {n: records_in(c, Answered) for n, c in files.items()}
    look = Look.model_validate_json(raw["look.json"])
    systems: dict[str, tuple[Answered, ...]] = {"candidate": answers[CANDIDATE]}
    stand_ins = by_stand_in("sealed", answers, case.config.evaluation.votes)
    systems |= {n: stand_ins[n] for n in case.config.baselines if isinstance(n, StandIn)}
    attempt = _attempt(case, systems, look.number)
    verdict = gate(attempt)
    cards = [card_of(n, case.snapshot.sealed, a, case) for n, a in systems.items()]
    adapter = case.walk.adapter
    if adapter is None:
        raise ValueError("promote is reached only after a training")
    record = _record(case, verdict, cards, attempt, adapter)
    facts = PromotedFacts(
        decision=verdict.decision,
        sealed_version=case.snapshot.sealed_version(),
        candidate=line_of(cards[0]),
        baselines={card.system: line_of(card) for card in cards[1:]},
        failing=tuple(found.rule for found in verdict.failed()),
        adapter=adapter,
        usage=usage_of(chain.from_iterable(answers.values())),
    )
    notes = [*stand_in_notes(cards[1:]), *(_words(verdict))]
    return Outcome(
        Event.STAGED if verdict.decision == "promote" else Event.REFUSED,
        facts,
        {
            "gate.json": verdict.canonical(),
            "record.json": record.canonical(),
            "report.md": reports.scores(
                f"Sealed, attempt {look.number}",
                [*cards, *(p.card for p in attempt.constants)],
                notes,
            ).encode(),
        },
    )


def offered(tools: Tools, case: Case) -> None:
    """Offer a staged promotion to the people who must approve it, as a git branch.

    The branch stands on the commit of the run's last entry, so that merging it merges the whole
    record of the run, and holds `promotions/<specialist>/<version>/` with the promotion's record
    and report. The same record makes the same branch, so a step that was killed offers it once.

    Raises:
        BrokenRecordError: the record or the report was altered since.
    """
    entry = case.entries[-1]
    derived = {
        path.rpartition("/")[2]: case.read(path)
        for path in entry.evidence
        if path.endswith(("/record.json", "/report.md"))
    }
    record = PromotionRecord.model_validate_json(derived["record.json"])
    place = f"promotions/{record.lineage.specialist}/{record.lineage.version}"
    files = {f"{place}/{name}": content for name, content in derived.items()}
    message = (
        f"Stage {record.lineage.specialist} {record.lineage.version} for {record.channel}\n\n"
        f"Modelsmith-Run: {case.run}\nModelsmith-Phase: promote\n"
        f"Modelsmith-Iteration: {case.walk.iteration}\n"
    )
    tools.repository.branch_with(promotion_branch(case.run), files, message, entry.recorded_at)


def _attempt(case: Case, systems: Mapping[str, Sequence[Answered]], number: int) -> Attempt:
    snapshot = case.snapshot
    digest = exam_digest(snapshot.benchmark, snapshot.sealed)
    contenders = [
        Contender(
            system=name,
            is_stand_in=name in {stand_in.value for stand_in in StandIn},
            exam_sha256=digest,
            trials=trials_on(snapshot.sealed, answers),
        )
        for name, answers in systems.items()
    ]
    return Attempt(
        number=number,
        candidate=contenders[0],
        baselines=tuple(contenders[1:]),
        constants=case.yardsticks.on_sealed,
        benchmark=snapshot.benchmark,
        exam_sha256=digest,
        promotion=case.config.promotion,
    )


def _record(
    case: Case, verdict: GateVerdict, cards: Sequence[Scorecard], attempt: Attempt, adapter: str
) -> PromotionRecord:
    started = facts_of(case.entries[0], StartedFacts)
    lineage = Lineage(
        specialist=case.config.specialist,
        version=f"{case.run}-{case.walk.iteration}",
        run=case.run,
        adapter_sha256=adapter,
        model_sha256=started.model_sha256,
    )
    return promotion_of(lineage, attempt, verdict, cards, created_at=case.entries[-1].recorded_at)


def _words(verdict: GateVerdict) -> list[str]:
    return [
        f"{'holds' if found.holds else 'DOES NOT HOLD'}: {found.rule}: {found.message}"
        for found in verdict.findings
    ]
