"""Plain words are enough: who decides in eval decides in training, and who is missing is told."""

import json

import pytest

from modelsmith.decisions.gate import GateVerdict
from modelsmith.exam.benchmark import Exam
from modelsmith.loop.evidence.files import ASSESSMENT, GATE
from modelsmith.loop.phases.context_history import context_of
from modelsmith.loop.phases.council_round import failures_of
from modelsmith.loop.phases.train import REWRITE
from modelsmith.loop.status import shown, status_of
from modelsmith.run.entry_facts import EvaluatedFacts, facts_of
from modelsmith.run.evidence import evidence_of
from tests.support.engines import ScriptedEngine
from tests.support.frontier import Temper
from tests.support.plain_words import WORKED_ID, a_plain_run
from tests.support.runs import LearningEngines, an_exam, learning

WITH_RUBRIC = "A right answer does all of this"


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
    workshop.go()
    rows = rows_of(workshop)
    assert {(row["origin"], *row["accepted_by"]) for row in rows} == {("labelled", "people")}
    assert len(rows) == 21
    (report,) = workshop.folder.glob("*-train/report.md")
    assert "| accepted by | people 21 |" in report.read_text()
    assert WORKED_ID in {row["scenario"] for row in rows}
    assert workshop.events() == ["started", "evaluated", "trained", "expanded", "halted"]
    (report,) = workshop.folder.glob("*-assess/report.md")
    refusal = "the gate refuses, without a look: 36 of 36 answers unscored, at most 10% expected."
    assert refusal in report.read_text()
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


class Rambling(LearningEngines):
    """Opens a model that goes on after its answer until it is cut."""

    def made(self, **named):
        says = self._says
        return ScriptedEngine(lambda *asked: says(*asked) + " and so on" * 100, **named)


def test_an_answer_that_was_cut_is_not_learnt_whoever_would_accept_it(tmp_path):
    drawing = {"judges": ("gpt-j",), "ladder": ["rejection-sampling"], "is_labelled": False}
    workshop, _ = a_plain_run(tmp_path, engines=Rambling(learning(1.0)), **drawing)
    workshop.go()
    assert workshop.events() == ["started", "evaluated", "blocked"]


def test_rows_that_all_say_the_same_are_refused_by_name(tmp_path):
    workshop, _ = a_plain_run(tmp_path)
    sheets = [
        sheet.model_copy(update={"answers": tuple(map(said_alike, sheet.answers))})
        for sheet in workshop.snapshot.sheets
    ]
    workshop.snapshot = workshop.snapshot.model_copy(update={"sheets": tuple(sheets)})
    entry = workshop.go()
    assert workshop.events() == ["started", "evaluated", "blocked"]
    said = entry.facts["words"]
    assert "the rows are too much alike to teach judgement: 7 of 7 rows say the same" in said
    assert workshop.trainer.trainings == []


def said_alike(answer):
    return answer.model_copy(update={"text": f"{answer.kind.value} throughout"})


def test_nothing_is_drawn_for_what_nobody_could_accept(tmp_path):
    """One label of seven: too few for the first rung, and the others could accept nothing."""
    workshop, _ = a_plain_run(tmp_path)
    first, *_ = workshop.snapshot.sheets
    workshop.snapshot = workshop.snapshot.model_copy(update={"sheets": (first,)})
    workshop.steps(2)
    assert workshop.events() == ["started", "evaluated", "trained"]
    (path,) = workshop.folder.glob("*-train/training.json")
    rates = {
        one["strategy"]: one["accepted"] for one in json.loads(path.read_bytes())["acceptances"]
    }
    assert rates["rejection-sampling"] == rates["self-distillation"] == 0
    assert "samples.jsonl" not in {place.name for place in path.parent.iterdir()}
    asked = [p for one in workshop.engines.opened_engines for b in one.asked for p in b]
    assert not any(WITH_RUBRIC in p[-1].content for p in asked)


def test_what_was_drawn_for_a_rung_that_does_not_train_is_paid_for(tmp_path):
    ladder = ["self-distillation", "rejection-sampling"]
    workshop, _ = a_plain_run(tmp_path, judges=("gpt-j",), ladder=ladder, skill=learning(0.3))
    entry = workshop.steps(2)
    (path,) = workshop.folder.glob("*-train/training.json")
    kept = json.loads(path.read_bytes())
    assert [one["strategy"] for one in kept["acceptances"]] == ladder
    drawn = [p[-1].content for one in workshop.engines.opened_engines for b in one.asked for p in b]
    failed = facts_of(workshop.entries()[1], EvaluatedFacts).failed
    distilled = [words for words in drawn if WITH_RUBRIC in words]
    assert len(distilled) == len(failed) * workshop.config.training.samples
    learnt = kept["trained"]["read_tokens"]
    assert entry.facts["usage"]["tokens"] >= learnt + kept["unused"]["tokens"] > learnt


