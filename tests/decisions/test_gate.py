import itertools

import pytest
from scipy import stats

from modelsmith.decisions.attempt import exam_digest
from modelsmith.decisions.gate import GateVerdict, gate
from modelsmith.exam.benchmark import CompositeWeights, Floors
from modelsmith.judges.certification.examination import NO_CHECKS, ExamFinding
from modelsmith.run.config import Promotion
from modelsmith.training.curriculum import shuffled
from tests.support.scenarios import a_benchmark, a_scenario
from tests.support.sittings import (
    a_constant,
    a_contender,
    a_sitting,
    an_attempt,
    failing_on,
    passing,
)

BASELINES = ("stand-in:few-shot", "stand-in:self-consistency", "stand-in:zero-shot")


def found(attempt, rule):
    return next(finding for finding in gate(attempt).findings if finding.rule == rule)


def failed(attempt):
    return [finding.rule for finding in gate(attempt).failed()]


def three(passes, **changes):
    return tuple(a_contender(name, a_sitting(passes, **changes)) for name in BASELINES)


def test_a_candidate_ahead_of_three_baselines_is_promoted():
    verdict = gate(an_attempt())
    assert verdict.decision == "promote"
    assert not verdict.failed()
    assert [lead.baseline for lead in verdict.leads] == list(BASELINES)
    assert [standing.system for standing in verdict.standings] == ["candidate", *BASELINES]
    assert (verdict.families, verdict.alpha) == (16, 0.05)


