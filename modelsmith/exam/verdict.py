"""One answer judged against one rubric, criterion by criterion."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.checks.check import Check, Verdict, finding_of
from modelsmith.exam.checks.fields import Chosen
from modelsmith.exam.checks.result import CheckResult, Outcome
from modelsmith.exam.prompt_injection import without_addresses
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.record import Positive, Rate, Record, kept

Find = Callable[[Check, str, AnswerForm], CheckResult]
"""What a check finds in an answer, by the form that the answer was to have."""

GRADER = "checks/1"
"""Version of the check-based grader; verdicts of two versions are never compared."""


class CriterionVerdict(Record):
    """What was decided of one criterion."""

    criterion: Annotated[str, Field(pattern=r"^[PF][1-9][0-9]?$")]
    """The criterion's id: P1 to pass, F1 to fail."""
    outcome: Outcome
    """Met, not met, or unscored. A fail criterion that is met is triggered."""
    seen: str = ""
    """The part of the answer that decided it, or why nothing decided it."""
    level: Annotated[Positive | None, Field(exclude_if=lambda level: level is None)] = None
    """The level that judges named, of a criterion that has levels."""


class Judged(Record):
    """An answer that was decided."""

    kind: Literal["judged"] = "judged"
    scenario: str
    """Id of the scenario."""
    criteria: tuple[CriterionVerdict, ...]
    """One verdict for each criterion of the rubric."""
    passed: bool
    """Every required pass criterion met and no fail criterion triggered; by points, whether their
    least share is reached."""
    score: Rate
    """Weighted share of pass criteria met minus triggered fail criteria; steers, never decides."""
    unreadable: Annotated[str, Field(exclude_if=lambda said: not said)] = ""
    """Why the answer cannot be read by its form, so that it does not pass, whatever else it says;
    nothing where it can."""


class Errored(Record):
    """No answer, or no decision, because something broke. Never a zero."""

    kind: Literal["errored"] = "errored"
    scenario: str
    """Id of the scenario."""
    reason: str
    """What broke."""


class Skipped(Record):
    """Not decided on purpose: a criterion has no check and no judge may decide it."""

    kind: Literal["skipped"] = "skipped"
    scenario: str
    """Id of the scenario."""
    criteria: tuple[CriterionVerdict, ...]
    """What was decided, and what could not be."""
    reason: str
    """Which criteria nobody could decide."""


AnswerVerdict = Annotated[Judged | Errored | Skipped, Field(discriminator="kind")]


def graded(scenario: Scenario, answer: str, form: AnswerForm) -> Judged | Skipped:
    """Return the verdict of the check-based grader on `answer`.

    An answer that cannot be read by its form meets nothing and says why.

    An unscored criterion leaves the whole answer undecided, except where a criterion that was
    decided already fails it: an unmet required one, or a triggered fail criterion
    (research: evalscience, section 1.7). A pass criterion is met only if it still is without the
    lines that speak to the grader: a pasted rubric with `met` after each line says nothing.
    """
    if faults := faults_in(form, answer):
        return unreadable(scenario, faults)
    decided = tuple(
        CriterionVerdict(criterion=key, outcome=found.outcome, seen=found.seen)
        for key, found in _findings(scenario, answer, form, finding_of)
    )
    return decision(scenario, decided)


def declined(scenario: Scenario) -> Judged:
    """Return the verdict on a refusal to answer: an answer, which meets nothing."""
    return _meeting_nothing(scenario, "the model declined")


def unreadable(scenario: Scenario, faults: Sequence[str]) -> Judged:
    """Return the verdict on an answer that cannot be read by its form."""
    why = "; ".join(faults)
    return Judged(**dict(_meeting_nothing(scenario, "unreadable")) | {"unreadable": why})


