import json

import pytest

from modelsmith.exam.authoring.scenario_page import (
    decider_words,
    scenario_json,
    scenario_page,
)
from modelsmith.exam.benchmark import JudgingRules
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.prompt import prompt_for
from tests.support.exam_files import exam_repository, write_scenario


@pytest.fixture
def shown(tmp_path):
    exam_repository(tmp_path)
    contains = "    check: {contains: isolate the pump}"
    mistake = "    check: {contains: wait for the next shift}"
    write_scenario(
        tmp_path,
        "PUMP_SEAL_LEAKS",
        "train",
        (contains, "    required: false\n    weight: 0.5"),
        (mistake, ""),
    )
    folder = ExamFolder(tmp_path, "pumps")
    return folder.benchmark(), folder.scenario("benchmarks/pumps/train/PUMP_SEAL_LEAKS.yaml")


def test_the_prompt_is_the_one_that_the_model_gets(shown):
    page = scenario_page(*shown)
    for message in prompt_for(*shown):
        for line in message.content.splitlines():
            assert f"  {line}" in page.splitlines()


def test_the_rubric_is_shown_with_its_ids_and_apart_from_the_prompt(shown):
    asked, never = scenario_page(*shown).split("It never sees:")
    assert "Objective" not in asked
    assert never.splitlines()[2:8] == [
        "  P1  Cites barrier_kpa at its latest value, 180.",
        '      check {"number": {"value": 180.0, "metric": "barrier_kpa"}}',
        "  P2  Says that the inner seal lets barrier fluid through.",
        (
            '      check {"any_of": ["lets barrier fluid through", "inner seal fails"]}; '
            "certified judges in its place where a run has them"
        ),
        "  P3  Recommends to isolate the pump. (not required, weight 0.5)",
        "      no check, not required: decides nothing",
    ]


def test_who_decides_a_criterion_is_said_beside_it(shown):
    benchmark, scenario = shown
    said = {key: decider_words(benchmark, key, one) for key, one in scenario.criteria().items()}
    assert said["F1"] == (
        "no check: decided by labels in exam/, and by certified judges where a run has them"
    )
    assert said["P2"].endswith("; certified judges in its place where a run has them")
    assert "judges" not in said["P4"]
    by_checks = benchmark.model_copy(update={"judging": JudgingRules(wording=())})
    assert "judges" not in decider_words(by_checks, "P2", scenario.criteria()["P2"])


def test_json_holds_the_same(shown):
    page = json.loads(scenario_json(*shown))
    assert page["id"] == "PUMP_SEAL_LEAKS"
    assert [message["role"] for message in page["prompt"]] == ["system", "user"]
    assert list(page["rubric"]) == ["P1", "P2", "P3", "P4", "F1"]
    assert page["rubric"]["P4"]["check"] == {"verdict": "seal-failure"}
