"""What must hold before a training result counts.

Each of these has been seen to fail quietly: a run that trains on nothing, cuts its rows, reads a
prompt differently from evaluation, or leaves the model as it was, all with a falling loss.
"""

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from modelsmith.errors import EngineError
from modelsmith.models.transformers.runtime import Loaded, rendered
from modelsmith.record import canonical
from modelsmith.training.curriculum import Recipe, TrainingRow
from modelsmith.training.trl.completion_loss import NO_LOSS


def tokens_checked(
    tokenised: Sequence[Any],
    rows: Sequence[TrainingRow],
    tokenizer: Any,  # noqa: ANN401 - untyped library
    recipe: Recipe,
) -> tuple[int, int]:
    """Return how many tokens carry loss and how many are read, having checked every row.

    Args:
        tokenised: What trl made of the rows: `input_ids`, and `labels`.
        rows: The rows, in the same order.
        tokenizer: The one that evaluation asks with.
        recipe: Says how long a row may be.

    Raises:
        EngineError: a row is missing, too long, reads differently from evaluation, or all teach
            nothing.
    """
    if len(tokenised) != len(rows):
        raise EngineError(
            f"the trainer kept {len(tokenised)} of {len(rows)} rows",
            remedy="No row may be dropped; check the versions of trl and datasets.",
        )
    trained = read = 0
    for place, (row, tokens) in enumerate(zip(rows, tokenised, strict=True)):
        ids, labels = list(tokens["input_ids"]), list(tokens["labels"])
        where = f"row {place} ({row.scenario})"
        if len(ids) > recipe.max_length:
            raise EngineError(
                f"{where} has {len(ids)} tokens, at most {recipe.max_length} are allowed",
                remedy="Shorten the scenario's input, or raise `training.maxLength` in the "
                "run.yaml of a new run; this one keeps the settings it began with.",
            )
        asked = tokenizer(rendered(tokenizer, row.prompt), add_special_tokens=False)["input_ids"]
        if ids[: len(asked)] != asked or set(labels[: len(asked)]) - {NO_LOSS}:
            raise EngineError(
                f"{where} reads differently in training and evaluation: "
                f"{tokenizer.decode(ids[: len(asked)])!r} against {tokenizer.decode(asked)!r}",
                remedy="The chat template must render a prompt the same with and without answer.",
            )
        read += len(ids)
        trained += sum(label != NO_LOSS for label in labels)
    if trained == 0:
        raise EngineError(
            f"none of {read} tokens in {len(rows)} rows carries loss",
            remedy="Check that the targets are not empty and that loss is on the completion.",
        )
    return trained, read


def check_loss(loss: float, step: int, steps: int) -> None:
    """Refuse a loss that is no number.

    Raises:
        EngineError: it is infinite or not a number.
    """
    if not math.isfinite(loss):
        raise EngineError(
            f"the loss is {loss} at step {step} of {steps}",
            remedy="Lower the learning rate in run.yaml.",
        )


def check_moved(initial_sha256: str, final_sha256: str, shift: float) -> None:
    """Refuse a training that left the adapter, or what the model says, as it was.

    Raises:
        EngineError: the weights or the logits are unchanged, or the logits are no numbers.
    """
    if initial_sha256 == final_sha256:
        raise EngineError(
            f"the adapter is unchanged after training, sha256 {final_sha256}",
            remedy="Raise the learning rate; in bf16 an update below 1/256 of a weight is lost.",
        )
    if not math.isfinite(shift) or shift <= 0:
        raise EngineError(
            f"the adapter shifts the first prompt's logits by {shift:g}, above 0 is needed",
            remedy="Check that its target modules are layers of this model.",
        )


def adapter_sha256(model: Any) -> str:  # noqa: ANN401 - untyped library
    """Return the digest of the trainable weights: names, formats, shapes and bytes, by name."""
    import torch

    digest = hashlib.sha256()
    for name, weights in sorted(model.named_parameters()):
        if weights.requires_grad:
            kept = weights.detach().cpu().contiguous()
            digest.update(canonical([name, str(kept.dtype), list(kept.shape)]))
            digest.update(kept.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def logit_shift(base: Loaded, model: Any, row: TrainingRow) -> float:  # noqa: ANN401 - untyped library
    """Return the largest change of a next-token logit that the adapter makes on `row`."""
    import torch

    text = rendered(base.tokenizer, row.prompt)
    read = base.tokenizer(text, add_special_tokens=False, return_tensors="pt").to(base.device)
    model.eval()
    with torch.inference_mode():
        adapted = model(**read, logits_to_keep=1).logits[0, -1].float()
        with model.disable_adapter():
            untouched = model(**read, logits_to_keep=1).logits[0, -1].float()
    return float((adapted - untouched).abs().max())
