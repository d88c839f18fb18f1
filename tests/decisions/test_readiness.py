import pytest
from scipy import stats

from modelsmith.decisions.readiness import paired_gain, pass_rates, readiness_of
from modelsmith.exam.benchmark import CompositeWeights
from modelsmith.judges.certification.examination import ExamFinding
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_constant, a_sitting, a_trial, failing_on

BASELINES = ("stand-in:few-shot", "stand-in:self-consistency", "stand-in:zero-shot")


ONE, MOST, ALL = failing_on(5), failing_on(*range(12)), failing_on(*range(16))


def standing(ours=ONE, theirs=MOST, constant=None, **changes):
    baselines = {name: a_sitting(theirs) for name in BASELINES}
    constants = (a_constant(None if constant is None else a_sitting(constant)),)
    return readiness_of(
        changes.get("trials", a_sitting(ours)),
        changes.get("baselines", baselines),
        changes.get("constants", constants),
        changes.get("checks", ()),
        a_benchmark(**changes.get("benchmark", {})),
    )


def test_a_candidate_ahead_of_everything_is_ready():
    readiness = standing()
    assert readiness.is_ready
    assert readiness.beats_baselines
    assert readiness.missing == ()
    assert [lead.baseline for lead in readiness.leads] == list(BASELINES)


def test_the_lead_is_the_paired_t_bound_over_families_by_hand():
    lead = standing().leads[0].gain
    gaps = [float(f != 5) - float(f > 11) for f in range(16)]
    low = stats.t.ppf(0.05, 15, loc=sum(gaps) / 16, scale=stats.sem(gaps))
    assert lead.mean == pytest.approx(sum(gaps) / 16)
    assert lead.low == pytest.approx(low)
    assert lead.families == 16


def test_each_baseline_that_is_not_beaten_is_named():
    sittings = {name: a_sitting(failing_on(*range(12))) for name in BASELINES}
    sittings[BASELINES[1]] = a_sitting(failing_on(5))
    readiness = standing(baselines=sittings)
    assert readiness.missing == ("baseline:stand-in:self-consistency",)
    assert not readiness.beats_baselines


def test_a_constant_policy_that_scores_as_much_is_not_cleared():
    assert standing(constant=failing_on(5)).missing == ("constant-floor",)
    assert standing(constants=()).missing == ("constant-floor",)


def test_checks_that_fail_their_exam_spend_no_look_at_sealed():
    broken = ExamFinding(rule="specificity", holds=False, message="specificity 0.500")
    passed = ExamFinding(rule="criteria", holds=True, message="60 labelled criteria")
    assert standing(checks=(passed, broken)).missing == ("exam:specificity",)
    assert standing(checks=(passed,)).is_ready


def test_each_floor_of_the_benchmark_is_asked_on_steer():
    weak = standing(ours=failing_on(*range(11)), theirs=ALL)
    assert weak.missing == ("floor:core", "floor:robust", "floor:coverage")
    unsteady = standing(ours=lambda f, v: v < 2 or f > 9, theirs=ALL)
    assert unsteady.missing == ("floor:robust",)


def test_without_baselines_nothing_is_ready():
    readiness = standing(baselines={})
    assert "baselines" in readiness.missing
    assert not readiness.beats_baselines


def test_no_floor_is_asked_of_what_weighs_nothing():
    weights = {"weights": CompositeWeights(core=0.85, robust=0, coverage=0.15)}
    trials = a_sitting(failing_on(5), variants=0)
    assert standing(trials=trials, benchmark=weights).is_ready
    unsteady = standing(ours=lambda f, v: v < 2 or f > 9, theirs=ALL, benchmark=weights)
    assert unsteady.missing == ()
    weak = standing(ours=failing_on(*range(11)), theirs=ALL, benchmark=weights)
    assert weak.missing == ("floor:core", "floor:coverage")


def test_without_variants_robustness_is_missing_not_met():
    missing = standing(trials=a_sitting(failing_on(5), variants=0)).missing
    assert missing == ("constant-floor", "floor:robust")


def test_families_that_one_side_did_not_decide_are_left_out():
    lossy = a_sitting(lambda f, v: None if f == 0 else f != 5)
    assert standing(trials=lossy).leads[0].gain.families == 15


def test_fewer_than_two_families_say_nothing():
    gain = paired_gain({"A": 1.0}, {"A": 0.0, "B": 1.0}, 0.95)
    assert (gain.mean, gain.low, gain.high, gain.families) == (1.0, -1.0, 1.0, 1)
    assert paired_gain({}, {}, 0.95).families == 0


def test_a_family_is_one_figure_whatever_its_variants_do():
    trials = [a_trial("ONE_A"), a_trial("ONE_A__V1", passed=False), a_trial("TWO_A", passed=False)]
    assert pass_rates(trials) == {"ONE_A": 1.0, "TWO_A": 0.0}
