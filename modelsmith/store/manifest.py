"""A folder's files by digest; the manifest's own digest names the folder."""

from typing import Annotated

from pydantic import Field, field_validator

from modelsmith.record import Count, Record, Sha256

MEDIA_TYPES = {
    ".safetensors": "application/vnd.safetensors",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".jinja": "text/plain",
    ".md": "text/markdown",
    ".txt": "text/plain",
}
"""Media types by suffix; anything else is `application/octet-stream`.

`application/vnd.safetensors` is what the OCI model-spec tooling uses; IANA has no entry for it.
"""


class StoredFile(Record):
    """One file of a stored folder."""

    path: Annotated[str, Field(min_length=1, max_length=1_000)]
    """Where it lies in the folder, with `/` between the parts."""
    sha256: Sha256
    """Digest of its content."""
    size_bytes: Count
    """Its length."""
    media_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]
    """What it holds."""

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or any(part in {"", ".", ".."} for part in parts):
            raise ValueError(f"{path!r} leaves the folder; a path is relative, without dots")
        return path


class Manifest(Record):
    """The files of one folder, sorted by path; its digest is the folder's name in the store."""

    files: Annotated[tuple[StoredFile, ...], Field(min_length=1)]
    """Every file, sorted by path, each once."""

    @field_validator("files")
    @classmethod
    def _sorted_once(cls, files: tuple[StoredFile, ...]) -> tuple[StoredFile, ...]:
        paths = [file.path for file in files]
        if paths != sorted(set(paths)):
            raise ValueError("files are not sorted by path, or one stands there twice")
        return files


def media_type_of(path: str) -> str:
    """Return the media type that the suffix of `path` stands for."""
    suffix = path[path.rfind(".") :] if "." in path else ""
    return MEDIA_TYPES.get(suffix, "application/octet-stream")
