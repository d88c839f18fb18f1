"""Train, as systems without a language model learn from it: right choices, metrics, sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import AnswerForm, ChoiceField
from modelsmith.exam.checks.fields import FigureRead
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.composed_answer import composed_choices
from modelsmith.exam.prompt import form_of_category
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.statistics.constant_policies import Example
from modelsmith.statistics.shortcuts.traits import Traits

Choices = Mapping[str, str]
"""The value of each field that is chosen from a list, by the field's name."""


class Pick(NamedTuple):
    """What a system decides of an answer; the rest is filled in from train."""

    choices: Choices
    """Its choices."""
    donor: Scenario | None = None
    """The train scenario whose sentences it recites; none for the first that fits the choices."""


class Lessons:
    """The train scenarios of one benchmark, with what their rubrics say of right answers.

    Attributes:
        benchmark: The exam's vocabularies and its answer form.
        train: The train scenarios, by id.
        labelled: Answers to train scenarios that people found right.
        traits: What is seen of scenarios.
    """

    def __init__(
        self, benchmark: Benchmark, train: Iterable[Scenario], labelled: Iterable[Example] = ()
    ) -> None:
        """Read the rubrics of train.

        Args:
            benchmark: The exam's vocabularies and its answer form.
            train: The train scenarios.
            labelled: Answers to train scenarios that people found right.
        """
        self.benchmark = benchmark
        self.train = tuple(sorted(train, key=lambda one: one.id))
        self.labelled = tuple(sorted(labelled, key=lambda one: (one[0].id, one[1])))
        self.traits = Traits(benchmark)
        self._forms = {
            name: form_of_category(benchmark, name)
            for name in {*benchmark.categories, *(one.category for one in self.train)}
        }
        self._choices = {one.id: composed_choices(benchmark, one) for one in self.train}
        self._figures = {one.id: _figures_in(one) for one in self.train}

    def choices_of(self, scenario: Scenario) -> Choices:
        """Return the right choices of a train scenario."""
        return self._choices[scenario.id]

    def fields_of(self, category: str) -> tuple[ChoiceField, ...]:
        """Return the fields that answers in a category choose from a list."""
        fields = self.form_of(category).fields
        return tuple(field for field in fields if isinstance(field, ChoiceField))

    def members(self, category: str, field: ChoiceField | None = None) -> tuple[Scenario, ...]:
        """Return the train scenarios of a category; all that are answered alike where it has none.

        Args:
            category: The category.
            field: Those alone whose right answers choose one of its values in this field.
        """
        form = self.form_of(category)
        alike = [
            one
            for one in self._alike(has_fields=bool(form.fields))
            if field is None or self._choices[one.id].get(field.name) in field.choices
        ]
        own = [one for one in alike if one.category == category]
        return tuple(own or alike)

    def metrics_of(self, category: str) -> dict[str, Criterion]:
        """Return the metrics that train's rubrics ask for in a category, those asked most first.

        Each has a criterion that asks for it.
        """
        return self._ranked([one for one in self.train if one.category == category])

    def metrics_anywhere(self) -> dict[str, Criterion]:
        """Return the metrics that train's rubrics ask for, those asked most first."""
        return self._ranked(self.train)

    def _ranked(self, scenarios: Iterable[Scenario]) -> dict[str, Criterion]:
        asked, seen = dict[str, Criterion](), Counter[str]()
        for scenario in scenarios:
            for name, criterion in self._figures[scenario.id].items():
                asked.setdefault(name, criterion)
                seen[name] += 1
        return {name: asked[name] for name in sorted(asked, key=lambda name: (-seen[name], name))}

    def donor(self, category: str, choices: Choices) -> Scenario | None:
        """Return the train scenario whose right choices agree most with these.

        Of several one of the category, then the first by id; None where train has none that is
        answered alike.
        """
        form = self.form_of(category)

        def rank(one: Scenario) -> tuple[int, bool, str]:
            right = self._choices[one.id]
            agreed = sum(right.get(name) == value for name, value in choices.items())
            return -agreed, one.category != category, one.id

        return min(self._alike(has_fields=bool(form.fields)), key=rank, default=None)

    def form_of(self, category: str) -> AnswerForm:
        """Return the form of answers in a category."""
        return self._forms.get(category) or form_of_category(self.benchmark, category)

    def _alike(self, *, has_fields: bool) -> list[Scenario]:
        """Return the train scenarios that are answered by a form, or those in free text."""
        return [one for one in self.train if bool(self.form_of(one.category).fields) is has_fields]


def _figures_in(scenario: Scenario) -> dict[str, Criterion]:
    """Return the criteria of a rubric that ask for a metric's figure, by metric."""
    found = dict[str, Criterion]()
    for criterion in scenario.pass_criteria:
        check = criterion.check
        if isinstance(check, FigureRead):
            found.setdefault(check.figure.metric, criterion)
        elif isinstance(check, Number) and check.number.metric is not None:
            found.setdefault(check.number.metric, criterion)
    return found
