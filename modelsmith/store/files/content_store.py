"""Weights and other large files by digest, in a folder outside git and in a remote store behind it.

`sha256/<digest>` holds files and manifests alike, here and there: everything is named by what it
holds. A stored folder is read through `get`, which fetches what is missing, verifies each file and
lays the folder out under `folders/` as hard links to the same bytes. Only `sha256/` counts;
`folders/` can be deleted at any time.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from typing_extensions import override

from modelsmith.disk.atomic_write import publish, unfinished_folder
from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.record import sha256 as sha256_of
from modelsmith.record import short
from modelsmith.store.files.blob_folder import DIGEST, BlobFolder
from modelsmith.store.files.folder_manifest import (
    file_sha256,
    held_by,
    is_folder_of,
    manifest_in,
    manifest_of,
)
from modelsmith.store.files.remote import RemoteFiles
from modelsmith.store.manifest import Manifest
from modelsmith.store.port import Store
from modelsmith.store.retention import MOST_MANIFEST_BYTES, Place, StoredObject

FRESH = timedelta(days=1)
"""A remote object that is put again is written again when it is older, so that the grace period of
a collection, which is longer, begins anew for what a run is about to name."""

Tell = Callable[[str, int, int], None]
"""(label, bytes done, bytes in all)."""


class Faults(NamedTuple):
    """What reading a whole store found."""

    objects: int
    """Objects that were read."""
    faults: tuple[str, ...]
    """What is wrong with them, in words."""


class _Listed(NamedTuple):
    """One object where it lies; `content` where it may be a manifest."""

    digest: str
    name: str
    size_bytes: int
    modified_at: datetime
    content: bytes | None
    read_sha256: Callable[[], str]


class ContentStore(Store):
    """The store in a local folder, `.modelsmith/store` by default, with a remote one behind it."""

    def __init__(
        self,
        root: Path,
        remote: RemoteFiles | None = None,
        tell: Tell = lambda _label, _done, _total: None,
    ) -> None:
        """Take `root` as the store's folder; it is made when the first file comes."""
        self._root = root
        self._blobs = BlobFolder(root / "sha256")
        self.remote = remote
        self._tell = tell

    @override
    def put(self, folder: Path) -> str:
        manifest = manifest_of(folder)
        for file in manifest.files:
            self._blobs.keep(folder / file.path, file.sha256)
        digest = manifest.digest()
        self._blobs.keep_bytes(manifest.canonical(), digest)
        if self.remote is not None:
            self.push(digest, renew=True)
        return digest

    @override
    def get(self, sha256: str) -> Path:
        manifest = self.manifest(sha256)
        absent = {file.sha256 for file in manifest.files if not self._is_here(file.sha256)}
        done, total = 0, sum(file.size_bytes for file in manifest.files if file.sha256 in absent)
        for file in manifest.files:
            self._fetch_verified(file.sha256, f"file {file.path} of {short(sha256)}...")
            if file.sha256 in absent:
                done += file.size_bytes
                self._tell(f"fetch {short(sha256)}", done, total)
        folder = self._root / "folders" / sha256
        if not is_folder_of(folder, manifest):
            self._lay_out(manifest, folder)
        return folder

    def manifest(self, sha256: str) -> Manifest:
        """Return the manifest that is stored under `sha256`.

        Raises:
            BrokenRecordError: it is not there, or not what its digest says.
        """
        path = self._fetch_verified(sha256, "manifest")
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise BrokenRecordError(
                f"{path} is stored, but it is no manifest: {error.errors()[0]['msg']}",
                remedy="Ask for the digest that `put` returned, not for the digest of a file.",
            ) from None

    def push(self, sha256: str, *, renew: bool = False) -> int:
        """Bring a stored folder to the remote store, its manifest last; return the files sent.

        Args:
            sha256: The manifest's digest.
            renew: Whether what is there and older than `FRESH` is sent again.

        Raises:
            InputError: no remote store is configured.
            BrokenRecordError: a file is not here, or was altered; it is not sent.
        """
        remote, sent = self._required_remote(), 0
        manifest = self.manifest(sha256)
        sizes = [(file.sha256, file.size_bytes) for file in manifest.files]
        sizes.append((sha256, len(manifest.canonical())))
        done, total = 0, sum(size for _, size in sizes)
        for digest, size in sizes:
            there = remote.found(key_of(digest))
            stale = renew and there and datetime.now(UTC) - there.modified_at > FRESH
            if there is None or there.size_bytes != size or stale:
                remote.upload(
                    self._fetch_verified(digest, f"file of {short(sha256)}..."), key_of(digest)
                )
                sent += 1
            done += size
            self._tell(f"push {short(sha256)}", done, total)
        return sent

    def folders(self) -> list[str]:
        """Return the digest of every folder that is stored here, sorted."""
        return sorted(one.sha256 for one in self.objects("local") if one.holds)

    def objects(self, place: Place) -> list[StoredObject]:
        """Return everything that is stored in `local` or `remote`, sorted by digest.

        Raises:
            BrokenRecordError: what may be a manifest was altered, so that nobody knows what it
                holds.
        """
        return [
            StoredObject(
                place=place,
                sha256=one.digest,
                size_bytes=one.size_bytes,
                modified_at=one.modified_at,
                holds=() if one.content is None else held_by(one.digest, one.content, one.name),
            )
            for one in self._listed(place)
        ]

    def remove(self, stored: StoredObject) -> None:
        """Delete an object, and the folder that was laid out from it."""
        if stored.place == "remote":
            self._required_remote().remove(key_of(stored.sha256))
            return
        self._blobs.remove(stored.sha256)
        shutil.rmtree(self._root / "folders" / stored.sha256, ignore_errors=True)

    def faults(self, place: Place) -> Faults:
        """Return what is wrong in a place, every byte read: altered objects, folders in part."""
        faults, present, manifests = list[str](), set[str](), dict[str, Manifest]()
        for one in self._listed(place):
            present.add(one.digest)
            found = one.read_sha256() if one.content is None else sha256_of(one.content)
            if found != one.digest:
                faults.append(f"{one.name} has sha256 {found}, expected {one.digest}")
            elif one.content is not None and (manifest := manifest_in(one.content)) is not None:
                manifests[one.digest] = manifest
        faults += [
            f"folder {digest} lacks {file.path}, sha256 {file.sha256}"
            for digest, manifest in manifests.items()
            for file in manifest.files
            if file.sha256 not in present
        ]
        return Faults(len(present), tuple(faults))

    def _listed(self, place: Place) -> Iterator[_Listed]:
        if place == "local":
            for digest, path in self._blobs.paths():
                status = path.stat()
                size, modified = status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)
                content = path.read_bytes() if size <= MOST_MANIFEST_BYTES else None
                read = partial(file_sha256, path)
                yield _Listed(digest, str(path), size, modified, content, read)
            return
        remote = self._required_remote()
        for found in remote.objects("sha256"):
            digest, size = found.key.rpartition("/")[2], found.size_bytes
            if DIGEST.fullmatch(digest):  # else what another machine is just writing
                content = remote.get(found.key) if size <= MOST_MANIFEST_BYTES else None
                name, read = f"{remote.url}/{found.key}", partial(remote.sha256, found.key)
                yield _Listed(digest, name, size, found.modified_at, content, read)

    def _required_remote(self) -> RemoteFiles:
        if self.remote is None:
            raise InputError(
                "no remote store is configured",
                remedy="Name one: git config modelsmith.store s3://bucket/prefix, the environment "
                "variable MODELSMITH_STORE, or `store` of a cluster in runners/clusters.yaml.",
            )
        return self.remote

    def _fetch_verified(self, digest: str, what: str) -> Path:
        if self.remote is not None and not self._is_here(digest):
            self._blobs.fetch(digest, self.remote, key_of(digest))
        return self._blobs.verified(digest, what, self.remote.url if self.remote else None)

    def _is_here(self, digest: str) -> bool:
        return self._blobs.path(digest).is_file()

    def _lay_out(self, manifest: Manifest, folder: Path) -> None:
        unfinished = unfinished_folder(folder)
        try:
            for file in manifest.files:
                target = unfinished / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(self._blobs.path(file.sha256), target)
            publish(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def key_of(digest: str) -> str:
    """Return the key of an object in the remote store."""
    return f"sha256/{digest}"


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)
