"""Plain learners: logistic regression and boosted trees over column changes and words.

They ignore nothing and are no shortcut. Where a specialist does not lead them, a plain classifier
does as well. One classifier a field that is chosen from a list; figures and sentences are filled in
as those of the shortcuts are.

scikit-learn is imported where it fits, since the commands that authors use all day do without it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from modelsmith.exam.checks.answer_form import ChoiceField
from modelsmith.exam.composed_answer import composed_choices
from modelsmith.exam.scenario import Scenario
from modelsmith.record import canonical
from modelsmith.statistics.shortcuts.battery import Answering
from modelsmith.statistics.shortcuts.filled_answer import FilledAnswers
from modelsmith.statistics.shortcuts.lessons import Choices, Lessons, Pick

SEED = 0

ROUNDS, DEPTH = 25, 2
"""Rounds and depth of the boosted trees. Four times as many rounds, or twice the depth, fitted on
train, pass no scenario more of adtech or of incidents (measured 2026-12)."""

Features = Mapping[str, float]

Matrix = NDArray[np.float64]

Classifier = Callable[[Features], Mapping[str, float]]
"""How likely each class is for a scenario."""


class PlainLearner(NamedTuple):
    """A classifier that looks at everything."""

    name: str
    """What it is."""
    fit: Callable[[Matrix, Sequence[str]], Any]
    """Returns scikit-learn's model, fitted on a table of features and on the right classes."""


class Row(NamedTuple):
    """A scenario as a learner is taught it."""

    scenario: Scenario
    """The scenario."""
    features: Features
    """What it says."""
    right: Choices
    """Its right choices."""


def rows_of(lessons: Lessons, scenarios: Iterable[Scenario]) -> tuple[Row, ...]:
    """Return scenarios as learners are taught them."""
    return tuple(
        Row(one, features_of(lessons, one), composed_choices(lessons.benchmark, one))
        for one in scenarios
    )


def answering(
    learner: PlainLearner, lessons: Lessons, written: FilledAnswers, rows: Sequence[Row]
) -> Answering:
    """Return what answers, fitted on rows; figures and sentences are filled in from train.

    Args:
        learner: What is fitted.
        lessons: Train.
        written: Fills in the rest of answers.
        rows: What it is taught: train, or more.
    """
    fitted = dict[tuple[str, ...], Classifier]()
    told = dict[tuple[tuple[str, ...], frozenset[tuple[str, float]]], Mapping[str, float]]()

    def choose(features: Features, field: ChoiceField) -> str | None:
        if (key := (field.name, *field.choices)) not in fitted:
            fitted[key] = _fit(learner, _alike(lessons, rows, field))
        asked = (key, frozenset(features.items()))
        if asked not in told:
            told[asked] = fitted[key](features)
        likely = told[asked]
        ranked = {value: round(likely.get(value, 0.0), 9) for value in field.choices}
        return min(ranked, key=lambda value: (-ranked[value], value), default=None)

    def answer(scenario: Scenario) -> str:
        fields = lessons.fields_of(scenario.category)
        features = features_of(lessons, scenario) if fields else {}
        chosen = {one.name: choose(features, one) for one in fields}
        choices = {name: value for name, value in chosen.items() if value is not None}
        return written.answer(scenario, Pick(choices))

    return answer


def without_its_family(
    learner: PlainLearner,
    lessons: Lessons,
    written: FilledAnswers,
    rows: Sequence[Row],
    split: Sequence[Row],
) -> Answering:
    """Return what answers each scenario, fitted on train and on the other families of its split.

    More than any system may know: an upper bound of what can be learned from so few.

    Args:
        learner: What is fitted.
        lessons: Train.
        written: Fills in the rest of answers.
        rows: Train, as it is taught.
        split: The scenarios of the split, as they are taught.
    """
    fitted = dict[str, Answering]()

    def answer(scenario: Scenario) -> str:
        family = scenario.family
        if family not in fitted:
            others = [one for one in split if one.scenario.family != family]
            fitted[family] = answering(learner, lessons, written, [*rows, *others])
        return fitted[family](scenario)

    return answer


def features_of(lessons: Lessons, scenario: Scenario) -> Features:
    """Return everything that a scenario says: changes, words, category, lens, mechanic."""
    mechanic = {
        f"mechanic {name}={canonical(value).decode()}": 1.0
        for name, value in sorted(scenario.mechanic.items())
    }
    words = Counter(lessons.traits.words(scenario))
    return {
        **lessons.traits.changes(scenario),
        **{f"word {word}": float(count) for word, count in words.items()},
        f"category {scenario.category}": 1.0,
        f"lens {scenario.operator_lens}": 1.0,
        **mechanic,
    }


def _alike(lessons: Lessons, rows: Iterable[Row], field: ChoiceField) -> list[tuple[Features, str]]:
    """Return the rows that choose from the same list in a field: their category's, or all's."""
    return [
        (row.features, row.right[field.name])
        for row in rows
        if row.right.get(field.name) in field.choices
        and field in lessons.fields_of(row.scenario.category)
    ]


def _fit(learner: PlainLearner, known: Sequence[tuple[Features, str]]) -> Classifier:
    """Return the classifier; one that was shown fewer than two classes says the one that it saw.

    Features of one scenario alone are left out: nothing is learned of them.
    """
    right = [value for _, value in known]
    classes = sorted({*right})
    if len(classes) < 2:  # noqa: PLR2004 - nothing to tell apart
        return lambda _: dict.fromkeys(classes, 1.0)
    counted = Counter(name for features, _ in known for name in features)
    names = sorted(name for name, count in counted.items() if count > 1)
    if not names:
        return lambda _: {value: right.count(value) / len(right) for value in classes}
    table = _table(names, [features for features, _ in known])
    widest = np.abs(table).max(axis=0)
    scale = np.where(widest > 0, widest, 1.0)
    from sklearn import config_context

    unchecked = partial(config_context, assume_finite=True, skip_parameter_validation=True)
    with unchecked(), catch_warnings():
        simplefilter("ignore")  # that classes are many for so few scenarios
        model = learner.fit(table / scale, right)

    def likely(features: Features) -> dict[str, float]:
        with unchecked():
            shares = model.predict_proba(_table(names, [features]) / scale)[0]
        return dict(zip(map(str, model.classes_), map(float, shares), strict=True))

    return likely


def _table(names: Sequence[str], scenarios: Sequence[Features]) -> Matrix:
    """Return features as a table of shape (scenario, feature)."""
    return np.array([[one.get(name, 0.0) for name in names] for one in scenarios])


def _logistic(table: Matrix, right: Sequence[str]) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=5_000, random_state=SEED).fit(table, right)


def _boosted(table: Matrix, right: Sequence[str]) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.ensemble import GradientBoostingClassifier

    trees = GradientBoostingClassifier(
        n_estimators=ROUNDS, max_depth=DEPTH, learning_rate=0.2, random_state=SEED
    )
    return trees.fit(table, right)


PLAIN_LEARNERS = (
    PlainLearner("logistic-regression", _logistic),
    PlainLearner("boosted-trees", _boosted),
)
