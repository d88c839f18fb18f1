"""Rates and intervals in words."""

from modelsmith.statistics.intervals import Estimate

NOTHING = "-"


def share(value: float | None) -> str:
    """Return a rate with two decimals, or a dash where it was not measured."""
    return NOTHING if value is None else f"{value:.2f}"


def figure_words(value: object) -> str:
    """Return any figure as people read it."""
    if value is None:
        return NOTHING
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def flaws(cut: int, unreadable: int) -> str:
    """Return how many answers were cut and how many cannot be read; nothing where none was.

    Args:
        cut: Answers that ran into the token limit.
        unreadable: Answers that could not be read by their form.
    """
    counts = ((cut, "cut by maxTokens"), (unreadable, "unreadable"))
    told = [(count, words) for count, words in counts if count]
    noun = " answer" if told and told[0][0] == 1 else " answers"
    return ", ".join(
        f"{count}{'' if place else noun} {words}" for place, (count, words) in enumerate(told)
    )


def spread(value: Estimate | None) -> str:
    """Return an estimate with its interval."""
    if value is None:
        return NOTHING
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"
