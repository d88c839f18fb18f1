"""Hosted models as the bar to beat: asked as the candidate is, graded as it is, paid for once."""

import json
import shutil

import pytest

from modelsmith.boundary.call import Lost
from modelsmith.boundary.grants import ASKED
from modelsmith.exam.answers import Answered
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Split
from modelsmith.loop.phases.context_history import context_of
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import records_in
from modelsmith.run.entry_facts import (
    EvaluatedFacts,
    PromotedFacts,
    StoppedFacts,
    facts_of,
    progress_of,
)
from tests.support.frontier_runs import BASELINES, CALL_USD, PRODUCTION, a_frontier_run, said
from tests.support.runs import answer_to, files_in

pytestmark = pytest.mark.slow

ROUND = ["evaluated", "trained", "expanded"]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    workshop, outbound = a_frontier_run(
        tmp_path_factory.mktemp("hosted"), promotion={"channel": "production"}, bounded=True
    )
    workshop.providers = PRODUCTION
    workshop.go()
    return workshop, outbound


def answers(workshop, phase, name):
    return records_in((workshop.folder / phase / name).read_bytes(), Answered)


def record_of(workshop):
    folder = max(workshop.folder.glob("*-promote"))
    return PromotionRecord.model_validate_json((folder / "record.json").read_bytes())


def test_a_candidate_that_beats_three_hosted_models_is_staged_for_production(staged):
    workshop, _ = staged
    assert workshop.events() == ["started", *ROUND, "continued", *ROUND, "converged", "staged"]
    record = record_of(workshop)
    assert (record.decision, record.channel) == ("staged", "production")
    assert [(c.system, c.is_stand_in, c.words) for c in record.baselines] == [
        ("claude-1", False, "anthropic claude-1-2026-01-01"),
        ("gemini-1", False, "google gemini-1-2026-01-01"),
        ("gpt-1", False, "openai gpt-1-2026-01-01"),
    ]


def test_baselines_are_asked_the_candidate_s_own_prompt_with_its_token_limit(staged):
    workshop, outbound = staged
    exam, told = workshop.snapshot, [ask for model, ask in outbound.sent if model == "gpt-1"]
    canonical = [s for s in exam.steer if not s.is_variant]
    assert [ask.subjects[0].scenario for ask in told] == [
        *(s.id for s in canonical),
        *(s.id for s in exam.sealed),
    ]
    for scenario, ask in zip((*canonical, *exam.sealed), told, strict=True):
        (subject,) = ask.subjects
        split = Split.STEER if scenario in canonical else Split.SEALED
        assert ask.prompt == prompt_for(exam.benchmark, scenario)
        assert (ask.purpose, ask.shape, ask.sampling.max_tokens) == ("baseline", None, 64)
        assert (subject.split, subject.fields, subject.with_answer) == (split, ASKED, False)


def test_the_evidence_keeps_each_reply_with_what_it_cost(staged):
    workshop, _ = staged
    given = answers(workshop, "009-promote", "answers-sealed-gpt-1.jsonl")
    assert [one.scenario for one in given] == [s.id for s in workshop.snapshot.sealed]
    assert len({one.batch for one in given}) == len(given)
    assert {one.answer.cost_usd for one in given} == {CALL_USD}
    assert (given[0].answer.prompt_tokens, given[0].answer.answer_tokens) == (300, 40)


def test_no_stand_in_is_asked_where_none_is_named(staged):
    workshop, _ = staged
    files = files_in(workshop.folder)
    assert not [name for name in files if "shot" in name or "self-consistency" in name]
    for report in ("001-eval/report.md", "009-promote/report.md"):
        assert b"Stand-ins are" not in files[report]


def test_the_steer_scores_of_hosted_baselines_are_facts_and_steer_the_run(staged):
    workshop, _ = staged
    facts = facts_of(workshop.entries()[1], EvaluatedFacts)
    assert tuple(facts.baselines) == BASELINES
    assert facts.stand_ins == {}
    assert all(line.scenarios == 8 and line.robust is None for line in facts.baselines.values())
    assert "over gpt-1: core" in (workshop.folder / "004-assess/report.md").read_text()


