"""What a forge asks before the branch of record moves, against what the policy wants asked."""

from collections.abc import Iterator
from typing import Any

from modelsmith.domain.forge import BranchRules, ForgeSettings
from modelsmith.domain.observation import Observation, Unread, fine, gap, note, unknown
from modelsmith.domain.policy import POLICY, Protection

RULESET = "modelsmith"
"""Name of the ruleset that `modelsmith doctor --ruleset` prints."""

APPLY = "modelsmith doctor --ruleset%s | gh api -X POST repos/{owner}/{repo}/rulesets --input -"
"""Rulesets add up and the strictest rule counts, so one more closes every gap of the branch."""

WALKS = "modelsmith/*/walk"
"""The branches that runs are walked on; in a ruleset `*` stands for one name, without a slash
(GitHub's documentation of rulesets: fnmatch with FNM_PATHNAME)."""

ANY_WALK = WALKS.replace("*", "any")
"""One of them; GitHub tells the rules of a branch that does not exist too."""

PLAIN_GIT = {
    "force-push": "where one pushes to: git config receive.denyNonFastForwards true",
    "deletion": "where one pushes to: git config receive.denyDeletes true",
}
"""What plain git can refuse; the rest is found afterwards, by `modelsmith audit`."""


def protection_of(
    wanted: Protection, settings: ForgeSettings, rules: BranchRules | Unread
) -> Iterator[Observation]:
    """Yield how the branch of record is protected."""
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
            yield gap(rule, f"{wanted.name}: not asked", needed, why, APPLY % "")


def walks_of(settings: ForgeSettings, rules: BranchRules | Unread) -> Iterator[Observation]:
    """Yield whether the ledgers of runs that walk are safe; plain git asks alike of every branch.

    Args:
        settings: Of the repository.
        rules: Of a branch that a run is walked on.
    """
    if settings.forge == "local":
        return
    why = "a runner that takes one job remembers no ledger: it believes a rewritten one"
    if isinstance(rules, Unread):
        yield unknown("walks", rules, f"the rules of {WALKS}", why)
    elif rules.blocks_force_push and rules.blocks_deletion:
        yield fine("walks", f"{WALKS}: nobody rewrites or deletes a ledger")
    else:
        needed = "nobody rewrites or deletes a ledger"
        yield gap("walks", f"{WALKS}: not asked", needed, why, APPLY % " walks")


def _asked(wanted: Protection, rules: BranchRules) -> Iterator[tuple[str, bool, str, str]]:
    """Yield each rule's name, whether the forge asks for it, what it asks, and what for."""
    yield (
        "pull-request",
        rules.requires_pull_request,
        "changes come by pull request",
        "a direct push changes evidence that nobody looked at",
    )
    yield (
        "approvals",
        rules.approvals >= wanted.approvals,
        f"approving reviews: {wanted.approvals} or more (now {rules.approvals})",
        "what one person wrote, another one reads",
    )
    for is_wanted, rule, holds, needed, why in (
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
    ):
        if is_wanted:
            yield rule, holds, needed, why
    for check in wanted.checks:
        yield (
            "required-check",
            check in rules.required_checks,
            f"the check {check} has passed",
            "otherwise a change is merged that CI refused, or never saw",
        )


def ruleset_of(wanted: Protection) -> dict[str, Any]:
    """Return the GitHub ruleset that asks for all that the policy wants asked."""
    pull_request = {
        "required_approving_review_count": wanted.approvals,
        "dismiss_stale_reviews_on_push": wanted.dismiss_stale,
        "require_code_owner_review": wanted.code_owners,
        "require_last_push_approval": wanted.last_push,
        "required_review_thread_resolution": False,
        "allowed_merge_methods": ["merge"],
    }
    checks = {
        "strict_required_status_checks_policy": False,
        "required_status_checks": [{"context": check} for check in wanted.checks],
    }
    signed = [{"type": "required_signatures"}] if wanted.signatures else []
    more: list[dict[str, Any]] = [
        {"type": "pull_request", "parameters": pull_request},
        {"type": "required_status_checks", "parameters": checks},
        *signed,
    ]
    return _ruleset(RULESET, wanted.name, more)


def ruleset_of_walks() -> dict[str, Any]:
    """Return the GitHub ruleset that keeps the ledgers of runs that walk."""
    return _ruleset(f"{RULESET}-walks", WALKS, [])


def _ruleset(name: str, branches: str, more: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [f"refs/heads/{branches}"], "exclude": []}},
        "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}, *more],
    }
