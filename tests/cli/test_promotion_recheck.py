"""`modelsmith promotion status`: what judges decided waits until people recheck it, blind."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.loop.phases.recheck import rechecking
from modelsmith.wiring.runs import Runs
from tests.loop.phases.test_recheck import filled
from tests.support.forges import APPROVER, BASE, EXPERT, clone_of, git, push
from tests.support.frontier_runs import JUDGES, a_frontier_run
from tests.support.local_site import LocalSite
from tests.support.staged import HEAD, RUN, staged_clone, submitted

pytestmark = pytest.mark.slow


def judged(root):
    return a_frontier_run(root, judges=JUDGES, run=RUN)[0]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    return staged_clone(tmp_path_factory.mktemp("staged"), judged)


@pytest.fixture
def site(tmp_path, staged):
    site = LocalSite(tmp_path)
    submitted(site, staged)
    return site


@pytest.fixture
def asked(staged):
    return rechecking(Runs(staged, quiet=True).folder(RUN))


@pytest.fixture
def sheet(site, asked):
    """Return the blank sheet, as the command that the page names writes it."""
    clone = clone_of(site, APPROVER)
    git(clone, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    assert main(["--repo", str(clone), "judge", "audit", RUN]) == 0
    text = (clone / asked.path).read_text(encoding="utf-8")
    (clone / asked.path).unlink()
    return text


@pytest.fixture
def labelled(site, asked, sheet):
    """Return a function that pushes the sheet, with some outcomes that people decide otherwise."""
    return lambda wrong: push(
        site, "labeller", HEAD, {asked.path: filled(sheet, asked, wrong=wrong)}
    )


@pytest.fixture
def said(site, capsys, monkeypatch):
    """Return a function that gives what is said of the recheck, and the page's text."""
    monkeypatch.setenv("MODELSMITH_FORGE", "local")

    def said():
        words = ["--repo", str(clone_of(site, EXPERT)), "promotion", "status", "--pull", "1"]
        capsys.readouterr()
        assert main([*words, "--json"]) == 1
        [told] = json.loads(capsys.readouterr().out)
        others = {f["rule"]: f["what"] for f in told["findings"] if f["state"] == "fails"}
        [found] = [f for f in told["findings"] if f["rule"] == "recheck"]
        others.pop("recheck", None)
        assert not others
        main(words)
        return found, capsys.readouterr().out

    return said


def test_it_waits_for_the_sheet_with_the_command_that_writes_it(said):
    found, page = said()
    assert found["state"] == "waits"
    assert "## Promotion: waits for: recheck, domain-owner, legal\n" in page
    assert f"commit the sheet to this branch: modelsmith judge audit {RUN}`\n" in page


def test_a_sheet_is_read_from_the_head_and_holds_only_once_it_is_filled_in(
    site, asked, sheet, said
):
    push(site, "labeller", HEAD, {asked.path: sheet})
    found, page = said()
    assert (found["state"], f"modelsmith judge audit {RUN} --read" in page) == ("waits", True)
    assert found["what"].startswith(f"{asked.path} cannot be used: {asked.path}:")


@pytest.mark.parametrize(("wrong", "state"), [(0, "holds"), (8, "fails")])
def test_people_who_labelled_decide_whether_it_stands(labelled, asked, said, wrong, state):
    labelled(wrong)
    found, _ = said()
    assert found["state"] == state
    count = len(asked.answers)
    assert found["what"].startswith(f"people agree with {count - wrong} of {count} outcomes")


def test_a_sheet_of_other_answers_does_not_count(site, asked, sheet, said):
    text = filled(sheet, asked).replace(f"run: {RUN}", "run: other")
    push(site, "labeller", HEAD, {asked.path: text})
    found, _ = said()
    assert found["state"] == "waits"
    assert f"does not hold the answers that were drawn for {RUN}" in found["what"]


def test_a_sheet_on_the_base_branch_is_not_believed(site, asked, sheet, said):
    push(site, "labeller", BASE, {asked.path: filled(sheet, asked)})
    assert said()[0]["state"] == "waits"
