"""Plain words are enough: who decides in eval decides in training, and who is missing is told."""

import json

from modelsmith.decisions.gate import GateVerdict
from modelsmith.loop.evidence.files import GATE
from modelsmith.loop.status import shown, status_of
from tests.support.frontier import Temper
from tests.support.plain_words import WORKED_ID, a_plain_run
from tests.support.runs import learning


def rows_of(workshop):
    (path,) = sorted(workshop.folder.glob("*-train/rows.jsonl"))[-1:]
    return [json.loads(line) for line in path.read_text().splitlines()]


def gate_of(workshop):
    (path,) = workshop.folder.glob(f"*-promote/{GATE.name}")
    verdict = GateVerdict.model_validate_json(path.read_bytes())
    return {one.rule: one for one in verdict.findings}


def test_where_nobody_can_decide_training_blocks_before_it_draws_and_says_three_ways_on(tmp_path):
    workshop, models = a_plain_run(tmp_path, is_labelled=False)
    entry = workshop.go()
    assert workshop.events() == ["started", "evaluated", "blocked"]
    said = entry.facts["words"]
    assert "nobody can decide whether an answer is right for any of 7 failures" in said
    for way in ("checks", "label right answers in exam/", "certified judges in run.yaml"):
        assert way in said
    assert not any("samples" in path.name for path in workshop.folder.rglob("*"))
    assert models.sent == []


def test_labelled_answers_train_on_peoples_word_and_the_gate_misses_evidence(tmp_path):
    workshop, _ = a_plain_run(tmp_path)
    entry = workshop.go()
    assert workshop.events() == ["started", "evaluated", "trained", "expanded", "halted"]
    rows = rows_of(workshop)
    assert {(row["origin"], *row["accepted_by"]) for row in rows} == {("labelled", "people")}
    assert len(rows) == 21
    assert WORKED_ID in {row["scenario"] for row in rows}
    assert entry.facts["rule"] == "evidence: nobody decides any answer on steer"
    (report,) = workshop.folder.glob("*-assess/report.md")
    refusal = "the gate refuses, without a look: 36 of 36 answers unscored, at most 10% expected."
    assert refusal in report.read_text()
    told = shown(status_of("tiny", workshop.config, workshop.entries(), None))
    assert "remedy: give criteria on steer and sealed checks, or name certified judges" in told
    assert workshop.replay().differences == ()


def test_certified_judges_accept_targets_and_another_family_is_kept_for_the_gate(tmp_path):
    tempers = {"gpt-j": Temper(sensitivity=0.97, specificity=0.97)}
    workshop, _ = a_plain_run(
        tmp_path,
        judges=("claude-j", "gpt-j"),
        tempers=tempers,
        ladder=["rejection-sampling"],
        skill=learning(0.5, 0.8, 1.0),
    )
    entry = workshop.go()
    assert workshop.events()[-1] == "staged", entry.facts
    assert {one for row in rows_of(workshop) for one in row["accepted_by"]} <= {
        "judge:gpt-j",
        "people",
    }
    judges = [one for rule, one in gate_of(workshop).items() if rule.startswith("judges:")]
    assert len(judges) == 3
    assert all("judged by claude-j" in one.message for one in judges)
    assert workshop.replay().differences == ()


def test_a_judge_that_picks_and_decides_alone_is_told(tmp_path):
    workshop, _ = a_plain_run(
        tmp_path, judges=("gpt-j",), ladder=["rejection-sampling"], skill=learning(0.5, 0.8, 1.0)
    )
    assert workshop.go().event == "staged"
    found = gate_of(workshop)
    alone = [one for rule, one in found.items() if rule.startswith("independent-judge:")]
    assert len(alone) == 3
    assert all("gpt-j accepted training targets and alone decides" in one.message for one in alone)
    constants = [one for rule, one in found.items() if rule.startswith("above:constant:")]
    assert constants
    assert all(one.holds and " has 0.000" in one.message for one in constants)


def test_an_answer_that_judges_refuse_is_not_learnt(tmp_path):
    workshop, models = a_plain_run(
        tmp_path, judges=("gpt-j",), ladder=["rejection-sampling"], skill=learning(0.5)
    )
    workshop.steps(3)
    texts = {row["target"] for row in rows_of(workshop) if "people" not in row["accepted_by"]}
    assert texts
    assert all("FINDING" in text for text in texts)
    assert any(ask.purpose == "judge" for _, ask in models.sent)
