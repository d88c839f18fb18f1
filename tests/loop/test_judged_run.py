"""Runs with judges: who is asked about whom, what counts, and what is never a zero."""

import json
import re
import shutil
from datetime import timedelta

import pytest

from modelsmith.boundary.call import Lost
from modelsmith.errors import BlockedError, BrokenRecordError
from modelsmith.exam.answers import Answered
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import passes
from modelsmith.judges.certification.panel_agreement import PhaseJudging
from modelsmith.judges.certification.result import CertifiedJudges, JudgeExamResult
from modelsmith.judges.panel import JudgeVote
from modelsmith.loop.phases.context_history import context_of
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import canonical, records_in
from modelsmith.run.entry_facts import PromotedFacts, StoppedFacts, facts_of, progress_of
from tests.support.clock import START
from tests.support.forging import forge, stored
from tests.support.frontier import Temper, a_reply, asked_of
from tests.support.frontier_runs import BASELINES, CALL_USD, a_frontier_run
from tests.support.runs import files_in, learning

pytestmark = pytest.mark.slow

ROUND = ["evaluated", "trained", "expanded"]
JUDGES = ("claude-j", "deepseek-j", "gemini-j", "gpt-j", "mistral-j")
NEVER_THE_SAME = {
    "claude-j": Temper(sensitivity=0.93, specificity=0.95),
    "deepseek-j": Temper(sensitivity=0.94, specificity=0.95),
    "gemini-j": Temper(sensitivity=0.95, specificity=0.93),
    "gpt-j": Temper(sensitivity=0.94, specificity=0.94),
    "mistral-j": Temper(sensitivity=0.95, specificity=0.95),
}
"""Judges that err apart from each other, so that the exam shows their panel better than any."""
PICKER = "mistral-j"
"""Who accepts training targets, the second best in the exam, and decides no comparison."""
DECIDING = tuple(judge for judge in JUDGES if judge != PICKER)


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    workshop, outbound = a_frontier_run(
        tmp_path_factory.mktemp("judged"), judges=JUDGES, tempers=NEVER_THE_SAME
    )
    workshop.go()
    return workshop, outbound


def record_of(workshop):
    folder = max(workshop.folder.glob("*-promote"))
    return PromotionRecord.model_validate_json((folder / "record.json").read_bytes())


def opinions(workshop, name):
    return records_in((workshop.folder / name).read_bytes(), JudgeVote)


def test_a_candidate_that_its_judges_pass_is_staged(staged):
    workshop, _ = staged
    assert workshop.events() == ["started", *ROUND, "continued", *ROUND, "converged", "staged"]


def test_each_comparison_has_the_same_judges_on_both_sides_and_none_of_the_baseline_s_family(
    staged,
):
    workshop, _ = staged
    record = record_of(workshop)
    for compared in record.baselines:
        own = f"{compared.system.partition('-')[0]}-j"
        assert compared.panel.judges == tuple(sorted({*DECIDING} - {own}))
        assert compared.panel.left_out[PICKER] == "its family mistral accepted training targets"
        asked = {
            o.judge
            for o in opinions(workshop, f"009-promote/opinions-sealed-{compared.system}.jsonl")
        }
        assert asked == set(compared.panel.judges)
        assert compared.candidate.system == "candidate"
        finding = next(f for f in record.gate.findings if f.rule == f"judges:{compared.system}")
        assert finding.holds
        assert finding.message.startswith(f"judged by {', '.join(compared.panel.judges)}; left out")
    of_candidate = opinions(workshop, "009-promote/opinions-sealed-candidate.jsonl")
    assert {o.judge for o in of_candidate} == set(DECIDING)


def test_the_headline_is_graded_by_who_judges_every_comparison(staged):
    workshop, _ = staged
    report = (workshop.folder / "009-promote/report.md").read_text()
    assert "The candidate's line is judged by deepseek-j, who judge every comparison." in report


def test_eval_and_assess_ask_the_judges_that_steer_about_every_system(staged):
    workshop, _ = staged
    for phase, systems in (
        ("001-eval", ("train-specialist", "steer-specialist", *(f"steer-{n}" for n in BASELINES))),
        ("004-assess", ("steer-candidate",)),
        ("005-eval", ("train-specialist", "steer-specialist")),
    ):
        told = {path.name for path in (workshop.folder / phase).glob("opinions-*.jsonl")}
        assert told == {f"opinions-{system}.jsonl" for system in systems}
        for name in told:
            assert {o.judge for o in opinions(workshop, f"{phase}/{name}")} == set(JUDGES)


