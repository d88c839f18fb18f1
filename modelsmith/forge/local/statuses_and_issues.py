"""Issues, and the comments of pull requests and issues alike.

What is said of a commit: statuses and check runs, under refs/modelsmith/commits.
"""

import re
from collections.abc import Sequence
from typing import TypeVar

from modelsmith.errors import InputError
from modelsmith.forge.local.event_log import file_name, person_of
from modelsmith.forge.local.refs import OURS, RefUpdate, Tips
from modelsmith.forge.local.transactions import (
    ISSUE,
    Acts,
    believed,
    chain_of,
    every,
    next_number,
    ref_of,
    require,
    written,
)
from modelsmith.forge.records import CheckRun, CommitStatus, Issue, fitting, marked
from modelsmith.git.cli.objects import contents_of
from modelsmith.record import Record, short

COMMENT = re.compile(r"comments/[^/]+\.md")


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


class Issues:
    """Numbered conversations."""

    def __init__(self, acts: Acts) -> None:
        """Know the clone."""
        self._acts = acts

    def issue(self, tips: Tips, number: int) -> Issue:
        """Return one issue.

        Raises:
            InputError: there is none of that number.
            BrokenRecordError: its chain holds what no issue holds.
        """
        content = contents_of(self._acts.git, [f"{require(tips, number)}:{ISSUE}"])[0]
        if content is None:
            raise InputError(
                f"{number} is a pull request, no issue",
                remedy=f"`modelsmith pull show {number}` shows it.",
            )
        return self._issue(tips, number, content)

    def is_issue(self, tips: Tips, number: int) -> bool:
        """Return whether a number is an issue's.

        Raises:
            InputError: the number is not taken.
        """
        return contents_of(self._acts.git, [f"{require(tips, number)}:{ISSUE}"]) != [None]

    def raised(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue and return it; an open one of the same title is returned as it is."""
        stored = StoredIssue(
            title=" ".join(title.split()),
            body=fitting(body),
            is_open=True,
            labels=tuple(sorted(set(labels))),
        )

        def decide(tips: Tips) -> tuple[int, list[RefUpdate]]:
            for number, content in every(self._acts.git, tips, ISSUE):
                issue = self._issue(tips, number, content)
                if issue.is_open and issue.title == stored.title:
                    return number, []
            number, files = next_number(tips), {ISSUE: written(stored)}
            return number, self._acts.put(tips, chain_of(number), files, f"Open issue {number}")

        number = self._acts.settle(decide)
        return self.issue(self._acts.seen(), number)

    def closed(self, tips: Tips, number: int) -> list[RefUpdate]:
        """Return what closes an issue."""
        issue = self.issue(tips, number)
        stored = StoredIssue(title=issue.title, body=issue.body, is_open=False, labels=issue.labels)
        files = {ISSUE: written(stored)}
        return self._acts.put(tips, chain_of(number), files, f"Close issue {number}")

    def comment(self, number: int, marker: str, body: str) -> None:
        """Keep one comment, known by `marker`."""
        files = {f"comments/{file_name(marker)}.md": marked(marker, body).encode()}

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            require(tips, number)
            words = f"Comment on {number}: {marker}"
            return None, self._acts.put(tips, chain_of(number), files, words)

        self._acts.settle(decide)

    def comments(self, tips: Tips, number: int) -> list[str]:
        """Return the comments, oldest first, as they stand now."""
        tip, chains = require(tips, number), self._acts.chains
        with believed(ref_of(number)):
            added = [path for act in chains.acts(tip) for path in act.added]
            standing = chains.files(tip, "comments")
            paths = [p for p in dict.fromkeys(added) if COMMENT.fullmatch(p) and p in standing]
            return [standing[path].decode() for path in paths]

    def _issue(self, tips: Tips, number: int, content: bytes) -> Issue:
        with believed(ref_of(number)):
            stored = StoredIssue.model_validate_json(content)
            acts = self._acts.chains.acts(tips.chains[chain_of(number)])
            author = person_of(acts[0].author)
            return Issue(number=number, author=author, url=ref_of(number), **dict(stored))


SHA = re.compile(r"[0-9a-f]{40}")


R = TypeVar("R", bound=Record)


class Notes:
    """Statuses and check runs, one chain a commit."""

    def __init__(self, acts: Acts) -> None:
        """Know the clone."""
        self._acts = acts

    def say(self, sha: str, said: CommitStatus | CheckRun) -> None:
        """Put a status or a check run; one of the same context or name is replaced.

        Raises:
            InputError: that is no commit.
        """
        if not SHA.fullmatch(sha):
            raise InputError(f"{sha!r} is no commit", remedy="Name it in full: 40 hex digits.")
        folder, name = (
            ("statuses", said.context) if isinstance(said, CommitStatus) else ("checks", said.name)
        )
        files = {f"{folder}/{file_name(name)}.json": written(said)}
        words = f"Say {name} of {short(sha)}"

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            return None, self._acts.put(tips, f"commits/{sha}", files, words)

        self._acts.settle(decide)

    def statuses(self, tips: Tips, sha: str) -> dict[str, CommitStatus]:
        """Return the newest status of each context, by context."""
        return {said.context: said for said in self._said(tips, sha, "statuses", CommitStatus)}

    def checks(self, tips: Tips, sha: str) -> dict[str, CheckRun]:
        """Return the newest check run of each name, without annotations."""
        return {
            said.name: CheckRun(**(dict(said) | {"annotations": ()}))
            for said in self._said(tips, sha, "checks", CheckRun)
        }

    def _said(self, tips: Tips, sha: str, folder: str, kind: type[R]) -> list[R]:
        chain = f"commits/{sha}"
        tip = tips.chains.get(chain)
        if tip is None:
            return []
        with believed(OURS + chain):
            files = self._acts.chains.files(tip, folder)
            return [kind.model_validate_json(content) for content in files.values()]
