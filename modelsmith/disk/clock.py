"""This machine's clock."""

import time
from datetime import UTC, datetime

from typing_extensions import override

from modelsmith.runtime import Clock


class SystemClock(Clock):
    """The machine's own time."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)

    @override
    def elapsed_s(self) -> float:
        return time.monotonic()
