"""Who may approve a promotion, by the policy that it stands on, and whose keys vouch for whom."""

from collections.abc import Callable, Sequence

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import Review
from modelsmith.git.commits import Commit
from modelsmith.policy import POLICY, Policy, Role
from modelsmith.promotion.approval.signatures import vouched
from modelsmith.promotion.approval.statement import carried_by
from modelsmith.promotion.signing.port import Hands
from modelsmith.promotion.signing.ssh_statement import Signed, listed
from modelsmith.record import Sha256, sha256, short
from modelsmith.run.history import History


def policy_below(
    history: History,
    read: Callable[[bytes], Policy],
    base: Commit,
    tip: Commit,
    branch: str,
) -> tuple[Policy | None, bytes | None, tuple[str, ...]]:
    """Return the policy where a pull request left its base, its file, and why it cannot judge."""
    name = history.object_at(base.tree, POLICY)
    if name is None:
        return None, None, (f"there is no {POLICY} at {short(base.sha)}, on which it stands",)
    faults = []
    if history.object_at(tip.tree, POLICY) != name:
        faults.append(
            f"{POLICY} of {branch} has changed since {short(base.sha)}, on which it stands"
        )
    content = history.content(name)
    try:
        return read(content), content, tuple(faults)
    except InputError as error:
        return None, content, (*faults, error.what)


def holders_of(
    forge: Forge, policy: Policy | None, required: Sequence[Role]
) -> tuple[dict[Role, tuple[str, ...]], list[str]]:
    """Return who holds each required role on this forge, and which teams could not be read."""
    found: dict[Role, tuple[str, ...]] = {}
    notes: list[str] = []
    for role in required:
        holders = policy.roles.get(role) if policy else None
        if holders is None:
            continue
        if forge.name == "local":
            found[role] = tuple(signer.email for signer in holders.signers)
            continue
        people = list(holders.logins)
        for team in holders.teams:
            try:
                people += forge.members(team)
            except (InputError, ForgeDeniedError) as error:
                notes.append(f"nobody of {team} counts as {role.value}: {error.what}")
        found[role] = tuple(dict.fromkeys(people))
    return found, notes


def carried_in(
    hands: Hands, reviews: Sequence[Review], policy: Policy | None
) -> dict[Sha256, Signed]:
    """Return the statement that each review carries, verified, by the digest of its text."""
    keys = listed(policy)
    found = ((one.body, carried_by(one.body)) for one in reviews if one.verdict == "approved")
    return {sha256(body.encode()): vouched(hands, one, keys) for body, one in found if one}


def untagged(policy: Policy | None, tags: Sequence[str]) -> list[str]:
    """Return in words which tags of a request the policy does not name."""
    unknown = [tag for tag in tags if policy is None or tag not in policy.tags]
    return [f"tag {tag} asks for nobody: {POLICY} does not name it" for tag in unknown]
