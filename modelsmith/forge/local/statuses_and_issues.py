"""Issues, and the comments of pull requests and issues alike."""

import re
from collections.abc import Sequence

from modelsmith.errors import InputError
from modelsmith.forge.local.event_log import file_name, person_of
from modelsmith.forge.local.local_forge_numbers import (
    ISSUE,
    believed,
    chain_of,
    every,
    next_number,
    ref_of,
    require,
    written,
)
from modelsmith.forge.local.refs import Move, Tips
from modelsmith.forge.local.transactions import Acts
from modelsmith.forge.records import Issue, fitting, marked
from modelsmith.git.cli.objects import contents_of
from modelsmith.record import Record

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

        def decide(tips: Tips) -> tuple[int, list[Move]]:
            for number, content in every(self._acts.git, tips, ISSUE):
                issue = self._issue(tips, number, content)
                if issue.is_open and issue.title == stored.title:
                    return number, []
            number, files = next_number(tips), {ISSUE: written(stored)}
            return number, self._acts.put(tips, chain_of(number), files, f"Open issue {number}")

        number = self._acts.settled(decide)
        return self.issue(self._acts.seen(), number)

    def closed(self, tips: Tips, number: int) -> list[Move]:
        """Return what closes an issue."""
        issue = self.issue(tips, number)
        stored = StoredIssue(title=issue.title, body=issue.body, is_open=False, labels=issue.labels)
        files = {ISSUE: written(stored)}
        return self._acts.put(tips, chain_of(number), files, f"Close issue {number}")

    def comment(self, number: int, marker: str, body: str) -> None:
        """Keep one comment, known by `marker`."""
        files = {f"comments/{file_name(marker)}.md": marked(marker, body).encode()}

        def decide(tips: Tips) -> tuple[None, list[Move]]:
            require(tips, number)
            words = f"Comment on {number}: {marker}"
            return None, self._acts.put(tips, chain_of(number), files, words)

        self._acts.settled(decide)

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
