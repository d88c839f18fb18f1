"""The objects of a store one by one: listed for a collection, read whole to verify them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.record import sha256 as digest_of_bytes
from modelsmith.store.files.blob_folder import DIGEST, BlobFolder
from modelsmith.store.files.folder_manifest import file_sha256
from modelsmith.store.files.remote import RemoteFiles
from modelsmith.store.manifest import Manifest
from modelsmith.store.retention import MOST_MANIFEST_BYTES, Place, StoredObject


class Faults(NamedTuple):
    """What reading a whole store found."""

    objects: int
    """Objects that were read."""
    faults: tuple[str, ...]
    """What is wrong with them, in words."""


class StoreShelf:
    """What lies in a store's folder and in the remote store behind it."""

    def __init__(self, root: Path, remote: RemoteFiles | None) -> None:
        """Take the store's folder and what is behind it."""
        self._root = root
        self._blobs = BlobFolder(root / "sha256")
        self._remote = remote

    def folders(self) -> list[str]:
        """Return the digest of every folder that is stored here, sorted."""
        return sorted(o.sha256 for o in self.objects("local") if o.holds)

    def objects(self, place: Place) -> list[StoredObject]:
        """Return everything that is stored in `local` or `remote`, sorted by digest.

        Raises:
            BrokenRecordError: what may be a manifest was altered, so that nobody knows what it
                holds.
        """
        return list(self._local_objects() if place == "local" else self._remote_objects())

    def remove(self, stored: StoredObject) -> None:
        """Delete an object, and the folder that was laid out from it."""
        if stored.place == "remote":
            required(self._remote).remove(key_of(stored.sha256))
            return
        self._blobs.remove(stored.sha256)
        shutil.rmtree(self._root / "folders" / stored.sha256, ignore_errors=True)

    def faults(self, place: Place) -> Faults:
        """Return what is wrong in a place, every byte read: altered objects, folders in part."""
        faults, present, manifests = list[str](), set[str](), dict[str, Manifest]()
        for digest, name, found, content in self._read_whole(place):
            present.add(digest)
            if found != digest:
                faults.append(f"{name} has sha256 {found}, expected {digest}")
            elif content is not None and (manifest := manifest_in(content)) is not None:
                manifests[digest] = manifest
        faults += [
            f"folder {digest} lacks {file.path}, sha256 {file.sha256}"
            for digest, manifest in manifests.items()
            for file in manifest.files
            if file.sha256 not in present
        ]
        return Faults(len(present), tuple(faults))

    def _read_whole(self, place: Place) -> Iterator[tuple[str, str, str, bytes | None]]:
        """Yield digest, name, real sha256 and, where it may be a manifest, the content."""
        if place == "local":
            for digest, path in self._blobs.paths():
                small = path.stat().st_size <= MOST_MANIFEST_BYTES
                content = path.read_bytes() if small else None
                yield digest, str(path), file_sha256(path), content
            return
        remote = required(self._remote)
        for one in remote.objects("sha256"):
            if not DIGEST.fullmatch(one.key.rpartition("/")[2]):
                continue
            content = remote.get(one.key) if one.size_bytes <= MOST_MANIFEST_BYTES else None
            found = remote.sha256(one.key) if content is None else digest_of_bytes(content)
            yield one.key.rpartition("/")[2], f"{remote.url}/{one.key}", found, content

    def _local_objects(self) -> Iterator[StoredObject]:
        for digest, path in self._blobs.paths():
            status = path.stat()
            small = status.st_size <= MOST_MANIFEST_BYTES
            yield StoredObject(
                place="local",
                sha256=digest,
                size_bytes=status.st_size,
                modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
                holds=held_by(digest, path.read_bytes(), str(path)) if small else (),
            )

    def _remote_objects(self) -> Iterator[StoredObject]:
        remote = required(self._remote)
        for found in remote.objects("sha256"):
            digest = found.key.rpartition("/")[2]
            if not DIGEST.fullmatch(digest):  # what another machine is just writing
                continue
            small = found.size_bytes <= MOST_MANIFEST_BYTES
            content = remote.get(found.key) if small else None
            place = f"{remote.url}/{found.key}"
            yield StoredObject(
                place="remote",
                sha256=digest,
                size_bytes=found.size_bytes,
                modified_at=found.modified_at,
                holds=held_by(digest, content, place) if content is not None else (),
            )


def key_of(digest: str) -> str:
    """Return the key of an object in the remote store."""
    return f"sha256/{digest}"


def required(remote: RemoteFiles | None) -> RemoteFiles:
    """Return the remote store.

    Raises:
        InputError: none is configured.
    """
    if remote is None:
        raise InputError(
            "no remote store is configured",
            remedy="Name one: git config modelsmith.store s3://bucket/prefix, the environment "
            "variable MODELSMITH_STORE, or `store` of a cluster in runners/clusters.yaml.",
        )
    return remote


def held_by(digest: str, content: bytes, place: str) -> tuple[str, ...]:
    """Return the digests that a manifest names; none for any other file.

    Raises:
        BrokenRecordError: the content is not what its digest says.
    """
    found = digest_of_bytes(content)
    if found != digest:
        raise BrokenRecordError(
            f"{place} has sha256 {found}, expected {digest}; nothing was removed",
            remedy="It may be a manifest, and what it holds cannot be known. Run `modelsmith store "
            "verify`, delete what it names and push an intact copy.",
        )
    manifest = manifest_in(content)
    return tuple(file.sha256 for file in manifest.files) if manifest else ()


def manifest_in(content: bytes) -> Manifest | None:
    """Return the manifest that a stored file is, or None where it is another file."""
    if not content.startswith(b'{"files":'):
        return None
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        return None
