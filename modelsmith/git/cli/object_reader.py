"""Objects of a git repository through one `git cat-file --batch`, each checked against its name."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.git.cli.command import Git, Process, object_in

READ_ONLY = (
    "--no-replace-objects",  # a replaced object would show another history than was pushed
    "--no-optional-locks",
    *("-c", "protocol.allow=never"),  # a partial clone would fetch what it lacks
    *("-c", "core.commitGraph=false"),  # it states parents a second time
    *("-c", "core.fsmonitor=false"),
)
"""Options with which git reads what was pushed, writes nothing and calls nobody."""

FOLDER, LINK_TO_COMMIT = "40000", "160000"
"""Modes of a tree's entries: a folder, and a submodule, which is no content."""

REMEMBERED = 50_000
"""Trees that are kept; a hundred runs have some two thousand."""

TOGETHER = 256
"""Objects that are asked for at once: their names fit into a pipe (64 KiB on Linux), so that
neither side waits for the other."""


class TreeEntry(NamedTuple):
    """What a tree holds under one name."""

    mode: str
    """What it is."""
    name: str
    """Name of the object."""


class GitReader:
    """The objects of one repository, bare or not."""

    def __init__(self, root: Path) -> None:
        """Know the repository; the process starts with the first object."""
        self.root = root
        self._git = Git(root, *READ_ONLY, extra={"GIT_GRAFT_FILE": os.devnull})
        self._process: Process | None = None
        self._trees: dict[str, Mapping[str, TreeEntry]] = {}

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def read(self, name: str, kind: str) -> bytes:
        """Return the content of an object.

        Raises:
            InputError: the clone does not hold it.
            BrokenRecordError: it is no `kind`, or its content does not have its name.
        """
        return self.read_all((name,), kind)[name]

    def read_all(self, names: Iterable[str], kind: str) -> dict[str, bytes]:
        """Return the contents of many objects; asking for them together waits for git once.

        Raises:
            InputError: the clone does not hold one.
            BrokenRecordError: one is no `kind`, or its content does not have its name.
        """
        wanted = list(dict.fromkeys(names))
        try:
            return self._read_named(wanted, kind)
        except (InputError, BrokenRecordError):
            self.end()  # answers that nobody took are still on their way
            raise

    def _read_named(self, wanted: Sequence[str], kind: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        asking, answers = self._pipes()
        for at in range(0, len(wanted), TOGETHER):
            together = wanted[at : at + TOGETHER]
            asking.write(words_of(together))
            asking.flush()
            for name in together:
                found[name] = self._answer(answers, name, kind)
        return found

    def tree(self, name: str) -> Mapping[str, TreeEntry]:
        """Return what a folder holds, by name."""
        if name not in self._trees:
            self.know_trees((name,))
        return self._trees[name]

    def know_trees(self, names: Iterable[str]) -> Iterable[Mapping[str, TreeEntry]]:
        """Read the folders among `names` that are not known yet, and return those."""
        new = [name for name in names if name not in self._trees]
        if len(self._trees) + len(new) > REMEMBERED:
            self._trees.clear()
        contents = self.read_all(new, "tree")
        read = {name: _tree(content, len(name) // 2) for name, content in contents.items()}
        self._trees |= read
        return read.values()

    def git(self, *words: str, stdin: bytes = b"") -> str | None:
        """Return what git prints, or none where it refuses.

        Raises:
            InputError: git is not installed.
        """
        answer = self._git.tried(*words, stdin=stdin)
        return None if answer.code else answer.text

    def _answer(self, answers: IO[bytes], name: str, kind: str) -> bytes:
        head, content = object_in(answers)
        if content is None:
            raise InputError(
                f"{self.root.name} lacks the object {name}: {' '.join(head[1:]) or 'git ended'}",
                remedy="Audit a whole clone: `git fetch --unshallow`, or clone again without "
                "--depth and --filter.",
            )
        if head[1] != kind or name_of(content, kind, len(name)) != name:
            raise BrokenRecordError(
                f"object {name} of {self.root.name} is not the {kind} that its name says",
                remedy="Clone again from a remote that you trust; run `git fsck` there.",
            )
        return content

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self._git.open("cat-file", "--batch")
        asking, answers = self._process.stdin, self._process.stdout
        if asking is None or answers is None:
            raise ValueError("cat-file was started with pipes")
        return asking, answers


def _tree(content: bytes, width: int) -> dict[str, TreeEntry]:
    """Return the entries of a tree: mode, space, name, zero byte, `width` bytes of its object."""
    found: dict[str, TreeEntry] = {}
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        path = content[space + 1 : end].decode(errors="surrogateescape")
        after = end + 1 + width
        found[path] = TreeEntry(content[at:space].decode(), content[end + 1 : after].hex())
        at = after
    return found


def name_of(content: bytes, kind: str, digits: int) -> str:
    """Return the name that git gives an object: sha1, or sha256 where names have 64 digits."""
    head = f"{kind} {len(content)}\0".encode()
    algorithm = "sha256" if digits == len(hashlib.sha256().hexdigest()) else "sha1"
    return hashlib.new(algorithm, head + content, usedforsecurity=False).hexdigest()


def words_of(lines: Sequence[str]) -> bytes:
    """Return lines as a git command reads them."""
    return "".join(f"{line}\n" for line in lines).encode()
