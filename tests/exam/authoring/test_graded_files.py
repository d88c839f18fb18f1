"""Files with points, levels or turns: what `benchmark.yaml` says, and where a fault is told."""

import pytest

from modelsmith.errors import InputError
from modelsmith.exam.authoring.scenario_file import scenario_as_read
from modelsmith.exam.authoring.scenario_page import scenario_page
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import PassRule
from tests.support.exam_files import BENCHMARK, exam_repository, write, write_scenario

PATH = "benchmarks/pumps/train/PUMP_SEAL_LEAKS.yaml"
CRITERIA = """\
passCriteria:
  - text: Says that the inner seal lets barrier fluid through.
    points: 7
  - text: Recommends to isolate the pump.
    points: 3
failCriteria:
  - text: Recommends to wait for the next shift.
    points: -5
"""
LEVELS = """\
passCriteria:
  - text: Does the answer find the leak?
    levels: [It finds nothing., It names the pump., It names the seal.]
failCriteria: []
"""
TURNS = """\
domainInput:
  turns:
    - {role: user, text: The barrier pressure sinks.}
    - {role: assistant, text: Since when?}
    - {role: user, text: For three days.}
"""


@pytest.fixture
def folder(tmp_path):
    return exam_repository(tmp_path)


def rubric_of(text):
    return text[text.index("passCriteria:") : text.index("domainInput:")]


def spoiled(folder, rubric=CRITERIA, passes="", given="", **changes):
    write(folder, "benchmarks/pumps/benchmark.yaml", BENCHMARK + passes)
    file = write_scenario(folder, "PUMP_SEAL_LEAKS", "train")
    text = file.read_text(encoding="utf-8")
    text = text.replace(rubric_of(text), rubric)
    if given:
        text = text[: text.index("domainInput:")] + given
    for old, new in changes.items():
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return ExamFolder(folder, "pumps")


def told(exam):
    with pytest.raises(InputError) as refusal:
        exam.scenario(PATH)
    return [str(problem) for problem in refusal.value.problems]


def test_the_benchmark_says_when_points_pass_and_the_page_shows_it(folder):
    exam = spoiled(folder, passes="passes: {share: 0.6}\n")
    scenario = exam.scenario(PATH)
    assert scenario.passes == PassRule(share=0.6)
    page = scenario_page(exam.benchmark(), scenario)
    assert "An answer passes with at least 60% of 10 points" in page
    assert "P1  Says that the inner seal lets barrier fluid through. (+7 points)" in page
    assert "F1  Recommends to wait for the next shift. (-5 points)" in page


def test_levels_are_shown_one_a_line(folder):
    exam = spoiled(folder, LEVELS, "passes: {level: 3}\n")
    page = scenario_page(exam.benchmark(), exam.scenario(PATH))
    assert "level 2: It names the pump." in page
    assert "a criterion with levels is met from level 3 on" in page


def test_a_file_of_any_age_is_read_by_the_rule_that_stood_beside_it(folder):
    exam = spoiled(folder, passes="passes: {share: 0.6}\n")
    benchmark = (folder / "benchmarks/pumps/benchmark.yaml").read_bytes()
    content = (folder / PATH).read_bytes()
    assert scenario_as_read(PATH, benchmark, content) == exam.scenario(PATH)


@pytest.mark.parametrize(
    ("passes", "message"),
    [
        (
            "",
            "says no least level; expected a least level of 2 to 3; fix: write `passes: {lev",
        ),
        ("passes: {level: 4}\n", "says level 4 as the least; expected a least level of 2 to 3"),
        ("passes: {share: 0.5}\n", "says no least level"),
    ],
)
def test_levels_need_a_least_one(folder, passes, message):
    (problem,) = told(spoiled(folder, LEVELS, passes))
    assert problem.startswith(
        f"{PATH}:12:5: error: the criterion has 3 levels, and benchmark.yaml "
    )
    assert message in problem


def test_a_conversation_is_turns_in_a_file(folder):
    scenario = spoiled(folder, passes="passes: {share: 0.6}\n", given=TURNS).scenario(PATH)
    assert [turn.role for turn in scenario.domain_input.turns] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points: 3": "weight: 3"}, "P2 has no points, others have"),
        ({"points: -5": "points: 5"}, "F1 has 5 points"),
        ({"points: 7": "points: 700"}, "passCriteria[0].points is `700`; expected at most 100"),
        ({"role: assistant": "role: agent"}, "expected one of system, user, assistant"),
        ({"text: Since when?": "content: Since when?"}, "unknown field `content`"),
        ({"role: assistant": "role: user"}, "turn 2 is the user's, where the other speaks"),
        ({"id: PUMP": "passes: {share: 0.1}\nid: PUMP"}, "unknown field `passes`"),
    ],
)
def test_a_fault_is_told_at_its_place(folder, changes, message):
    problems = told(spoiled(folder, passes="passes: {share: 0.6}\n", given=TURNS, **changes))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith(f"{PATH}:") for problem in problems)
