"""The server's log: one line a change on standard error, as words or as JSON."""

import sys
from typing import TextIO

from modelsmith.live.serving.health import Notice


class ServerLog:
    """Writes notices as they come."""

    def __init__(self, *, as_json: bool, stream: TextIO | None = None) -> None:
        """Write to `stream`, standard error by default."""
        self._as_json = as_json
        self._stream = stream or sys.stderr

    def tell(self, notice: Notice) -> None:
        """Say one line."""
        line = notice.canonical().decode() if self._as_json else _words(notice)
        print(line, file=self._stream, flush=True)


def _words(notice: Notice) -> str:
    took = f" ({notice.took_s:.1f} s)" if notice.took_s is not None else ""
    words = " ".join(notice.words.split())
    return f"{notice.at:%Y-%m-%dT%H:%M:%SZ} {notice.channel} {notice.event}: {words}{took}"
