"""Which prompts are generated together, and the name of what comes back.

In bf16 an answer depends on the batch it rides in: 27 of 36 greedy answers were the same at
batch 8 as at batch 36 (research: learn, section 6). So the batch, and not the prompt, is what is
cached and resumed, and the plan below is a pure function of the prompts and the size.
"""

import json
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from modelsmith.errors import EngineError
from modelsmith.models.engine_port import Engine
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.record import digest_of
from modelsmith.store.port import Cache

ANSWERS = TypeAdapter(tuple[Answer, ...])

MOST_PADDING = 400
"""Characters by which the prompts of one batch may differ in length, about 200 tokens of figures.

Padding is read like text. Measured with SmolLM2-135M: 29 prompts of about 370 tokens took twice as
long beside one of 790 as without it.
"""


def batches(prompts: Sequence[Prompt], size: int) -> tuple[tuple[int, ...], ...]:
    """Return the places of `prompts`, grouped in batches of at most `size`, short prompts first.

    Neighbours in length share a batch, so that little is padded; one that would pad the others by
    more than `MOST_PADDING` opens a batch of its own. Equal lengths keep their order, and the last
    batch takes the remainder; every place stands in exactly one batch.

    Args:
        prompts: What will be asked.
        size: Most prompts a batch, at least 1.

    Raises:
        ValueError: `size` is below 1.
    """
    if size < 1:
        raise ValueError(f"a batch holds at least 1 prompt, size is {size}")
    planned: list[list[int]] = []
    shortest = 0
    for place in sorted(range(len(prompts)), key=lambda place: _length(prompts[place])):
        length = _length(prompts[place])
        if not planned or len(planned[-1]) == size or length - shortest > MOST_PADDING:
            planned.append([])
            shortest = length
        planned[-1].append(place)
    return tuple(map(tuple, planned))


def batch_key(identity: Mapping[str, str], sampling: Sampling, prompts: Sequence[Prompt]) -> str:
    """Return the name of the answers to `prompts`, asked together in this order.

    Args:
        identity: What can change an answer, as the engine states it.
        sampling: How answers are drawn.
        prompts: One batch, in order.
    """
    return digest_of(
        {
            "identity": dict(identity),
            "sampling": sampling.model_dump(mode="json"),
            "prompts": [[turn.model_dump(mode="json") for turn in prompt] for prompt in prompts],
        }
    )


def answer_batch(
    engine: Engine, together: Sequence[Prompt], sampling: Sampling, key: str, cache: Cache
) -> Sequence[Answer | str]:
    """Return the answers to one batch, from the cache where it was answered before.

    An engine failure makes the batch's answers errors, in words, and is not cached.
    """
    if (kept := _kept(cache.get(key), len(together))) is not None:
        return kept
    try:
        answers = engine.answers(together, sampling)
    except EngineError as error:
        return [error.what] * len(together)
    cache.put(key, json.dumps([answer.model_dump(mode="json") for answer in answers]).encode())
    return answers


def _kept(content: bytes | None, count: int) -> tuple[Answer, ...] | None:
    """Return the answers in a cache's content; none where another version wrote another shape."""
    try:
        answers = ANSWERS.validate_json(content or b"")
    except ValueError:
        return None
    return answers if len(answers) == count else None


def _length(prompt: Prompt) -> int:
    return sum(len(turn.content) for turn in prompt)
