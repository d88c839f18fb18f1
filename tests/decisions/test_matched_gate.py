"""The gate where judges decide: each comparison by judges of its own, the same for both sides."""

import pytest

from modelsmith.decisions.attempt import Contender
from modelsmith.decisions.gate import gate
from modelsmith.judges.panel_selection import ComparisonPanel
from modelsmith.promotion.record import promotion_of
from modelsmith.run.config import Promotion
from modelsmith.statistics.scorecard import scorecard_of
from modelsmith.training.curriculum import shuffled
from tests.promotion.test_record import LINEAGE, NOW
from tests.support.scenarios import a_benchmark
from tests.support.sittings import EXAM, a_contender, a_sitting, an_attempt, failing_on

PROVIDERS = {"claude-1": "anthropic", "gemini-1": "google", "gpt-1": "openai"}
WEAK = failing_on(*range(12))
STRONG = failing_on(5)


def a_panel(*judges: str, is_enough: bool | None = None) -> ComparisonPanel:
    enough = len(judges) > 1 if is_enough is None else is_enough
    return ComparisonPanel(judges=judges, is_enough=enough)


def rival(name, ours=STRONG, theirs=WEAK, panel=None) -> Contender:
    return Contender(
        system=name,
        is_stand_in=False,
        exam_sha256=EXAM,
        trials=a_sitting(theirs),
        provider=PROVIDERS[name],
        model=f"{name}-2026-01-01",
        panel=panel or a_panel("judge-a", "judge-b"),
        against=a_sitting(ours),
    )


def judged_attempt(*changed: Contender, **changes: object):
    given = {one.system: one for one in changed}
    rivals = tuple(given.get(name) or rival(name) for name in PROVIDERS)
    return an_attempt(baselines=rivals, **changes)


def failed(attempt):
    return [found.rule for found in gate(attempt).failed()]


def found(attempt, rule):
    return next(one for one in gate(attempt).findings if one.rule == rule)


def test_a_candidate_ahead_in_every_comparison_is_promoted():
    verdict = gate(judged_attempt())
    assert verdict.decision == "promote"
    rules = [one.rule for one in verdict.findings if one.rule.startswith("judges:")]
    assert rules == ["judges:claude-1", "judges:gemini-1", "judges:gpt-1"]


def test_each_lead_is_between_the_sides_as_one_panel_graded_both():
    harsh = rival("gpt-1", ours=failing_on(5, 9, 10), theirs=failing_on(*range(14)))
    verdict = gate(judged_attempt(harsh))
    leads = {lead.baseline: lead for lead in verdict.leads}
    mild = gate(judged_attempt()).leads[0]
    assert leads["claude-1"].difference == mild.difference
    assert leads["gpt-1"].difference != mild.difference
    assert leads["gpt-1"].difference == pytest.approx(
        gate(
            an_attempt(
                candidate=a_contender("candidate", a_sitting(failing_on(5, 9, 10))),
                baselines=tuple(
                    a_contender(name, a_sitting(failing_on(*range(14)))) for name in PROVIDERS
                ),
            )
        )
        .leads[0]
        .difference
    )


def test_the_candidate_s_own_line_decides_nothing():
    for shown in (lambda *_: False, lambda *_: None, lambda *_: True):
        shown_as = a_contender("candidate", a_sitting(shown))
        verdict, expected = gate(judged_attempt(candidate=shown_as)), gate(judged_attempt())
        assert verdict.decision == expected.decision == "promote"
        assert [lead.difference for lead in verdict.leads] == [
            lead.difference for lead in expected.leads
        ]


def test_a_floor_must_hold_in_every_comparison():
    harsh = rival("gpt-1", ours=failing_on(*range(8)), theirs=failing_on(*range(16)))
    attempt = judged_attempt(harsh)
    assert "floor:core" in failed(attempt)
    assert found(attempt, "floor:core").message == "core 0.500, at least 0.600 expected"
    assert gate(attempt).decision == "reject"
    assert gate(attempt).standings[0].core == 0.5


def test_a_part_is_behind_where_it_is_most_behind_in_its_own_comparison():
    behind = rival("gemini-1", ours=lambda f, v: v == 0 or f > 4, theirs=lambda f, v: f > 2)
    message = found(judged_attempt(behind), "behind:robust").message
    assert message == "robust 0.688, the best baseline has 0.812; at most 0.05 behind expected"


def test_the_highest_baseline_is_not_the_one_that_the_candidate_is_most_behind():
    level = rival("claude-1", ours=lambda *_: True, theirs=lambda *_: True)
    behind = rival("gpt-1", ours=failing_on(*range(6)), theirs=failing_on(0, 1))
    message = found(judged_attempt(level, behind), "behind:robust").message
    assert message.startswith("robust 0.625, the best baseline has 0.875")


def test_a_comparison_that_nobody_may_judge_is_no_evidence():
    nobody = ComparisonPanel(
        judges=(),
        left_out={"gpt-j": "of the baseline's family gpt", "lla-j": "of the base model's family"},
        is_enough=False,
    )
    attempt = judged_attempt(
        rival("gpt-1", ours=lambda *_: None, theirs=lambda *_: None, panel=nobody)
    )
    assert gate(attempt).decision == "insufficient_evidence"
    finding = found(attempt, "judges:gpt-1")
    assert finding.message == (
        "judged by nobody; left out: gpt-j (of the baseline's family gpt); lla-j (of the base "
        "model's family); the same for both sides, a tie counts against both; at least 2 "
        "expected, or one that the exam shows as good as the panel"
    )
    assert "modelsmith judge exam" in finding.remedy