def status(workshop):
    return shown(status_of("tiny", workshop.config, workshop.entries(), None))


def test_a_judge_that_picks_and_decides_alone_is_told_in_the_runs_status(tmp_path):
    workshop, _ = a_plain_run(
        tmp_path, judges=("gpt-j",), ladder=["rejection-sampling"], skill=learning(0.5, 0.8, 1.0)
    )
    workshop.steps(2)
    words = "  note: judged by gpt-j alone, which accepted training targets too; sandbox only"
    assert words not in status(workshop)
    workshop.stepper().go()
    assert words in status(workshop)


def test_constants_are_judged_on_steer_so_that_a_judge_that_errs_finds_a_specialist_ready(tmp_path):
    workshop, _ = a_plain_run(
        tmp_path,
        judges=("gpt-j",),
        tempers={"gpt-j": Temper(sensitivity=0.95, specificity=0.9)},
        skill=learning(0.05, 1.0),
    )
    entry = workshop.go()
    assert facts_of(workshop.entries()[1], EvaluatedFacts).floor.scenarios == 8
    assert workshop.events()[-1] == "staged", entry.facts
    assessed = next(one for one in workshop.entries() if one.event == "converged")
    found = ASSESSMENT.read(evidence_of(assessed, workshop.tools.folder.read))
    assert (found.reason, found.readiness.missing) == ("ready", ())
    assert found.readiness.constant_composite is not None
    assert workshop.replay().differences == ()


def test_where_nobody_decides_steer_a_run_ends_after_a_round_with_the_ways_on(tmp_path):
    workshop, _ = a_plain_run(tmp_path)
    workshop.go()
    assert workshop.events() == ["started", "evaluated", "trained", "expanded", "halted"]
    told = status(workshop)
    assert "  steer   nobody decides whether an answer is right\n" in told
    assert "best constant policy" not in told
    assert "  stopped: undecided (undecided: neither a check nor a judge decides" in told
    assert "  remedy: add checks to criteria of steer and sealed, or name certified jud" in told
    assert workshop.replay().differences == ()


def test_a_council_is_told_what_judges_found_to_fail(tmp_path):
    workshop, _ = a_plain_run(
        tmp_path, judges=("gpt-j",), skill=learning(0.5), council={"after": 1}
    )
    entry = workshop.steps(1)
    failures = failures_of(context_of(workshop.tools.folder))
    told = {name for one in failures for name in one.failed}
    assert told == set(facts_of(entry, EvaluatedFacts).failed)
    assert 0 < len(told) < len(workshop.snapshot.train)
    assert all(set(one.kinds) == {"judged"} for one in failures)


def like_steer(checked):
    """Return an exam whose train scenarios are held-out ones under other names."""
    train = tuple(one.model_copy(update={"id": f"LIKE_{one.id}"}) for one in checked.steer)
    return Exam(**dict(checked) | {"train": train})


@pytest.mark.parametrize("judges", [(), ("gpt-j",)])
def test_a_train_split_that_leaks_blocks_before_it_draws_and_says_what_to_rewrite(tmp_path, judges):
    checked = like_steer(an_exam())
    workshop, models = a_plain_run(
        tmp_path, judges=judges, checked=checked, ladder=["rejection-sampling"]
    )
    train = tuple(one for one in workshop.snapshot.train if one.id != WORKED_ID)
    workshop.snapshot = workshop.snapshot.model_copy(update={"train": train})
    workshop.steps(1)
    asked = len(models.sent)
    entry = workshop.stepper().go()
    assert workshop.events() == ["started", "evaluated", "blocked"]
    first = train[0].id
    assert f"train scenarios and variants: {first} resembles " in entry.facts["words"]
    assert "and nothing else could be trained on" in entry.facts["words"]
    assert "which is held out (" in entry.facts["words"]
    assert entry.facts["remedy"].startswith(f"{REWRITE}, and start a new run")
    assert "certified judges" not in entry.facts["words"]
    assert not any("samples" in path.name for path in workshop.folder.rglob("*"))
    assert len(models.sent) == asked
