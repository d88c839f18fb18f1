import pytest

from modelsmith.models.transformers.prefix_cache import LEAST_SHARED, shared_length


def test_the_shared_beginning_ends_at_the_first_difference():
    assert shared_length([[1, 2, 3, 4], [1, 2, 9, 4]]) == 2


def test_every_prompt_keeps_a_token_of_its_own():
    assert shared_length([[1, 2, 3], [1, 2, 3]]) == 2
    assert shared_length([[1], [1, 2]]) == 0


def test_prompts_that_share_nothing_share_nothing():
    assert shared_length([[1, 2], [3, 2]]) == 0


@pytest.mark.model
def test_answers_are_the_same_with_what_is_shared_read_once():
    """In fp32, where rounding does not hide a wrong position or mask."""
    from pathlib import Path

    import torch
    from transformers import AutoModelForCausalLM

    from modelsmith.models.source import ModelSource
    from modelsmith.models.transformers import prefix_cache
    from modelsmith.models.transformers.local_models import LocalModels
    from modelsmith.models.transformers.runtime import prepare

    prepare()
    root = Path(__file__).parents[3]
    located = LocalModels(root).located(ModelSource(name="smollm2-135m-instruct"))
    model = AutoModelForCausalLM.from_pretrained(located.folder, dtype=torch.float32).eval()
    shared = list(range(100, 100 + LEAST_SHARED))
    prompts = [[*shared, 500, 501], [*shared, 700, 701, 702, 703, 704], [*shared, 900]]
    unlike = [[500, 501, 502], [700, 701, 702, 703, 704]]

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

    def alone(prompt):
        batch = prefix_cache.batch_input(model, [prompt], pad=2)
        assert not batch.cache
        return answers(batch)[0]

    expected = {tuple(prompt): alone(prompt) for prompt in (*prompts, *unlike)}
    assert len({tuple(answer) for answer in expected.values()}) > 3  # answers tell prompts apart
    for together in (prompts, [*prompts, *prompts[::-1]], [*unlike, *unlike], [unlike[1]] * 3):
        read_once = prefix_cache.batch_input(model, together, pad=2)
        assert read_once.cache
        assert answers(read_once) == [expected[tuple(prompt)] for prompt in together]
