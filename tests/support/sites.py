"""A repository with an exam, runs that ended in different ways and a promotion, and its pages."""

import shutil
from functools import cache
from pathlib import Path

from modelsmith.exam.benchmark import Exam
from modelsmith.run.git.history import GitHistory
from modelsmith.site.collect import site_of
from modelsmith.site.model import Site
from modelsmith.site.pages import site_pages
from modelsmith.workbench.files.checkout import ExamSnapshots
from tests.support.forges import git
from tests.support.made_once import lasting_folder
from tests.support.repositories import a_repository
from tests.support.runs import a_workshop, an_exam

EXAM = an_exam()
PERSON = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")


def commit(root: Path, message: str = "Go on") -> None:
    git(root, "add", "--all")
    git(root, *PERSON, "commit", "--quiet", "--allow-empty", "-m", message)


def a_factory(root: Path, exam: Exam | None = None) -> Path:
    """Return a repository with a staged, a halted and an unstarted run; nothing is merged."""
    if exam is None:
        return Path(shutil.copytree(_usual_factory(), root))
    a_repository(root, exam=exam)
    commit(root)
    a_workshop(root, run="tiny", exam=exam).go()
    a_workshop(root, run="stuck", exam=exam, budgets={"iterations": 3, "tokens": 10}).go()
    a_workshop(root, run="new", exam=exam)
    commit(root)
    return root


@cache
def _usual_factory() -> Path:
    return a_factory(lasting_folder() / "factory", EXAM)


def merged(root: Path) -> None:
    """Merge what the staged run offers."""
    git(root, *PERSON, "merge", "--quiet", "--no-edit", "modelsmith/tiny/promote")


def a_site(root: Path, revision: str = "HEAD") -> Site:
    """Return what the pages of a repository are made of."""
    with GitHistory(root) as history:
        return site_of(history, ExamSnapshots(root).exams, revision)


def pages_of(root: Path, revision: str = "HEAD") -> dict[str, str]:
    """Return the pages of a repository."""
    return site_pages(a_site(root, revision))
