# ruff: noqa: ISC004 - lines are matched whole
import re

import pytest

from modelsmith.decisions.preconditions import LEAST_FAMILIES, LEAST_PER_TYPE
from modelsmith.exam.authoring.undecided import THREE_WAYS
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.leakage import LeakFinding
from modelsmith.loop.phases.context_history import context_of
from modelsmith.loop.phases.intake_forecast import forecast_of
from modelsmith.loop.phases.train import refused_words
from tests.support.frontier import Temper
from tests.support.frontier_runs import JUDGES, a_frontier_run
from tests.support.plain_words import a_plain_run
from tests.support.runs import a_workshop, an_exam, sheets_of


def place(scenario, key):
    return f"{scenario}.yaml:{key}"


def forecast(workshop, before=0):
    if not workshop.entries():
        workshop.start()
    return forecast_of(context_of(workshop.tools.folder), before, place)


def in_prose(exam):
    """Return the exam with criteria that no check decides but one, of each scenario."""

    def plain(scenario):
        first, *others = scenario.pass_criteria
        bare = [one.model_copy(update={"check": None}) for one in others]
        return scenario.model_copy(update={"pass_criteria": (first, *bare)})

    splits = {name: tuple(map(plain, getattr(exam, name))) for name in ("train", "steer", "sealed")}
    return exam.model_copy(update=splits)


def labelled_right(scenario):
    labels = {key: Outcome.MET if key[0] == "P" else Outcome.NOT_MET for key in scenario.criteria()}
    answer = ExamAnswer(id="R1", kind=AnswerKind.RIGHT, text="Because it fell.", labels=labels)
    return ExamSheet(scenario=scenario.id, answers=(answer,))


def test_a_run_that_lacks_nothing_is_told_nothing(tmp_path):
    found = forecast(a_workshop(tmp_path))
    assert (found.undecided, found.lines) == ((), ())
    assert {one.rule for one in found.gate} >= {"attempts", "families", "outcome-types", "checks"}
    assert all(one.holds for one in found.gate)


def test_what_the_gate_will_refuse_by_count_is_said_in_its_own_words(tmp_path):
    found = forecast(a_workshop(tmp_path, exam=an_exam({"train": 2, "steer": 2, "sealed": 3})))
    assert found.lines == (
        f"the gate: 3 sealed families, at least {LEAST_FAMILIES} expected. "
        "Add 9 sealed scenarios; variants do not count.",
        "the gate: sealed families by outcome type: tp 1, tn 1, fp-guard 1, fn-guard 0; "
        f"at least {LEAST_PER_TYPE} of each expected. "
        "Add sealed scenarios of the thin types: a one-sided exam cannot promote.",
        "a look at sealed would be spent on that: attempt 1 of 1 on exam version 1",
    )


def test_a_provider_that_production_asks_for_and_the_run_does_not_name_is_said(tmp_path):
    workshop, *_ = a_frontier_run(tmp_path, promotion={"channel": "production"})
    (said,) = [line for line in forecast(workshop).lines if "no evidence" in line]
    assert said.startswith(
        "the gate: channel production: promotions/policy.yaml asks for none, which is no evidence; "
    )
    assert said.endswith("Name one baseline of each provider in run.yaml; missing: all.")


def test_attempts_that_are_used_up_are_said_and_those_that_nobody_can_count_are_not(tmp_path):
    workshop = a_workshop(tmp_path)
    (said,) = forecast(workshop, before=1).lines
    assert said.startswith("the gate: attempt 2 of 1 on exam version 1. Retire this sealed split")
    assert "attempts" not in {one.rule for one in forecast(workshop, before=None).gate}


def test_what_nobody_decides_is_counted_located_and_followed_by_three_ways_on(tmp_path):
    exam = in_prose(an_exam({"train": 2, "steer": 1, "sealed": 12}))
    workshop = a_workshop(tmp_path, exam=exam)
    first, second = exam.train
    sheets = (labelled_right(second), *sheets_of(an_exam())[:0])
    workshop.snapshot = workshop.snapshot.model_copy(update={"sheets": sheets})
    found = forecast(workshop)
    bare = len(first.pass_criteria) - 1
    train, steer, sealed = found.undecided
    assert (train.criteria, train.scenarios, train.of, train.labelled) == (2 * bare, 2, 2, 1)
    assert found.lines[:3] == (
        f"{first.id}.yaml:P2: nobody decides {2 * bare} criteria of 2 of 2 train scenarios; no "
        "answer to them is found right: only those labelled right in exam/ are trained on (1 of 2)",
        f"{exam.steer[0].id}.yaml:P2: nobody decides {bare} criteria of 1 of 1 steer scenarios; no "
        "answer to them is found right: they steer nothing",
        f"{exam.sealed[0].id}.yaml:P2: nobody decides {12 * bare} criteria of 12 of 12 sealed "
        "scenarios; no answer to them is found right: they count as unscored",
    )
    assert found.lines[3] == f"three ways on: {THREE_WAYS}"
    labelled = len(second.criteria())
    assert found.lines[4] == (
        f"no judge can be examined yet: {labelled} labelled criteria, 60 are needed; "
        f"{60 - labelled} are missing in exam/"
    )
    enough = found.model_copy(update={"labelled_criteria": 60}).lines
    assert enough[4] == "a judge could be examined on 60 labelled criteria, 60 are needed"
    assert any(
        line.startswith("the gate: 12 of 36 answers unscored, at most 10% expected.")
        for line in found.lines
    )
    assert any("labelled criteria, at least 60 expected" in line for line in found.lines)
    assert (steer.of, sealed.of) == (1, 12)


