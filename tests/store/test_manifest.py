import pytest
from pydantic import ValidationError

from modelsmith.store.manifest import Manifest, StoredFile, media_type_of


def stored(path):
    return StoredFile(path=path, sha256="a" * 64, size_bytes=1, media_type="text/plain")


@pytest.mark.parametrize("path", ["/etc/passwd", "../up", "a/../b", "a//b", "./a", "a\\b"])
def test_a_path_that_leaves_the_folder_is_refused(path):
    with pytest.raises(ValidationError, match="leaves the folder"):
        stored(path)


@pytest.mark.parametrize("paths", [("b", "a"), ("a", "a")])
def test_files_stand_sorted_and_once(paths):
    with pytest.raises(ValidationError, match="not sorted by path, or one stands there twice"):
        Manifest(files=tuple(stored(path) for path in paths))


def test_a_folder_without_files_has_no_manifest():
    with pytest.raises(ValidationError, match="at least 1 item"):
        Manifest(files=())


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("a/adapter_model.safetensors", "application/vnd.safetensors"),
        ("config.json", "application/json"),
        ("optimizer.pt", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_the_suffix_decides_the_media_type(path, media_type):
    assert media_type_of(path) == media_type