def test_figures_and_verdicts_are_never_sent_to_a_judge(staged):
    workshop, _ = staged
    for path in workshop.folder.glob("*/opinions-*.jsonl"):
        assert {o.criterion for o in records_in(path.read_bytes(), JudgeVote)} <= {"P1", "P3", "F1"}


def test_agreement_votes_abstentions_and_cost_are_evidence_and_in_the_report(staged):
    workshop, _ = staged
    found = PhaseJudging.model_validate_json(
        (workshop.folder / "009-promote/judging.json").read_bytes()
    )
    assert [(one.system, one.split) for one in found.hearings] == [
        (name, Split.SEALED) for name in ("candidate", *BASELINES)
    ]
    accord = found.hearings[0].accord
    assert 0.5 < accord.raw <= 1
    assert accord.effective_votes is not None
    report = (workshop.folder / "009-promote/report.md").read_text()
    row = f"| candidate, sealed | {', '.join(DECIDING)} | {accord.raw:.2f} | {accord.kappa:.2f} |"
    assert row in report
    assert "Judging cost 0.0000 USD in this phase." in report
    for phase in ("001-eval", "004-assess"):
        assert "### Judges" in (workshop.folder / phase / "report.md").read_text()


def test_it_replays_equal_and_asks_nobody(staged):
    workshop, outbound = staged
    before = len(outbound.sent)
    assert workshop.replay().differences == ()
    assert len(outbound.sent) == before


@pytest.mark.slow
def test_within_boundary_and_budget_what_judges_cost_is_in_the_report_and_in_the_usage(tmp_path):
    workshop, models = a_frontier_run(tmp_path, judges=JUDGES[:3], bounded=True)
    workshop.go()
    assert workshop.events()[-1] == "staged"
    (folder,) = workshop.folder.glob("*-promote")
    found = PhaseJudging.model_validate_json((folder / "judging.json").read_bytes())
    usage = facts_of(workshop.entries()[-1], PromotedFacts).usage
    assert 0 < found.cost_usd < usage.cost_usd
    assert f"Judging cost {found.cost_usd:.4f} USD" in (folder / "report.md").read_text()
    judging = sum(ask.purpose == "judge" for _, ask in models.sent)
    paid = judging * 0.002 + (len(models.sent) - judging) * CALL_USD
    assert progress_of(workshop.entries())[1].usage.cost_usd == pytest.approx(paid)
    assert workshop.replay().differences == ()


@pytest.mark.slow
def test_a_second_walk_elsewhere_records_the_same_bytes(staged, tmp_path):
    workshop, _ = staged
    again, _ = a_frontier_run(tmp_path, judges=JUDGES, tempers=NEVER_THE_SAME)
    again.go()
    assert files_in(again.folder) == files_in(workshop.folder)


@pytest.mark.slow
def test_the_order_of_judges_and_baselines_in_run_yaml_changes_nothing(staged, tmp_path):
    workshop, _ = staged
    turned, _ = a_frontier_run(
        tmp_path, judges=JUDGES[::-1], baselines=BASELINES[::-1], tempers=NEVER_THE_SAME
    )
    turned.go()
    gates = [(one.folder / "009-promote/gate.json").read_bytes() for one in (workshop, turned)]
    assert gates[0] == gates[1]
    assert record_of(turned).baselines == record_of(workshop).baselines


def test_forged_opinions_contradict_the_gate(staged, tmp_path):
    workshop, _ = staged
    shutil.copytree(workshop.root, tmp_path, dirs_exist_ok=True)
    copied, _ = a_frontier_run(tmp_path, judges=JUDGES, tempers=NEVER_THE_SAME)
    path = copied.folder / "009-promote/opinions-sealed-candidate.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line |= {"outcome": "not_met", "quote": ""}
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
    found = copied.replay().differences
    assert [(d.entry, d.where) for d in found] == [
        (9, "009-promote/opinions-sealed-candidate.jsonl")
    ]
    forge(copied.folder, stored(copied.folder))
    where = {d.where for d in copied.replay().differences}
    assert {"009-promote/gate.json", "009-promote/record.json"} <= where


