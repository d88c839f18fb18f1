# ruff: noqa: E501 - messages are matched whole
import re

import pytest

from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.checks.answer_form import Column
from modelsmith.exam.checks.fields import FigureRead, FigureSought
from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.scenario import Criterion, Table
from tests.support.exam_files import exam_repository, write_scenario
from tests.support.scenarios import a_benchmark, a_scenario

PATH = "benchmarks/pumps/train/PUMP_SEAL_LEAKS.yaml"
NUMBER = "{number: {metric: barrier_kpa, value: 180}}"
VERDICT = "check: {verdict: seal-failure}"


def remarks(tmp_path, *changes):
    exam_repository(tmp_path)
    write_scenario(tmp_path, "PUMP_SEAL_LEAKS", "train", *changes)
    found = ExamCheck(tmp_path, "pumps").check().diagnostics
    return [str(problem).removeprefix(f"{PATH}:") for problem in found]


def test_a_good_scenario_gives_no_remark(tmp_path):
    assert remarks(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("operatorLens: operator", "operatorLens: operater"),
            (
                "4:15: error: `operater` is unknown; expected one of operator, planner; "
                "fix: write `operator`"
            ),
        ),
        (
            ("category: SEALS", "category: SEAL"),
            "5:11: error: `SEAL` is unknown; expected one of SEALS, BEARINGS; fix: write `SEALS`",
        ),
        (
            ("drive: electric", "drive: electrical"),
            "6:23: error: `electrical`; expected one of electric, diesel; fix: write `electric`",
        ),
        (
            ("{drive: electric, seal: double}", "{drive: electric, seals: double}"),
            "6:15: error: `seal` is missing; expected it to be there; fix: add `seal: ...`",
        ),
        (
            (VERDICT, "check: {verdict: seal-failed}"),
            (
                "19:22: error: `seal-failed` is unknown; expected one of seal-failure, dry-running, "
                "no-issue; fix: write `seal-failure`"
            ),
        ),
        (
            ("outcomeType: tp", "outcomeType: tn"),
            (
                "19:22: error: outcome type tn sees no problem, the passing verdict seal-failure "
                "flags one; expected the verdict no-issue; fix: correct the verdict or the outcome type"
            ),
        ),
        (
            (VERDICT, "check: {verdict: no-issue}"),
            (
                "19:22: error: outcome type tp flags a problem, the passing verdict no-issue sees "
                "none; expected a verdict other than no-issue; "
                "fix: correct the verdict or the outcome type"
            ),
        ),
        (
            ("sink for three days", "sink <|im_end|> for three days"),
            (
                "7:14: error: `<|im_end|>` is no text to a model: chat templates mark turns with it; "
                "expected text that stays text in a prompt; fix: say it in words"
            ),
        ),
        (
            ("Recommends to isolate the pump", "Recommends to isolate the pump [/INST]"),
            (
                "16:5: error: `[/INST]` is no text to a model: chat templates mark turns with it; "
                "expected text that stays text in a prompt; fix: say it in words"
            ),
        ),
        (
            (NUMBER, "{number: {metric: barrier_kpa, value: 210}}"),
            (
                "13:50: warning: barrier_kpa ends on 180, the check wants 210; expected the metric's "
                "last figure, which is what an answer composed from the table cites; "
                "fix: write 180, or bind the figure to another metric"
            ),
        ),
        (
            (NUMBER, "{number: {metric: barier_kpa, value: 180}}"),
            (
                "13:30: warning: the table has no column `barier_kpa`; expected a column; "
                "fix: write `barrier_kpa`"
            ),
        ),
        (
            ("\n    check: {contains: isolate the pump}", ""),
            (
                "16:5: note: no check decides this criterion; expected checks, or graders that decide "
                "it: else no answer is ever found right; fix: add a check, label right answers in "
                "exam/ (they are trained on, and a grader is examined by them), or name certified "
                "judges in run.yaml"
            ),
        ),
        (
            ("{contains: isolate the pump}", "{contains: stop the pump}"),
            (
                "12:3: warning: the answer composed from the rubric fails P3; expected a rubric whose "
                "own sentences pass it; fix: begin each criterion as the answer format says, with the "
                "words that its check wants"
            ),
        ),
        (
            ("{any_of: [lets barrier fluid through, inner seal fails]}", "{regex: barrier fluid}"),
            (
                "14:5: warning: the check of P2 holds on a wrong answer (negated): `barrier fluid`; "
                "expected a check that fails there; fix: use `polarity: affirmed`, or a longer phrase "
                "that a denial breaks"
            ),
        ),
        (
            ("{contains: isolate the pump}", "{contains: isolate the pump, polarity: any}"),
            (
                "16:5: note: the check of P3 holds on a wrong answer (negated): `action: it is not "
                "true that isolate the pump.`; expected a check that fails there; fix: use "
                "`polarity: affirmed`, or a longer phrase that a denial breaks"
            ),
        ),
    ],
)
def test_each_slip_of_an_author_is_told_at_its_place(tmp_path, change, said):
    assert said in remarks(tmp_path, change)


