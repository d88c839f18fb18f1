import itertools
import json
from statistics import NormalDist

import pytest
from scipy import stats

from modelsmith.errors import InputError
from modelsmith.exam.benchmark import CompositeWeights, Floors
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.scenario import Criterion, OutcomeType
from modelsmith.exam.verdict import CriterionVerdict, Judged, decision, graded, unreadable
from modelsmith.statistics.composite import components_of, measures_of, pass_cubed, registry_of
from modelsmith.statistics.intervals import estimate, wilson
from modelsmith.statistics.scorecard import Scorecard, scorecard_of, too_many_errors
from modelsmith.statistics.trial import Failing, imputed, trial_of
from modelsmith.training.curriculum import shuffled
from tests.support.scenarios import a_benchmark, a_scenario, errored, skipped
from tests.support.sittings import a_sitting, a_trial, failing_on, judged

TP, TN, FP, FN = OutcomeType.TP, OutcomeType.TN, OutcomeType.FP_GUARD, OutcomeType.FN_GUARD


def card(trials, **changes):
    return scorecard_of("candidate", trials, a_benchmark(**changes))


def test_core_weighs_outcome_types_equally_so_always_flagging_scores_half():
    flagged = [a_trial(f"FLAG_{n}", passed=True, outcome_type=TP) for n in range(9)]
    clear = [a_trial("CLEAR_1", passed=False, outcome_type=TN)]
    scored = card(flagged + clear)
    assert scored.core.value == 0.5
    assert scored.pass_rate == 0.9


def test_core_takes_the_family_mean_first_so_a_clone_counts_once():
    pair = [a_trial("ONE_A"), a_trial("TWO_A", passed=False)]
    clones = [a_trial(f"ONE_A__C{n}").model_copy(update={"is_variant": False}) for n in range(8)]
    assert card(pair).core.value == card(pair + clones).core.value == 0.5


def test_variants_count_in_robustness_and_nowhere_else():
    trials = [a_trial("ONE_A"), a_trial("ONE_A__V1", passed=False), a_trial("ONE_A__V2")]
    scored = card(trials)
    assert (scored.core.value, scored.robust, scored.coverage) == (1.0, 0.0, 1.0)
    assert scored.categories[0].scenarios == 1
    assert scored.judged == 3


@pytest.mark.parametrize(
    ("passed", "core", "robust", "whole"),
    [((True, True, True), 1.0, 1.0, 1.0), ((True, True, False), 2 / 3, 0.0, 0.0)],
)
def test_twins_count_in_core_by_their_mean_and_robustness_needs_each_of_them(
    passed, core, robust, whole
):
    names = ("ONE_A", "ONE_A__OTHERNOTE", "ONE_A__OTHERSALE")
    trials = [
        trial_of(a_scenario(id=name), judged(name, passed=right))
        for name, right in zip(names, passed, strict=True)
    ]
    drawn = [
        trial_of(a_scenario(id=f"ONE_A__ROWS1V{n}"), judged("ONE_A", passed=True)) for n in range(2)
    ]
    scored = card([*trials, *drawn])
    assert scored.core.value == pytest.approx(core)
    assert (scored.robust, scored.twins, scored.robust_unmeasured) == (robust, whole, ())
    assert scored.categories[0].scenarios == 3
    assert card([a_trial("ONE_A"), a_trial("TWO_A")]).twins is None


@pytest.mark.parametrize(
    ("passes", "answers", "expected"),
    [(3, 3, 1.0), (2, 3, 0.0), (3, 6, 1 / 20), (5, 6, 10 / 20), (4, 5, 4 / 10)],
)
def test_pass_cubed_is_the_chance_that_three_random_answers_all_pass(passes, answers, expected):
    given = [True] * passes + [False] * (answers - passes)
    assert pass_cubed(given) == pytest.approx(expected)


def test_pass_cubed_is_unbiased_for_three_independent_answers():
    p, expected = 0.7, 0.0
    for answers in itertools.product((True, False), repeat=5):
        chance = p ** answers.count(True) * (1 - p) ** answers.count(False)
        expected += chance * pass_cubed(answers)
    assert expected == pytest.approx(p**3)


