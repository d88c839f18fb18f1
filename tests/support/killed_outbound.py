"""Questions asked by a process that kills itself: `python -m tests.support.killed_outbound`.

On stdin a JSON list of `[folder, effect, number]`: in each folder the same questions are asked in a
process of its own, which is killed with signal 9 at the number-th time that the effect is reached.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from modelsmith.boundary.call import Came, EgressEvent, Lost, Reply, Sent
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.disk.console import NoProgress
from modelsmith.run.files.answer_cache import FileCache
from tests.support.clock import FixedClock
from tests.support.hosted_models import CountedRequests, asking, hosting
from tests.support.killed_run import Reached, killed_at, survived
from tests.support.runs import a_snapshot
from tests.support.walls import OpenWall

EFFECTS = ("before-sent", "sent", "replied", "kept", "ended")
"""Before a line says that it leaves, after; when the reply is here, kept, and written down."""

SNAPSHOT = a_snapshot()
ASKS = [asking(SNAPSHOT, scenario) for scenario in SNAPSHOT.steer[:4]]


class MortalJournal(FileJournal):
    reached: Reached

    def write(self, event: EgressEvent) -> None:
        if isinstance(event, Sent):
            self.reached("before-sent")
        super().write(event)
        if isinstance(event, Sent):
            self.reached("sent")
        elif isinstance(event, Came):
            self.reached("ended")


class MortalCache(FileCache):
    reached: Reached

    def put(self, key: str, content: bytes) -> None:
        self.reached("replied")
        super().put(key, content)
        self.reached("kept")


def outcomes(
    root: Path, reached: Reached = survived, says: Callable[[Path], CountedRequests] | None = None
) -> list[Reply | Lost]:
    """Return what became of the questions; asked again, what was answered is not."""
    journal, cache = MortalJournal(root / "outbound.jsonl"), MortalCache(root / "cache")
    journal.reached = cache.reached = reached
    outbound = BoundedOutbound(
        hosted=hosting(),
        exam=SNAPSHOT,
        models=(says or CountedRequests)(root / "requests.log"),
        cache=cache,
        journal=journal,
        wall=OpenWall(),
        clock=FixedClock(),
        progress=NoProgress(),
    )
    return list(outbound.ask("gpt-1", ASKS, "steer"))


def main() -> None:
    for root, effect, number in json.load(sys.stdin):
        child = os.fork()
        if child == 0:
            outcomes(Path(root), killed_at(effect, number))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
