"""A forge of plain git: pull requests are refs, an act is a commit, whoever may push may act.

Who somebody is, is git's `user.email`; a commit proves it where git signs. Whoever may push to
origin could write anything there, so a chain that was rewritten is told by each clone that knew it,
and origin can forbid it with `receive.denyNonFastForwards` and `receive.denyDeletes`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from modelsmith.errors import ForgeRefusedError, InputError
from modelsmith.forge.local.event_log import person_of
from modelsmith.forge.local.pull_requests import Offers
from modelsmith.forge.local.rules import policy_at, rules_of, settings_of
from modelsmith.forge.local.transactions import Acts
from modelsmith.forge.records import (
    BranchRules,
    ChangedFile,
    CheckRun,
    CommitStatus,
    Environment,
    ForgeSettings,
    Issue,
    Person,
    PullRequest,
    PullState,
    Review,
    Runner,
)
from modelsmith.forge.ruleset import Ruleset
from modelsmith.git.cli.command import Git


class LocalForge(Offers):
    """Pull requests under refs/modelsmith, on origin; in the clone itself where it has none."""

    name: Literal["local"] = "local"

    def __init__(self, repository: Path) -> None:
        """Know the clone; nothing is read yet."""
        super().__init__(Acts(Git(repository)))

    def me(self) -> Person:
        """Return git's user; the factory's bot where git is configured for nobody."""
        return self._acts.me()

    def known_by(self, address: str, *, commit: str) -> Person | None:  # noqa: ARG002 - the port's words
        """Return who has that address: on plain git it is their name."""
        return person_of(address)

    # Pull requests

    def pull_request(self, number: int) -> PullRequest:
        """Return one pull request."""
        return self._pulls.pull(self._acts.seen(), number)

    def pull_requests(
        self, *, state: PullState | None = PullState.OPEN, head: str | None = None
    ) -> Sequence[PullRequest]:
        """Return pull requests by number."""
        return [
            pull
            for pull in self._pulls.every(self._acts.seen())
            if state in (None, pull.state) and head in (None, pull.head)
        ]

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """Return what a pull request changes since it left its base, by path."""
        tips = self._acts.seen()
        return self._branches.changes(tips, self._pulls.pull(tips, number))

    def reviews(self, number: int) -> Sequence[Review]:
        """Return the reviews of a pull request, oldest first."""
        return self._pulls.reviews(self._acts.seen(), number)

    # Files and branches

    def branch_sha(self, branch: str) -> str | None:
        """Return the commit of a branch, or None where there is none."""
        return self._acts.seen().heads.get(branch)

    def commit_files(  # noqa: PLR0913 - what a commit says
        self,
        branch: str,
        files: Mapping[str, bytes],
        *,
        base: str,
        message: str,
        author: Person | None = None,
        at: datetime | None = None,
    ) -> str:
        """Put `files` on top of the commit `base` as the only commit of `branch`; return it."""
        return self._branches.put(branch, files, base=base, message=message, author=author, at=at)

    # What is said of commits and pull requests

    def comment(self, number: int, *, marker: str, body: str) -> None:
        """Keep one comment, known by `marker`, on a pull request or issue."""
        self._issues.comment(number, marker, body)

    def comments(self, number: int) -> Sequence[str]:
        """Return the bodies of the comments of a pull request or issue, oldest first."""
        return self._issues.comments(self._acts.seen(), number)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Say one line about a commit."""
        self._notes.say(sha, status)

    def statuses(self, sha: str) -> Mapping[str, CommitStatus]:
        """Return the newest status of each context of a commit."""
        return self._notes.statuses(self._acts.seen(), sha)

    def report(self, sha: str, check: CheckRun) -> None:
        """Publish a check of a commit, all annotations; one of the same name is replaced."""
        self._notes.say(sha, check)

    def checks(self, sha: str) -> Mapping[str, CheckRun]:
        """Return the newest check run of each name; annotations are left out."""
        return self._notes.checks(self._acts.seen(), sha)

    # Issues

    def issue(self, number: int) -> Issue:
        """Return one issue."""
        return self._issues.issue(self._acts.seen(), number)

    def raise_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue; an open one of the same title is returned as it is."""
        return self._issues.raised(title, body, labels)

    # CI

    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        """Refuse: plain git runs nothing, and a request that nobody takes would be a lie.

        Raises:
            ForgeRefusedError: always, with the command that does the work here.
        """
        run = inputs.get("run", "RUN")
        raise ForgeRefusedError(
            f"the local forge has no CI that could run {workflow} on {ref}; nothing was asked for",
            remedy=f"`modelsmith run go {run}` walks on here, phase after phase, by itself.",
        )

    # Settings

    def settings(self) -> ForgeSettings:
        """Return what is true of every repository of plain git."""
        return settings_of(self._acts.git, has_origin=self._acts.refs.has_origin)

    def branch_rules(self, branch: str) -> BranchRules:
        """Return what a merge here and origin's git ask before `branch` moves."""
        tip = self._acts.seen().heads.get(branch)
        return rules_of(self._acts.git, branch, policy_at(self._acts.git, branch, tip))

    def rulesets(self, branch: str) -> Sequence[Ruleset]:  # noqa: ARG002 - a port's word
        """Return none: origin's settings bind everybody, and so does a merge here."""
        return ()

    def environments(self) -> Sequence[Environment]:
        """Return none: there are no deployments on plain git."""
        return ()

    def runners(self) -> Sequence[Runner]:
        """Return none: whoever runs the command is the runner."""
        return ()

    def members(self, team: str) -> Sequence[str]:
        """Refuse: plain git knows people, by address, and no teams.

        Raises:
            InputError: always.
        """
        raise InputError(
            f"the local forge knows no team {team}",
            remedy="Name people by the address in their commits (`signers`).",
        )
