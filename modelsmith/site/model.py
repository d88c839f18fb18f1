"""What a repository shows to readers without git: its exams, its runs, its promotions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.decisions.assessment import Assessment
from modelsmith.decisions.gate import GateVerdict
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.redaction import Redaction
from modelsmith.exam.scenario import Scenario
from modelsmith.git.refs import promotion_branch
from modelsmith.judges.certification.panel_agreement import PhaseJudging
from modelsmith.loop.answers.deciders import Deciders
from modelsmith.loop.status import remedy_of
from modelsmith.models.generation import Usage
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import Record
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import ExpandedFacts, StoppedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import START, TERMINAL, TRANSITIONS, Event, State, replayed
from modelsmith.statistics.scorecard import Scorecard
from modelsmith.training.curriculum import Trained

PHASE_OF: Mapping[Event, str] = {
    event: phase.value
    for phase, row in TRANSITIONS.items()
    for event in row
    if event is not Event.HALTED
}
"""The phase that each event ends; one may halt in any."""

CONSTANT_WORDS = "constant policy: answers without reading the figures; the floor"
"""What every page says of the best constant policy."""


class System(NamedTuple):
    """One system on one split."""

    card: Scorecard
    """Its scores."""
    words: str
    """What it is; empty for the specialist itself."""


class Scored(NamedTuple):
    """What a phase scored on one split."""

    split: str
    """The split."""
    systems: tuple[System, ...]
    """The specialist, then what it is compared with."""


def sealed_scores(record: PromotionRecord) -> Scored:
    """Return the scores that a promotion's record holds."""
    systems = [System(record.candidate, "")]
    systems += [System(one.card, one.words) for one in record.baselines]
    systems += [System(record.constant_card, CONSTANT_WORDS)] if record.constant_card else []
    return Scored("sealed", tuple(systems))


class Step(NamedTuple):
    """One entry of a run with what its evidence holds, each file checked against its digest."""

    entry: Entry
    """The entry."""
    facts: Record
    """Its figures."""
    scored: tuple[Scored, ...] = ()
    """Its scores by split."""
    training: Trained | None = None
    """What a training did."""
    assessment: Assessment | None = None
    """What assess decided, and by which numbers."""
    gate: GateVerdict | None = None
    """What the gate found."""
    judging: PhaseJudging | None = None
    """How judges agreed on the phase's answers."""

    @property
    def phase(self) -> str:
        """The phase that it ends; empty where it says only that the run waits."""
        return PHASE_OF.get(self.entry.event, "")

    @property
    def usage(self) -> Usage | None:
        """The work that it took; none where no work is counted."""
        return getattr(self.facts, "usage", None)


class RunStory(NamedTuple):
    """One run as far as any branch here tells it."""

    name: str
    """Its name."""
    commit: str
    """The commit that tells it furthest."""
    branch: str | None
    """The branch of that commit; none where the revision itself tells it."""
    config: RunConfig | None
    """Its settings; none where they cannot be read."""
    steps: tuple[Step, ...]
    """Its entries, oldest first; none before the start."""
    fault: str | None = None
    """Why it cannot be shown; none where it can."""
    held_out: tuple[Scenario, ...] = ()
    """What the exam that it began with held out; nothing where it cannot be read."""
    deciders: Deciders | None = None
    """Who decides its criteria; none before it began, and where it cannot be read."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Its ledger."""
        return [step.entry for step in self.steps]

    @property
    def state(self) -> State:
        """Where it stands."""
        return replayed(entry.event for entry in self.entries).state if self.steps else START.state


class Site(NamedTuple):
    """Everything that the pages are made of."""

    commit: str
    """The commit that is shown."""
    exams: tuple[Exam, ...]
    """The exams, by domain."""
    runs: tuple[RunStory, ...]
    """The runs, by name."""
    promotions: tuple[PromotionRecord, ...]
    """The records under `promotions/`, by specialist and version."""
    open_branches: frozenset[str]
    """Branches of runs that are not merged."""
    overridden: Mapping[str, str]
    """Who overrode the gate and why, in one line, by `SPECIALIST/VERSION`."""
    left_out: tuple[str, ...]
    """What cannot be shown, and why."""
    withheld: Redaction
    """Takes out of every text what is held out."""


class Wait(NamedTuple):
    """Something that goes on when a person acts."""

    who: str
    """Whose turn it is."""
    what: str
    """What waits."""
    how: str
    """What to do."""
    run: str
    """The run."""


def waits(site: Site) -> Iterator[Wait]:
    """Yield what waits for people, by run."""
    for run in site.runs:
        yield from _waits_of(run, site.open_branches)


def _waits_of(run: RunStory, branches: frozenset[str]) -> Iterator[Wait]:
    if run.fault:
        yield Wait("operator", run.fault, "modelsmith audit", run.name)
        return
    if not run.steps:
        how = f"modelsmith run start {run.name}"
        yield Wait("operator", "Its settings are there, and it has not begun.", how, run.name)
    for step in run.steps:
        facts = step.facts
        if isinstance(facts, ExpandedFacts) and facts.branch in branches:
            what = f"{facts.accepted} scenarios that the council proposes want a review."
            yield Wait("domain expert", what, f"git switch {facts.branch}", run.name)
    if run.state is State.BLOCKED:
        facts = facts_of(run.entries[-1], StoppedFacts)
        words = facts.words.removesuffix(f" {facts.remedy}") if facts.remedy else facts.words
        how = remedy_of(run.name, facts)
        yield Wait("operator", f"It is blocked. {words}", how, run.name)
    if run.state is State.STAGED and promotion_branch(run.name) in branches:
        what = "A specialist is staged and goes live when its pull request is merged."
        yield Wait("approver", what, f"git switch {promotion_branch(run.name)}", run.name)
    elif run.state in TERMINAL and run.branch is not None:
        what = "It is over, and its record is not on the default branch."
        yield Wait("operator", what, f"modelsmith run offer {run.name}", run.name)
