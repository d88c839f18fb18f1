"""Public rubric files, read from the folder that MODELSMITH_SAMPLES names; never kept here."""

import os
from pathlib import Path

import pytest

from modelsmith.documents.written_yaml import yaml_text
from modelsmith.errors import InputError
from modelsmith.exam.conversation import Conversation
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.files.imported_benchmark import BenchmarkImporter
from modelsmith.exam.imports.biggen import read_biggen
from modelsmith.exam.imports.imported import told_by
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Split
from tests.support.foreign_files import CANARY

REPOSITORY = Path(__file__).parents[3]
SAMPLES = Path(os.environ.get("MODELSMITH_SAMPLES") or REPOSITORY.parent / "shared") / "data"


def sample(name):
    file = SAMPLES / name
    if not file.is_file():
        pytest.skip(f"data/{name} is not in the folder that MODELSMITH_SAMPLES names")
    return file.read_bytes()


def a_map(form, category, passes):
    names = category["values"].values()
    return yaml_text(
        {
            "format": form,
            "idPrefix": "SAMPLE",
            "outcomeType": "tp",
            "operatorLens": "reader",
            "category": category,
            "mechanic": {"source": "public"},
            "description": "Somebody asks an assistant, who is to answer.",
            "testObjective": "Finds out whether an answer meets a public rubric.",
            "split": {"shares": {"train": 0.5, "steer": 0.25, "sealed": 0.25}},
            "benchmark": {
                "title": "A public rubric",
                "owner": "owners",
                "lenses": ["reader"],
                "categories": {name: {"title": name.title()} for name in names},
                "mechanic": {"field": "origin", "schema": {"type": "object"}},
                "answerFormat": {"instruction": "You are a helpful assistant."},
                "passes": passes,
            },
        }
    )


def imported(repository, form, name, content, map_text):
    importer = BenchmarkImporter(repository, "benchmarks/sample", CANARY)
    done = importer.with_map(form, name, content, "map.yaml", map_text.encode())
    exam = ExamFolder(repository, "sample").exam()
    assert ExamCheck(repository, "sample").check().diagnostics
    return done, [one for split in Split for one in exam.split(split)], exam


def test_all_examples_of_healthbench_are_imported(tmp_path):
    content = sample("healthbench.jsonl")
    themes = ("hedging", "global_health", "context_seeking", "complex_responses", "communication")
    values = {f"theme:{theme}": theme.upper() for theme in themes}
    map_text = a_map("healthbench", {"from": "example_tags", "values": values}, {"share": 0.6})
    done, scenarios, exam = imported(
        tmp_path, "healthbench", "healthbench.jsonl", content, map_text
    )
    assert done.scenarios == len(scenarios) == 15
    turns = [len(one.domain_input.turns) for one in scenarios]
    assert sum(count > 1 for count in turns) == 4
    assert sum(len(one.criteria()) for one in scenarios) == content.count(b'"criterion"')
    for one in scenarios:
        assert isinstance(one.domain_input, Conversation)
        assert len(prompt_for(exam.benchmark, one)) == 1 + len(one.domain_input.turns)
    assert done.unread.keys() == {"canary", "ideal_completions_data", "rubrics[].tags"}


def test_all_instances_of_biggen_are_imported(tmp_path):
    content = sample("biggen.json")
    known = told_by(read_biggen("biggen.json", content).examples)["capability"]
    values = {name: name.upper() for name in known}
    map_text = a_map("biggen", {"from": "capability", "values": values}, {"level": 4})
    done, scenarios, _ = imported(tmp_path, "biggen", "biggen.json", content, map_text)
    assert done.scenarios == len(scenarios) == 232
    assert {len(one.pass_criteria[0].levels) for one in scenarios} == {5}
    assert all(warning.severity == "warning" for warning in done.warnings)


def test_ratings_without_texts_are_refused_at_their_place(tmp_path):
    content = sample("summeval_ratings.csv")
    map_text = a_map("csv", {"from": "stratum", "values": {"extractive": "A_B"}}, {"share": 0.5})
    columns = {"id": "item", "input": "item", "passCriteria": ["score"]}
    with pytest.raises(InputError) as refusal:
        imported(
            tmp_path, "csv", "ratings.csv", content, map_text + yaml_text({"columns": columns})
        )
    (problem,) = refusal.value.problems
    assert str(problem) == (
        "ratings.csv:1:1: error: no column holds a text: item, rater, score, stratum; expected "
        "what is asked, and criteria in words; fix: bring the texts themselves; ratings say "
        "nothing of what was rated"
    )
    assert not (tmp_path / "benchmarks").exists()
