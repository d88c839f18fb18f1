"""Say what is to be said of a pull request's scenarios, where its reviewers look."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from modelsmith.errors import ForgeDeniedError, InputError, UsageError
from modelsmith.forge.port import Forge, denials
from modelsmith.forge.records import PullRequest, PullState
from modelsmith.workbench.exhibit import Workbench
from modelsmith.workbench.page import MARKER, check_of, status_of, workbench_page


class ReviewedPullRequest(NamedTuple):
    """What was said of one pull request."""

    pull: PullRequest
    """The pull request."""
    workbench: Workbench
    """What was found."""
    denied: tuple[ForgeDeniedError, ...]
    """What the token may not say."""


def pulls_at(forge: Forge, number: int | None, head: str | None) -> Sequence[PullRequest]:
    """Return the open pull requests that are meant: one by number, or all with that head.

    A commit that is no pull request's head any more has none: a newer one is looked at on its own.

    Raises:
        UsageError: nothing says which.
        InputError: the one of that number stands at another commit, or is over.
    """
    if number is None and head is None:
        raise UsageError(
            "no pull request is named", remedy="Give --pull with a number, or --head with a commit."
        )
    if number is None:
        return [pull for pull in forge.pull_requests() if pull.head_sha == head]
    pull = forge.pull_request(number)
    if pull.state is not PullState.OPEN:
        raise InputError(f"pull request {number} is {pull.state}", remedy="Name one that is open.")
    if head not in (None, pull.head_sha):
        raise InputError(
            f"pull request {number} stands at {pull.head_sha}, not at {head}",
            remedy="Leave --head out to look at its newest commit.",
        )
    return [pull]


def publish_review(
    forge: Forge, pull: PullRequest, workbench_of: Callable[[PullRequest], Workbench]
) -> ReviewedPullRequest:
    """Look at a pull request's scenarios and publish what was found.

    A pull request without scenarios gets its check and no comment, so that the check can be
    required of every one; a comment that an earlier commit got is brought up to date.
    """
    workbench = workbench_of(pull)

    def comment() -> None:
        is_newest = forge.pull_request(pull.number).head_sha == workbench.commit
        said = any(MARKER in body for body in forge.comments(pull.number))
        if is_newest and (workbench.files or workbench.diagnostics or workbench.unclear or said):
            forge.comment(pull.number, marker=MARKER, body=workbench_page(workbench))

    acts: tuple[Callable[[], None], ...] = (
        lambda: forge.report(workbench.commit, check_of(workbench)),
        lambda: forge.set_status(workbench.commit, status_of(workbench)),
        comment,
    )
    return ReviewedPullRequest(pull, workbench, denials(acts))
