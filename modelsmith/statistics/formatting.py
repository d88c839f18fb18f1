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


def spread(value: Estimate | None) -> str:
    """Return an estimate with its interval."""
    if value is None:
        return NOTHING
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"
