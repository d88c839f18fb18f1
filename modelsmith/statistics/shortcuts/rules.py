"""Rules that choose without a language model, each fitted on train and blind to something."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from math import fsum, log, sqrt
from typing import NamedTuple

from modelsmith.exam.checks.answer_form import ChoiceField
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.similarity import Vectors, cosine
from modelsmith.statistics.shortcuts.lessons import Choices, Lessons, Pick
from modelsmith.statistics.shortcuts.traits import SeriesEnds

Rule = Callable[[Scenario], Pick]
"""What is decided of the answer to a scenario."""

FieldRule = Callable[[Scenario, ChoiceField], str | None]
"""Which value of a field is chosen; None where a rule has nothing to go by."""

MOVED = 0.25
"""Change of a column that the lookup counts as moved (the lookup that passed 18 of 18 sealed
scenarios of adtech version 1 had this bound)."""


def by_majority(lessons: Lessons) -> Rule:
    """Return the rule that takes the choices train has most in a category."""
    return _each_field(lessons, lambda _scenario, _field: None)


def always(lessons: Lessons, name: str, value: str) -> Rule:
    """Return the rule that takes one value of one field wherever that field is."""
    return _each_field(lessons, lambda _scenario, field: value if field.name == name else None)


def always_clear(lessons: Lessons) -> Rule:
    """Return the rule that never sees a problem."""
    return _each_field(lessons, lambda _scenario, field: field.clear)


def by_text(lessons: Lessons) -> Rule:
    """Return naive Bayes over the words of a scenario, with the category's shares as its prior."""
    told = {one.id: {*lessons.traits.words(one)} for one in lessons.train}
    known = {word for words in told.values() for word in words}

    def choose(scenario: Scenario, field: ChoiceField) -> str | None:
        members = lessons.members(scenario.category, field)
        prior = Counter(lessons.choices_of(one)[field.name] for one in members)
        words = known & {*lessons.traits.words(scenario)}

        def likelihood(value: str) -> float:
            having = [
                told[one.id]
                for one in lessons.train
                if lessons.choices_of(one).get(field.name) == value
            ]
            seen = Counter(word for words in having for word in words)
            parts = (log((seen[word] + 1) / (len(having) + 2)) for word in words)
            return log((prior[value] + 1) / (len(members) + len(field.choices))) + fsum(parts)

        return _best({value: likelihood(value) for value in field.choices})

    return _each_field(lessons, choose)


def by_table(lessons: Lessons) -> Rule:
    """Return the rule of the nearest centroid of column changes in a category."""
    changes = {one.id: lessons.traits.changes(one) for one in lessons.train}

    def choose(scenario: Scenario, field: ChoiceField) -> str | None:
        given = lessons.traits.changes(scenario)
        grouped = defaultdict[str, list[Mapping[str, float]]](list)
        for one in lessons.members(scenario.category, field):
            grouped[lessons.choices_of(one)[field.name]].append(changes[one.id])
        if not given:
            return None
        centres = {value: _centre(members) for value, members in grouped.items()}
        return _best({value: -_distance(given, centre) for value, centre in centres.items()})

    return _each_field(lessons, choose)


def nearest_by_text(lessons: Lessons) -> Rule:
    """Return the rule that recites the train scenario of the category with the likest words."""
    nearest = likest_by_text(lessons)
    return lambda scenario: _recite(lessons, nearest(scenario, lessons.members(scenario.category)))


def likest_by_text(
    lessons: Lessons,
) -> Callable[[Scenario, Sequence[Scenario]], Scenario | None]:
    """Return what finds the likest of some train scenarios by words; the first by id of several."""
    likenesses = {one.id: lessons.traits.likeness(one) for one in lessons.train}
    space = Vectors(likenesses.values())
    vectors = {name: space.vector(likeness) for name, likeness in likenesses.items()}

    def nearest(scenario: Scenario, among: Sequence[Scenario]) -> Scenario | None:
        given = space.vector(lessons.traits.likeness(scenario))
        return min(
            among, key=lambda one: (-round(cosine(given, vectors[one.id]), 9), one.id), default=None
        )

    return nearest


def nearest_by_table(lessons: Lessons) -> Rule:
    """Return the rule that recites the train scenario of a category whose figures moved likest."""
    changes = {one.id: lessons.traits.changes(one) for one in lessons.train}

    def pick(scenario: Scenario) -> Pick:
        given = lessons.traits.changes(scenario)
        members = lessons.members(scenario.category)
        donor = min(
            members, key=lambda one: (_distance(given, changes[one.id]), one.id), default=None
        )
        return _recite(lessons, donor)

    return pick


class _Stump(NamedTuple):
    """A rule of one column: a value below a change, and another above it."""

    column: str
    bound: float
    below: str
    above: str


