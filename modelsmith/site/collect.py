"""Site: read from git's objects what the pages show, each file checked against its ledger.

1. The exams, as the revision holds them.
2. Each run where a branch tells it furthest: its scores, trainings, decisions and findings. What
   stand-ins and constant policies score on steer is graded again, since no file holds it whole.
3. The promotions of the revision.
4. What is held out, now or in the exam of any run: none of it is shown.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import ValidationError

from modelsmith.audit.audit import tips_of
from modelsmith.audit.promotions import PromotionAtCommit, promotions
from modelsmith.audit.runs import RunAtTip, forks, furthest, runs_at_tips
from modelsmith.documents.validation import record_in
from modelsmith.errors import ModelsmithError, UsageError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.redaction import Redaction
from modelsmith.exam.scenario import Split
from modelsmith.git.commits import BRANCHES
from modelsmith.layout import RUNS, SETTINGS, settings_path
from modelsmith.loop.answers.baselines import hosted_baselines
from modelsmith.loop.answers.deciders import deciders_of
from modelsmith.loop.evidence.files import ASSESSMENT, GATE, JUDGING, RECORD, TRAINING, scorecard
from modelsmith.loop.phases.context_history import contexts
from modelsmith.loop.phases.evaluate import reference_cards
from modelsmith.promotion.approval.override import overridden_words
from modelsmith.promotion.record import PromotionRecord, words_of
from modelsmith.run.config import RunConfig
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    PromotedFacts,
    TrainedFacts,
    event_facts_of,
)
from modelsmith.run.evidence import Evidence, Read, evidence_of, verified
from modelsmith.run.history import History
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.reference_scores import KnownExams
from modelsmith.site.model import (
    CONSTANT_WORDS,
    RunStory,
    Scored,
    Site,
    Step,
    System,
    sealed_scores,
)

RUN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Form of a run's name, which becomes the name of a page; git's trees hold any name."""

OF_A_RUN = re.compile(
    rf"refs/(?:heads|remotes/[^/]+)/(modelsmith/{RUN_NAME.pattern}/(?:expand-\d+|promote))"
)
"""Branches that wait for people."""

IN_WHICH_PLACE = re.compile(r"refs/(?:heads|remotes/[^/]+)/")
"""What stands before a branch's own name."""

Exams = Callable[[str], tuple[Sequence[Exam], Sequence[str]]]
"""Returns the exams that a commit holds, and what of them cannot be used, in words."""


