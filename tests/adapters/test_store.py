import os
import shutil

import pytest

from modelsmith.adapters.store import ContentStore, file_sha256, manifest_of
from modelsmith.domain.record import sha256
from modelsmith.errors import BrokenRecordError, InputError


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "adapter"
    (made / "deep").mkdir(parents=True)
    (made / "adapter_config.json").write_bytes(b"{}")
    (made / "deep" / "adapter_model.safetensors").write_bytes(b"weights")
    return made


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "store")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def overwrite(path, content):
    path.chmod(0o644)
    path.write_bytes(content)


def test_what_was_put_comes_back_file_by_file(store, folder):
    assert contents(store.get(store.put(folder))) == contents(folder)


def test_the_digest_is_the_manifests_and_names_every_file(store, folder):
    digest = store.put(folder)
    manifest = store.manifest(digest)
    assert manifest.digest() == digest == manifest_of(folder).digest()
    assert [
        (file.path, file.sha256, file.size_bytes, file.media_type) for file in manifest.files
    ] == [
        ("adapter_config.json", sha256(b"{}"), 2, "application/json"),
        ("deep/adapter_model.safetensors", sha256(b"weights"), 7, "application/vnd.safetensors"),
    ]


def test_putting_twice_changes_nothing(store, folder, tmp_path):
    digest = store.put(folder)
    before = contents(tmp_path / "store")
    assert store.put(folder) == digest
    assert contents(tmp_path / "store") == before


def test_the_digest_does_not_depend_on_where_the_folder_lies(store, folder, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert store.put(moved) == store.put(folder)


def test_a_stored_folder_can_be_used_after_the_source_is_gone(store, folder):
    digest = store.put(folder)
    expected = contents(folder)
    shutil.rmtree(folder)
    assert contents(store.get(digest)) == expected


def test_an_unknown_digest_is_refused_by_name(store):
    with pytest.raises(BrokenRecordError, match=f"nothing is stored under sha256 {'a' * 64}"):
        store.get("a" * 64)


def test_a_stored_file_that_was_altered_is_refused_with_file_expected_and_found(
    store, folder, tmp_path
):
    digest = store.put(folder)
    store.get(digest)
    blob = tmp_path / "store" / "sha256" / sha256(b"weights")
    overwrite(blob, b"wEights")
    with pytest.raises(BrokenRecordError) as caught:
        store.get(digest)
    assert caught.value.what == (
        f"file deep/adapter_model.safetensors of {digest[:12]}...: {blob} "
        f"has sha256 {sha256(b'wEights')}, expected {sha256(b'weights')}"
    )


def test_an_altered_manifest_is_refused(store, folder, tmp_path):
    digest = store.put(folder)
    blob = tmp_path / "store" / "sha256" / digest
    overwrite(blob, blob.read_bytes().replace(b"deep", b"sham"))
    with pytest.raises(BrokenRecordError, match=f"manifest: .* expected {digest}"):
        store.get(digest)


def test_the_digest_of_a_file_is_no_folder(store, folder):
    store.put(folder)
    with pytest.raises(BrokenRecordError, match="is stored, but it is no manifest"):
        store.get(sha256(b"weights"))


def test_putting_again_repairs_an_altered_file(store, folder, tmp_path):
    digest = store.put(folder)
    overwrite(tmp_path / "store" / "sha256" / sha256(b"weights"), b"broken")
    assert store.put(folder) == digest
    assert contents(store.get(digest)) == contents(folder)


@pytest.mark.parametrize("change", ["add", "alter", "remove"])
def test_a_laid_out_folder_that_was_changed_is_laid_out_again(store, folder, change):
    digest = store.put(folder)
    laid_out = store.get(digest)
    config = laid_out / "adapter_config.json"
    config.unlink()
    if change == "add":
        (laid_out / "extra.json").write_text("{}")
    if change == "alter":
        config.write_text("{ }")
    assert contents(store.get(digest)) == contents(folder)


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_a_folder_without_files_is_refused(store, tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=f"{tmp_path / name} holds no file"):
        store.put(tmp_path / name)


def test_nothing_unfinished_stays_behind(store, folder, tmp_path):
    store.get(store.put(folder))
    names = [name for _, _, files in os.walk(tmp_path / "store") for name in files]
    assert not [name for name in names if name.startswith(".")]


def test_a_large_file_is_hashed_in_parts(tmp_path):
    file = tmp_path / "large"
    file.write_bytes(b"0123456789" * 300_000)
    assert file_sha256(file) == sha256(file.read_bytes())
