"""`modelsmith run ... --push`, `offer` and `dispatch` as a workflow calls them, each twice."""

import json
import subprocess

import pytest

from modelsmith.cli import main
from modelsmith.wiring.runs import Runs
from tests.support.clones import git
from tests.support.killed_run import EXAM, SKILL
from tests.support.repositories import a_repository
from tests.support.runs import a_workshop, an_exam

WALK = "modelsmith/tiny/walk"


@pytest.fixture
def upstream(tmp_path):
    """Return a bare repository whose default branch holds everything but a run's record."""
    first = a_repository(tmp_path / "first", exam=EXAM)
    (first / ".gitignore").write_text(".modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "Review run tiny")
    git(tmp_path, "clone", "-q", "--bare", str(first), "upstream.git")
    return tmp_path / "upstream.git"


@pytest.fixture
def repo(upstream, tmp_path):
    git(tmp_path, "clone", "-q", str(upstream), "runner")
    return tmp_path / "runner"


def run(repo, *words):
    return main(["--repo", str(repo), "run", *words])


@pytest.mark.parametrize("command", ["start", "step"])
def test_the_first_shared_command_starts_the_run_and_pushes_its_intake(
    repo, upstream, capsys, command
):
    assert run(repo, command, "tiny", "--push", "--quiet") == 0
    assert "run tiny: eval, round 0 of 3" in capsys.readouterr().out
    said = git(upstream, "log", "--format=%s", f"main..{WALK}")
    assert said == "Record intake of run tiny: started"
    assert run(repo, "start", "tiny", "--push", "--quiet") == 0
    assert git(upstream, "log", "--format=%s", f"main..{WALK}") == said


def test_another_clone_takes_the_run_up(repo, upstream, tmp_path, capsys):
    run(repo, "start", "tiny", "--push", "--quiet")
    git(tmp_path, "clone", "-q", str(upstream), "other")
    before = git(upstream, "for-each-ref")
    assert run(tmp_path / "other", "start", "tiny", "--push", "--quiet") == 0
    assert git(tmp_path / "other", "rev-parse", "--abbrev-ref", "HEAD") == WALK
    assert git(upstream, "for-each-ref") == before


def test_a_machine_whose_weights_nobody_else_would_have_says_so(repo, capsys):
    run(repo, "start", "tiny", "--push", "--quiet")
    capsys.readouterr()
    Runs(repo).shared("tiny").stepper()
    assert "no remote store is configured" in capsys.readouterr().err
    git(repo, "config", "modelsmith.store", f"file://{repo.parent}/store")
    Runs(repo).shared("tiny").stepper()
    assert "no remote store is configured" not in capsys.readouterr().err


def test_a_run_that_the_default_branch_does_not_hold_is_a_usage_error(repo, capsys):
    assert run(repo, "step", "nowhere", "--push") == 2
    assert "runs/nowhere/run.yaml is not there" in capsys.readouterr().err


def test_a_name_that_no_branch_could_carry_is_a_usage_error(repo, capsys):
    assert run(repo, "step", "../x", "--push") == 2
    assert "is no run's name" in capsys.readouterr().err


def test_an_upstream_that_does_not_answer_blocks_and_tells_how_it_goes_on(repo, upstream, capsys):
    upstream.rename(upstream.with_name("away.git"))
    assert run(repo, "go", "tiny", "--push", "--quiet") == 5
    said = capsys.readouterr().err
    assert "error: git ls-remote did not reach origin: " in said
    assert "the next step pushes first" in said


def test_a_ledger_that_was_rewritten_upstream_is_broken_integrity(repo, upstream, capsys):
    run(repo, "start", "tiny", "--push", "--quiet")
    git(upstream, "update-ref", f"refs/heads/{WALK}", "main")
    assert run(repo, "step", "tiny", "--push", "--quiet") == 4
    assert "error: run tiny: upstream lost entry 0 (started, " in capsys.readouterr().err


# Pull requests and CI


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    exam = an_exam({"train": 2, "steer": 2, "sealed": 12})
    root = a_repository(tmp_path_factory.mktemp("staged") / "repo", exam=exam)
    a_workshop(root, exam=exam, skill=SKILL).go()
    subprocess.run(["git", "config", "user.email", "op@example.org"], cwd=root, check=True)
    return root


def test_a_run_offers_its_pull_requests_and_offering_again_changes_nothing(staged, capsys):
    for words in ("is open", "is up to date"):
        assert run(staged, "offer", "tiny") == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines] == ["proposal", "promotion"]
        assert all(line.endswith(words) for line in lines)
    assert run(staged, "offer", "tiny", "--json") == 0
    pull = json.loads(capsys.readouterr().out)[1]["pull_request"]
    assert pull["is_draft"]
    assert pull["labels"] == ["promotion"]
    assert "the gate says promote" in pull["body"]
    assert "## Sealed, attempt 1" in pull["body"]
    assert "modelsmith run replay tiny" in pull["body"]


def test_the_jobs_page_shows_the_run_and_links_what_it_offers(staged, tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    assert run(staged, "go", "tiny", "--quiet") == 0
    assert page.read_text().startswith("## Run tiny\n\n```text\nrun tiny: staged, ")
    assert run(staged, "offer", "tiny") == 0
    assert page.read_text().endswith("\n\nrefs/modelsmith/pulls/1\n\nrefs/modelsmith/pulls/2\n\n")


def test_a_run_that_has_not_come_so_far_offers_nothing(repo, capsys):
    run(repo, "start", "tiny", "--quiet")
    capsys.readouterr()
    assert run(repo, "offer", "tiny") == 0
    assert capsys.readouterr().out == "run tiny offers nothing yet\n"


def test_ci_is_not_asked_for_a_run_that_is_over_and_the_command_ends_well(staged, capsys):
    for _ in range(2):
        assert run(staged, "dispatch", "tiny", "--workflow", "iterate.yml", "--after", "0") == 0
        assert capsys.readouterr().out == "nothing was asked of CI: run tiny is over: staged\n"


def test_ci_is_not_asked_again_by_a_phase_that_recorded_nothing(repo, capsys):
    run(repo, "start", "tiny", "--quiet")
    capsys.readouterr()
    words = ("dispatch", "tiny", "--workflow", "iterate.yml", "--after", "1", "--json")
    assert run(repo, *words) == 0
    found = json.loads(capsys.readouterr().out)
    assert not found["is_dispatched"]
    assert "would ask for itself for ever" in found["words"]


def test_plain_git_has_no_ci_to_ask(repo, capsys):
    run(repo, "start", "tiny", "--quiet")
    assert run(repo, "dispatch", "tiny", "--workflow", "iterate.yml", "--after", "0") == 5
    assert "the local forge has no CI that could run iterate.yml" in capsys.readouterr().err
