"""The history of a repository, read and never written: objects, not files of a work tree."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from modelsmith.git.commits import Change, Commit, CommitSignature
from modelsmith.run.ports import RunRecord


class History(Protocol):
    """What an audit asks of git; it works in a bare clone, and nothing goes over a network."""

    def commit_of(self, revision: str) -> str | None:
        """Return the name of the commit that `revision` means; none where it means none."""

    def default_branch(self) -> str | None:
        """Return the branch that pull requests go into; none where nothing says which."""

    def references(self, *under: str) -> Mapping[str, str]:
        """Return the commit of each reference below the given places, by its full name."""

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the last commit that both stand on; none where they share none."""

    def walk(self, tips: Sequence[str]) -> Mapping[str, Commit]:
        """Return every commit that `tips` stand on, each after its parents.

        Raises:
            InputError: the clone lacks one (it is shallow).
            BrokenRecordError: an object was altered.
        """

    def changes(self, before: str | None, after: str, *under: str) -> Sequence[Change]:
        """Return the files that differ between two trees, sorted by path.

        Args:
            before: A tree; none is the empty one.
            after: A tree.
            under: Top-level folders to look in; all where none is named.
        """

    def written(self, commits: Sequence[str], *under: str) -> Mapping[str, Sequence[Change]]:
        """Return the files that each commit changes in its parent; what only merges is left out.

        Args:
            commits: Names of commits.
            under: Top-level folders to look in.
        """

    def object_at(self, tree: str, path: str) -> str | None:
        """Return the name of the file or folder at `path` of a tree; none where nothing is."""

    def folders(self, tree: str, path: str) -> Mapping[str, str]:
        """Return the folders in the folder at `path` of a tree, with their trees."""

    def files(self, tree: str) -> Mapping[str, str]:
        """Return every file below a tree by its path, with the name of its content."""

    def content(self, name: str) -> bytes:
        """Return what a file holds, checked against its name."""

    def run(self, name: str, tree: str) -> RunRecord:
        """Return the run whose folder is `tree`; each file is read when it is asked for."""

    def whole_run(self, name: str, tree: str) -> RunRecord:
        """Return the run whose folder is `tree`, with every file read at once."""

    def signatures(self, commits: Sequence[str]) -> Mapping[str, CommitSignature]:
        """Return what git says of the signature of each commit."""


def file_at(history: History, tree: str, path: str) -> bytes | None:
    """Return what the file at `path` of a tree holds; none where nothing is."""
    name = history.object_at(tree, path)
    return history.content(name) if name else None


def folder_at(history: History, tree: str, path: str) -> dict[str, bytes]:
    """Return what each file of the folder at `path` of a tree holds, by path below it."""
    folder = history.object_at(tree, path)
    names = history.files(folder) if folder else {}
    return {name: history.content(content) for name, content in names.items()}
