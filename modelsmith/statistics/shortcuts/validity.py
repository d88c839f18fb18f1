"""What passing an exam proves: what systems without a language model pass of it, and without what.

Everything here is counted on checks. A scenario that no check decides says nothing without judges;
of one that checks decide in part, the rest counts as met, so that shortcuts are never told smaller
than they are.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark, Exam
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.composed_answer import composed_choices
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import AnswerVerdict, Judged, graded, unreadable
from modelsmith.record import kept
from modelsmith.statistics.constant_policies import (
    Example,
    as_checks_see,
    constant_policies,
    examples_from,
)
from modelsmith.statistics.scorecard import Scorecard, scorecard_of
from modelsmith.statistics.shortcuts.battery import Answering, Shortcut, battery_for, is_constant
from modelsmith.statistics.shortcuts.filled_answer import FilledAnswers
from modelsmith.statistics.shortcuts.lessons import Lessons
from modelsmith.statistics.shortcuts.perturbations import Perturbation, perturbations_of
from modelsmith.statistics.shortcuts.plain_learners import (
    PLAIN_LEARNERS,
    answering,
    rows_of,
    without_its_family,
)
from modelsmith.statistics.shortcuts.shared_with_train import shared_with_train
from modelsmith.statistics.shortcuts.validity_figures import (
    Balance,
    Difficulty,
    FreeCriterion,
    HeldOutNames,
    PolicyKind,
    PolicyScore,
    PolicyValidity,
    ScenarioDifficulty,
    SplitValidity,
    Validity,
)
from modelsmith.statistics.trial import trial_of

HELD_OUT = (Split.STEER, Split.SEALED)


class _System(NamedTuple):
    """A system that is asked."""

    name: str
    kind: PolicyKind
    ignores: str
    answer: Answering
    fills_in: bool = True


def validity_of(
    exam: Exam,
    drawn: Mapping[Split, Sequence[Scenario]],
    labelled: Iterable[Example] = (),
    *,
    has_learners: bool = True,
    has_names: bool = False,
) -> Validity:
    """Return what passing an exam proves.

    Args:
        exam: Its scenarios as they are written, twins included.
        drawn: Variants of held-out scenarios that a run would ask beside them.
        labelled: Answers to train scenarios that people found right.
        has_learners: Whether plain learners are fitted, which takes scikit-learn and seconds.
        has_names: Whether held-out scenarios are named.
    """
    lessons = Lessons(exam.benchmark, exam.train, labelled)
    everything = (*exam.train, *exam.steer, *exam.sealed)
    perturbations = perturbations_of(exam.benchmark, everything)
    written = FilledAnswers(lessons)
    shortcuts = [_fitted(one, lessons, written) for one in battery_for(exam.benchmark)]
    rows = rows_of(lessons, exam.train) if has_learners else ()
    learners = [
        _System(one.name, "learner", "", answering(one, lessons, written, rows))
        for one in (PLAIN_LEARNERS if has_learners else ())
    ]
    splits = []
    for split in HELD_OUT:
        if not exam.split(split):
            continue
        asked = _Asked(lessons, exam.split(split), drawn.get(split, ()), perturbations)
        systems = [*shortcuts, *learners]
        if has_learners and split is Split.SEALED:
            among = rows_of(lessons, exam.sealed)
            systems += [
                _System(
                    f"{one.name}, sealed but its family",
                    "upper-bound",
                    "",
                    without_its_family(one, lessons, written, rows, among),
                )
                for one in PLAIN_LEARNERS
            ]
        splits.append(_split_validity(split, asked, systems, has_names=has_names))
    return Validity(
        domain=exam.benchmark.domain,
        version=exam.benchmark.version,
        train=len(exam.train),
        train_families=len({one.family for one in exam.train}),
        balance=_balance(exam.benchmark, exam.train),
        splits=tuple(splits),
    )


def _fitted(shortcut: Shortcut, lessons: Lessons, written: FilledAnswers) -> _System:
    answer = shortcut.fit(lessons, written)
    return _System(shortcut.name, "shortcut", shortcut.ignores, answer, shortcut.fills_in)


class _Asked:
    """One split as it is asked and graded; the same answer to a scenario is graded once."""

    def __init__(
        self,
        lessons: Lessons,
        written: Sequence[Scenario],
        drawn: Sequence[Scenario],
        perturbations: Mapping[str, Perturbation],
    ) -> None:
        self.lessons = lessons
        self.benchmark = lessons.benchmark
        self.written = tuple(written)
        self.scenarios = {one.id: as_checks_see(one) for one in (*written, *drawn)}
        self.originals = (*written, *drawn)
        self._forms = {one.id: form_for(self.benchmark, one) for one in self.originals}
        self._perturbed = {
            name: [perturbed(one) for one in self.originals]
            for name, perturbed in perturbations.items()
        }
        self._graded = dict[tuple[str, str], AnswerVerdict]()
        self.undecided = sum(not self._is_decided(one) for one in written)

    def _is_decided(self, scenario: Scenario) -> bool:
        return any(c.check is not None and c.required for c in scenario.pass_criteria)

    def verdicts(self, answer: Answering) -> dict[str, AnswerVerdict]:
        """Return the verdict on each answer."""
        return {one.id: self._verdict(one.id, answer(one)) for one in self.originals}

    def verdicts_perturbed(
        self, answer: Answering, name: str, before: Mapping[str, AnswerVerdict]
    ) -> dict[str, AnswerVerdict]:
        """Return the verdict on each answer to the scenarios as a perturbation asks them.

        By the rubric of the scenario as it is. One that the perturbation leaves as it is was
        answered `before`.
        """
        asked = zip(self.originals, self._perturbed[name], strict=True)
        return {
            one.id: before[one.id] if other is one else self._verdict(one.id, answer(other))
            for one, other in asked
        }

    def _verdict(self, scenario: str, answer: str) -> AnswerVerdict:
        key = (scenario, answer)
        if not answer:
            return unreadable(self.scenarios[scenario], ("nothing was said",))
        if key not in self._graded:
            self._graded[key] = graded(self.scenarios[scenario], answer, self._forms[scenario])
        return self._graded[key]

    def perturbed_scores(
        self, system: _System, before: Mapping[str, AnswerVerdict]
    ) -> dict[str, PolicyScore]:
        """Return what a system scores under each perturbation.

        Constants read nothing, and what has seen the other families is no system to be asked.
        """
        if is_constant(system.name) or system.kind == "upper-bound":
            return {}
        return {
            name: self.score(system.name, self.verdicts_perturbed(system.answer, name, before))
            for name in self._perturbed
        }

    def score(self, name: str, verdicts: Mapping[str, AnswerVerdict]) -> PolicyScore:
        """Return what verdicts come to."""
        trials = [trial_of(one, verdicts[one.id]) for one in self.originals]
        card = scorecard_of(name, trials, self.benchmark)
        return PolicyScore(
            composite=card.composite,
            core=card.core,
            passes=sum(_passed(verdicts[one.id]) for one in self.written),
            right_choices=sum(
                _is_right(self.scenarios[one.id], verdicts[one.id]) for one in self.written
            ),
        )


def _passed(verdict: AnswerVerdict) -> bool:
    return isinstance(verdict, Judged) and verdict.passed


def _is_right(scenario: Scenario, verdict: AnswerVerdict) -> bool:
    """Return whether every choice that a check asks for is made; not where none asks for one."""
    criteria = scenario.criteria()
    made = [
        one.outcome is Outcome.MET
        for one in (verdict.criteria if isinstance(verdict, Judged) else ())
        if one.criterion.startswith("P")
        and isinstance(criteria[one.criterion].check, Verdict | Chosen)
    ]
    return bool(made) and all(made)


def _split_validity(
    split: Split,
    asked: _Asked,
    systems: Sequence[_System],
    *,
    has_names: bool,
) -> SplitValidity:
    verdicts = {one.name: asked.verdicts(one.answer) for one in systems}
    twins = _twins(asked.written)
    policies = [
        PolicyValidity(
            name=one.name,
            kind=one.kind,
            ignores=one.ignores,
            score=asked.score(one.name, verdicts[one.name]),
            perturbed=asked.perturbed_scores(one, verdicts[one.name]),
            twins_right=_all_right(twins, partial(_passes, verdicts[one.name])),
        )
        for one in systems
    ]
    policies += _constants(asked)
    free = [*_free_criteria(asked, [verdicts[one.name] for one in systems if _fills_in(one)])]
    told = {one.name: verdicts[one.name] for one in systems if _is_counted(one)}
    passed_by = {
        one.id: tuple(name for name, given in told.items() if _passed(given[one.id]))
        for one in asked.written
    }
    names = None
    if has_names:
        ranked = sorted(passed_by, key=lambda name: (-len(passed_by[name]), name))
        names = HeldOutNames(
            free_criteria=tuple(free),
            scenarios=tuple(
                ScenarioDifficulty(scenario=name, passed_by=passed_by[name]) for name in ranked
            ),
        )
    return SplitValidity(
        split=split,
        scenarios=len(asked.written),
        families=len({one.family for one in asked.written}),
        undecided=asked.undecided,
        policies=tuple(policies),
        criteria=sum(one.check is not None for s in asked.written for one in s.criteria().values()),
        free=len(free),
        shared=shared_with_train(asked.benchmark, asked.lessons.train, asked.written),
        balance=_balance(asked.benchmark, asked.written),
        difficulty=_difficulty(asked, [len(one) / len(told) for one in passed_by.values()]),
        twin_families=len(twins),
        names=names,
    )


def _passes(verdicts: Mapping[str, AnswerVerdict], scenario: Scenario) -> bool:
    return _passed(verdicts[scenario.id])


def _fills_in(system: _System) -> bool:
    return system.kind == "shortcut" and system.fills_in


def _is_counted(system: _System) -> bool:
    """Return whether a system counts in difficulty: two dozen constants would drown the others."""
    return system.kind == "shortcut" and not is_constant(system.name)


def _constants(asked: _Asked) -> list[PolicyValidity]:
    """Return the constant policies of runs beside the shortcuts."""
    lessons = asked.lessons
    examples = examples_from(lessons.benchmark, lessons.train, lessons.labelled)
    cards = constant_policies(lessons.benchmark, asked.originals, examples)
    return [_constant(one.name, one.card) for one in cards]


def _constant(name: str, card: Scorecard) -> PolicyValidity:
    passes = sum(one.passes for one in card.categories)
    return PolicyValidity(
        name=name,
        kind="constant",
        ignores="everything: it is chosen in hindsight on the split",
        score=PolicyScore(
            composite=card.composite, core=card.core, passes=passes, right_choices=None
        ),
        perturbed={},
        twins_right=None,
    )


def _free_criteria(
    asked: _Asked, verdicts: Sequence[Mapping[str, AnswerVerdict]]
) -> Iterable[FreeCriterion]:
    """Yield the criteria that every readable answer of a shortcut meets, or that none triggers."""
    for scenario in asked.written:
        found = [given[scenario.id] for given in verdicts]
        readable = [
            {one.criterion: one.outcome for one in given.criteria}
            for given in found
            if isinstance(given, Judged) and not given.unreadable
        ]
        for key, criterion in scenario.criteria().items():
            wanted = Outcome.MET if key.startswith("P") else Outcome.NOT_MET
            if (
                readable
                and criterion.check is not None
                and all(outcomes.get(key) is wanted for outcomes in readable)
            ):
                yield FreeCriterion(scenario=scenario.id, criterion=key, text=criterion.text)


def _twins(scenarios: Iterable[Scenario]) -> dict[str, list[Scenario]]:
    """Return the families with several written scenarios."""
    families = dict[str, list[Scenario]]()
    for one in scenarios:
        families.setdefault(one.family, []).append(one)
    return {name: members for name, members in families.items() if len(members) > 1}


def _all_right(twins: Mapping[str, Sequence[Scenario]], passes: Callable[[Scenario], bool]) -> int:
    return sum(all(map(passes, members)) for members in twins.values())


def _difficulty(asked: _Asked, shares: Sequence[float]) -> Difficulty:
    decided = len(asked.written) - asked.undecided
    return Difficulty(
        mean=kept(sum(shares) / decided) if decided else None,
        by_none=sum(share == 0 for share in shares) - asked.undecided,
        by_half=sum(share >= 0.5 for share in shares),  # noqa: PLR2004 - half
    )


def _balance(benchmark: Benchmark, scenarios: Sequence[Scenario]) -> Balance:
    choices = Counter(
        f"{name}={value}"
        for one in scenarios
        for name, value in composed_choices(benchmark, one).items()
    )
    return Balance(
        choices=_sorted(choices),
        outcome_types=_sorted(Counter(one.outcome_type.value for one in scenarios)),
        categories=_sorted(Counter(one.category for one in scenarios)),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
