import os
import subprocess
import sys

import pytest

from modelsmith.run.files.answer_cache import FileCache, SharedCache
from tests.support.models import ROOT
from tests.support.stores import memory_store


def only_file(folder):
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    return file


def test_what_was_put_comes_back_also_in_another_process(tmp_path):
    FileCache(tmp_path).put("key", b"\x00answer\n")
    assert FileCache(tmp_path).get("key") == b"\x00answer\n"


def test_nothing_under_a_key_is_none(tmp_path):
    assert FileCache(tmp_path).get("key") is None


def test_empty_content_is_content(tmp_path):
    FileCache(tmp_path).put("key", b"")
    assert FileCache(tmp_path).get("key") == b""


def test_the_second_put_replaces_the_first(tmp_path):
    cache = FileCache(tmp_path)
    cache.put("key", b"one")
    cache.put("key", b"two")
    assert cache.get("key") == b"two"
    only_file(tmp_path)


@pytest.mark.parametrize("key", ["../../escape", "/etc/passwd", "a" * 5000, ""])
def test_no_key_leaves_the_folder(tmp_path, key):
    root = tmp_path / "cache"
    FileCache(root).put(key, b"x")
    assert FileCache(root).get(key) == b"x"
    assert list(tmp_path.iterdir()) == [root]


def test_a_flip_of_any_byte_makes_it_absent(tmp_path):
    cache = FileCache(tmp_path)
    cache.put("key", b"answer")
    file = only_file(tmp_path)
    whole = file.read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        file.write_bytes(flipped)
        assert cache.get("key") is None, place


def test_a_file_cut_short_anywhere_is_absent_and_can_be_put_again(tmp_path):
    cache = FileCache(tmp_path)
    cache.put("key", b"answer")
    file = only_file(tmp_path)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert cache.get("key") is None, length
    cache.put("key", b"answer")
    assert cache.get("key") == b"answer"


def test_a_full_disk_keeps_what_was_there_and_leaves_nothing_half_written(tmp_path):
    cache = FileCache(tmp_path)
    cache.put("key", b"before")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from modelsmith.run.files.answer_cache import FileCache\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    FileCache(Path(sys.argv[1])).put('key', b'x' * 5000)\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "File too large\n"
    assert cache.get("key") == b"before"
    only_file(tmp_path)


# Shared through the remote store


def test_what_one_machine_finished_another_one_finds_and_keeps(tmp_path):
    remote = memory_store()
    SharedCache(FileCache(tmp_path / "one"), remote).put("key", b"answer")
    other = FileCache(tmp_path / "other")
    assert SharedCache(other, remote).get("key") == b"answer"
    assert other.get("key") == b"answer"


def test_what_nobody_finished_is_none(tmp_path):
    assert SharedCache(FileCache(tmp_path), memory_store()).get("key") is None


def test_what_was_altered_in_the_remote_store_is_absent_and_put_again(tmp_path):
    remote = memory_store()
    SharedCache(FileCache(tmp_path / "one"), remote).put("key", b"answer")
    (stored,) = remote.objects("cache")
    remote.put(stored.key, (remote.get(stored.key) or b"")[:-1])
    other = SharedCache(FileCache(tmp_path / "other"), remote)
    assert other.get("key") is None
    other.put("key", b"answer")
    assert SharedCache(FileCache(tmp_path / "third"), remote).get("key") == b"answer"