def _meeting_nothing(scenario: Scenario, seen: str) -> Judged:
    return Judged(
        scenario=scenario.id,
        criteria=tuple(
            CriterionVerdict(criterion=key, outcome=Outcome.NOT_MET, seen=seen)
            for key in scenario.criteria()
        ),
        passed=False,
        score=0.0,
    )


def passes(scenario: Scenario, answer: str, form: AnswerForm, find: Find = finding_of) -> bool:
    """Return whether the check-based grader passes `answer`, asking no more than it must.

    The same as `graded(...).passed`: the first criterion that is not as it must be decides, and
    verdict lines, the cheapest to read, are looked at first.

    Args:
        scenario: The question and its rubric.
        answer: What is graded.
        form: The form that it was to have.
        find: Says what a check finds; one that remembers saves asking twice.
    """
    if faults_in(form, answer):
        return False
    if scenario.least_share is not None:
        outcomes = {key: found.outcome for key, found in _findings(scenario, answer, form, find)}
        return not failing(scenario, outcomes) and not _undecided(scenario, outcomes)
    own = without_addresses(answer)
    for key, criterion in sorted(scenario.criteria().items(), key=_price):
        if key.startswith("P") and not criterion.required:
            continue
        wanted = Outcome.NOT_MET if key.startswith("F") else Outcome.MET
        if _finding(key, criterion, (answer, own), form, find).outcome is not wanted:
            return False
    return True


def score(scenario: Scenario, answer: str, form: AnswerForm, find: Find = finding_of) -> float:
    """Return the weighted score of `answer`; 0 where nobody can read or decide it."""
    if faults_in(form, answer):
        return 0.0
    outcomes = {key: found.outcome for key, found in _findings(scenario, answer, form, find)}
    if not failing(scenario, outcomes) and _undecided(scenario, outcomes):
        return 0.0
    return _score(scenario, outcomes)


def _findings(
    scenario: Scenario, answer: str, form: AnswerForm, find: Find
) -> Iterator[tuple[str, CheckResult]]:
    texts = (answer, without_addresses(answer))
    for key, criterion in scenario.criteria().items():
        yield key, _finding(key, criterion, texts, form, find)


def _finding(
    key: str, criterion: Criterion, texts: tuple[str, str], form: AnswerForm, find: Find
) -> CheckResult:
    answer, own = texts
    if criterion.check is None:
        return CheckResult(outcome=Outcome.UNSCORED, seen="no check")
    found = find(criterion.check, answer, form)
    if key.startswith("P") and found.outcome is Outcome.MET and own != answer:
        return find(criterion.check, own, form)
    return found


def _price(numbered: tuple[str, Criterion]) -> int:
    return 0 if isinstance(numbered[1].check, Verdict | Chosen) else 1


def decision(scenario: Scenario, criteria: tuple[CriterionVerdict, ...]) -> Judged | Skipped:
    """Return what the criterion verdicts say of the whole answer."""
    outcomes = {verdict.criterion: verdict.outcome for verdict in criteria}
    failed, unscored = failing(scenario, outcomes), _undecided(scenario, outcomes)
    if unscored and not failed:
        return Skipped(
            scenario=scenario.id, criteria=criteria, reason=f"undecided: {', '.join(unscored)}"
        )
    return Judged(
        scenario=scenario.id,
        criteria=criteria,
        passed=not failed,
        score=_score(scenario, outcomes, {one.criterion: one.level for one in criteria}),
    )


def of_what_was_decided(scenario: Scenario, verdict: AnswerVerdict) -> AnswerVerdict:
    """Return a verdict whose score leaves out the criteria that nobody decided.

    Such a one is not required, else there would be no verdict: it is no mistake of the answer's.
    """
    if not isinstance(verdict, Judged):
        return verdict
    outcomes = {one.criterion: one.outcome for one in verdict.criteria}
    told = [key for key, outcome in outcomes.items() if outcome is not Outcome.UNSCORED]
    if verdict.unreadable or not any(key.startswith("P") for key in told):
        return verdict
    levels = {one.criterion: one.level for one in verdict.criteria}
    return Judged(**dict(verdict) | {"score": _score(scenario, outcomes, levels, told)})


