"""Whether a pull request may be merged, and what merging it changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.github.repository import Pull, Repository, Thread
from tests.support.github.rights import LEVELS
from tests.support.github.rules import NOBODY, Rules, Who

DECIDING = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
PASSING = {"success", "neutral", "skipped"}
"""Conclusions with which a required check counts as passed (GitHub's documentation of required
status checks)."""


@dataclass(frozen=True)
class Change:
    """What happens to one file."""

    path: str
    status: str
    added: int
    removed: int
    before: str | None = None
    """Its path before, where it was renamed."""


def changes_of(repository: Repository, pull: Pull) -> list[Change]:
    """Return what a pull request changes since it left its base."""
    base = str(repository.fixed("merge-base", pull.base_sha or str(pull.base.sha), pull.head_sha))
    said = ("diff-tree", "-r", "-z", "-M", base, pull.head_sha)
    words = iter(str(repository.fixed(*said, "--name-status")).split("\0"))
    names: dict[str, tuple[str, str | None]] = {}
    for letter in words:
        if letter:
            before = next(words) if letter[0] in "RC" else None
            kind = {"A": "added", "D": "removed", "R": "renamed"}.get(letter[0], "modified")
            names[next(words)] = (kind, before)
    counts = _counts(str(repository.fixed(*said, "--numstat")))
    return [
        Change(path, kind, *counts[path], before) for path, (kind, before) in sorted(names.items())
    ]


def _counts(text: str) -> dict[str, tuple[int, int]]:
    words, found = iter(text.split("\0")), {}
    for line in words:
        if line:
            added, removed, path = line.split("\t")
            if not path:
                next(words)
                path = next(words)
            found[path] = (int(added.replace("-", "0")), int(removed.replace("-", "0")))
    return found


def merged_tree(repository: Repository, pull: Pull) -> str | None:
    """Return the tree that merging gives, or None where there is a conflict."""
    text = repository.fixed("merge-tree", "--write-tree", str(pull.base.sha), pull.head_sha)
    return text.splitlines()[0] if text else None


def blocked(repository: Repository, thread: Thread, who: Who = NOBODY) -> str | None:
    """Return why a pull request cannot be merged by somebody, in GitHub's words, or None."""
    pull = thread.pull
    assert pull is not None
    if thread.state != "open":
        return "Pull Request is not mergeable"
    if pull.draft:
        return "Pull Request is still a draft"
    rules = repository.rules(pull.base.branch, who, on_pull=True)
    if rules.pull_request:
        reason = _unreviewed(repository, pull, rules)
        if reason:
            return reason
    waiting = _unpassed(repository, pull.head_sha, rules.checks)
    if waiting:
        return waiting
    return None if merged_tree(repository, pull) else "Pull Request is not mergeable"


def _unreviewed(repository: Repository, pull: Pull, rules: Rules) -> str | None:
    standing = {one.author: one.state for one in pull.reviews if one.state in DECIDING}
    if rules.approvals and "CHANGES_REQUESTED" in standing.values():
        return "Changes have been requested."
    good = {
        login
        for login, state in standing.items()
        if state == "APPROVED"
        and LEVELS[repository.roles.get(login, "read")] >= LEVELS["write"]
        and not (rules.last_push and login == pull.last_pusher)
    }
    if len(good) < rules.approvals:
        many = "review is" if rules.approvals == 1 else "reviews are"
        return (
            f"At least {rules.approvals} approving {many} required by reviewers with write access."
        )
    if rules.code_owners:
        for change in changes_of(repository, pull):
            owners = repository.owners(change.path)
            if owners and not owners & good:
                return f"Waiting on code owner review from {', '.join(sorted(owners))}."
    return None


def _unpassed(repository: Repository, sha: str, names: Sequence[str]) -> str | None:
    """Say which required checks have not passed, as merges on GitHub are refused (as told in
    akuity/kargo#6397 and, of several, in logs of pull requests)."""
    standing = {name: _standing(repository, sha, name) for name in names}
    unmet = {name: words for name, words in standing.items() if words != "passed"}
    if not unmet:
        return None
    if len(names) == 1:
        return f'Required status check "{names[0]}" is {unmet[names[0]]}.'
    counts = Counter(unmet.values())
    if len(counts) == 1 and len(unmet) == len(names):
        return f"{len(unmet)} of {len(names)} required status checks are {next(iter(counts))}."
    listed = " and ".join(f"{many} {words}" for words, many in sorted(counts.items()))
    return f"{len(unmet)} of {len(names)} required status checks have not succeeded: {listed}."


def _standing(repository: Repository, sha: str, name: str) -> str:
    runs = [
        one for one in repository.checks.values() if (one["head_sha"], one["name"]) == (sha, name)
    ]
    said = [one["state"] for one in repository.statuses.get(sha, ()) if one["context"] == name]
    newest = runs[-1]["conclusion"] if runs else None
    if newest in PASSING or said[-1:] == ["success"]:
        return "passed"
    if not runs and not said:
        return "expected"
    if said[-1:] == ["pending"] or (runs and newest is None):
        return "in progress" if runs else "pending"
    return "failing"
