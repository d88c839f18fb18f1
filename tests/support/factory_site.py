"""A factory on the local GitHub: our workflows, an exam, and whoever proposes something."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from modelsmith.forge.records import PullRequest
from tests.support.forges import BASE, EXPERT, clone_of, git
from tests.support.github.site import GitHubSite

TOP = Path(__file__).parents[2]
INSTALLED = ("Makefile", "requirements.txt", "pyproject.toml")
"""What `make install` reads."""

STRANGER = "stranger"
"""Somebody who may read, and so fork."""


def begun(
    site: GitHubSite, workflows: tuple[str, ...], fill: Callable[[Path], object]
) -> GitHubSite:
    """Put workflows of ours and whatever `fill` writes on the default branch."""
    folder = clone_of(site, EXPERT)
    fill(folder)
    shutil.copytree(TOP / ".github/actions", folder / ".github/actions")
    (folder / ".github/workflows").mkdir()
    for name in workflows:
        shutil.copy(TOP / ".github/workflows" / name, folder / ".github/workflows" / name)
    for name in INSTALLED:
        shutil.copy(TOP / name, folder / name)
    (folder / ".gitignore").write_text(".venv/\n.modelsmith/\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Begin the factory")
    git(folder, "push", "--quiet", "origin", BASE)
    site.hub.events.clear()
    return site


def from_fork(
    site: GitHubSite, files: Mapping[str, str], *, branch: str = "main", title: str = "A change"
) -> PullRequest:
    """Fork as a stranger, push files to the fork, and open a pull request from there."""
    hub = site.hub
    site.repository.private = False
    site.tokens[STRANGER] = token = hub.token(STRANGER)
    stranger = site.forge(STRANGER)
    stranger.access.call("POST", "forks", {})
    name = f"{STRANGER}/{site.repository.name}"
    host = hub.url.removeprefix("http://")
    folder = site.root / "clones" / "fork"
    git(site.root, "clone", "--quiet", site.remote(EXPERT), str(folder))
    for setting in (("user.name", STRANGER), ("user.email", f"{STRANGER}@example.org")):
        git(folder, "config", *setting)
    git(folder, "checkout", "--quiet", "-B", branch)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Change something")
    git(folder, "push", "--quiet", f"http://x:{token}@{host}/{name}.git", f"{branch}:{branch}")
    made = stranger.access.call(
        "POST", "pulls", {"title": title, "head": f"{STRANGER}:{branch}", "base": BASE, "body": ""}
    )
    return stranger.pull_request(made["number"])