def test_a_family_without_three_decided_answers_is_named_and_not_part_of_robustness():
    trials = [
        *(a_trial(f"WHOLE_ONE{suffix}") for suffix in ("", "__V1", "__V2")),
        *(a_trial(f"THIN_ONE{suffix}", passed=False) for suffix in ("", "__V1")),
        *(a_trial(f"LOST_ONE{suffix}", passed=False) for suffix in ("", "__V1", "__V2")),
        a_trial("LOST_ONE__V3", passed=None),
    ]
    scored = card(trials)
    assert scored.robust == 1.0
    assert scored.robust_unmeasured == ("LOST_ONE", "THIN_ONE")


def test_without_robustness_there_is_no_composite_rather_than_other_weights():
    scored = card([a_trial("ONE_A"), a_trial("TWO_A")])
    assert scored.robust is None
    assert scored.composite is None
    assert scored.core.value == 1.0


def test_thin_cells_merge_into_type_then_category():
    trials = [
        a_trial("A_1", lens="dsp", outcome_type=TP),
        a_trial("A_2", lens="dsp", outcome_type=TP),
        a_trial("A_3", lens="dsp", outcome_type=TN),
        a_trial("A_4", lens="ssp", outcome_type=TN),
        a_trial("A_5", lens="dsp", outcome_type=FN),
        a_trial("A_6", lens="ssp", outcome_type=FP),
    ]
    assert registry_of(trials) == {
        "BID_SHADING/fn-guard/dsp": "BID_SHADING",
        "BID_SHADING/fp-guard/ssp": "BID_SHADING",
        "BID_SHADING/tn/dsp": "BID_SHADING/tn",
        "BID_SHADING/tn/ssp": "BID_SHADING/tn",
        "BID_SHADING/tp/dsp": "BID_SHADING/tp/dsp",
    }
    assert [cell.name for cell in card(trials).cells] == [
        "BID_SHADING",
        "BID_SHADING/tn",
        "BID_SHADING/tp/dsp",
    ]


def test_coverage_caps_each_cell_at_its_floor():
    trials = [
        *(a_trial(f"SHADE_{n}", passed=n < 3, category="BID_SHADING") for n in range(3)),
        *(a_trial(f"PACE_{n}", passed=n < 1, category="PACING") for n in range(3)),
    ]
    assert card(trials).coverage == pytest.approx((1 + (1 / 3) / 0.67) / 2)


def test_a_part_that_weighs_nothing_may_be_missing():
    trials = a_sitting(failing_on(0, 5), variants=1)
    weighed = card(trials, weights=CompositeWeights(core=0.85, robust=0, coverage=0.15))
    assert weighed.robust is None
    assert len(weighed.robust_unmeasured) == 16
    expected = 0.85 * weighed.core.value + 0.15 * weighed.coverage
    assert weighed.composite.value == pytest.approx(expected)
    assert card(trials).composite is None
    nothing = card([], weights=CompositeWeights(core=0.85, robust=0, coverage=0.15))
    assert nothing.composite is None


def test_a_part_that_weighs_nothing_changes_nothing_where_it_is_measured():
    weights = CompositeWeights(core=0.85, robust=0, coverage=0.15)
    steady = card(a_sitting(failing_on(0, 5)), weights=weights)
    shaky = card(a_sitting(lambda f, v: f not in {0, 5} and v == 0), weights=weights)
    assert (steady.robust, shaky.robust) == (0.875, 0)
    assert steady.composite == shaky.composite


def test_the_composite_is_the_weighted_sum_by_hand():
    trials = a_sitting(lambda family, variant: not (family == 0 or (family == 1 and variant == 2)))
    scored = card(trials, weights=CompositeWeights(core=0.5, robust=0.3, coverage=0.2))
    assert scored.core.value == pytest.approx(15 / 16)
    assert scored.robust == pytest.approx((3 / 4 + 3 / 4 + 1 + 1) / 4)
    coverage = (0.5 / 0.67 + 5) / 6
    assert scored.coverage == pytest.approx(coverage)
    assert scored.composite.value == pytest.approx(0.5 * 15 / 16 + 0.3 * 0.875 + 0.2 * coverage)


def test_one_outcome_type_gives_the_ordinary_t_interval_over_families():
    rates = [1, 1, 0, 1, 0, 1, 1, 1]
    scored = card([a_trial(f"F_{n}", passed=bool(rate)) for n, rate in enumerate(rates)])
    low, high = stats.t.interval(0.90, 7, loc=0.75, scale=stats.sem(rates))
    assert scored.core.low == pytest.approx(low)
    assert scored.core.high == pytest.approx(min(1, high))


