"""The refs of the local forge: what the clone knows of them, and what origin has.

    refs/modelsmith/pulls/<n>         a pull request or an issue, one commit an act
    refs/modelsmith/commits/<sha>     what is said of a commit, one commit an act
    refs/modelsmith/origin/...        origin's refs as they were last fetched, not yet believed

A chain only grows. What origin has is believed where it continues what the clone knows, along first
parents; a chain that was rewritten or deleted there is told, and what the clone knows stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from modelsmith.errors import BrokenRecordError, ForgeError, ForgeRefusedError
from modelsmith.git.cli.command import Git, GitResult
from modelsmith.git.cli.objects import NO_COMMIT
from modelsmith.record import short

OURS = "refs/modelsmith/"
FETCHED = f"{OURS}origin/"
HEADS = f"{FETCHED}heads/"
CHAINS = ("pulls/", "commits/")
FETCH = (
    f"+refs/heads/*:{HEADS}*",
    *(f"+{OURS}{kind}*:{FETCHED}{kind}*" for kind in CHAINS),
)
"""What a person's own refspecs and remote branches are is left alone."""

FETCHING = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--refmap=")
PUSHING = ("push", "--quiet", "--atomic", "--no-verify", "--no-follow-tags")
FORWARDING = ("-c", "core.hooksPath=/dev/null", "merge", "--quiet", "--ff-only")


class Tips(NamedTuple):
    """Where every branch and chain of the forge stands."""

    heads: Mapping[str, str]
    """Commit by branch."""
    chains: Mapping[str, str]
    """Newest act by chain: `pulls/7`, `commits/<sha>`."""

    def of(self, name: str) -> str | None:
        """Return where `heads/<branch>` or a chain stands."""
        if name.startswith("heads/"):
            return self.heads.get(name.removeprefix("heads/"))
        return self.chains.get(name)


class RefUpdate(NamedTuple):
    """A branch or chain that shall go from one commit to another."""

    name: str
    """`heads/<branch>`, or a chain."""
    old: str | None
    """Where it must be; None where it must not be there."""
    new: str
    """Where it goes."""

    @property
    def ref(self) -> str:
        """Its full name where the truth is kept."""
        return f"refs/{self.name}" if self.name.startswith("heads/") else OURS + self.name


