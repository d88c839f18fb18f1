"""The git repository, through the git command; no file of the work tree is ever changed."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from modelsmith.errors import InputError

IDENTITY = ("Modelsmith", "modelsmith@users.noreply.github.com")
"""Author and committer of what the factory writes; people's commits carry people's names."""

NO_SPACE = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "Out of diskspace")
"""What git says on a full disk: the system's words, or its own (git's csum-file.c)."""


class GitRepository:
    """One git checkout."""

    def __init__(self, root: Path) -> None:
        """Know the checkout whose top level is `root`."""
        self.root = root

    def head(self) -> str:
        """Return the commit that the work tree stands on."""
        return self._git("rev-parse", "--verify", "HEAD^{commit}")

    def commit(self, paths: Sequence[str], message: str, *, at: datetime) -> str | None:
        """Commit the files at `paths` on top of HEAD, and nothing else; return the commit.

        The factory is the author; the committer is whom git is configured for, who also signs
        where `commit.gpgsign` is set. Hooks for people's commits do not run.

        Raises:
            InputError: git refuses, with its own words.
            OSError: the disk is full.
        """
        looked = ("status", "--porcelain", "--untracked-files=all")
        if not self._git(*looked, "--", *paths, extra={"GIT_OPTIONAL_LOCKS": "0"}):
            return None
        name, email = IDENTITY
        stamp = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        if not self._git("config", "user.email", check=False):
            stamp |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        self._git("add", "--", *paths)
        written = ("commit", "--quiet", "--no-verify", f"--author={name} <{email}>")
        self._git(*written, "-m", message, "--only", "--", *paths, extra=stamp)
        return self.head()

    def branch_with(
        self,
        branch: str,
        files: Mapping[str, bytes],
        message: str,
        at: datetime,
        base: str = "HEAD",
    ) -> str:
        """Return the commit at `branch`, which holds the tree of `base` and `files` on top."""
        base = self._git("rev-parse", "--verify", f"{base}^{{commit}}")
        tree = self._tree_with(base, files)
        reference = f"refs/heads/{branch}"
        present = self._git("rev-parse", "--verify", "--quiet", reference, check=False)
        if present and self._git("rev-parse", f"{present}^{{tree}}") == tree:
            return present
        name, email = IDENTITY
        stamp = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", email), ("DATE", at.isoformat()))
        }
        commit = self._git("commit-tree", tree, "-p", base, "-m", message, extra=stamp)
        self._git("update-ref", reference, commit, present or "0" * 40)
        return commit

    def _tree_with(self, base: str, files: Mapping[str, bytes]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("read-tree", base, extra=index)
            lines = []
            for path, content in sorted(files.items()):
                blob = self._git("hash-object", "-w", "--stdin", stdin=content)
                lines.append(f"100644 {blob}\t{path}")
            listing = ("\n".join(lines) + "\n").encode() if lines else b""
            self._git("update-index", "--index-info", extra=index, stdin=listing)
            return self._git("write-tree", extra=index)

    def _git(
        self,
        *words: str,
        extra: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        check: bool = True,
    ) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        try:
            done = subprocess.run(  # noqa: S603 - fixed program, arguments are a list
                ["git", *words],  # noqa: S607 - git is found on the PATH, as for every user
                cwd=self.root,
                env=environment | {"LC_ALL": "C"} | dict(extra or {}),
                input=stdin,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise InputError("git is not installed", remedy="Install git.") from None
        if done.returncode and check:
            raise self._refusal(words[0], done.stderr.decode(errors="replace").strip())
        return done.stdout.decode().strip()

    def _refusal(self, word: str, said: str) -> InputError | OSError:
        if any(words in said for words in NO_SPACE):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.root))
        remedy = "Put right what git names, then run the same command again; it goes on from there."
        if word == "rev-parse":
            remedy = "A factory lives in a git repository with at least one commit."
        return InputError(f"git {word} failed in {self.root.name}: {said}", remedy=remedy)
