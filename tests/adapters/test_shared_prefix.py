import pytest

from modelsmith.adapters.shared_prefix import LEAST_SHARED, shared_length


def test_the_shared_beginning_ends_at_the_first_difference():
    assert shared_length([[1, 2, 3, 4], [1, 2, 9, 4]]) == 2


def test_every_prompt_keeps_a_token_of_its_own():
    assert shared_length([[1, 2, 3], [1, 2, 3]]) == 2
    assert shared_length([[1], [1, 2]]) == 0


def test_prompts_that_share_nothing_share_nothing():
    assert shared_length([[1, 2], [3, 2]]) == 0


@pytest.mark.model
def test_answers_are_the_same_with_the_beginning_read_once():
    """In fp32, where rounding does not hide a wrong position or mask."""
    from pathlib import Path

    import torch
    from transformers import AutoModelForCausalLM

    from modelsmith.adapters import shared_prefix
    from modelsmith.adapters.embedded_model import LocalModels
    from modelsmith.adapters.torch_runtime import prepared
    from modelsmith.domain.run import ModelSource

    prepared()
    root = Path(__file__).parents[2]
    located = LocalModels(root).located(ModelSource(name="smollm2-135m-instruct"))
    model = AutoModelForCausalLM.from_pretrained(located.folder, dtype=torch.float32).eval()
    shared = list(range(100, 100 + LEAST_SHARED))
    prompts = [[*shared, 500, 501], [*shared, 700, 701, 702, 703, 704], [*shared, 900]]

    def answers(batch):
        with torch.inference_mode():
            written = model.generate(
                batch.input_ids,
                attention_mask=batch.attention_mask,
                max_new_tokens=12,
                do_sample=False,
                pad_token_id=2,
                **batch.cache,
            )
        return written[:, batch.input_ids.shape[1] :].tolist()

    read_once = shared_prefix.batch_input(model, prompts, pad=2)
    assert read_once.cache
    alone = [shared_prefix.batch_input(model, [prompt], pad=2) for prompt in prompts]
    assert not any(one.cache for one in alone)
    assert answers(read_once) == [answers(one)[0] for one in alone]
