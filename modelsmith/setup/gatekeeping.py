"""Deployment environments: who may use the secrets in them."""

from collections.abc import Iterator, Sequence

from modelsmith.forge.records import Environment
from modelsmith.policy import GuardedEnvironment, Policy
from modelsmith.setup.observation import Observation, Unread, fine, gap, unknown

CALL = "gh api -X PUT repos/{owner}/{repo}/environments/"


def environments_of(policy: Policy, there: Sequence[Environment] | Unread) -> Iterator[Observation]:
    """Yield how each environment that the policy names is guarded."""
    if isinstance(there, Unread):
        if policy.environments:
            names = ", ".join(wanted.name for wanted in policy.environments)
            why = "a job that names an environment gets its secrets"
            yield unknown("environment", there, f"environments {names}", why)
        return
    branch = policy.branch.name
    for wanted in policy.environments:
        needed, command = _needed(wanted, branch), _command(wanted, branch)
        found = next((one for one in there if one.name == wanted.name), None)
        if found is None and wanted.optional:
            yield fine("environment", f"there is no environment {wanted.name}, which is optional")
        elif found is None:
            yield gap(
                "environment",
                f"there is no environment {wanted.name}",
                needed,
                "a job that names a missing environment makes one that guards nothing",
                command,
            )
        elif problems := list(_problems(wanted, found, branch)):
            yield gap(
                "environment",
                f"environment {wanted.name} {' and '.join(problems)}",
                needed,
                "a job of any branch, or one that nobody looked at, would get its secrets",
                command,
            )
        else:
            yield fine("environment", f"environment {wanted.name}: {needed}")


def _problems(wanted: GuardedEnvironment, found: Environment, branch: str) -> Iterator[str]:
    if found.branches is None:
        yield "is open to any branch"
    elif found.branches != (branch,):
        yield f"is open to {', '.join(found.branches) or 'no branch'}"
    if wanted.reviewed and not found.reviewers:
        yield "lets jobs in unseen"
    if wanted.reviewed and not found.prevents_self_review:
        yield "lets people let in what they started"


def _needed(wanted: GuardedEnvironment, branch: str) -> str:
    people = ", and a person lets each job in that somebody else started" if wanted.reviewed else ""
    return f"open to {branch} alone{people}"


def _command(wanted: GuardedEnvironment, branch: str) -> str:
    """Return the two calls that close the gap; a reviewer's id is asked for by login."""
    reviewers = (
        " -F prevent_self_review=true -f 'reviewers[][type]=User'"
        ' -F "reviewers[][id]=$(gh api users/LOGIN --jq .id)"'
        if wanted.reviewed
        else ""
    )
    return (
        f"{CALL}{wanted.name}{reviewers} -F 'deployment_branch_policy[protected_branches]=false' "
        "-F 'deployment_branch_policy[custom_branch_policies]=true' && "
        f"{CALL.replace('PUT', 'POST')}{wanted.name}/deployment-branch-policies -f name={branch}"
    )
