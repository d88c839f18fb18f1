"""A pull request of scenarios on plain git: an expert's clone, and what they push."""

from pathlib import Path

from modelsmith.forge.records import PullRequest
from tests.support.exam_files import exam_repository
from tests.support.forges import BASE, EXPERT, FACTORY, Site, clone_of, git, push


def site_with_exam(site: Site) -> Site:
    """Put the pumps benchmark on the default branch of a forge, and return it."""
    folder = clone_of(site, EXPERT)
    exam_repository(folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Begin the exam")
    git(folder, "push", "--quiet", "origin", BASE)
    return site


def proposed(site: Site, files: dict[str, str | None], branch: str = "more") -> PullRequest:
    """Push files to a branch as an expert, and open a pull request for it."""
    push(site, EXPERT, branch, files)
    return site.forge(EXPERT).offer(
        branch, base=BASE, title="More scenarios", body="", is_draft=False
    )


def factory_clone(site: Site) -> Path:
    """Return the clone that CI works in, on the newest default branch."""
    folder = clone_of(site, FACTORY)
    git(folder, "reset", "--quiet", "--hard", f"origin/{BASE}")
    return folder
