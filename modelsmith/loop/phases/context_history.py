"""A run read forwards from its ledger: what each phase knew when it began."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from modelsmith.boundary.hosted_model import Hosted
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.loop.phases.merged_proposals import chosen_in, joined_in
from modelsmith.run.config import RunConfig
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import BEGINNING, progress_after
from modelsmith.run.evidence import (
    CERTIFIED_JUDGES,
    CONFIG,
    EXAM,
    HOSTED,
    INTAKE,
    File,
    Read,
    verified,
)
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunFolder
from modelsmith.run.reference_scores import KnownExams, scores_on
from modelsmith.run.state_machine import START, advance

T = TypeVar("T")


def context_of(folder: RunFolder) -> PhaseContext:
    """Return what the next phase knows, from the run folder alone.

    Raises:
        UsageError: the run has not been started.
        BrokenRecordError: the ledger, or an evidence file that is needed, was altered.
    """
    entries = folder.chain()
    if not entries:
        raise UsageError(
            f"run {folder.name} has not been started",
            remedy=f"Start it: modelsmith run start {folder.name}",
        )
    *_, last = contexts(folder.name, verified(folder.read, entries), entries)
    return last


def contexts(
    run: str,
    read: Read,
    entries: Sequence[Entry],
    exams: KnownExams | None = None,
) -> Iterator[PhaseContext]:
    """Yield what was known after each of `entries`; the exam is read once.

    Args:
        run: The run's name.
        read: Returns evidence, checked against the ledger.
        entries: A ledger whose chain holds.
        exams: What earlier runs were measured against, where many are read.

    Raises:
        BrokenRecordError: an entry's facts or the intake are not what they must be.
    """
    config, snapshot = intake_in(read)
    hosted = _frozen_in(read, entries[0], HOSTED) or Hosted()
    certified_judges = _frozen_in(read, entries[0], CERTIFIED_JUDGES) or CertifiedJudges()
    context = PhaseContext(
        run=run,
        config=config,
        snapshot=snapshot,
        entries=(),
        position=START,
        progress=BEGINNING,
        read=read,
        reference=scores_on(
            KnownExams() if exams is None else exams,
            entries[0].evidence[EXAM.at(INTAKE)],
            snapshot,
        ),
        hosted=hosted,
        certified_judges=certified_judges,
    )
    for entry in entries:
        context = context_after(context, entry, read)
        yield context


def context_after(context: PhaseContext, entry: Entry, read: Read) -> PhaseContext:
    """Return what is known after one more entry.

    Args:
        context: What was known before.
        entry: What was recorded then.
        read: Returns evidence, that of `entry` too, checked against the ledger.

    Raises:
        TransitionError: the run did not accept its event.
        BrokenRecordError: its facts or its evidence are not what they must be.
    """
    chosen = chosen_in(read, entry)
    by_models = ((one.author, one.scenario) for one in chosen if not one.is_rule_made)
    return replace(
        context,
        entries=(*context.entries, entry),
        position=advance(context.position, entry.event),
        progress=progress_after(context.progress, entry),
        read=read,
        joined=(*context.joined, *joined_in(read, entry, chosen)),
        offered=(*context.offered, *by_models),
    )


def intake_in(read: Read) -> tuple[RunConfig, ExamSnapshot]:
    """Return the settings and the exam that a run began with.

    Raises:
        BrokenRecordError: one of the two files is gone, or holds something else.
    """
    config, exam = read(CONFIG.at(INTAKE)), read(EXAM.at(INTAKE))
    try:
        return CONFIG.decode(config), EXAM.decode(exam)
    except ValueError as error:
        raise BrokenRecordError(
            f"{CONFIG.at(INTAKE)} or {EXAM.at(INTAKE)} is not what intake writes: {error}",
            remedy="Restore the run's folder from git; nothing in it is edited.",
        ) from None


def _frozen_in(read: Read, intake: Entry, file: File[T]) -> T | None:
    """Return what intake froze in a file; none where it froze nothing."""
    path = file.at(INTAKE)
    if path not in intake.evidence:
        return None
    try:
        return file.decode(read(path))
    except ValueError as error:
        raise BrokenRecordError(
            f"{path} is not what intake writes: {error}",
            remedy="Restore the run's folder from git; nothing in it is edited.",
        ) from None
