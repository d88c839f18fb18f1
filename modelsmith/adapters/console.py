"""Progress for a person at a terminal, and plain lines for a log."""

import sys
import time
from collections.abc import Mapping
from typing import TextIO

LOG_EVERY_S = 15.0
"""Seconds between progress lines in a log; a terminal is updated in place."""


class ConsoleProgress:
    """Shows phases and progress on standard error: bars on a terminal, lines in a log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, standard error by default."""
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._began: dict[str, float] = {}
        self._last_line_s = 0.0

    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        """Say that a phase begins."""
        told = ", ".join(f"{name} {value}" for name, value in facts.items())
        self.say(f"== {title} ({told})" if told else f"== {title}")

    def tracked(self, label: str, done: int, total: int, note: str = "") -> None:
        """Say how far one piece of work is, with the time it still needs."""
        now = time.monotonic()
        began = self._began.setdefault(label, now)
        is_end = done >= total
        if is_end:
            del self._began[label]
        if not self._is_terminal and not is_end and now - self._last_line_s < LOG_EVERY_S:
            return
        self._last_line_s = now
        spent = now - began
        left = f", {spent / done * (total - done):.0f} s left" if 0 < done < total else ""
        words = f"   {label} {_bar(done, total)} {done}/{total} {spent:.0f} s{left} {note}".rstrip()
        if self._is_terminal:
            self._stream.write(f"\r\x1b[2K{words}" + ("\n" if is_end else ""))
        else:
            self._stream.write(words + "\n")
        self._stream.flush()

    def say(self, line: str) -> None:
        """Say one line."""
        self._stream.write(line + "\n")
        self._stream.flush()


class NoProgress:
    """Says nothing; for `--quiet` and for tests."""

    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        """Say nothing."""

    def tracked(self, label: str, done: int, total: int, note: str = "") -> None:
        """Say nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""


def _bar(done: int, total: int, width: int = 20) -> str:
    filled = width * done // max(1, total)
    return "[" + "#" * filled + "." * (width - filled) + "]"
