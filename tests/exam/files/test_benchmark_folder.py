# ruff: noqa: E501 - messages are matched whole
import json

import pytest

from modelsmith.documents.diagnostic import Severity
from modelsmith.errors import InputError
from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.files.file_reports import CheckCache
from modelsmith.exam.scenario import Split
from tests.support.exam_files import (
    BENCHMARK,
    CANARY,
    CANARY_LINE,
    SCHEMA_LINE,
    exam_repository,
    scenario_text,
    write,
    write_scenario,
)

HERE = "benchmarks/pumps"


@pytest.fixture
def repository(tmp_path):
    return exam_repository(tmp_path)


def said(repository):
    found = ExamCheck(repository, "pumps").check().diagnostics
    return [str(problem).removeprefix(f"{HERE}/") for problem in found]


def test_a_good_benchmark_has_no_problem_and_is_an_exam(repository):
    assert said(repository) == []
    exam = ExamFolder(repository, "pumps").exam()
    assert [s.id for s in exam.train] == ["PUMP_SEAL_LEAKS"]
    assert [s.id for s in exam.steer] == ["PUMP_SEAL_STEER"]
    assert [s.id for s in exam.split(Split.SEALED)] == ["PUMP_SEAL_SEALED"]
    assert exam.train[0].mechanic == {"drive": "electric", "seal": "double"}


def test_scenarios_are_sorted_by_id(repository):
    write_scenario(repository, "PUMP_A", "train")
    exam = ExamFolder(repository, "pumps").exam()
    assert [s.id for s in exam.train] == ["PUMP_A", "PUMP_SEAL_LEAKS"]


def test_checking_looks_at_every_file(repository):
    checked = ExamCheck(repository, "pumps").check()
    assert checked.files == (
        f"{HERE}/benchmark.yaml",
        f"{HERE}/train/PUMP_SEAL_LEAKS.yaml",
        f"{HERE}/steer/PUMP_SEAL_STEER.yaml",
        f"{HERE}/sealed/PUMP_SEAL_SEALED.yaml",
    )


def test_an_id_that_is_not_the_files_name_is_refused(repository):
    write(repository, f"{HERE}/train/PUMP_OTHER.yaml", scenario_text("PUMP_ID"))
    assert said(repository) == [
        (
            "train/PUMP_OTHER.yaml:2:5: error: id PUMP_ID in a file named PUMP_OTHER.yaml; expected "
            "PUMP_ID.yaml; fix: rename the file or the id"
        )
    ]


def test_a_duplicate_id_is_refused_in_both_files(repository):
    write_scenario(repository, "PUMP_SEAL_LEAKS", "steer")
    found = said(repository)
    assert [line.split(";")[0] for line in found] == [
        f"train/PUMP_SEAL_LEAKS.yaml:2:5: error: id PUMP_SEAL_LEAKS is also in {HERE}/steer/PUMP_SEAL_LEAKS.yaml",
        f"steer/PUMP_SEAL_LEAKS.yaml:2:5: error: id PUMP_SEAL_LEAKS is also in {HERE}/train/PUMP_SEAL_LEAKS.yaml",
    ]


def test_a_family_across_splits_is_refused(repository):
    write_scenario(repository, "PUMP_SEAL_LEAKS__V1", "steer")
    assert any(
        "family PUMP_SEAL_LEAKS lies in steer and, as benchmarks/pumps/train" in line
        for line in said(repository)
    )
    with pytest.raises(InputError, match="family PUMP_SEAL_LEAKS lies in"):
        ExamFolder(repository, "pumps").exam()


def test_a_variant_without_its_parent_is_refused(repository):
    write_scenario(repository, "PUMP_GONE__V1", "train")
    assert said(repository) == [
        (
            "train/PUMP_GONE__V1.yaml:2:5: error: PUMP_GONE__V1 is a variant of PUMP_GONE, which is "
            "not in the benchmark; expected its parent beside it; "
            "fix: write PUMP_GONE, or drop `__` from the id"
        )
    ]


def test_an_empty_benchmark_is_begun_and_no_exam_yet(tmp_path):
    write(tmp_path, f"{HERE}/benchmark.yaml", BENCHMARK)
    assert said(tmp_path) == [
        (
            "benchmark.yaml:1:1: note: no scenarios yet; expected some in train, steer and sealed "
            "before a run starts; fix: write one with `modelsmith scenario new ID --split train`"
        )
    ]
    with pytest.raises(InputError, match="the benchmark has no scenario"):
        ExamFolder(tmp_path, "pumps").exam()


