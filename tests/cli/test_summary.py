"""What the commands that workflows call leave on the page beside their job."""

import pytest

from modelsmith.cli import main
from modelsmith.disk.github_actions_job import summarise
from tests.support.clones import git
from tests.support.forges import EXPERT
from tests.support.issue_forms import issue_body
from tests.support.local_site import local_site
from tests.support.proposals import factory_clone, site_with_exam
from tests.support.repositories import a_repository

CI = ("--workflow", "iterate.yml")


@pytest.fixture
def page(tmp_path, monkeypatch):
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    return file


@pytest.fixture
def repo(tmp_path):
    first = a_repository(tmp_path / "first")
    (first / ".gitignore").write_text(".modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "Review run tiny")
    git(tmp_path, "clone", "-q", "--bare", str(first), "upstream.git")
    git(tmp_path, "clone", "-q", "upstream.git", "runner")
    return tmp_path / "runner"


def test_each_command_that_a_workflow_calls_says_the_same_on_its_jobs_page(repo, page, capsys):
    for words, title in (
        (("run", "wake", *CI), "Runs that were looked at"),
        (("run", "wake", *CI, "--changed-since", "HEAD"), "Runs that were looked at"),
        (("run", "plan", "tiny"), "Where run tiny goes"),
        (("run", "step", "tiny", "--push", "--quiet"), "Run tiny"),
        (("run", "offer", "tiny"), "What run tiny offers"),
        (("run", "dispatch", "tiny", *CI, "--after", "1"), "The next phase of run tiny"),
        (("audit",), "Audit"),
    ):
        page.write_text("before\n")
        assert main(["--repo", str(repo), *words]) == 0
        said = "".join(capsys.readouterr()) or "none\n"
        assert page.read_text() == f"before\n## {title}\n\n```text\n{said}```\n\n"


def test_a_record_is_for_programs_and_the_page_for_people(repo, page, capsys):
    main(["--repo", str(repo), "run", "start", "tiny", "--quiet", "--json"])
    assert capsys.readouterr().out.startswith("{")
    assert page.read_text().startswith("## Run tiny\n\n```text\nrun tiny: eval, round 0 of 3")


def test_an_issue_in_a_form_is_linked_to_its_pull_request(tmp_path, page):
    with local_site(tmp_path) as site:
        site_with_exam(site)
        site.forge(EXPERT).raise_issue(title="Bearings", body=issue_body(), labels=("scenario",))
        folder = factory_clone(site)
        assert main(["--repo", str(folder), "scenario", "from-issue", "1"]) == 0
        assert page.read_text() == (
            "## Issue 1\n\n```text\nissue 1: pull request 2\n```\n\nrefs/modelsmith/pulls/2\n\n"
        )


def test_a_text_that_is_longer_than_a_page_is_cut(page):
    summarise("Long", "\U0001f600\n" * 200_000)
    assert page.stat().st_size < 2**20
    assert page.read_text().endswith("\n... (cut)\n```\n\n")