def test_a_forged_certificate_contradicts_the_panels(staged, tmp_path):
    workshop, _ = staged
    shutil.copytree(workshop.root, tmp_path, dirs_exist_ok=True)
    copied, _ = a_frontier_run(tmp_path, judges=JUDGES, tempers=NEVER_THE_SAME)
    path = copied.folder / "000-intake/judges.json"
    certified_judges = json.loads(path.read_bytes())
    certified_judges["sittings"][-1]["certificate"] = None
    path.write_bytes(canonical(certified_judges))
    forge(copied.folder, stored(copied.folder))
    where = {d.where for d in copied.replay().differences}
    assert "009-promote/record.json" in where


def test_judges_that_cannot_be_read_are_found(staged, tmp_path):
    workshop, _ = staged
    shutil.copytree(workshop.root, tmp_path, dirs_exist_ok=True)
    copied, _ = a_frontier_run(tmp_path, judges=JUDGES, tempers=NEVER_THE_SAME)
    (copied.folder / "000-intake/judges.json").write_bytes(b"[]")
    forge(copied.folder, stored(copied.folder))
    first = copied.replay().differences[0]
    assert (first.entry, first.where) == (0, "evidence")
    assert "000-intake/judges.json is not what intake writes" in first.what
    with pytest.raises(BrokenRecordError, match=re.escape("000-intake/judges.json is not what")):
        context_of(copied.tools.folder)


# Too few


@pytest.mark.slow
def test_a_single_judge_that_the_exam_shows_best_decides_alone(tmp_path):
    tempers = {"claude-j": Temper(), "gpt-j": Temper(0.9, 0.9), "mistral-j": Temper(0.9, 0.9)}
    workshop, _ = a_frontier_run(
        tmp_path,
        judges=("claude-j", "mistral-j"),
        tempers=tempers,
        baselines=("gpt-1", "gemini-1", "mistral-1"),
    )
    workshop.go()
    panels = {c.system: c.panel for c in record_of(workshop).baselines}
    assert panels["gpt-1"].judges == panels["mistral-1"].judges == ("claude-j",)
    assert all(panel.is_enough for panel in panels.values())
    assert workshop.events()[-1] == "staged"


@pytest.mark.slow
def test_a_comparison_that_nobody_may_judge_is_not_enough_evidence(tmp_path):
    workshop, _ = a_frontier_run(tmp_path, judges=("gpt-j",))
    workshop.go()
    facts = facts_of(workshop.entries()[-1], PromotedFacts)
    assert facts.decision == "insufficient_evidence"
    assert "judges:gpt-1" in facts.failing
    record = record_of(workshop)
    assert record.baselines[2].panel.judges == ()
    assert "judged by nobody" in next(
        f.message for f in record.gate.findings if f.rule == "judges:gpt-1"
    )
    assert workshop.replay().differences == ()


@pytest.mark.parametrize(("base", "asked"), [("claude", "gpt-j"), ("gpt", "claude-j")])
def test_a_judge_of_the_base_model_s_family_is_never_asked(tmp_path, base, asked):
    workshop, outbound = a_frontier_run(tmp_path, judges=("claude-j", "gpt-j"), base_family=base)
    workshop.steps(1)
    assert {model for model, ask in outbound.sent if ask.purpose == "judge"} == {asked}


# Ties and losses


def contradicting(model, ask):
    """Return what makes one judge say the contrary of what is so, on sealed."""
    if model != "deepseek-j" or ask.subjects[0].split is not Split.SEALED:
        return None
    _, shown, criterion = asked_of(ask)
    says_met = criterion.startswith("F")
    return a_reply(
        {
            "criterion": criterion,
            "expectation": "the contrary",
            "quotes": [max(shown.splitlines(), key=len)] if says_met else [],
            "reasoning": "as scripted",
            "verdict": "met" if says_met else "not_met",
        }
    )


@pytest.mark.slow
def test_a_tie_at_the_gate_counts_against_both_sides(tmp_path):
    workshop, _ = a_frontier_run(
        tmp_path,
        judges=("claude-j", "deepseek-j", "mistral-j"),
        baselines=("gpt-1", "gemini-1", "stand-in:zero-shot"),
        faults=contradicting,
        tempers={
            name: Temper(specificity=0.85) for name in ("claude-j", "deepseek-j", "mistral-j")
        },
    )
    workshop.go()
    record = record_of(workshop)
    gpt = next(one for one in record.baselines if one.system == "gpt-1")
    assert gpt.panel.judges == ("claude-j", "deepseek-j")
    given = records_in(
        (workshop.folder / "009-promote/answers-sealed-gpt-1.jsonl").read_bytes(), Answered
    )
    known = by_id(workshop.snapshot.sealed)
    assert any(passes(known[one.scenario], one.answer.text, FREE_TEXT) for one in given)
    assert (gpt.card.pass_rate, gpt.candidate.pass_rate) == (0.0, 0.0)
    assert (gpt.card.skipped, gpt.candidate.skipped) == (0, 0)
    assert facts_of(workshop.entries()[-1], PromotedFacts).decision == "reject"


