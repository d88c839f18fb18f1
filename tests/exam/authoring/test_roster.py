# ruff: noqa: E501 - messages are matched whole
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.exam.authoring.scenario_file import FileReport, empty_splits, roster_problems
from modelsmith.exam.scenario import Split

BENCHMARK = "benchmarks/pumps/benchmark.yaml"


def entrant(scenario_id, split="train", file=None):
    path = f"benchmarks/pumps/{split}/{file or scenario_id}.yaml"
    return FileReport(path=path, split=Split(split), id=scenario_id, line=2, column=5)


def said(*entrants):
    return [str(problem).replace("benchmarks/pumps/", "") for problem in roster_problems(entrants)]


def test_a_good_roster_has_no_problem():
    assert said(entrant("A_A"), entrant("A_A__V1"), entrant("B_B", "sealed")) == []


def test_both_files_of_a_duplicate_id_are_named():
    assert said(entrant("A_A"), entrant("A_A", "sealed")) == [
        (
            "train/A_A.yaml:2:5: error: id A_A is also in sealed/A_A.yaml; expected an id that no "
            "other file has; fix: rename one of the two, its file too"
        ),
        (
            "sealed/A_A.yaml:2:5: error: id A_A is also in train/A_A.yaml; expected an id that no "
            "other file has; fix: rename one of the two, its file too"
        ),
    ]


def test_a_family_across_splits_is_named_in_each_file():
    assert said(entrant("A_A"), entrant("A_A__V1", "steer")) == [
        (
            "train/A_A.yaml:2:5: error: family A_A lies in train and, as steer/A_A__V1.yaml, in steer; "
            "expected a family in one split; fix: move one of the two, or give it a family of its own"
        ),
        (
            "steer/A_A__V1.yaml:2:5: error: family A_A lies in steer and, as train/A_A.yaml, in train; "
            "expected a family in one split; fix: move one of the two, or give it a family of its own"
        ),
    ]


def test_a_variant_without_its_parent_is_an_orphan():
    assert said(entrant("A_A__V1")) == [
        (
            "train/A_A__V1.yaml:2:5: error: A_A__V1 is a variant of A_A, which is not in the "
            "benchmark; expected its parent beside it; fix: write A_A, or drop `__` from the id"
        )
    ]


def test_an_empty_benchmark_is_said_once():
    assert [str(problem) for problem in empty_splits(BENCHMARK, set())] == [
        (
            f"{BENCHMARK}:1:1: error: the benchmark has no scenario; expected scenarios in train, "
            "steer and sealed; fix: write one with `modelsmith scenario new`"
        )
    ]


def test_each_empty_split_is_said():
    found = [problem.what for problem in empty_splits(BENCHMARK, {Split.TRAIN})]
    assert found == ["the split steer is empty", "the split sealed is empty"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["A_A", "A_A__V1", "B_B", "B_B__V2"]), st.sampled_from(Split)),
        unique=True,
    ),
    st.randoms(),
)
def test_the_order_of_files_does_not_change_whether_there_is_a_problem(pairs, random):
    entrants = [entrant(name, split) for name, split in pairs]
    shuffled = random.sample(entrants, len(entrants))
    rules = sorted((p.path, p.rule) for p in roster_problems(entrants))
    assert rules == sorted((p.path, p.rule) for p in roster_problems(shuffled))
