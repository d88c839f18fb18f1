"""Which forge a repository's pull requests live on."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from modelsmith.adapters.git_command import Git
from modelsmith.errors import InputError, UsageError
from modelsmith.ports.forge import Forge

ForgeName = Literal["local", "github"]

VARIABLE, SETTING = "MODELSMITH_FORGE", "modelsmith.forge"

GITHUB_HOST, GITHUB_API = "github.com", "https://api.github.com"

ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^@/]+@)?(?P<scp>[^/:]+):)"
    r"(?P<repository>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)
"""Addresses that git knows: a URL, or `user@host:owner/name`."""


class Place(NamedTuple):
    """Where a repository is on GitHub."""

    repository: str
    """`owner/name`."""
    api_url: str
    """Base of its REST API."""


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


def github_place(repository: Path, environment: Mapping[str, str]) -> Place:
    """Return where a repository is on GitHub: as the workflow says, else as origin says.

    Raises:
        InputError: neither says it.
    """
    url = Git(repository).tried("config", "remote.origin.url").text
    found = ADDRESS.fullmatch(url)
    host = (found["host"] or found["scp"] or GITHUB_HOST).lower() if found else GITHUB_HOST
    name = environment.get("GITHUB_REPOSITORY") or (found["repository"] if found else "")
    if not name:
        shown = re.sub(r"//[^@/]*@", "//", url)  # a URL may hold a token
        raise InputError(
            f"no repository on GitHub is known here: origin is {shown or 'not set'}",
            remedy="Set origin to one (`git remote add origin https://github.com/OWNER/NAME`), or "
            f"choose plain git: `git config {SETTING} local`.",
        )
    own = GITHUB_API if host == GITHUB_HOST else f"https://{host}/api/v3"
    return Place(name, environment.get("GITHUB_API_URL") or own)


def forge_of(repository: Path, environment: Mapping[str, str]) -> Forge:
    """Return the forge of a repository, ready to act.

    Raises:
        UsageError: a forge is named that is not there.
        InputError: no repository on GitHub is known.
        ForgeDeniedError: GitHub is chosen, and no token or App is given.
    """
    if chosen_name(repository, environment) == "local":
        from modelsmith.adapters.local_forge import LocalForge

        return LocalForge(repository)
    raise NotImplementedError
