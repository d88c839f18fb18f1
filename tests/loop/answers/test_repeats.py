"""Repeats are drawn, each by its own seed, by whoever is asked."""

from modelsmith.boundary.call import call_key
from modelsmith.exam.scenario import Split
from modelsmith.loop.answers.baselines import ask_hosted_baselines
from modelsmith.loop.answers.local_model import ask
from modelsmith.loop.answers.repeats import REPEAT_TEMPERATURE, repeat_notes, sampling_for
from modelsmith.loop.phases.context_history import context_of
from modelsmith.loop.phases.train import SAMPLE_TEMPERATURE
from modelsmith.models.generation import Sampling
from tests.support.engines import ScriptedEngine
from tests.support.frontier_runs import a_model, hosting, said
from tests.support.runs import a_workshop
from tests.support.scenarios import a_scenario

ONE = a_scenario("PUMP_ONE", domain_input="The pump was loud from Monday on.")
TWO = a_scenario("PUMP_TWO", domain_input="The pump was quiet from Monday on.")
AGAIN = [type(ONE)(**dict(ONE) | {"id": f"PUMP_ONE__AGAIN0V{n}"}) for n in range(3)]
GREEDY = Sampling(max_tokens=64)


class Recorder(ScriptedEngine):
    """Says with which sampling it was asked, and counts."""

    def __init__(self):
        super().__init__(self._told)
        self.samplings = []

    def answers(self, batch, sampling):
        self.samplings += [sampling] * len(batch)
        return super().answers(batch, sampling)

    def _told(self, prompt, adapter, sampling):
        return f"{sampling.temperature:g} by {sampling.seed}: {len(self.samplings)}"


class Noting:
    """Keeps what a hosted model is asked."""

    def ask(self, model, asks, label):
        self.asks = asks
        return [said("VERDICT: no-issue", model) for _ in asks]


def context(tmp_path, **settings):
    workshop = a_workshop(tmp_path, seed=7, **settings)
    workshop.hosted = hosting("gpt-1")
    workshop.start()
    return workshop.tools, context_of(workshop.tools.folder)


def test_a_repeat_is_drawn_as_rejection_sampling_draws_each_by_its_seed():
    assert REPEAT_TEMPERATURE == SAMPLE_TEMPERATURE
    drawn = [sampling_for(one, GREEDY, 7) for one in AGAIN]
    assert [(one.temperature, one.max_tokens) for one in drawn] == [(0.8, 64)] * 3
    assert [one.seed for one in drawn] == [8, 9, 10]
    assert sampling_for(ONE, GREEDY, 7) == GREEDY


def test_a_repeat_that_is_drawn_anyhow_keeps_its_temperature_and_not_its_seed():
    votes = Sampling(max_tokens=64, temperature=0.7, seed=7)
    assert sampling_for(ONE, votes, 7) == votes
    assert sampling_for(AGAIN[1], votes, 7) == Sampling(max_tokens=64, temperature=0.7, seed=9)


def test_the_local_model_is_asked_repeats_apart_and_answers_in_order(tmp_path):
    tools, known = context(tmp_path)
    engine = Recorder()
    asked = [ONE, *AGAIN, TWO]
    found = ask(tools, known, engine, "answers", asked)
    assert [one.scenario for one in found] == [scenario.id for scenario in asked]
    assert [one.answer.text.partition(":")[0] for one in found] == [
        "0 by 0",
        "0.8 by 8",
        "0.8 by 9",
        "0.8 by 10",
        "0 by 0",
    ]
    assert len({one.batch for one in found}) == 4
    assert ask(tools, known, engine, "answers", asked) == found
    assert len(engine.samplings) == 5


def test_without_repeats_one_batch_is_asked_as_ever(tmp_path):
    tools, known = context(tmp_path)
    engine = Recorder()
    ask(tools, known, engine, "answers", [ONE, TWO])
    assert [len(batch) for batch in engine.asked] == [2]
    assert engine.samplings == [Sampling(max_tokens=64)] * 2


def test_each_repeat_is_a_call_of_its_own_to_a_hosted_model(tmp_path):
    stand_ins = ["stand-in:zero-shot", "stand-in:few-shot"]
    _, known = context(tmp_path, baselines=["gpt-1", *stand_ins])
    outbound = Noting()
    ask_hosted_baselines(lambda: outbound, known, Split.SEALED, (ONE, *AGAIN))
    asks = outbound.asks
    assert [(one.sampling.temperature, one.sampling.seed) for one in asks] == [
        (0, 0),
        (0.8, 8),
        (0.8, 9),
        (0.8, 10),
    ]
    assert len({call_key(a_model("gpt-1"), one) for one in asks}) == 4
    alike = [one.model_copy(update={"subjects": asks[0].subjects}) for one in asks]
    assert len({call_key(a_model("gpt-1"), one) for one in alike}) == 4


def test_a_report_says_what_robustness_rests_on():
    assert repeat_notes([ONE, TWO]) == []
    (words,) = repeat_notes([ONE, *AGAIN, TWO])
    assert words == (
        "1 of 2 families have no variants in other words or figures: their robustness is that of "
        "the same question asked again at temperature 0.8."
    )