@dataclass(frozen=True)
class ForgeRefs:
    """Branches and chains on origin; in the clone itself where it has none."""

    git: Git
    """The clone."""

    @cached_property
    def has_origin(self) -> bool:
        """Whether there is a remote of that name."""
        return bool(self.git.tried("config", "remote.origin.url").text)

    def seen(self) -> Tips:
        """Fetch, and return where everything stands.

        Raises:
            ForgeError: origin cannot be reached.
            BrokenRecordError: a chain was rewritten or deleted on origin.
        """
        if not self.has_origin:
            return self._tips()[0]
        known, fetched = self._fetch()
        if self._broken(known, fetched):
            known, fetched = self._fetch()  # another process here may have come in between
            if broken := self._broken(known, fetched):
                raise broken
        grown = [(n, c) for n, c in fetched.chains.items() if known.of(n) != c]
        if grown:
            self._set([(OURS + name, known.of(name), commit) for name, commit in grown])
        return fetched

    def move(self, moves: Sequence[RefUpdate]) -> bool:
        """Move all or none; return whether nobody was faster.

        A push that arrived and whose answer was lost looks as if somebody had been faster: whoever
        looks again finds it done.

        Raises:
            ForgeError: origin cannot be reached.
            ForgeRefusedError: origin or the work tree forbids it, in git's words.
        """
        if not self.has_origin:
            return self._moved_here(moves)
        leases = [f"--force-with-lease={move.ref}:{move.old or ''}" for move in moves]
        names = [f"{move.new}:{move.ref}" for move in moves]
        done = self.git.tried(*PUSHING, *leases, "origin", *names)
        if done.code:
            now = self._on_origin([move.ref for move in moves])
            if any(now.get(move.ref) != move.old for move in moves):
                return False
            raise ForgeRefusedError(
                f"origin refused {', '.join(move.ref for move in moves)}: {done.fault}",
                remedy="Nothing was changed there. Ask who keeps origin for the right to push "
                "these refs, or for the hook's reason.",
            )
        self._set(
            [(OURS + m.name, m.old, m.new) for m in moves if not m.name.startswith("heads/")]
            + [(FETCHED + m.name, m.old, m.new) for m in moves]
        )
        return True

    def _moved_here(self, moves: Sequence[RefUpdate]) -> bool:
        now = self._tips()[0]
        if any(now.of(move.name) != move.old for move in moves):
            return False
        plain = []
        for move in moves:
            folder = self._checked_out().get(move.ref)
            if folder is None:
                plain.append((move.ref, move.old, move.new))
                continue
            done = Git(self.git.root / folder).tried(*FORWARDING, move.new)
            if done.code:
                raise ForgeRefusedError(
                    f"{move.name.removeprefix('heads/')} is checked out in {folder} and cannot go "
                    f"to {short(move.new)} there: {done.fault}",
                    remedy="Nothing was changed. Commit or stash what is in the way, or check out "
                    "another branch there.",
                )
        return not plain or self._set(plain)

    def _checked_out(self) -> dict[str, str]:
        """Return the folder of each branch that is checked out somewhere."""
        listed = self.git.text("worktree", "list", "--porcelain")
        folders = {}
        for block in listed.split("\n\n"):
            rows = dict(line.partition(" ")[::2] for line in block.splitlines())
            if "branch" in rows and "bare" not in rows:
                folders[rows["branch"]] = rows["worktree"]
        return folders

    def _tips(self) -> tuple[Tips, Tips]:
        """Return where everything stands in this clone, and where origin had it."""
        form = "--format=%(objectname) %(refname)"
        rows = self.git.text("for-each-ref", form, "refs/heads/", OURS).splitlines()
        named = {name: commit for commit, name in (row.split(" ", 1) for row in rows)}
        return _tips_below("refs/heads/", OURS, named), _tips_below(HEADS, FETCHED, named)

    def _fetch(self) -> tuple[Tips, Tips]:
        """Fetch, and return what the clone knows, and what origin has."""
        done = self.git.tried(*FETCHING, "origin", *FETCH)
        if done.code:  # another process of this clone may hold the refs
            self._reached(self.git.tried(*FETCHING, "origin", *FETCH))
        return self._tips()

    def _broken(self, known: Tips, fetched: Tips) -> BrokenRecordError | None:
        gone = [OURS + name for name in known.chains if name not in fetched.chains]
        if gone:
            return BrokenRecordError(
                f"{', '.join(gone)} known to this clone, and not on origin",
                remedy=f"`git push origin {' '.join(gone)}` puts it there, where it was deleted or "
                f"origin is new. `git update-ref -d {gone[0]}` forgets it here.",
            )
        for name, commit in known.chains.items():
            there, ref = fetched.chains[name], OURS + name
            if there == commit:
                continue
            if commit not in self.git.text("rev-list", "--first-parent", there).split():
                return BrokenRecordError(
                    f"{ref} was rewritten on origin: it is at {short(there)}, which does not "
                    f"continue {short(commit)}, known to this clone; acts were changed or removed",
                    remedy="Find out who pushed it. `git push --force-with-lease="
                    f"{ref}:{there} origin {commit}:{ref}` puts back what is known here; `git "
                    f"update-ref {ref} {there}` accepts what is there.",
                )
        return None

    def _on_origin(self, refs: Sequence[str]) -> dict[str, str]:
        answer = self._reached(self.git.tried("ls-remote", "origin", *refs))
        rows = (line.split("\t") for line in answer.text.splitlines())
        return {name: commit for commit, name in rows}

    def _set(self, rows: Sequence[tuple[str, str | None, str]]) -> bool:
        """Set refs of this clone, all or none; return whether they were where they were thought."""
        lines = [f"update {ref}\0{new}\0{old or NO_COMMIT}\0" for ref, old, new in rows]
        done = self.git.tried("update-ref", "-z", "--stdin", stdin="".join(lines).encode())
        return not done.code

    def _reached(self, answer: GitResult) -> GitResult:
        if answer.code:
            raise ForgeError(
                f"origin cannot be reached: {answer.fault}",
                remedy="Check the network and `git remote get-url origin`; then run the same "
                "command again. `git for-each-ref refs/modelsmith` lists what is known here.",
            )
        return answer


def _tips_below(heads: str, chains: str, named: Mapping[str, str]) -> Tips:
    """Return the branches below `heads` and the chains below `chains`, of commits by ref."""
    kinds = tuple(chains + kind for kind in CHAINS)
    return Tips(
        {n.removeprefix(heads): c for n, c in named.items() if n.startswith(heads)},
        {n.removeprefix(chains): c for n, c in named.items() if n.startswith(kinds)},
    )
