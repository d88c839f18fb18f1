"""A blind recheck of a promotion attempt: what people are shown, and what they found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.decisions.attempt import Attempt
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.answers import Answered
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.scenario import Split
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.prompt import presentable
from modelsmith.judges.recheck import SIZES, Drawn, Pair, Recheck, RecheckSheet, drawn, recheck_of
from modelsmith.layout import promotion_folder
from modelsmith.loop.answers.baselines import answers_in, by_baseline
from modelsmith.loop.answers.grading import opinions_in
from modelsmith.loop.evidence.files import RECORD, SEALED_ATTEMPT
from modelsmith.loop.phases.comparisons import CANDIDATE, attempt_of
from modelsmith.loop.phases.context_history import contexts
from modelsmith.promotion.approval.reviews import RuleResult
from modelsmith.promotion.bundle import RECHECK
from modelsmith.promotion.record import PromotionRecord
from modelsmith.run.context import PhaseContext
from modelsmith.run.evidence import evidence_of, verified
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunRecord
from modelsmith.run.state_machine import Event
from modelsmith.statistics.trial import by_scenario

ENDED = (Event.STAGED, Event.REFUSED)


class Rechecking(NamedTuple):
    """A recheck of one attempt; the same evidence makes the same one."""

    context: PhaseContext
    """What the run knew before the attempt."""
    path: str
    """Where its sheet lies, relative to the repository."""
    answers: tuple[Drawn, ...]
    """What people label."""
    opinions: tuple[JudgeVote, ...]
    """What judges said of all answers."""


def rechecking(folder: RunRecord) -> Rechecking:
    """Return the recheck of a run's last promotion attempt.

    Raises:
        UsageError: there was no attempt, or too few answers differ for a recheck.
        BrokenRecordError: the evidence was altered.
    """
    context, entry = _attempted(folder)
    raw = evidence_of(entry, context.read)
    answers = answers_in(context, Split.SEALED, raw, CANDIDATE)
    attempt = attempt_of(context, raw, answers, SEALED_ATTEMPT.read(raw).number)
    given = {"candidate": answers[CANDIDATE]} | by_baseline(context, Split.SEALED, answers)
    chosen = drawn(_pairs(attempt, given), attempt.seed())
    if not chosen:
        raise UsageError(
            f"the specialist of {folder.name} and its baselines differ on too few answers",
            remedy=f"A recheck needs {min(SIZES)} of them; there is nothing that it could tell.",
        )
    lineage = RECORD.read(raw).lineage
    return Rechecking(
        context=context,
        path=f"{promotion_folder(lineage.specialist, lineage.version)}/{RECHECK}",
        answers=chosen,
        opinions=tuple(o for system in given for o in opinions_in(raw, Split.SEALED, system)),
    )


def rechecked(asked: Rechecking, sheet: RecheckSheet) -> Recheck:
    """Return what people found.

    Raises:
        InputError: the sheet is not the one that was drawn, or a criterion has no label.
    """
    context, scenarios = asked.context, by_id(asked.context.snapshot.sealed)
    shown = [(one.id, one.scenario, presentable(one.text)) for one in asked.answers]
    if sheet.run != context.run or shown != [(a.id, a.scenario, a.answer) for a in sheet.answers]:
        raise InputError(
            f"{asked.path} does not hold the answers that were drawn for {context.run}",
            remedy="Write it anew with `modelsmith judge audit`; change nothing but the labels.",
        )
    missing = [
        f"{one.id}: {key}"
        for one in sheet.answers
        for key in scenarios[one.scenario].criteria()
        if key not in one.labels
    ]
    if missing:
        raise InputError(
            f"{asked.path} has no label for {', '.join(missing)}",
            remedy="Write met or not_met behind each criterion's id.",
        )
    labels = {one.id: one.labels for one in sheet.answers}
    families = context.hosted.families(context.config.judges)
    return recheck_of(asked.answers, labels, scenarios, asked.opinions, families)


def recheck_result(
    folder: RunRecord, record: PromotionRecord, sheet: Callable[[str], RecheckSheet | None]
) -> RuleResult | None:
    """Return what a blind recheck says of a staged promotion; none where no judge decided it.

    Args:
        folder: The run's record, whole.
        record: What is promoted.
        sheet: Returns the sheet at a path, none where there is none; InputError where it is unfit.

    Raises:
        BrokenRecordError: the evidence was altered.
    """
    if not any(one.panel and one.panel.judges for one in record.baselines):
        return None
    try:
        asked = rechecking(folder)
    except UsageError as error:
        return RuleResult(rule="recheck", state="holds", what=f"{error.what}, nothing to recheck")
    try:
        filled = sheet(asked.path)
        found = rechecked(asked, filled) if filled else None
    except InputError as error:
        first = " ".join(map(str.strip, error.what.split("\n")[:2]))
        remedy = f"Fill it in, and read it: modelsmith judge audit {folder.name} --read"
        return RuleResult(rule="recheck", state="waits", what=first, remedy=remedy)
    return recheck_finding(found, folder.name)


def _attempted(folder: RunRecord) -> tuple[PhaseContext, Entry]:
    entries = folder.entries()
    at = next((n for n, e in reversed(list(enumerate(entries))) if e.event in ENDED), None)
    if at is None:
        raise UsageError(
            f"run {folder.name} has made no promotion attempt",
            remedy="A recheck is of answers to the sealed split; go on with the run first.",
        )
    *_, before = contexts(folder.name, verified(folder.read, entries), entries[:at])
    return before, entries[at]


def _pairs(attempt: Attempt, given: Mapping[str, Sequence[Answered]]) -> Iterator[Pair]:
    """Yield each comparison of two answers that were both decided, as its own judges did."""
    texts = {
        system: {a.scenario: a.answer.text for a in answers if a.answer is not None}
        for system, answers in given.items()
    }
    for baseline in attempt.baselines:
        ours = by_scenario(baseline.against or attempt.candidate.trials)
        for scenario, other in by_scenario(baseline.trials).items():
            mine = ours[scenario]
            if mine.passed is None or other.passed is None:
                continue
            yield Pair(
                baseline=baseline.system,
                scenario=scenario,
                ours=texts["candidate"][scenario],
                theirs=texts[baseline.system][scenario],
                ours_passed=mine.passed,
                theirs_passed=other.passed,
            )


def recheck_finding(found: Recheck | None, run: str) -> RuleResult:
    """Return what a blind recheck says of a promotion; it waits where nobody filled one in.

    Args:
        found: What people found; none where there is no filled sheet.
        run: The run whose promotion it is.
    """
    if found is None:
        return RuleResult(
            rule="recheck",
            state="waits",
            what="no person has rechecked, blind, what judges decided",
            remedy=f"Have somebody who does not approve label the answers, and commit the sheet to "
            f"this branch: modelsmith judge audit {run}",
        )
    if found.holds:
        return RuleResult(rule="recheck", state="holds", what=found.words)
    remedy = "Do not promote it: rewrite the criteria that are read differently, or train on."
    return RuleResult(rule="recheck", state="fails", what=found.words, remedy=remedy)