def test_certified_judges_decide_what_no_check_does(tmp_path):
    workshop, *_ = a_frontier_run(tmp_path, judges=JUDGES)
    found = forecast(workshop)
    assert found.undecided == ()
    judged = [one for one in found.gate if one.rule.startswith("judges:")]
    assert len(judged) == 3
    assert not any("unscored" in line for line in found.lines)


def test_a_judge_that_may_pick_and_decide_alone_is_told_before_anything_is_asked(tmp_path):
    workshop, models = a_plain_run(tmp_path, judges=("gpt-j",), own=("gpt-j",))
    found = forecast(workshop)
    assert (found.alone, found.channel) == (("gpt-j",), "sandbox")
    (told,) = found.lines
    assert told == (
        "a judge of another family: gpt-j may accept training targets and alone decides at the "
        "gate, so passing may show that judge's taste; sandbox allows it. Name a certified judge "
        "of another family in run.yaml: of several families one picks no target"
    )
    production = found.model_copy(update={"channel": "production"})
    assert production.lines == (told.replace("sandbox allows", "production refuses"),)
    assert models.sent == []


def test_of_judges_of_two_families_nobody_picks_and_decides_alone(tmp_path):
    workshop, _ = a_plain_run(
        tmp_path,
        judges=("claude-j", "gpt-j"),
        own=("claude-j",),
        tempers={"gpt-j": Temper(sensitivity=0.97, specificity=0.97)},
    )
    found = forecast(workshop)
    assert (found.alone, found.unwatched, found.lines) == ((), "", ())
    judged = [one.message for one in found.gate if one.rule.startswith("judges:")]
    assert len(judged) == 3
    assert all(
        one.startswith(
            "judged by claude-j; left out: gpt-j (its family gpt accepted training targets)"
        )
        for one in judged
    )


def test_that_no_judge_could_watch_a_release_is_told_with_why(tmp_path):
    errs = {"claude-j": Temper(sensitivity=0.87, specificity=0.87)}
    judges = ("claude-j", "gpt-j")
    workshop, _ = a_plain_run(tmp_path, judges=judges, own=("claude-j",), tempers=errs)
    found = forecast(workshop)
    (told,) = [line for line in found.lines if line.startswith("a watch: ")]
    assert re.fullmatch(
        r"a watch: no release of this run could be watched; sandbox allows it\. claude-j: it .+; "
        r"gpt-j: it is hosted, and a hosted judge never decides a revert",
        told,
    )
    production = found.model_copy(update={"channel": "production"})
    assert told.replace("sandbox allows", "production refuses") in production.lines
    assert forecast(a_workshop(tmp_path / "checked")).unwatched == ""


def test_train_scenarios_that_the_leak_gate_keeps_out_are_counted_and_the_first_is_located(
    tmp_path,
):
    exam = an_exam()
    like, kept = exam.steer[0].model_copy(update={"id": "LIKE_STEER"}), exam.train[0]
    workshop = a_workshop(tmp_path, exam=exam.model_copy(update={"train": (like, kept)}))
    workshop.start()
    context = context_of(workshop.tools.folder)
    found = forecast_of(context, 0, place, lambda scenario: f"{scenario}.yaml:9:3")
    assert (found.leaked.scenarios, found.leaked.of) == (1, 2)
    (told,) = [line for line in found.lines if "leak gate" in line]
    assert told.startswith(
        "LIKE_STEER.yaml:9:3: the leak gate keeps 1 of 2 train scenarios out of training: "
        f"LIKE_STEER resembles {exam.steer[0].id}"
    )
    assert "Rewrite train scenarios in other words, names and figures" in told
    assert forecast(a_workshop(tmp_path / "other")).leaked is None


def test_every_train_scenario_that_the_leak_gate_keeps_out_is_named(tmp_path):
    exam = an_exam({"train": 1, "steer": 3, "sealed": 1})
    like = [s.model_copy(update={"id": f"LIKE_{n}"}) for n, s in enumerate(exam.steer)]
    train = (*like, *exam.train)
    workshop = a_workshop(tmp_path, exam=exam.model_copy(update={"train": train}))
    workshop.start()
    found = forecast_of(context_of(workshop.tools.folder), 0, place)
    assert found.leaked.others == ("LIKE_1", "LIKE_2")
    assert "; kept out too: LIKE_1, LIKE_2. Rewrite" in found.leaked.words


def test_a_refused_training_names_each_scenario_once_and_what_it_resembles():
    leaks = [
        LeakFinding(
            candidate=f"TRAIN_{n}{suffix}", held_out=f"STEER_{n}", rule="exact", value=1.0,
            limit=1.0, action="block",
        )
        for n in range(7)
        for suffix in ("", "__ORDER0V1")
    ]  # fmt: skip
    told = refused_words(leaks, 20)
    assert told.startswith("14 of 20 train scenarios and variants: TRAIN_0 resembles STEER_0, ")
    assert told.endswith("; and 2 more")
    for n in range(5):
        assert told.count(f"TRAIN_{n} resembles STEER_{n}") == 1


@pytest.mark.parametrize("before", [0, 3])
def test_the_same_intake_forecasts_the_same(tmp_path, before):
    workshop = a_workshop(tmp_path, exam=in_prose(an_exam({"train": 2, "steer": 1, "sealed": 2})))
    assert forecast(workshop, before) == forecast(workshop, before)
