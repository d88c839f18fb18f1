"""What of a held-out split stands in train too, so that reciting train meets it."""

from collections.abc import Iterable, Iterator
from typing import Any

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.check import Check, Regex
from modelsmith.exam.checks.phrases import Ordered, phrases_of
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.composed_answer import composed_choices
from modelsmith.exam.scenario import Scenario
from modelsmith.record import Count, Record, canonical
from modelsmith.statistics.trial import KIND_OF

VALUES = frozenset({"value", "tolerance"})
"""What of a check is its scenario's own figure."""


class InTrain(Record):
    """How many of some things stand in train too."""

    shared: Count
    """Those that do."""
    all: Count
    """All of them."""


class SharedWithTrain(Record):
    """What of a split stands in train too; counts alone, so that no page tells a held-out word."""

    checks: InTrain
    """Checks, each as often as it is there, without the figures that they ask for."""
    phrases: InTrain
    """Different phrases and patterns that checks of prose look for."""
    metrics: InTrain
    """Different pairs of a metric and the kind of check that asks for its figure."""
    choices: InTrain
    """Different pairs of a category and a choice that is right in it."""


def shared_with_train(
    benchmark: Benchmark, train: Iterable[Scenario], split: Iterable[Scenario]
) -> SharedWithTrain:
    """Return what of a split stands in train too."""
    ours, theirs = list(split), list(train)

    def pairs(scenarios: Iterable[Scenario]) -> set[tuple[str, str, str]]:
        return {
            (one.category, *chosen)
            for one in scenarios
            for chosen in composed_choices(benchmark, one).items()
        }

    known = {*map(_without_figures, _checks(theirs))}
    asked = [*map(_without_figures, _checks(ours))]
    return SharedWithTrain(
        checks=InTrain(shared=sum(one in known for one in asked), all=len(asked)),
        phrases=_in_train(set(_phrases(ours)), set(_phrases(theirs))),
        metrics=_in_train(set(_metrics(ours)), set(_metrics(theirs))),
        choices=_in_train(pairs(ours), pairs(theirs)),
    )


def _in_train(ours: set[Any], theirs: set[Any]) -> InTrain:
    return InTrain(shared=len(ours & theirs), all=len(ours))


def _checks(scenarios: Iterable[Scenario]) -> Iterator[Check]:
    for scenario in scenarios:
        for criterion in scenario.criteria().values():
            if criterion.check is not None:
                yield criterion.check


def _without_figures(check: Check) -> bytes:
    """Return a check as it is compared: without the figure that it asks for."""
    return canonical(_bare(check.model_dump(mode="json", by_alias=True)))


def _bare(part: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(part, dict):
        return {name: _bare(value) for name, value in part.items() if name not in VALUES}
    return part


def _phrases(scenarios: Iterable[Scenario]) -> Iterator[str]:
    for check in _checks(scenarios):
        if isinstance(check, Regex):
            yield check.regex
        elif not (isinstance(check, Ordered) and check.field is not None):
            yield from map(normalised, phrases_of(check))


def _metrics(scenarios: Iterable[Scenario]) -> Iterator[tuple[str, str]]:
    for check in _checks(scenarios):
        sought = getattr(check, "figure", None) or getattr(check, "number", None)
        if sought is not None and sought.metric is not None:
            yield sought.metric, KIND_OF[type(check)]
