"""Answer for each promotion's pull request whether it may go live, where its approvers look."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from modelsmith.errors import ForgeDeniedError, ModelsmithError
from modelsmith.forge.port import Forge
from modelsmith.forge.publishing import denials
from modelsmith.forge.records import CommitStatus, PullRequest
from modelsmith.signoff.submission import Judgement


class Page(NamedTuple):
    """A judgement in the forms that a forge takes."""

    status: CommitStatus
    """One line."""
    comment: str
    """Markdown."""
    marker: str
    """What the comment is known by."""


class PublishedStatus(NamedTuple):
    """What was said of one pull request."""

    pull: PullRequest
    """The pull request."""
    judgement: Judgement | None
    """What every rule says; none where it could not be judged."""
    page: Page | None
    """The same, as people read it."""
    fault: ModelsmithError | None = None
    """Why it could not be judged."""
    denied: tuple[ForgeDeniedError, ...] = ()
    """What the token may not say."""


def publish_status(
    forge: Forge,
    pull: PullRequest,
    judge: Callable[[PullRequest], Judgement],
    show: Callable[[Judgement], Page],
    fault_status: Callable[[ModelsmithError], CommitStatus] | None,
) -> PublishedStatus:
    """Judge a pull request, and publish the answer on the commit that was judged.

    What could not be judged is said too: a commit keeps no status that is no longer true.

    Args:
        forge: Where it lives.
        pull: The pull request.
        judge: Returns what every rule says.
        show: Returns it as people read it.
        fault_status: Returns what is said where it could not be judged; none publishes nothing.
    """
    try:
        judgement = judge(pull)
    except ModelsmithError as error:
        if fault_status is None:
            return PublishedStatus(pull, None, None, error)
        status = fault_status(error)
        denied = denials([lambda: forge.set_status(pull.head_sha, status)])
        return PublishedStatus(pull, None, None, error, denied)
    page = show(judgement)
    acts = _publishing(forge, pull, page) if fault_status else ()
    return PublishedStatus(pull, judgement, page, denied=denials(acts))


def _publishing(forge: Forge, pull: PullRequest, page: Page) -> Sequence[Callable[[], None]]:
    def comment() -> None:
        if forge.pull_request(pull.number).head_sha == pull.head_sha:
            forge.comment(pull.number, marker=page.marker, body=page.comment)

    return (lambda: forge.set_status(pull.head_sha, page.status), comment)
