"""An upstream and its clones, all real git: what several machines share."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from modelsmith.loop.shared_run import SharedRun
from modelsmith.run.files.answer_cache import SharedCache
from modelsmith.run.git.branch_sync import GitUpstream
from modelsmith.store.files.content_store import ContentStore
from modelsmith.store.files.remote import RemoteFiles
from tests.support.killed_run import EXAM, SKILL
from tests.support.runs import Workshop, a_workshop, git_repository


def git(root: Path, *words: str, check: bool = True) -> str:
    """Return what git says in `root`."""
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(
        ["git", *person, *words], cwd=root, check=check, capture_output=True, text=True
    )
    return done.stdout.strip()


def an_upstream(base: Path, **settings: object) -> Path:
    """Return a bare repository whose default branch holds the reviewed run.yaml of `tiny`."""
    first = base / "first"
    git_repository(first)
    (first / ".gitignore").write_text(".modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
    a_workshop(first, exam=EXAM, **settings)
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "Review run tiny")
    git(base, "clone", "-q", "--bare", str(first), str(base / "upstream.git"))
    return base / "upstream.git"


def a_machine_of(upstream: Path, name: str, **settings: object) -> Workshop:
    """Return the run in a clone of `upstream`; a remote store stands beside both."""
    root = upstream.parent / name
    if not root.exists():
        git(upstream.parent, "clone", "-q", str(upstream), str(root))
    machine = a_workshop(root, exam=EXAM, skill=SKILL, **settings)
    remote = RemoteFiles(f"file://{upstream.parent}/store")
    machine.tools = replace(
        machine.tools,
        store=ContentStore(root / ".modelsmith" / "store", remote),
        cache=SharedCache(machine.tools.cache, remote),
    )
    return machine


def walk_in(upstream: Path) -> list[str]:
    """Return the subjects of the commits that the run's branch holds upstream, oldest first."""
    shown = git(upstream, "log", "--reverse", "--format=%s", "main..modelsmith/tiny/walk")
    return shown.splitlines()


class Overtaken(GitUpstream):
    """Upstream as a runner sees it that has fetched just before another one pushed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._is_first = True

    def fetch(self, run: str) -> None:
        if not self._is_first:
            super().fetch(run)
        self._is_first = False


class CutOff(GitUpstream):
    """Upstream that is gone after it was fetched once."""

    def __init__(self, root: Path, goes: Callable[[], object]) -> None:
        super().__init__(root)
        self._goes = goes

    def fetch(self, run: str) -> None:
        super().fetch(run)
        self._goes()


def shared_through(workshop: Workshop, upstream: GitUpstream) -> SharedRun:
    """Return the shared run of a machine that reaches upstream in this way."""
    return replace(workshop.shared(), upstream=upstream)
