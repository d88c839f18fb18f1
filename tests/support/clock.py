"""Time that a test decides."""

from datetime import UTC, datetime, timedelta

START = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


class SteppingClock:
    """A clock that moves by `step_s` each time it is read."""

    def __init__(self, step_s: float = 1.0, at: datetime = START) -> None:
        self._step_s = step_s
        self._at = at
        self._reads = 0

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.elapsed_s())

    def elapsed_s(self) -> float:
        self._reads += 1
        return self._reads * self._step_s


class FixedClock:
    """A clock whose moment never changes, so that two walks of one run record the same."""

    def now(self) -> datetime:
        return START

    def elapsed_s(self) -> float:
        return 0.0
