"""The doctor: everything that a factory's repository must have in order, looked at in one place.

The forge is asked, the repository's files are read, and the policy judges both.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import BranchRules, Environment, ForgeSettings, Person, Runner
from modelsmith.forge.ruleset import Ruleset
from modelsmith.policy import Policy
from modelsmith.record import Record
from modelsmith.run.clusters import Clusters
from modelsmith.setup.branch_protection import ANY_RUN_BRANCH, protection_of, run_branch_rules_of
from modelsmith.setup.codeowners import PAGE, code_owners_of
from modelsmith.setup.github_actions import (
    SETTINGS_RIGHT,
    automation_of,
    environments_of,
    exposure_of,
    workflows_of,
)
from modelsmith.setup.observation import DoctorReport, Observation, Unread, gap, note, unknown
from modelsmith.setup.repository_state import RepositoryState, files_of
from modelsmith.setup.role_holders import Members, role_holders_of, signers_of, teams_of
from modelsmith.setup.ruleset_bypass import bypass_of
from modelsmith.setup.runners import runners_of


class Outside(Record):
    """What the forge says of itself."""

    me: Person
    """Who asked."""
    settings: ForgeSettings
    """The repository's settings."""
    rules: BranchRules | Unread
    """What is asked before the default branch moves."""
    run_branch_rules: BranchRules | Unread
    """What is asked before a branch moves that a run is walked on."""
    rulesets: tuple[Ruleset, ...] | Unread
    """The sets of rules of the default branch, with whom each lets past."""
    app: int | None
    """Number of the factory's App, as whoever asks says it."""
    environments: tuple[Environment, ...] | Unread
    """Deployment environments."""
    runners: tuple[Runner, ...] | Unread
    """Self-hosted runners."""
    teams: Members
    """Members of each team that the policy names."""


def checkup_of(policy: Policy, state: RepositoryState, outside: Outside) -> DoctorReport:
    """Return what is in order and what is not, by the policy."""
    return DoctorReport(
        forge=outside.settings.forge,
        acted_as=outside.me.login,
        observations=tuple(_observed(policy, state, outside)),
    )


def _observed(policy: Policy, state: RepositoryState, outside: Outside) -> Iterator[Observation]:
    settings = outside.settings
    known = () if isinstance(outside.rulesets, Unread) else outside.rulesets
    yield from protection_of(policy.branch, settings, outside.rules, known, outside.app)
    yield from bypass_of(settings, outside.rulesets, outside.me, outside.app)
    yield from run_branch_rules_of(settings, outside.run_branch_rules)
    yield from code_owners_of(policy, state.code_owners, state.domains, state.files)
    for problem in settings.codeowners_errors:
        yield gap(
            "code-owners-file",
            f"CODEOWNERS: {problem}",
            "lines that name people or teams who may write here",
            "a line that cannot be read asks nobody",
            f"correct the line ({PAGE})",
        )
    yield from role_holders_of(policy, settings.forge, outside.me, outside.teams)
    yield from signers_of(policy)
    yield from files_of(policy, state)
    clusters = state.clusters if isinstance(state.clusters, Clusters) else None
    if clusters is not None:
        yield from runners_of(clusters, settings.forge, outside.runners)
    if settings.forge == "github":
        yield from workflows_of(state.workflows, state.wanted_workflows)
        yield from automation_of(settings)
        yield from exposure_of(settings, _self_hosted(clusters, outside.runners))
        yield from environments_of(policy, outside.environments)
    yield from _unread(settings)


def _unread(settings: ForgeSettings) -> Iterator[Observation]:
    """Yield what the forge would not tell; settings that must hold are unknown where they stand."""
    for line in settings.unknown:
        if "CODEOWNERS" in line:
            why = "a line that cannot be read asks nobody"
            yield unknown("code-owners-file", Unread(what=line, right=SETTINGS_RIGHT), "none", why)
        else:
            yield note("unread-settings", f"not told: {line}")


def _self_hosted(clusters: Clusters | None, runners: Sequence[Runner] | Unread) -> Sequence[str]:
    named = [c.name for c in clusters.clusters if c.labels] if clusters else []
    return named + ([] if isinstance(runners, Unread) else [runner.name for runner in runners])


V = TypeVar("V")


def checkup(
    forge: Forge, policy: Policy, state: RepositoryState, app: int | None = None
) -> DoctorReport:
    """Return what is in order and what is not; what the token may not read is unknown.

    Args:
        forge: Where the repository lives.
        policy: What must be.
        state: The repository's files.
        app: Number of the factory's App, where it is known.

    Raises:
        ForgeError: the forge cannot be reached, or will not even say what repository this is.
    """
    outside = Outside(
        me=forge.me(),
        settings=forge.settings(),
        rules=_read(lambda: forge.branch_rules(policy.branch.name)),
        run_branch_rules=_read(lambda: forge.branch_rules(ANY_RUN_BRANCH)),
        rulesets=_read(lambda: tuple(forge.rulesets(policy.branch.name))),
        app=app,
        environments=_read(lambda: tuple(forge.environments())),
        runners=_read(lambda: _runners(forge)),
        teams={team: _members(forge, team) for team in teams_of(policy)}
        if forge.name == "github"
        else {},
    )
    return checkup_of(policy, state, outside)


def _read(ask: Callable[[], V]) -> V | Unread:
    try:
        return ask()
    except ForgeDeniedError as denied:
        return Unread(what=denied.what, right=denied.remedy)


def _runners(forge: Forge) -> tuple[Runner, ...] | Unread:
    found = forge.runners()
    untold = Unread(what="the self-hosted runners", right=SETTINGS_RIGHT)
    return untold if found is None else tuple(found)


def _members(forge: Forge, team: str) -> tuple[str, ...] | Unread | None:
    try:
        return _read(lambda: tuple(forge.members(team)))
    except InputError:
        return None
