"""Weights and other large files by digest, in a folder outside git.

`sha256/<digest>` holds files and manifests alike: everything is named by what it holds. A stored
folder is read through `get`, which verifies each file and lays the folder out under `folders/`
as hard links to the same bytes. Only `sha256/` counts; `folders/` can be deleted at any time.
"""

import hashlib
import os
import shutil
from pathlib import Path

from pydantic import ValidationError

from modelsmith.adapters.durable import TEMPORARY, publish, sync, unfinished_folder, write_whole
from modelsmith.domain.manifest import Manifest, StoredFile, media_type_of
from modelsmith.errors import BrokenRecordError, InputError


class ContentStore:
    """The store in a local folder, `.modelsmith/store` by default."""

    def __init__(self, root: Path) -> None:
        """Take `root` as the store's folder; it is made when the first file comes."""
        self._root = root

    def put(self, folder: Path) -> str:
        """Store every file of `folder` and its manifest; return the manifest's sha256.

        Raises:
            InputError: there is no such folder, or it holds no file.
            OSError: the disk is full; nothing is stored under the digest then.
        """
        manifest = manifest_of(folder)
        for file in manifest.files:
            self._keep(folder / file.path, file.sha256)
        digest = manifest.digest()
        if not self._intact(digest):
            write_whole(self._blob(digest), manifest.canonical())
        return digest

    def get(self, sha256: str) -> Path:
        """Return a folder that holds the stored files, each verified against its digest.

        Raises:
            BrokenRecordError: nothing is stored under the digest, or a file was altered.
        """
        manifest = self.manifest(sha256)
        for file in manifest.files:
            self._verified(file.sha256, f"file {file.path} of {sha256[:12]}...")
        folder = self._root / "folders" / sha256
        if not _same_files(folder, manifest):
            self._lay_out(manifest, folder)
        return folder

    def manifest(self, sha256: str) -> Manifest:
        """Return the manifest that is stored under `sha256`.

        Raises:
            BrokenRecordError: it is not there, or not what its digest says.
        """
        content = self._verified(sha256, "manifest").read_bytes()
        try:
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            raise BrokenRecordError(
                f"{self._blob(sha256)} is stored, but it is no manifest: "
                f"{error.errors()[0]['msg']}",
                remedy="Ask for the digest that `put` returned, not for the digest of a file.",
            ) from None

    def _blob(self, digest: str) -> Path:
        return self._root / "sha256" / digest

    def _intact(self, digest: str) -> bool:
        path = self._blob(digest)
        return path.is_file() and file_sha256(path) == digest

    def _keep(self, source: Path, digest: str) -> None:
        if self._intact(digest):
            return
        final = self._blob(digest)
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.with_name(f"{TEMPORARY}{os.getpid()}-{digest}")
        try:
            shutil.copyfile(source, temporary)
            sync(temporary)
            temporary.chmod(0o444)
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)
        sync(final.parent)

    def _verified(self, digest: str, what: str) -> Path:
        path = self._blob(digest)
        if not path.is_file():
            raise BrokenRecordError(
                f"{what}: nothing is stored under sha256 {digest} in {self._root}",
                remedy="Fetch it from the machine that trained it, or run the training again.",
            )
        found = file_sha256(path)
        if found != digest:
            raise BrokenRecordError(
                f"{what}: {path} has sha256 {found}, expected {digest}",
                remedy="Delete that file and store the folder again from an intact copy.",
            )
        return path

    def _lay_out(self, manifest: Manifest, folder: Path) -> None:
        unfinished = unfinished_folder(folder)
        try:
            for file in manifest.files:
                target = unfinished / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                _linked(self._blob(file.sha256), target)
            publish(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


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


def _stored(folder: Path, path: Path) -> StoredFile:
    relative = path.relative_to(folder).as_posix()
    return StoredFile(
        path=relative,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        media_type=media_type_of(relative),
    )


def _same_files(folder: Path, manifest: Manifest) -> bool:
    if not folder.is_dir():
        return False
    try:
        return manifest_of(folder) == manifest
    except InputError:
        return False


def _linked(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)