def by_one_column(lessons: Lessons) -> Rule:
    """Return the rule of the column whose change parts train's choices best in a category."""
    changes = {one.id: lessons.traits.changes(one) for one in lessons.train}
    stumps = dict[tuple[str, str], _Stump | None]()

    def choose(scenario: Scenario, field: ChoiceField) -> str | None:
        key = (scenario.category, field.name)
        if key not in stumps:
            members = lessons.members(scenario.category, field)
            right = [lessons.choices_of(one)[field.name] for one in members]
            stumps[key] = _stump([changes[one.id] for one in members], right)
        stump, given = stumps[key], lessons.traits.changes(scenario)
        if stump is None or stump.column not in given:
            return None
        return stump.below if given[stump.column] < stump.bound else stump.above

    return _each_field(lessons, choose)


def _stump(changes: Sequence[Mapping[str, float]], right: Sequence[str]) -> _Stump | None:
    """Return the stump with most right choices in train; of several the one with most room."""
    columns = sorted({column for one in changes for column in one})
    best: tuple[tuple[int, float, str, float], _Stump] | None = None
    for column in columns:
        points = [one.get(column, 0.0) for one in changes]
        for low, high in pairwise(sorted({*points})):
            bound = (low + high) / 2
            parted = [*zip(points, right, strict=True)]
            low_side = Counter(value for at, value in parted if at < bound)
            high_side = Counter(value for at, value in parted if at >= bound)
            below, above = _best(low_side) or "", _best(high_side) or ""
            hits = low_side[below] + high_side[above]
            rank = (-hits, low - high, column, bound)
            if best is None or rank < best[0]:
                best = (rank, _Stump(column, bound, below, above))
    return None if best is None else best[1]


def by_two_columns(lessons: Lessons) -> Rule:
    """Return the lookup: category, its two metrics, which of them moved by more than a quarter.

    What train has most where the same of them moved, with the sentences of that train scenario.
    Where train has no such scenario and none of them moved, there is no problem.
    """
    ends = {one.id: lessons.traits.ends(one) for one in lessons.train}
    majority, clear = by_majority(lessons), always_clear(lessons)

    def pick(scenario: Scenario) -> Pick:
        metrics = [*lessons.metrics_of(scenario.category)][:2]
        seen = _moved(metrics, lessons.traits.ends(scenario))
        members = lessons.members(scenario.category)
        alike = [one for one in members if _moved(metrics, ends[one.id]) == seen]
        if not any(one is not None for one in seen):
            return majority(scenario)
        if not alike:
            return majority(scenario) if any(seen) else clear(scenario)
        choices = _most(lessons, scenario, alike)
        fitting = [one for one in alike if lessons.choices_of(one) == choices]
        return Pick(choices, fitting[0] if fitting else None)

    return pick


def _moved(metrics: Sequence[str], ends: Mapping[str, SeriesEnds]) -> list[bool | None]:
    """Return which metrics moved; None for one that is not there."""
    return [abs(ends[name].change) > MOVED if name in ends else None for name in metrics]


def _each_field(lessons: Lessons, choose: FieldRule) -> Rule:
    """Return a rule of its fields' rules; where one says nothing, the category's majority does."""

    def pick(scenario: Scenario) -> Pick:
        chosen = dict[str, str]()
        for field in lessons.fields_of(scenario.category):
            value = choose(scenario, field)
            value = value or _most_of(lessons, field, lessons.members(scenario.category, field))
            if value is not None:
                chosen[field.name] = value
        return Pick(chosen)

    return pick


def _most(lessons: Lessons, scenario: Scenario, among: Sequence[Scenario]) -> Choices:
    fields = lessons.fields_of(scenario.category)
    found = {field.name: _most_of(lessons, field, among) for field in fields}
    return {name: value for name, value in found.items() if value is not None}


def _most_of(lessons: Lessons, field: ChoiceField, among: Collection[Scenario]) -> str | None:
    """Return the value that most of some train scenarios have in a field; its first without any."""
    given = (lessons.choices_of(one).get(field.name) for one in among)
    counted = Counter(value for value in given if value is not None)
    return _best(counted) or next(iter(field.choices), None)


def _recite(lessons: Lessons, donor: Scenario | None) -> Pick:
    return Pick({} if donor is None else lessons.choices_of(donor), donor)


def _best(merits: Mapping[str, float]) -> str | None:
    """Return the name with the highest merit, the first of several; None of none."""
    return min(merits, key=lambda name: (-round(merits[name], 9), name), default=None)


def _centre(members: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for one in members for name in one})
    return {name: fsum(one.get(name, 0.0) for one in members) / len(members) for name in names}


def _distance(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    names = sorted({*ours, *theirs})
    squares = ((ours.get(name, 0.0) - theirs.get(name, 0.0)) ** 2 for name in names)
    return round(sqrt(fsum(squares)), 9)
