import pytest

from modelsmith.exam.files.check import ExamCheck
from tests.support.exam_files import BENCHMARK, CANARY_LINE, SCHEMA_LINE, write, write_scenario
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


def copy_to_steer(root):
    text = (root / LEAKS).read_text(encoding="utf-8")
    write(
        root, f"{HERE}/steer/PUMP_COPY.yaml", text.replace("id: PUMP_SEAL_LEAKS", "id: PUMP_COPY")
    )


def copy_to_sealed(root):
    text = (
        (root / LEAKS).read_text(encoding="utf-8").replace("id: PUMP_SEAL_LEAKS", "id: PUMP_COPY")
    )
    text = text.replace(SCHEMA_LINE, f"{SCHEMA_LINE}\n{CANARY_LINE}")
    write(root, f"{HERE}/sealed/PUMP_COPY.yaml", text)


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
        (copy_to_steer, [f"{HERE}/steer/PUMP_COPY.yaml"]),
        (copy_to_sealed, [f"{HERE}/sealed/PUMP_COPY.yaml"]),
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


# Criteria that no check decides

ISOLATE = "\n    check: {contains: isolate the pump}"
WAIT = "\n    check: {contains: wait for the next shift}"
PRESSURE = "\n    check: {number: {metric: barrier_kpa, value: 180}}"
OPTIONAL = ("check: {contains: isolate the pump}", "required: false")


def open_notes(check):
    return [str(one) for one in check.diagnostics if one.rule == "judge-needed"]


def test_criteria_that_no_check_decides_are_one_note_a_split_with_count_and_first_places(
    repository,
):
    for number in (1, 2):
        name = f"PUMP_PROSE_{number}"
        write_scenario(repository, name, "train", (ISOLATE, ""), (WAIT, ""), (PRESSURE, ""))
    write_scenario(repository, "PUMP_SEAL_STEER", "steer", (ISOLATE, ""))
    write_scenario(repository, "PUMP_SEAL_SEALED", "sealed", OPTIONAL)
    train, steer = open_notes(ExamCheck(repository, "pumps").check())
    first, second = (f"{HERE}/train/PUMP_PROSE_{number}.yaml" for number in (1, 2))
    assert train == (
        f"{first}:12:5: note: no check decides this criterion and 5 more, in 2 scenarios of train: "
        f"{first}:15:5, {first}:19:5, {second}:12:5, ...; expected checks, or graders that decide "
        "it: else no answer is ever found right; fix: add a check, label right answers in exam/ "
        "(they are trained on, and a grader is examined by them), or name certified judges in "
        "run.yaml"
    )
    assert steer.startswith(
        f"{HERE}/steer/PUMP_SEAL_STEER.yaml:16:5: note: no check decides this criterion; expected"
    )


def test_criteria_of_one_paragraph_are_at_one_place_which_is_named_once(repository):
    text = (repository / LEAKS).read_text()
    head, _, rest = text.partition("passCriteria:")
    tail = rest[rest.index("failCriteria:") :]
    prose = "passCriteria: Cites the pressure. Says why it sank. Wants the pump isolated.\n"
    (repository / LEAKS).write_text(f"{head}{prose}{tail}")
    (told,) = open_notes(ExamCheck(repository, "pumps").check())
    assert told.startswith(
        f"{LEAKS}:11:15: note: no check decides this criterion and 2 more, in 1 scenario of train; "
        "expected checks"
    )


def test_the_count_is_of_the_files_that_are_asked_about(repository):
    for number in (1, 2):
        write_scenario(repository, f"PUMP_PROSE_{number}", "train", (ISOLATE, ""))
    second = f"{HERE}/train/PUMP_PROSE_2.yaml"
    check = ExamCheck(repository, "pumps")
    for found in (check.check(lambda path: path == second), check.check_since([second])):
        (told,) = open_notes(found)
        assert told.startswith(f"{second}:16:5: note: no check decides this criterion; expected")
    assert "and 1 more, in 2 scenarios of train" in open_notes(check.check())[0]
