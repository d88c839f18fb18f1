"""Bundle: what people approve of a promotion, made from what the run has recorded.

| raw evidence     | what it is                                              |
|------------------|---------------------------------------------------------|
| fingerprint.json | what specialist and base model say next                 |
| parts.json       | every file that the engine read, by digest              |
| live.json        | what the channel's pointer says on the default branch |
| grader.json      | which judge may decide while it is live, and why others may not |

Everything else is computed from these and the answers, so that a replay makes the same bytes.
"""

from collections.abc import Sequence

from modelsmith import __version__
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.answers import Answered
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.prompt import form_for, prompt_for
from modelsmith.exam.redaction import Redaction
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import deciding
from modelsmith.judges.panel import CriterionPlace, JudgeVote
from modelsmith.loop.answers.grading import opinions_in, steering_panel, trials_on
from modelsmith.loop.answers.local_model import STEER
from modelsmith.loop.evidence.files import (
    CARD,
    CONTRACT,
    EVALUATION,
    FINGERPRINT,
    GRADER,
    LINEAGE,
    LIVE,
    OF_A_BUNDLE,
    PAGE,
    PARTS,
    RECORD,
    REPORT,
    REQUEST,
    ROUND,
    ROWS,
)
from modelsmith.loop.phases.assess import CANDIDATE
from modelsmith.loop.phases.model_ancestry import trainings_behind
from modelsmith.models.engine_port import Engine
from modelsmith.models.fingerprint import Fingerprint, FingerprintPrompt, NextTokens
from modelsmith.models.generation import Prompt
from modelsmith.promotion.bundle import Request, ServedParts
from modelsmith.promotion.channel import Pointer, pointer_in, pointer_path
from modelsmith.promotion.evidence.evaluation import evaluation_of
from modelsmith.promotion.evidence.model_card_figures import CardFacts
from modelsmith.promotion.evidence.model_card_page import card_of
from modelsmith.promotion.evidence.provenance import Origins, TrainingOrigin, provenance_of
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.canary import AnswerSeen, outcome_of
from modelsmith.promotion.rollback.contract import Contract, blindness_of, contract_of, refusal_of
from modelsmith.promotion.rollback.grader import Grader, GraderChoice, grader_among
from modelsmith.record import canonical, sha256
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import StartedFacts, TrainedFacts, facts_of
from modelsmith.run.evidence import Evidence, Files, evidence_of
from modelsmith.run.repository import Repository

NOBODY = GraderChoice(grader=None, left_out={})
"""What a run of before judges watched anything chose."""

SPOTS = 3
"""Prompts of a fingerprint: one where both say the same proves nothing. Each is read in a forward
pass of its own, 0.85 s of processor time for the embedded model (two cores, 2025-11)."""


def prompts_of(context: PhaseContext) -> tuple[Prompt, ...]:
    """Return what a fingerprint asks: the first train questions, none of steer or sealed."""
    train = sorted(context.snapshot.train, key=lambda scenario: scenario.id)[:SPOTS]
    return tuple(prompt_for(context.snapshot.benchmark, scenario) for scenario in train)


def served_by(engine: Engine) -> ServedParts:
    """Return what the candidate's engine reads, and what it is."""
    return ServedParts(parts=engine.parts, engine=engine.identity, modelsmith=__version__)


def fingerprint_of(
    context: PhaseContext, specialist: Sequence[NextTokens], base: Sequence[NextTokens]
) -> Fingerprint:
    """Return the fingerprint, from what both say next after each of its prompts."""
    said = zip(prompts_of(context), specialist, base, strict=True)
    return Fingerprint(
        spots=tuple(
            FingerprintPrompt(prompt=prompt, specialist=one, base=other)
            for prompt, one, other in said
        )
    )


def live_at(repository: Repository, context: PhaseContext) -> Pointer:
    """Return what is live in the run's channel, by the default branch.

    Raises:
        BrokenRecordError: the pointer there cannot be read.
        ForgeError: upstream does not answer.
    """
    channel = context.config.promotion.channel
    content = repository.on_default_branch(pointer_path(channel))
    if content is None:
        return Pointer(channel=channel, live=None)
    pointer = pointer_in(content)
    if pointer is None or pointer.channel != channel:
        found = "cannot be read" if pointer is None else f"is of channel {pointer.channel}"
        raise BrokenRecordError(
            f"{pointer_path(channel)} on the branch of record {found}",
            remedy="Restore it from git: the factory alone writes it.",
        )
    return pointer


