"""What a forge knows: pull requests, reviews, checks and the rules of a branch, in one vocabulary.

Both forges, plain git and GitHub, answer with these records, so that a rule is written once.
"""

from collections.abc import Sequence
from enum import StrEnum, unique
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from modelsmith.record import Count, NonEmpty, Positive, Record

CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
"""A git commit, in full."""

ReviewVerdict = Literal["approved", "changes-requested", "commented"]
"""What somebody may say of a pull request."""

MOST_COMMENT_CHARACTERS = 65_536
"""Longest comment and pull request body that GitHub takes (research: gha, section 5)."""

CUT = "\n\n… cut here: the forge takes no longer text.\n"


@unique
class PullState(StrEnum):
    """Where a pull request stands."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Person(Record):
    """Somebody, or something, that acts on a forge."""

    login: Annotated[str, Field(min_length=1, max_length=100)]
    """Name on the forge; on the local forge the email address of git."""
    is_bot: bool
    """Whether it is a program; a bot never counts as an approver."""


class PullRequest(Record):
    """A proposed change."""

    number: Positive
    """Its number on the forge."""
    title: str
    """One line."""
    body: str
    """Markdown."""
    state: PullState
    """Open, closed or merged."""
    is_draft: bool
    """Whether it is not yet meant for merging."""
    author: Person
    """Who opened it."""
    head: NonEmpty
    """Branch that is proposed."""
    head_sha: CommitSha
    """Its commit."""
    base: NonEmpty
    """Branch that it goes into."""
    is_from_fork: bool
    """Whether the branch lies in another repository: whoever wrote it may not write here."""
    labels: tuple[str, ...]
    """Sorted."""
    merge_sha: CommitSha | None
    """The commit that merged it; none before."""
    url: str
    """Where a person reads it."""


class ChangedFile(Record):
    """One file that a pull request changes."""

    path: str
    """Path from the top of the repository."""
    change: Literal["added", "modified", "removed", "renamed"]
    """What happens to it."""


class Review(Record):
    """One review; only the newest deciding one of each person counts, which callers decide."""

    author: Person
    """Who reviewed."""
    verdict: Literal["approved", "changes-requested", "commented", "dismissed"]
    """What was said."""
    commit_sha: CommitSha
    """Commit that was reviewed; an approval of an older one is stale."""
    submitted_at: AwareDatetime
    """When."""
    body: str
    """Markdown."""


class Annotation(Record):
    """A remark at a line of a file."""

    path: str
    """Path from the top of the repository."""
    line: Positive
    """Line, counted from 1."""
    level: Literal["failure", "warning", "notice"]
    """How bad it is."""
    message: str
    """What was found, expected, and how to fix it."""
    title: str = ""
    """The rule's name."""


class CheckRun(Record):
    """The outcome of a check of one commit, with its remarks."""

    name: NonEmpty
    """A second check of that name on that commit replaces the first."""
    conclusion: Literal["success", "failure", "neutral", "action_required"]
    """How it ended."""
    title: str
    """One line."""
    summary: str
    """Markdown."""
    annotations: tuple[Annotation, ...] = ()
    """Remarks, any number."""


class CommitStatus(Record):
    """One line about a commit, by its context."""

    context: NonEmpty
    """Who says it; the newest of a context counts."""
    state: Literal["error", "failure", "pending", "success"]
    """How it stands."""
    description: Annotated[str, Field(max_length=140)]
    """One line; GitHub takes 140 characters."""
    url: str = ""
    """Where to read more."""


class Issue(Record):
    """A numbered conversation; pull requests are numbered with them."""

    number: Positive
    """Its number."""
    title: str
    """One line."""
    body: str
    """Markdown."""
    author: Person
    """Who opened it."""
    is_open: bool
    """Whether it still waits."""
    labels: tuple[str, ...]
    """Sorted."""
    url: str
    """Where a person reads it."""


class BranchRules(Record):
    """What a forge asks before a branch moves, all its rules taken together."""

    requires_pull_request: bool
    """Whether nobody pushes to it directly."""
    approvals: Count
    """Approving reviews that a merge needs."""
    requires_code_owners: bool
    """Whether the owners of a changed file must approve."""
    dismisses_stale: bool
    """Whether a new commit takes approvals away."""
    requires_last_push_approval: bool
    """Whether somebody else than the last pusher must approve."""
    required_checks: tuple[str, ...]
    """Checks that must have passed, sorted."""
    blocks_force_push: bool
    """Whether history cannot be rewritten."""
    blocks_deletion: bool
    """Whether it cannot be deleted."""
    requires_signatures: bool
    """Whether commits must be signed."""
    keeps_commits: bool
    """Whether a pull request is merged with its commits, never squashed or rebased."""


class Runner(Record):
    """A machine that takes jobs."""

    name: str
    """Its name."""
    labels: tuple[str, ...]
    """What a job asks for, sorted."""
    is_online: bool
    """Whether it is there now."""
    is_ephemeral: bool | None
    """Whether it takes one job and goes; none where the forge does not say."""


class Environment(Record):
    """A deployment environment: secrets, and who must let a job have them."""

    name: str
    """Its name."""
    reviewers: tuple[str, ...]
    """People or teams who let a job in, sorted."""
    prevents_self_review: bool
    """Whether nobody lets in what they started."""
    branches: tuple[str, ...] | None
    """Patterns of branches that may use it; none where any may."""


class ForgeSettings(Record):
    """What a repository's settings say, as far as the token may read them."""

    forge: Literal["local", "github"]
    """Which forge answered."""
    default_branch: str
    """Where workflows with rights come from."""
    is_public: bool
    """Whether anybody can read it, and so fork it."""
    allowed_actions: Literal["all", "local_only", "selected", "none"] | None
    """Which actions workflows may use; none where the token may not know."""
    requires_pinned_actions: bool | None
    """Whether actions must be named by commit; none where the token may not know."""
    default_token: Literal["read", "write"] | None
    """What a workflow's own token may do by default; none where the token may not know."""
    token_may_approve: bool | None
    """Whether a workflow's own token may approve pull requests; it must not."""
    fork_approval: str | None
    """Whose fork pull requests wait for a person before they run; none where not known."""
    codeowners_errors: tuple[str, ...]
    """Lines of CODEOWNERS that name nobody, or cannot be read."""
    unknown: tuple[str, ...] = ()
    """What could not be read, and which right would let it."""


def marked(marker: str, body: str) -> str:
    """Return a comment that is known by `marker`, cut where it is too long."""
    return fitting(f"<!-- {marker} -->\n{body}")


def fitting(text: str, most: int = MOST_COMMENT_CHARACTERS) -> str:
    """Return a text that a forge takes, and that says where it was cut."""
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def latest_of(reviews: Sequence[Review]) -> dict[str, Review]:
    """Return the newest deciding review of each person; a comment decides nothing."""
    standing: dict[str, Review] = {}
    for review in sorted(reviews, key=attrgetter("submitted_at")):
        if review.verdict != "commented":
            standing[review.author.login] = review
    return standing
