"""The GitHub rulesets that ask for what the policy wants asked, and the commands that apply them.

Whoever passes a ruleset passes all of it, so what the factory's App may pass, which is reviews,
lies in one of its own; what binds everybody lies in the other. Rulesets add up, and of each rule
the strictest counts (GitHub's documentation of rulesets: about rule layering).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from modelsmith.errors import InputError
from modelsmith.forge.ruleset import Ruleset
from modelsmith.policy import Protection
from modelsmith.record import JsonDict, JsonObject

Kind = Literal["branch", "reviews", "walks"]

NAMES: Mapping[Kind, str] = {
    "branch": "modelsmith",
    "reviews": "modelsmith-reviews",
    "walks": "modelsmith-walks",
}
"""What `modelsmith doctor --ruleset KIND` prints, to the name on GitHub."""

RUN_BRANCHES = "modelsmith/*/walk"
"""The branches that runs are walked on; in a ruleset `*` stands for one name, without a slash
(GitHub's documentation of rulesets: fnmatch with FNM_PATHNAME)."""

HELD: Sequence[JsonObject] = ({"type": "deletion"}, {"type": "non_fast_forward"})
"""What keeps history."""


def applied(kind: Kind, known: Sequence[Ruleset] = (), app: int | None = None) -> str:
    """Return the command that makes a ruleset on GitHub, or brings the one of its name up to date.

    Args:
        kind: Which one.
        known: Rulesets that are there: GitHub takes no second one of a name.
        app: Number of the factory's App; a placeholder where it is not known.
    """
    words = ["modelsmith doctor --ruleset"]
    words += [] if kind == "branch" else [kind]
    words += [f"--app-id {app or 'ID'}"] if kind == "reviews" else []
    there = [one.number for one in known if one.name == NAMES[kind]]
    way = f"PUT repos/{{owner}}/{{repo}}/rulesets/{there[0]}" if there else ""
    return f"{' '.join(words)} | gh api -X {way or 'POST repos/{owner}/{repo}/rulesets'} --input -"


def wanted_ruleset(kind: Kind, wanted: Protection, app: int | None) -> JsonDict:
    """Return a ruleset as GitHub's API takes it.

    Raises:
        InputError: it lets the factory's App past, and which one that is nobody said.
    """
    if kind == "walks":
        return _ruleset(kind, RUN_BRANCHES, HELD)
    if kind == "branch":
        return _ruleset(kind, wanted.name, [*HELD, *_held_by_all(wanted)])
    if app is None:
        raise InputError(
            "the ruleset of reviews lets the factory's App past, and no App is named",
            remedy="Give its number, which its settings page calls App ID: --app-id N, or "
            "MODELSMITH_APP_ID=N.",
        )
    passes = {"actor_type": "Integration", "actor_id": app, "bypass_mode": "pull_request"}
    reviews = _pull_request(
        required_approving_review_count=wanted.approvals,
        dismiss_stale_reviews_on_push=wanted.dismiss_stale,
        require_code_owner_review=wanted.code_owners,
        require_last_push_approval=wanted.last_push,
    )
    return _ruleset(kind, wanted.name, [reviews], passes)


def _held_by_all(wanted: Protection) -> list[JsonDict]:
    """Return what nobody passes: pull requests alone, with their commits and their checks."""
    checks = {
        "strict_required_status_checks_policy": False,
        "required_status_checks": [{"context": check} for check in wanted.checks],
    }
    signed = [{"type": "required_signatures"}] if wanted.signatures else []
    checked = [{"type": "required_status_checks", "parameters": checks}] if wanted.checks else []
    return [_pull_request(), *checked, *signed]


def _pull_request(**asked: int) -> JsonDict:
    nothing = {
        "required_approving_review_count": 0,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
        "allowed_merge_methods": ["merge"],
    }
    return {"type": "pull_request", "parameters": nothing | asked}


def _ruleset(
    kind: Kind, branches: str, rules: Sequence[JsonObject], *passes: JsonObject
) -> JsonDict:
    return {
        "name": NAMES[kind],
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": list(passes),
        "conditions": {"ref_name": {"include": [f"refs/heads/{branches}"], "exclude": []}},
        "rules": list(rules),
    }
