"""What a run lacks, as it stands at its beginning: what nobody decides, and what the gate refuses.

Concluded from the intake alone. It is told and kept nowhere: a run may begin whatever it says.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from modelsmith.decisions.attempt import GateFinding, RuleClass
from modelsmith.exam.authoring.undecided import THREE_WAYS
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.evidence_needed import LEAST_CRITERIA
from modelsmith.exam.leakage import LeakFinding
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import unchecked
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.panel_selection import alone_in
from modelsmith.loop.answers.grading import steering_panel
from modelsmith.loop.phases.foreseen_gate import foreseen_findings, foreseen_panels
from modelsmith.loop.phases.promotion_bundle import unwatched_foreseen
from modelsmith.loop.phases.train import MOST_NAMED, REWRITE
from modelsmith.record import Count, Record
from modelsmith.run.context import PhaseContext

INDEPENDENT = "independent-judge:"
"""How the rules begin that ask for a judge who picked nothing."""

FOLLOWS = {
    Split.TRAIN: "no answer to them is found right: only those labelled right in exam/ are "
    "trained on",
    Split.STEER: "no answer to them is found right: they steer nothing",
    Split.SEALED: "no answer to them is found right: they count as unscored",
}
"""What follows where nobody decides criteria of a split."""

PlaceOf = Callable[[str, str], str]
"""Returns `file:line:column` of a criterion, by the scenario's id and its own."""


class UndecidedSplit(Record):
    """Criteria of one split that nobody decides with the run's graders."""

    split: Split
    """The split."""
    criteria: Count
    """Criteria that decide whether an answer passes, and that neither check nor judge decides."""
    scenarios: Count
    """Scenarios with such a criterion, variants left out."""
    of: Count
    """Scenarios of the split, variants left out."""
    labelled: Count
    """Those among them with an answer that people labelled right."""
    first: str
    """Where the first such criterion stands."""

    @property
    def words(self) -> str:
        """That, and what follows."""
        counted = (
            f"{self.criteria} criteria of {self.scenarios} of {self.of} {self.split} scenarios"
        )
        known = f" ({self.labelled} of {self.scenarios})" if self.split is Split.TRAIN else ""
        return f"{self.first}: nobody decides {counted}; {FOLLOWS[self.split]}{known}"