def test_families_that_all_pass_never_print_as_certain():
    scored = card([a_trial(f"F_{n}") for n in range(12)])
    assert scored.core.value == scored.core.high == 1.0
    assert scored.core.low == pytest.approx(wilson(12, 12)[0])
    assert scored.core.low < 0.9


def test_the_composite_interval_is_the_jackknife_by_family():
    trials = a_sitting(failing_on(0, 5, 6), families=16)
    benchmark = a_benchmark()
    measures = measures_of(trials, registry_of(trials))
    left = []
    for family in sorted({t.family for t in trials}):
        core, robust, coverage = components_of(measures, benchmark.floors.cell, family)
        left.append(0.6 * core + 0.25 * robust + 0.15 * coverage)
    mean = sum(left) / 16
    error = (15 / 16 * sum((value - mean) ** 2 for value in left)) ** 0.5
    scored = card(trials)
    expected = scored.composite.value - stats.t.ppf(0.95, 15) * error
    assert scored.composite.low == pytest.approx(expected)


def test_wilson_matches_the_printed_formula_and_nothing_measured_is_anything():
    z = NormalDist().inv_cdf(0.95)
    low, high = wilson(3, 4)
    centre = (0.75 + z * z / 8) / (1 + z * z / 4)
    assert (low + high) / 2 == pytest.approx(centre)
    assert wilson(0, 0) == (0.0, 1.0)


def test_an_estimate_stays_inside_zero_and_one():
    assert estimate(0.95, 0.2, 12).high == 1.0
    assert estimate(0.05, 0.2, 12).low == 0.0


def test_an_error_is_never_a_zero():
    passed = [a_trial(f"F_{n}") for n in range(3)]
    lost = [a_trial("F_8", passed=None), trial_of(a_scenario("F_9"), skipped("F_9"))]
    scored = card(passed + lost)
    assert scored.core.value == scored.pass_rate == 1.0
    assert (scored.judged, scored.errored, scored.skipped, scored.unscored) == (3, 1, 1, 0.4)
    assert scored.categories[0].unscored == 2


def test_a_category_in_which_nothing_was_decided_has_no_rate():
    scored = card([a_trial("A_1"), a_trial("B_1", passed=None, category="PACING")])
    lost = scored.categories[1]
    assert (lost.name, lost.scenarios, lost.pass_rate) == ("PACING", 0, None)
    assert (lost.low, lost.high) == (0.0, 1.0)


@pytest.mark.parametrize(("lost", "stops"), [(0, False), (1, False), (2, True)])
def test_more_than_a_tenth_of_errors_stops_the_phase(lost, stops):
    trials = [a_trial(f"F_{n}", passed=None if n < lost else True) for n in range(10)]
    assert too_many_errors(card(trials)) is stops


def test_skipped_answers_are_not_errors():
    trials = [trial_of(a_scenario(f"F_{n}"), skipped(f"F_{n}")) for n in range(10)]
    assert not too_many_errors(card(trials))


def test_the_limit_of_errors_can_be_set():
    trials = [a_trial(f"F_{n}", passed=None if n < 3 else True) for n in range(10)]
    assert too_many_errors(card(trials), limit=0.29)
    assert not too_many_errors(card(trials), limit=0.30)


def test_an_empty_set_scores_nothing_rather_than_zero():
    scored = card([])
    assert (scored.core, scored.robust, scored.coverage, scored.composite) == (None,) * 4
    assert (scored.families, scored.unscored, scored.pass_rate) == (0, 0.0, None)
    assert not too_many_errors(scored)


def test_answering_one_scenario_twice_is_refused():
    with pytest.raises(InputError, match="candidate answered F_1 more than once") as caught:
        card([a_trial("F_1"), a_trial("F_1"), a_trial("F_2")])
    assert "one answer a scenario" in caught.value.what


def test_latency_percentiles_are_nearest_rank_over_the_timed_answers():
    trials = [a_trial(f"F_{n:02d}", latency_s=float(n)) for n in range(1, 21)]
    scored = card([*trials, a_trial("UNTIMED_ONE")])
    assert (scored.latency_p50_s, scored.latency_p95_s) == (10.0, 19.0)
    assert card([a_trial("F_1")]).latency_p50_s is None


def graded_trial(scenario, answer):
    return trial_of(scenario, graded(scenario, answer, FREE_TEXT))


