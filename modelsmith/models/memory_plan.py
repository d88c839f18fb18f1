"""Whether a training fits a machine, said before it starts, with the figures."""

from modelsmith.models.source import Quantisation
from modelsmith.record import Count, Positive, Record

Bytes = Count

WEIGHT_BYTES = {Quantisation.FP32: 4.0, Quantisation.BF16: 2.0, Quantisation.NF4: 0.52}
"""Bytes a weight. nf4: 4 bits and 0.127 bits of doubly quantised constants (QLoRA, section 3)."""

RUNTIME_BYTES = 900 << 20
"""The process beside the model: 480 MiB once torch, peft and trl are loaded, and what datasets and
the first optimiser step add; fitted to the runs of `OUTPUT_BYTES`.
"""

OUTPUT_BYTES = {Quantisation.FP32: 22.0, Quantisation.BF16: 13.5, Quantisation.NF4: 13.5}
"""Bytes that the backward pass keeps for each number a linear layer puts out, LoRA included.

Fitted to the peak resident memory of real trainings of SmolLM2-135M with trl on a CPU without
checkpointing (2025-11; rank 16, rows x tokens -> MiB): in bf16 1 x 122 -> 1404, 4 x 314 -> 3585,
8 x 314 -> 6203, 4 x 634 -> 6044, in fp32 2 x 122 -> 2189, 4 x 314 -> 5362. `fits` gives 1 to 10 %
more than each. Since the loss on a processor reads the completion's positions alone, a training
there takes a fifth less than that; nf4 was not measured. The form, linear in tokens, layers and
widths, is that of Korthikanti et al. 2022, equation 1, without the term that SDPA avoids.
"""

ADAPTER_WEIGHT_BYTES = 4
"""Adapters are fp32, whatever the base is held in."""

OPTIMISER_COPIES = 4
"""Weight, gradient and Adam's two moments, in the adapter's format."""

TOKENIZER_BYTES = 4 << 20
"""trl puts the tokenizer in each checkpoint: 3.5 MB for SmolLM2's 49,152 tokens."""


class Gpu(Record):
    """One CUDA device."""

    name: str
    """What the driver calls it."""
    memory_bytes: Bytes
    """Its memory."""


class Hardware(Record):
    """What a machine has."""

    cores: Positive
    """Processor cores that this process may use."""
    processor: str
    """The processor's name."""
    bf16: bool
    """Whether the processor computes in bf16 itself; where not, fp32 is used."""
    memory_bytes: Bytes
    """Memory in all."""
    memory_available_bytes: Bytes
    """Memory that a new process can take without swapping."""
    disk_free_bytes: Bytes
    """Free space on the disk of the repository."""
    gpus: tuple[Gpu, ...]
    """CUDA devices."""


class ModelShape(Record):
    """The sizes of a decoder in the Llama layout."""

    layers: Positive
    """Blocks."""
    hidden: Positive
    """Width of a token."""
    intermediate: Positive
    """Width inside the feed-forward part."""
    key_value: Positive
    """Width of the keys, and of the values."""
    vocabulary: Positive
    """Tokens it knows."""
    is_tied: bool
    """Whether the output layer is the input layer."""

    def parameters(self) -> int:
        """Return the number of weights: embeddings, four attention and three feed-forward parts."""
        block = 2 * self.hidden * (self.hidden + self.key_value + 1)
        block += 3 * self.hidden * self.intermediate
        embeddings = self.vocabulary * self.hidden * (1 if self.is_tied else 2)
        return embeddings + self.layers * block + self.hidden

    def adapter_parameters(self, rank: int) -> int:
        """Return the weights of a LoRA of `rank` on all seven linear layers of each block."""
        attention = 4 * self.hidden + 2 * (self.hidden + self.key_value)
        feed_forward = 3 * (self.hidden + self.intermediate)
        return self.layers * rank * (attention + feed_forward)


class MemoryPlan(Record):
    """What a training takes beside what there is."""

    weights_bytes: Bytes
    """The base model."""
    adapter_bytes: Bytes
    """The adapter, its gradients and the optimiser's two moments."""
    activations_bytes: Bytes
    """What the forward pass keeps for the backward pass."""
    runtime_bytes: Bytes
    """The process itself, with its libraries."""
    needed_bytes: Bytes
    """All of that."""
    available_bytes: Bytes
    """Memory that may be used."""
    disk_needed_bytes: Bytes
    """Two checkpoints (the new one is written before the old one goes) and the adapter."""
    disk_free_bytes: Bytes
    """Disk that may be used."""
    problems: tuple[str, ...]
    """What does not fit, each with its figures; empty where all fits."""


def memory_plan_of(  # noqa: PLR0913 - what decides is named at the call
    shape: ModelShape,
    quantisation: Quantisation,
    *,
    rank: int,
    sequence: int,
    batch: int,
    memory_bytes: int,
    disk_bytes: int,
) -> MemoryPlan:
    """Return what training `shape` takes, and what of it is more than there is.

    Args:
        shape: Sizes of the base model.
        quantisation: How its weights are held.
        rank: LoRA rank.
        sequence: Longest row, in tokens.
        batch: Rows a step.
        memory_bytes: What may be used: what is free, of the GPU where there is one, else of the
            machine, and no more than the cluster gives a job.
        disk_bytes: What may be used for checkpoints.
    """
    weights = round(shape.parameters() * WEIGHT_BYTES[quantisation])
    adapter = shape.adapter_parameters(rank) * ADAPTER_WEIGHT_BYTES
    outputs = 3 * shape.hidden + 2 * shape.key_value + 2 * shape.intermediate
    kept = round(OUTPUT_BYTES[quantisation] * outputs * shape.layers * sequence * batch)
    needed = weights + OPTIMISER_COPIES * adapter + kept + RUNTIME_BYTES
    checkpoint = (OPTIMISER_COPIES - 1) * adapter + TOKENIZER_BYTES  # gradients are not saved
    disk_needed = 2 * checkpoint + adapter
    problems = []
    if needed > memory_bytes:
        problems.append(
            f"training {shape.parameters() / 1e6:.0f} M weights in {quantisation} with {batch} "
            f"rows of {sequence} tokens takes {_gib(needed)} of memory, "
            f"{_gib(memory_bytes)} is there"
        )
    if disk_needed > disk_bytes:
        problems.append(
            f"two checkpoints and an adapter of rank {rank} take {_gib(disk_needed)} of disk, "
            f"{_gib(disk_bytes)} is free"
        )
    return MemoryPlan(
        weights_bytes=weights,
        adapter_bytes=OPTIMISER_COPIES * adapter,
        activations_bytes=kept,
        runtime_bytes=RUNTIME_BYTES,
        needed_bytes=needed,
        available_bytes=memory_bytes,
        disk_needed_bytes=disk_needed,
        disk_free_bytes=disk_bytes,
        problems=tuple(problems),
    )


def _gib(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"
