import os
import shutil
import uuid

import pytest

from modelsmith.errors import BrokenRecordError, InputError, StoreError
from modelsmith.record import sha256
from modelsmith.store.files.content_store import ContentStore
from modelsmith.store.files.folder_manifest import file_sha256, manifest_of
from modelsmith.store.files.remote import RemoteFiles
from tests.support.stores import memory_store, s3_store

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "adapter"
    (made / "deep").mkdir(parents=True)
    (made / "adapter_config.json").write_bytes(b"{}")
    (made / "deep" / "adapter_model.safetensors").write_bytes(b"weights")
    return made


@pytest.fixture(scope="module")
def s3():
    with s3_store() as remote:
        yield remote


@pytest.fixture(params=["local", "file", "memory", "s3"])
def store(request, tmp_path):
    """Return a store; everything that holds of the local one holds with a remote one behind it."""
    remotes = {
        "local": lambda: None,
        "file": lambda: RemoteFiles(f"file://{tmp_path}/remote"),
        "memory": memory_store,
        "s3": lambda: RemoteFiles(f"{request.getfixturevalue('s3').url}/{uuid.uuid4().hex}"),
    }
    return ContentStore(tmp_path / "store", remotes[request.param]())


@pytest.fixture
def remote(tmp_path):
    return RemoteFiles(f"file://{tmp_path}/remote")


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


# A remote store behind it


def elsewhere(tmp_path, remote):
    """Return the store of another machine with the same remote one behind it."""
    return ContentStore(tmp_path / "elsewhere", remote)


def test_what_one_machine_put_another_one_gets(folder, tmp_path, remote):
    digest = ContentStore(tmp_path / "store", remote).put(folder)
    assert contents(elsewhere(tmp_path, remote).get(digest)) == contents(folder)


def test_what_is_fetched_is_told_and_what_is_here_is_not(folder, tmp_path, remote):
    digest, told = ContentStore(tmp_path / "store", remote).put(folder), []
    elsewhere = ContentStore(tmp_path / "elsewhere", remote, lambda *words: told.append(words))
    elsewhere.get(digest)
    total = sum(len(content) for content in contents(folder).values())
    assert {label for label, _, _ in told} == {f"fetch {digest[:12]}"}
    assert told[-1][1:] == (total, total)
    told.clear()
    elsewhere.get(digest)
    assert told == []


def test_a_push_sends_what_is_missing_there_and_nothing_twice(folder, tmp_path, remote):
    here = ContentStore(tmp_path / "store")
    digest = here.put(folder)
    with_remote = ContentStore(tmp_path / "store", remote)
    assert with_remote.push(digest) == 3
    assert with_remote.push(digest) == 0
    remote.remove(f"sha256/{sha256(b'weights')}")
    assert with_remote.push(digest) == 1


def test_a_folder_whose_manifest_is_there_is_there_whole(folder, tmp_path, remote):
    here = ContentStore(tmp_path / "store")
    digest = here.put(folder)
    (tmp_path / "store" / "sha256" / sha256(b"weights")).unlink()
    with pytest.raises(BrokenRecordError, match="nothing is stored under sha256"):
        ContentStore(tmp_path / "store", remote).push(digest)
    assert remote.get(f"sha256/{digest}") is None


def test_what_is_put_again_after_long_is_sent_again_so_that_a_collection_spares_it(
    folder, tmp_path, remote
):
    store = ContentStore(tmp_path / "store", remote)
    digest = store.put(folder)
    files = sorted((tmp_path / "remote" / "sha256").iterdir())
    for file in files:
        os.utime(file, (0, 0))
    assert store.put(folder) == digest
    assert all(file.stat().st_mtime > 0 for file in files)
    local = tmp_path / "store" / "sha256" / digest
    os.utime(local, (0, 0))
    store.put(folder)
    assert local.stat().st_mtime > 0


def test_a_fetch_that_was_cut_off_goes_on_where_it_was(folder, tmp_path, remote):
    digest = ContentStore(tmp_path / "store", remote).put(folder)
    part = tmp_path / "elsewhere" / "sha256" / f".writing-fetch-{sha256(b'weights')}"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"weig")
    asked = []

    class Counted(RemoteFiles):
        def chunks(self, key, start):
            asked.append((key, start))
            return super().chunks(key, start)

    got = elsewhere(tmp_path, Counted(remote.url)).get(digest)
    assert contents(got) == contents(folder)
    assert (f"sha256/{sha256(b'weights')}", 4) in asked
    assert not part.exists()


def test_what_comes_altered_is_refused_and_nothing_of_it_is_kept(folder, tmp_path, remote):
    digest = ContentStore(tmp_path / "store", remote).put(folder)
    overwrite(tmp_path / "remote" / "sha256" / sha256(b"weights"), b"wEights")
    with pytest.raises(BrokenRecordError) as caught:
        elsewhere(tmp_path, remote).get(digest)
    assert caught.value.what == (
        f"{remote.url}/sha256/{sha256(b'weights')} has sha256 {sha256(b'wEights')}, "
        f"expected {sha256(b'weights')}"
    )
    left = [path.name for path in (tmp_path / "elsewhere").rglob(f"*{sha256(b'weights')}")]
    assert left == []


def test_what_is_nowhere_names_both_places(tmp_path, remote):
    with pytest.raises(BrokenRecordError) as caught:
        elsewhere(tmp_path, remote).get("a" * 64)
    assert f"in {tmp_path / 'elsewhere'} or {remote.url}" in caught.value.what
    assert "`modelsmith store push` there" in caught.value.remedy


def test_a_push_without_a_remote_store_says_how_to_name_one(folder, tmp_path):
    store = ContentStore(tmp_path / "store")
    with pytest.raises(InputError, match="no remote store is configured") as refusal:
        store.push(store.put(folder))
    assert "git config modelsmith.store s3://bucket/prefix" in refusal.value.remedy


def test_a_remote_store_that_does_not_answer_loses_nothing_here(folder, tmp_path):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    store = ContentStore(tmp_path / "store", RemoteFiles(f"file://{tmp_path}/blocked"))
    with pytest.raises(StoreError, match="did not answer"):
        store.put(folder)
    digest = manifest_of(folder).digest()
    assert contents(ContentStore(tmp_path / "store").get(digest)) == contents(folder)
