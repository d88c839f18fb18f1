"""A criterion that is not required decides nothing: no judge is waited for, and no score falls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from modelsmith.decisions.gate import GateVerdict
from modelsmith.exam.benchmark import by_id
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.sit_exam import sit_exam
from modelsmith.loop.answers.grading import what_is_open
from modelsmith.loop.evidence.files import GATE
from modelsmith.loop.phases import intake
from modelsmith.loop.phases.context_history import context_of
from modelsmith.run.entry_facts import AssessedFacts, facts_of
from tests.support.clock import START
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import InMemoryModels, InMemoryOutbound, hosting
from tests.support.plain_words import (
    FamiliesBesideChecks,
    an_exam_beside_checks,
    labelled_beside_checks,
    truth_of,
)
from tests.support.runs import a_workshop, an_exam, families_of, learning


def a_run_beside_checks(root, judges):
    """Walk a run whose sentences are not required, beside checks; its judges have passed."""
    checked, hosted = an_exam(), hosting(*judges)
    exam, families = an_exam_beside_checks(checked), FamiliesBesideChecks(families_of(checked))
    sheets = labelled_beside_checks(exam, 12)
    workshop = a_workshop(
        root,
        exam=exam,
        families=families,
        skill=learning(0.05, 1.0),
        judges=list(judges),
        boundary="frontier",
        model={"name": "tiny", "path": "tiny", "family": "tiny"},
        budgets={"iterations": 3, "costUsd": 100.0},
    )
    workshop.snapshot = intake.snapshot_of(exam, families, sheets, 2)
    frontier = ScriptedFrontier({judge: Temper() for judge in judges}, truth_of(checked))
    models = InMemoryModels({}, frontier, lambda *_: None)
    outbound = InMemoryOutbound(hosted, models)
    workshop.tools = replace(workshop.tools, outbound=lambda _case: outbound)
    workshop.hosted = hosted
    sat, at = JudgeExam(exam.benchmark, sheets, by_id(exam.train)), START - timedelta(days=1)
    workshop.certified_judges = sat.bench(
        [sit_exam(frontier, sat, hosted.model(one), hosted.boundary, at) for one in judges]
    )
    asked_in_exam = len(models.sent)
    workshop.go()
    return workshop, models.sent[asked_in_exam:]


@pytest.fixture(scope="module", params=[(), ("gpt-j",)], ids=["no judge", "a judge"])
def walked(request, tmp_path_factory):
    return a_run_beside_checks(tmp_path_factory.mktemp("beside") / "factory", request.param)


def test_nobody_is_paid_to_judge_what_decides_nothing(walked):
    workshop, sent = walked
    assert len(workshop.certified_judges.certified(("gpt-j",))) == len(workshop.config.judges)
    assert sent == []
    assert workshop.events()[-1] == "staged"


def test_no_judge_is_asked_for_at_the_gate(walked):
    workshop, _ = walked
    (path,) = workshop.folder.glob(f"*-promote/{GATE.name}")
    verdict = GateVerdict.model_validate_json(path.read_bytes())
    assert not [one.rule for one in verdict.findings if "judge" in one.rule]


def test_what_nobody_decided_takes_nothing_off_a_score(walked):
    workshop, _ = walked
    (assessed,) = [one for one in workshop.entries() if one.event == "converged"]
    steer = facts_of(assessed, AssessedFacts).steer
    assert (steer.passes, steer.mean_score) == (steer.scenarios, 1.0)


def test_it_replays_equal(walked):
    workshop, _ = walked
    assert workshop.replay().differences == ()


def test_nothing_of_it_waits_for_anybody(walked):
    workshop, _ = walked
    is_open = what_is_open(context_of(workshop.tools.folder))
    assert not any(map(is_open, workshop.snapshot.steer))
    scenario = workshop.snapshot.steer[0]
    required = [one.model_copy(update={"required": True}) for one in scenario.pass_criteria]
    required_now = scenario.model_copy(update={"pass_criteria": tuple(required)})
    assert is_open(required_now) == [
        key for key, one in scenario.criteria().items() if one.check is None
    ]
