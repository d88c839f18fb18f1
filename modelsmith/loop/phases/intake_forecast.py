"""What a run lacks, as it stands at its beginning: what nobody decides, and what the gate refuses.

Concluded from the intake alone. It is told and kept nowhere: a run may begin whatever it says.
"""

from collections.abc import Callable, Iterator

from modelsmith.decisions.attempt import GateFinding, RuleClass
from modelsmith.exam.authoring.undecided import THREE_WAYS
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import unchecked
from modelsmith.judges.certification.examination import LEAST_CRITERIA
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.loop.answers.grading import steering_panel
from modelsmith.loop.phases.foreseen_gate import foreseen_findings
from modelsmith.record import Count, Record
from modelsmith.run.context import PhaseContext

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


class Forecast(Record):
    """What a run lacks at its beginning."""

    undecided: tuple[UndecidedSplit, ...]
    """What nobody decides, by split; nothing where checks and judges decide all."""
    labelled_criteria: Count
    """Labelled criteria of those that judges would decide."""
    needed_criteria: Count = LEAST_CRITERIA
    """Labelled criteria that the exam of a grader asks for."""
    gate: tuple[GateFinding, ...]
    """What the gate will find of rules that no answer changes."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is lacking, a line each; nothing where nothing is."""
        told = [one.words for one in self.undecided]
        if self.undecided:
            told.append(f"three ways on: {THREE_WAYS}")
            told.append(
                f"a judge could be examined on {self.labelled_criteria} labelled criteria, "
                f"{self.needed_criteria} are needed"
            )
        lacking = [found for found in self.gate if not found.holds]
        told += [f"the gate: {found.message}. {found.remedy}" for found in lacking]
        if any(found.rule_class is RuleClass.EVIDENCE for found in lacking):
            left = [
                found.message for found in self.gate if found.rule == "attempts" and found.holds
            ]
            told += [f"a look at sealed would be spent on that: {message}" for message in left]
        return tuple(told)


def forecast_of(context: PhaseContext, before: int | None, place_of: PlaceOf) -> Forecast:
    """Return what a run lacks.

    Args:
        context: What is known after the intake.
        before: Attempts that others made at this sealed version; None where nobody can tell.
        place_of: Returns where a criterion stands.
    """
    snapshot, judges = context.snapshot, steering_panel(context).judges
    exam = JudgeExam(snapshot.benchmark, snapshot.sheets, by_id(snapshot.train))
    return Forecast(
        undecided=() if judges else tuple(_undecided(context, place_of)),
        labelled_criteria=len(exam.items()),
        gate=foreseen_findings(context, before),
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
