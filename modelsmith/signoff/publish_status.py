"""Answer for each promotion's pull request whether it may go live, where its approvers look."""

from typing import NamedTuple

from modelsmith.errors import ForgeDeniedError, ModelsmithError
from modelsmith.forge.port import denials
from modelsmith.forge.records import PullRequest
from modelsmith.signoff.judge_pull_request import judged
from modelsmith.signoff.page import MARKER, fault_status, judgement_page, status_of
from modelsmith.signoff.ports import SignoffPorts
from modelsmith.signoff.submission import Judgement


class PublishedStatus(NamedTuple):
    """What was said of one pull request."""

    pull: PullRequest
    """The pull request."""
    judgement: Judgement | None
    """What every rule says; none where it could not be judged."""
    comment: str
    """The same as people read it, in Markdown; empty where it could not be judged."""
    fault: ModelsmithError | None = None
    """Why it could not be judged."""
    denied: tuple[ForgeDeniedError, ...] = ()
    """What the token may not say."""


def publish_status(ports: SignoffPorts, pull: PullRequest, *, post: bool) -> PublishedStatus:
    """Judge a pull request, and publish the answer on the commit that was judged.

    What could not be judged is said too: a commit keeps no status that is no longer true.

    Args:
        ports: Where it lives, and what it is judged by.
        pull: The pull request.
        post: Whether to publish it.
    """
    forge = ports.forge
    try:
        judgement = judged(ports, pull).judgement
    except ModelsmithError as error:
        status = fault_status(error)
        acts = [lambda: forge.set_status(pull.head_sha, status)]
        return PublishedStatus(pull, None, "", error, denials(acts) if post else ())
    page, told = judgement_page(judgement), status_of(judgement)

    def comment() -> None:
        if forge.pull_request(pull.number).head_sha == pull.head_sha:
            forge.comment(pull.number, marker=MARKER, body=page)

    acts = [lambda: forge.set_status(pull.head_sha, told), comment]
    return PublishedStatus(pull, judgement, page, denied=denials(acts) if post else ())
