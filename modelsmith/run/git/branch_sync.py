"""A run's branch and ledger, here and at `origin`, through the git command."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from typing_extensions import override

from modelsmith.disk.process_lock import hold
from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import configured_user
from modelsmith.git.cli.origin import ORIGIN, Origin
from modelsmith.git.commits import FACTORY
from modelsmith.git.refs import KNOWN, SEALED_ATTEMPTS, run_branch
from modelsmith.layout import LEDGER, RUNS, SETTINGS, STATE, ledger_path, run_folder
from modelsmith.record import short
from modelsmith.run.branch_sync import BranchState, Upstream
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.ledger import Entry, entries_in

LEFT = "refs/modelsmith/left"
"""Where this clone keeps its commits of a run that another runner was ahead of."""


class GitUpstream(Upstream):
    """The remote `origin` of one clone."""

    def __init__(self, root: Path) -> None:
        """Know the clone whose top level is `root`; nothing is asked of upstream yet."""
        self._root = root
        self._git = Git(root)
        self._origin = Origin(self._git)

    @override
    def hold(self) -> AbstractContextManager[None]:
        return hold(
            self._root / STATE / "checkout",
            "the branch of this checkout is being used by",
            "Wait until it ends, or use another clone: one checkout stands on one branch.",
        )

    def has_origin(self) -> bool:
        """Return whether this clone has an upstream at all."""
        return self._origin.is_there()

    @override
    def fetch(self, run: str | None = None) -> None:
        """Leave branches known that are gone upstream, but for that of `run`."""
        branches = [f"refs/heads/{run_branch(run)}"] if run else []
        heads = self._origin.listed("HEAD", *branches)
        default = next(
            (a.removeprefix("ref: refs/heads/") for a, b in heads if a.startswith("ref: ")), None
        )
        if default is None:
            raise InputError(
                "origin has no default branch with a commit",
                remedy="Push the branch that runs start from, and make it the default.",
            )
        self._git.text(
            "symbolic-ref", f"refs/remotes/{ORIGIN}/HEAD", f"refs/remotes/{ORIGIN}/{default}"
        )
        self._origin.fetch(
            f"+refs/heads/*:refs/remotes/{ORIGIN}/*", f"{SEALED_ATTEMPTS}/*:{SEALED_ATTEMPTS}/*"
        )
        if run and not any(name in branches for _, name in heads):
            self._git.text("update-ref", "-d", f"refs/remotes/{ORIGIN}/{run_branch(run)}")

    @override
    def branch_state(self, run: str) -> BranchState:
        names = (*self._names(run), f"refs/remotes/{ORIGIN}/HEAD")
        listed = self._git.text("for-each-ref", "--format=%(refname) %(objectname)", *names)
        tips = dict(line.split() for line in listed.splitlines())
        ours, theirs, known, default = (tips.get(name) for name in names)
        seen = {ours, theirs or default, known}
        ledgers = {tip: self._ledger(run, tip) for tip in seen if tip}
        is_gone = theirs is None and known is not None
        theirs = default if is_gone else theirs
        return BranchState(
            ours=ledgers.get(ours or ""),
            theirs=ledgers.get(theirs or ""),
            known=ledgers.get(known or ""),
            is_ahead=self._holds(ours, theirs),
            is_behind=self._holds(theirs or default, ours),
            is_rewritten=not is_gone
            and known is not None
            and theirs is not None
            and not self._holds(theirs, known),
        )

    @override
    def is_checked_out(self, run: str) -> bool:
        head = self._git.tried("symbolic-ref", "--quiet", "HEAD")
        return head.text == f"refs/heads/{run_branch(run)}"

    @override
    def begin(self, run: str) -> None:
        start = f"refs/remotes/{ORIGIN}/HEAD"
        self._make_way(run, start)
        self._git.text("switch", "--quiet", "--no-track", "--create", run_branch(run), start)

    @override
    def keep(self, run: str) -> None:
        if not self.is_checked_out(run):
            self._make_way(run, f"refs/heads/{run_branch(run)}")
            self._git.text("switch", "--quiet", run_branch(run))
        self._see(run)

    @override
    def take(self, run: str) -> None:
        """Leave commits that are only here reachable as `refs/modelsmith/left/<run>`."""
        theirs, ours = self._theirs(run), self._commit(f"refs/heads/{run_branch(run)}")
        if ours is not None and not self._holds(theirs, ours):
            self._git.text("update-ref", f"{LEFT}/{run}", ours)
        self._make_way(run, theirs)
        if self.is_checked_out(run):
            self._git.text("reset", "--quiet", "--keep", theirs)
        else:
            self._git.text("branch", "--quiet", "--no-track", "--force", run_branch(run), theirs)
            self._git.text("switch", "--quiet", run_branch(run))
        self._see(run)

    @override
    def rebase(self, run: str) -> None:
        self.keep(run)
        words = ("rebase", "--quiet", "--committer-date-is-author-date", self._theirs(run))
        done = self._git.tried(*words, extra=self._committer())
        if done.code:
            self._git.tried("rebase", "--abort")
            raise InputError(
                f"the branch of run {run} does not go on top of upstream's: {done.fault}",
                remedy="Commit or stash what is changed here, and rebase by hand.",
            )

    @override
    def push(self, run: str, also: Sequence[str]) -> bool:
        branches = [run_branch(run), *(name for name in also if self._is_new(name))]
        if not self._origin.push(*(f"refs/heads/{name}:refs/heads/{name}" for name in branches)):
            return False
        for name in branches:
            self._git.text("update-ref", f"refs/remotes/{ORIGIN}/{name}", f"refs/heads/{name}")
        self._see(run)
        return True

    def _names(self, run: str) -> tuple[str, str, str]:
        branch = run_branch(run)
        return f"refs/heads/{branch}", f"refs/remotes/{ORIGIN}/{branch}", f"{KNOWN}/{run}"

    def _theirs(self, run: str) -> str:
        return (
            self._commit(f"refs/remotes/{ORIGIN}/{run_branch(run)}")
            or self._git.text("rev-parse", f"refs/remotes/{ORIGIN}/HEAD")
        )  # fmt: skip

    def _see(self, run: str) -> None:
        theirs = self._commit(f"refs/remotes/{ORIGIN}/{run_branch(run)}")
        if theirs is not None:
            self._git.text("update-ref", f"{KNOWN}/{run}", theirs)

    def _ledger(self, run: str, commit: str) -> tuple[Entry, ...]:
        path = ledger_path(run)
        return entries_at(self._git, f"{commit}:{path}", f"{short(commit)}: {path}")

    def _commit(self, reference: str) -> str | None:
        name = f"{reference}^{{commit}}"
        return self._git.tried("rev-parse", "--verify", "--quiet", name).text or None

    def _holds(self, one: str | None, other: str | None) -> bool:
        """Return whether the history of `one` holds `other`; nothing holds what is not there."""
        if one is None or other is None or one == other:
            return one is not None and one == other
        return self._git.tried("merge-base", "--is-ancestor", other, one).code == 0

    def _is_new(self, branch: str) -> bool:
        """Return whether there is such a branch here, and none upstream."""
        return (
            self._commit(f"refs/heads/{branch}") is not None
            and self._commit(f"refs/remotes/{ORIGIN}/{branch}") is None
        )

    def _make_way(self, run: str, target: str) -> None:
        """Remove what a killed step wrote, no entry names, and `target` holds."""
        folder = run_folder(run)
        others = self._git.text("ls-files", "--others", "-z", "--", folder).split("\0")
        if f"{folder}/{LEDGER}" in others:
            return  # entries that git has never seen name these files
        held_there = self._git.text("ls-tree", "-r", "-z", "--name-only", target, "--", folder)
        phases = re.compile(rf"{re.escape(folder)}/\d{{3}}-[a-z]+/.+")
        for path in set(filter(phases.fullmatch, others)) & set(held_there.split("\0")):
            (self._root / path).unlink()

    def _committer(self) -> dict[str, str]:
        if configured_user(self._git) is not None:
            return {}
        return {"GIT_COMMITTER_NAME": FACTORY.name, "GIT_COMMITTER_EMAIL": FACTORY.email}


def ledgers_on_branches(repository: Path) -> Mapping[str, tuple[Entry, ...] | BrokenRecordError]:
    """Return the ledger of each run that the checkout has settings of; empty before it begins.

    Where one holds what was not written, its fault stands there: the others go on.
    """
    found: dict[str, tuple[Entry, ...] | BrokenRecordError] = {}
    for file in sorted((repository / RUNS).glob(f"*/{SETTINGS}")):
        run = file.parent.name
        try:
            found[run] = _entries_on_branch(repository, run)
        except BrokenRecordError as error:
            found[run] = error
    return found


def entries_of(repository: Path, run: str) -> tuple[Entry, ...]:
    """Return the ledger of a run as far as this clone knows it: checked out, or on its branch.

    Raises:
        BrokenRecordError: a ledger holds what was not written.
    """
    here = tuple(DiskRunFolder(repository / run_folder(run)).entries())
    return max(here, _entries_on_branch(repository, run), key=len)


def _entries_on_branch(repository: Path, run: str) -> tuple[Entry, ...]:
    place = f"refs/remotes/{ORIGIN}/{run_branch(run)}:{ledger_path(run)}"
    return entries_at(Git(repository), place, place)


def entries_at(git: Git, blob: str, place: str) -> tuple[Entry, ...]:
    """Return the ledger in a blob; empty where there is none.

    Args:
        git: Reads the clone.
        blob: The blob, as git names it.
        place: Where it lies, for messages.

    Raises:
        BrokenRecordError: it holds what was not written.
    """
    done = git.tried("cat-file", "blob", blob)
    return () if done.code else entries_in(done.output, place)
