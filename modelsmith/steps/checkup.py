"""A checkup: the forge is asked, the repository's files are read, and the policy judges both."""

from collections.abc import Callable
from typing import TypeVar

from modelsmith.domain.automation import SETTINGS_RIGHT
from modelsmith.domain.doctor import Outside, checkup_of
from modelsmith.domain.forge import Runner
from modelsmith.domain.observation import Checkup, Unread
from modelsmith.domain.policy import Policy
from modelsmith.domain.premises import Premises
from modelsmith.domain.protection import ANY_WALK
from modelsmith.domain.staffing import teams_of
from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.ports.forge import Forge

V = TypeVar("V")


def checkup(forge: Forge, policy: Policy, premises: Premises, app: int | None = None) -> Checkup:
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
