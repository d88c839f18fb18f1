"""Files named by their sha256, in one folder."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from modelsmith.disk.atomic_write import TEMPORARY, sync, write_whole
from modelsmith.errors import BrokenRecordError
from modelsmith.store.files.folder_manifest import file_sha256
from modelsmith.store.files.remote import RemoteFiles

DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobFolder:
    """The blobs of one folder; each is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        """Take the folder; it is made when the first blob comes."""
        self._root = root

    def path(self, digest: str) -> Path:
        """Return where a blob lies, whether it is there or not."""
        return self._root / digest

    def paths(self) -> Iterator[tuple[str, Path]]:
        """Yield every blob with its digest, sorted."""
        for path in sorted(self._root.glob("*")):
            if DIGEST.fullmatch(path.name):
                yield path.name, path

    def keep(self, source: Path, digest: str) -> None:
        """Copy a file in, durably; one that is there intact counts as new from now on."""
        if self._renewed(digest):
            return
        final = self.path(digest)
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.with_name(f"{TEMPORARY}{os.getpid()}-{digest}")
        try:
            shutil.copyfile(source, temporary)
            self._publish(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)

    def keep_bytes(self, content: bytes, digest: str) -> None:
        """Write a blob; one that is there intact counts as new from now on."""
        if not self._renewed(digest):
            write_whole(self.path(digest), content)

    def fetch(self, digest: str, remote: RemoteFiles, key: str) -> None:
        """Bring a blob from the remote store where it has it; a part that came before is kept.

        Raises:
            BrokenRecordError: what came is not what its digest says; nothing is kept of it.
        """
        stored = remote.found(key)
        if stored is None:
            return
        final = self.path(digest)
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f"{TEMPORARY}fetch-{digest}")
        with FileLock(part.with_name(f"{part.name}.lock")):
            if final.is_file():  # another process brought it while we waited
                return
            with part.open("ab") as file:
                if file.tell() > stored.size_bytes:
                    file.truncate(0)
                for chunk in remote.chunks(key, file.tell()):
                    file.write(chunk)
            found = file_sha256(part)
            if found != digest:
                part.unlink()
                raise BrokenRecordError(
                    f"{remote.url}/{key} has sha256 {found}, expected {digest}",
                    remedy="Nothing of it was kept. Delete it there and push an intact copy.",
                )
            self._publish(part, final)
        part.with_name(f"{part.name}.lock").unlink(missing_ok=True)

    def verified(self, digest: str, what: str, elsewhere: str | None) -> Path:
        """Return where a blob lies, its content verified.

        Args:
            digest: Its sha256.
            what: What it is, for messages.
            elsewhere: URL of a remote store that was asked too, or none.

        Raises:
            BrokenRecordError: it is not there, or was altered.
        """
        path = self.path(digest)
        if not path.is_file():
            places = f"{self._root.parent}" + (f" or {elsewhere}" if elsewhere else "")
            raise BrokenRecordError(
                f"{what}: nothing is stored under sha256 {digest} in {places}",
                remedy="Fetch it from the machine that trained it (`modelsmith store push` there, "
                "`modelsmith store fetch` here), or run the training again.",
            )
        found = file_sha256(path)
        if found != digest:
            raise BrokenRecordError(
                f"{what}: {path} has sha256 {found}, expected {digest}",
                remedy="Delete that file and store the folder again from an intact copy, or fetch "
                "it again.",
            )
        return path

    def remove(self, digest: str) -> None:
        """Delete a blob; one that is gone already is no fault."""
        self.path(digest).unlink(missing_ok=True)

    def _publish(self, temporary: Path, final: Path) -> None:
        sync(temporary)
        temporary.chmod(0o444)
        temporary.replace(final)
        sync(final.parent)

    def _renewed(self, digest: str) -> bool:
        path = self.path(digest)
        if not path.is_file() or file_sha256(path) != digest:
            return False
        os.utime(path)
        return True
