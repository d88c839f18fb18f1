"""A run whose held-out scenarios have no template: half of them tables, half of them texts."""

import json
from collections import Counter

import pytest

from modelsmith.exam.all_variants import AllVariants
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Table
from modelsmith.exam.table_variants import change_of
from modelsmith.run.state_machine import Event
from tests.support.engines import ScriptedEngine
from tests.support.families import ScriptedFamilies
from tests.support.frontier_runs import a_frontier_run
from tests.support.runs import LEARNS, SIZES, LearningEngines, a_workshop, an_exam, learning

pytestmark = pytest.mark.slow

ROUND = ["evaluated", "trained", "expanded"]


def told(scenario):
    """Return a scenario with its table as text."""
    given = scenario.domain_input
    text = given.rendered() if isinstance(given, Table) else given
    return type(scenario)(**dict(scenario) | {"domain_input": text})


def half_told(scenarios):
    return tuple(told(one) if at % 2 else one for at, one in enumerate(scenarios))


def an_untemplated_exam(sizes=SIZES, train=lambda scenarios: scenarios):
    exam = an_exam(sizes)
    return Exam(
        benchmark=exam.benchmark,
        train=tuple(train(exam.train)),
        steer=half_told(exam.steer),
        sealed=half_told(exam.sealed),
    )


def untemplated(exam):
    """Return settings of a run on an exam without templates."""
    return {"exam": exam, "families": AllVariants(exam.benchmark, ScriptedFamilies(()))}


class Asked(ScriptedEngine):
    """Keeps every batch with how it was drawn."""

    seen: list = []  # noqa: RUF012 - one list for all engines of a run

    def answers(self, batch, sampling):
        Asked.seen.append((tuple(batch), sampling))
        return super().answers(batch, sampling)


class AskedEngines(LearningEngines):
    def made(self, **settings):
        return Asked(self._says, **settings)


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    Asked.seen = []
    exam = an_untemplated_exam()
    workshop = a_workshop(
        tmp_path_factory.mktemp("untemplated"),
        engines=AskedEngines(learning(*LEARNS)),
        **untemplated(exam),
    )
    workshop.go()
    return workshop


def test_it_goes_through_every_phase_and_is_staged(staged):
    assert staged.events() == ["started", *ROUND, "continued", *ROUND, "converged", "staged"]


def test_it_replays_equal(staged):
    assert staged.replay().differences == ()


def test_tables_are_varied_and_texts_asked_again(staged):
    for split in ("steer", "sealed"):
        chosen = getattr(staged.snapshot, split)
        for one in (s for s in chosen if not s.is_variant):
            more = [s for s in chosen if s.family == one.id and s.is_variant]
            assert len(more) == 2
            if isinstance(one.domain_input, Table):
                assert all(map(change_of, more))
                assert len({s.input_text() for s in (one, *more)}) == 3
            else:
                assert all(s.is_repeat for s in more)
                assert {s.body() for s in more} == {one.body()}
    changes = Counter(map(change_of, (*staged.snapshot.steer, *staged.snapshot.sealed)))
    assert changes.keys() == {"", "columns", "format", "extra"}


def test_nobody_answers_a_text_twice_greedily(staged):
    benchmark, asked = staged.snapshot.benchmark, Asked.seen
    greedy = [batch for batch, sampling in asked if sampling.temperature == 0]
    assert all(len(set(batch)) == len(batch) for batch in greedy)
    for one in (s for s in staged.snapshot.steer if s.is_repeat):
        prompt = prompt_for(benchmark, one)
        drawn = {
            (sampling.temperature, sampling.seed) for batch, sampling in asked if prompt in batch
        }
        assert drawn == {(0.0, 0), (0.8, 1), (0.8, 2)}


def test_votes_on_a_repeat_are_drawn_by_seeds_of_their_own(staged):
    seeds = {sampling.seed for _, sampling in Asked.seen if sampling.temperature == 0.7}
    assert seeds == {0, 1, 2}


def test_robustness_is_measured_and_reports_say_what_it_rests_on(staged):
    card = json.loads((staged.folder / "001-eval/scorecard-steer.json").read_bytes())
    assert card["robust_unmeasured"] == []
    for folder, split in (("001-eval", "steer"), ("009-promote", "sealed")):
        size = SIZES[split]
        words = (
            f"- {size // 2} of {size} families have no variants in other words or figures: their "
            "robustness is that of the same question asked again at temperature 0.8.\n"
        )
        assert words in (staged.folder / folder / "report.md").read_text()


def test_no_canary_question_is_a_repeat(staged):
    contract = json.loads((staged.folder / "009-promote/contract.json").read_bytes())
    asked = [question["scenario"] for question in contract["canary"]]
    assert len(asked) > SIZES["steer"]
    assert not [name for name in asked if "__AGAIN" in name]


def test_the_mutator_offers_changes_of_tables_that_bring_new_figures(staged):
    found = json.loads((staged.folder / "003-expand/reconciliation.json").read_bytes())
    worlds = {(one["ruling"], one["proposal"]["world"]) for one in found["reconciled"]}
    assert worlds == {("accepted", "extra"), ("refused", "columns"), ("refused", "format")}
    trained = {row.scenario for rows in staged.trainer.trainings for row in rows}
    assert any("__COLUMNS" in name for name in trained)
    assert not [name for name in trained if "__AGAIN" in name]


def test_where_nothing_can_be_varied_expand_says_so_and_the_run_goes_on(tmp_path):
    exam = an_untemplated_exam({"train": 2, "steer": 4, "sealed": 2}, lambda all_: map(told, all_))
    workshop = a_workshop(tmp_path, **untemplated(exam))
    workshop.steps(4)
    assert workshop.events() == ["started", *ROUND, "continued"]
    expanded = next(e for e in workshop.entries() if e.event is Event.EXPANDED)
    assert (expanded.facts["proposed"], expanded.facts["branch"]) == (0, None)
    names = ", ".join(scenario.id for scenario in exam.train)
    assert (
        "0 of 0 proposals accepted.\n"
        f"Nothing to propose: no template and no table varies what failed ({names}).\n"
    ) in (workshop.folder / "003-expand/report.md").read_text()
    assert workshop.replay().differences == ()


def test_hosted_baselines_draw_repeats_too(tmp_path):
    exam = an_untemplated_exam()
    workshop, models = a_frontier_run(tmp_path, bounded=True, **untemplated(exam))
    workshop.go()
    assert workshop.events()[-1] == "staged"
    told_to = [ask for name, ask in models.sent if name == "gpt-1"]
    drawn = Counter((ask.sampling.temperature, ask.sampling.seed) for ask in told_to)
    texts = SIZES["sealed"] // 2
    assert drawn == {(0.0, 0): SIZES["steer"] + 4 * texts, (0.8, 1): texts, (0.8, 2): texts}
    assert workshop.replay().differences == ()
