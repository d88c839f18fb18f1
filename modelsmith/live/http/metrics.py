"""`/metrics`: what a server counts, in Prometheus' text format (version 0.0.4)."""

from collections import Counter
from typing import get_args

from modelsmith.live.serving.health import Health, Outcome
from modelsmith.models.chat import End


class Figures:
    """Counts since the server began; one thread counts."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._requests: Counter[int] = Counter()
        self._read = self._written = 0

    def count(self, status: int, end: End | None = None) -> None:
        """Count one request of the API, with its tokens where it was answered."""
        self._requests[int(status)] += 1
        if end is not None:
            self._read += end.prompt_tokens
            self._written += end.answer_tokens

    def text(self, health: Health) -> str:
        """Return all figures, with what is live."""
        ready, checked = int(health.is_ready), health.last_check
        release = health.release
        live = []
        if release is not None:
            labels = {"channel": health.channel, "specialist": release.specialist}
            labels |= {"version": release.version, "bundle": release.bundle_sha256}
            live = ["{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "} 1"]
        outcomes = [
            f'{{outcome="{name}"}} {int(checked is not None and checked.outcome == name)}'
            for name in get_args(Outcome)
        ]
        statuses = [f'{{status="{code}"}} {n}' for code, n in sorted(self._requests.items())]
        return "".join(
            (
                _shown("ready", "gauge", "Whether a verified release answers.", [f" {ready}"]),
                _shown("live_info", "gauge", "The release that answers.", live),
                _shown("last_check", "gauge", "How the last look at the channel went.", outcomes),
                _shown("in_flight", "gauge", "Requests at work.", [f" {health.in_flight}"]),
                _shown("requests_total", "counter", "Requests by HTTP status.", statuses),
                _shown("read_tokens_total", "counter", "Tokens read.", [f" {self._read}"]),
                _shown("written_tokens_total", "counter", "Tokens written.", [f" {self._written}"]),
            )
        )


def _shown(name: str, kind: str, words: str, values: list[str]) -> str:
    full = f"modelsmith_{name}"
    lines = [f"# HELP {full} {words}", f"# TYPE {full} {kind}", *(full + v for v in values)]
    return "".join(f"{line}\n" for line in lines)
