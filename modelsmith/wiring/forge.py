"""Which forge a repository's pull requests live on, and the scenarios that come in through it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from modelsmith.errors import ForgeDeniedError, InputError, UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.forge.github.connection import API_URL, AppKey, GitHubRepository
from modelsmith.forge.port import Forge
from modelsmith.git.cli.command import Git
from modelsmith.workbench.issue_form import IssueOutcome

if TYPE_CHECKING:
    from modelsmith.workbench.review import ReviewedPullRequest

ForgeName = Literal["local", "github"]
VARIABLE, SETTING = "MODELSMITH_FORGE", "modelsmith.forge"
GITHUB_HOST = "github.com"
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""Where a token is looked for, in the order of GitHub's own command (`gh help environment`)."""
APP_ID, APP_KEY = "MODELSMITH_APP_ID", "MODELSMITH_APP_PRIVATE_KEY"
ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^@/]+@)?(?P<scp>[^/:]+):)"
    r"(?P<repository>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)
"""Addresses that git knows: a URL, or `user@host:owner/name`."""


def chosen_name(repository: Path, environment: Mapping[str, str]) -> ForgeName:
    """Return the forge of a repository.

    MODELSMITH_FORGE says it; else a GitHub workflow is on GitHub; else git's `modelsmith.forge`
    says it; else it is plain git.

    Raises:
        UsageError: a forge is named that is not there.
    """
    named, where = environment.get(VARIABLE, ""), VARIABLE
    if not named and environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    if not named:
        named, where = Git(repository).tried("config", SETTING).text or "local", SETTING
    if named == "local":
        return "local"
    if named == "github":
        return "github"
    raise UsageError(
        f"{where} is {named!r}, which is no forge", remedy="Set it to `local` or `github`."
    )


def github_place(repository: Path, environment: Mapping[str, str]) -> GitHubRepository:
    """Return where a repository is on GitHub: as the workflow says, else as origin says.

    A host other than github.com must be named by GITHUB_API_URL, since a token goes there.

    Raises:
        InputError: nothing says it, or it cannot be one.
    """
    url = Git(repository).tried("config", "remote.origin.url").text
    found = ADDRESS.fullmatch(url)
    name = environment.get("GITHUB_REPOSITORY") or (found["repository"] if found else "")
    host = (found["host"] or found["scp"]).lower() if found else GITHUB_HOST
    api_url = environment.get("GITHUB_API_URL", "").rstrip("/")
    if not name:
        shown = re.sub(r"//[^@/]*@", "//", url)  # a URL may hold a token
        raise InputError(
            f"no repository on GitHub is known here: origin is {shown or 'not set'}",
            remedy="Set origin to one (`git remote add origin https://github.com/OWNER/NAME`), or "
            f"choose plain git: `git config {SETTING} local`.",
        )
    if not api_url and host != GITHUB_HOST:
        raise InputError(
            f"origin is on {host}, and no token goes there unasked",
            remedy=f"If that is a GitHub Enterprise server: GITHUB_API_URL=https://{host}/api/v3.",
        )
    try:
        return GitHubRepository(repository=name, api_url=api_url or API_URL)
    except ValueError:
        raise InputError(
            f"{name} at {api_url or API_URL} cannot be a repository on GitHub",
            remedy="GITHUB_REPOSITORY is owner/name, and GITHUB_API_URL begins with https://.",
        ) from None


def credential_of(environment: Mapping[str, str]) -> str | AppKey:
    """Return an App's key where one is given, else a token.

    Raises:
        ForgeDeniedError: neither is given.
    """
    app_id, private_key = environment.get(APP_ID, ""), environment.get(APP_KEY, "")
    if app_id and private_key:
        return AppKey(app_id=app_id, private_key=private_key)
    token = next((found for name in TOKENS if (found := environment.get(name, "").strip())), None)
    if token is None:
        half = f"; {APP_ID} is set without {APP_KEY}" if app_id else ""
        raise ForgeDeniedError(
            f"nobody is named who acts on GitHub: no token is set{half}",
            remedy=f"Give a token in {' or '.join(TOKENS)}, or an App in {APP_ID} and {APP_KEY}. "
            "It needs contents, pull requests and issues to write, statuses and checks too.",
        )
    return token


def forge(repository: Path, environment: Mapping[str, str] = os.environ) -> Forge:
    """Return where the repository's pull requests live, ready to act.

    Raises:
        UsageError: a forge is named that is not there.
        InputError: no repository on GitHub is known.
        ForgeDeniedError: GitHub is chosen, and no token or App is given.
    """
    if chosen_name(repository, environment) == "local":
        from modelsmith.forge.local.forge import LocalForge

        return LocalForge(repository)
    from modelsmith.forge.github.client import Access
    from modelsmith.forge.github.forge import GitHubForge

    place = github_place(repository, environment)
    return GitHubForge(Access(place, credential_of(environment)))


def commit_message(repository: Path, commit: str | None) -> str:
    """Return the message of a commit; nothing where this clone has none such."""
    from modelsmith.run.git.repository import GitRepository

    return GitRepository(repository).message(commit) if commit else ""


def review_scenarios(
    repository: Path, number: int | None, head: str | None
) -> "list[ReviewedPullRequest]":
    """Review the scenarios of the open pull requests that are meant, and return what was said.

    Raises:
        UsageError: nothing says which.
        InputError: the one of that number stands at another commit, or is over.
    """
    from modelsmith.forge.records import PullRequest
    from modelsmith.wiring.judges import unclear_in
    from modelsmith.workbench.exhibit import Workbench
    from modelsmith.workbench.files.checkout import ExamSnapshots
    from modelsmith.workbench.review import publish_review, pulls_at

    where, snapshots = forge(repository), ExamSnapshots(repository)

    def workbench_of(pull: PullRequest) -> Workbench:
        base = where.branch_sha(pull.base) or pull.base
        return snapshots.workbench(pull, base, unclear_in)

    return [publish_review(where, pull, workbench_of) for pull in pulls_at(where, number, head)]


def handle_scenario_issue(repository: Path, number: int) -> IssueOutcome:
    """Make a pull request of a filled-in scenario form, or say on its issue what is wrong.

    Raises:
        InputError: there is no such issue.
        BlockedError: the default branch is not on the forge yet.
    """
    from modelsmith.workbench.files.checkout import ExamSnapshots
    from modelsmith.workbench.issue_to_pull_request import handle_issue

    benchmarks = {
        domain: ExamFolder(repository, domain).benchmark() for domain in domains_in(repository)
    }
    check = ExamSnapshots(repository).check
    return handle_issue(forge(repository), number, benchmarks, check)