def bundled(
    context: PhaseContext,
    raw: Evidence,
    record: PromotionRecord,
    told: Evidence,
) -> Files:
    """Return the files that the request names but those in `told`, and the request.

    A promotion attempt of before there were bundles has none: nothing of it can be approved.

    Args:
        context: What the phase knew when it began.
        raw: Its raw evidence.
        record: The record.
        told: The record's and the report's file.

    Raises:
        BrokenRecordError: the fingerprint is not of the questions that it must be of, or is not
            there and other files of a bundle are.
    """
    if FINGERPRINT not in raw:
        _require_none(raw)
        return {}
    _require_own(context, FINGERPRINT.read(raw))
    served, contract = PARTS.read(raw), contract_of_run(context, raw)
    origins, snapshot = origins_of(context, served), context.snapshot
    variants = sum(scenario.is_variant for scenario in snapshot.sealed)
    facts = CardFacts(
        record,
        origins,
        contract,
        snapshot.benchmark,
        sealed=len(snapshot.sealed) - variants,
        variants=variants,
        shown=Redaction(snapshot.sealed, (*context.train, *snapshot.steer)).taken_out_of,
        unwatched=unwatched_words(raw, contract),
    )
    card = card_of(facts)
    derived = (
        LINEAGE.of(canonical(provenance_of(record, origins)))
        | EVALUATION.of(canonical(evaluation_of(record)))
        | CONTRACT.of(contract)
        | CARD.of(card.markdown.encode())
        | PAGE.of(card.page.encode())
    )
    whole: Evidence = {**told, **derived, FINGERPRINT: raw[FINGERPRINT]}
    request = Request(
        specialist=record.lineage.specialist,
        version=record.lineage.version,
        run=context.run,
        channel=record.channel,
        tags=context.config.tags,
        ledger_sha256=context.entries[-1].digest(),
        evidence={file.name: sha256(content) for file, content in whole.items()},
        parts=served.parts,
    )
    return derived | REQUEST.of(request)


def origins_of(context: PhaseContext, served: ServedParts) -> Origins:
    """Return what the candidate was made from, from the run's ledger and evidence."""
    trainings = [
        TrainingOrigin(facts_of(entry, TrainedFacts), next(ROWS.held_by(entry, context.read)))
        for entry in trainings_behind(context)
    ]
    return Origins(
        config=context.config,
        started=facts_of(context.entries[0], StartedFacts),
        train=context.train,
        steer=context.snapshot.steer,
        trainings=tuple(reversed(trainings)),
        served=served,
        began_at=context.entries[0].recorded_at,
    )


def _require_none(raw: Evidence) -> None:
    """Refuse files of a bundle from which nothing can be computed again."""
    told = {file.name for file in {*OF_A_BUNDLE, PARTS, LIVE} - {RECORD, REPORT}}
    found = sorted(file.name for file in raw if file.name.rpartition("/")[2] in told)
    if found:
        raise BrokenRecordError(
            f"{', '.join(found)} without {FINGERPRINT.name}: what follows from it cannot be told",
            remedy="Restore the run's evidence from git.",
        )


def _require_own(context: PhaseContext, found: Fingerprint) -> None:
    if tuple(spot.prompt for spot in found.spots) != prompts_of(context):
        raise BrokenRecordError(
            f"{FINGERPRINT.name} asks something else than the first {SPOTS} train questions",
            remedy="Restore the run's evidence from git.",
        )


def grader_of(context: PhaseContext) -> GraderChoice:
    """Return which of the run's judges may decide while the candidate is live."""
    judges = [context.hosted.judge(name) for name in context.config.judges]
    return grader_among(
        judges,
        context.certified_judges,
        steering_panel(context).judges,
        context.config.promotion.channel,
    )


