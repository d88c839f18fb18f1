"""What several prompts of a batch have in common is read once, not once a prompt.

Worked examples stand before every question of the few-shot stand-ins and are three quarters of
those prompts. Their keys and values are computed for one row and repeated over the batch; the
questions follow, padded on the left, so that padding stands between the examples and a question
and is masked there. A prompt that is asked several times, for a vote, is read once as well.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

LEAST_SHARED = 128
"""Tokens from which reading the beginning once pays for the second forward pass; a system message
alone (about 30) does not."""


class BatchInput(NamedTuple):
    """What `generate` is given."""

    input_ids: Any
    """Token ids, (batch, token)."""
    attention_mask: Any
    """1 for what is read, 0 for padding, (batch, token)."""
    cache: dict[str, Any]
    """`cache` of what was read already, or nothing."""


def shared_length(prompts: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all prompts begin with, leaving each at least one of its own."""
    for place, tokens in enumerate(zip(*prompts, strict=False)):
        if len(set(tokens)) > 1:
            return place
    return max(0, min(map(len, prompts)) - 1)


def batch_input(model: Any, prompts: Sequence[Sequence[int]], pad: int) -> BatchInput:  # noqa: ANN401 - untyped library
    """Return the padded batch, with what prompts share already read where that pays.

    Args:
        model: The loaded model.
        prompts: Token ids of each prompt.
        pad: Id of the padding token.
    """
    import torch

    asked = list(dict.fromkeys(map(tuple, prompts)))
    shared = shared_length(asked) if len(asked) > 1 else 0
    shared = shared if shared >= LEAST_SHARED else 0
    own = [list(prompt[shared:]) for prompt in asked]
    width = max(len(tokens) for tokens in own)
    rows = [list(asked[0][:shared]) + [pad] * (width - len(t)) + t for t in own]
    masks = [[1] * shared + [0] * (width - len(t)) + [1] * len(t) for t in own]
    input_ids = torch.tensor(rows, device=model.device)
    attention_mask = torch.tensor(masks, device=model.device)
    is_repeated = len(asked) < len(prompts)
    if not (shared or is_repeated):
        return BatchInput(input_ids, attention_mask, {})
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)
    if shared:
        model(input_ids=input_ids[:1, :shared], cache=cache, logits_to_keep=1)
        cache.batch_repeat_interleave(len(asked))
    if is_repeated:  # all but the last token, from which each repetition goes its own way
        model(
            input_ids=input_ids[:, shared:-1],
            attention_mask=attention_mask[:, :-1],
            position_ids=(attention_mask.cumsum(-1) - 1).clamp(min=0)[:, shared:-1],
            cache=cache,
            logits_to_keep=1,
        )
        place = {prompt: number for number, prompt in enumerate(asked)}
        rows_of = torch.tensor([place[tuple(prompt)] for prompt in prompts], device=model.device)
        cache.batch_select_indices(rows_of)
        input_ids, attention_mask = input_ids[rows_of], attention_mask[rows_of]
    return BatchInput(input_ids, attention_mask, {"cache": cache})
