from modelsmith.exam.authoring.coverage import coverage_of
from modelsmith.exam.scenario import OutcomeType
from tests.support.scenarios import a_benchmark, a_scenario


def test_every_kind_of_scenario_has_a_cell_the_empty_ones_too():
    found = coverage_of(a_benchmark(), [])
    assert (found.total, found.cells, found.empty) == (0, 3 * 4 * 2, 3 * 4 * 2)
    assert [row.category for row in found.rows] == ["BID_SHADING", "PACING", "ATTRIBUTION"]
    assert found.sums() == (0,) * 8


def test_scenarios_are_counted_where_they_belong():
    scenarios = [
        a_scenario("A_ONE"),
        a_scenario("A_TWO"),
        a_scenario("A_THREE", outcome_type=OutcomeType.TN, lens="ssp"),
        a_scenario("A_FOUR", category="PACING", outcome_type=OutcomeType.FN_GUARD),
    ]
    found = coverage_of(a_benchmark(), scenarios)
    assert (found.types, found.lenses) == (("tp", "tn", "fp-guard", "fn-guard"), ("dsp", "ssp"))
    shading, pacing, attribution = found.rows
    assert shading.counts == (2, 0, 0, 1, 0, 0, 0, 0)
    assert pacing.counts == (0, 0, 0, 0, 0, 0, 1, 0)
    assert (shading.total, pacing.total, attribution.total) == (3, 1, 0)
    assert found.sums() == (2, 0, 0, 1, 0, 0, 1, 0)
    assert (found.total, found.empty) == (4, 21)
