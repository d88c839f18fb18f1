"""The manifest of a folder on disk, and what of a store is one."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.record import sha256
from modelsmith.store.manifest import Manifest, StoredFile, media_type_of


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of every file in `folder`, its folders included.

    Raises:
        InputError: there is no such folder, or it holds no file.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise InputError(
            f"{folder} holds no file, a folder with at least one is needed",
            remedy="Check the path; an empty folder has no digest.",
        )
    files = sorted((_stored(folder, path) for path in paths), key=lambda file: file.path)
    return Manifest(files=tuple(files))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's content, in hex, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_folder_of(folder: Path, manifest: Manifest) -> bool:
    """Return whether `folder` holds just the files of `manifest`."""
    try:
        return manifest_of(folder) == manifest
    except InputError:
        return False


def manifest_in(content: bytes) -> Manifest | None:
    """Return the manifest that a stored file is, or None where it is another file."""
    if not content.startswith(b'{"files":'):
        return None
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        return None


def held_by(digest: str, content: bytes, place: str) -> tuple[str, ...]:
    """Return the digests that a manifest names; none for any other file.

    Raises:
        BrokenRecordError: the content is not what its digest says.
    """
    found = sha256(content)
    if found != digest:
        raise BrokenRecordError(
            f"{place} has sha256 {found}, expected {digest}; nothing was removed",
            remedy="It may be a manifest, and what it holds cannot be known. Run `modelsmith store "
            "verify`, delete what it names and push an intact copy.",
        )
    manifest = manifest_in(content)
    return tuple(file.sha256 for file in manifest.files) if manifest else ()


def _stored(folder: Path, path: Path) -> StoredFile:
    relative = path.relative_to(folder).as_posix()
    return StoredFile(
        path=relative,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        media_type=media_type_of(relative),
    )
