"""Where pull requests live: plain git on a laptop, or GitHub; and what a token may not do there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from modelsmith.errors import ForgeDeniedError
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
    ReviewVerdict,
    Runner,
)
from modelsmith.forge.ruleset import Ruleset


class Forge(Protocol):
    """A repository's pull requests, what is said of its commits, and its rules.

    Every call may be repeated: what is there already is found, not made twice. Each raises
    ForgeError where the forge cannot be reached or answers with a fault, and ForgeDeniedError where
    the token may not, naming the right that is missing.
    """

    @property
    def name(self) -> Literal["local", "github"]:
        """`local` or `github`, for messages."""

    def me(self) -> Person:
        """Return who acts."""

    def known_by(self, address: str, *, commit: str) -> Person | None:
        """Return whom the forge knows by an address that `commit` names; None where nobody."""

    # Pull requests

    def pull_request(self, number: int) -> PullRequest:
        """Return one pull request.

        Raises:
            InputError: there is none of that number.
        """

    def pull_requests(
        self, *, state: PullState | None = PullState.OPEN, head: str | None = None
    ) -> Sequence[PullRequest]:
        """Return pull requests by number, all pages; of every state where `state` is None."""

    def offer(  # noqa: PLR0913 - what a pull request says
        self,
        head: str,
        *,
        base: str,
        title: str,
        body: str,
        is_draft: bool,
        labels: Sequence[str] = (),
    ) -> PullRequest:
        """Open a pull request for the branch `head`, or bring its open one up to date.

        Title, body and draft state become what is given; labels are added, none is taken away.

        Raises:
            InputError: there is no such branch, or it holds nothing that `base` lacks.
        """

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """Return what a pull request changes since it left its base, by path, all pages."""

    def reviews(self, number: int) -> Sequence[Review]:
        """Return the reviews of a pull request, oldest first, all pages."""

    def review(self, number: int, *, verdict: ReviewVerdict, body: str, sha: str) -> None:
        """Review the commit `sha` of an open pull request as who acts.

        What somebody said last of that commit is not said twice.

        Raises:
            ForgeRefusedError: it is no longer open, its head moved, or it is one's own and more
                than a comment; nothing was said.
        """

    def merge(self, number: int, *, sha: str, message: str) -> str:
        """Merge a pull request whose head is still `sha`; return the merge commit.

        One that is merged already gives its commit again.

        Raises:
            ForgeNotYetError: a required check has not ended, or the base has just moved; the same
                call may go through later, and nothing was merged.
            ForgeRefusedError: the head moved, rules are not met, or there is a conflict; nothing
                was merged.
        """

    def close(self, number: int) -> None:
        """Close a pull request or an issue without merging."""

    # Files and branches

    def branch_sha(self, branch: str) -> str | None:
        """Return the commit of a branch on the forge, or None where there is none."""

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
        """Put `files` on top of the commit `base` as the only commit of `branch`; return it.

        A branch whose tree is that already is left alone. No work tree is needed or touched.

        Args:
            branch: Short branch name, made where it is not there.
            files: Content by path from the top of the repository.
            base: Commit to stand on.
            message: Commit message with its trailers.
            author: Who wrote the content; who acts where none.
            at: Date of the commit; now where none.

        Raises:
            ForgeRefusedError: the branch holds commits of somebody else.
        """

    # What is said of commits and pull requests

    def comment(self, number: int, *, marker: str, body: str) -> None:
        """Keep one comment of ours, known by `marker`, on a pull request or issue.

        Args:
            number: Pull request or issue.
            marker: A word that is kept in the comment as an HTML comment.
            body: Markdown; cut with a note at MOST_COMMENT_CHARACTERS.
        """

    def comments(self, number: int) -> Sequence[str]:
        """Return the bodies of the comments of a pull request or issue, oldest first."""

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Say one line about a commit."""

    def statuses(self, sha: str) -> Mapping[str, CommitStatus]:
        """Return the newest status of each context of a commit."""

    def report(self, sha: str, check: CheckRun) -> None:
        """Publish a check of a commit, all annotations; one of the same name is replaced."""

    def checks(self, sha: str) -> Mapping[str, CheckRun]:
        """Return the newest check run of each name; annotations are left out."""

    # Issues

    def issue(self, number: int) -> Issue:
        """Return one issue.

        Raises:
            InputError: there is none of that number.
        """

    def raise_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue; an open one of the same title is returned as it is."""

    # CI

    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        """Ask CI to run `workflow` (its file name) of `ref` with `inputs`.

        Raises:
            InputError: there is no such workflow on that branch.
            ForgeRefusedError: the forge has no CI; the remedy says what does the work instead.
        """

    # Settings

    def settings(self) -> ForgeSettings:
        """Return what the repository's settings say, as far as the token may read them."""

    def branch_rules(self, branch: str) -> BranchRules:
        """Return what the forge asks before `branch` moves."""

    def rulesets(self, branch: str) -> Sequence[Ruleset]:
        """Return the sets of rules that `branch_rules` takes together, with whom each lets past."""

    def environments(self) -> Sequence[Environment]:
        """Return the deployment environments, by name."""

    def runners(self) -> Sequence[Runner] | None:
        """Return the self-hosted runners by name, or None where the token may not know them."""

    def members(self, team: str) -> Sequence[str]:
        """Return the logins of a team, `organisation/team`, sorted.

        Raises:
            InputError: there is no such team, or the forge knows no teams.
        """


def denials(acts: Sequence[Callable[[], None]]) -> tuple[ForgeDeniedError, ...]:
    """Do each act, and return what the token may not."""
    found: list[ForgeDeniedError] = []
    for act in acts:
        try:
            act()
        except ForgeDeniedError as error:
            found.append(error)
    return tuple(found)