def unwatched_foreseen(context: PhaseContext) -> str:
    """Return why nothing could watch a release of a run; nothing where checks or a judge could."""
    steer = [one for one in context.snapshot.steer if not one.is_repeat]
    if any(map(_is_checked, steer)):
        return ""
    choice = grader_of(context)
    left_out = dict(choice.left_out)
    if choice.grader is not None:
        why = refusal_of(choice.grader, steer)
        if not why:
            return ""
        left_out[choice.grader.judge] = why
    return "; ".join(f"{judge}: {why}" for judge, why in sorted(left_out.items()))


def _is_checked(scenario: Scenario) -> bool:
    """Return whether checks alone decide whether an answer passes."""
    return all(scenario.criteria()[key].check for key in deciding(scenario))


def contract_of_run(context: PhaseContext, raw: Evidence) -> Contract:
    """Return what takes the candidate back.

    A run of before judges watched anything chose none: checks alone decide its contract.
    """
    steer, choice = context.snapshot.steer, GRADER.read(raw, NOBODY)
    asked = [one for one in steer if not one.is_repeat]
    checked = {one.id for one in asked if _is_checked(one)}
    answers, votes = _assessed(context, choice.grader)
    passed: dict[str, list[bool]] = {}
    for trial in trials_on(context, steer, answers):
        if trial.passed is not None and trial.scenario in checked:
            passed.setdefault(trial.scenario, []).append(trial.passed)
    known = by_id(asked)
    for given in answers if choice.grader else ():
        scenario = known.get(given.scenario)
        if scenario is None or given.answer is None or scenario.id in checked:
            continue
        seen = AnswerSeen(text=given.answer.text, finish=given.answer.finish)
        outcome = outcome_of(scenario, seen, form_for(context.snapshot.benchmark, scenario), votes)
        if outcome is not None:
            passed.setdefault(scenario.id, []).append(outcome == "passed")
    return contract_of(
        context.config.promotion.channel,
        steer,
        passed,
        checked,
        exam_sha256=facts_of(context.entries[0], StartedFacts).exam_sha256,
        target=LIVE.read(raw).live,
        grader=choice.grader,
    )


def unwatched_words(raw: Evidence, contract: Contract) -> str:
    """Return that a release cannot be watched, and why; nothing where it can.

    Nothing, too, of a run of before this was told.
    """
    why = blindness_of(contract) if GRADER in raw else ""
    return f"this release cannot be watched: {why}" if why else ""


def watching_of(context: PhaseContext, raw: Evidence) -> tuple[str, tuple[str, ...]]:
    """Return why a release cannot be watched, if so, and what a report says of who decides then.

    Nothing where checks decide, and of a run of before this was told.
    """
    if GRADER not in raw or FINGERPRINT not in raw:
        return "", ()
    choice, contract = GRADER.read(raw), contract_of_run(context, raw)
    unwatched, left_out = unwatched_words(raw, contract), dict(choice.left_out)
    if choice.grader and (why := refusal_of(choice.grader, context.snapshot.steer)):
        left_out[choice.grader.judge] = why
    notes = [unwatched] if unwatched else []
    if contract.grader is not None:
        notes.append(
            f"while it is live, {contract.grader.judge} decides what checks leave open, on "
            f"{len(contract.graded())} of {len(contract.canary)} canary questions"
        )
        if "address" in contract.grader.identity:
            notes.append(
                f"{contract.grader.judge} is known by its address alone: whoever runs it may "
                "change its weights, and production takes a judge by `path` only"
            )
    notes += [f"{judge} decides nothing while it is live: {why}" for judge, why in left_out.items()]
    return unwatched, tuple(notes)


def _assessed(
    context: PhaseContext, grader: Grader | None
) -> tuple[tuple[Answered, ...], dict[CriterionPlace, JudgeVote]]:
    """Return the candidate's answers on steer, from the last time that assess asked for them.

    With them what the grader said then, by criterion of an answer.
    """
    for entry in reversed(context.entries):
        evidence = evidence_of(entry, context.read)
        if ROUND in evidence and ROUND.read(evidence).adapter_sha256 == context.progress.adapter:
            said = opinions_in(evidence, Split.STEER, CANDIDATE) if grader else ()
            votes = {one.place: one for one in said if grader and one.judge == grader.judge}
            return STEER.read(evidence), votes
    raise BrokenRecordError(
        "no assess entry has the candidate's answers on steer",
        remedy="Restore the ledger from git.",
    )
