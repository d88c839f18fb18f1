"""A checkup: the forge is asked, the repository's files are read, and the policy judges both."""

from collections.abc import Callable
from typing import TypeVar

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import Runner
from modelsmith.policy import Policy
from modelsmith.setup.branch_protection import ANY_WALK
from modelsmith.setup.doctor import Outside, checkup_of
from modelsmith.setup.github_actions import SETTINGS_RIGHT
from modelsmith.setup.observation import DoctorReport, Unread
from modelsmith.setup.repository_state import RepositoryState
from modelsmith.setup.role_holders import teams_of

V = TypeVar("V")


def checkup(
    forge: Forge, policy: Policy, premises: RepositoryState, app: int | None = None
) -> DoctorReport:
    """Return what is in order and what is not; what the token may not read is unknown.

    Args:
        forge: Where the repository lives.
        policy: What must be.
        premises: The repository's files.
        app: Number of the factory's App, where it is known.

    Raises:
        ForgeError: the forge cannot be reached, or will not even say what repository this is.
    """
    outside = Outside(
        me=forge.me(),
        settings=forge.settings(),
        rules=_read(lambda: forge.branch_rules(policy.branch.name)),
        walk_rules=_read(lambda: forge.branch_rules(ANY_WALK)),
        rulesets=_read(lambda: tuple(forge.rulesets(policy.branch.name))),
        app=app,
        environments=_read(lambda: tuple(forge.environments())),
        runners=_read(lambda: _runners(forge)),
        teams={team: _members(forge, team) for team in teams_of(policy)}
        if forge.name == "github"
        else {},
    )
    return checkup_of(policy, premises, outside)


def _read(ask: Callable[[], V]) -> V | Unread:
    try:
        return ask()
    except ForgeDeniedError as denied:
        return Unread(what=denied.what, right=denied.remedy)


def _runners(forge: Forge) -> tuple[Runner, ...] | Unread:
    found = forge.runners()
    return (
        Unread(what="the self-hosted runners", right=SETTINGS_RIGHT)
        if found is None
        else tuple(found)
    )


def _members(forge: Forge, team: str) -> tuple[str, ...] | Unread | None:
    try:
        return _read(lambda: tuple(forge.members(team)))
    except InputError:
        return None