def test_the_strongest_cluster_is_the_category_and_check_that_fail_first_most():
    right = composed(a_benchmark(), a_scenario())
    wrong_figure = right.replace("41", "40")
    trials = [
        graded_trial(a_scenario("ONE_A"), wrong_figure),
        graded_trial(a_scenario("TWO_A"), wrong_figure),
        graded_trial(a_scenario("THREE_A", category="PACING"), right),
        graded_trial(a_scenario("FOUR_A"), right),
    ]
    weakest = card(trials).weakest
    assert (weakest.category, weakest.kind, weakest.count) == ("BID_SHADING", "number", 2)
    assert weakest.text == "Reads the last shading_discount_pct."
    assert weakest.scenarios == ("ONE_A", "TWO_A")
    assert card(trials[3:]).weakest is None


def test_a_triggered_fail_criterion_is_a_cluster_of_its_own():
    scenario = a_scenario()
    answer = composed(a_benchmark(), scenario) + "\nACTION: Also keep the settings."
    assert graded_trial(scenario, answer).failing.kind == "fail:contains"


def test_optional_criteria_never_lead_a_cluster():
    scenario = a_scenario()
    optional = Criterion(
        text="Mentions the exchange.", check=Contains(contains="exchange"), required=False
    )
    eased = scenario.model_copy(update={"pass_criteria": (optional, *scenario.pass_criteria)})
    outcomes = [Outcome.NOT_MET, Outcome.MET, Outcome.NOT_MET, Outcome.MET, Outcome.MET]
    criteria = [
        CriterionVerdict(criterion=f"P{n}", outcome=outcome)
        for n, outcome in enumerate(outcomes, 1)
    ]
    criteria.append(CriterionVerdict(criterion="F1", outcome=Outcome.NOT_MET))
    assert trial_of(eased, decision(eased, tuple(criteria))).failing.kind == "number"


def test_imputation_decides_what_was_not_decided_and_touches_nothing_else():
    trials = (a_trial("F_1"), a_trial("F_2", passed=None), a_trial("F_3", passed=False))
    assert [trial.passed for trial in imputed(trials, passed=False)] == [True, False, False]
    assert [trial.passed for trial in imputed(trials, passed=True)] == [True, True, False]


def test_the_scorecard_does_not_depend_on_the_order_of_answers():
    trials = list(a_sitting(failing_on(1, 4, 9)))
    expected = card(trials).canonical()
    for seed in range(5):
        assert card(shuffled(trials, seed)).canonical() == expected


def test_one_more_pass_never_lowers_a_figure():
    worse, better = card(a_sitting(failing_on(2, 3, 7))), card(a_sitting(failing_on(3, 7)))
    assert better.core.value > worse.core.value
    assert better.robust >= worse.robust
    assert better.coverage >= worse.coverage
    assert better.composite.value > worse.composite.value


def test_a_scorecard_reads_back_from_its_bytes():
    scored = card(a_sitting(failing_on(1)))
    assert Scorecard.model_validate_json(scored.canonical()) == scored


def test_the_cell_floor_of_the_benchmark_is_the_one_that_counts():
    trials = [a_trial("F_1"), a_trial("F_2", passed=False)]
    assert card(trials, floors=Floors(cell=0.5)).coverage == 1.0
    assert card(trials, floors=Floors(cell=1.0)).coverage == 0.5


def test_a_verdict_that_broke_keeps_its_reason():
    trial = trial_of(a_scenario("F_1"), errored("F_1", "out of memory"), latency_s=1.5)
    assert trial.passed is None
    assert trial.verdict.reason == "out of memory"
    assert not isinstance(trial.verdict, Judged)


def test_answers_that_were_cut_or_cannot_be_read_are_counted_and_else_leave_no_trace():
    scenario = a_scenario("F_1")
    cut = trial_of(scenario, graded(scenario, "The", FREE_TEXT), is_cut=True)
    garbled = trial_of(a_scenario("F_2"), unreadable(a_scenario("F_2"), ["two verdicts"]))
    found = card([cut, garbled, a_trial("F_3"), a_trial("F_4", passed=False)])
    assert (found.cut, found.unreadable) == (1, 1)
    assert garbled.failing == Failing(kind="unreadable", text="two verdicts")
    assert Scorecard.model_validate_json(found.canonical()) == found
    whole = card([a_trial("F_3")])
    assert (whole.cut, whole.unreadable) == (0, 0)
    assert not {"cut", "unreadable"} & set(json.loads(whole.canonical()))
    assert "is_cut" not in json.loads(a_trial("F_3").canonical())