@pytest.mark.parametrize(
    ("is_enough", "decision"), [(False, "insufficient_evidence"), (True, "promote")]
)
def test_a_single_judge_needs_an_exam_that_shows_it_as_good_as_the_panel(is_enough, decision):
    alone = rival("gpt-1", panel=a_panel("judge-a", is_enough=is_enough))
    assert gate(judged_attempt(alone)).decision == decision
    assert found(judged_attempt(alone), "judges:gpt-1").holds is is_enough


def test_the_candidate_s_unscored_answers_are_counted_where_most_are():
    lossy = rival("gemini-1", ours=lambda f, v: None if f in (0, 1) else f != 5)
    attempt = judged_attempt(lossy)
    assert gate(attempt).decision == "insufficient_evidence"
    assert found(attempt, "unscored:candidate").message == (
        "6 of 48 answers unscored, at most 10% expected"
    )


def test_what_is_unscored_counts_against_the_candidate_in_that_comparison_alone():
    lossy = rival("gemini-1", ours=lambda f, v: None if f == 0 else f != 5)
    leads = {lead.baseline: lead.difference for lead in gate(judged_attempt(lossy)).leads}
    assert leads["gemini-1"] < leads["claude-1"] == leads["gpt-1"]


def test_the_candidate_s_answers_must_be_the_same_questions_in_every_comparison():
    fewer = rival("gpt-1").model_copy(update={"against": a_sitting(STRONG)[:-1]})
    attempt = judged_attempt(fewer)
    assert failed(attempt) == ["same-questions"]
    message = found(attempt, "same-questions").message
    assert message.endswith("other questions than the candidate: gpt-1 (candidate)")


def test_nothing_depends_on_the_order_of_baselines_or_answers():
    attempt = judged_attempt(rival("gpt-1", ours=failing_on(5, 9)))
    expected = gate(attempt).canonical()
    for seed in range(4):
        rivals = [
            Contender(
                **dict(one)
                | {
                    "trials": tuple(shuffled(one.trials, seed, one.system)),
                    "against": tuple(shuffled(one.against, seed, "against", one.system)),
                }
            )
            for one in attempt.baselines
        ]
        again = an_attempt(baselines=tuple(shuffled(rivals, seed)))
        assert gate(again).canonical() == expected


# Production


def production(*names: str, providers=("anthropic", "google", "openai")):
    return an_attempt(
        baselines=tuple(rival(name) for name in names),
        promotion=Promotion(channel="production"),
        providers=providers,
    )


def test_production_needs_one_baseline_of_each_provider_that_the_policy_names():
    assert gate(production(*PROVIDERS)).decision == "promote"
    attempt = production("claude-1", "gemini-1", "gpt-1", providers=("anthropic", "google", "xai"))
    assert failed(attempt) == ["providers"]
    assert gate(attempt).decision == "reject"
    finding = found(attempt, "providers")
    assert finding.message == (
        "channel production: promotions/policy.yaml asks for anthropic, google, xai; compared "
        "with anthropic claude-1-2026-01-01, google gemini-1-2026-01-01, openai gpt-1-2026-01-01"
    )
    assert finding.remedy.endswith("missing: xai.")


def test_production_without_a_policy_s_providers_is_refused():
    attempt = production(*PROVIDERS, providers=())
    assert failed(attempt) == ["providers"]
    assert "asks for none, which is no evidence" in found(attempt, "providers").message


def test_sandbox_asks_for_no_provider():
    assert found(an_attempt(), "providers").message == (
        "channel sandbox: no provider is asked for; compared with none of any"
    )


def test_a_record_says_who_runs_a_baseline_and_who_judged_it():
    attempt = judged_attempt()
    cards = [scorecard_of(c.system, c.trials, a_benchmark()) for c in attempt.contenders()]
    record = promotion_of(LINEAGE, attempt, gate(attempt), cards, created_at=NOW)
    compared = record.baselines[0]
    assert (compared.words, compared.provider) == ("anthropic claude-1-2026-01-01", "anthropic")
    assert compared.model == "claude-1-2026-01-01"
    assert compared.panel == a_panel("judge-a", "judge-b")
    assert compared.candidate == scorecard_of("candidate", a_sitting(STRONG), a_benchmark())


# Who picked the targets


@pytest.mark.parametrize("channel", ["sandbox", "production"])
@pytest.mark.parametrize("judges", [("judge-a",), ("judge-a", "judge-b")])
def test_who_picked_the_targets_alone_does_not_decide_alone_in_production(channel, judges):
    panel = ComparisonPanel(judges=judges, is_enough=True, accepting=("judge-a",))
    attempt = an_attempt(
        baselines=tuple(rival(name, panel=panel) for name in PROVIDERS),
        promotion=Promotion(channel=channel),
        providers=("anthropic", "google", "openai") if channel == "production" else (),
    )
    finding, alone = found(attempt, "independent-judge:gpt-1"), len(judges) == 1
    assert finding.holds is (channel == "sandbox" or not alone)
    assert ("alone decides this comparison" in finding.message) is alone
    wanted = "insufficient_evidence" if alone and channel == "production" else "promote"
    assert gate(attempt).decision == wanted


def test_where_nobody_of_a_panel_picked_targets_nothing_is_said():
    rules = {one.rule for one in gate(judged_attempt()).findings}
    assert not any(rule.startswith("independent-judge:") for rule in rules)
