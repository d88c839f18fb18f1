"""Which prompts are generated together, and the name of what comes back.

In bf16 an answer depends on the batch it rides in: 27 of 36 greedy answers were the same at
batch 8 as at batch 36 (research: learn, section 6). So the batch, and not the prompt, is what is
cached and resumed, and the plan below is a pure function of the prompts and the size.
"""

from collections.abc import Mapping, Sequence

from modelsmith.domain.prompt import Prompt, Sampling
from modelsmith.domain.record import digest_of


def batches(prompts: Sequence[Prompt], size: int) -> tuple[tuple[int, ...], ...]:
    """Return the places of `prompts`, grouped in batches of at most `size`, short prompts first.

    Neighbours in length share a batch, so that little is padded. Equal lengths keep their order,
    and the last batch takes the remainder; every place stands in exactly one batch.

    Args:
        prompts: What will be asked.
        size: Most prompts a batch, at least 1.

    Raises:
        ValueError: `size` is below 1.
    """
    if size < 1:
        raise ValueError(f"a batch holds at least 1 prompt, size is {size}")
    order = sorted(range(len(prompts)), key=lambda place: _length(prompts[place]))
    return tuple(tuple(order[start : start + size]) for start in range(0, len(order), size))


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


def _length(prompt: Prompt) -> int:
    return sum(len(turn.content) for turn in prompt)
