"""What a forge asks before the default branch moves, against what the policy wants asked."""

from collections.abc import Iterator, Sequence

from modelsmith.forge.records import BranchRules, ForgeSettings
from modelsmith.forge.ruleset import Ruleset
from modelsmith.policy import POLICY, Protection
from modelsmith.setup.observation import Observation, Unread, fine, gap, note, unknown
from modelsmith.setup.ruleset_templates import RUN_BRANCHES, Kind, applied

REVIEWS = frozenset({"approvals", "code-owners", "stale-approvals", "last-push"})
"""What the ruleset of reviews asks; the other one, which nobody passes, asks the rest."""

ANY_RUN_BRANCH = RUN_BRANCHES.replace("*", "any")
"""One of them; GitHub tells the rules of a branch that does not exist too."""

PLAIN_GIT = {
    "force-push": "where one pushes to: git config receive.denyNonFastForwards true",
    "deletion": "where one pushes to: git config receive.denyDeletes true",
}
"""What plain git can refuse; the rest is found afterwards, by `modelsmith audit`."""


def protection_of(
    wanted: Protection,
    settings: ForgeSettings,
    rules: BranchRules | Unread,
    known: Sequence[Ruleset] = (),
    app: int | None = None,
) -> Iterator[Observation]:
    """Yield how the default branch is protected.

    Args:
        wanted: By the policy.
        settings: Of the repository.
        rules: Of the branch.
        known: The rulesets that are there: a remedy brings ours up to date.
        app: Number of the factory's App.
    """
    if wanted.name != settings.default_branch:
        yield gap(
            "default-branch",
            f"the default branch is {settings.default_branch}",
            f"{wanted.name}, which the policy protects",
            "workflows that hold rights are read from the default branch",
            f"gh repo edit --default-branch {wanted.name}",
        )
    if isinstance(rules, Unread):
        why = "unprotected, anybody who writes can change what was promoted"
        yield unknown("branch-rules", rules, f"the rules of {wanted.name}", why)
        return
    is_local = settings.forge == "local"
    if not is_local and not (wanted.approvals and wanted.checks):
        yield gap(
            "lax-policy",
            f"{POLICY} asks for {wanted.approvals} approvals and {len(wanted.checks)} checks",
            "at least one of each on GitHub",
            "the factory's pull requests would be merged unread and untested",
            f"write `approvals: 1` and `checks: [all-green]` under `branch` of {POLICY}",
        )
    for rule, holds, needed, why in _asked(wanted, rules):
        if holds:
            yield fine(rule, f"{wanted.name}: {needed}")
        elif is_local:
            remedy = PLAIN_GIT.get(rule, "`modelsmith audit` finds it afterwards")
            yield note(rule, f"plain git does not ask on {wanted.name}: {needed}", remedy)
        else:
            kind: Kind = "reviews" if rule in REVIEWS else "branch"
            yield gap(rule, f"{wanted.name}: not asked", needed, why, applied(kind, known, app))


def run_branch_rules_of(
    settings: ForgeSettings, rules: BranchRules | Unread
) -> Iterator[Observation]:
    """Yield whether the ledgers of runs that walk are safe; plain git asks alike of every branch.

    Args:
        settings: Of the repository.
        rules: Of a branch that a run is walked on.
    """
    if settings.forge == "local":
        return
    why = "a runner that takes one job remembers no ledger: it believes a rewritten one"
    if isinstance(rules, Unread):
        yield unknown("walks", rules, f"the rules of {RUN_BRANCHES}", why)
    elif rules.blocks_force_push and rules.blocks_deletion:
        yield fine("walks", f"{RUN_BRANCHES}: nobody rewrites or deletes a ledger")
    else:
        needed = "nobody rewrites or deletes a ledger"
        yield gap("walks", f"{RUN_BRANCHES}: not asked", needed, why, applied("walks"))


def _asked(wanted: Protection, rules: BranchRules) -> Iterator[tuple[str, bool, str, str]]:
    """Yield each rule's name, whether the forge asks for it, what it asks, and what for."""
    for is_wanted, rule, holds, needed, why in (
        (
            True,
            "pull-request",
            rules.requires_pull_request,
            "changes come by pull request",
            "a direct push changes evidence that nobody looked at",
        ),
        (
            True,
            "approvals",
            rules.approvals >= wanted.approvals,
            f"approving reviews: {wanted.approvals} or more (now {rules.approvals})",
            "what one person wrote, another one reads",
        ),
        (
            wanted.code_owners,
            "code-owners",
            rules.requires_code_owners,
            "the owners of a changed file approve",
            "who may change the exam, the policy or a workflow is written in CODEOWNERS",
        ),
        (
            wanted.dismiss_stale,
            "stale-approvals",
            rules.dismisses_stale,
            "a new commit takes approvals away",
            "otherwise what is merged is not what was approved",
        ),
        (
            wanted.last_push,
            "last-push",
            rules.requires_last_push_approval,
            "somebody else than the last pusher approves",
            "otherwise a reviewer adds a commit and approves their own work",
        ),
        (
            wanted.signatures,
            "signatures",
            rules.requires_signatures,
            "commits are signed",
            "an author line is only a claim",
        ),
        (
            True,
            "force-push",
            rules.blocks_force_push,
            "nobody rewrites history",
            "a rewritten ledger is a lost one",
        ),
        (True, "deletion", rules.blocks_deletion, "nobody deletes it", "it holds the record"),
        (
            True,
            "merge-commits",
            rules.keeps_commits,
            "a pull request is merged with its commits",
            "a squash or a rebase throws away the commits that recorded a run",
        ),
        *(
            (
                True,
                "required-check",
                check in rules.required_checks,
                f"the check {check} has passed",
                "otherwise a change is merged that CI refused, or never saw",
            )
            for check in wanted.checks
        ),
    ):
        if is_wanted:
            yield rule, holds, needed, why
