"""Pull requests and issues of scenarios, as the workflows handle them on a local GitHub."""

import re

import pytest

from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.exam_files import exam_repository, scenario_text
from tests.support.factory_site import TOP, begun, from_fork
from tests.support.forges import EXPERT, FACTORY, push
from tests.support.github.site import github_site
from tests.support.issue_forms import issue_body
from tests.support.proposals import proposed

pytestmark = NEEDS_ACT

OURS = ("scenarios.yml", "workbench.yml", "scenario-from-issue.yml")
NEW = "benchmarks/pumps/train/PUMP_NEW.yaml"
CHECK = "modelsmith/scenarios"


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as found:
        yield begun(found, OURS, exam_repository)


@pytest.fixture
def ci(site, tmp_path):
    return CI(site, tmp_path)


def wrong():
    return scenario_text("PUMP_NEW").replace("outcomeType: tp", "outcomeType: x")


def outcome(runs):
    return [(run.workflow, run.jobs) for run in runs]


def test_a_pull_request_gets_annotations_check_status_and_one_comment(site, ci):
    pull = proposed(site, {NEW: wrong()})
    runs = ci.settle()
    assert outcome(runs) == [
        ("scenarios.yml", {"check": "failure"}),
        ("workbench.yml", {"review": "success"}),
    ]
    assert f"::error file={NEW},line=3,col=14,title=unknown-word" in runs[0].log
    assert "## Workbench" in runs[1].summary
    forge = site.forge(EXPERT)
    assert forge.checks(pull.head_sha)[CHECK].conclusion == "failure"
    assert forge.statuses(pull.head_sha)[CHECK].state == "failure"
    [remark] = site.annotations(pull.head_sha, CHECK)
    assert (remark.path, remark.line, remark.level) == (NEW, 3, "failure")
    push(site, EXPERT, "more", {NEW: scenario_text("PUMP_NEW")})
    assert outcome(ci.settle()) == [
        ("scenarios.yml", {"check": "success"}),
        ("workbench.yml", {"review": "success"}),
    ]
    [comment] = forge.comments(pull.number)
    assert "1 file checked: 0 errors" in comment
    assert "The model sees:" in comment


def test_a_stranger_who_rewrites_the_workflows_gets_no_right_and_no_say(site, ci, tmp_path):
    """Their check runs what they like with a token that reads; the workbench is ours."""
    theirs = (
        (TOP / ".github/workflows/scenarios.yml").read_text("utf-8").replace("depth: 2", "depth: 0")
    )
    theirs = theirs.replace(
        "contents: read", "contents: write\n      checks: write\n      pull-requests: write"
    )
    theirs = theirs.replace(
        "modelsmith scenario check --changed-since HEAD^1 --format github",
        "modelsmith scenario review --pull 1",
    ).replace("--pull 1", "--pull 1\n        env:\n          GITHUB_TOKEN: ${{ github.token }}")
    forged = (TOP / ".github/workflows/workbench.yml").read_text("utf-8")
    forged = forged.replace('modelsmith scenario review --head "$HEAD"', f"touch {tmp_path}/pwned")
    pull = from_fork(
        site,
        {
            ".github/workflows/scenarios.yml": theirs,
            ".github/workflows/workbench.yml": forged,
            NEW: wrong(),
        },
    )
    assert pull.is_from_fork
    check, workbench = ci.settle()
    assert (check.workflow, check.jobs) == ("scenarios.yml", {"check": "failure"})
    assert "not all published" in check.log
    assert f"::error file={NEW},line=3" in check.log
    assert (workbench.workflow, workbench.jobs) == ("workbench.yml", {"review": "success"})
    assert not (tmp_path / "pwned").exists()
    assert site.forge(EXPERT).statuses(pull.head_sha)[CHECK].state == "failure"
    assert len(site.forge(EXPERT).comments(pull.number)) == 1


HOSTILE = "a`touch pwned`$(touch${IFS}pwned)${{github.token}}"


def test_a_title_and_a_branch_that_are_commands_are_text(site, ci, tmp_path):
    pull = from_fork(site, {NEW: wrong()}, branch="x$(touch${IFS}pwned)`id`;a", title=HOSTILE)
    assert [run.jobs for run in ci.settle()] == [{"check": "failure"}, {"review": "success"}]
    assert not list(tmp_path.rglob("pwned"))
    [comment] = site.forge(EXPERT).comments(pull.number)
    assert "touch" not in comment


def raised(site, body, person=EXPERT, title="Scenario: bearings"):
    return site.forge(person).raise_issue(title=title, body=body, labels=["scenario"])


def test_a_form_becomes_a_pull_request_and_no_event_is_answered_for_ever(site, ci):
    raised(site, issue_body(), title=HOSTILE)
    assert outcome(ci.settle()) == [
        ("scenario-from-issue.yml", {"propose": "skipped"}),  # opened, before its label
        ("scenario-from-issue.yml", {"propose": "success"}),
        ("scenarios.yml", {"check": "success"}),
        ("workbench.yml", {"review": "success"}),
    ]
    [pull] = site.forge(EXPERT).pull_requests()
    assert pull.head == "scenario/issue-1"
    assert "Written by `expert` in the form of issue #1." in pull.body
    [told] = site.forge(EXPERT).comments(1)
    assert f"This is pull request #{pull.number} now." in told
    assert ci.settle() == []


def test_what_is_wrong_with_a_form_is_told_once(site, ci):
    raised(site, issue_body(id="../../.github/workflows/X_Y", category="SEALS"))
    assert ci.settle()[-1].jobs == {"propose": "success"}
    assert site.forge(EXPERT).pull_requests() == []
    [told] = site.forge(EXPERT).comments(1)
    assert "expected capitals, digits and at least one underscore" in told
    assert ci.settle() == []


def test_a_programs_issue_starts_nothing(site, ci):
    raised(site, issue_body(), person=FACTORY)
    assert {tuple(run.jobs.items()) for run in ci.settle()} == {(("propose", "skipped"),)}
    assert site.forge(EXPERT).comments(1) == []


# The harness itself: what it must see


def test_a_job_without_a_runner_is_no_success(site, tmp_path):
    ci = CI(site, tmp_path, labels=("gpu",))
    proposed(site, {NEW: scenario_text("PUMP_NEW")})
    assert outcome(ci.settle()) == [
        ("scenarios.yml", {"check": "skipped"}),
        ("workbench.yml", {"review": "skipped"}),
    ]


def test_a_job_has_the_rights_that_it_asks_for_and_no_more(site, ci):
    path = ".github/workflows/workbench.yml"
    text = re.sub(r" +checks: write.*\n", "", (TOP / path).read_text("utf-8"))
    push(site, EXPERT, "main", {path: text})
    pull = proposed(site, {NEW: scenario_text("PUMP_NEW")})
    runs = ci.settle()
    assert runs[-1].jobs == {"review": "success"}
    assert "not all published" in runs[-1].log
    assert site.forge(EXPERT).checks(pull.head_sha) == {}
    assert site.forge(EXPERT).statuses(pull.head_sha)[CHECK].state == "success"
