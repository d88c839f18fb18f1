import json

import pytest

from modelsmith.errors import EngineError
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels, parts_at
from modelsmith.record import sha256
from tests.support.clock import SteppingClock
from tests.support.models import CHATML, TINY, tiny_model

FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "tokenizer.json": b"tokens",
    "tokenizer_config.json": json.dumps({"chat_template": "{{ one }}"}).encode(),
}


def a_folder(root, **changes):
    root.mkdir(parents=True, exist_ok=True)
    for name, content in (FILES | changes).items():
        (root / name).write_bytes(content)
    return root


def test_model_tokenizer_and_template_are_told_apart(tmp_path):
    found = parts_at(a_folder(tmp_path / "model"), None)
    assert found == {
        "model": {name: sha256(FILES[name]) for name in ("config.json", "model.safetensors")},
        "tokenizer": {
            name: sha256(FILES[name]) for name in ("tokenizer.json", "tokenizer_config.json")
        },
        "template": {"chat": sha256(b"{{ one }}")},
    }


def test_an_adapter_is_a_part_of_its_own(tmp_path):
    adapter = a_folder(tmp_path / "adapter")
    found = parts_at(a_folder(tmp_path / "model"), adapter)
    assert found["adapter"] == {name: sha256(content) for name, content in FILES.items()}


def test_a_template_in_a_file_of_its_own_is_the_one_that_counts(tmp_path):
    found = parts_at(a_folder(tmp_path, **{"chat_template.jinja": b"{{ two }}"}), None)
    assert found["template"] == {"chat": sha256(b"{{ two }}")}
    assert found["tokenizer"]["chat_template.jinja"] == sha256(b"{{ two }}")


def test_what_is_read_by_nobody_is_no_part(tmp_path):
    folder = a_folder(tmp_path)
    before = parts_at(folder, None)
    (folder / "README.md").write_text("Read me.")
    assert parts_at(folder, None) == before


@pytest.mark.parametrize(
    "settings", [b"{}", b"not json", b"[]", b'{"chat_template": ""}', b'{"chat_template": []}']
)
def test_a_model_without_a_template_is_refused(tmp_path, settings):
    folder = a_folder(tmp_path, **{"tokenizer_config.json": settings})
    words = f"{folder} has no chat template: neither chat_template.jinja nor one text in"
    with pytest.raises(EngineError, match=words):
        parts_at(folder, None)


@pytest.mark.model
def test_the_template_is_the_one_that_the_engine_renders(tmp_path):
    folder = tiny_model(tmp_path)
    engines = TransformersEngines(LocalModels(tmp_path), Quantisation.FP32, SteppingClock())
    with engines.open(TINY, None, None) as engine:
        assert engine.parts == parts_at(folder, None)
        assert engine.parts["template"] == {"chat": engine.identity["template"]}
    assert engine.identity["template"] == sha256(CHATML.encode())
