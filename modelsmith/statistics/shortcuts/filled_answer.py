"""An answer in the form with everything filled in that needs no judgement: figures, sentences."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from modelsmith.exam.checks.answer_form import Column, FiguresField, TextField
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen, FigureRead, FigureSought
from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.scenario import MOST_CRITERIA, Criterion, Scenario
from modelsmith.statistics.shortcuts.lessons import Choices, Lessons, Pick
from modelsmith.statistics.shortcuts.traits import SeriesEnds, question_key


class FilledAnswers:
    """Answers by what was decided of them; the same decision on a question is written once."""

    def __init__(self, lessons: Lessons) -> None:
        """Know train."""
        self._lessons = lessons
        self._readings = dict[Hashable, list[Criterion]]()
        self._written = dict[Hashable, str]()

    def answer(self, scenario: Scenario, pick: Pick) -> str:
        """Return the answer to a scenario that has these choices.

        Figures are the latest of the metrics that train's rubrics ask for in the category, each
        with its direction by the benchmark's columns; sentences are those of the donor's rubric. A
        free text is the donor's rubric, recited.
        """
        donor = pick.donor or self._lessons.donor(scenario.category, pick.choices)
        question, given = question_key(scenario), tuple(pick.choices.items())
        key = (question, given, None if donor is None else donor.id)
        if key not in self._written:
            if question not in self._readings:
                self._readings[question] = _readings(self._lessons, scenario)
            readings = self._readings[question]
            self._written[key] = _filled(self._lessons, scenario, pick.choices, readings, donor)
        return self._written[key]


def _filled(
    lessons: Lessons,
    scenario: Scenario,
    choices: Choices,
    readings: Sequence[Criterion],
    donor: Scenario | None,
) -> str:
    if not lessons.form_of(scenario.category).fields:
        return "" if donor is None else recited(donor)
    criteria = [
        Criterion(text=f"Chooses {value}.", check=Chosen(choice=value, field=name))
        for name, value in choices.items()
    ]
    criteria += readings
    criteria += [Criterion(text=one.text, check=one.check) for one in _said(donor)]
    if not criteria:
        return ""
    rubric = {"pass_criteria": tuple(criteria[:MOST_CRITERIA]), "fail_criteria": ()}
    return composed(lessons.benchmark, Scenario(**dict(scenario) | rubric | {"passes": None}))


def recited(donor: Scenario) -> str:
    """Return what a rubric asks for, as an answer."""
    return "\n".join(criterion.text for criterion in donor.pass_criteria)


def _said(donor: Scenario | None) -> Iterator[Criterion]:
    """Yield the criteria of a rubric that ask neither for a choice nor for a metric's figure."""
    for criterion in () if donor is None else donor.pass_criteria:
        check = criterion.check
        is_reading = isinstance(check, FigureRead) or (
            isinstance(check, Number) and check.number.metric is not None
        )
        if not is_reading and not isinstance(check, Verdict | Chosen):
            yield criterion


def _readings(lessons: Lessons, scenario: Scenario) -> list[Criterion]:
    """Return the figures that an answer gives, as criteria that ask for them.

    A field of figures is filled up with the metrics that moved most, since it asks no more of them.
    """
    ends = lessons.traits.ends(scenario)
    asked = lessons.metrics_of(scenario.category)
    if not asked.keys() & ends.keys():
        asked = lessons.metrics_anywhere()
    fields = lessons.form_of(scenario.category).fields
    most = sum(field.at_most for field in fields if isinstance(field, FiguresField))
    names = [name for name in asked if name in ends]
    if most:
        moved = sorted(ends, key=lambda name: (-abs(ends[name].change), name))
        names = [*names, *(name for name in moved if name not in asked)][:most]
    openings = [one for field in fields if isinstance(field, TextField) for one in field.opens]
    opening = openings[0] if openings else "Cites "
    return [_bound(lessons, name, ends, asked.get(name), opening) for name in names]


def _bound(
    lessons: Lessons,
    name: str,
    ends: Mapping[str, SeriesEnds],
    asked: Criterion | None,
    opening: str,
) -> Criterion:
    """Return a criterion that asks for the latest figure of a metric, as train asks for it."""
    one, text = ends[name], f"{opening}{name}." if asked is None else asked.text
    check = None if asked is None else asked.check
    if isinstance(check, Number):
        sought = NumberSought(metric=name, value=one.last, unit=check.number.unit)
        return Criterion(text=text, check=Number(number=sought))
    unit = lessons.benchmark.columns.get(name, Column()).unit
    figure = FigureSought(metric=name, value=one.last, unit=unit, direction=one.direction)
    return Criterion(text=text, check=FigureRead(figure=figure))
