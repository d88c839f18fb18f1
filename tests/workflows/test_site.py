"""The pages in CI: published where somebody said so, and from the default branch alone."""

import pytest

from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import TOP, begun
from tests.support.forges import EXPERT, push
from tests.support.github.site import github_site
from tests.support.repositories import a_repository

pytestmark = NEEDS_ACT

BUILT = {"build": "success", "publish": "success"}
NOTHING = {"build": "skipped", "publish": "skipped"}
CHANGE = {"runs/tiny/notes.md": "A note.\n"}


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as found:
        yield begun(found, ("site.yml",), a_repository)


def ci_of(site, folder, **variables):
    machine = {"TESTED_PAGES": f"{folder}/pages"}
    return CI(site, folder, machine=machine, variables=variables)


def test_where_nobody_said_so_nothing_is_published(site, tmp_path):
    ci = ci_of(site, tmp_path)
    push(site, EXPERT, "main", CHANGE)
    assert [run.jobs for run in ci.settle()] == [NOTHING]
    assert [run.jobs for run in ci.clock()] == [NOTHING]
    assert not (tmp_path / "pages").exists()


def test_a_push_to_the_default_branch_publishes_pages_and_nothing_hidden(site, tmp_path):
    ci = ci_of(site, tmp_path, MODELSMITH_SITE="public")
    push(site, EXPERT, "main", CHANGE)
    [run] = ci.settle()
    assert run.jobs == BUILT, run.log
    found = {p.relative_to(tmp_path / "pages").as_posix() for p in tmp_path.glob("pages/**/*.*")}
    assert {"index.html", "style.css", "runs/tiny.html"} <= found
    assert not any(name.startswith(".") for name in found)
    push(site, EXPERT, "main", {"README.md": "Another.\n"})
    assert ci.settle() == []  # nothing that a page shows


def test_another_branch_publishes_nothing(site, tmp_path):
    ci = ci_of(site, tmp_path, MODELSMITH_SITE="public")
    push(site, EXPERT, "side", CHANGE)
    assert ci.settle() == []
    site.forge(EXPERT).dispatch("site.yml", ref="side", inputs={})
    assert [run.jobs for run in ci.settle()] == [NOTHING]
    assert not (tmp_path / "pages").exists()


def test_a_record_that_cannot_be_read_keeps_the_site_as_it_was(site, tmp_path):
    ci = ci_of(site, tmp_path, MODELSMITH_SITE="public")
    push(site, EXPERT, "main", {"runs/tiny/ledger.jsonl": "{}\n"})
    [run] = ci.settle()
    assert run.jobs == {"build": "failure", "publish": "skipped"}
    assert "LEFT OUT: run tiny: " in run.log


def test_who_turns_it_on_is_told_that_anybody_can_read_it():
    words = " ".join((TOP / ".github/SECURITY.md").read_text("utf-8").split())
    assert "**the pages of a private repository can be read by anybody**" in words
    assert "`MODELSMITH_SITE` to `public`" in words
