"""One repository: a bare one of real git, and what GitHub keeps beside it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.github.codeowners import owners_in
from tests.support.github.routing import Refusal
from tests.support.github.rules import NOBODY, Rules, Ruleset, Who, taken_together

DEFAULT_BRANCH = "main"

SERVED = (
    ("http", "receivepack = true"),
    ("uploadpack", "allowAnySHA1InWant = true"),
    ("uploadpack", "allowFilter = true"),
    ("gc", "auto = 0"),
    ("user", "name = GitHub"),
    ("user", "email = noreply@github.com"),
)
"""Settings of the bare repository."""


@dataclass
class Side:
    """A branch of a repository: what a pull request goes from, or into."""

    repository: "Repository"
    branch: str

    @property
    def sha(self) -> str | None:
        return self.repository.sha(f"refs/heads/{self.branch}")


@dataclass
class Thread:
    """An issue, or the conversation of a pull request."""

    id: int
    number: int
    title: str
    body: str | None
    author: str
    created_at: datetime
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    closed_at: datetime | None = None
    pull: "Pull | None" = None


@dataclass
class Pull:
    """What a pull request has beyond an issue."""

    head: Side
    base: Side
    draft: bool
    last_pusher: str
    head_sha: str
    reviewers: list[str] = field(default_factory=list)
    reviews: list["Review"] = field(default_factory=list)
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    base_sha: str | None = None
    """The base's commit when it was merged."""


@dataclass
class Review:
    """One review."""

    id: int
    author: str
    state: str
    body: str
    commit: str
    at: datetime


@dataclass
class Comment:
    """One comment."""

    id: int
    number: int
    author: str
    body: str
    at: datetime
    edited_at: datetime


@dataclass
class Environment:
    """A deployment environment."""

    name: str
    reviewers: tuple[str, ...] = ()
    """Logins, and teams as `organisation/team`."""
    prevents_self_review: bool = False
    branches: tuple[str, ...] | None = None
    protected_alone: bool = False
    """Whether any protected branch may use it, and no other."""


@dataclass
class Runner:
    """A self-hosted runner."""

    name: str
    labels: tuple[str, ...]
    online: bool = True
    ephemeral: bool | None = None


@dataclass
class ActionsSettings:
    """The page Settings, Actions, General."""

    enabled: bool = True
    allowed: str = "all"
    pinned: bool = False
    token: str = "read"  # noqa: S105 - what it may do
    may_approve: bool = False
    fork_approval: str = "first_time_contributors"


class Repository:
    """One repository on the local GitHub.

    Args:
        full_name: `owner/name`.
        folder: Where its bare git repository lies; made where it is not there.
        parent: What it is a fork of.
    """

    def __init__(self, full_name: str, folder: Path, parent: "Repository | None" = None) -> None:
        self.full_name, self.folder, self.parent = full_name, folder, parent
        self.owner, self.name = full_name.split("/")
        self.private = True
        self.roles: dict[str, str] = {}
        self.threads: dict[int, Thread] = {}
        self.comments: dict[int, Comment] = {}
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.checks: dict[int, dict[str, Any]] = {}
        self.protections: dict[str, Rules] = {}
        self.rulesets: list[Ruleset] = []
        self.environments: dict[str, Environment] = {}
        self.runners: list[Runner] = []
        self.actions = ActionsSettings()
        self._fixed: dict[tuple[str, ...], str | None] = {}
        if not folder.exists():
            source = ["--bare", str(parent.folder)] if parent else []
            words = ["clone", "-q", *source] if parent else ["init", "-q", "--bare", "-b", "main"]
            subprocess.run(["git", *words, str(folder)], check=True)
            text = "".join(f"[{section}]\n\t{said}\n" for section, said in SERVED)
            with (folder / "config").open("a", encoding="utf-8") as config:
                config.write(text)

    def git(self, *words: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        """Run git in it and return what it prints.

        Raises:
            Refusal: git says no.
        """
        return self.git_bytes(*words, stdin=stdin, more=more).decode("utf-8", "replace").strip()

    def git_bytes(
        self, *words: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> bytes:
        environment = {key: value for key, value in os.environ.items() if key[:4] != "GIT_"}
        done = subprocess.run(
            ["git", "--git-dir", str(self.folder), *words],
            input=stdin,
            capture_output=True,
            env=environment | dict(more or {}),
            check=False,
        )
        if done.returncode:
            raise Refusal(422, f"git {words[0]}: {done.stderr.decode()[:300]}")
        return done.stdout

    def ask(self, *words: str) -> str | None:
        """Return what git prints, or None where it says no."""
        try:
            return self.git(*words)
        except Refusal:
            return None

    def fixed(self, *words: str) -> str | None:
        """Return what git says of commits that are named in full, or None where it says no.

        Such an answer never changes, so it is asked for once.
        """
        if words not in self._fixed:
            self._fixed[words] = self.ask(*words)
        return self._fixed[words]

    def sha(self, name: str) -> str | None:
        """Return the commit that a name means, or None."""
        loose = self.folder / name
        if name.startswith("refs/") and ".." not in name and loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        asked = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
        return self.ask(*asked)

    def branches(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.rsplit(" ", 1) for line in lines.splitlines())

    def rules(self, branch: str, who: Who = NOBODY, *, on_pull: bool = False) -> Rules:
        """Return everything that is asked before a branch moves.

        Args:
            branch: Short name.
            who: Who moves it; of nobody in particular everything is asked.
            on_pull: Whether they merge a pull request.
        """
        kept = [self.protections[branch]] if branch in self.protections else []
        sets = [
            one.rules
            for one in self.rulesets
            if one.covers(branch, DEFAULT_BRANCH) and one.binds(who, on_pull=on_pull)
        ]
        return taken_together([*kept, *sets])

    def pull(self, number: int) -> tuple[Thread, Pull]:
        thread = self.threads.get(number)
        if thread is None or thread.pull is None:
            raise Refusal(404, "Not Found")
        return thread, thread.pull

    def thread(self, number: int) -> Thread:
        if number not in self.threads:
            raise Refusal(404, "Not Found")
        return self.threads[number]

    def open_pulls(self) -> list[tuple[Thread, Pull]]:
        return [
            (one, one.pull) for one in self.threads.values() if one.pull and one.state == "open"
        ]

    def owners(self, path: str) -> frozenset[str]:
        """Return who owns a file, by the CODEOWNERS of the default branch."""
        return owners_in(self, DEFAULT_BRANCH, path)
