"""What does it cost to run an unchanged evaluation again? Calls are counted, not seconds.

    python -m tests.benchmarks.unchanged_evaluation

Three hosted baselines are asked every steer and sealed scenario of the shipped adtech exam, and
then once more in another run, and on another machine that shares the store. Prints the calls,
tokens and USD of each; all but the first are to be 0.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from modelsmith.boundary.call import paid_for
from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.disk.console import NoProgress
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Split
from modelsmith.run.files.answer_cache import FileCache, SharedCache
from modelsmith.store.files.remote import RemoteFiles
from modelsmith.store.port import Cache
from tests.support.clock import FixedClock
from tests.support.hosted_models import ScriptedModels, a_boundary, a_model, asking, hosting
from tests.support.walls import OpenWall

REPOSITORY = Path(__file__).parents[2]
PROVIDERS = {"claude-1": "anthropic", "gemini-1": "google", "gpt-1": "openai"}


def adtech() -> ExamSnapshot:
    """Return the shipped exam without variants: a hosted baseline is asked the canonical forms."""
    exam = ExamFolder(REPOSITORY, "adtech").exam()
    return ExamSnapshot(
        benchmark=exam.benchmark, train=exam.train, steer=exam.steer, sealed=exam.sealed
    )


def evaluated(exam: ExamSnapshot, folder: Path, cache: Cache) -> int:
    """Ask every baseline everything, print what it took, and return the calls."""
    grants = [grant for name in PROVIDERS.values() for grant in a_boundary(name).grants]
    models = ScriptedModels()
    outbound = BoundedOutbound(
        hosted=hosting(
            *(a_model(name, provider) for name, provider in PROVIDERS.items()),
            boundary=Boundary(name="frontier", grants=tuple(grants)),
        ),
        exam=exam,
        models=models,
        cache=cache,
        journal=FileJournal(folder / "outbound.jsonl"),
        wall=OpenWall(),
        clock=FixedClock(),
        progress=NoProgress(),
    )
    asks = [asking(exam, scenario, Split.STEER) for scenario in exam.steer]
    asks += [asking(exam, scenario, Split.SEALED) for scenario in exam.sealed]
    for name in PROVIDERS:
        replace(outbound).ask(name, asks, "baselines")
    took = paid_for(outbound.journal.egress_events())
    print(
        f"{folder.name:16} {len(models.requests):>4} calls {took.tokens:>7} tokens "
        f"{took.cost_usd:.4f} USD"
    )
    return len(models.requests)


def calls(root: Path) -> dict[str, int]:
    """Return the calls of a first evaluation and of each unchanged one after it, by name."""
    exam, shared = adtech(), RemoteFiles((root / "remote").as_uri())
    here = SharedCache(FileCache(root / "here"), shared)
    there = SharedCache(FileCache(root / "there"), shared)
    places = {"first": here, "another run": here, "another machine": there}
    return {name: evaluated(exam, root / name, cache) for name, cache in places.items()}


def main() -> None:
    """Ask, ask again, and print."""
    with tempfile.TemporaryDirectory() as name:
        found = calls(Path(name))
    print("calls of an unchanged evaluation:", found["another run"] + found["another machine"])


if __name__ == "__main__":
    main()
