"""What workflows may do on GitHub, and whether those that the factory lives by are there.

Deployment environments: who may use the secrets in them.
"""

from collections.abc import Iterator, Mapping, Sequence

from modelsmith.forge.records import Environment, ForgeSettings
from modelsmith.policy import GuardedEnvironment, Policy
from modelsmith.setup.observation import GITHUB_DOCS, Observation, Unread, fine, gap, note, unknown

PERMISSIONS = "gh api -X PUT repos/{owner}/{repo}/actions/permissions"
PINNED = f"{PERMISSIONS} -F enabled=true -f allowed_actions=selected -F sha_pinning_required=true"
SELECTED = f"{PERMISSIONS}/selected-actions -F github_owned_allowed=true -F verified_allowed=false"
READ_ONLY = (
    f"{PERMISSIONS}/workflow -f default_workflow_permissions=read "
    "-F can_approve_pull_request_reviews=false"
)
SETTINGS_RIGHT = "Administration: read, with a token of somebody who administers the repository"
FORK_POLICY = "all_external_contributors"
"""Each run of a stranger's pull request waits for a person (research: gha, section 4)."""

APP_MARKS = ("MODELSMITH_APP_ID", "create-github-app-token")
"""What a workflow names that pushes as a GitHub App."""

OPENING = ("run offer", "scenario from-issue", "pull open")
"""Commands that open a pull request."""

APP_KEY = (
    "gh variable set MODELSMITH_APP_ID --env factory --body ID && "
    "gh secret set MODELSMITH_APP_PRIVATE_KEY --env factory < key.pem"
)

TOKEN_PAGE = f"{GITHUB_DOCS}/actions/concepts/security/github_token"


def automation_of(settings: ForgeSettings) -> Iterator[Observation]:
    """Yield what the settings let workflows do."""
    allowed = settings.allowed_actions
    yield _held(
        "allowed-actions",
        is_met=None if allowed is None else allowed in {"selected", "local_only"},
        found=f"workflows may use {allowed} actions",
        needed="workflows use GitHub's own actions and this repository's",
        why="an action runs with the job's token and secrets",
        remedy=f"{PINNED} && {SELECTED}",
    )
    yield _held(
        "pinned-actions",
        is_met=settings.requires_pinned_actions,
        found="actions may be named by tag",
        needed="actions are named by their full commit",
        why="a tag can be moved to other code",
        remedy=PINNED,
    )
    held = settings.default_token
    yield _held(
        "default-token",
        is_met=None if held is None else held != "write",
        found="a workflow's own token may write by default",
        needed="a workflow's own token reads, and a job asks for more where it needs it",
        why="what a job does not hold, whoever takes it over does not get",
        remedy=READ_ONLY,
    )
    approves = settings.token_may_approve
    yield _held(
        "token-approval",
        is_met=None if approves is None else not approves,
        found="a workflow's own token may approve pull requests",
        needed="a workflow's own token approves nothing",
        why="whoever can push a workflow could approve their own change",
        remedy=READ_ONLY,
    )
    if settings.is_public:
        waits = settings.fork_approval
        yield _held(
            "fork-approval",
            is_met=None if waits is None else waits == FORK_POLICY,
            found=f"fork pull requests wait: {waits}",
            needed="every run of an outside contributor waits for a person",
            why="a pull request of a fork chooses the code that CI runs",
            remedy=f"{PERMISSIONS}/fork-pr-contributor-approval -f approval_policy={FORK_POLICY}",
        )
    yield note(
        "app-key",
        "whether the factory has an App to open its pull requests with is not looked at: secrets "
        "cannot be read",
        APP_KEY,
    )


def _held(  # noqa: PLR0913 - a setting, and what is said of it
    rule: str, *, is_met: bool | None, found: str, needed: str, why: str, remedy: str
) -> Observation:
    """Return how a setting stands that workflows live under; None: the token may not know."""
    if is_met is None:
        unread = Unread(what=f"whether {needed}", right=SETTINGS_RIGHT)
        return unknown(rule, unread, needed, why)
    return fine(rule, needed) if is_met else gap(rule, found, needed, why, remedy)


def exposure_of(settings: ForgeSettings, self_hosted: Sequence[str]) -> Iterator[Observation]:
    """Yield whether strangers can reach the factory's machines.

    Args:
        settings: What the repository's settings say.
        self_hosted: Names of clusters and runners of the factory's own.
    """
    if settings.is_public and self_hosted:
        yield gap(
            "public-runners",
            f"the repository is public and has machines of its own: {', '.join(self_hosted)}",
            "a private repository, or no self-hosted runner",
            "REFUSED: anybody can fork it, open a pull request and run code on those machines, "
            "beside the weights and the network they stand in; approving runs by hand is a click, "
            "not a wall",
            "gh repo edit --visibility private --accept-visibility-change-consequences",
        )
    else:
        seen = "public, without a machine of its own" if settings.is_public else "private"
        yield fine("public-runners", f"the repository is {seen}")


def workflows_of(workflows: Mapping[str, str], wanted: Sequence[str]) -> Iterator[Observation]:
    """Yield whether the factory's workflows are there, and whether their pushes start the next.

    Args:
        workflows: Text of each workflow, by file name.
        wanted: File names of those that the factory lives by.
    """
    missing = [name for name in wanted if name not in workflows]
    if missing:
        yield gap(
            "workflows",
            f"not in .github/workflows/: {', '.join(missing)}",
            ", ".join(wanted),
            "CI is the operator: without them nobody walks a run",
            "modelsmith init . (it overwrites nothing)",
        )
    else:
        yield fine("workflows", f"workflows: {', '.join(wanted)}")
    for name, text in sorted(workflows.items()):
        if any(mark in text for mark in APP_MARKS):
            continue
        if any(command in text for command in OPENING):
            yield gap(
                "token-pull",
                f".github/workflows/{name} opens pull requests as the workflow's own token",
                "a GitHub App, whose id and key the job gets",
                "that token may neither open nor approve them where it may not approve",
                f"hand MODELSMITH_APP_ID and MODELSMITH_APP_PRIVATE_KEY to that step; {APP_KEY}",
            )
        if ("--push" in text or "git push" in text) and "run dispatch" not in text:
            yield gap(
                "token-push",
                f".github/workflows/{name} pushes as the workflow's own token alone",
                "a push of a GitHub App, or an explicit dispatch after it",
                "a push by that token starts no workflow, so the run stops there without a word",
                f"add `modelsmith run dispatch`, or push as an App ({TOKEN_PAGE})",
            )


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
