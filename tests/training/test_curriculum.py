import pytest

from modelsmith.exam.checks.answer_form import FREE_TEXT, Column
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.scenario import Criterion, Scenario, Table
from modelsmith.exam.verdict import graded
from tests.support.scenarios import a_benchmark, a_scenario


def test_the_composed_answer_passes_its_own_rubric():
    scenario = a_scenario()
    verdict = graded(scenario, composed(a_benchmark(), scenario), FREE_TEXT)
    assert verdict.kind == "judged"
    assert verdict.passed


def test_each_section_takes_the_criteria_that_open_with_its_words():
    scenario = a_scenario()
    headings = [line.split(":")[0] for line in composed(a_benchmark(), scenario).splitlines()]
    assert headings == ["FINDING", "EVIDENCE", "ACTION", "VERDICT"]


def test_a_criterion_that_opens_otherwise_is_left_out():
    scenario = a_scenario()
    stray = Criterion(text="Mentions the weather in passing.")
    changed = scenario.model_copy(update={"pass_criteria": (*scenario.pass_criteria, stray)})
    assert composed(a_benchmark(), changed) == composed(a_benchmark(), scenario)


def test_a_verdict_stands_bare_on_its_line():
    scenario = a_scenario()
    label = next(c.check.verdict for c in scenario.pass_criteria if isinstance(c.check, Verdict))
    assert composed(a_benchmark(), scenario).splitlines()[-1] == f"VERDICT: {label}"


def test_a_metric_outside_the_table_is_cited_as_it_is():
    check = Number(number=NumberSought(value=3.0, metric="metric_elsewhere"))
    criterion = Criterion(text="Reads metric_elsewhere as 3.", check=check)
    changed = a_scenario().model_copy(update={"pass_criteria": (criterion,)})
    assert "metric_elsewhere is 3" in composed(a_benchmark(), changed)


MOVES = a_benchmark().model_copy(
    update={
        "columns": {
            "win_rate_pct": Column(flat_within=2),
            "fill_rate_pct": Column(flat_within_percent=25),
            "availability_pct": Column(flat_within=0.5),
            "disk_used_pct": Column(flat_within=5),
        }
    }
)
"""A benchmark that says when its columns have moved."""


def reading_two(first: tuple[float, float], last: tuple[float, float]) -> Scenario:
    """Return a scenario that asks for two readings, from `first` to `last`."""
    names = ("win_rate_pct", "fill_rate_pct")
    asked = tuple(
        Criterion(
            text=f"Reads the last {name}.",
            check=Number(number=NumberSought(value=value, metric=name)),
        )
        for name, value in zip(names, last, strict=True)
    )
    table = Table(columns=("day", *names), rows=(("2025-03-01", *first), ("2025-03-02", *last)))
    return a_scenario().model_copy(update={"pass_criteria": asked, "domain_input": table})


@pytest.mark.parametrize(
    ("last", "summed_up"),
    [
        ((11, 60), "so win_rate_pct moved"),
        ((18, 20), "so fill_rate_pct moved"),
        ((11, 20), "so win_rate_pct and fill_rate_pct moved"),
        ((18, 60), "so none of them moved"),
    ],
)
def test_readings_that_stand_together_are_summed_up(last, summed_up):
    answer = composed(MOVES, reading_two((18, 60), last))
    assert summed_up in answer
    assert answer.count(" moved") == 1


@pytest.mark.parametrize(
    ("metric", "series", "said"),
    [
        ("availability_pct", (99.98, 97.1), "availability_pct went from 99.98 to 97.1, down"),
        ("availability_pct", (99.98, 99.6), "availability_pct went from 99.98 to 99.6, flat"),
        ("disk_used_pct", (81, 100), "disk_used_pct went from 81 to 100, up"),
        ("elsewhere_pct", (81, 100), "elsewhere_pct went from 81 to 100."),
    ],
)
def test_where_a_figure_went_is_the_benchmarks_to_say_and_else_nobodys(metric, series, said):
    check = Number(number=NumberSought(value=series[-1], metric=metric))
    table = Table(columns=("day", metric), rows=tuple(enumerate(series)))
    asked = (Criterion(text=f"Reads the last {metric}.", check=check),)
    scenario = a_scenario().model_copy(update={"pass_criteria": asked, "domain_input": table})
    assert said in composed(MOVES, scenario)


def test_an_empty_part_is_left_out_and_a_name_in_capitals_stays_one():
    texts = ("Says that BID/REQUEST fell.", "Says that Spend went on.")
    asked = tuple(Criterion(text=text) for text in texts)
    answer = composed(a_benchmark(), a_scenario().model_copy(update={"pass_criteria": asked}))
    assert answer == "FINDING: BID/REQUEST fell; spend went on."


def test_one_reading_says_for_itself_whether_it_moved():
    assert " moved" not in composed(a_benchmark(), a_scenario())


def test_readings_of_which_one_has_no_course_are_not_summed_up():
    scenario = reading_two((18, 60), (11, 20))
    check = Number(number=NumberSought(value=3.0, metric="metric_elsewhere"))
    stray = Criterion(text="Reads metric_elsewhere as 3.", check=check)
    changed = scenario.model_copy(update={"pass_criteria": (*scenario.pass_criteria, stray)})
    assert " moved" not in composed(MOVES, changed)
