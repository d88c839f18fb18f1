"""Who accepts a target, and what a judge's errors leave among those that are learnt."""

import re
from dataclasses import replace

import pytest

from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Criterion
from modelsmith.loop.answers.acceptance import (
    Target,
    accepted_of,
    accepting_judges,
    ask_about_targets,
    can_be_accepted,
)
from modelsmith.loop.answers.baselines import asking
from modelsmith.loop.phases.context_history import context_of
from tests.support.frontier import Temper
from tests.support.frontier_runs import hosting
from tests.support.plain_words import a_plain_run
from tests.support.runs import answer_to


def a_context(tmp_path, **changes):
    workshop, models = a_plain_run(tmp_path, **changes)
    workshop.start()
    return workshop, context_of(workshop.tools.folder), models


def targets_of(context, right, wrong):
    """Return targets, `right` right and `wrong` wrong ones to each train scenario."""
    found = []
    for scenario in context.train:
        asked = question(context.snapshot.benchmark, scenario)
        for number in range(right + wrong):
            text = f"{answer_to(asked, right=True)}\nNOTE: draft {number}."
            if number >= right:  # a near miss: one criterion of five is not met
                text = re.sub("FINDING: .*", "FINDING: Something happened.", text)
            found.append(Target(scenario, text, "sampled"))
    return found


def accepted(workshop, context, targets):
    opinions = ask_about_targets(asking(workshop.tools, context), context, targets)
    return accepted_of(context, targets, opinions)


@pytest.mark.parametrize(
    ("error", "low", "high"), [(0.0, 1.0, 1.0), (0.05, 0.8, 1.0), (0.1, 0.7, 0.9), (0.15, 0.5, 0.8)]
)
def test_what_a_judges_error_leaves_among_accepted_targets(tmp_path, error, low, high):
    """Three of ten targets are right, the others miss one criterion of five.

    | error of the judge, both sides | accepted of 360 | right among them |
    |--------------------------------|-----------------|------------------|
    | .00                            | 108             | 100 %            |
    | .05                            | 91              | 90 %             |
    | .10                            | 73              | 78 %             |
    | .15                            | 71              | 68 %             |

    A judge that errs in a fifth of the criteria is not certified, so that none of it is learnt.
    """
    temper = Temper(sensitivity=1 - error, specificity=1 - error)
    workshop, context, _ = a_context(tmp_path, judges=("gpt-j",), tempers={"gpt-j": temper})
    targets = targets_of(context, 18, 42)
    found = accepted(workshop, context, targets)
    right = [one for one in found if int(one.target.text.rsplit(" ", 1)[1].rstrip(".")) < 18]
    assert low <= len(right) / len(found) <= high


def test_of_two_families_the_stronger_one_picks_nothing(tmp_path):
    tempers = {"claude-j": Temper(sensitivity=0.97, specificity=0.97)}
    _, context, _ = a_context(tmp_path, judges=("claude-j", "gpt-j"), tempers=tempers)
    assert accepting_judges(context) == ("claude-j",)


def test_the_family_picks_that_leaves_most_comparisons_a_judge_that_picked_nothing(tmp_path):
    judges, tempers = ("claude-j", "gpt-j"), {"claude-j": Temper(sensitivity=0.97)}
    _, context, _ = a_context(tmp_path, judges=judges, tempers=tempers)
    assert accepting_judges(context) == ("claude-j",)
    baselines = ("gemini-1", "gpt-1", "mistral-1")
    config = context.config.model_copy(update={"baselines": baselines})
    hosted = hosting(*judges, *baselines)
    rivals = replace(context, config=config, hosted=hosted)
    assert accepting_judges(rivals) == ("gpt-j",)  # beside gpt-1 claude-j alone may judge


def test_a_label_is_enough_and_a_judge_is_not_asked_about_it(tmp_path):
    workshop, context, models = a_context(tmp_path, judges=("gpt-j",))
    (first, *_) = context.snapshot.labelled
    scenario = next(s for s in context.train if s.id == first.scenario)
    (found,) = accepted(workshop, context, [Target(scenario, first.text, "labelled")])
    assert found.by == ("people",)
    assert models.sent == []


def test_no_judge_is_asked_about_what_a_check_refuses_already(tmp_path):
    """A figure is read by its check, the sentences beside it are the judge's."""
    workshop, context, models = a_context(tmp_path, judges=("gpt-j",))
    for figure, is_asked in ((58, False), (41, True)):
        target, *_ = targets_of(context, 1, 0)
        latest = Number(number=NumberSought(value=figure, metric="shading_discount_pct"))
        beside = Criterion(text="Cites the discount at its latest value.", check=latest)
        scenario = target.scenario
        asked = scenario.model_copy(update={"pass_criteria": (*scenario.pass_criteria, beside)})
        text = f"{target.text}\nEVIDENCE: shading_discount_pct is at 41."
        before = len(models.sent)
        accepted(workshop, context, [Target(asked, text, "sampled")])
        assert (len(models.sent) > before) is is_asked, figure


def test_without_a_judge_nobody_accepts_what_has_no_check(tmp_path):
    workshop, context, _ = a_context(tmp_path)
    targets = targets_of(context, 1, 0)
    assert not any(can_be_accepted(context, one.scenario) for one in targets)
    assert accepted(workshop, context, targets) == []
