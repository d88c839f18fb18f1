"""A forge of plain git: pull requests are refs, an act is a commit, whoever may push may act.

Who somebody is, is git's `user.email`; a commit proves it where git signs. Whoever may push to
origin could write anything there, so a chain that was rewritten is told by each clone that knew it,
and origin can forbid it with `receive.denyNonFastForwards` and `receive.denyDeletes`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import override

from modelsmith.errors import ForgeRefusedError, InputError
from modelsmith.forge.local.branches import LocalBranches
from modelsmith.forge.local.event_log import person_of
from modelsmith.forge.local.pull_requests import LocalPulls
from modelsmith.forge.local.rules import default_branch, policy_at, rules_of
from modelsmith.forge.local.statuses_and_issues import LocalNotes
from modelsmith.forge.records import BranchRules, Environment, ForgeSettings, Person, Runner
from modelsmith.forge.ruleset import Ruleset


class LocalForge(LocalPulls, LocalBranches, LocalNotes):
    """Pull requests under refs/modelsmith, on origin; in the clone itself where it has none."""

    name: Literal["local"] = "local"

    @override
    def known_by(self, address: str, *, commit: str) -> Person | None:
        """Return who has that address: on plain git it is their name."""
        return person_of(address)

    # CI

    @override
    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        """Refuse: plain git runs nothing, and a request that nobody takes would be a lie.

        Raises:
            ForgeRefusedError: always, with the command that does the work here.
        """
        run = inputs.get("run", "RUN")
        raise ForgeRefusedError(
            f"the local forge has no CI that could run {workflow} on {ref}; nothing was asked for",
            remedy=f"`modelsmith run go {run}` walks on here, phase after phase, by itself.",
        )

    # Settings

    @override
    def settings(self) -> ForgeSettings:
        """Return what is true of every repository of plain git."""
        return ForgeSettings(
            forge="local",
            default_branch=default_branch(self.acts.git, has_origin=self.acts.refs.has_origin),
            is_public=False,
            allowed_actions=None,
            requires_pinned_actions=None,
            default_token=None,
            token_may_approve=None,
            fork_approval=None,
            codeowners_errors=(),
        )

    @override
    def branch_rules(self, branch: str) -> BranchRules:
        """Return what a merge here and origin's git ask before `branch` moves."""
        tip = self.acts.seen().heads.get(branch)
        return rules_of(self.acts.git, branch, policy_at(self.acts.git, branch, tip))

    @override
    def rulesets(self, branch: str) -> Sequence[Ruleset]:
        """Return none: origin's settings bind everybody, and so does a merge here."""
        return ()

    @override
    def environments(self) -> Sequence[Environment]:
        """Return none: there are no deployments on plain git."""
        return ()

    @override
    def runners(self) -> Sequence[Runner]:
        """Return none: whoever runs the command is the runner."""
        return ()

    @override
    def members(self, team: str) -> Sequence[str]:
        """Refuse: plain git knows people, by address, and no teams.

        Raises:
            InputError: always.
        """
        raise InputError(
            f"the local forge knows no team {team}",
            remedy="Name people by the address in their commits (`signers`).",
        )
