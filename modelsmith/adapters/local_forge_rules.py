"""What the local forge asks before a branch moves: the policy on that branch, and origin's git."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from modelsmith.adapters.git_command import Git
from modelsmith.adapters.git_objects import contents_of
from modelsmith.adapters.yaml_files import parsed
from modelsmith.domain.forge import BranchRules, ForgeSettings
from modelsmith.errors import InputError

POLICY = "promotions/policy.yaml"
"""The file that says what a branch needs; the one on the base branch counts, as it is there."""


class Asked(BaseModel):
    """What `branch:` of the policy asks and the local forge can enforce; the rest is not read."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)

    name: str = "main"
    """The branch."""
    approvals: Annotated[int, Field(ge=0)] = 1
    """Approving reviews, at least."""
    dismiss_stale: bool = True
    """Whether a new commit takes approvals away."""
    last_push: bool = True
    """Whether somebody else than the last committer must approve."""
    checks: tuple[str, ...] = ()
    """Checks that must have passed."""


def rules_of(git: Git, branch: str, tip: str | None) -> BranchRules:
    """Return what `modelsmith pull merge` and origin's git ask before `branch` moves from `tip`.

    Git itself lets whoever may push move a branch, so a pull request is never required, and code
    owners and signatures are not asked for.

    Raises:
        InputError: the policy on the branch cannot be read; without it nothing is merged.
    """
    asked, upstream = _asked(git, branch, tip), _upstream(git)
    return BranchRules(
        requires_pull_request=False,
        approvals=asked.approvals,
        requires_code_owners=False,
        dismisses_stale=asked.dismiss_stale,
        requires_last_push_approval=asked.last_push,
        required_checks=tuple(sorted(asked.checks)),
        blocks_force_push=_is_set(upstream, "receive.denyNonFastForwards"),
        blocks_deletion=_is_set(upstream, "receive.denyDeletes"),
        requires_signatures=False,
    )


def settings_of(git: Git, *, has_origin: bool) -> ForgeSettings:
    """Return what is true of every repository of plain git."""
    return ForgeSettings(
        forge="local",
        default_branch=default_branch(git, has_origin=has_origin),
        is_public=False,
        allowed_actions=None,
        requires_pinned_actions=None,
        default_token=None,
        token_may_approve=None,
        fork_approval=None,
        codeowners_errors=(),
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


def _asked(git: Git, branch: str, tip: str | None) -> Asked:
    nothing = Asked(name=branch, approvals=0, dismiss_stale=False, last_push=False)
    content = contents_of(git, [f"{tip}:{POLICY}"])[0] if tip else None
    if content is None:
        return nothing
    document, problems = parsed(POLICY, content)
    section: Any = document.value.get("branch") if document and _is_map(document.value) else None
    try:
        asked = Asked.model_validate(section)
    except ValidationError:
        raise InputError(
            f"{POLICY} on {branch} does not say what the branch needs",
            remedy="Correct its section `branch`; until then nothing is merged here.",
            problems=problems,
        ) from None
    return asked if asked.name == branch else nothing


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _upstream(git: Git) -> Git | None:
    """Return origin's repository where it lies on this machine."""
    url = git.tried("config", "remote.origin.url").text
    if not url:
        return None
    folder = git.root / Path(url.removeprefix("file://"))
    return Git(folder) if folder.is_dir() else None


def _is_set(upstream: Git | None, name: str) -> bool:
    return upstream is not None and upstream.tried("config", "--bool", name).text == "true"