def test_it_replays_equal_and_asks_nobody(staged):
    workshop, outbound = staged
    before = len(outbound.sent)
    assert workshop.replay().differences == ()
    assert len(outbound.sent) == before


def test_the_same_run_elsewhere_pays_for_no_call_again_and_finds_the_same(staged, tmp_path):
    workshop, _ = staged
    again, models = a_frontier_run(
        tmp_path, promotion={"channel": "production"}, bounded=True, cache=workshop.tools.cache
    )
    again.providers = PRODUCTION
    again.go()
    assert models.sent == []
    # what was paid for is there, and a request names the ledger's head
    own = ("outbound.jsonl", "assessment.json", "ledger.jsonl", "request.json")
    ours, theirs = (
        {name: body for name, body in files_in(one.folder).items() if not name.endswith(own)}
        for one in (workshop, again)
    )
    assert theirs == ours
    assert progress_of(again.entries())[1].usage.cost_usd == 0
    calls = 3 * (8 + 36)
    assert progress_of(workshop.entries())[1].usage.cost_usd == pytest.approx(calls * CALL_USD)


def test_costs_and_latencies_are_in_record_facts_and_report(staged):
    workshop, _ = staged
    economy = record_of(workshop).economy
    assert [one.system for one in economy] == ["candidate", *BASELINES]
    ours, *theirs = economy
    assert (ours.decisions, ours.cost_usd, ours.price_usd_per_hour) == (36, 0.0, 0.0)
    assert ours.latency.timed == 12
    assert all((one.decisions, one.latency.timed) == (36, 36) for one in theirs)
    assert all(one.cost_usd == CALL_USD for one in theirs)
    assert facts_of(workshop.entries()[-1], PromotedFacts).economy == economy
    report = (workshop.folder / "009-promote/report.md").read_text()
    assert "| candidate | 0 (cluster price not set) | 36 | 0.25 s | 0.25 s | 12 |" in report
    assert "| gpt-1 | 0.004000 USD | 36 |" in report


def test_stand_ins_and_hosted_models_stand_side_by_side_in_sandbox(tmp_path):
    named = ("stand-in:self-consistency", "gpt-1", "stand-in:zero-shot")
    workshop, _ = a_frontier_run(tmp_path, baselines=named)
    workshop.go()
    files = {name.partition("/")[2] for name in files_in(workshop.folder)}
    wanted = {f"answers-sealed-{n}.jsonl" for n in ("zero-shot", "few-shot", "gpt-1")}
    wanted |= {f"answers-sealed-self-consistency-{n}.jsonl" for n in (2, 3)}
    assert wanted <= files
    record = record_of(workshop)
    assert [c.system for c in record.baselines] == ["gpt-1", *sorted(named)[1:]]
    assert [c.is_stand_in for c in record.baselines] == [False, True, True]
    economy = {one.system: one for one in record.economy}
    assert economy["stand-in:self-consistency"].decisions == 36
    assert economy["stand-in:self-consistency"].latency.timed == 0
    assert economy["stand-in:zero-shot"].latency.timed == 4
    assert workshop.replay().differences == ()


def test_a_few_shot_stand_in_alone_asks_no_other(tmp_path):
    named = ("stand-in:few-shot", "gpt-1", "claude-1")
    workshop, _ = a_frontier_run(tmp_path, baselines=named)
    workshop.steps(1)
    names = {name for name in files_in(workshop.folder) if name.startswith("001-eval/answers-")}
    assert {name.removeprefix("001-eval/answers-") for name in names} == {
        "train.jsonl",
        "steer.jsonl",
        "steer-few-shot.jsonl",
        "steer-gpt-1.jsonl",
        "steer-claude-1.jsonl",
    }


