"""A benchmark goes out and comes in again: whole as our JSON Lines, with named losses elsewhere."""

from pathlib import Path

import pytest

from modelsmith.documents.strict_yaml import parsed
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.benchmark import Benchmark, Exam
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.files.imported_benchmark import BenchmarkImporter, beside_scenarios
from modelsmith.exam.imports.exchange import exchange_lines
from modelsmith.exam.imports.promptfoo import read_promptfoo
from modelsmith.exam.imports.to_promptfoo import as_promptfoo
from modelsmith.exam.scenario import Split
from tests.support.foreign_files import CANARY, FORMATS, imported, map_of

REPOSITORY = Path(__file__).parents[3]
SHARES = ("split: train", "split: {shares: {train: 0.4, steer: 0.3, sealed: 0.3}}")


def out_of(repository, domain):
    exam = ExamFolder(repository, domain).exam()
    return exam, exchange_lines(exam, beside_scenarios(repository, exam))


def into(repository, content, folder):
    return BenchmarkImporter(repository, folder, CANARY).whole("exam.jsonl", content)


@pytest.mark.parametrize("form", ["healthbench", "adtech"])
def test_out_and_in_again_is_equal(tmp_path, form):
    source, domain = REPOSITORY, "adtech"
    if form != "adtech":
        source, domain = tmp_path / "source", "pumps"
        imported(source, form, map_text=map_of(form, SHARES))
    exam, content = out_of(source, domain)
    done = into(tmp_path, content, f"benchmarks/{domain}")
    again, content_again = out_of(tmp_path, domain)
    assert again == exam
    assert content_again == content
    assert done.scenarios == sum(len(exam.split(split)) for split in Split)
    beside = beside_scenarios(source, exam)
    assert beside_scenarios(tmp_path, again) == beside
    assert bool(beside) is (form == "adtech")


def test_it_may_come_in_under_another_name(tmp_path):
    exam, content = out_of(REPOSITORY, "adtech")
    into(tmp_path, content, "benchmarks/ads")
    again = ExamFolder(tmp_path, "ads").exam()
    renamed = Benchmark.model_validate(dict(exam.benchmark) | {"domain": "ads"})
    assert again == exam.model_copy(update={"benchmark": renamed})


def test_what_is_there_is_not_overwritten(tmp_path):
    _, content = out_of(REPOSITORY, "adtech")
    into(tmp_path, content, "benchmarks/adtech")
    with pytest.raises(UsageError, match=r"benchmarks/adtech/benchmark.yaml is already there"):
        into(tmp_path, content, "benchmarks/adtech")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"kind":"benchmark"', b'"kind":"bench"'),
        (b'"format":"modelsmith/1"', b'"format":"modelsmith/9"'),
        (b'"split":"train"', b'"split":"test"'),
        (b'"operatorLens":"', b'"operatorLens":"nobody '),
        (b'"path":"exam/', b'"path":"../exam/'),
        (b'"path":"exam/', b'"path":"exam/../../'),
    ],
)
def test_a_damaged_file_of_ours_is_refused_at_its_line(tmp_path, old, new):
    _, content = out_of(REPOSITORY, "adtech")
    assert old in content
    with pytest.raises(InputError) as refusal:
        into(tmp_path, content.replace(old, new, 1), "benchmarks/adtech")
    problems = [str(problem) for problem in refusal.value.problems]
    at = content[: content.index(old)].count(b"\n") + 1
    assert problems[0].startswith(f"exam.jsonl:{at}:")
    assert not (tmp_path / "benchmarks").exists()


def test_a_scenario_that_stands_twice_is_refused(tmp_path):
    _, content = out_of(REPOSITORY, "adtech")
    lines = content.splitlines(keepends=True)
    with pytest.raises(InputError, match="stands here a second time"):
        into(tmp_path, b"".join([*lines, lines[1]]), "benchmarks/adtech")
    with pytest.raises(InputError, match="the first line, and no other, to hold the benchmark"):
        into(tmp_path, b"".join(lines[1:]), "benchmarks/adtech")


def test_what_promptfoo_cannot_say_is_named_with_its_count():
    exam = ExamFolder(REPOSITORY, "adtech").exam()
    text, lost = as_promptfoo(exam, list(beside_scenarios(REPOSITORY, exam)))
    criteria = [c for split in Split for s in exam.split(split) for c in s.criteria().values()]
    verdicts = sum(c.check is not None and hasattr(c.check, "verdict") for c in criteria)
    assert lost["a check of kind verdict: a model decides its words"] == verdicts
    assert lost["a file of families"] > 0
    assert lost["a labelled sheet"] > 0
    assert {"benchmark.yaml: canary", "benchmark.yaml: floors", "benchmark.yaml: weights"} <= {
        *lost
    }
    document, problems = parsed("promptfoo.yaml", text.encode())
    assert problems == []
    assert [test["description"] for test in document.value["tests"]] == [
        one.id for split in Split for one in exam.split(split)
    ]


@pytest.mark.parametrize("form", ["healthbench", "biggen"])
def test_points_levels_and_turns_reach_promptfoo(tmp_path, form):
    imported(tmp_path, form)
    folder = ExamFolder(tmp_path, "pumps")
    scenarios = [one.scenario for one in folder.usable(folder.benchmark())]
    exam = Exam(benchmark=folder.benchmark(), train=tuple(scenarios), steer=(), sealed=())
    text, lost = as_promptfoo(exam)
    source = read_promptfoo("promptfoo.yaml", text.encode())
    assert source.problems == ()
    by_name = {one.name: one for one in source.examples}
    for scenario in scenarios:
        found = by_name[scenario.id]
        assert [role for role, _ in found.given][1:] == [
            turn.role for turn in scenario.domain_input.turns if turn.role != "system"
        ]
        assert [one.points for one in (*found.passing, *found.failing)] == [
            criterion.points or criterion.weight for criterion in scenario.criteria().values()
        ]
    if form == "biggen":
        assert lost["levels: a rubric says the least one in words"] == len(scenarios)
        assert "It passes from level 4 on." in text
    else:
        assert any(what.startswith("the share of points that passes") for what in lost)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_was_imported_twice_gives_the_same_scenarios(tmp_path, form):
    for name in ("one", "two"):
        imported(tmp_path / name, form)
    one, two = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in sorted((tmp_path / name).rglob("*.yaml"))
        }
        for name in ("one", "two")
    )
    assert one == two
