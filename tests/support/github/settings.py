"""What is asked of a branch, and whether CODEOWNERS can be read."""

from typing import Any

from tests.support.github.codeowners import errors_in
from tests.support.github.repository import DEFAULT_BRANCH
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.rules import (
    Ruleset,
    as_protection,
    as_ruleset_rules,
    of_protection,
    of_ruleset_rules,
)
from tests.support.github.shapes import url_of

READ, WRITE = "administration=read", "administration=write"


@answers("GET R/branches/{branch}/protection", READ)
def protection(call: Call) -> Answer:
    branch = call.words["branch"]
    if branch not in call.repository.protections:
        raise Refusal(404, "Branch not protected")
    url = url_of(call.hub, call.repository, "branches", branch, "protection")
    return 200, as_protection(call.repository.protections[branch], url)


@answers("PUT R/branches/{branch}/protection", WRITE)
def protected(call: Call) -> Answer:
    call.repository.protections[call.words["branch"]] = of_protection(call.body)
    return protection(call)


@answers("DELETE R/branches/{branch}/protection", WRITE)
def unprotected(call: Call) -> Answer:
    if call.repository.protections.pop(call.words["branch"], None) is None:
        raise Refusal(404, "Branch not protected")
    return 204, None


@answers("GET R/rules/branches/{branch}")
def rules(call: Call) -> Answer:
    """List the rules of rulesets; classic protection is not among them."""
    told = [
        {
            **rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": call.repository.full_name,
            "ruleset_id": kept.id,
        }
        for kept in call.repository.rulesets
        if kept.covers(call.words["branch"], DEFAULT_BRANCH)
        for rule in as_ruleset_rules(kept.rules)
    ]
    return 200, call.page(told)


def _ruleset_of(call: Call, kept: Ruleset, *, whole: bool) -> dict[str, Any]:
    shown = {
        "id": kept.id,
        "name": kept.name,
        "target": "branch",
        "source_type": "Repository",
        "source": call.repository.full_name,
        "enforcement": kept.enforcement,
    }
    include = {"ref_name": {"include": list(kept.include), "exclude": []}}
    more = {"conditions": include, "rules": as_ruleset_rules(kept.rules)}
    return shown | (more if whole else {})


@answers("GET R/rulesets")
def rulesets(call: Call) -> Answer:
    return 200, call.page([_ruleset_of(call, one, whole=False) for one in call.repository.rulesets])


@answers("POST R/rulesets", WRITE)
def ruleset_made(call: Call) -> Answer:
    named = (call.body.get("conditions") or {}).get("ref_name", {})
    kept = Ruleset(
        call.hub.number(),
        call.body["name"],
        of_ruleset_rules(call.body.get("rules", ())),
        tuple(named.get("include", ())),
        call.body["enforcement"],
    )
    call.repository.rulesets.append(kept)
    return 201, _ruleset_of(call, kept, whole=True)


@answers("GET R/rulesets/{ruleset_id}")
def ruleset(call: Call) -> Answer:
    for kept in call.repository.rulesets:
        if kept.id == int(call.words["ruleset_id"]):
            return 200, _ruleset_of(call, kept, whole=True)
    raise Refusal(404, "Not Found")


@answers("GET R/codeowners/errors", "contents=read")
def codeowners(call: Call) -> Answer:
    known = {*call.repository.roles, *call.hub.teams}
    errors = errors_in(call.repository, call.query.get("ref", DEFAULT_BRANCH), known)
    if errors is None:
        raise Refusal(404, "Not Found")
    return 200, {"errors": errors}
