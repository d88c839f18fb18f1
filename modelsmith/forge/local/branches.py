"""Branches of the local forge: what they hold beyond others, and commits made for them."""

from collections.abc import Mapping
from datetime import datetime

from typing_extensions import override

from modelsmith.errors import ForgeError, ForgeRefusedError, InputError
from modelsmith.forge.local.refs import RefUpdate, Tips
from modelsmith.forge.local.transactions import LocalPart, Transactions
from modelsmith.forge.records import ChangedFile, Person, PullRequest
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import tree_with
from modelsmith.git.commits import Identity
from modelsmith.record import short

CHANGES = {"A": "added", "C": "added", "M": "modified", "T": "modified", "D": "removed"}
"""Git's letters in our words; R, a rename, names two paths and is read apart."""

CONFLICTS = 1
"""Exit code of `git merge-tree --write-tree` where files conflict; more is a fault."""


def require_offerable(acts: Transactions, tips: Tips, head: str, base: str) -> str:
    """Return the commit of `head`, which must hold something that `base` lacks.

    Raises:
        InputError: it does not, or one of them is not there.
    """
    where = "on origin" if acts.refs.has_origin else "in this repository"
    for name in (head, base):
        if name not in tips.heads:
            made = f"Make it: `git switch -c {name}`, and commit to it."
            remedy = f"Push it: `git push origin {name}`." if "origin" in where else made
            raise InputError(f"there is no branch {name} {where}", remedy=remedy)
    head_sha, base_sha = tips.heads[head], tips.heads[base]
    if not int(acts.git.text("rev-list", "--count", f"{base_sha}..{head_sha}")):
        raise InputError(
            f"{head} holds nothing that {base} lacks", remedy="Commit to it first, and push."
        )
    if acts.git.tried("merge-base", base_sha, head_sha).code:
        raise InputError(f"{head} and {base} share no commit", remedy=f"Begin {head} from {base}.")
    return head_sha


def changes_of(git: Git, tips: Tips, pull: PullRequest) -> list[ChangedFile]:
    """Return what a pull request changes since it left its base, by path.

    Raises:
        InputError: its branch and its base are gone.
    """
    merged = pull.merge_sha if pull.merge_sha != pull.head_sha else None
    base = f"{merged}^1" if merged else tips.heads.get(pull.base, "")
    start = git.tried("merge-base", base, pull.head_sha)
    if start.code:
        raise InputError(
            f"what pull request {pull.number} changes is not known any more: "
            f"{short(pull.head_sha)} or {pull.base} is gone",
            remedy=f"Fetch the commit, or bring {pull.base} back.",
        )
    words = ("diff-tree", "-r", "-z", "-M", "--name-status")
    listing = git.output(*words, start.text, pull.head_sha).decode(errors="replace")
    fields, changed = iter(listing.split("\0")[:-1]), []
    for letter in fields:
        path = next(fields)
        if letter.startswith("R"):
            path = next(fields)
        change = CHANGES.get(letter[0], "renamed")
        changed.append(ChangedFile.model_validate({"path": path, "change": change}))
    return sorted(changed, key=lambda file: file.path)


def merge_commit(acts: Transactions, base: str, head: str, message: str) -> str:
    """Return a commit that merges `head` into `base`; no branch and no work tree is touched.

    Raises:
        ForgeRefusedError: they conflict, with the files that do.
        ForgeError: git cannot merge at all, in its words.
    """
    words = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z")
    done = acts.git.tried(*words, base, head)
    tree, *paths = done.output.decode(errors="replace").rstrip("\0").split("\0")
    if done.code == CONFLICTS:
        listed = ", ".join(sorted(set(paths)))
        raise ForgeRefusedError(
            f"{short(head)} conflicts with its base in {listed}; nothing was merged",
            remedy="Merge the base into the branch, settle the conflict there, push, and "
            "review it again.",
        )
    if done.code:
        raise ForgeError(
            f"git cannot merge {short(head)} into {short(base)}: {done.fault}",
            remedy="It takes git 2.38 or newer, and branches that share a commit.",
        )
    return acts.commit(tree, [base, head], message)


def told_of(git: Git, commit: str) -> tuple[str, str, str]:
    """Return who made a commit, who wrote it, and what it says; nothing where it is not here."""
    told = git.tried("show", "--no-patch", "--format=%ce%n%ae%n%B", commit).text
    committer, _, rest = told.partition("\n")
    author, _, message = rest.partition("\n")
    return committer, author, message


class LocalBranches(LocalPart):
    """The branches that pull requests speak of."""

    @override
    def branch_sha(self, branch: str) -> str | None:
        return self.acts.seen().heads.get(branch)

    @override
    def commit_files(
        self,
        branch: str,
        files: Mapping[str, bytes],
        *,
        base: str,
        message: str,
        author: Person | None = None,
        at: datetime | None = None,
    ) -> str:
        git = self.acts.git
        git.text("check-ref-format", "--branch", branch)
        tree = tree_with(git, base, files)
        wrote = Identity(author.login.split("@")[0], author.login) if author else None

        def decide(tips: Tips) -> tuple[str, list[RefUpdate]]:
            present = tips.heads.get(branch)
            if present and git.text("rev-parse", f"{present}^{{tree}}") == tree:
                return present, []
            if present:
                self._require_ours(branch, present, base, tips)
            commit = self.acts.commit(tree, [base], message, author=wrote, at=at)
            return commit, [RefUpdate(f"heads/{branch}", present, commit)]

        return self.acts.settle(decide)

    def _require_ours(self, branch: str, present: str, base: str, tips: Tips) -> None:
        """Refuse a branch with commits, beyond `base` and other branches, of another committer."""
        others = [commit for name, commit in tips.heads.items() if name != branch]
        listing = self.acts.git.text(
            "rev-list", "--no-commit-header", "--format=%ce", present, "--not", base, *others
        )
        strangers = sorted(set(listing.splitlines()) - {self.acts.signature.email})
        if strangers:
            raise ForgeRefusedError(
                f"{branch} holds commits of {', '.join(strangers)}; it was left as it is",
                remedy="Merge or close its pull request, or delete the branch; then run the same "
                "command again.",
            )
