"""trl's SFTTrainer with a loss that a processor can afford.

Without Triton trl scores every position of a row against the whole vocabulary and then masks the
prompt away; five positions of six carry no loss here. On a CPU this trainer asks the output layer
for the completion's positions alone. The loss is the same mean over the same tokens (a test
compares the two); on CUDA trl's own is used.
"""

from typing import Any

NO_LOSS = -100
"""Label of a token that carries no loss (torch's cross_entropy ignores it)."""


def completion_trainer() -> Any:  # noqa: ANN401 - untyped library
    """Return the trainer class; trl is imported now."""
    from torch.nn.functional import cross_entropy
    from trl import SFTTrainer

    class CompletionTrainer(SFTTrainer):  # type: ignore[misc] # trl has no types
        """Computes the loss at the positions that have one."""

        def compute_loss(
            self,
            model: Any,  # noqa: ANN401 - untyped library
            inputs: dict[str, Any],
            return_outputs: bool = False,  # noqa: FBT001, FBT002 - the library's signature
            num_items_in_batch: Any = None,  # noqa: ANN401 - untyped library
        ) -> Any:  # noqa: ANN401 - untyped library
            """Return the mean negative log-likelihood of the completions' tokens."""
            causal = model.get_base_model()
            hidden = causal.base_model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                use_cache=False,
            ).last_hidden_state[:, :-1]  # (batch, token - 1, width)
            labels = inputs["labels"][:, 1:]  # (batch, token - 1)
            scored = labels != NO_LOSS
            logits = causal.get_output_embeddings()(hidden[scored]).float()  # (scored, vocabulary)
            total = cross_entropy(logits, labels[scored], reduction="sum")
            loss = total / (scored.sum() if num_items_in_batch is None else num_items_in_batch)
            return (loss, {"logits": logits}) if return_outputs else loss

    return CompletionTrainer
