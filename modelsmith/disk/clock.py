"""This machine's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()