def test_an_empty_split_may_be_filled_later_and_is_no_exam_yet(repository):
    (repository / HERE / "steer/PUMP_SEAL_STEER.yaml").unlink()
    assert said(repository) == [
        (
            "benchmark.yaml:1:1: note: no scenarios yet in steer; expected some in train, steer and "
            "sealed before a run starts; fix: write one with `modelsmith scenario new ID --split steer`"
        )
    ]
    with pytest.raises(
        InputError, match="the split steer is empty; expected at least one scenario"
    ):
        ExamFolder(repository, "pumps").exam()


def test_a_missing_benchmark_file_is_refused(tmp_path):
    write_scenario(tmp_path, "PUMP_SEAL_LEAKS", "train")
    assert said(tmp_path) == [
        (
            "benchmark.yaml:1:1: error: the file cannot be read: No such file or directory; expected a "
            "regular file that this user may read; fix: check that it exists, and its permissions"
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "domain: pumps",
            "domain: valves",
            (
                "benchmark.yaml:2:9: error: domain `valves`; expected the folder's name, pumps; "
                "fix: rename one of the two"
            ),
        ),
        (
            "verdicts: [bearing-wear, no-issue]",
            "verdicts: [bearing-wear, worn-out]",
            (
                "benchmark.yaml:23:15: warning: category BEARINGS cannot say no-issue; expected "
                "no-issue among its verdicts; fix: add `no-issue`"
            ),
        ),
        (
            "enum: [single, double]",
            "$ref: https://example.org/seal",
            (
                "benchmark.yaml:10:5: error: mechanic.schema: a schema here may not use $ref; "
                "expected JSON Schema (2020-12) of its value; fix: write the parts out"
            ),
        ),
    ],
)
def test_a_slip_in_the_benchmark_is_told_at_its_place(repository, old, new, problem):
    assert old in BENCHMARK
    write(repository, f"{HERE}/benchmark.yaml", BENCHMARK.replace(old, new))
    assert said(repository) == [problem]


def test_a_missing_schema_line_is_a_warning_and_the_exam_still_loads(repository):
    write(repository, f"{HERE}/train/PUMP_A.yaml", scenario_text("PUMP_A").partition("\n")[2])
    assert said(repository) == [
        (
            "train/PUMP_A.yaml:1:1: warning: the first line names no schema for editors; expected "
            f"`{SCHEMA_LINE}`; fix: add it"
        )
    ]
    assert len(ExamFolder(repository, "pumps").exam().train) == 2


@pytest.mark.parametrize("line", ["", CANARY_LINE.replace(CANARY, "0" * 8)])
def test_a_sealed_file_without_the_canary_is_refused(repository, line):
    text = scenario_text("PUMP_SEAL_SEALED", "sealed").replace(
        CANARY_LINE, f"# {line}".rstrip("# ")
    )
    write(repository, f"{HERE}/sealed/PUMP_SEAL_SEALED.yaml", text)
    assert (
        "sealed/PUMP_SEAL_SEALED.yaml:2:1: error: the second line of a sealed file is not the "
        f"canary of this benchmark version; expected `{CANARY_LINE}`; "
        "fix: put that comment on line 2"
    ) in said(repository)


def test_files_of_another_kind_in_a_split_are_pointed_out(repository):
    write(repository, f"{HERE}/train/NOTES.md", "x")
    write(repository, f"{HERE}/train/.hidden", "x")
    assert said(repository) == [
        (
            "train/NOTES.md:1:1: warning: not a scenario file, so nobody reads it; expected files "
            "named <ID>.yaml; fix: rename it, or move it out of this folder"
        )
    ]


def test_a_linked_scenario_is_refused(repository, tmp_path_factory):
    elsewhere = write(tmp_path_factory.mktemp("x"), "PUMP_LINK.yaml", scenario_text("PUMP_LINK"))
    (repository / HERE / "train/PUMP_LINK.yaml").symlink_to(elsewhere)
    assert said(repository) == [
        (
            "train/PUMP_LINK.yaml:1:1: error: the path is a link or leaves the repository; "
            "expected a file below its top folder; fix: put the file there"
        )
    ]


