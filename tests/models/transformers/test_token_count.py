import shutil

import pytest

from modelsmith.errors import EngineError
from modelsmith.models.generation import Message
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.token_count import token_counter
from tests.support.models import EMBEDDED, ROOT, TINY, a_prompt, edit_json, tiny_model

ROW = (*a_prompt(), Message(role="assistant", content="The floor rose to 2.40 USD."))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("repository")
    tiny_model(made)
    return made


def read_by_transformers(folder, prompt):
    """Return how many tokens transformers makes of a conversation."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    text = tokenizer.apply_chat_template(
        [{"role": turn.role, "content": turn.content} for turn in prompt],
        tokenize=False,
        add_generation_prompt=prompt[-1].role != "assistant",
    )
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize("prompt", [a_prompt(), a_prompt("Ärger um 12 €?"), ROW])
def test_as_many_tokens_as_transformers_reads(root, prompt):
    count = token_counter(root / "tiny")
    assert count(prompt) == read_by_transformers(root / "tiny", prompt) > 0


@pytest.mark.model
@pytest.mark.parametrize("prompt", [a_prompt(), a_prompt("Ärger um 12 €?"), ROW])
def test_as_many_as_transformers_reads_for_the_embedded_model(prompt):
    folder = LocalModels(ROOT).located(EMBEDDED).folder
    assert token_counter(folder)(prompt) == read_by_transformers(folder, prompt) > 0


def test_the_window_is_the_configs(root, tmp_path):
    assert LocalModels(root).window(TINY) == 512
    shutil.copytree(root / "tiny", tmp_path / "tiny")
    edit_json(tmp_path / "tiny/config.json", max_position_embeddings=None)
    assert LocalModels(tmp_path).window(TINY) is None


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("tokenizer.json", "{}", "could not read the tokenizer in "),
        ("chat_template.jinja", "{% for %}", "is no template: "),
        ("chat_template.jinja", "{{ raise_exception('no system') }}", "a conversation: no system"),
    ],
)
def test_what_cannot_be_read_is_said(root, tmp_path, file, content, said):
    shutil.copytree(root / "tiny", tmp_path / "tiny")
    (tmp_path / "tiny" / file).write_text(content)
    with pytest.raises(EngineError) as refusal:
        token_counter(tmp_path / "tiny")(a_prompt())
    assert said in refusal.value.what
