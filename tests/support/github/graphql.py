"""The four things that GitHub offers through GraphQL alone."""

import re
from typing import TYPE_CHECKING, Any

from tests.support.github.moves import emit_pull, moved
from tests.support.github.repository import Pull, Repository, Thread
from tests.support.github.rights import LEVELS, Token
from tests.support.github.shapes import number_for

if TYPE_CHECKING:
    from tests.support.github.state import GitHub

DRAFT = {
    "markPullRequestReadyForReview": "ready_for_review",
    "convertPullRequestToDraft": "converted_to_draft",
}
"""Mutation to the action of its event."""


def answered(hub: "GitHub", token: Token, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer a GraphQL request; GitHub says no with status 200."""
    query = asked.get("query", "")
    if re.fullmatch(r"\s*(query\s*)?\{\s*viewer\s*\{\s*login(\s+databaseId)?\s*\}\s*\}\s*", query):
        viewer = {"login": token.login, "databaseId": number_for(token.login)}
        return {"data": {"viewer": viewer}}
    for mutation in DRAFT:
        if f"{mutation}(" in query:
            return _drafted(hub, token, asked["variables"]["input"], mutation)
    if "updateRefs(" in query:
        return _refs_updated(hub, token, asked["variables"]["input"])
    hub.violations.append(f"GraphQL is not answered: {query}")
    return _fault("UNSUPPORTED", "this query is not answered by the local GitHub")


def _fault(kind: str, message: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"type": kind, "message": message}]}


def _refs_updated(hub: "GitHub", token: Token, given: dict[str, Any]) -> dict[str, Any]:
    """Move refs that stand where they are said to stand."""
    found = [
        one
        for one in hub.repositories.values()
        if f"R_{number_for(one.full_name)}" == given["repositoryId"]
    ]
    if not found:
        return _fault("NOT_FOUND", "Could not resolve to a node with the global id")
    (repository,) = found
    if LEVELS[hub.role(token, repository)] < LEVELS["write"] or not token.allows("contents=write"):
        return _fault("FORBIDDEN", "Resource not accessible by integration")
    for update in given["refUpdates"]:
        ref, before, after = update["name"], update["beforeOid"], update["afterOid"]
        rules = repository.rules(ref.removeprefix("refs/heads/"))
        follows = repository.ask("merge-base", "--is-ancestor", before, after) is not None
        if rules.pull_request or (not follows and (rules.no_force_push or not update["force"])):
            return _fault("UNPROCESSABLE", f"Repository rule violations found for {ref}")
        if repository.ask("update-ref", ref, after, before) is None:
            return _fault("STALE_DATA", f"{ref} is not at {before}")
        moved(hub, repository, ref, before, after, token.login)
    return {"data": {"updateRefs": {"clientMutationId": None}}}


def _found(hub: "GitHub", node: str) -> tuple[Repository, Thread, Pull] | None:
    for repository in hub.repositories.values():
        for thread in repository.threads.values():
            if thread.pull and f"PR_{thread.id}" == node:
                return repository, thread, thread.pull
    return None


def _drafted(hub: "GitHub", token: Token, given: dict[str, Any], mutation: str) -> dict[str, Any]:
    draft = mutation == "convertPullRequestToDraft"
    found = _found(hub, given["pullRequestId"])
    if found is None:
        return _fault("NOT_FOUND", "Could not resolve to a node with the global id")
    repository, thread, pull = found
    may = LEVELS[hub.role(token, repository)] >= LEVELS["write"] or token.login == thread.author
    if not may or not token.allows("pull_requests=write"):
        return _fault("FORBIDDEN", "Resource not accessible by integration")
    if pull.draft != draft:
        pull.draft = draft
        emit_pull(hub, repository, DRAFT[mutation], thread, token.login)
    return {"data": {mutation: {"clientMutationId": None, "pullRequest": {"isDraft": draft}}}}
