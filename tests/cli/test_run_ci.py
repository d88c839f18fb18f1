import json
import os

import pytest

from modelsmith.cli import main
from tests.support.forges import EXPERT, clone_of, git, push
from tests.support.local_site import local_site
from tests.support.repositories import RUN, a_repository


@pytest.fixture
def repo(tmp_path):
    return a_repository(tmp_path)


def run(repo, *words):
    return main(["--repo", str(repo), "run", *words])


def test_a_plan_names_the_runner_and_the_limit(repo, capsys):
    for _ in range(2):
        assert run(repo, "plan", "tiny") == 0
        said = capsys.readouterr()
        assert json.loads(said.out) == {
            "labels": ["ubuntu-24.04"],
            "minutes": 80,
            "has_store": False,
        }
        assert said.err.startswith("note: no store outlives the job, so the next phase will not")


def test_a_store_that_outlives_the_job_needs_no_note(repo, capsys):
    git(repo, "config", "modelsmith.store", "file:///anywhere")
    assert run(repo, "plan", "tiny") == 0
    assert capsys.readouterr().err == ""


def test_a_plan_hands_its_parts_on_to_other_jobs(repo, tmp_path):
    page = tmp_path / "outputs"
    os.environ["GITHUB_OUTPUT"] = str(page)
    try:
        run(repo, "plan", "tiny")
    finally:
        del os.environ["GITHUB_OUTPUT"]
    assert page.read_text() == 'labels=["ubuntu-24.04"]\nminutes=80\n'


def test_a_cluster_that_is_not_there_is_named(repo, capsys):
    (repo / "runs/tiny/run.yaml").write_text(RUN + "cluster: moon\n")
    assert run(repo, "plan", "tiny") == 3
    assert capsys.readouterr().err == (
        "error: runs/tiny/run.yaml names the cluster moon, runners/clusters.yaml has: local-cpu, "
        "gpu-box\n  Correct one of the two.\n"
    )


@pytest.fixture
def clone(tmp_path):
    with local_site(tmp_path) as site:
        folder = clone_of(site, EXPERT)
        a_repository(folder)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", "Begin the factory")
        git(folder, "push", "--quiet", "origin", "main")
        yield site, folder


def test_a_run_that_has_not_begun_is_left_alone_by_the_clock(clone, capsys):
    assert run(clone[1], "wake", "--workflow", "iterate.yml") == 0
    assert capsys.readouterr().out == (
        "run tiny: has not begun; a push of its settings begins it\n"
    )


def test_only_settings_that_were_pushed_begin_a_run(clone, capsys):
    site, folder = clone
    push(site, EXPERT, "main", {"README.md": "Another.\n"})
    words = ("wake", "--workflow", "iterate.yml", "--changed-since")
    assert run(folder, *words, "HEAD^") == 0
    assert capsys.readouterr().out == ""
    assert run(folder, *words, "nowhere") == 2


def test_plain_git_has_no_ci_to_ask(clone, capsys):
    site, folder = clone
    push(site, EXPERT, "main", {"runs/tiny/run.yaml": RUN + "# again\n"})
    assert run(folder, "wake", "--workflow", "iterate.yml", "--changed-since", "HEAD^") == 5
