"""Whether greedy answers depend on the batch they ride in; the report says it with the count."""

from collections.abc import Sequence

from modelsmith.domain.prompt import Prompt, Sampling
from modelsmith.ports.engine import Engine


def invariance(engine: Engine, prompts: Sequence[Prompt], max_tokens: int) -> tuple[int, int]:
    """Return (same, tried): how many greedy answers are the same alone as in one batch.

    Args:
        engine: The loaded model.
        prompts: A handful; each is answered twice.
        max_tokens: Longest answer, in tokens.

    Raises:
        EngineError: the machine's fault.
    """
    greedy = Sampling(max_tokens=max_tokens)
    together = engine.answers(prompts, greedy)
    alone = [engine.answers([prompt], greedy)[0] for prompt in prompts]
    same = sum(one.text == other.text for one, other in zip(together, alone, strict=True))
    return same, len(prompts)
