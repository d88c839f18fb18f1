"""What is asked of a branch, and whether CODEOWNERS can be read."""

from collections.abc import Sequence
from typing import Any

from tests.support.github.codeowners import errors_in
from tests.support.github.repository import DEFAULT_BRANCH
from tests.support.github.routing import Answer, Call, Refusal, answers, invalid
from tests.support.github.rules import (
    Bypass,
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
    more: dict[str, Any] = {"conditions": include, "rules": as_ruleset_rules(kept.rules)}
    mode = kept.passed_by(call.hub.who(call.token, call.repository)) or "never"
    more["current_user_can_bypass"] = mode.replace("pull_request", "pull_requests_only")
    if call.may(WRITE):
        more["bypass_actors"] = [
            {"actor_type": one.actor_type, "actor_id": one.actor_id, "bypass_mode": one.mode}
            for one in kept.bypass
        ]
    return shown | (more if whole else {})


@answers("GET R/rulesets")
def rulesets(call: Call) -> Answer:
    return 200, call.page([_ruleset_of(call, one, whole=False) for one in call.repository.rulesets])


@answers("POST R/rulesets", WRITE)
def ruleset_made(call: Call) -> Answer:
    if any(one.name == call.body["name"] for one in call.repository.rulesets):
        invalid("Name must be unique", "Ruleset", "name")
    named = (call.body.get("conditions") or {}).get("ref_name", {})
    kept = Ruleset(
        call.hub.number(),
        call.body["name"],
        of_ruleset_rules(call.body.get("rules", ())),
        tuple(named.get("include", ())),
        call.body["enforcement"],
        _bypass_of(call, call.body.get("bypass_actors", ())),
    )
    call.repository.rulesets.append(kept)
    return 201, _ruleset_of(call, kept, whole=True)


def _bypass_of(call: Call, listed: Sequence[dict[str, Any]]) -> tuple[Bypass, ...]:
    """Return whom a request lets past; an App must be installed here, so Actions never is."""
    found = tuple(
        Bypass(one["actor_type"], one.get("actor_id"), one.get("bypass_mode", "always"))
        for one in listed
    )
    owner = call.repository.owner
    for one in found:
        app = call.hub.apps.get(one.actor_id or 0)
        if one.actor_type == "Integration" and (app is None or owner not in app.installations):
            words = "must be part of the ruleset source or owner organization"
            invalid(f"Actor integration {one.actor_id} {words}", "Ruleset", "bypass_actors")
        if one.actor_type == "DeployKey" and one.mode == "pull_request":
            invalid("pull_request is not applicable for deploy keys", "Ruleset", "bypass_actors")
    return found


def _asked_ruleset(call: Call) -> Ruleset:
    for kept in call.repository.rulesets:
        if kept.id == int(call.words["ruleset_id"]):
            return kept
    raise Refusal(404, "Not Found")


@answers("GET R/rulesets/{ruleset_id}")
def ruleset(call: Call) -> Answer:
    return 200, _ruleset_of(call, _asked_ruleset(call), whole=True)


@answers("PUT R/rulesets/{ruleset_id}", WRITE)
def ruleset_changed(call: Call) -> Answer:
    """Change what the request names, and leave the rest."""
    kept, asked = _asked_ruleset(call), call.body
    kept.name = asked.get("name", kept.name)
    kept.enforcement = asked.get("enforcement", kept.enforcement)
    if "rules" in asked:
        kept.rules = of_ruleset_rules(asked["rules"])
    if "conditions" in asked:
        kept.include = tuple(asked["conditions"]["ref_name"]["include"])
    if "bypass_actors" in asked:
        kept.bypass = _bypass_of(call, asked["bypass_actors"])
    return 200, _ruleset_of(call, kept, whole=True)


@answers("GET R/codeowners/errors", "contents=read")
def codeowners(call: Call) -> Answer:
    known = {*call.repository.roles, *call.hub.teams}
    errors = errors_in(call.repository, call.query.get("ref", DEFAULT_BRANCH), known)
    if errors is None:
        raise Refusal(404, "Not Found")
    return 200, {"errors": errors}
