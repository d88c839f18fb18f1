import re

import pytest

from modelsmith.documents.diagnostic import Diagnostic, Severity
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.forge.records import MOST_COMMENT_CHARACTERS
from modelsmith.workbench.exhibit import Workbench, exhibits_of
from modelsmith.workbench.page import check_of, status_of, workbench_page
from tests.support.exam_files import exam_repository, write_scenario

PATH = "benchmarks/pumps/train/PUMP_SEAL_LEAKS.yaml"


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    return ExamFolder(exam_repository(tmp_path_factory.mktemp("exam")), "pumps")


def a_workbench(exam, copies=1, diagnostics=()):
    benchmark = exam.benchmark()
    shown = exhibits_of(benchmark, list(exam.usable(benchmark)), frozenset({PATH}))
    return Workbench(
        commit="a" * 40, files=(PATH,), diagnostics=tuple(diagnostics), exhibits=shown * copies
    )


def problem(severity=Severity.ERROR, what="`x` is unknown", line=3):
    return Diagnostic(
        path=PATH, line=line, column=1, severity=severity, rule="unknown-word", what=what,
        expected="a word", remedy="write one",
    )  # fmt: skip


def test_an_exhibit_knows_its_cell_and_its_neighbours(exam):
    [shown] = a_workbench(exam).exhibits
    assert (shown.peers, shown.passed, len(shown.tried)) == (0, (), 10)
    assert {found.held_out for found in shown.neighbours} == {"PUMP_SEAL_STEER", "PUMP_SEAL_SEALED"}


def test_a_held_out_scenario_is_held_against_what_is_learnt(exam):
    benchmark = exam.benchmark()
    path = PATH.replace("train", "steer").replace("LEAKS", "STEER")
    [shown] = exhibits_of(benchmark, list(exam.usable(benchmark)), frozenset({path}))
    assert {found.candidate for found in shown.neighbours} == {"PUMP_SEAL_LEAKS"}


def test_what_does_not_fit_is_named_and_not_shown(exam):
    page = workbench_page(a_workbench(exam, copies=90))
    assert MOST_COMMENT_CHARACTERS - 5_000 < len(page) <= MOST_COMMENT_CHARACTERS
    left = 90 - page.count("<details>")
    assert page.endswith(
        f"\n{left} more scenarios do not fit here; `modelsmith scenario show ID` shows one.\n"
    )


def test_a_thousand_problems_are_cut_at_the_end_of_a_line(exam):
    page = workbench_page(a_workbench(exam, diagnostics=[problem(line=n) for n in range(1, 1_000)]))
    assert len(page) <= MOST_COMMENT_CHARACTERS
    assert re.search(r"fix: write one\n\.\.\. \(cut\)\n```\n", page)
    assert len(check_of(a_workbench(exam, diagnostics=[problem()] * 999)).annotations) == 999


def test_only_errors_fail(exam):
    for severity, conclusion in (("warning", "success"), ("note", "success"), ("error", "failure")):
        found = a_workbench(exam, diagnostics=[problem(Severity(severity))])
        assert check_of(found).conclusion == conclusion
        assert status_of(found).state == conclusion


def test_a_remark_is_one_line_that_no_terminal_and_no_page_obeys(exam):
    hostile = "::set-env name=X::y\n\x1b[2J \u202e"
    [remark] = check_of(a_workbench(exam, diagnostics=[problem(what=hostile)])).annotations
    assert remark.message.startswith("::set-env name=X::y \\u001b[2J \\u202e; expected a word")


def test_of_sentences_without_a_check_no_wrong_answer_is_said_to_fail(exam, tmp_path):
    check = "    check: {contains: isolate the pump}\n"
    repository = exam_repository(tmp_path)
    write_scenario(repository, "PUMP_SEAL_LEAKS", "train", (check, ""))
    page = workbench_page(a_workbench(ExamFolder(repository, "pumps")))
    assert (
        "- wrong answers made from the right one: not tried, no check decides P3: people's labels "
        "and judges do\n"
    ) in page
    write_scenario(repository, "PUMP_SEAL_LEAKS", "train", (check, "    required: false\n"))
    page = workbench_page(a_workbench(ExamFolder(repository, "pumps")))
    assert "- wrong answers made from the right one: 10 of 10 fail\n" in page
