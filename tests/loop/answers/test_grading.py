"""By which rules answers become graded trials: those that the run began with."""

from dataclasses import replace

import pytest

from modelsmith.exam.answers import Answered
from modelsmith.exam.composed_answer import composed
from modelsmith.loop.answers.grading import trials_on
from modelsmith.loop.phases.context_history import context_of
from modelsmith.models.generation import Answer
from tests.support.runs import a_workshop


@pytest.fixture
def context(tmp_path):
    workshop = a_workshop(tmp_path)
    workshop.start()
    return context_of(workshop.tools.folder)


def by_rules(context, rules):
    """Return what a run knows that concludes by these rules."""
    started, *others = context.entries
    facts = {**started.facts, "rules": rules}
    began = started.model_copy(update={"facts": facts})
    return replace(context, entries=(began, *others))


def answered(context, finish):
    scenario = context.train[0]
    said = Answer(
        text=composed(context.snapshot.benchmark, scenario),
        finish=finish,
        prompt_tokens=1,
        answer_tokens=1,
        latency_s=0.1,
    )
    return Answered(
        scenario=scenario.id,
        scenario_sha256=scenario.digest(),
        batch=scenario.digest(),
        answer=said,
    )


@pytest.mark.parametrize(
    ("rules", "finish", "is_cut"),
    [(0, "length", False), (1, "length", True), (2, "length", True), (2, "stop", False)],
)
def test_answers_that_were_cut_are_counted_since_the_first_rules(context, rules, finish, is_cut):
    (trial,) = trials_on(by_rules(context, rules), context.train, [answered(context, finish)])
    assert trial.is_cut is is_cut


@pytest.mark.parametrize(("rules", "score"), [(1, 0.5), (2, 1.0)])
def test_a_score_leaves_out_what_nobody_decided_since_the_second(context, rules, score):
    first, *others = context.train
    passing = tuple(
        one.model_copy(update={"check": None, "required": False, "weight": 1.0}) if at % 2 else one
        for at, one in enumerate(first.pass_criteria)
    )
    half = first.model_copy(update={"pass_criteria": passing})
    (trial,) = trials_on(by_rules(context, rules), [half, *others], [answered(context, "stop")])
    assert trial.verdict.passed
    assert trial.verdict.score == score
