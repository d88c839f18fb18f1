"""What is asked of judges, and what is kept of what they say."""

from modelsmith.domain.boundary import Boundary
from modelsmith.domain.finding import Outcome
from modelsmith.domain.panel import judged
from modelsmith.domain.scenario import Split
from modelsmith.domain.verdict import Judged
from modelsmith.steps.judging import opinions_on
from tests.support.frontier import ScriptedFrontier, Temper, a_judge
from tests.support.scenarios import a_benchmark, a_scenario
from tests.support.sheets import RIGHT

BENCHMARK, SCENARIO = a_benchmark(), a_scenario()
JUDGES = [a_judge("claude-a"), a_judge("gpt-a"), a_judge("gemini-a")]
NAMES = tuple(judge.name for judge in JUDGES)
PARAPHRASE = """\
FINDING: bids are discounted far more than they should be
EVIDENCE: shading_discount_pct 41
ACTION: let the algorithm take less off each bid
VERDICT: over-shading"""


def truth(_scenario: str, _shown: str, criterion: str) -> Outcome:
    return Outcome.MET if criterion.startswith("P") else Outcome.NOT_MET


def on(
    frontier: ScriptedFrontier, *answers: str, boundary: Boundary | None = None, seed: int = 7
) -> tuple:
    asked = [(SCENARIO, Split.STEER, answer) for answer in answers]
    return opinions_on(
        frontier, JUDGES, BENCHMARK, asked, seed=seed, label="judges", boundary=boundary
    )


def frontier(**tempers: Temper) -> ScriptedFrontier:
    every = {name: Temper() for name in NAMES}
    return ScriptedFrontier(every | {f"{k}-a": v for k, v in tempers.items()}, truth)


def test_judges_pass_a_paraphrase_that_no_phrase_list_knows() -> None:
    opinions = on(frontier(), PARAPHRASE)
    verdict = judged(BENCHMARK, SCENARIO, PARAPHRASE, opinions, NAMES, tie="against")
    assert isinstance(verdict, Judged)
    assert verdict.passed
    assert {o.criterion for o in opinions} == {"P1", "P3", "F1"}
    assert len(opinions) == 9


def test_figures_and_verdicts_stay_with_their_checks() -> None:
    wrong = PARAPHRASE.replace("41", "12")
    verdict = judged(BENCHMARK, SCENARIO, wrong, on(frontier(), wrong), NAMES, tie="against")
    assert isinstance(verdict, Judged)
    assert not verdict.passed
    assert [c.criterion for c in verdict.criteria if c.outcome is Outcome.NOT_MET] == ["P2", "F1"]


def test_a_fail_criterion_whose_check_fires_is_triggered_without_a_judge() -> None:
    opinions = on(frontier(), f"{RIGHT}\nAlso keep the settings.")
    assert {o.criterion for o in opinions} == {"P1", "P3"}
    text = f"{RIGHT}\nAlso keep the settings."
    verdict = judged(BENCHMARK, SCENARIO, text, opinions, NAMES, tie="unscored")
    assert isinstance(verdict, Judged)
    assert not verdict.passed


def test_an_empty_answer_costs_no_call_and_fails() -> None:
    scripted = frontier()
    assert on(scripted, " \n ") == ()
    assert scripted.calls == []
    verdict = judged(BENCHMARK, SCENARIO, " \n ", (), NAMES, tie="unscored")
    assert isinstance(verdict, Judged)
    assert (verdict.passed, verdict.score) == (False, 0)
