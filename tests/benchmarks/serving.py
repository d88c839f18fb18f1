"""What serving costs and how a swap goes, with the embedded model on this machine.

Run as `python -m tests.benchmarks.serving`.

1. Throughput: tokens a second over HTTP, set against the bare engine answering the same prompts in
   the same batches, in turns, so that a busy machine slows both.
2. Swaps under load: clients ask all the time while releases go live one after the other. Every
   request must be answered, by the release that its header names; printed are the time from the
   pointer's move to the first answer of the new release, and the memory after each swap.
"""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from modelsmith.disk.clock import SystemClock
from modelsmith.live.engines.transformers import BATCH, TransformersServingEngines
from modelsmith.models.generation import Prompt, Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from tests.support.models import EMBEDDED, ROOT, a_prompt
from tests.support.releases import FolderReleases
from tests.support.served import ServedWorld, served_world
from tests.support.tiny_adapters import fingerprint_of, tiny_adapter

TOKENS = 24
TURNS = 3
SWAPS = 4
CLIENTS = 4
EVERY_S = 0.2
"""Seconds between looks, so that the figure is the swap's and not the wait's."""


def prompts(count: int) -> list[Prompt]:
    """Return prompts of the demo's length, about 200 tokens, no two alike."""
    table = "\n".join(f"day {day}: fill_rate_pct {60 - day}, cpm_usd 1.{day}" for day in range(7))
    return [a_prompt(f"Case {n}: why?\n{table}", "Answer in four lines.") for n in range(count)]


def body(prompt: Prompt, tokens: int = TOKENS) -> bytes:
    """Return a request."""
    messages = [turn.model_dump() for turn in prompt]
    asked = {"model": "sandbox", "messages": messages, "max_tokens": tokens}
    return json.dumps(asked).encode()


def over_http(world: ServedWorld, asked: Sequence[Prompt], clients: int) -> float:
    """Return tokens a second of so many clients."""

    def one(prompt: Prompt) -> int:
        status, _, told = world.ask("/v1/chat/completions", body(prompt))
        if status != 200:
            raise SystemExit(f"a request failed: {status} {told.decode()}")
        written: int = json.loads(told)["usage"]["completion_tokens"]
        return written

    with ThreadPoolExecutor(clients) as pool:
        started_s = time.perf_counter()
        written = sum(pool.map(one, asked))
        return written / (time.perf_counter() - started_s)


def bare(world: ServedWorld, asked: Sequence[Prompt], batch: int) -> float:
    """Return tokens a second of the engine itself, in batches of that many."""
    with world.follower.lease() as taken:
        engine = taken.engine._engine  # noqa: SLF001 - the very engine that is served
        started_s = time.perf_counter()
        written = sum(
            answer.answer_tokens
            for start in range(0, len(asked), batch)
            for answer in engine.answers(asked[start : start + batch], Sampling(max_tokens=TOKENS))
        )
        return written / (time.perf_counter() - started_s)


def throughput(world: ServedWorld) -> None:
    """Print tokens a second at one client and at a full batch."""
    asked = prompts(BATCH)
    over_http(world, asked, BATCH)  # warms up
    for clients in (1, BATCH):
        pairs = []
        for turn in range(TURNS):
            order = ("http", "bare") if turn % 2 else ("bare", "http")
            rates = {}
            for name in order:
                measured = over_http if name == "http" else bare
                rates[name] = measured(world, asked, clients)
            pairs.append((rates["http"], rates["bare"]))
        ratio = statistics.median(http / own for http, own in pairs)
        http, own = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"throughput, {clients} at once: {http:.1f} tokens a second over HTTP, {own:.1f} by "
            f"the bare engine, median ratio {ratio:.2f} of {TURNS} turns"
        )


def swaps(world: ServedWorld, promoted: Sequence[str]) -> None:
    """Print how swaps under load go."""
    answered: list[tuple[float, int, str | None, float]] = []
    over = threading.Event()
    asked = prompts(CLIENTS)

    def ask(prompt: Prompt) -> None:
        while not over.is_set():
            started_s = time.perf_counter()
            status, headers, _ = world.ask("/v1/chat/completions", body(prompt, 8))
            ended_s = time.perf_counter()
            bundle = headers.get("X-Modelsmith-Bundle")
            answered.append((ended_s, status, bundle, ended_s - started_s))

    follower = threading.Thread(target=world.follower.follow_until_stopped, args=(EVERY_S,))
    threads = [threading.Thread(target=ask, args=(prompt,)) for prompt in asked]
    for thread in (follower, *threads):
        thread.start()
    waits, known = [], {world.follower.health().release.bundle_sha256}
    print(f"memory before: {resident_mib():.0f} MiB")
    for version in promoted:
        time.sleep(3)
        release = RELEASES[version]
        known.add(release.bundle_sha256)
        moved_s = time.perf_counter()
        world.releases.moved(release)
        while not any(one[2] == release.bundle_sha256 for one in answered[-2 * CLIENTS :]):
            time.sleep(0.005)
        first = min(one[0] for one in answered if one[2] == release.bundle_sha256)
        waits.append(first - moved_s)
        time.sleep(1)
        print(f"swap to {version}: {waits[-1]:.2f} s to its first answer, {resident_mib():.0f} MiB")
    over.set()
    for thread in threads:
        thread.join()
    world.follower.drain()
    follower.join()
    failed = [one for one in answered if one[1] != 200 or one[2] not in known]
    took = sorted(one[3] for one in answered)
    print(
        f"swaps under load: {len(promoted)} swaps, {len(answered)} requests of {CLIENTS} clients, "
        f"{len(failed)} failed; from the pointer's move to the first answer a median of "
        f"{statistics.median(waits):.2f} s; a request took a median of "
        f"{took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s"
    )
    if failed:
        raise SystemExit(1)


def resident_mib() -> float:
    """Return the memory of this process that is in use."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


RELEASES = {}


def main() -> None:
    models = LocalModels(ROOT)
    engines = TransformersEngines(models, Quantisation.BF16, SystemClock())
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        releases = FolderReleases(root, EMBEDDED)
        for number in range(SWAPS + 1):
            version = f"v{number}"
            adapter = tiny_adapter(models, EMBEDDED, root / version, seed=number % 2)
            known = fingerprint_of(engines, EMBEDDED, adapter)
            RELEASES[version] = releases.promoted(version, adapter=adapter, fingerprint=known)
        world = stack.enter_context(
            served_world(root, TransformersServingEngines(lambda _: engines), releases)
        )
        releases.moved(RELEASES["v0"])
        print(world.follower.check().why)
        throughput(world)
        swaps(world, [f"v{number}" for number in range(1, SWAPS + 1)])


if __name__ == "__main__":
    main()
