import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from modelsmith.documents.strict_yaml import parsed
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.setup.schemas import schema_files
from tests.support.exam_files import BENCHMARK, SCENARIO, exam_repository
from tests.support.family_files import family_text


@pytest.fixture
def schemas(tmp_path):
    benchmark = ExamFolder(exam_repository(tmp_path), "pumps").benchmark()
    return {name: json.loads(text) for name, text in schema_files([benchmark]).items()}


def value(text):
    return parsed("x.yaml", text.encode())[0].value


def places(schema, text):
    errors = Draft202012Validator(schema).iter_errors(value(text))
    return sorted("/".join(map(str, error.absolute_path)) for error in errors)


def test_there_is_a_schema_for_every_file_that_people_write(schemas):
    assert list(schemas) == [
        "benchmark.schema.json",
        "boundaries.schema.json",
        "clusters.schema.json",
        "exam.schema.json",
        "family.schema.json",
        "models.schema.json",
        "policy.schema.json",
        "pumps.scenario.schema.json",
        "run.schema.json",
        "scenario.schema.json",
    ]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_good_scenario_keeps_both_its_schemas(schemas):
    assert places(schemas["pumps.scenario.schema.json"], SCENARIO) == []
    assert places(schemas["scenario.schema.json"], SCENARIO) == []


def test_a_good_benchmark_keeps_its_schema(schemas):
    assert places(schemas["benchmark.schema.json"], BENCHMARK) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("operatorLens: operator", "operatorLens: driver", "operatorLens"),
        ("category: SEALS", "category: VALVES", "category"),
        ("drive: electric", "drive: steam", "pumpMechanic/drive"),
        ("outcomeType: tp", "outcomeType: maybe", "outcomeType"),
        ("pumpMechanic:", "mechanic:", ""),
        ("verdict: seal-failure", "verdict: broken", "passCriteria"),
        ("{contains: isolate the pump}", "{contain: isolate the pump}", "passCriteria"),
    ],
)
def test_the_domains_schema_knows_its_words(schemas, old, new, place):
    assert old in SCENARIO
    assert place in places(schemas["pumps.scenario.schema.json"], SCENARIO.replace(old, new))


def test_paragraphs_and_sentences_are_allowed(schemas):
    text = SCENARIO.replace(
        "failCriteria:\n  - text: Recommends to wait for the next shift.\n"
        "    check: {contains: wait for the next shift}\n",
        "failCriteria: Recommends to wait. Blames the bearing.\n",
    )
    assert text != SCENARIO
    assert places(schemas["pumps.scenario.schema.json"], text) == []


def test_every_field_is_described_for_the_editor(schemas):
    properties = schemas["pumps.scenario.schema.json"]["properties"]
    assert len(properties) == 11
    assert all(shape["description"] for shape in properties.values())


REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "path",
    [
        "benchmarks/adtech/benchmark.yaml",
        "benchmarks/adtech/exam/ADTECH_FLOOR_INAPP_RECORD_FILL.yaml",
        "benchmarks/adtech/families/ADTECH_FLOOR_INAPP_RECORD_FILL.yaml",
        "benchmarks/adtech/train/ADTECH_FLOOR_INAPP_RECORD_FILL.yaml",
        "runners/clusters.yaml",
        "runs/demo/run.yaml",
    ],
)
def test_a_shipped_file_keeps_the_schema_that_its_first_line_names(path):
    file = REPOSITORY / path
    text = file.read_text(encoding="utf-8")
    named = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((file.parent / named).read_text(encoding="utf-8"))
    assert places(schema, text) == []


def test_a_family_has_a_schema_that_sees_slips(schemas):
    schema, family = schemas["family.schema.json"], family_text()
    assert places(schema, family) == []
    assert places(schema, family.replace("no-issue: flip", "no-issue: flop")) == ["worlds/no-issue"]
    assert places(schema, family.replace("no-issue: flip", "No_Issue: flip")) == ["worlds"]
    assert places(schema, family.replace("parent:", "parents:")) == ["", ""]