def lossy(share, model="mistral-j", split=Split.SEALED):
    """Return a fault that loses every n-th question to a judge about a split."""
    count = [0]

    def faults(asked, ask):
        if asked != model or ask.subjects[0].split is not split:
            return None
        count[0] += 1
        is_lost = count[0] * share % 1 < share
        return Lost(reason="overloaded (scripted)", attempts=5) if is_lost else None

    return faults


@pytest.mark.slow
def test_lost_opinions_beyond_the_limit_block_and_use_up_no_attempt(tmp_path):
    judges = ("claude-j", "gemini-j", "mistral-j")
    workshop, _ = a_frontier_run(
        tmp_path,
        judges=judges,
        tempers=NEVER_THE_SAME,
        faults=lossy(0.5),
    )
    workshop.go()
    stopped = facts_of(workshop.entries()[-1], StoppedFacts)
    assert workshop.events()[-1] == "blocked"
    assert re.match(
        r"opinions-sealed-candidate\.jsonl: \d+ of 108 opinions were lost, the first to: ",
        stopped.words,
    )


def test_too_many_answers_lost_to_the_judges_halt_in_eval_and_say_so(tmp_path):
    workshop, _ = a_frontier_run(
        tmp_path,
        judges=("claude-j", "gpt-j"),
        faults=lossy(1, model="claude-j", split=Split.TRAIN),
        specialist=learning(1.0),
    )
    workshop.go()
    stopped = facts_of(workshop.entries()[-1], StoppedFacts)
    assert (workshop.events()[-1], stopped.reason) == ("halted", "errors")
    assert re.match(
        r"specialist: \d+ of 6 answers were lost, the first to: judges lost: P1 \(claude-j: ",
        stopped.words,
    )


@pytest.mark.slow
def test_a_few_lost_opinions_are_errors_of_no_answer_that_the_others_decide(tmp_path):
    workshop, _ = a_frontier_run(
        tmp_path,
        judges=JUDGES,
        tempers=NEVER_THE_SAME,
        faults=lossy(0.02, model="deepseek-j"),
    )
    workshop.go()
    assert workshop.events()[-1] == "staged"
    found = PhaseJudging.model_validate_json(
        (workshop.folder / "009-promote/judging.json").read_bytes()
    )
    lost = {t.judge: t.lost for t in found.hearings[0].accord.turnout}
    assert lost.pop("deepseek-j") > 0
    assert set(lost.values()) == {0}


# Intake


def test_a_judge_that_has_not_sat_the_exam_keeps_the_run_from_starting(tmp_path):
    workshop, _ = a_frontier_run(tmp_path, judges=("claude-j", "gpt-j"))
    workshop.certified_judges = CertifiedJudges(
        items=workshop.certified_judges.items, sittings=workshop.certified_judges.sittings[:1]
    )
    with pytest.raises(
        BlockedError, match="gpt-j has not sat the exam of adtech as it now is"
    ) as caught:
        workshop.start()
    assert "modelsmith judge exam" in caught.value.remedy
    assert workshop.entries() == ()


def test_a_judge_that_failed_or_whose_certificate_expired_keeps_the_run_from_starting(tmp_path):
    workshop, _ = a_frontier_run(
        tmp_path, judges=("claude-j", "gpt-j"), tempers={"gpt-j": Temper(specificity=0.3)}
    )
    first, failed = workshop.certified_judges.sittings
    old = JudgeExamResult(**(dict(first) | {"expires_at": START - timedelta(seconds=1)}))
    workshop.certified_judges = CertifiedJudges(
        items=workshop.certified_judges.items, sittings=(old, failed)
    )
    with pytest.raises(BlockedError) as caught:
        workshop.start()
    assert "claude-j's certificate expired at 20" in caught.value.what
    assert "gpt-j has not passed the exam: specificity 0." in caught.value.what


def test_a_run_without_judges_freezes_none(tmp_path):
    workshop, _ = a_frontier_run(tmp_path)
    workshop.start()
    assert "000-intake/judges.json" not in files_in(workshop.folder)
