from modelsmith.exam.benchmark import ExamSnapshot, by_id, digests_of
from modelsmith.exam.prompt import worked_examples
from modelsmith.exam.scenario import OutcomeType
from tests.support.scenarios import a_benchmark, a_scenario


def a_snapshot(*sealed, **changes):
    return ExamSnapshot(
        benchmark=a_benchmark(**changes),
        train=(a_scenario("TRAIN_ONE"),),
        steer=(a_scenario("STEER_ONE"),),
        sealed=sealed or (a_scenario("SEALED_ONE"), a_scenario("SEALED_ONE__V1", figure=44)),
    )


def test_scenarios_by_id_are_sorted():
    scenarios = [a_scenario("B_TWO"), a_scenario("A_ONE")]
    assert list(by_id(scenarios)) == list(digests_of(scenarios)) == ["A_ONE", "B_TWO"]
    assert digests_of(scenarios)["A_ONE"] == scenarios[1].digest()


def test_everything_in_steer_and_sealed_is_held_out_variants_included():
    snapshot = a_snapshot()
    assert snapshot.held_out() == {s.digest() for s in (*snapshot.steer, *snapshot.sealed)}
    assert snapshot.train[0].digest() not in snapshot.held_out()


def test_neither_variants_nor_words_of_the_benchmark_make_a_new_sealed_version():
    version = a_snapshot().sealed_version()
    assert a_snapshot(a_scenario("SEALED_ONE")).sealed_version() == version
    assert a_snapshot(owner="somebody-else", title="Another title").sealed_version() == version
    assert a_snapshot(a_scenario("SEALED_ONE", figure=5)).sealed_version() != version
    assert a_snapshot(domain="pumps").sealed_version() != version


def test_worked_examples_show_one_problem_and_one_all_clear_shortest_first():
    flagged, clear = a_scenario("A_TP"), a_scenario("A_TN", outcome_type=OutcomeType.TN)
    longer = a_scenario("A_LONGER", description="A longer story " * 9)
    answers = {"A_TP": "no", "A_TN": "yes", "A_LONGER": "no"}
    assert worked_examples([longer, clear, flagged], answers) == ((flagged, "no"), (clear, "yes"))


def test_a_scenario_without_a_right_answer_is_no_example():
    assert worked_examples([a_scenario("A_TP")], {}) == ()
