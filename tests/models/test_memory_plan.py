import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.models.memory_plan import ModelShape, memory_plan_of
from modelsmith.models.source import Quantisation

GIB = 1 << 30
SMOLLM2 = ModelShape(
    layers=30, hidden=576, intermediate=1536, key_value=192, vocabulary=49152, is_tied=True
)
LLAMA_8B = ModelShape(
    layers=32, hidden=4096, intermediate=14336, key_value=1024, vocabulary=128256, is_tied=False
)

MEASURED_MIB = {
    (Quantisation.BF16, 16, 1, 122): 1404,
    (Quantisation.BF16, 16, 4, 314): 3585,
    (Quantisation.BF16, 16, 8, 314): 6203,
    (Quantisation.BF16, 16, 4, 634): 6044,
    (Quantisation.BF16, 64, 4, 314): 3644,
    (Quantisation.FP32, 16, 2, 122): 2189,
    (Quantisation.FP32, 16, 4, 314): 5362,
}
"""Peak resident memory of real trainings: (format, rank, rows, tokens a row) -> MiB."""


def fit_of(shape=SMOLLM2, quantisation=Quantisation.BF16, **changes):
    asked = {"rank": 16, "sequence": 320, "batch": 4, "memory_bytes": 8 * GIB, "disk_bytes": GIB}
    return memory_plan_of(shape, quantisation, **(asked | changes))


def test_parameters_are_those_of_the_published_models():
    assert SMOLLM2.parameters() == 134_515_008
    assert LLAMA_8B.parameters() == 8_030_261_248


def test_a_lora_of_rank_16_on_smollm2_has_as_many_weights_as_peft_makes():
    assert SMOLLM2.adapter_parameters(16) == 4_884_480


@pytest.mark.parametrize("training", MEASURED_MIB)
def test_the_plan_is_at_least_what_was_measured_and_at_most_a_tenth_more(training):
    quantisation, rank, rows, tokens = training
    fit = fit_of(quantisation=quantisation, rank=rank, batch=rows, sequence=tokens)
    planned_mib = fit.needed_bytes / 2**20
    assert MEASURED_MIB[training] <= planned_mib <= 1.1 * MEASURED_MIB[training]


def test_what_is_needed_is_the_sum_of_its_parts():
    fit = fit_of()
    parts = fit.weights_bytes + fit.adapter_bytes + fit.activations_bytes + fit.runtime_bytes
    assert fit.needed_bytes == parts
    assert fit.problems == ()


def test_exactly_enough_is_enough_and_a_byte_less_is_not():
    fit = fit_of()
    assert fit_of(memory_bytes=fit.needed_bytes, disk_bytes=fit.disk_needed_bytes).problems == ()
    assert len(fit_of(memory_bytes=fit.needed_bytes - 1).problems) == 1
    assert len(fit_of(disk_bytes=fit.disk_needed_bytes - 1).problems) == 1


def test_what_does_not_fit_is_said_with_its_figures_and_all_at_once():
    fit = fit_of(LLAMA_8B, sequence=1024, disk_bytes=0)
    memory, disk = (
        (
            f"training 8030 M weights in bf16 with 4 rows of 1024 tokens takes "
            f"{fit.needed_bytes / GIB:.2f} GiB of memory, 8.00 GiB is there"
        ),
        (
            f"two checkpoints and an adapter of rank 16 take "
            f"{fit.disk_needed_bytes / GIB:.2f} GiB of disk, 0.00 GiB is free"
        ),
    )
    assert fit.problems == (memory, disk)


def test_nf4_weights_take_about_a_quarter_of_bf16():
    share = fit_of(LLAMA_8B, Quantisation.NF4).weights_bytes / fit_of(LLAMA_8B).weights_bytes
    assert share == pytest.approx(0.26)


@given(st.integers(1, 64), st.integers(16, 4096), st.integers(1, 256))
def test_more_of_anything_never_takes_less(batch, sequence, rank):
    smaller = fit_of(batch=batch, sequence=sequence, rank=rank)
    larger = fit_of(batch=batch + 1, sequence=sequence + 1, rank=rank + 1)
    assert larger.needed_bytes > smaller.needed_bytes
    assert larger.disk_needed_bytes > smaller.disk_needed_bytes
