"""Runs asked over the wire and killed meanwhile: `python -m tests.support.killed_wire PORT`.

On stdin, one line a run, JSON lists of `[walk, repository, effect, number]`: the run in that
repository is walked against the providers at PORT in a process of its own. It kills itself with
signal 9 at the number-th time that the effect is reached; at `arrived` it does not, and is killed
from outside (`Killer`). Printed is the process, and then its signal or exit code.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Literal

from modelsmith.boundary.litellm.library import library
from modelsmith.run.files.run_folder import DiskRunFolder
from tests.support.killed_outbound import MortalCache, MortalJournal
from tests.support.killed_run import Reached, killed_at
from tests.support.models import ROOT
from tests.support.providers import Call, ProviderServer
from tests.support.runs import Workshop
from tests.support.wired_councils import a_judged_council
from tests.support.wired_runs import a_wired_run

Walk = Literal["baselines", "judged council"]
Effect = Literal["arrived", "kept"]
"""Where a run is killed: a question has arrived and nothing has come back; its reply is in the
cache, and the journal does not say so."""

KILLED, RUN = -signal.SIGKILL, "tiny"


class Killer:
    """Walks runs in processes that end before the runs do."""

    def __init__(self, server: ProviderServer, walker: "subprocess.Popen[str]") -> None:
        self._server, self._walker = server, walker

    def killed(self, walk: Walk, root: Path, effect: Effect, number: int) -> None:
        """Walk a run until an effect is reached for the number-th time, and kill it there."""
        says, before, walking = self._server.script, len(self._server.calls), Queue[int]()

        def killing(call: Call) -> object:
            if call.number == before + number and effect == "arrived":
                os.kill(walking.get(), signal.SIGKILL)
            return says(call)

        self._server.script = killing
        try:
            self._tell([walk, str(root), effect, number])
            walking.put(self._told())
            assert self._told() == KILLED
        finally:
            self._server.script = says

    def _tell(self, words: list[object]) -> None:
        assert self._walker.stdin is not None
        print(json.dumps(words), file=self._walker.stdin, flush=True)

    def _told(self) -> int:
        assert self._walker.stdout is not None
        return int(self._walker.stdout.readline())


@contextmanager
def a_killer(server: ProviderServer) -> Iterator[Killer]:
    """Return what walks runs against `server`; its process is started once for all of them."""
    command = [sys.executable, "-m", "tests.support.killed_wire", str(server.port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as walker:
        yield Killer(server, walker)


class MortalFolder(DiskRunFolder):
    reached: Reached

    def journal(self, path: str) -> MortalJournal:
        journal = MortalJournal(self._inside(path))
        journal.reached = self.reached
        return journal


def a_mortal_council(root: Path, port: int, reached: Reached) -> Workshop:
    """Return the run of `root`, which dies as `reached` says."""
    folder = MortalFolder(root / "runs" / RUN)
    cache = MortalCache(root / ".modelsmith" / "cache" / "answers")
    folder.reached = cache.reached = reached
    return a_judged_council(root, port, folder=folder, cache=cache)


WALKS: dict[Walk, Callable[[Path, int, Reached], Workshop]] = {
    "baselines": lambda root, port, _: a_wired_run(root, port),
    "judged council": a_mortal_council,
}


def main() -> None:
    library()  # imported once here, not in each child
    port = int(sys.argv[1])
    for line in sys.stdin:
        walk, root, effect, number = json.loads(line)
        child = os.fork()
        if child == 0:
            WALKS[walk](Path(root), port, killed_at(effect, number)).go()
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