def site_of(history: History, exams_at: Exams, revision: str) -> Site:
    """Return what the pages of a revision are made of.

    Args:
        history: The repository.
        exams_at: Reads the exams of a commit.
        revision: What to show, beside the run branches.

    Raises:
        UsageError: the revision is not there, or there is no commit yet.
        InputError: the clone lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    tips = tips_of(history, revision)
    if not tips:
        raise UsageError("there is no commit yet, so there is nothing to show", remedy="Commit.")
    tip = tips[revision]
    commits = history.walk(list(dict.fromkeys(tips.values())))
    exams, left_out = exams_at(tip)
    known = KnownExams()
    runs = runs_at_tips(history, commits, tips)
    named = [states for name, states in runs.items() if RUN_NAME.fullmatch(name)]
    told = [_run(history, states, known, tip) for states in named]
    promoted = promotions(history, commits, {revision: tip})
    records, unread = _promotions(promoted)
    faults = [f"run {run.name}: {run.fault}" for run in told if run.fault]
    nameless = len(runs) - len(named)
    faults += [f"{RUNS}: {nameless} folders have names that no run can have"] if nameless else []
    return Site(
        commit=tip,
        exams=tuple(exams),
        runs=tuple(told),
        promotions=tuple(records),
        overridden={one.place: overridden_words(one.override) for one in promoted if one.override},
        open_branches=frozenset(_open(history, tip)),
        left_out=(*left_out, *faults, *unread),
        withheld=Redaction(
            [
                *(s for exam in exams for s in (*exam.steer, *exam.sealed)),
                *(s for run in told for s in run.held_out),
            ],
            [scenario for exam in exams for scenario in exam.train],
        ),
    )


def _run(
    history: History,
    states: Sequence[RunAtTip],
    known: KnownExams,
    tip: str,
) -> RunStory:
    at_tip = furthest(states)
    name = at_tip.record.name
    story = RunStory(
        name=name,
        commit=at_tip.commit,
        branch=None if at_tip.commit == tip else IN_WHICH_PLACE.sub("", at_tip.branch),
        config=None,
        steps=(),
        fault=next((found.what for found in forks(states)), None),
    )
    if story.fault:
        return story
    record = history.whole_run(name, at_tip.tree)
    try:
        entries = record.entries()
        if not entries:
            path = settings_path(name)
            config = record_in(path, record.read(SETTINGS), RunConfig)
            return story._replace(config=config)
        position_after(entries)
        read = verified(record.read, entries)
        told = list(contexts(name, read, entries, known))
        deciders = deciders_of(told[0])
        steps = (Step(entries[0], event_facts_of(entries[0])), *_steps(told, entries, read))
    except (ModelsmithError, ValueError, LookupError) as error:
        words = error.what if isinstance(error, ModelsmithError) else "its evidence is not readable"
        return story._replace(fault=words)
    held_out = (*told[0].snapshot.steer, *told[0].snapshot.sealed)
    return story._replace(config=told[0].config, steps=steps, held_out=held_out, deciders=deciders)


def _steps(told: Sequence[PhaseContext], entries: Sequence[Entry], read: Read) -> Iterator[Step]:
    others: list[System] = []
    for context, entry in zip(told, entries[1:], strict=False):  # known before the entry
        evidence, facts = evidence_of(entry, read), event_facts_of(entry)
        judging = JUDGING.read(evidence) if JUDGING in evidence else None
        step = Step(entry, facts, judging=judging)
        if isinstance(facts, EvaluatedFacts):
            others = others or _compared_with(context, evidence)
            train, steer = (
                _scored(Split.TRAIN, evidence),
                _scored(Split.STEER, evidence, others),
            )
            yield step._replace(scored=(train, steer))
        elif isinstance(facts, TrainedFacts):
            yield step._replace(training=TRAINING.read(evidence).trained)
        elif isinstance(facts, AssessedFacts):
            yield step._replace(
                scored=(_scored(Split.STEER, evidence, others),),
                assessment=ASSESSMENT.read(evidence),
            )
        elif isinstance(facts, PromotedFacts):
            record = RECORD.read(evidence)
            yield step._replace(scored=(sealed_scores(record),), gate=GATE.read(evidence))
        else:
            yield step


def _scored(split: Split, evidence: Evidence, others: Iterable[System] = ()) -> Scored:
    return Scored(split.value, (System(scorecard(split).read(evidence), ""), *others))


def _compared_with(context: PhaseContext, evidence: Evidence) -> list[System]:
    """Return what the specialist is compared with on steer in every round; asked in the first."""
    cards, floor = reference_cards(context, evidence)
    hosted = {model.name: model for model in hosted_baselines(context)}
    systems = [
        System(
            one,
            words_of(
                one.system,
                is_stand_in=one.system not in hosted,
                called=hosted[one.system].called if one.system in hosted else "",
                is_voted=context.snapshot.benchmark.answer_format.has_choice,
            ),
        )
        for one in cards
    ]
    return [*systems, *([System(floor.card, CONSTANT_WORDS)] if floor else [])]


def _promotions(promoted: Sequence[PromotionAtCommit]) -> tuple[list[PromotionRecord], list[str]]:
    records, unread = [], []
    for one in promoted:
        try:
            record = PromotionRecord.model_validate_json(one.content or b"")
        except ValidationError:
            unread.append(f"{one.path} is no promotion's record")
            continue
        if f"{record.lineage.specialist}/{record.lineage.version}" == one.place:
            records.append(record)
        else:
            unread.append(f"{one.path} is the record of another promotion")
    return records, unread


def _open(history: History, tip: str) -> Iterable[str]:
    for name, sha in history.references(*BRANCHES).items():
        found = OF_A_RUN.fullmatch(name)
        if found and history.merge_base(sha, tip) != sha:
            yield found[1]
