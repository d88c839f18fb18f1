import os
import subprocess
import sys

import pytest

from modelsmith.disk.repository_files import MAX_BYTES, read_file, write_new, write_new_folder
from modelsmith.errors import InputError, UsageError


def refusal(repository, path):
    content, [problem] = read_file(repository, path)
    assert content == b""
    return str(problem)


def test_a_file_of_the_repository_is_read(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: 1")
    assert read_file(tmp_path, "a.yaml") == (b"a: 1", [])


@pytest.mark.parametrize("path", ["../secret.yaml", "folder/../../secret.yaml", "/etc/passwd"])
def test_a_path_that_leaves_the_repository_is_refused(tmp_path, path):
    (tmp_path / "secret.yaml").write_text("a: 1")
    (tmp_path / "repository").mkdir()
    assert refusal(tmp_path / "repository", path) == (
        f"{path}:1:1: error: the path is a link or leaves the repository; "
        "expected a file below its top folder; fix: put the file there"
    )


@pytest.mark.parametrize("link", ["file", "folder"])
def test_links_are_not_followed(tmp_path, link):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text("a: 1")
    (tmp_path / "file").symlink_to("real/a.yaml")
    (tmp_path / "folder").symlink_to("real")
    path = "file" if link == "file" else "folder/a.yaml"
    assert "the path is a link" in refusal(tmp_path, path)


def test_a_repository_behind_a_link_is_no_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_bytes(b"a: 1")
    (tmp_path / "repository").symlink_to("real")
    assert read_file(tmp_path / "repository", "a.yaml") == (b"a: 1", [])


def test_a_file_of_50_megabytes_is_refused_by_its_size(tmp_path):
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert refusal(tmp_path, "big.yaml") == (
        "big.yaml:1:1: error: the file has 50,000,000 bytes; expected at most 1,048,576; "
        "fix: split it, or keep raw exports out of the repository"
    )


def test_the_largest_file_is_read(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"#" * MAX_BYTES)
    assert len(read_file(tmp_path, "a.yaml")[0]) == MAX_BYTES


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "the file cannot be read: not a regular file" in refusal(tmp_path, "pipe")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    assert "the file cannot be read: No such file or directory" in refusal(tmp_path, "a.yaml")


# New files


def test_a_new_file_is_not_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "runs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError) as refusal:
        write_new(tmp_path / "repository", "runs/demo/run.yaml", "a: 1\n", "name")
    assert refusal.value.what == (
        "runs/demo/run.yaml cannot be written:\n"
        "  runs/demo:1:1: error: the path is a link or leaves the repository; "
        "expected a file below its top folder; fix: put the file there"
    )
    assert refusal.value.remedy == "Replace the link by a folder of the repository."
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_new_file_that_the_disk_has_no_room_for_leaves_nothing_behind(tmp_path):
    words = (
        "import pathlib, resource, sys\n"
        "from modelsmith.disk.repository_files import write_new\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    write_new(pathlib.Path(sys.argv[1]), 'a/b.yaml', 'x' * 1000, 'name')\n"
        "except OSError as error:\n    print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", words, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n"
    assert not (tmp_path / "a" / "b.yaml").exists()
    write_new(tmp_path, "a/b.yaml", "x", "name")
    assert (tmp_path / "a" / "b.yaml").read_text() == "x"


# New folders


def begin(repository, path="benchmarks/pumps"):
    write_new_folder(repository, path, {"benchmark.yaml": "a: 1\n"}, ["train", "exam"], "name")


def test_a_new_folder_is_there_with_its_files_and_its_empty_folders(tmp_path):
    begin(tmp_path)
    made = tmp_path / "benchmarks"
    assert sorted(path.relative_to(made).as_posix() for path in made.rglob("*")) == [
        "pumps", "pumps/benchmark.yaml", "pumps/exam", "pumps/train",
    ]  # fmt: skip
    assert (made / "pumps/benchmark.yaml").read_text() == "a: 1\n"
    assert (made / "pumps").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("there", ["folder", "empty", "file", "link"])
def test_what_is_there_is_not_overwritten(tmp_path, there):
    taken = tmp_path / "benchmarks/pumps"
    taken.parent.mkdir()
    if there == "folder":
        taken.mkdir()
        (taken / "benchmark.yaml").write_text("mine")
    elif there == "empty":
        taken.mkdir()
    elif there == "file":
        taken.write_text("mine")
    else:
        taken.symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="benchmarks/pumps is already there"):
        begin(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_new_folder_is_not_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/benchmarks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="benchmarks/pumps cannot be written:"):
        begin(tmp_path / "repository")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_new_folder_that_the_disk_has_no_room_for_leaves_nothing_behind(tmp_path):
    words = (
        "import pathlib, resource, sys\n"
        "from modelsmith.disk.repository_files import write_new_folder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "where, files = pathlib.Path(sys.argv[1]), {'a': 'x' * 1000}\n"
        "try:\n    write_new_folder(where, 'b/c', files, ['d'], 'name')\n"
        "except OSError as error:\n    print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", words, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n"
    assert list((tmp_path / "b").iterdir()) == []
