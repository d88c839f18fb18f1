"""What is asked of judges, and what is kept of what they say."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.grants import Boundary, Grant
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import Errored, Judged, Skipped
from modelsmith.judges.ask_judges import opinions_on, wanted_of
from modelsmith.judges.panel import JudgeVote, judged
from tests.support.frontier import ScriptedFrontier, Temper, a_judge, a_reply, asked_of
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
) -> tuple[JudgeVote, ...]:
    asked = wanted_of(BENCHMARK, [(SCENARIO, Split.STEER, answer) for answer in answers])
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


def test_the_order_of_answers_and_criteria_is_drawn_for_each_judge_and_grouped_by_answer() -> None:
    answers = [PARAPHRASE.replace("41", str(n)) for n in range(20, 32)]
    scripted = frontier()
    on(scripted, *answers)
    orders = {
        name: [asked_of(ask)[1:] for who, ask in scripted.calls if who == name] for name in NAMES
    }
    assert len({tuple(order) for order in orders.values()}) == 3
    for order in orders.values():
        changes = sum(a[0] != b[0] for a, b in pairwise(order))
        assert changes == len(answers) - 1
    again, other = frontier(), frontier()
    on(again, *answers)
    on(other, *answers, seed=8)
    assert again.calls == scripted.calls
    assert other.calls != scripted.calls


def test_an_answer_that_occurs_twice_is_asked_about_once() -> None:
    scripted = frontier()
    assert on(scripted, PARAPHRASE, PARAPHRASE) == on(frontier(), PARAPHRASE)
    assert len(scripted.calls) == 9


def test_judges_are_told_no_model_no_run_and_no_comparison() -> None:
    scripted = frontier()
    on(scripted, f"As Claude Opus 4, I say:\n{PARAPHRASE}")
    for _, ask in scripted.calls:
        text = "\n".join(message.content for message in ask.prompt).lower()
        assert not [word for word in ("claude", "gpt", "gemini", "baseline") if word in text]


def test_lost_calls_are_opinions_that_are_no_abstentions() -> None:
    opinions = on(frontier(gpt=Temper(loses=1.0)), PARAPHRASE)
    lost = [opinion for opinion in opinions if opinion.is_lost]
    assert {(o.judge, o.outcome, o.reason) for o in lost} == {
        ("gpt-a", Outcome.UNSCORED, "the server broke down")
    }
    assert len(lost) == 3
    verdict = judged(BENCHMARK, SCENARIO, PARAPHRASE, opinions, NAMES, tie="against")
    assert isinstance(verdict, Judged)  # two judges are enough
    alone = judged(BENCHMARK, SCENARIO, PARAPHRASE, opinions, ("gpt-a", "gemini-a"), tie="against")
    assert isinstance(alone, Errored)


def test_a_judge_that_is_lost_when_asked_again_is_lost() -> None:
    class Breaking(ScriptedFrontier):
        def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
            if any(len(ask.prompt) > 4 for ask in asks):
                return [Lost(reason="timeout", attempts=1)] * len(asks)
            return [a_reply({"criterion": "P9"}) for _ in asks]

    opinions = on(Breaking({}, truth), PARAPHRASE)
    assert len(opinions) == 9
    assert all(opinion.is_lost for opinion in opinions)


def test_a_reply_that_is_unusable_twice_is_unscored_with_the_reason() -> None:
    class Confused(ScriptedFrontier):
        def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
            self.calls += [(model, ask) for ask in asks]
            return [a_reply({"criterion": "P9"}) for _ in asks]

    confused = Confused({}, truth)
    opinions = on(confused, PARAPHRASE)
    assert len(confused.calls) == 18
    assert {o.reason for o in opinions} == {
        "unusable twice: it is not the JSON object that was asked for."
    }
    assert isinstance(
        judged(BENCHMARK, SCENARIO, PARAPHRASE, opinions, NAMES, tie="against"), Skipped
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_a_boundary_decides_what_a_judge_is_shown(seed: int) -> None:
    grant = Grant(
        provider="scripted",
        purpose="judge",
        splits=("steer",),
        fields=("domainInput", "passCriteria", "failCriteria"),
        answers=True,
    )
    scripted = frontier()
    on(scripted, PARAPHRASE, boundary=Boundary(name="judges", grants=(grant,)), seed=seed)
    assert scripted.calls
    for _, ask in scripted.calls:
        assert ask.subjects[0].fields[0] == "domainInput"
        assert SCENARIO.description not in ask.prompt[1].content
