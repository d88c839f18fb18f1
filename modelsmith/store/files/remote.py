"""Objects by key below one URL: a folder, S3 or Google Cloud Storage, through fsspec."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from modelsmith.disk.atomic_write import TEMPORARY
from modelsmith.documents.urls import host_of
from modelsmith.errors import InputError, ModelsmithError, StoreError

SCHEMES = {"file": None, "memory": None, "s3": "s3fs", "gs": "gcsfs"}
"""Schemes that are taken, and the package behind each; fsspec knows many more, of which some
run code or chain others."""

CLOUD_HOSTS = {
    "s3": ("*.amazonaws.com", "169.254.169.254", "169.254.170.2"),
    "gs": ("*.googleapis.com", "metadata.google.internal", "169.254.169.254"),
}
"""Hosts that a store of each scheme is reached at; the numbers tell a machine its credentials."""

CHUNK = 4 << 20
"""Bytes that are read at once; S3 and GCS serve ranges of any size, and 4 MiB keeps memory flat."""


class RemoteObject(NamedTuple):
    """One object that a listing names."""

    key: str
    size_bytes: int
    modified_at: datetime


class RemoteFiles:
    """Objects below one URL; an object is there whole or not at all.

    Who may write there is trusted as a runner is: see decision 0008.
    """

    def __init__(self, url: str) -> None:
        """Connect to `url`.

        Raises:
            InputError: the scheme is none of `SCHEMES`, its package is not installed, or this
                machine's settings for it cannot be read.
        """
        self.url = url.rstrip("/")
        scheme, mark, rest = self.url.partition("://")
        if not mark or scheme not in SCHEMES or "::" in url or not rest.strip("/"):
            raise InputError(
                f"the store {url!r} is no URL that is known",
                remedy="Write file:///folder, s3://bucket/prefix or gs://bucket/prefix.",
            )
        try:
            from fsspec.core import url_to_fs

            options = {"auto_mkdir": True} if scheme == "file" else {}
            self._files, self._root = url_to_fs(self.url, skip_instance_cache=True, **options)
        except ImportError:
            raise InputError(
                f"the store {self.url} needs {SCHEMES[scheme] or 'fsspec'}, not installed here",
                remedy=f"Install the extra `{scheme}`: pip install -e '.[{scheme}]'",
            ) from None
        self._moves = scheme in {"file", "memory"}
        own = (self._asked_at(rest.partition("/")[0]),) if scheme == "s3" else ()
        self.hosts = (*CLOUD_HOSTS.get(scheme, ()), *own)
        """Hosts that it is reached at; none for a folder."""
        self._root = self._root.rstrip("/")

    def size(self, key: str) -> int | None:
        """Return the length of an object, or None where there is none."""
        found = self.found(key)
        return found.size_bytes if found else None

    def found(self, key: str) -> RemoteObject | None:
        """Return what a listing would say of an object, or None where there is none."""
        with self._tell_faults(key), suppress(FileNotFoundError):
            self._files.invalidate_cache()
            return _object(key, self._files.info(self._path(key)))
        return None

    def upload(self, source: Path, key: str) -> None:
        """Store a file under `key`; what was there is replaced at the end, in one go."""
        with self._write_whole(key) as target:
            self._files.put_file(str(source), target)

    def put(self, key: str, content: bytes) -> None:
        """Store `content` under `key`."""
        with self._write_whole(key) as target:
            if self._moves:
                self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(target, content)

    def get(self, key: str) -> bytes | None:
        """Return the content of a small object, or None where there is none."""
        with self._tell_faults(key), suppress(FileNotFoundError):
            content: bytes = self._files.cat_file(self._path(key))
            return content
        return None

    def chunks(self, key: str, start: int) -> Iterator[bytes]:
        """Yield the content of an object from byte `start` on."""
        end = self.size(key) or 0
        for begin in range(start, end, CHUNK):
            with self._tell_faults(key):
                part = self._files.cat_file(
                    self._path(key), start=begin, end=min(begin + CHUNK, end)
                )
            yield part

    def sha256(self, key: str) -> str:
        """Return the sha256 of an object's content, in hex."""
        digest = hashlib.sha256()
        for chunk in self.chunks(key, 0):
            digest.update(chunk)
        return digest.hexdigest()

    def objects(self, prefix: str) -> list[RemoteObject]:
        """Return every object below `prefix`, sorted by key, unfinished ones too."""
        with self._tell_faults(prefix):
            self._files.invalidate_cache()
            try:
                listed = self._files.find(self._path(prefix), detail=True)
            except FileNotFoundError:
                return []
        return [
            _object(path.removeprefix(self._root).lstrip("/"), details)
            for path, details in sorted(listed.items())
        ]

    def remove(self, key: str) -> None:
        """Delete an object; one that is gone already is no fault."""
        with self._tell_faults(key), suppress(FileNotFoundError):
            self._files.rm_file(self._path(key))

    def _asked_at(self, bucket: str) -> str:
        """Return the host that S3's own client asks for `bucket`, by environment and AWS files.

        Raises:
            InputError: the settings contradict each other, or name what is not there.
        """
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        endpoint = self._files.endpoint_url or self._files.client_kwargs.get("endpoint_url")
        try:
            client = Session(**self._files.kwargs).create_client(
                "s3", endpoint_url=endpoint, config=Config(signature_version=UNSIGNED)
            )
            url = client.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket})
        except (BotoCoreError, ValueError) as error:
            raise InputError(
                f"where the store {self.url} is cannot be told from this machine's settings: "
                f"{error}",
                remedy="Correct the AWS_ variables of the environment, or ~/.aws/config.",
            ) from None
        return host_of(url)

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    @contextmanager
    def _write_whole(self, key: str) -> Iterator[str]:
        """Say where to write: S3 and GCS show an object when it is whole, a folder does not."""
        with self._tell_faults(key):
            final = self._path(key)
            if not self._moves:
                yield final
                return
            folder, _, name = final.rpartition("/")
            target = f"{folder}/{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}-{name}"
            yield target
            self._files.mv(target, final)

    @contextmanager
    def _tell_faults(self, key: str) -> Iterator[None]:
        """Tell what a service said: each has a tree of errors of its own."""
        try:
            yield
        except ModelsmithError:
            raise
        except PermissionError as error:
            raise StoreError(
                f"the store {self.url} denies {key}: {error}",
                remedy="Give this machine's credentials the right to read and write there.",
            ) from None
        except Exception as error:  # noqa: BLE001 - see above
            raise StoreError(
                f"the store {self.url} did not answer for {key}: {type(error).__name__}: {error}",
                remedy="Check the URL, the credentials and the network; run the same command "
                "again, it goes on from there.",
            ) from None


def _object(key: str, details: dict[str, Any]) -> RemoteObject:
    return RemoteObject(key, int(details["size"]), _modified(details))


def _modified(details: dict[str, Any]) -> datetime:
    """Return when an object was written: folders, S3, GCS and memory each name it differently."""
    for name in ("LastModified", "mtime", "updated", "timeCreated", "created"):
        value = details.get(name)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.now(UTC)  # unknown is young: nothing of unknown age is removed
