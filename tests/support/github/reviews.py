"""Reviews of pull requests: giving, listing and dismissing them."""

from tests.support.github.moves import emit_review, review_of
from tests.support.github.pulls import READ, WRITE, asked_pull
from tests.support.github.repository import Review, Thread
from tests.support.github.rights import LEVELS
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.state import ACTIONS_BOT

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@answers("GET R/pulls/{pull_number}/reviews", READ)
def reviews(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    return 200, call.page(
        [review_of(call.hub, call.repository, thread, one) for one in pull.reviews]
    )


@answers("POST R/pulls/{pull_number}/reviews", WRITE)
def reviewed(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    event, body = call.body.get("event"), call.body.get("body") or ""
    _require_may_review(call, thread, event, body)
    commit = call.body.get("commit_id") or pull.head_sha
    state = STATES.get(event, "PENDING")
    review = Review(call.hub.number(), call.login, state, body, commit, call.hub.now())
    pull.reviews.append(review)
    pull.reviewers = [login for login in pull.reviewers if login != call.login]
    if event:
        emit_review(call.hub, call.repository, "submitted", thread, review, call.login)
    return 200, review_of(call.hub, call.repository, thread, review)


def _require_may_review(call: Call, thread: Thread, event: str | None, body: str) -> None:
    own = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}.get(event or "")
    faults = []
    if own and call.login == thread.author:
        faults.append(f"Review Can not {own} your own pull request")
    if event in {"REQUEST_CHANGES", "COMMENT"} and not body:
        faults.append("Review body is required")
    if event == "APPROVE" and call.login == ACTIONS_BOT and not call.repository.actions.may_approve:
        faults.append("GitHub Actions is not permitted to approve pull requests.")
    if faults:
        raise Refusal(422, "Unprocessable Entity", errors=faults)


@answers("PUT R/pulls/{pull_number}/reviews/{review_id}/dismissals", WRITE)
def dismissed(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    found = [one for one in pull.reviews if one.id == int(call.words["review_id"])]
    if not found or LEVELS[call.hub.role(call.token, call.repository)] < LEVELS["write"]:
        raise Refusal(404, "Not Found")
    found[0].state = "DISMISSED"
    emit_review(call.hub, call.repository, "dismissed", thread, found[0], call.login)
    return 200, review_of(call.hub, call.repository, thread, found[0])
