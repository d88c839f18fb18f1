import pytest

from modelsmith.errors import EngineError
from modelsmith.steps.invariance import invariance
from tests.support.engines import ScriptedEngine
from tests.support.models import a_prompt

PROMPTS = [a_prompt("one"), a_prompt("two"), a_prompt("three")]


class Crowded(ScriptedEngine):
    """Says something else to its first prompt when others ride along."""

    def answers(self, batch, sampling):
        first, *rest = super().answers(batch, sampling)
        if rest:
            first = first.model_copy(update={"text": "crowded"})
        return (first, *rest)


def test_answers_that_do_not_depend_on_the_batch_are_all_the_same():
    assert invariance(ScriptedEngine(), PROMPTS, 8) == (3, 3)


def test_an_answer_that_depends_on_the_batch_is_counted_out():
    assert invariance(Crowded(), PROMPTS, 8) == (2, 3)


def test_nothing_tried_is_nothing_the_same():
    assert invariance(ScriptedEngine(), [], 8) == (0, 0)


def test_every_prompt_is_asked_once_together_and_once_alone():
    engine = ScriptedEngine()
    invariance(engine, PROMPTS, 8)
    assert [len(batch) for batch in engine.asked] == [3, 1, 1, 1]


def test_a_broken_machine_is_not_counted_as_a_difference():
    with pytest.raises(EngineError, match="out of memory"):
        invariance(ScriptedEngine(fails_at=2), PROMPTS, 8)