def test_an_exam_with_errors_names_every_one_and_no_warning(repository):
    write_scenario(repository, "PUMP_A", "train", ("outcomeType: tp", "outcomeType: x"))
    write_scenario(repository, "PUMP_B", "steer", (SCHEMA_LINE, "#"), ("SEALS", "VALVES"))
    with pytest.raises(InputError) as refused:
        ExamFolder(repository, "pumps").exam()
    assert [problem.path for problem in refused.value.problems] == [
        f"{HERE}/train/PUMP_A.yaml",
        f"{HERE}/steer/PUMP_B.yaml",
    ]
    assert all(problem.severity is Severity.ERROR for problem in refused.value.problems)
    assert "benchmarks/pumps is not an exam:" in str(refused.value)


def test_a_scenario_is_found_by_its_id(repository):
    folder = ExamFolder(repository, "pumps")
    assert folder.path_of("PUMP_SEAL_STEER") == f"{HERE}/steer/PUMP_SEAL_STEER.yaml"
    assert folder.path_of("PUMP_NONE") is None


def test_domains_are_the_folders_sorted(repository):
    write(repository, "benchmarks/adtech/benchmark.yaml", "x")
    write(repository, "benchmarks/README.md", "x")
    (repository / "benchmarks/.hidden").mkdir()
    assert domains_in(repository) == ["adtech", "pumps"]
    assert domains_in(repository / "nowhere") == []


def test_a_scenario_is_read_from_text_as_a_file_and_as_a_record(repository):
    folder = ExamFolder(repository, "pumps")
    benchmark = folder.benchmark()
    scenario = scenario_from(benchmark, scenario_text("PUMP_NEW"), "new")
    assert scenario.id == "PUMP_NEW"
    record = json.dumps(scenario.model_dump(mode="json", by_alias=True), ensure_ascii=False)
    assert scenario_from(benchmark, record, "record") == scenario
    with pytest.raises(InputError, match=r"new:5:11: error: `VALVES` is unknown"):
        scenario_from(benchmark, scenario_text().replace("SEALS", "VALVES"), "new")


def cached(repository):
    file = repository / ".modelsmith/cache/check/pumps.json"
    return ExamCheck(repository, "pumps", CheckCache(file)).check(), file


def test_a_cached_check_finds_the_same_and_writes_nothing(repository):
    write_scenario(repository, "PUMP_A", "train", ("outcomeType: tp", "outcomeType: x"))
    first, file = cached(repository)
    before = file.stat().st_mtime_ns
    second, _ = cached(repository)
    assert second == first
    assert first.diagnostics
    assert file.stat().st_mtime_ns == before


def test_a_cached_report_is_used_as_it_is(repository):
    _, file = cached(repository)
    kept = json.loads(file.read_text())
    for report in kept["reports"].values():
        report["id"] = "PUMP_FROM_CACHE"
    file.write_text(json.dumps(kept))
    assert {problem.rule for problem in cached(repository)[0].diagnostics} == {"duplicate-id"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"reports": {"x": 1}}', b"[]"])
def test_a_corrupt_cache_is_rebuilt(repository, content):
    first, file = cached(repository)
    good = file.read_bytes()
    file.write_bytes(content)
    assert cached(repository)[0] == first
    assert file.read_bytes() == good


def test_a_changed_file_or_benchmark_is_looked_at_again(repository):
    cached(repository)
    write_scenario(repository, "PUMP_SEAL_LEAKS", "train", ("outcomeType: tp", "outcomeType: x"))
    assert len(cached(repository)[0].diagnostics) == 1
    write_scenario(repository, "PUMP_SEAL_LEAKS", "train")
    write(repository, f"{HERE}/benchmark.yaml", BENCHMARK.replace("operator, planner", "planner"))
    assert [p.rule for p in cached(repository)[0].diagnostics] == ["unknown-lens"] * 3


def test_reports_on_files_that_are_gone_are_dropped(repository):
    extra = write_scenario(repository, "PUMP_A", "train")
    _, file = cached(repository)
    assert "PUMP_A" in file.read_text()
    extra.unlink()
    cached(repository)
    assert "PUMP_A" not in file.read_text()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(repository):
    write(repository, ".modelsmith/cache/check", "a file where the folder should be")
    checked, _ = cached(repository)
    assert checked.diagnostics == ()


def test_the_rules_across_files_see_cached_files(repository):
    cached(repository)
    write_scenario(repository, "PUMP_SEAL_LEAKS__V1", "steer")
    rules = {problem.rule for problem in cached(repository)[0].diagnostics}
    assert rules == {"family-across-splits"}
