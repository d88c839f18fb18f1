"""Trees and commits made without a work tree or an index of anybody's."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from modelsmith.errors import InputError
from modelsmith.git.cli.command import Git, object_in
from modelsmith.git.commits import Identity

NO_COMMIT = "0" * 40
"""How git writes that there is no commit."""


def configured_user(git: Git) -> Identity | None:
    """Return whom git is configured for here, or None."""
    rows = git.tried("config", "--get-regexp", r"^user\.(name|email)$").text.splitlines()
    said = dict(row.partition(" ")[::2] for row in rows)  # the last of a name counts, as in git
    email = said.get("user.email", "")
    return Identity(said.get("user.name") or email.split("@")[0], email) if email else None


def tree_with(git: Git, base: str | None, files: Mapping[str, bytes]) -> str:
    """Return the tree of the commit `base`, an empty one where None, with `files` on top.

    Raises:
        InputError: git forbids a path.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.text("read-tree", base or "--empty", extra=index)
        listing = b""
        for path, content in sorted(files.items()):
            blob = git.text("hash-object", "-w", "--stdin", stdin=content)
            listing += f"100644 {blob}\t{path}\0".encode()
        done = git.tried("update-index", "-z", "--index-info", extra=index, stdin=listing)
        if done.code or done.fault:  # git leaves out a path that it forbids, and ends with 0
            raise InputError(
                f"git cannot put that into a commit: {done.fault}",
                remedy="Name files by paths below the top of the repository, none of them in .git.",
            )
        return git.text("write-tree", extra=index)


def commit_with(  # noqa: PLR0913 - what a commit says
    git: Git,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    author: Identity,
    committer: Identity,
    at: datetime | None = None,
    is_signed: bool = False,
) -> str:
    """Write a commit and return it; no branch is moved.

    Args:
        git: The repository.
        tree: What it holds.
        parents: What it stands on.
        message: All lines.
        author: Who wrote the content.
        committer: Who commits it.
        at: Date of both; now where None.
        is_signed: Whether to sign it where `commit.gpgsign` is set.
    """
    names = {
        f"GIT_{role}_{part}": value
        for role, signature in (("AUTHOR", author), ("COMMITTER", committer))
        for part, value in (("NAME", signature.name), ("EMAIL", signature.email))
    }
    dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()} if at else {}
    words = [word for parent in parents for word in ("-p", parent)]
    words += ["-S"] if is_signed and signs(git) else []
    written = (message.rstrip("\n") + "\n").encode()
    return git.text("commit-tree", tree, *words, "-F", "-", extra=names | dates, stdin=written)


def signs(git: Git) -> bool:
    """Return whether git is configured to sign commits."""
    return git.tried("config", "--bool", "commit.gpgsign").text == "true"


def files_at(git: Git, commit: str, folder: str = ".") -> dict[str, bytes]:
    """Return the content of every plain file below `folder` of a commit, by path."""
    listing = git.output("ls-tree", "-r", "-z", "--full-tree", commit, "--", folder)
    entries = [line.split(b"\t", 1) for line in listing.split(b"\0") if line]
    blobs = {
        path.decode(errors="replace"): head.split()[2].decode()
        for head, path in entries
        if head.split()[1] == b"blob"
    }
    contents = contents_of(git, blobs.values())
    return {path: content or b"" for path, content in zip(blobs, contents, strict=True)}


def contents_of(git: Git, names: Iterable[str]) -> list[bytes | None]:
    """Return the content of each named object, in order; None of one that is missing."""
    asked = list(names)
    stdin = "".join(f"{name}\n" for name in asked).encode()
    printed = BytesIO(git.output("cat-file", "--batch", stdin=stdin))
    return [object_in(printed)[1] for _ in asked]
