"""What stands between a pull request and its base, or a review of it, by rule."""

from collections.abc import Mapping, Sequence

from modelsmith.errors import ForgeRefusedError
from modelsmith.forge.records import (
    BranchRules,
    CheckRun,
    CommitStatus,
    Person,
    PullRequest,
    PullState,
    Review,
    latest_of,
)
from modelsmith.git.commits import FACTORY, REVERT, SEAL, trailers_in
from modelsmith.record import short

AGREED = frozenset({SEAL, REVERT})
"""Trailers of commits that people agreed to before they were made (decisions 30 and 31)."""

PASSED = frozenset({"success", "neutral"})
"""Conclusions of a check that let a merge pass, as GitHub counts them."""


def obstacles_of(  # noqa: PLR0913 - everything that is known of a pull request
    pull: PullRequest,
    sha: str,
    *,
    rules: BranchRules,
    reviews: Sequence[Review],
    checks: Mapping[str, CheckRun],
    statuses: Mapping[str, CommitStatus],
    bots: Sequence[str],
    pusher: str,
    is_agreed: bool = False,
) -> tuple[str, ...]:
    """Return each reason why `pull` may not be merged at `sha`; none where it may.

    A bot's review and one's own count for nothing. A requested change stands until whoever asked
    for it approves; it counts where approvals are asked for at all.

    Args:
        pull: An open or closed pull request.
        sha: The head that whoever merges has seen.
        rules: Rules of its base.
        reviews: All reviews.
        checks: Newest check of each name at `sha`.
        statuses: Newest status of each context at `sha`.
        bots: Whom the policy calls programs, beside those that the forge knows as such.
        pusher: Who made the newest commit.
        is_agreed: Whether the head is the factory's seal or revert: people approved what it stands
            on, or agreed to it in advance, so it needs neither a review nor a check of its own.
    """
    found = []
    if pull.state is not PullState.OPEN:
        found.append(f"it is {pull.state.value}, not open")
    if pull.is_draft:
        found.append(f"it is a draft (`modelsmith pull open {pull.head} --ready` ends that)")
    if pull.head_sha != sha:
        found.append(f"{pull.head} moved from {short(sha)} to {short(pull.head_sha)}")
    if rules.approvals and not is_agreed:
        programs = {bot.lower() for bot in bots}
        by_people = [
            one
            for one in reviews
            if not one.author.is_bot and one.author.login.lower() not in programs
        ]
        found += _approvals(pull, rules, by_people, pusher)
    for name in () if is_agreed else rules.required_checks:
        check, status = checks.get(name), statuses.get(name)
        ends = [check.conclusion] if check else [status.state] if status else []
        if not PASSED & set(ends):
            found.append(f"check {name} is {''.join(ends) or 'missing'}, must be success")
    return tuple(found)


def is_agreed(author: str, message: str) -> bool:
    """Return whether a commit says that it is the factory's, and that people agreed to it before.

    Plain git cannot tell whether that is so; verification does, before the factory merges and in
    every audit afterwards.

    Args:
        author: Address of its author.
        message: What it says.
    """
    said = {name for name, _ in trailers_in(message)}
    return author == FACTORY.email and bool(said & AGREED)


def require_reviewable(pull: PullRequest, me: Person, verdict: str, sha: str) -> None:
    """Refuse a review where `me` may not say `verdict` of the commit `sha` of a pull request.

    Raises:
        ForgeRefusedError: it is no longer open, its head moved, or it is one's own.
    """
    obstacle = _review_obstacle(pull, me, verdict, sha)
    if obstacle:
        raise ForgeRefusedError(
            f"pull request {pull.number} was not reviewed: {obstacle}",
            remedy=f"Look again: `modelsmith pull show {pull.number}`.",
        )


def is_said(reviews: Sequence[Review], me: Person, verdict: str, sha: str, body: str) -> bool:
    """Return whether the newest review of `me` says just that."""
    said = [one for one in reviews if one.author == me][-1:]
    return [(one.verdict, one.commit_sha, one.body) for one in said] == [(verdict, sha, body)]


def _review_obstacle(pull: PullRequest, me: Person, verdict: str, sha: str) -> str | None:
    if pull.state is not PullState.OPEN:
        return f"it is {pull.state.value}, not open"
    if pull.head_sha != sha:
        return f"{pull.head} moved from {short(sha)} to {short(pull.head_sha)}"
    if verdict != "commented" and pull.author == me:
        return f"it is {me.login}'s own; somebody else decides, a comment is welcome"
    return None


def _approvals(
    pull: PullRequest, rules: BranchRules, reviews: Sequence[Review], pusher: str
) -> list[str]:
    others = [review for review in latest_of(reviews).values() if review.author != pull.author]
    found = [
        f"{review.author.login} asks for changes"
        for review in others
        if review.verdict == "changes-requested"
    ]
    approved = [
        review
        for review in others
        if review.verdict == "approved"
        and (review.commit_sha == pull.head_sha or not rules.dismisses_stale)
    ]
    if len(approved) < rules.approvals:
        found.append(f"it has {len(approved)} approvals that count, needs {rules.approvals}")
    if rules.requires_last_push_approval and {one.author.login for one in approved} == {pusher}:
        found.append(f"nobody but {pusher}, who made its newest commit, approves")
    return found
