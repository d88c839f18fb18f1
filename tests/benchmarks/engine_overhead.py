"""How much our evaluation adds to a bare batched `generate`.

Run as `python -m tests.benchmarks.engine_overhead`.

Both answer the same prompts in the same batches with the same model, in one process, in turns,
and each turn is set against its neighbour, so that a busy machine slows both;
processor time is printed beside, since on a shared machine time itself swings. Ours plans, hashes,
renders, answers, makes records and writes them to the cache with fsync.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from modelsmith.disk.clock import SystemClock
from modelsmith.models.batching import batch_key, batches
from modelsmith.models.generation import Message, Prompt, Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngine
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import Loaded, load, messages_of
from modelsmith.record import canonical
from modelsmith.run.files.answer_cache import FileCache
from tests.support.models import EMBEDDED, ROOT

TARGET = 1.05
PROMPTS = 16
BATCH = 8
TOKENS = 24
REPEATS = 5


def prompts() -> list[Prompt]:
    """Return prompts of the demo's length, about 200 tokens, no two alike."""
    table = "\n".join(f"day {day}: fill_rate_pct {60 - day}, cpm_usd 1.{day}" for day in range(7))
    return [
        (
            Message(role="system", content="Answer in four lines."),
            Message(role="user", content=f"Case {n}{' more' * (n % 5)}: why?\n{table}"),
        )
        for n in range(PROMPTS)
    ]


def ours(engine: TransformersEngine, asked: Sequence[Prompt], cache: FileCache) -> int:
    """Answer as evaluation does; return the tokens written."""
    sampling = Sampling(max_tokens=TOKENS)
    written = 0
    for places in batches(asked, BATCH):
        together = [asked[place] for place in places]
        key = batch_key(engine.identity, sampling, together)
        answers = engine.answers(together, sampling)
        cache.put(key, canonical([answer.model_dump(mode="json") for answer in answers]))
        written += sum(answer.answer_tokens for answer in answers)
    return written


def bare(model: Loaded, asked: Sequence[Prompt]) -> int:
    """Answer with transformers alone, in the same batches; return the tokens written."""
    import torch

    tokenizer = model.tokenizer
    tokenizer.padding_side = "left"
    order = sorted(range(len(asked)), key=lambda n: sum(len(turn.content) for turn in asked[n]))
    written = 0
    for start in range(0, len(order), BATCH):
        texts = [
            tokenizer.apply_chat_template(
                messages_of(asked[n]), tokenize=False, add_generation_prompt=True
            )
            for n in order[start : start + BATCH]
        ]
        read = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt")
        with torch.inference_mode():
            out = model.model.generate(**read, max_new_tokens=TOKENS, do_sample=False)
        for row in out[:, read.input_ids.shape[1] :].tolist():
            tokenizer.decode(row, skip_special_tokens=True)
            end = tokenizer.eos_token_id
            written += row.index(end) + 1 if end in row else len(row)
    return written


def main() -> None:
    located = LocalModels(ROOT).located(EMBEDDED)
    model = load(located, EMBEDDED.name, Quantisation.BF16)
    engine = TransformersEngine(model, {"model": located.sha256}, SystemClock())
    asked = prompts()
    bare(model, asked)  # the first pass warms up both
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(REPEATS):
            took: dict[str, tuple[float, float]] = {}
            order = ("ours", "bare") if turn % 2 else ("bare", "ours")
            counts = set()
            for name in order:
                started = (time.perf_counter(), time.process_time())
                if name == "ours":
                    counts.add(ours(engine, asked, FileCache(Path(folder) / str(turn))))
                else:
                    counts.add(bare(model, asked))
                ended = (time.perf_counter(), time.process_time())
                took[name] = (ended[0] - started[0], ended[1] - started[1])
            if len(counts) != 1:
                raise SystemExit(f"not the same work: {counts} tokens were written")
            wall, cpu = (took["ours"][n] / took["bare"][n] for n in (0, 1))
            ratios.append((wall, cpu))
            print(
                f"ours {took['ours'][0]:.2f} s: time {wall:.3f}, processor time {cpu:.3f} of bare"
            )
    wall, cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(
        f"engine overhead: median ratio of time {wall:.3f}, of processor time {cpu:.3f}, "
        f"over {REPEATS} turns, target <= {TARGET}"
    )


if __name__ == "__main__":
    main()
