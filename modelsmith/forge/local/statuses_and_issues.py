"""What is said of pull requests, issues and commits.

Issues and comments lie in the numbered chains, statuses and check runs under
refs/modelsmith/commits, one chain a commit.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from typing_extensions import override

from modelsmith.errors import InputError
from modelsmith.forge.local.event_log import events_of, file_name, person_of
from modelsmith.forge.local.refs import OURS, RefUpdate, Tips
from modelsmith.forge.local.transactions import (
    ISSUE,
    LocalPart,
    Transactions,
    chain_of,
    every,
    next_number,
    ref_of,
    require,
    require_written_chain,
    written,
)
from modelsmith.forge.records import CheckRun, CommitStatus, Issue, fitting, marked
from modelsmith.git.cli.objects import contents_of, files_at
from modelsmith.record import Record, short

COMMENT = re.compile(r"comments/[^/]+\.md")
SHA = re.compile(r"[0-9a-f]{40}")

R = TypeVar("R", bound=Record)


class StoredIssue(Record):
    """`issue.json`; who opened it is in the first commit."""

    title: str
    """One line."""
    body: str
    """Markdown."""
    is_open: bool
    """Whether it still waits."""
    labels: tuple[str, ...]
    """Sorted."""


class LocalNotes(LocalPart):
    """What is said of commits, pull requests and issues."""

    @override
    def comment(self, number: int, *, marker: str, body: str) -> None:
        files = {f"comments/{file_name(marker)}.md": marked(marker, body).encode()}

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            require(tips, number)
            words = f"Comment on {number}: {marker}"
            return None, self.acts.put(tips, chain_of(number), files, words)

        self.acts.settle(decide)

    @override
    def comments(self, number: int) -> Sequence[str]:
        tip, git = require(self.acts.seen(), number), self.acts.git
        with require_written_chain(ref_of(number)):
            added = dict.fromkeys(path for event in events_of(git, tip) for path in event.added)
            standing = files_at(git, tip, "comments")
            paths = [path for path in added if COMMENT.fullmatch(path) and path in standing]
            return [standing[path].decode() for path in paths]

    @override
    def set_status(self, sha: str, status: CommitStatus) -> None:
        self._say(sha, "statuses", status.context, status)

    @override
    def statuses(self, sha: str) -> Mapping[str, CommitStatus]:
        return statuses_at(self.acts, self.acts.seen(), sha)

    @override
    def report(self, sha: str, check: CheckRun) -> None:
        self._say(sha, "checks", check.name, check)

    @override
    def checks(self, sha: str) -> Mapping[str, CheckRun]:
        return checks_at(self.acts, self.acts.seen(), sha)

    def _say(self, sha: str, folder: str, name: str, said: Record) -> None:
        """Replace what was said of a commit by that name; InputError where `sha` is none."""
        if not SHA.fullmatch(sha):
            raise InputError(f"{sha!r} is no commit", remedy="Name it in full: 40 hex digits.")
        files = {f"{folder}/{file_name(name)}.json": written(said)}
        words = f"Say {name} of {short(sha)}"

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            return None, self.acts.put(tips, f"commits/{sha}", files, words)

        self.acts.settle(decide)

    # Issues

    @override
    def issue(self, number: int) -> Issue:
        return issue_at(self.acts, self.acts.seen(), number)

    @override
    def raise_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        stored = StoredIssue(
            title=" ".join(title.split()),
            body=fitting(body),
            is_open=True,
            labels=tuple(sorted(set(labels))),
        )

        def decide(tips: Tips) -> tuple[int, list[RefUpdate]]:
            for number, content in every(self.acts.git, tips, ISSUE):
                issue = _issue_of(self.acts, tips, number, content)
                if issue.is_open and issue.title == stored.title:
                    return number, []
            number, files = next_number(tips), {ISSUE: written(stored)}
            return number, self.acts.put(tips, chain_of(number), files, f"Open issue {number}")

        return self.issue(self.acts.settle(decide))


def is_issue(acts: Transactions, tips: Tips, number: int) -> bool:
    """Return whether a number is an issue's.

    Raises:
        InputError: the number is not taken.
    """
    return contents_of(acts.git, [f"{require(tips, number)}:{ISSUE}"]) != [None]


def issue_at(acts: Transactions, tips: Tips, number: int) -> Issue:
    """Return an issue as it stands at `tips`.

    Raises:
        InputError: there is none of that number.
        BrokenRecordError: its chain holds what no issue holds.
    """
    content = contents_of(acts.git, [f"{require(tips, number)}:{ISSUE}"])[0]
    if content is None:
        raise InputError(
            f"{number} is a pull request, no issue",
            remedy=f"`modelsmith pull show {number}` shows it.",
        )
    return _issue_of(acts, tips, number, content)


def closed(acts: Transactions, tips: Tips, number: int) -> list[RefUpdate]:
    """Return what closes an issue."""
    issue = issue_at(acts, tips, number)
    stored = StoredIssue(title=issue.title, body=issue.body, is_open=False, labels=issue.labels)
    files = {ISSUE: written(stored)}
    return acts.put(tips, chain_of(number), files, f"Close issue {number}")


def statuses_at(acts: Transactions, tips: Tips, sha: str) -> dict[str, CommitStatus]:
    """Return the newest status of each context of a commit, as it stands at `tips`."""
    return {said.context: said for said in _said(acts, tips, sha, "statuses", CommitStatus)}


def checks_at(acts: Transactions, tips: Tips, sha: str) -> dict[str, CheckRun]:
    """Return the newest check run of each name, as it stands at `tips`, without annotations."""
    return {
        said.name: CheckRun(**(dict(said) | {"annotations": ()}))
        for said in _said(acts, tips, sha, "checks", CheckRun)
    }


def _issue_of(acts: Transactions, tips: Tips, number: int, content: bytes) -> Issue:
    with require_written_chain(ref_of(number)):
        stored = StoredIssue.model_validate_json(content)
        author = person_of(events_of(acts.git, tips.chains[chain_of(number)])[0].author)
        return Issue(number=number, author=author, url=ref_of(number), **dict(stored))


def _said(acts: Transactions, tips: Tips, sha: str, folder: str, kind: type[R]) -> list[R]:
    chain = f"commits/{sha}"
    tip = tips.chains.get(chain)
    if tip is None:
        return []
    with require_written_chain(OURS + chain):
        files = files_at(acts.git, tip, folder)
        return [kind.model_validate_json(content) for content in files.values()]