class LeakedTrain(Record):
    """Train scenarios that the leak gate keeps out of training."""

    scenarios: Count
    """How many."""
    of: Count
    """Scenarios of train."""
    first: str
    """Where the input of the first stands."""
    leak: LeakFinding
    """What it resembles."""
    others: tuple[str, ...] = ()
    """The other scenarios, by id."""

    @property
    def _also(self) -> str:
        more = len(self.others) - MOST_NAMED
        named = ", ".join(self.others[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"; kept out too: {named}" if named else ""

    @property
    def words(self) -> str:
        """That, and what helps."""
        return (
            f"{self.first}: the leak gate keeps {self.scenarios} of {self.of} train scenarios out "
            f"of training: {self.leak.words}{self._also}. {REWRITE}."
        )


class Forecast(Record):
    """What a run lacks at its beginning."""

    undecided: tuple[UndecidedSplit, ...]
    """What nobody decides, by split; nothing where checks and judges decide all."""
    labelled_criteria: Count
    """Labelled criteria of those that judges would decide."""
    needed_criteria: Count = LEAST_CRITERIA
    """Labelled criteria that the exam of a grader asks for."""
    leaked: LeakedTrain | None = None
    """What cannot be trained on for its likeness to what is held out; none where all can."""
    alone: tuple[str, ...] = ()
    """Judges that may accept training targets and decide with nobody beside them."""
    unwatched: str = ""
    """Why no judge of the run could watch what it releases, where checks cannot; nothing where one
    could, or the run has none."""
    channel: Literal["sandbox", "production"] = "sandbox"
    """Where the specialist goes: the sandbox allows both, production neither."""
    drafts: tuple[str, ...] = ()
    """Files that were drafted and that nobody confirmed; the run was frozen without them."""
    gate: tuple[GateFinding, ...]
    """What the gate will find of rules that no answer changes."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is lacking, a line each; nothing where nothing is."""
        told = [one.words for one in self.undecided]
        if self.undecided:
            told.append(f"three ways on: {THREE_WAYS}")
            told.append(self._labels_words())
        told += [self.leaked.words] if self.leaked else []
        if self.alone:
            told.append(self._alone_words())
        if self.drafts:
            count = len(self.drafts)
            told.append(
                f"{self.drafts[0]}: {count} drafted scenario{'s are' if count > 1 else ' is'} left "
                "out, since nobody has confirmed what was drafted; read it and run `modelsmith "
                "scenario confirm FILE`, for the next run"
            )
        if self.unwatched:
            told.append(
                f"a watch: no release of this run could be watched; {self._allowed}. "
                f"{self.unwatched}"
            )
        lacking = [
            found
            for found in self.gate
            if not found.holds and not (self.alone and found.rule.startswith(INDEPENDENT))
        ]
        told += [f"the gate: {found.message}. {found.remedy}" for found in lacking]
        if any(found.rule_class is RuleClass.EVIDENCE for found in lacking):
            left = [
                found.message for found in self.gate if found.rule == "attempts" and found.holds
            ]
            told += [f"a look at sealed would be spent on that: {message}" for message in left]
        return tuple(told)

    def _labels_words(self) -> str:
        counted = f"{self.labelled_criteria} labelled criteria, {self.needed_criteria} are needed"
        missing = self.needed_criteria - self.labelled_criteria
        if missing <= 0:
            return f"a judge could be examined on {counted}"
        return f"no judge can be examined yet: {counted}; {missing} are missing in exam/"

    @property
    def _allowed(self) -> str:
        return "sandbox allows it" if self.channel == "sandbox" else "production refuses it"

    def _alone_words(self) -> str:
        return (
            f"a judge of another family: {', '.join(self.alone)} may accept training targets and "
            f"alone decides at the gate, so passing may show that judge's taste; {self._allowed}. "
            "Name a certified judge of another family in run.yaml: of several families one picks "
            "no target"
        )


def forecast_of(
    context: PhaseContext,
    before: int | None,
    place_of: PlaceOf,
    input_of: Callable[[str], str] = str,
    drafts: Sequence[str] = (),
) -> Forecast:
    """Return what a run lacks.

    Args:
        context: What is known after the intake.
        before: Attempts that others made at this sealed version; None where nobody can tell.
        place_of: Returns where a criterion stands.
        input_of: Returns where the input of a scenario stands.
        drafts: Scenario files that were left out, since nobody confirmed them.
    """
    snapshot, judges = context.snapshot, steering_panel(context).judges
    exam = JudgeExam(snapshot.benchmark, snapshot.sheets, by_id(snapshot.train))
    return Forecast(
        undecided=() if judges else tuple(_undecided(context, place_of)),
        labelled_criteria=len(exam.items()),
        leaked=_leaked(context, input_of),
        alone=alone_in(foreseen_panels(context).values()),
        unwatched=unwatched_foreseen(context),
        channel=context.config.promotion.channel,
        drafts=tuple(drafts),
        gate=foreseen_findings(context, before),
    )


def _leaked(context: PhaseContext, input_of: Callable[[str], str]) -> LeakedTrain | None:
    """Return what of train the leak gate refuses as it stands."""
    train = context.snapshot.train
    found = context.reference.guard.found(train)
    if not found:
        return None
    first = found[0].candidate
    return LeakedTrain(
        scenarios=len({one.candidate for one in found}),
        of=len(train),
        first=input_of(first),
        leak=found[0],
        others=tuple(sorted({one.candidate for one in found} - {first})),
    )


def _undecided(context: PhaseContext, place_of: PlaceOf) -> Iterator[UndecidedSplit]:
    right = {one.scenario for one in context.snapshot.labelled}
    for split in Split:
        asked: tuple[Scenario, ...] = getattr(context.snapshot, split.value)
        canonical = [scenario for scenario in asked if not scenario.is_variant]
        open_ones = [(one.id, keys) for one in canonical if (keys := unchecked(one))]
        if open_ones:
            name, keys = open_ones[0]
            yield UndecidedSplit(
                split=split,
                criteria=sum(len(keys) for _, keys in open_ones),
                scenarios=len(open_ones),
                of=len(canonical),
                labelled=sum(name in right for name, _ in open_ones),
                first=place_of(name, keys[0]),
            )
