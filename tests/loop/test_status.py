import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from modelsmith.boundary.call import Held
from modelsmith.errors import BoundaryError
from modelsmith.loop.status import SOME_STAND_INS, STAND_IN_WORDS, RunStatus, shown, status_of
from modelsmith.run.entry_facts import RULES
from modelsmith.run.ledger import line_of
from tests.support.frontier_runs import a_frontier_run
from tests.support.git_commands import git
from tests.support.killed_run import EXAM, SKILL
from tests.support.runs import a_workshop, an_exam, learning
from tests.support.walls import OpenWall

PHASES = ["eval", "train", "expand", "assess", "promote", "refused"]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Return a finished run, of which a test takes the first entries."""
    workshop = a_workshop(tmp_path_factory.mktemp("walked"), exam=EXAM, skill=SKILL)
    workshop.go()
    return workshop


def status_at(workshop, count, live=None):
    return status_of("tiny", workshop.config, workshop.entries()[:count], live)


@pytest.mark.parametrize(("count", "phase"), list(enumerate(["intake", *PHASES])))
def test_every_phase_has_its_status_as_text_and_as_a_record(walked, count, phase):
    found = status_at(walked, count)
    assert (found.phase, found.iteration) == (phase, min(1, count // 2))
    text = shown(found)
    assert text.startswith(f"run tiny: {phase}, round {found.iteration} of 3, ")
    assert RunStatus.model_validate_json(found.canonical()) == found


def test_before_the_start_there_is_one_thing_to_do(walked):
    assert shown(status_at(walked, 0)) == (
        "run tiny: intake, round 0 of 3, 0 s of work, 0 tokens\n  next: modelsmith run start tiny"
    )


def test_a_run_that_goes_on_says_how(walked):
    for count in range(1, 6):
        found = status_at(walked, count)
        assert found.next == "modelsmith run go tiny"
        assert found.stopped is None


def test_after_eval_scores_stand_ins_the_floor_and_the_strongest_failure_are_shown(walked):
    found = status_at(walked, 2)
    lines = shown(found).splitlines()
    assert lines[1] == "  train   0/2 passed, core 0.00, robust -, composite -, score 0.00"
    assert lines[2] == "  steer   0/2 passed, core 0.00, robust 0.00, composite 0.00, score 0.00"
    for name in ("stand-in:zero-shot", "stand-in:few-shot", "stand-in:self-consistency"):
        assert any(line.startswith(f"    {name} ") for line in lines)
    (floor,) = [line for line in lines if line.startswith("    best constant policy ")]
    assert found.floor_name.startswith("constant:")
    assert floor.endswith(f" ({found.floor_name.removeprefix('constant:')})")
    assert found.weakest is not None
    assert f"  weakest {found.weakest}" in lines
    assert found.weakest.startswith("BID_SHADING: 2 answers fail first at contains (Says that ")


def test_stand_ins_are_called_what_they_are(walked):
    text = shown(status_at(walked, 6))
    assert f"  note: {STAND_IN_WORDS}" in text
    assert "no frontier model" in text
    assert STAND_IN_WORDS not in shown(status_at(walked, 1))


def test_the_last_training_is_told_in_words(walked):
    assert status_at(walked, 2).training is None
    assert status_at(walked, 3).training == (
        "rubric-composition: 4 rows, 1 steps, loss 2.00 to 2.00"
    )


def test_a_training_under_way_is_told_step_by_step(walked):
    found = status_at(walked, 2, live="step 31 of 75, loss 0.35")
    assert "  training step 31 of 75, loss 0.35" in shown(found).splitlines()
    assert json.loads(found.canonical())["training"] == "step 31 of 75, loss 0.35"


def test_assess_tells_its_decision_and_the_latest_steer_score(walked):
    found = status_at(walked, 5)
    assert found.steer.passes == found.steer.scenarios == 2
    assert found.decisions == (
        "round 1: converged: saturated (saturated: steer mean 1.000 >= 0.95)",
    )
    assert f"  {found.decisions[0]}" in shown(found).splitlines()


def test_a_refused_run_says_what_the_gate_found(walked):
    found = status_at(walked, 6)
    assert found.stopped.startswith(
        "the gate says insufficient_evidence; findings that do not hold: "
    )
    assert "families" in found.stopped
    assert found.gate["decision"] == "insufficient_evidence"
    assert found.next == "modelsmith run replay tiny"
    assert f"  stopped: {found.stopped}" in shown(found).splitlines()


def test_what_candidate_and_baselines_did_on_sealed_is_shown(walked):
    found = status_at(walked, 6)
    lines = shown(found).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  sealed  2/2 passed, core"))
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == sorted(found.stand_ins)
    assert found.sealed.passes == found.sealed.scenarios == 2
    assert (status_at(walked, 5).sealed, status_at(walked, 5).baselines) == (None, {})


def test_costs_and_latencies_of_candidate_and_baselines_are_shown(walked):
    found = status_at(walked, 6)
    ours, *theirs = [one.system for one in found.economy]
    assert (ours, sorted(theirs)) == ("candidate", sorted(found.stand_ins))
    lines = shown(found).splitlines()
    assert (
        f"    {'candidate':<30} 0 (cluster price not set) a decision, p50 0.25 s, p95 0.25 s of "
        "2 answers" in lines
    )
    assert (
        f"    {'stand-in:few-shot':<30} 0 (cluster price not set) a decision, latency not measured"
        in lines
    )
    assert status_at(walked, 5).economy == ()


def test_hosted_baselines_stand_beside_stand_ins_and_only_those_are_called_stand_ins(tmp_path):
    named = ("gpt-1", "gemini-1", "stand-in:zero-shot")
    workshop, _ = a_frontier_run(tmp_path, baselines=named)
    workshop.steps(1)
    found = status_of("tiny", workshop.config, workshop.entries(), None)
    assert (tuple(found.hosted), tuple(found.stand_ins)) == (named[1::-1], named[2:])
    lines = shown(found).splitlines()
    assert any(line.startswith("    gpt-1  ") for line in lines)
    assert f"  note: {SOME_STAND_INS}" in lines
    only_hosted, _ = a_frontier_run(tmp_path / "hosted")
    only_hosted.steps(1)
    found = status_of("tiny", only_hosted.config, only_hosted.entries(), None)
    assert "stand-in" not in shown(found)


def test_a_staged_run_says_where_its_promotion_waits(tmp_path):
    workshop = a_workshop(tmp_path)
    workshop.go()
    found = status_at(workshop, len(workshop.entries()))
    assert found.phase == "staged"
    assert "  promotion: git branch modelsmith/tiny/promote waits for its approvers" in shown(found)
    assert "once it is offered, `modelsmith promotion status` says who is missing" in shown(found)
    assert found.next == "modelsmith run offer tiny"
    assert status_at(workshop, len(workshop.entries()) - 1).promotion is None


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (("hook", "namespace"), "held in by an audit hook and a network namespace"),
        (
            ("hook",),
            "held in by an audit hook alone, code in C is not (modelsmith boundary probe)",
        ),
    ],
)
def test_what_holds_local_work_in_is_said(walked, by, words):
    found = status_of("tiny", walked.config, walked.entries(), None, Held(by=by))
    assert f"  local work: {words}" in shown(found).splitlines()
    assert "local work" not in shown(status_at(walked, 6))


def test_a_run_halted_by_a_budget_says_which(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, budgets={"iterations": 3, "tokens": 10})
    workshop.go()
    found = status_at(workshop, 3)
    assert found.phase == "halted"
    assert found.stopped.startswith("budget: tokens: ")
    assert found.stopped.endswith("10 tokens allowed by run.yaml")
    assert found.iteration == 1
    assert (
        "  remedy: a new run with more under `budgets` finds what was answered again, at no cost "
        "(modelsmith run new)" in shown(found).splitlines()
    )


def test_only_a_run_that_a_budget_ended_is_told_of_budgets(walked):
    assert "remedy" not in shown(status_at(walked, 6))


def test_a_run_halted_by_assess_says_the_rule(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=learning(0.05, 0.3), budgets={"iterations": 1})
    workshop.go()
    assert status_at(workshop, 5).stopped == "budget (budget: iterations 1 of 1)"


def test_a_blocked_run_says_what_unblocks_it_and_how_to_go_on(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=SKILL)
    workshop.looks = 3
    workshop.go()
    found = status_at(workshop, 6)
    assert found.phase == "blocked"
    assert found.stopped.startswith("blocked: sealed version 1 was looked at 3 times, 1 allowed.")
    assert "Retire this sealed version" in found.stopped
    assert found.next == (
        "Retire this sealed version: move it to steer, write new sealed families, raise `version` "
        "in benchmark.yaml, and start a new run; this one keeps the exam it began with."
    )


def test_a_run_that_was_blocked_before_remedies_were_kept_says_that_something_is_missing(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=SKILL)
    workshop.looks = 3
    last = workshop.go()
    facts = {name: value for name, value in last.facts.items() if name != "remedy"}
    before = [*workshop.entries()[:-1], last.model_copy(update={"facts": facts})]
    told = status_of("tiny", workshop.config, before, None)
    assert told.next == "see to what it waits for, then: modelsmith run go tiny"


class KeepsIn(OpenWall):
    """Keeps in whatever work wants to send."""

    @contextmanager
    def standing(self, _told):
        raise BoundaryError("kept in: a call to example.org", remedy="Take the call away.")
        yield


def test_a_run_kept_in_by_its_boundary_says_what_unblocks_it(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=SKILL)
    workshop.tools = replace(workshop.tools, wall=KeepsIn())
    assert workshop.steps(1).facts["reason"] == "boundary"
    assert status_at(workshop, 2).next == "Take the call away."


def test_the_latest_steer_score_is_that_of_the_adapter_the_run_went_back_to(tmp_path):

    exam = an_exam({"train": 2, "steer": 8, "sealed": 2})
    workshop = a_workshop(tmp_path, exam=exam, skill=learning(0.05, 0.7, 0.0))
    workshop.steps(9)
    first, worse, back = (status_at(workshop, count).steer for count in (5, 9, 10))
    assert worse.passes < first.passes
    assert back == first


SHORT = {"variants": 2, "batch": 8, "votes": 3, "maxTokens": 8}
"""Every answer runs into the token limit."""


def test_answers_that_ran_into_the_limit_are_said_with_every_score(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=SKILL, evaluation=SHORT)
    workshop.steps(1)
    found = status_at(workshop, 2)
    assert (found.train.cut, found.steer.cut) == (2, 6)
    text = shown(found)
    assert "score 0.00, 2 answers cut by maxTokens\n" in text
    assert text.count("6 answers cut by maxTokens") >= 2
    report = (workshop.folder / "001-eval" / "report.md").read_text()
    assert "- specialist: 6 answers cut by maxTokens" in report
    assert workshop.replay().differences == ()


def test_a_run_of_before_they_were_counted_replays_without_them(tmp_path):
    workshop = a_workshop(tmp_path, exam=EXAM, skill=SKILL, evaluation=SHORT)
    workshop.start()
    begun = (workshop.folder / "ledger.jsonl").read_bytes()
    assert f'"rules":{RULES}'.encode() in begun
    (entry,) = workshop.entries()
    facts = {name: value for name, value in entry.facts.items() if name != "rules"}
    line = line_of(entry.model_copy(update={"facts": facts}))
    (workshop.folder / "ledger.jsonl").write_bytes(line)
    git(workshop.root, "commit", "--all", "--amend", "--no-edit")
    workshop.stepper().step()
    assert status_at(workshop, 2).train.cut == 0
    assert "cut by maxTokens" not in shown(status_at(workshop, 2))
    assert workshop.replay().differences == ()
