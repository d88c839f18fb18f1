import json

import pytest

from modelsmith.documents.diagnostic import Diagnostic, Severity
from modelsmith.documents.diagnostic_formats import as_github, as_json, as_sarif, as_text


def problem(**changes):
    fields = {"path": "benchmarks/a b,c:d%/x.yaml", "line": 3, "column": 5, "rule": "syntax",
              "severity": Severity.ERROR, "what": "100 %\nof it: a, b", "expected": "less",
              "remedy": "cut"}  # fmt: skip
    return Diagnostic(**fields | changes)


FOUND = [problem(), problem(severity=Severity.WARNING, rule="canary", line=9),
         problem(severity=Severity.NOTE, rule="judge-needed", path="y.yaml")]  # fmt: skip


def test_text_is_one_line_a_problem_and_a_summary():
    assert as_text(FOUND, 1).splitlines() == [
        "benchmarks/a b,c:d%/x.yaml:3:5: error: 100 % of it: a, b; expected less; fix: cut",
        "benchmarks/a b,c:d%/x.yaml:9:5: warning: 100 % of it: a, b; expected less; fix: cut",
        "y.yaml:3:5: note: 100 % of it: a, b; expected less; fix: cut",
        "1 file checked: 1 error, 1 warning, 1 note",
    ]


def test_nothing_found_is_still_summed_up():
    assert as_text([], 61) == "61 files checked: 0 errors, 0 warnings, 0 notes"


def test_github_commands_are_escaped():
    first, second, third, summary = as_github(FOUND, 3).splitlines()
    assert first == (
        "::error file=benchmarks/a b%2Cc%3Ad%25/x.yaml,line=3,col=5,"
        "title=syntax%3A A file is well-formed YAML.::100 %25 of it: a, b; expected less; fix: cut"
    )
    assert second.startswith("::warning file=")
    assert third.startswith("::notice file=y.yaml,line=3,col=5,title=judge-needed%3A ")
    assert summary == "3 files checked: 1 error, 1 warning, 1 note"


def test_a_problem_cannot_forge_a_workflow_command():
    lines = as_github([problem(what="x\r\n::set-output name=a::b")], 1).splitlines()
    assert [line for line in lines if line.startswith("::")] == [lines[0]]


def test_sarif_has_what_the_standard_requires():
    log = json.loads(as_sarif(FOUND, 3))
    assert log["version"] == "2.1.0"
    assert log["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"
    [run] = log["runs"]
    assert run["tool"]["driver"]["name"] == "modelsmith"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["canary", "judge-needed", "syntax"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    assert run["results"][0]["message"] == {"text": "100 % of it: a, b; expected less; fix: cut"}
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "benchmarks/a%20b%2Cc%3Ad%25/x.yaml"},
                "region": {"startLine": 3, "startColumn": 5},
            }
        }
    ]


def test_sarif_without_problems_is_still_a_log():
    assert json.loads(as_sarif([], 3))["runs"][0]["results"] == []


@pytest.mark.parametrize("found", [FOUND, []])
def test_json_is_read_back_as_the_same_records(found):
    read = json.loads(as_json(found, 3))
    assert [Diagnostic.model_validate_json(json.dumps(record)) for record in read] == found
