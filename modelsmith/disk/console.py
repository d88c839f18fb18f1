"""Progress for a person at a terminal, and plain lines for a log."""

import atexit
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

from typing_extensions import override

from modelsmith.runtime import Progress

if TYPE_CHECKING:
    import rich.progress

LOG_EVERY_S = 15.0
"""Seconds between progress lines in a log; a terminal is updated in place."""


class ConsoleProgress(Progress):
    """Shows phases and progress on standard error: bars on a terminal, lines in a log."""

    def __init__(
        self, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Write to `stream`, standard error by default; `now` counts seconds."""
        chosen = stream or sys.stderr
        self._shown: _Bars | _Lines = _Bars(chosen) if chosen.isatty() else _Lines(chosen, now)

    @override
    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        self._shown.close()
        told = ", ".join(f"{name} {value}" for name, value in facts.items())
        self.say(f"== {title} ({told})" if told else f"== {title}")

    @override
    def track(self, label: str, done: int, total: int, note: str = "") -> None:
        """Say it with the time that the work still needs."""
        self._shown.track(label, done, total, note)

    @override
    def say(self, line: str) -> None:
        self._shown.say(line)


class NoProgress(Progress):
    """Says nothing; for `--quiet` and for tests."""

    @override
    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        """Say nothing."""

    @override
    def track(self, label: str, done: int, total: int, note: str = "") -> None:
        """Say nothing."""

    @override
    def say(self, line: str) -> None:
        """Say nothing."""


class _Bars:
    """Bars of a terminal, one a piece of work, redrawn in place."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False)
        self._bars: rich.progress.Progress | None = None
        self._tasks: dict[str, rich.progress.TaskID] = {}

    def track(self, label: str, done: int, total: int, note: str) -> None:
        """Move the bar of `label`; the bars stand still once every one of them is full."""
        if self._bars is None:
            self._bars = self._begin()
        if label in self._tasks:
            self._bars.update(self._tasks[label], completed=done, total=total, note=note)
        else:
            self._tasks[label] = self._bars.add_task(label, completed=done, total=total, note=note)
        if done >= total:
            del self._tasks[label]
            if not self._tasks:
                self.close()

    def say(self, line: str) -> None:
        """Say one line, above the bars if there are any."""
        self._console.print(line, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the bars as they are, and give the cursor back."""
        if self._bars is not None:
            self._bars.stop()
            atexit.unregister(self._bars.stop)
        self._bars = None
        self._tasks = {}

    def _begin(self) -> "rich.progress.Progress":
        from rich import progress

        bars = progress.Progress(
            progress.TextColumn("   {task.description}", markup=False),
            progress.BarColumn(bar_width=20),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("left", markup=False),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[note]}", markup=False),
            console=self._console,
            redirect_stdout=False,  # what is piped on stays in the pipe
            redirect_stderr=self._console.file is sys.stderr,
        )
        bars.start()
        atexit.register(bars.stop)  # an error or Ctrl-C leaves no hidden cursor behind
        return bars


class _Lines:
    """Lines of a log, not too many of them."""

    def __init__(self, stream: TextIO, now: Callable[[], float]) -> None:
        self._stream = stream
        self._now = now
        self._began: dict[str, tuple[float, int]] = {}
        self._told_at = -LOG_EVERY_S

    def track(self, label: str, done: int, total: int, note: str) -> None:
        """Say how far `label` is: at its end, and now and then before."""
        now = self._now()
        began, done_before = self._began.setdefault(label, (now, done))
        is_end = done >= total
        if is_end:
            del self._began[label]
        if not is_end and now - self._told_at < LOG_EVERY_S:
            return
        self._told_at = now
        spent, fresh = now - began, done - done_before
        left = f", {spent / fresh * (total - done):.0f} s left" if fresh and not is_end else ""
        self.say(f"   {label} {done}/{total}, {spent:.0f} s{left} {note}".rstrip())

    def say(self, line: str) -> None:
        """Say one line."""
        self._stream.write(line + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Forget what was under way."""
        self._began = {}
