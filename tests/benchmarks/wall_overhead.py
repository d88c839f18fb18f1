"""How much the wall adds to local work.

    python -m tests.benchmarks.wall_overhead

The same work is done inside the wall and outside it, in turns, in the same run; each turn is set
against its neighbour, so that a busy machine slows both, and processor time is printed beside,
since on a shared machine time itself swings. One model answers in one process: two processes with
the same model differ by up to a tenth with no wall at all. Opening files is the worst case, since
Python tells the hook of each and does little else; it is done in two processes, one of which never
had a hook, since a hook stays. Last is what it costs to go in and out again.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from modelsmith.boundary.call import Refused
from modelsmith.boundary.isolation.network_namespace import prepare
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.disk.clock import SystemClock
from modelsmith.models.batching import batches
from modelsmith.models.engine_port import Engine
from modelsmith.models.generation import Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.training.isolated_engines import WalledEngine
from tests.benchmarks.engine_overhead import BATCH, TOKENS, prompts
from tests.support.models import EMBEDDED, ROOT

TARGET = 1.05
REPEATS = 7
FILES, CALLS = 50_000, 20_000

Took = tuple[int, float, float]
"""What was done, the seconds, and the processor's seconds."""


def end(refused: Refused) -> None:
    """End the benchmark: work that was refused was not done."""
    raise SystemExit(f"not the same work: {refused}")


def timed(work: Callable[[], int]) -> Took:
    started, started_cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, time.perf_counter() - started, time.process_time() - started_cpu


def inside(wall: ProcessWall, work: Callable[[], int]) -> Took:
    with wall.standing(end):
        return timed(work)


def answers(engine: Engine) -> int:
    """Answer as evaluation does; return the tokens written."""
    asked, sampling = prompts(), Sampling(max_tokens=TOKENS)
    written = 0
    for places in batches(asked, BATCH):
        replies = engine.answers([asked[place] for place in places], sampling)
        written += sum(reply.answer_tokens for reply in replies)
    return written


def files() -> int:
    """Open a file again and again; return how often."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        for _ in range(FILES):
            file.open("wb").close()
    return FILES


def files_inside() -> Took:
    wall = ProcessWall(SystemClock())
    return inside(wall, lambda: wall.within(files))


def files_outside() -> Took:
    return timed(files)


def compared(name: str, within: Callable[[], Took], without: Callable[[], Took]) -> str:
    """Return in one line what the wall adds; the first turn warms up both and does not count."""
    pairs = []
    for turn in range(REPEATS + 1):
        if turn % 2:
            mine, theirs = within(), without()
        else:
            theirs, mine = without(), within()
        if mine[0] != theirs[0]:
            raise SystemExit(f"not the same work: {mine[0]} {name} inside and {theirs[0]} outside")
        pairs.append((mine, theirs))
    wall, cpu = (statistics.median(one[n] / other[n] for one, other in pairs[1:]) for n in (1, 2))
    each = statistics.median((one[1] - other[1]) / one[0] for one, other in pairs[1:]) * 1e6
    return (
        f"{pairs[0][0][0]} {name}: median ratio of time {wall:.3f}, of processor time {cpu:.3f}, "
        f"{each:+.1f} us each, over {REPEATS} turns"
    )


def main() -> None:
    prepare()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as walled, ProcessPoolExecutor(1, context) as bare:
        print(
            compared(
                "files opened",
                lambda: walled.submit(files_inside).result(),
                lambda: bare.submit(files_outside).result(),
            )
        )
    wall = ProcessWall(SystemClock())
    print(f"local work is held in by {', '.join(wall.held_by.by)}")
    engines = TransformersEngines(LocalModels(ROOT), Quantisation.BF16, SystemClock())
    with engines.open(EMBEDDED, None, None) as engine:
        walled_engine = WalledEngine(engine, wall)
        line = compared(
            "tokens answered",
            lambda: inside(wall, lambda: answers(walled_engine)),
            lambda: timed(lambda: answers(engine)),
        )
    print(f"{line}, target <= {TARGET}")
    _, took, _ = inside(wall, lambda: sum(wall.within(lambda: 1) for _ in range(CALLS)))
    print(f"in and out again: {took / CALLS * 1e6:.1f} us")


if __name__ == "__main__":
    main()
