"""The loop in CI: a pushed run walks every phase through dispatches to a staged promotion."""

import json

import pytest

from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import begun
from tests.support.forges import EXPERT, files_at, push
from tests.support.github.faults import Fault
from tests.support.github.site import github_site
from tests.support.repositories import RUN, a_repository
from tests.support.runs import an_exam

pytestmark = NEEDS_ACT

EXAM = an_exam({"train": 2, "steer": 2, "sealed": 12})
"""Sealed families enough for the gate."""

HERE = "runs/tiny/run.yaml"
WALK = "modelsmith/tiny/walk"
DISPATCHES = "dispatches$"


def without_runs(folder):
    a_repository(folder, exam=EXAM)
    (folder / HERE).unlink()


def a_small_factory(folder):
    a_repository(folder)
    (folder / HERE).unlink()


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as found:
        yield begun(found, ("iterate.yml",), without_runs)


@pytest.fixture
def ci(site, tmp_path):
    store = {"MODELSMITH_STORE": f"file://{tmp_path}/store"}
    return CI(site, tmp_path, command="tests.support.scripted_modelsmith", machine=store)


def events(site):
    lines = files_at(site, WALK)["runs/tiny/ledger.jsonl"].splitlines()
    return [json.loads(line)["entry"]["event"] for line in lines]


def done(runs):
    """Return the jobs of each run that did not simply pass over."""
    return [
        {job: result for job, result in run.jobs.items() if result != "skipped"} for run in runs
    ]


def asked(site, *, ref="main", after="0"):
    site.forge(EXPERT).dispatch("iterate.yml", ref=ref, inputs={"run": "tiny", "after": after})


PASSED = {"plan": "success", "step": "success", "next": "success"}


def test_a_pushed_run_walks_every_phase_though_the_network_is_lost_in_between(site, ci):
    push(site, EXPERT, "main", {HERE: RUN})
    lost = Fault("primary limit", path=DISPATCHES, skip=3, wait_s=10**6)
    site.hub.faults.plan(lost)  # the push got through, the request for the next phase does not
    assert done(ci.settle()) == [
        {"begin": "success"}, PASSED, PASSED, {**PASSED, "next": "failure"}
    ]  # fmt: skip
    assert events(site) == ["started", "evaluated", "trained"]
    keys = "ANTHROPIC_API_KEY, GEMINI_API_KEY, OPENAI_API_KEY"
    assert f"run tiny: evaluated, with {keys}" in ci.runs[-2].log
    assert ci.settle() == []
    asked(site, after="99")  # as if it had recorded nothing
    assert done(ci.settle()) == [PASSED]
    assert "run tiny has 4 entries and had 99 before: a phase that records" in ci.runs[-1].log
    assert done(ci.clock()) == [{"resume": "success"}, PASSED, PASSED]
    assert events(site) == ["started", "evaluated", "trained", "expanded", "converged", "staged"]
    [pull] = site.forge(EXPERT).pull_requests()
    assert (pull.head, pull.is_draft, pull.labels) == (
        "modelsmith/tiny/promote",
        True,
        ("promotion",),
    )
    assert pull.author.is_bot
    assert "nothing was asked of CI: run tiny is over: staged" in ci.runs[-1].log
    assert done(ci.clock()) == [{"resume": "success"}]
    assert "run tiny: is over: staged" in ci.runs[-1].log


def test_a_run_that_halts_is_offered_as_its_record_and_goes_no_further(site, ci):
    settings = RUN.replace("{iterations: 3}", "{iterations: 3, tokens: 10}")
    push(site, EXPERT, "main", {HERE: settings})
    runs = ci.settle()
    assert done(runs)[-1] == {"plan": "success", "step": "failure", "next": "success"}
    assert events(site)[-1] == "halted"
    [pull] = site.forge(EXPERT).pull_requests()
    assert (pull.head, pull.labels) == (WALK, ("run",))
    asked(site)
    again = ci.settle()
    assert len(again) == 1
    assert "nothing was asked of CI: run tiny is over: halted" in again[0].log
    assert [one.number for one in site.forge(EXPERT).pull_requests()] == [pull.number]


def test_a_phase_goes_to_the_clusters_runner_and_nowhere_else(site, ci):
    push(site, EXPERT, "main", {HERE: RUN + "cluster: gpu-box\n"})
    runs = ci.settle()
    assert done(runs) == [{"begin": "success"}, {"plan": "success", "next": "failure"}]
    assert '"labels": ["self-hosted"]' in runs[-1].log


def test_another_branch_starts_nothing_on_a_cluster(site, ci):
    push(site, EXPERT, "side", {HERE: RUN})
    assert ci.settle() == []
    asked(site, ref="side")
    assert done(ci.settle()) == [{}]


# The same with the embedded model: what it scores is its affair, that every phase is done is ours

SHORT = (
    RUN.replace("{name: tiny, path: tiny}", "{name: smollm2-135m-instruct}")
    .replace("{iterations: 3}", "{iterations: 1}")
    .replace("maxTokens: 64", "maxTokens: 24")
    .replace("batch: 4", "batch: 1")
)


@pytest.mark.model
def test_the_embedded_model_walks_a_pushed_run_to_its_end(tmp_path):
    machine = {
        "MODELSMITH_STORE": f"file://{tmp_path}/store",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    with github_site(tmp_path) as site:
        begun(site, ("iterate.yml",), a_small_factory)
        ci = CI(site, tmp_path, machine=machine, longest_s=1_800)
        push(site, EXPERT, "main", {HERE: SHORT})
        runs = ci.settle()
        assert events(site)[:4] == ["started", "evaluated", "trained", "expanded"]
        assert events(site)[-1] in {"halted", "refused", "staged"}
        assert {job["next"] for job in done(runs)[1:]} == {"success"}
        labels = {pull.labels for pull in site.forge(EXPERT).pull_requests()}
        assert labels & {("run",), ("promotion",)}
