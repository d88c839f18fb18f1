import pytest

from modelsmith.exam.files.check import ExamCheck
from tests.support.exam_files import BENCHMARK, SCHEMA_LINE, write, write_scenario
from tests.support.family_files import FAMILY_PATH, family_repository, family_text

HERE = "benchmarks/pumps"
LEAKS = f"{HERE}/train/PUMP_SEAL_LEAKS.yaml"
VARIANT = f"{HERE}/train/PUMP_SEAL_LEAKS__V1.yaml"
SHEET = f"{HERE}/exam/PUMP_SEAL_LEAKS.yaml"


@pytest.fixture
def repository(tmp_path):
    return family_repository(tmp_path)


def both(repository, *changed):
    """Return what a check of the changed files and one of everything find, as text."""
    check = ExamCheck(repository, "pumps")
    since, everything = check.check_since(changed), check.check()
    return list(map(str, since.diagnostics)), list(map(str, everything.diagnostics)), since.files


def spoil_scenario(root):
    write_scenario(root, "PUMP_SEAL_LEAKS", "train", ("outcomeType: tp", "outcomeType: x"))


def spoil_family(root):
    write(root, FAMILY_PATH, family_text().replace("pick(", "chosen("))


def spoil_partial(root):
    write(root, f"{HERE}/families/_seal.j2", "{% macro %}")


def spoil_sheet(root):
    write(root, SHEET, "scenario: PUMP_SEAL_LEAKS\n")


def orphan(root):
    write_scenario(root, "PUMP_SEAL_LEAKS__V1", "train")
    (root / LEAKS).unlink()
    (root / FAMILY_PATH).unlink()


def add_twin(root):
    write_scenario(root, "PUMP_SEAL_LEAKS", "steer")


def add_variant_elsewhere(root):
    write_scenario(root, "PUMP_SEAL_LEAKS__V1", "sealed")


def rename(root):
    write_scenario(root, "PUMP_SEAL_LEAKS", "train", ("id: PUMP_SEAL_LEAKS", "id: PUMP_OTHER"))


def empty_a_split(root):
    (root / HERE / "steer/PUMP_SEAL_STEER.yaml").unlink()


def add_a_stray(root):
    write(root, f"{HERE}/train/notes.txt", "x")


def spoil_benchmark(root):
    write(root, f"{HERE}/benchmark.yaml", BENCHMARK.replace("[operator, ", "["))


@pytest.mark.parametrize(
    ("spoil", "changed"),
    [
        (spoil_scenario, [LEAKS]),
        (spoil_family, [FAMILY_PATH]),
        (spoil_partial, [f"{HERE}/families/_seal.j2"]),
        (spoil_sheet, [SHEET]),
        (orphan, [LEAKS, FAMILY_PATH]),
        (add_twin, [f"{HERE}/steer/PUMP_SEAL_LEAKS.yaml"]),
        (add_variant_elsewhere, [f"{HERE}/sealed/PUMP_SEAL_LEAKS__V1.yaml"]),
        (rename, [LEAKS]),
        (empty_a_split, [f"{HERE}/steer/PUMP_SEAL_STEER.yaml"]),
        (add_a_stray, [f"{HERE}/train/notes.txt"]),
        (spoil_benchmark, [f"{HERE}/benchmark.yaml"]),
    ],
)
def test_the_check_of_what_changed_finds_what_the_check_of_everything_does(
    repository, spoil, changed
):
    spoil(repository)
    since, everything, _ = both(repository, *changed)
    assert sorted(since) == sorted(everything) != []


def test_only_what_the_change_touches_is_looked_at(repository):
    write(repository, SHEET, "scenario: PUMP_SEAL_LEAKS\n")
    *_, files = both(repository, f"{HERE}/steer/PUMP_SEAL_STEER.yaml", "README.md")
    assert files == (f"{HERE}/steer/PUMP_SEAL_STEER.yaml",)
    *_, files = both(repository, LEAKS)
    assert files == (LEAKS, FAMILY_PATH, SHEET)
    assert both(repository, "README.md")[2] == ()


def test_faults_that_were_there_before_are_not_the_changes(repository):
    write_scenario(repository, "PUMP_SEAL_STEER", "steer", (SCHEMA_LINE, "#"))
    write_scenario(repository, "PUMP_LOST__V1", "train")
    since, everything, _ = both(repository, LEAKS)
    assert (since, len(everything)) == ([], 2)