def test_the_bound_is_the_jackknife_t_bound_by_hand():
    ours, theirs = failing_on(5), failing_on(*range(12))
    verdict = gate(an_attempt(baselines=three(theirs)))
    lead = verdict.leads[0]

    def composite(passes, families):
        types = [[f for f in families if f % 4 == kind] for kind in range(4)]
        core = sum(sum(passes(f, 0) for f in members) / len(members) for members in types) / 4
        cells = [[f for f in families if f // 4 in (0, 3) and f % 4 == kind] for kind in range(4)]
        cells += [[f for f in families if f // 4 == group] for group in (1, 2)]
        rates = [sum(passes(f, 0) for f in members) / len(members) for members in cells]
        return 0.85 * core + 0.15 * sum(min(1, rate / 0.67) for rate in rates) / 6

    def gap(families):
        return composite(ours, families) - composite(theirs, families)

    left = [gap([f for f in range(16) if f != out]) for out in range(16)]
    error = (15 / 16 * sum((value - sum(left) / 16) ** 2 for value in left)) ** 0.5
    assert lead.difference == pytest.approx(gap(range(16)))
    assert lead.error == pytest.approx(error)
    assert lead.low == pytest.approx(lead.difference - stats.t.ppf(0.95, 15) * error)
    assert lead.shrunken == pytest.approx(lead.difference * (1 - (error / lead.difference) ** 2))
    detectable = (stats.t.ppf(0.95, 15) + stats.norm.ppf(0.8)) * error
    assert lead.smallest_detectable == pytest.approx(detectable)
    assert verdict.smallest_detectable == pytest.approx(detectable)


@pytest.mark.parametrize(
    ("ours_fail", "theirs_fail", "weights"),
    [
        ((3, 9, 10), range(8), CompositeWeights()),
        ((3,), (0, 2, 6, 10), CompositeWeights(core=0.3, robust=0.2, coverage=0.5)),
    ],
)
def test_all_swaps_are_counted_up_to_fourteen_families(ours_fail, theirs_fail, weights):
    ours, theirs = failing_on(*ours_fail), failing_on(*theirs_fail)
    attempt = an_attempt(
        candidate=a_contender("candidate", a_sitting(ours, families=12)),
        baselines=three(theirs, families=12),
        constants=(a_constant(a_sitting(lambda *_: False, families=12)),),
        benchmark=a_benchmark(weights=weights),
    )
    lead = gate(attempt).leads[0]

    def composite(outcome):
        types = [[outcome[f] for f in range(12) if f % 4 == kind] for kind in range(4)]
        core = sum(sum(members) / 3 for members in types) / 4
        cells = [sum(outcome[f] for f in range(12) if f // 4 == group) / 4 for group in range(3)]
        coverage = sum(min(1, rate / 0.67) for rate in cells) / 3
        return (weights.core + weights.robust) * core + weights.coverage * coverage

    mine, other = [ours(f, 0) for f in range(12)], [theirs(f, 0) for f in range(12)]
    as_large = 0
    for swaps in itertools.product((False, True), repeat=12):
        left = [b if s else a for a, b, s in zip(mine, other, swaps, strict=True)]
        right = [a if s else b for a, b, s in zip(mine, other, swaps, strict=True)]
        as_large += composite(left) - composite(right) >= lead.difference - 1e-9
    assert lead.is_exact
    assert lead.permutation_p == pytest.approx(as_large / 2**12)


def test_beyond_fourteen_families_swaps_are_drawn_from_the_verdicts_alone():
    first, second = gate(an_attempt()), gate(an_attempt())
    assert not first.leads[0].is_exact
    assert first.leads[0].permutation_p == second.leads[0].permutation_p
    exact = 2 / 2**12
    assert first.leads[1].permutation_p == pytest.approx(exact, abs=0.002)


def test_the_verdict_does_not_depend_on_the_order_of_anything():
    attempt = an_attempt()
    expected = gate(attempt).canonical()
    for seed in range(4):
        contenders = [
            a_contender(c.system, shuffled(c.trials, seed, c.system)) for c in attempt.contenders()
        ]
        again = an_attempt(
            candidate=contenders[0],
            baselines=tuple(shuffled(contenders[1:], seed)),
            constants=tuple(shuffled(attempt.constants, seed)),
        )
        assert gate(again).canonical() == expected


def test_a_verdict_reads_back_from_its_bytes():
    verdict = gate(an_attempt())
    assert GateVerdict.model_validate_json(verdict.canonical()) == verdict


def test_one_more_pass_of_the_candidate_never_costs_the_promotion():
    promoted, leads = [], []
    for failures in range(16, -1, -2):
        trials = a_sitting(failing_on(*range(failures)))
        verdict = gate(an_attempt(candidate=a_contender("candidate", trials)))
        promoted.append(verdict.decision == "promote")
        leads.append([lead.difference for lead in verdict.leads])
    assert promoted == sorted(promoted)
    assert promoted[-1]
    assert not promoted[0]
    assert leads == sorted(leads)


def test_an_empty_set_promotes_nothing():
    attempt = an_attempt(
        candidate=a_contender("candidate", ()),
        baselines=tuple(a_contender(name, ()) for name in BASELINES),
    )
    verdict = gate(attempt)
    assert verdict.decision == "insufficient_evidence"
    assert {"answers", "families", "outcome-types"} <= set(failed(attempt))
    assert (
        found(attempt, "answers").message
        == "the candidate gave 0 sealed answers, at least 1 expected"
    )
    assert "empty set" in found(attempt, "answers").remedy
    assert (verdict.leads, verdict.standings, verdict.smallest_detectable) == ((), (), None)


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        ((), "none"),
        (BASELINES[:2], "stand-in:few-shot, stand-in:self-consistency"),
        ((*BASELINES[:2], BASELINES[0]), "stand-in:few-shot, stand-in:few-shot"),
        ((*BASELINES[:2], "candidate"), "candidate, stand-in:few-shot"),
    ],
)
def test_a_missing_or_repeated_baseline_is_no_evidence(names, listed):
    trials = a_sitting(failing_on(*range(12)))
    attempt = an_attempt(baselines=tuple(a_contender(name, trials) for name in names))
    assert gate(attempt).decision == "insufficient_evidence"
    finding = found(attempt, "three-baselines")
    assert not finding.holds
    assert finding.message.startswith(f"baselines {listed}")
    assert finding.message.endswith("3 distinct ones expected")


def test_answers_to_another_exam_are_stale():
    stale = a_contender(BASELINES[0], a_sitting(failing_on(*range(12))), exam="d" * 64)
    attempt = an_attempt(baselines=(stale, *three(failing_on(*range(12)))[1:]))
    assert gate(attempt).decision == "insufficient_evidence"
    assert failed(attempt) == ["same-exam"]
    message = found(attempt, "same-exam").message
    assert message == "exam eeeeeeeeeeee in force; answered on another one: stand-in:few-shot"


def test_the_exam_digest_changes_with_version_canary_weights_and_questions():
    scenarios = [a_scenario("ONE_A"), a_scenario("TWO_A")]
    digests = {
        exam_digest(a_benchmark(), scenarios),
        exam_digest(a_benchmark(version=2), scenarios),
        exam_digest(a_benchmark(canary="5e1f0c1a-0000-4000-8000-00000000abce"), scenarios),
        exam_digest(
            a_benchmark(weights=CompositeWeights(core=0.5, robust=0.3, coverage=0.2)), scenarios
        ),
        exam_digest(a_benchmark(), scenarios[:1]),
        exam_digest(a_benchmark(), [scenarios[0], a_scenario("TWO_A", figure=42)]),
    }
    assert len(digests) == 6
    assert exam_digest(a_benchmark(), scenarios[::-1]) == exam_digest(a_benchmark(), scenarios)


def test_systems_that_answered_other_questions_are_not_compared():
    fewer = a_contender(BASELINES[0], a_sitting(failing_on(*range(12)))[:-1])
    attempt = an_attempt(baselines=(fewer, *three(failing_on(*range(12)))[1:]))
    assert failed(attempt) == ["same-questions"]
    assert gate(attempt).leads == ()
    assert found(attempt, "same-questions").message.endswith("candidate: stand-in:few-shot")


def test_a_question_answered_twice_is_not_compared():
    trials = a_sitting(failing_on(5))
    attempt = an_attempt(candidate=a_contender("candidate", (*trials, trials[0])))
    assert "same-questions" in failed(attempt)
    assert "answered twice: candidate on FAMILY_000" in found(attempt, "same-questions").message


def sized(families, failed_by_baselines=12):
    return an_attempt(
        candidate=a_contender("candidate", a_sitting(failing_on(5), families)),
        baselines=three(failing_on(*range(failed_by_baselines)), families=families),
        constants=(a_constant(a_sitting(lambda *_: False, families)),),
    )


def test_fewer_than_twelve_families_promote_nothing():
    attempt = sized(11)
    assert gate(attempt).decision == "insufficient_evidence"
    finding = found(attempt, "families")
    assert finding.message == "11 sealed families, at least 12 expected"
    assert finding.remedy == "Add 1 sealed scenarios; variants do not count."
    assert found(sized(12), "families").holds


def test_a_one_sided_exam_cannot_promote():
    trials = [t for t in a_sitting(failing_on(5), 20) if t.outcome_type.flags]
    others = [t for t in a_sitting(failing_on(*range(16)), 20) if t.outcome_type.flags]
    attempt = an_attempt(
        candidate=a_contender("candidate", trials),
        baselines=tuple(a_contender(name, others) for name in BASELINES),
    )
    assert gate(attempt).decision == "insufficient_evidence"
    message = found(attempt, "outcome-types").message
    assert "tp 5, tn 0, fp-guard 0, fn-guard 5; at least 3 of each" in message


def test_a_second_look_at_the_same_version_is_rejected():
    attempt = an_attempt(number=2)
    assert gate(attempt).decision == "reject"
    assert failed(attempt) == ["attempts"]
    assert found(attempt, "attempts").message == "attempt 2 of 1 on exam version 1"


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ((), "sat no exam"),
        (
            (ExamFinding(rule="specificity", holds=False, message="specificity 0.500"),),
            "specificity 0.500",
        ),
    ],
)
def test_checks_that_did_not_pass_the_exam_promote_nothing(checks, said):
    attempt = an_attempt(checks=checks)
    assert gate(attempt).decision == "insufficient_evidence"
    assert failed(attempt) == ["checks"]
    assert said in found(attempt, "checks").message
    assert "modelsmith judge exam" in found(attempt, "checks").remedy


def test_an_exam_without_checks_is_not_said_to_have_passed_one():
    none = ExamFinding(rule=NO_CHECKS, holds=True, message="no criterion has a check")
    checks = found(an_attempt(checks=(none,)), "checks")
    assert checks.holds
    assert checks.message == "the checks that decide criteria: no criterion has a check"


def test_three_attempts_need_sixty_scenarios_and_share_the_error_rate():
    three_allowed = a_benchmark(attempts=3)
    assert not found(an_attempt(number=2, benchmark=three_allowed), "attempts").holds
    alphas = []
    for number in (1, 2, 3):
        attempt = an_attempt(
            number=number,
            benchmark=three_allowed,
            candidate=a_contender("candidate", a_sitting(failing_on(5), 60)),
            baselines=three(failing_on(*range(40)), families=60),
            constants=(a_constant(a_sitting(lambda *_: False, 60)),),
        )
        assert found(attempt, "attempts").holds
        alphas.append(gate(attempt).alpha)
    assert alphas == pytest.approx([0.03, 0.015, 0.005])
    assert sum(alphas) == pytest.approx(0.05)


def test_stand_ins_admit_to_sandbox_only():
    attempt = an_attempt(promotion=Promotion(channel="production"))
    assert gate(attempt).decision == "reject"
    finding = found(attempt, "stand-ins")
    assert finding.message.startswith("channel production with 3 stand-ins (stand-in:few-shot")
    assert "sandbox only" in finding.remedy


def test_more_than_a_tenth_unscored_is_no_evidence():
    lossy = a_sitting(lambda f, v: None if f in (0, 1) else f != 5)
    attempt = an_attempt(candidate=a_contender("candidate", lossy))
    assert gate(attempt).decision == "insufficient_evidence"
    assert found(attempt, "unscored:candidate").message == (
        "6 of 48 answers unscored, at most 10% expected"
    )
    fewer = a_sitting(lambda f, v: None if f == 0 else f != 5)
    assert found(an_attempt(candidate=a_contender("candidate", fewer)), "unscored:candidate").holds


def test_unscored_answers_of_a_baseline_are_limited_too():
    lossy = a_sitting(lambda f, v: None if f in (0, 1) else f > 11)
    attempt = an_attempt(baselines=(a_contender(BASELINES[0], lossy), *three(failing_on(1))[1:]))
    assert not found(attempt, f"unscored:{BASELINES[0]}").holds


def test_what_is_unscored_counts_against_the_candidate_and_flips_the_decision():
    whole = an_attempt(baselines=three(failing_on(*range(6))))
    assert gate(whole).decision == "promote"
    lost = (15,)
    lossy = an_attempt(
        candidate=a_contender("candidate", a_sitting(lambda f, v: None if f in lost else f != 5)),
        baselines=three(failing_on(*range(6))),
    )
    verdict = gate(lossy)
    assert verdict.decision == "insufficient_evidence"
    assert verdict.complete_case["stand-in:few-shot"] > verdict.leads[0].difference
    assert {f.rule.split(":")[0] for f in verdict.failed()} <= {"lead", "swap"}


def test_an_unscored_baseline_answer_counts_as_a_pass():
    hidden = a_sitting(lambda f, v: None if f == 0 else f > 11)
    attempt = an_attempt(baselines=(a_contender(BASELINES[0], hidden), *three(failing_on(1))[1:]))
    verdict = gate(attempt)
    assert verdict.leads[0].difference < verdict.complete_case[BASELINES[0]]


@pytest.mark.parametrize("part", ["core", "robust", "coverage"])
def test_each_floor_holds_whatever_the_baselines_do(part):
    floors = {"core": 0.6, "robust": 0.4, "coverage": 0.6} | {part: 1.0}
    attempt = an_attempt(
        benchmark=a_benchmark(floors=Floors(**floors)),
        candidate=a_contender("candidate", a_sitting(failing_on(1, 13, 5))),
    )
    assert gate(attempt).decision == "reject"
    finding = found(attempt, f"floor:{part}")
    assert not finding.holds
    assert finding.message.endswith("at least 1.000 expected")


def test_a_strong_composite_does_not_buy_a_weak_part():
    unsteady = a_sitting(lambda f, v: v == 0 or f > 4)
    steady = a_sitting(lambda f, v: f > 2)
    attempt = an_attempt(
        candidate=a_contender("candidate", unsteady),
        baselines=tuple(a_contender(name, steady) for name in BASELINES),
    )
    finding = found(attempt, "behind:robust")
    assert not finding.holds
    assert finding.message == (
        "robust 0.688, the best baseline has 0.812; at most 0.05 behind expected"
    )
    assert gate(attempt).decision == "reject"


def test_a_benchmark_that_a_constant_answer_passes_is_refused():
    attempt = an_attempt(constants=(a_constant(a_sitting(failing_on(5))),))
    verdict = gate(attempt)
    assert verdict.decision == "reject"
    assert failed(attempt) == ["above:constant:copy-the-input"]
    finding = verdict.failed()[0]
    assert "teaches nothing" in finding.remedy
    assert verdict.constant == "constant:copy-the-input"
    assert verdict.constant_composite == verdict.standings[0].composite


def test_without_a_constant_policy_there_is_no_evidence():
    attempt = an_attempt(constants=())
    assert gate(attempt).decision == "insufficient_evidence"
    assert failed(attempt) == ["constants"]


def test_a_tie_promotes_nothing():
    attempt = an_attempt(baselines=three(failing_on(5)))
    verdict = gate(attempt)
    assert verdict.decision == "reject"
    assert [lead.difference for lead in verdict.leads] == [0.0] * 3
    assert {f"no-tie:{name}" for name in BASELINES} <= set(failed(attempt))
    assert {f"not-futile:{name}" for name in BASELINES} <= set(failed(attempt))
    assert (
        "difference +0.000 with standard error 0.000"
        in found(attempt, f"no-tie:{BASELINES[0]}").message
    )


def test_one_tied_baseline_is_enough_to_refuse():
    tied = a_contender(BASELINES[0], a_sitting(failing_on(5)))
    attempt = an_attempt(baselines=(tied, *three(failing_on(*range(12)))[1:]))
    assert gate(attempt).decision != "promote"
    assert all(rule.endswith(BASELINES[0]) for rule in failed(attempt))


def test_a_lead_that_is_the_same_in_every_family_is_decided_by_the_swaps():
    attempt = an_attempt(
        candidate=a_contender("candidate", a_sitting(lambda *_: True, 20)),
        baselines=three(lambda *_: False, families=20),
        constants=(a_constant(a_sitting(lambda *_: False, 20)),),
    )
    verdict = gate(attempt)
    assert verdict.leads[0].error == 0.0
    assert verdict.leads[0].permutation_p < 0.001
    assert "expected" in found(attempt, f"swap:{BASELINES[0]}").message
    assert verdict.decision == "promote"


def test_the_margin_must_be_exceeded_not_reached():
    attempt = an_attempt()
    low = min(lead.low for lead in gate(attempt).leads)
    assert gate(an_attempt(promotion=Promotion(margin=low))).decision == "insufficient_evidence"
    assert gate(an_attempt(promotion=Promotion(margin=low - 1e-6))).decision == "promote"


def test_more_confidence_asks_for_more():
    lows = [
        gate(an_attempt(promotion=Promotion(confidence=level))).leads[0].low
        for level in (0.8, 0.95, 0.99)
    ]
    assert lows == sorted(lows, reverse=True)


def test_a_lead_that_could_be_chance_says_how_many_families_are_missing():
    attempt = an_attempt(baselines=three(failing_on(0, 1, 2, 6)))
    verdict = gate(attempt)
    assert verdict.decision == "insufficient_evidence"
    lead = verdict.leads[0]
    spread = lead.error * 4 * (15 / stats.chi2.ppf(0.2, 15)) ** 0.5
    needed = ((stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * spread / 0.1) ** 2
    assert lead.families_needed == int(needed) + 1 + 2
    assert verdict.families_missing == lead.families_needed - 16
    remedy = found(attempt, f"lead:{BASELINES[0]}").remedy
    assert f"add {verdict.families_missing} to show one of 0.10" in remedy


def test_a_lead_that_cannot_reach_ten_points_is_futile():
    theirs = failing_on(5)
    ours = a_sitting(lambda f, v: not (f == 5 and v < 2))
    attempt = an_attempt(candidate=a_contender("candidate", ours), baselines=three(theirs))
    verdict = gate(attempt)
    assert verdict.leads[0].high < 0.10
    assert verdict.decision == "reject"
    assert "More scenarios would not help" in found(attempt, f"not-futile:{BASELINES[0]}").remedy


def test_swaps_are_required_below_twenty_families_only():
    assert "at most 0.0500 expected" in found(an_attempt(), f"swap:{BASELINES[0]}").message
    attempt = sized(20, failed_by_baselines=8)
    assert "not required" in found(attempt, f"swap:{BASELINES[0]}").message


def test_families_without_variants_leave_the_composite_unmeasured():
    attempt = an_attempt(
        candidate=a_contender("candidate", a_sitting(failing_on(5), variants=1)),
        baselines=three(failing_on(*range(12)), variants=1),
    )
    assert gate(attempt).decision == "insufficient_evidence"
    finding = found(attempt, "measured")
    assert finding.message.startswith("0 of 4 systems have a finite composite, 0 of 3 comparisons")
    assert "FAMILY_000, FAMILY_001" in finding.message


def without_robustness(ours, **changes):
    weights = CompositeWeights(core=0.85, robust=0, coverage=0.15)
    return an_attempt(
        candidate=a_contender("candidate", a_sitting(ours, **changes)),
        baselines=three(failing_on(*range(12)), **changes),
        benchmark=a_benchmark(weights=weights),
    )


def test_robustness_that_weighs_nothing_need_not_be_measured_and_is_named():
    verdict = gate(without_robustness(failing_on(5), variants=0))
    assert verdict.decision == "promote"
    assert {one.robust for one in verdict.standings} == {None}
    rules = {finding.rule for finding in verdict.findings}
    assert {"floor:core", "floor:coverage", "behind:core"} <= rules
    assert not {"floor:robust", "behind:robust"} & rules
    measured = found(without_robustness(failing_on(5), variants=0), "measured")
    assert measured.holds
    assert "families without three answers: FAMILY_000, FAMILY_001" in measured.message


def test_no_floor_is_asked_of_robustness_that_weighs_nothing():
    verdict = gate(without_robustness(lambda f, v: f != 5 and v == 0))
    assert verdict.standings[0].robust == 0
    assert verdict.decision == "promote"


def test_a_composite_that_is_not_a_number_promotes_nothing():
    weights = CompositeWeights.model_construct(core=float("nan"), robust=0.25, coverage=0.15)
    benchmark = a_benchmark()
    broken = type(benchmark).model_construct(**(dict(benchmark) | {"weights": weights}))
    attempt = an_attempt().model_copy(update={"benchmark": broken})
    verdict = gate(attempt)
    assert verdict.decision == "insufficient_evidence"
    assert [finding.rule for finding in verdict.failed()] == ["measured"]
    assert (verdict.standings, verdict.leads) == ((), ())


def test_every_failing_rule_is_returned_not_only_the_first():
    attempt = an_attempt(
        number=2,
        promotion=Promotion(channel="production", margin=0.9),
        candidate=a_contender("candidate", a_sitting(passing(0.3))),
    )
    rules = {rule.split(":")[0] for rule in failed(attempt)}
    assert {"attempts", "stand-ins", "floor", "lead", "not-futile"} <= rules
    assert gate(attempt).decision == "reject"


def test_findings_that_hold_carry_no_remedy_and_those_that_do_not_carry_one():
    verdict = gate(an_attempt(number=2, promotion=Promotion(margin=0.9)))
    assert all(bool(finding.remedy) != finding.holds for finding in verdict.findings)
