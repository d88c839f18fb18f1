"""Runs that are judged by a model whose weights lie here: asked on the machine, nothing leaves."""

from dataclasses import replace

import pytest

from modelsmith.boundary.call import Served
from modelsmith.boundary.grants import SEALED, Boundary
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.boundary.page import boundary_page
from modelsmith.judges.panel import JudgeVote
from modelsmith.loop.answers.grading import steering_panel
from modelsmith.loop.egress_reader import exposed
from modelsmith.loop.phases.context_history import context_of
from modelsmith.record import records_in
from modelsmith.run.context import PhaseOutbound, asked_in
from modelsmith.run.entry_facts import EvaluatedFacts, facts_of
from modelsmith.run.evidence import OUTBOUND
from tests.support.engines import ScriptedEngines
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import by_checks, some_certified_judges
from tests.support.hosted_models import ScriptedModels
from tests.support.local_judges import a_local_judge, judging
from tests.support.runs import a_workshop


def a_run(root, *, base_family="tiny"):
    """Return a run whose one judge is local and finds no answer to meet anything."""
    workshop = a_workshop(
        root, judges=["own"], model={"name": "tiny", "path": "tiny", "family": base_family}
    )
    workshop.hosted = Hosted(boundary=Boundary(name=SEALED), local=(a_local_judge(),))
    truth = by_checks(workshop.snapshot, workshop.tools.families)
    workshop.certified_judges = some_certified_judges(
        workshop.snapshot, workshop.hosted, ["own"], ScriptedFrontier({"own": Temper()}, truth)
    )
    tools = workshop.tools
    judges = ScriptedEngines(judging(lambda *_: False))
    outbound = PhaseOutbound(
        ScriptedModels(), tools.cache, tools.folder, tools.wall, tools.clock, tools.progress, judges
    )
    workshop.tools = replace(tools, outbound=outbound)
    return workshop, judges


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    workshop, judges = a_run(tmp_path_factory.mktemp("judged"))
    entry = workshop.steps(1)
    return workshop, judges, entry


def test_it_decides_what_is_its_own_to_decide_and_nothing_leaves(evaluated):
    workshop, judges, entry = evaluated
    assert entry.event == "evaluated"
    said = (workshop.folder / "001-eval/opinions-steer-specialist.jsonl").read_bytes()
    opinions = records_in(said, JudgeVote)
    assert opinions
    assert {(o.judge, o.outcome.value) for o in opinions} == {("own", "not_met")}
    assert all(engine.identity["model"] == "own" for engine in judges.opened_engines)
    report = boundary_page(exposed(workshop.tools.folder))
    assert report.startswith(
        "run tiny, boundary sealed: nothing left\n  own as judge, on the run's"
    )


def test_its_tokens_and_seconds_are_the_run_s_and_no_money(evaluated):
    workshop, judges, entry = evaluated
    lines = OUTBOUND.decode((workshop.folder / "001-eval" / OUTBOUND.name).read_bytes())
    served = [line for line in lines if isinstance(line, Served)]
    assert sum(line.asks for line in served) == sum(
        len(batch) for engine in judges.opened_engines for batch in engine.asked
    )
    usage = facts_of(entry, EvaluatedFacts).usage
    assert usage.cost_usd == 0
    assert usage.tokens > sum(line.read_tokens + line.written_tokens for line in served)
    assert usage.seconds > sum(line.duration_s for line in served) == 0.25 * len(served)
    assert workshop.replay().differences == ()


def test_no_key_is_asked_for_and_what_it_is_made_of_is_frozen(evaluated):
    workshop, _, _ = evaluated
    case = context_of(workshop.tools.folder)
    assert asked_in(case) == ()
    assert case.hosted.judge("own") == a_local_judge()
    assert steering_panel(case).judges == ("own",)


def test_a_judge_of_the_base_model_s_family_is_left_out_and_not_asked(tmp_path):
    workshop, judges = a_run(tmp_path, base_family="own")
    workshop.steps(1)
    panel = steering_panel(context_of(workshop.tools.folder))
    assert (panel.judges, panel.left_out) == ((), {"own": "of the base model's family own"})
    assert judges.opened_engines == []
