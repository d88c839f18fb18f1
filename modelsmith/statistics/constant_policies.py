"""Policies that read nothing: what an exam gives away to a constant answer.

A candidate that does not clear the best of them has learned the exam's habits, not its domain.
Measured: "no issue, copy all changes" scored what eight minutes of training scored (research:
learn, section 3).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.checks.check import Check, Json, Verdict, chosen_in, finding_of
from modelsmith.exam.checks.fields import Chosen, FigureRead, SetHeld
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.result import CheckResult
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import graded, passes, score
from modelsmith.record import Record
from modelsmith.statistics.scorecard import Scorecard, scorecard_of
from modelsmith.statistics.trial import trial_of

BEST_FIXED = "constant:best-fixed-answer"
ALWAYS_FLAG = "constant:always-flag"
NEVER_FLAG = "constant:never-flag"
COPY_INPUT = "constant:copy-the-input"

Example = tuple[Scenario, str]
"""A train scenario and an answer that is right for it."""


class ConstantPolicy(Record):
    """A policy that answers without reading the figures, and what it scores."""

    name: str
    """One of the policies."""
    says: Mapping[str, str]
    """Its answer by category; under `*` where it is the same in all."""
    card: Scorecard
    """Its scores on the split."""


def examples_from(
    benchmark: Benchmark, train: Iterable[Scenario], labelled: Iterable[Example] = ()
) -> tuple[Example, ...]:
    """Return the right answers a constant policy may recite: composed ones and labelled ones."""
    recited = [(scenario, composed(benchmark, scenario)) for scenario in train]
    return (*((scenario, answer) for scenario, answer in recited if answer), *labelled)


def recited_by(policy: ConstantPolicy, benchmark: Benchmark, scenario: Scenario) -> str:
    """Return what a constant policy answers to a scenario."""
    if policy.name == COPY_INPUT:
        return copied(benchmark, scenario)
    return policy.says.get(scenario.category, policy.says.get("*", ""))


def copied(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the input as an answer, with the choice that says there is no problem."""
    return f"{scenario.input_text()}\n{_bare(benchmark)}".strip()


def _bare(benchmark: Benchmark) -> str:
    field = benchmark.answer_format.clear_choice
    return "" if field is None else f"{field.name}: {field.clear}"


def constant_policies(
    benchmark: Benchmark, scenarios: Sequence[Scenario], examples: Sequence[Example]
) -> tuple[ConstantPolicy, ...]:
    """Return the constant policies with their scores on `scenarios`.

    They are four where answers have a choice with a value that says there is no problem, and two
    without one: the best fixed answer, and the input. Each is the best of its kind in hindsight,
    chosen on the very scenarios it is scored on: always-flag and never-flag choose one answer for
    each category among the examples whose choice flags, or does not. That is more than any real
    constant could know, so the floor is generous. So it is in what no check decides: that counts as
    met, since no judge is paid to read them.
    """
    field = benchmark.answer_format.clear_choice
    bare = _bare(benchmark)
    asked = sorted(map(as_checks_see, scenarios), key=lambda s: s.id)
    choice = _Choice(benchmark)
    fixed = choice.best(asked, sorted({answer for _, answer in examples} or {bare}))

    def one_a_category(name: str, *, flags: bool) -> ConstantPolicy:
        says = {}
        for category in sorted({scenario.category for scenario in asked}):
            members = [scenario for scenario in asked if scenario.category == category]
            pool = _answers(benchmark, category, members, examples, flags=flags)
            says[category] = choice.best(members, pool)
        return _policy(name, says, benchmark, asked, lambda s: says[s.category])

    told = f"the input, then {bare}" if bare else "the input"
    return (
        _policy(BEST_FIXED, {"*": fixed}, benchmark, asked, lambda _: fixed),
        *(
            one_a_category(name, flags=flags)
            for name, flags in ((ALWAYS_FLAG, True), (NEVER_FLAG, False))
            if field is not None
        ),
        _policy(COPY_INPUT, {"*": told}, benchmark, asked, partial(copied, benchmark)),
    )


def as_checks_see(scenario: Scenario) -> Scenario:
    """Return a scenario with the criteria alone that have a check.

    Itself where no check is required to hold: every answer would pass what is left.
    """
    passing = tuple(c for c in scenario.pass_criteria if c.check is not None)
    failing = tuple(c for c in scenario.fail_criteria if c.check is not None)
    if not any(c.required for c in passing) or len(passing) + len(failing) == len(
        scenario.criteria()
    ):
        return scenario
    return Scenario(**dict(scenario) | {"pass_criteria": passing, "fail_criteria": failing})


