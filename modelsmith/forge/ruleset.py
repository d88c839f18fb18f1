"""One set of a branch's rules, and whom it lets past."""

from collections.abc import Sequence
from typing import Literal

from modelsmith.forge.records import BranchRules
from modelsmith.record import Record


class Passer(Record):
    """Whom a ruleset lets past."""

    kind: str
    """GitHub's type of actor: Integration (that is an App), RepositoryRole, OrganizationAdmin,
    Team, User or DeployKey."""
    number: int | None
    """Which one; None where the kind says it all."""
    mode: Literal["always", "pull_request", "exempt"]
    """Whether they pass where they merge a pull request alone, or where they push as well."""


class Ruleset(Record):
    """One set of rules; whoever passes it is asked nothing of it."""

    number: int | None
    """GitHub's number; None for the classic protection of a branch."""
    name: str
    """Its name."""
    rules: BranchRules
    """What it asks."""
    passers: tuple[Passer, ...] | None
    """Whom it lets past; None where who asked may not know."""
    me: Literal["always", "pull_requests_only", "exempt", "never"]
    """How it lets past who asked."""


NOTHING = BranchRules(
    requires_pull_request=False,
    approvals=0,
    requires_code_owners=False,
    dismisses_stale=False,
    requires_last_push_approval=False,
    required_checks=(),
    blocks_force_push=False,
    blocks_deletion=False,
    requires_signatures=False,
    keeps_commits=False,
)
"""What is asked where nobody asks anything."""


def strictest(many: Sequence[BranchRules]) -> BranchRules:
    """Return all rules taken together: of each the strictest."""
    told = [one.model_dump() for one in (NOTHING, *many)]
    strict = {key: max(one[key] for one in told) for key in told[0] if key != "required_checks"}
    checks = {name for one in many for name in one.required_checks}
    return BranchRules(**strict, required_checks=tuple(sorted(checks)))
