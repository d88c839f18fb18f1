"""Accounts, repositories, commits and labels as GitHub writes them."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.support.github.repository import Repository
    from tests.support.github.state import GitHub


def number_for(text: str) -> int:
    """Return an id that is always the same for a name."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:7], 16)


def address_of(login: str) -> str:
    """Return the address that keeps an account's own one private."""
    return f"{number_for(login)}+{login}@users.noreply.github.com"


def moment(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def url_of(hub: "GitHub", repository: "Repository", *parts: object) -> str:
    return "/".join(
        [f"{hub.api}/repos/{repository.full_name}", *(quote(str(part)) for part in parts)]
    )


def user_of(hub: "GitHub", login: str) -> dict[str, Any]:
    return {
        "login": login,
        "id": number_for(login),
        "type": "Bot" if login.endswith("[bot]") else "User",
        "url": f"{hub.api}/users/{login}",
        "html_url": f"{hub.url}/{login}",
        "site_admin": False,
        "gravatar_id": "",
    }


def repository_of(hub: "GitHub", repository: "Repository") -> dict[str, Any]:
    return {
        "id": number_for(repository.full_name),
        "node_id": f"R_{number_for(repository.full_name)}",
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": user_of(hub, repository.owner),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "fork": repository.parent is not None,
        "default_branch": "main",
        "url": url_of(hub, repository),
        "html_url": f"{hub.url}/{repository.full_name}",
        "clone_url": f"{hub.url}/{repository.full_name}.git",
        "archived": False,
        "disabled": False,
    }


FIELDS = ("sha", "tree", "parents", "an", "ae", "ad", "cn", "ce", "cd", "message")
FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"


def git_commit_of(hub: "GitHub", repository: "Repository", sha: str) -> dict[str, Any]:
    """Return a commit as the git data API shows it."""
    text = str(repository.fixed("show", "--no-patch", f"--format={FORMAT}", sha))
    told = dict(zip(FIELDS, text.split("\0"), strict=True))
    return {
        "sha": sha,
        "url": url_of(hub, repository, "git/commits", sha),
        "html_url": f"{hub.url}/{repository.full_name}/commit/{sha}",
        "author": {"name": told["an"], "email": told["ae"], "date": told["ad"]},
        "committer": {"name": told["cn"], "email": told["ce"], "date": told["cd"]},
        "message": told["message"],
        "tree": {"sha": told["tree"], "url": url_of(hub, repository, "git/trees", told["tree"])},
        "parents": [
            {"sha": one, "url": url_of(hub, repository, "commits", one)}
            for one in told["parents"].split()
        ],
    }


def commit_of(hub: "GitHub", repository: "Repository", sha: str) -> dict[str, Any]:
    """Return a commit with the accounts that its addresses belong to."""
    bare = git_commit_of(hub, repository, sha)
    kept = ("author", "committer", "message", "tree", "url")
    return {
        "sha": sha,
        "url": url_of(hub, repository, "commits", sha),
        "commit": {key: bare[key] for key in kept},
        "author": _account(hub, bare["author"]["email"]),
        "committer": _account(hub, bare["committer"]["email"]),
        "parents": bare["parents"],
    }


def _account(hub: "GitHub", email: str) -> dict[str, Any] | None:
    """Return whose address it is; GitHub knows the addresses it hands out itself."""
    if email == "noreply@github.com":
        return user_of(hub, "web-flow")
    name = email.removesuffix("@users.noreply.github.com")
    return user_of(hub, name.split("+", 1)[-1]) if name != email else None


def label_of(hub: "GitHub", repository: "Repository", name: str) -> dict[str, Any]:
    return {
        "id": number_for(name),
        "name": name,
        "color": "ededed",
        "description": "",
        "default": False,
        "url": url_of(hub, repository, "labels", name),
    }