@pytest.mark.parametrize("begins", [False, True])
def test_a_refusal_is_an_answer_that_fails_and_no_error(tmp_path, begins):
    def declines(model, ask):
        begun = answer_to(ask.prompt[-1].content, right=True) if begins else ""
        return said(begun, finish="refusal") if model == "gpt-1" else None

    workshop, _ = a_frontier_run(tmp_path, faults=declines)
    workshop.go()
    assert workshop.events()[-1] == "staged"
    record = record_of(workshop)
    card = next(one.card for one in record.baselines if one.system == "gpt-1")
    assert (card.judged, card.errored, card.skipped, card.pass_rate) == (36, 0, 0, 0.0)


def lossy(count, model="gpt-1", split=Split.SEALED):
    """Return a fault that loses the first `count` calls to a model about a split."""
    left = [count]

    def faults(asked, ask):
        if asked == model and ask.subjects[0].split is split and left[0]:
            left[0] -= 1
            return Lost(reason="the server broke down (scripted)", attempts=5)
        return None

    return faults


def test_lost_calls_are_errors_and_never_zeros(tmp_path):
    workshop, _ = a_frontier_run(tmp_path, faults=lossy(3))
    workshop.go()
    record = record_of(workshop)
    card = next(one.card for one in record.baselines if one.system == "gpt-1")
    assert (card.judged, card.errored) == (33, 3)
    given = answers(workshop, "009-promote", "answers-sealed-gpt-1.jsonl")
    assert [one.error for one in given[:3]] == ["the server broke down (scripted)"] * 3
    whole = next(lead for lead in record.gate.leads if lead.baseline == "gpt-1")
    assert whole.difference < record.gate.complete_case["gpt-1"]
    assert workshop.replay().differences == ()


def test_too_many_lost_calls_block_and_use_up_no_attempt(tmp_path):
    workshop, outbound = a_frontier_run(tmp_path, faults=lossy(4))
    workshop.go()
    stopped = facts_of(workshop.entries()[-1], StoppedFacts)
    assert workshop.events()[-1] == "blocked"
    assert stopped.words.startswith(
        "answers-sealed-gpt-1.jsonl: 4 of 36 answers were lost, the first to: the server broke "
        "down (scripted). Give the machine, or the provider, what it lacks"
    )
    before = len(outbound.sent)
    workshop.stepper().go()
    assert workshop.events()[-1] == "staged"
    assert record_of(workshop).attempt == 1
    assert len(outbound.sent) == before + 4


def test_too_many_lost_calls_in_the_first_evaluation_halt(tmp_path):
    workshop, _ = a_frontier_run(tmp_path, faults=lossy(2, split=Split.STEER))
    workshop.go()
    stopped = facts_of(workshop.entries()[-1], StoppedFacts)
    assert (workshop.events()[-1], stopped.reason) == ("halted", "errors")
    assert stopped.words.startswith("gpt-1: 2 of 8 answers were lost, the first to: the server")


@pytest.mark.parametrize("providers", [(), ("anthropic", "google", "xai")])
def test_production_against_other_providers_than_the_policy_s_is_refused(tmp_path, providers):
    workshop, _ = a_frontier_run(tmp_path, promotion={"channel": "production"})
    workshop.providers = providers
    workshop.go()
    facts = facts_of(workshop.entries()[-1], PromotedFacts)
    assert (facts.decision, facts.failing) == ("reject", ("providers",))


def test_an_altered_reply_is_located(staged, tmp_path):
    workshop, _ = staged
    shutil.copytree(workshop.root, tmp_path, dirs_exist_ok=True)
    copied, _ = a_frontier_run(tmp_path, promotion={"channel": "production"})
    path = copied.folder / "009-promote/answers-sealed-gpt-1.jsonl"
    lines = path.read_text().splitlines()
    line = json.loads(lines[0])
    line["answer"]["text"] = "VERDICT: no-issue"
    path.write_text("\n".join([json.dumps(line), *lines[1:]]) + "\n")
    (difference,) = copied.replay().differences
    assert (difference.entry, difference.where) == (9, "009-promote/answers-sealed-gpt-1.jsonl")


def test_what_a_phase_knows_names_the_models_and_their_boundary(staged):
    workshop, _ = staged
    case = context_of(workshop.tools.folder)
    assert case.hosted == workshop.hosted
    assert case.hosted.boundary.name == "frontier"
