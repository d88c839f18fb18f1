"""Who is let past the rules of the default branch: the factory's App, on its pull requests alone.

What seals a promotion is a commit on top of the head that people approved, and with it the
approvals that GitHub counts are gone. So the App that seals also merges, past the rules on reviews;
nobody else does, and no other rule lets anybody past (decision 31).
"""

from collections.abc import Iterator, Sequence

from modelsmith.forge.records import BranchRules, ForgeSettings, Person
from modelsmith.forge.ruleset import NOTHING, Passer, Ruleset, strictest
from modelsmith.setup.observation import Observation, Unread, fine, gap, unknown
from modelsmith.setup.ruleset_templates import NAMES, applied

APP = "Integration"
"""GitHub's word for an App."""

ACTIONS = "github-actions[bot]"
"""Whom a workflow's own token stands for: no App of ours."""

MERGES = "factory-merges"
"""The rule that lets the App merge."""

NEEDED = "the factory's App passes the rules on reviews, on pull requests alone"

WHY = "its seal takes away the approvals that GitHub counts: nobody could merge a promotion"

RIGHT = "Administration: write, with a token of an administrator: others are not told"
"""Takes seeing whom a ruleset lets past (GitHub's description of Get a repository ruleset)."""

ROLES = {2: "maintain", 4: "write", 5: "admin"}
"""Roles by the numbers that rulesets know them by (documentation of the Terraform provider github,
github_repository_ruleset)."""

WORDS = {
    "Integration": "App",
    "Team": "team",
    "User": "user",
    "DeployKey": "deploy keys",
    "OrganizationAdmin": "the organisation's owners",
    "EnterpriseOwner": "the enterprise's owners",
}
"""What else rulesets let past is called by GitHub's own word."""


def bypass_of(
    settings: ForgeSettings, rulesets: Sequence[Ruleset] | Unread, me: Person, app: int | None
) -> Iterator[Observation]:
    """Yield whether the App may merge what it sealed, and who else is let past a rule.

    Args:
        settings: Of the repository.
        rulesets: Of the default branch.
        me: Who asks.
        app: Number of the factory's App; None where nobody says it: the only App that a ruleset
            lets past, if there is but one.
    """
    if settings.forge == "local":
        return
    if isinstance(rulesets, Unread):
        yield unknown(MERGES, rulesets, NEEDED, WHY)
        return
    factory = app or _only_app(rulesets)
    reviewing = [one for one in rulesets if _asks_reviews(one.rules)]
    if reviewing:
        yield from _merges(reviewing, rulesets, me, factory)
    yield from _others(rulesets, factory)


def _merges(
    reviewing: Sequence[Ruleset], rulesets: Sequence[Ruleset], me: Person, app: int | None
) -> Iterator[Observation]:
    is_app = me.is_bot and me.login != ACTIONS
    untold = [one.name for one in reviewing if one.passers is None and not is_app]
    if untold:
        unread = Unread(what=f"whom {', '.join(untold)} lets past", right=RIGHT)
        yield unknown(MERGES, unread, NEEDED, WHY)
        return
    closed = [one for one in reviewing if not _opens(one, app, is_app=is_app)]
    for one in closed:
        found = f"{one.name} asks reviews of the factory's App too"
        yield gap(MERGES, found, NEEDED, WHY, _remedy(one, rulesets, app))
    if not closed:
        names = ", ".join(one.name for one in reviewing)
        who = f"App {app}" if app else me.login
        yield fine(MERGES, f"{who} merges past the reviews that {names} asks for")


def _opens(one: Ruleset, app: int | None, *, is_app: bool) -> bool:
    """Return whether a set lets the App merge; how much more it may, is another question."""
    if one.passers is None:
        return is_app and one.me != "never"
    return app is not None and any(_is_app(passer, app) for passer in one.passers)


def _others(rulesets: Sequence[Ruleset], app: int | None) -> Iterator[Observation]:
    """Yield who leaves something unasked by passing a set; what another set asks too is asked."""
    needed = f"nobody passes a rule, but {NEEDED}"
    why = "what they change there, nobody else has read or tested"
    for one in rulesets:
        for passer in one.passers or ():
            held = strictest([two.rules for two in rulesets if not _lets_past(two, passer)])
            is_factory = app is not None and _is_app(passer, app) and passer.mode == "pull_request"
            asked = _beside_reviews(one.rules) if is_factory else one.rules
            if strictest([held, asked]) != held:
                found = f"{one.name} lets {_called(passer)} past"
                yield gap("bypass", found, needed, why, _remedy(one, rulesets, app, passer))
    untold = [one.name for one in rulesets if one.passers is None]
    if untold:
        unread = Unread(what=f"whom {', '.join(untold)} lets past", right=RIGHT)
        yield unknown("bypass", unread, needed, why)


def _only_app(rulesets: Sequence[Ruleset]) -> int | None:
    apps = {p.number for one in rulesets for p in one.passers or () if p.kind == APP}
    return apps.pop() if len(apps) == 1 else None


def _asks_reviews(rules: BranchRules) -> bool:
    """Return whether a merge may have to wait for a person."""
    return bool(rules.approvals or rules.requires_code_owners or rules.requires_last_push_approval)


def _beside_reviews(rules: BranchRules) -> BranchRules:
    """Return what binds on pull requests, but for what is asked of reviews and of pushes."""
    kept = ("required_checks", "blocks_force_push", "blocks_deletion", "requires_signatures")
    return BranchRules(**NOTHING.model_dump() | {key: getattr(rules, key) for key in kept})


def _is_app(passer: Passer, app: int) -> bool:
    return (passer.kind, passer.number) == (APP, app)


def _lets_past(one: Ruleset, who: Passer) -> bool:
    return any((other.kind, other.number) == (who.kind, who.number) for other in one.passers or ())


def _called(passer: Passer) -> str:
    """Return who is let past, and when."""
    if passer.kind == "RepositoryRole":
        name = f"role {ROLES.get(passer.number or 0, passer.number)}"
    else:
        word = WORDS.get(passer.kind, passer.kind)
        name = word if word.endswith("s") else f"{word} {passer.number}"
    return f"{name} ({'on pull requests' if passer.mode == 'pull_request' else 'always'})"


def _remedy(
    one: Ruleset, rulesets: Sequence[Ruleset], app: int | None, passer: Passer | None = None
) -> str:
    """Return what mends a set: ours is put as the policy wants it, another's is a person's."""
    for kind, name in NAMES.items():
        if one.name == name:
            return applied(kind, rulesets, app)
    if one.number is None:
        return "Settings, Branches: delete the protection rule; rulesets ask the same"
    page = f"Settings, Rules, Rulesets, {one.name}"
    if passer is None:
        return f"{page}: add the App to the bypass list, for pull requests only"
    return f"{page}: take {_called(passer)} off the bypass list"