def failing(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Return the criteria that alone fail an answer, undecided ones left out.

    By points they are all that cost it some, most first, once what is left cannot reach the least
    share.
    """
    if scenario.least_share is not None:
        if _reachable(scenario, outcomes, Outcome.MET) >= scenario.least_share:
            return []
        criteria = scenario.criteria()
        lost = [
            key
            for key, outcome in outcomes.items()
            if outcome is (Outcome.MET if key[0] == "F" else Outcome.NOT_MET)
        ]
        return sorted(lost, key=lambda key: -criteria[key].counts)
    decisive = deciding(scenario)
    return [
        key
        for key, outcome in outcomes.items()
        if key in decisive and outcome is (Outcome.MET if key[0] == "F" else Outcome.NOT_MET)
    ]


def unchecked(scenario: Scenario) -> list[str]:
    """Return the criteria that decide whether an answer passes, and that no check decides."""
    criteria = scenario.criteria()
    return [key for key in deciding(scenario) if criteria[key].check is None]


def _undecided(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> list[str]:
    share = scenario.least_share
    if share is not None and _reachable(scenario, outcomes, Outcome.NOT_MET) >= share:
        return []
    return [key for key in deciding(scenario) if outcomes[key] is Outcome.UNSCORED]


def deciding(scenario: Scenario) -> list[str]:
    """Return the criteria without which, or with which, no answer passes."""
    criteria, by_points = scenario.criteria().items(), scenario.least_share is not None
    return [key for key, one in criteria if by_points or key.startswith("F") or one.required]


def _reachable(scenario: Scenario, outcomes: Mapping[str, Outcome], undecided: Outcome) -> float:
    """Return the share of the points where all that is undecided turns out well, or badly."""
    bad = Outcome.NOT_MET if undecided is Outcome.MET else Outcome.MET
    told = {
        key: bad if key[0] == "F" else undecided
        for key in scenario.criteria()
        if outcomes.get(key, Outcome.UNSCORED) is Outcome.UNSCORED
    }
    return kept(_gained(scenario, {**outcomes, **told}, {}))


def _score(
    scenario: Scenario,
    outcomes: Mapping[str, Outcome],
    levels: Mapping[str, int | None] | None = None,
    among: Collection[str] | None = None,
) -> float:
    return min(1.0, max(0.0, _gained(scenario, outcomes, levels or {}, among)))


def _gained(
    scenario: Scenario,
    outcomes: Mapping[str, Outcome],
    levels: Mapping[str, int | None],
    among: Collection[str] | None = None,
) -> float:
    """Return the share of all that can be gained; a level counts by how far up it is.

    Of the pass criteria `among` them alone, if told.
    """
    positive = sum(
        criterion.counts
        for key, criterion in scenario.criteria().items()
        if key.startswith("P") and (among is None or key in among)
    )
    gained = 0.0
    for key, criterion in scenario.criteria().items():
        level = levels.get(key)
        if criterion.levels is not None and level is not None:
            gained += criterion.counts * (level - 1) / (len(criterion.levels) - 1)
        elif outcomes[key] is Outcome.MET:
            gained += criterion.counts if key.startswith("P") else -criterion.counts
    return gained / positive


def pass_words(scenario: Scenario) -> str:
    """Return when an answer passes, in words."""
    if scenario.least_share is not None:
        total = sum(criterion.counts for criterion in scenario.pass_criteria)
        return (
            f"An answer passes with at least {scenario.least_share:.0%} of {total:g} points: those "
            "of each P that it meets, less those of each F that it triggers"
        )
    words = "An answer passes when it meets every required P and triggers no F"
    if scenario.has_levels and scenario.least_level is not None:
        return f"{words}; a criterion with levels is met from level {scenario.least_level} on"
    return words