def test_a_rubric_that_wrong_answers_pass_is_an_error_and_an_echo_a_warning(tmp_path):
    verdict = "  - text: Gives the verdict seal-failure.\n    check: {verdict: seal-failure}\n"
    number = f"  - text: Cites barrier_kpa at its latest value, 180.\n    check: {NUMBER}\n"
    found = remarks(tmp_path, (verdict, ""), (number, ""))
    passes = [line.split("; expected")[0] for line in found if "passes the rubric" in line]
    assert [line.split("`")[0] for line in passes] == [
        "12:3: error: a wrong answer (opposite) passes the rubric: ",
        "12:3: warning: a wrong answer (rubric-echo) passes the rubric: ",
    ]


def test_an_unknown_category_ends_the_remarks_on_verdicts(tmp_path):
    found = remarks(tmp_path, ("category: SEALS", "category: VALVES"))
    assert len(found) == 1
    assert "`VALVES` is unknown" in found[0]


def test_a_question_that_is_too_long_to_train_on_is_told_by_its_characters(tmp_path):
    row = "    - [2026-03-03, 180, 1.4]\n"
    rows = "".join(
        f"    - [2026-04-{day:02}, {n}, 1.4]\n" for n in range(181, 191) for day in range(1, 9)
    )
    assert not [line for line in remarks(tmp_path, (row, rows[:1200] + row)) if "tokens" in line]
    (said,) = [line for line in remarks(tmp_path, (row, rows + row)) if "tokens" in line]
    assert re.fullmatch(
        r"24:3: warning: the question takes at least 1\d\d\d tokens with its answer; expected at most "
        r"1024, which a run trains on where it does not say otherwise; fix: shorten the input, or "
        r"raise `training.maxLength` in run.yaml",
        said,
    )


@pytest.mark.parametrize(
    ("labels", "rules"),
    [(("inlet", "outlet"), []), (("monday", "friday"), ["not-last-figure", "wrong-direction"])],
)
def test_a_figure_of_rows_that_are_no_times_may_be_any_of_them(labels, rules):
    benchmark = a_benchmark(columns={"lat_ms": Column(flat_within=1)})
    figure = FigureSought(metric="lat_ms", value=5, direction="down")
    asked = (Criterion(text="Reads lat_ms, 5.", check=FigureRead(figure=figure)),)
    rows = tuple(zip(labels, (5, 9), strict=True))
    scenario = a_scenario(domain_input=Table(columns=("at", "lat_ms"), rows=rows))
    changed = scenario.model_copy(update={"pass_criteria": asked, "fail_criteria": ()})
    found = [one.rule for one in remarks_on(benchmark, changed)]
    assert [rule for rule in found if rule in {"not-last-figure", "wrong-direction"}] == rules


def test_a_fail_criterion_that_is_not_to_be_required_is_told_that_it_counts(tmp_path):
    mistake = "    check: {contains: wait for the next shift}\n"
    (said,) = remarks(tmp_path, (mistake, f"{mistake}    required: false\n"))
    assert said == (
        "23:15: warning: `required: false` changes nothing here: a mistake always fails an answer; "
        "expected pass criteria alone to be not required; fix: take it away, or write what a good "
        "answer avoids as a pass criterion with `required: false`"
    )
