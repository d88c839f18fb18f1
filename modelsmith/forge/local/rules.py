"""What the local forge asks before a branch moves: the policy on that branch, and origin's git."""

from pathlib import Path

from modelsmith.documents.validation import document_with
from modelsmith.errors import InputError
from modelsmith.forge.records import BranchRules
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of
from modelsmith.policy import POLICY, Policy


def policy_at(git: Git, branch: str, tip: str | None) -> Policy | None:
    """Return the policy that is in force on `branch`, as it is at `tip`; none where it has none.

    Raises:
        InputError: it cannot be read, with every problem located; until then nothing is merged.
    """
    content = contents_of(git, [f"{tip}:{POLICY}"])[0] if tip else None
    if content is None:
        return None
    _, policy, problems = document_with(POLICY, content, Policy)
    if policy is None:
        raise InputError(
            f"{POLICY} on {branch} cannot be used:",
            remedy=f"Correct it on {branch}; until then nothing is merged into it here.",
            problems=problems,
        )
    return policy


def rules_of(git: Git, branch: str, policy: Policy | None) -> BranchRules:
    """Return what `modelsmith pull merge` and origin's git ask before `branch` moves.

    Git itself lets whoever may push move a branch, so a pull request is never required, and code
    owners and signatures are not asked for.
    """
    asked = policy.branch if policy and policy.branch.name == branch else None
    upstream = _upstream(git)
    return BranchRules(
        requires_pull_request=False,
        approvals=asked.approvals if asked else 0,
        requires_code_owners=False,
        dismisses_stale=asked is not None and asked.dismiss_stale,
        requires_last_push_approval=asked is not None and asked.last_push,
        required_checks=tuple(sorted(asked.checks)) if asked else (),
        blocks_force_push=_is_set(upstream, "receive.denyNonFastForwards"),
        blocks_deletion=_is_set(upstream, "receive.denyDeletes"),
        requires_signatures=False,
        keeps_commits=True,
    )


def default_branch(git: Git, *, has_origin: bool) -> str:
    """Return the branch that origin's HEAD names; without origin main, master, or what is out."""
    if has_origin:
        answer = git.tried("ls-remote", "--symref", "origin", "HEAD").text
        named = answer.partition("\t")[0].removeprefix("ref: refs/heads/")
        if answer.startswith("ref: refs/heads/"):
            return named
    own = git.tried("for-each-ref", "--format=%(refname:short)", "refs/heads/").text.split()
    usual = [name for name in ("main", "master") if name in own]
    return usual[0] if usual else git.tried("symbolic-ref", "--short", "HEAD").text or "main"


def _upstream(git: Git) -> Git | None:
    """Return origin's repository where it lies on this machine."""
    url = git.tried("config", "remote.origin.url").text
    if not url:
        return None
    folder = git.root / Path(url.removeprefix("file://"))
    return Git(folder) if folder.is_dir() else None


def _is_set(upstream: Git | None, name: str) -> bool:
    return upstream is not None and upstream.tried("config", "--bool", name).text == "true"