def floor_of(policies: Iterable[ConstantPolicy]) -> ConstantPolicy:
    """Return the policy that scores best: by composite, then core, then mean score, then name.

    Raises:
        ValueError: there is no policy.
    """
    return min(
        policies, key=lambda policy: (*(-score for score in _rank(policy.card)), policy.name)
    )


def _rank(card: Scorecard) -> tuple[float, float, float]:
    composite = card.composite.value if card.composite else 0.0
    return composite, card.core.value if card.core else 0.0, card.mean_score or 0.0


class _Choice:
    """Chooses among answers; a check that many rubrics share reads each answer once."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._benchmark = benchmark
        self._numbered: dict[Check, int] = {}
        self._found: dict[tuple[int, str], CheckResult] = {}

    def best(self, scenarios: Sequence[Scenario], answers: Sequence[str]) -> str:
        """Return the answer with most passes, then the highest scores, then the first by text.

        Scores are asked of those alone that share the most passes.
        """
        by_label: dict[str | None, list[Scenario]] = {}
        for scenario in scenarios:
            by_label.setdefault(_label_asked(scenario), []).append(scenario)
        forms = {scenario.id: form_for(self._benchmark, scenario) for scenario in scenarios}
        counts = {}
        for answer in answers:
            asked = [*by_label.get(None, ())]
            for label, others in by_label.items():  # whoever asks for another label is not passed
                if label is not None and label in chosen_in(forms[others[0].id], answer)[:1]:
                    asked += others
            counts[answer] = sum(
                passes(scenario, answer, forms[scenario.id], self._finding) for scenario in asked
            )
        most = max(counts.values())
        finalists = [answer for answer, count in counts.items() if count == most]

        def merit(answer: str) -> tuple[float, str]:
            scores = (score(s, answer, forms[s.id], self._finding) for s in scenarios)
            return -sum(scores), answer

        return finalists[0] if len(finalists) == 1 else min(finalists, key=merit)

    def _finding(self, check: Check, answer: str, form: AnswerForm) -> CheckResult:
        # a figure is its scenario's own, a field's reading its form's; a schema has no hash
        if isinstance(check, Number | Json | Chosen | FigureRead | SetHeld):
            return finding_of(check, answer, form)
        key = (self._numbered.setdefault(check, len(self._numbered)), answer)
        if key not in self._found:
            self._found[key] = finding_of(check, answer, form)
        return self._found[key]


def _label_asked(scenario: Scenario) -> str | None:
    """Return the value without which nobody passes, where the rubric asks for one."""
    for criterion in scenario.pass_criteria:
        if criterion.required and isinstance(criterion.check, Verdict):
            return criterion.check.verdict
        if criterion.required and isinstance(criterion.check, Chosen) and not criterion.check.field:
            return criterion.check.choice
    return None


def _answers(
    benchmark: Benchmark,
    category: str,
    scenarios: Sequence[Scenario],
    examples: Sequence[Example],
    *,
    flags: bool,
) -> list[str]:
    """Return what may be recited in a category: its examples, and the bare choices."""
    form, field = form_for(benchmark, scenarios[0]), benchmark.answer_format.clear_choice
    bare, clear = set[str](), None
    if field is not None and (choice := form.choice(field.name)) is not None:
        clear = field.clear
        bare = {f"{field.name}: {one}" for one in choice.choices if (one != clear) == flags}
    of_category = [one for one in examples if one[0].category == category]
    if not form.fields:  # nothing is chosen in free text: what the answer is right for tells
        return sorted({a for s, a in of_category if s.outcome_type.flags == flags} or {""})
    told = {
        answer
        for _, answer in of_category
        if (given := chosen_in(form, answer)) and (given != (clear,)) == flags
    }
    return sorted(bare | told)


def _policy(
    name: str,
    says: Mapping[str, str],
    benchmark: Benchmark,
    scenarios: Sequence[Scenario],
    answer_to: Callable[[Scenario], str],
) -> ConstantPolicy:
    trials = tuple(
        trial_of(scenario, graded(scenario, answer_to(scenario), form_for(benchmark, scenario)))
        for scenario in scenarios
    )
    card = scorecard_of(name, trials, benchmark)
    return ConstantPolicy(name=name, says=says, card=card)
