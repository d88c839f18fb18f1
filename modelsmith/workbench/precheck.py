"""Whether the model that is there already passes scenarios that people propose."""

from modelsmith.exam.verdict import AnswerVerdict
from modelsmith.record import Record
from modelsmith.statistics.trial import Failing


class Prechecked(Record):
    """What the model made of one scenario."""

    path: str
    """The scenario's file."""
    answer: str
    """What the model said; empty where it gave no answer."""
    verdict: AnswerVerdict
    """What the checks decided."""
    failing: Failing | None
    """The first criterion that the answer failed."""


class Precheck(Record):
    """What the model that is there made of scenarios."""

    run: str
    """The run whose model was asked."""
    adapter: str | None
    """Digest of the run's newest adapter; None for the untouched base model."""
    asked: tuple[Prechecked, ...]
    """One for each scenario, in order."""
    sealed: tuple[str, ...]
    """Files that were not asked: a look at the sealed split belongs to a promotion attempt."""
    broken: tuple[str, ...]
    """Files that were not asked, since they hold no scenario that can be read."""
