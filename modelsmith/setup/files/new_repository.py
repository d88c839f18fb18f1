"""A folder that becomes a factory repository; no file that is there is ever changed.

Its requirements name where the package that runs came from, as pip would fetch it again.
"""

import json
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from modelsmith import __version__
from modelsmith.disk.atomic_write import write_whole
from modelsmith.errors import InputError, UsageError
from modelsmith.git.cli.command import Git
from modelsmith.layout import BENCHMARKS
from modelsmith.policy import POLICY

FRESH = frozenset({".git", ".gitattributes", ".gitignore", "LICENSE", "README.md"})
"""What lies in a repository that a forge has just made."""


class FactoryFolder:
    """One folder, on its way."""

    def __init__(self, folder: Path) -> None:
        """Know the folder, which need not be there yet.

        Raises:
            UsageError: something else lies in it.
        """
        self._folder = folder
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file", remedy="Name a folder.")
        there = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
        other = [name for name in there if name not in FRESH]
        if other and not (self.has_benchmark() or (folder / POLICY).exists()):
            raise UsageError(
                f"{folder} is not empty and no factory: it holds {', '.join(other[:3])}"
                f"{' and more' if other[3:] else ''}",
                remedy="Name an empty folder, a new one, or a repository that a forge just made.",
            )

    def has_benchmark(self) -> bool:
        """Return whether there is an exam."""
        return any(self._folder.glob(f"{BENCHMARKS}/*/benchmark.yaml"))

    def email(self) -> str:
        """Return the address of whoever commits here.

        Raises:
            InputError: git knows nobody.
        """
        git = Git(next(up for up in (self._folder, *self._folder.parents) if up.is_dir()))
        email, name = (git.tried("config", f"user.{what}").text for what in ("email", "name"))
        if not email or not name:
            raise InputError(
                f"git knows no user.{'name' if email else 'email'}",
                remedy="`git config --global user.name '...'` and `... user.email '...'`: the "
                "record says who did what.",
            )
        return email

    def write(self, files: Mapping[str, bytes]) -> list[str]:
        """Write the files that are not there yet, and return their paths.

        The policy comes first and an exam's benchmark.yaml last: they are what tells that this is a
        factory and that it has an exam, so a second time finishes what a kill left unfinished.

        Raises:
            InputError: a folder on the way is a link that leads elsewhere.
        """
        written = []
        for path in sorted(files, key=_turn):
            file = self._folder / path
            if not file.parent.resolve().is_relative_to(self._folder.resolve()):
                remedy = "Replace the link by a folder of the repository."
                raise InputError(f"{path} would be written through a link", remedy=remedy)
            if not os.path.lexists(file):
                write_whole(file, files[path])
                if files[path].startswith(b"#!"):
                    file.chmod(0o755)
                written.append(path)
        return written

    def begin(self, forge: str) -> bool:
        """Make it a git repository with a first commit; return whether it had none.

        Raises:
            InputError: git refuses, with its own words.
        """
        git = Git(self._folder)
        if not (self._folder / ".git").exists():
            git.text("init", "--quiet", "--initial-branch", "main")
        if not git.tried("config", "modelsmith.forge").text:
            git.text("config", "modelsmith.forge", forge)
        if git.tried("rev-parse", "--verify", "--quiet", "HEAD").text:
            return False
        git.text("add", "--all")
        git.text("commit", "--quiet", "-m", "Begin a factory for specialist models")
        return True


def _turn(path: str) -> tuple[bool, bool, str]:
    return path != POLICY, path.endswith("/benchmark.yaml"), path


DISTRIBUTION = "modelsmith-factory"


def package_source() -> str:
    """Return a line of requirements: git at a commit, a place that others reach, or the version."""
    return source_in(_recorded())


def local_source() -> str:
    """Return the folder or file of this machine that the package comes from; empty if none."""
    recorded = _recorded()
    if recorded is None or "://" in source_in(recorded):
        return ""
    return unquote(urlsplit(json.loads(recorded)["url"]).path)


def _recorded() -> str | None:
    try:
        return metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None


def source_in(recorded: str | None) -> str:
    """Return the line of requirements for pip's `direct_url.json` (PEP 610).

    A place on this machine is nobody else's: the version stands for it.
    """
    version = f"{DISTRIBUTION}=={__version__}"
    if recorded is None:
        return version
    said = json.loads(recorded)
    url, version_control = said["url"], said.get("vcs_info")
    if version_control:
        return f"{DISTRIBUTION} @ git+{url}@{version_control['commit_id']}"
    if not url.startswith("file:"):
        return f"{DISTRIBUTION} @ {url}"
    folder = Path(unquote(urlsplit(url).path))
    if folder.is_dir():
        git = Git(folder)
        origin, head = git.tried("remote", "get-url", "origin"), git.tried("rev-parse", "HEAD")
        if "://" in origin.text and not head.code:
            return f"{DISTRIBUTION} @ git+{origin.text}@{head.text}"
    return version
