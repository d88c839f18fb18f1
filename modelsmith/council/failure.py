"""Which capabilities fail again and again, and how: what a council is told, never an answer."""

from collections import Counter
from collections.abc import Mapping, Sequence

from modelsmith.record import Count, Record
from modelsmith.run.entry_facts import EvaluatedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event
from modelsmith.statistics.trial import Trial


class Failure(Record):
    """How one category of train fails."""

    category: str
    """The category."""
    scenarios: Count
    """Its train scenarios."""
    failed: tuple[str, ...]
    """Those that did not pass in the latest evaluation, sorted."""
    kinds: Mapping[str, int]
    """How often each kind of criterion failed first."""

    def words(self) -> str:
        """Return the pattern in words: counts and kinds of criteria, no answer and no rubric."""
        kinds = sorted(self.kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        first = ", ".join(f"{kind} in {count}" for kind, count in kinds) or "not decided"
        return (
            f"{len(self.failed)} of {self.scenarios} training scenarios of {self.category} fail; "
            f"what fails first: {first}"
        )


def repeated(
    entries: Sequence[Entry], categories: Mapping[str, str], after: int
) -> tuple[str, ...]:
    """Return the categories in which train failed in the last `after` evaluations, each, sorted.

    Args:
        entries: A run's ledger.
        categories: Category of each train scenario, by id.
        after: Evaluations in a row.
    """
    evaluated = [e for e in entries if e.event is Event.EVALUATED][-after:]
    if len(evaluated) < after:
        return ()
    failing = [
        {categories[name] for name in facts_of(e, EvaluatedFacts).failed if name in categories}
        for e in evaluated
    ]
    return tuple(sorted(set.intersection(*failing)))


def failure_of(category: str, trials: Sequence[Trial]) -> Failure:
    """Return how a category fails, from the graded answers of the latest evaluation."""
    own = [trial for trial in trials if trial.category == category]
    kinds = Counter(t.failing.kind for t in own if t.failing and t.passed is not True)
    return Failure(
        category=category,
        scenarios=len(own),
        failed=tuple(sorted(t.scenario for t in own if t.passed is not True)),
        kinds=dict(kinds),
    )
