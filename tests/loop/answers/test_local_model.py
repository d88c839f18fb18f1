import json

import pytest

from modelsmith.disk.console import NoProgress
from modelsmith.loop.answers.local_model import answer_in_batches
from modelsmith.models.generation import Message, Sampling
from modelsmith.run.files.answer_cache import FileCache
from tests.support.engines import ScriptedEngine
from tests.support.scenarios import a_scenario

SCENARIOS = [a_scenario(f"A_{name}") for name in ("ONE", "TWO", "SIX", "TEN", "FEW")]
ASKED = [
    (scenario, (Message(role="user", content=f"{'long ' * (9 - n)}{scenario.id}"),))
    for n, scenario in enumerate(SCENARIOS)
]


class Told(NoProgress):
    def __init__(self):
        self.lines = []

    def track(self, label, done, total, note=""):
        self.lines.append((label, done, total))


@pytest.fixture
def cache(tmp_path):
    return FileCache(tmp_path)


def ask(engine, cache, *, asked=ASKED, sampling=Sampling(max_tokens=64), progress=None):  # noqa: B008
    return answer_in_batches(
        engine,
        asked,
        sampling,
        batch=2,
        cache=cache,
        progress=progress or NoProgress(),
        label="answers",
    )


def test_answers_come_in_the_order_of_the_questions(cache):
    results = ask(ScriptedEngine(), cache)
    assert [r.scenario for r in results] == [s.id for s in SCENARIOS]
    assert [r.answer.text for r in results] == [prompt[-1].content for _, prompt in ASKED]
    assert [r.scenario_sha256 for r in results] == [s.digest() for s in SCENARIOS]


def test_each_answer_names_the_batch_it_rode_in(cache):
    engine = ScriptedEngine()
    results = ask(engine, cache)
    assert [len(batch) for batch in engine.asked] == [2, 2, 1]
    assert len({r.batch for r in results}) == 3
    by_question = {prompt: r.batch for (_, prompt), r in zip(ASKED, results, strict=True)}
    for batch in engine.asked:
        assert len({by_question[prompt] for prompt in batch}) == 1


def test_what_is_finished_is_never_asked_again(cache):
    first = ask(ScriptedEngine(), cache)
    second = ScriptedEngine()
    assert ask(second, cache) == first
    assert second.asked == []


def test_another_model_or_another_draw_is_asked_anew(cache):
    ask(ScriptedEngine(), cache)
    trained, drawn = ScriptedEngine(adapter="d" * 64), ScriptedEngine()
    ask(trained, cache)
    ask(drawn, cache, sampling=Sampling(max_tokens=64, temperature=0.7, seed=1))
    assert len(trained.asked) == len(drawn.asked) == 3


def test_a_batch_that_broke_is_an_error_for_each_of_its_questions_and_is_tried_again(cache):
    broken = ask(ScriptedEngine(fails_at=2), cache)
    lost = [r for r in broken if r.answer is None]
    assert len(lost) == 2
    assert {r.error for r in lost} == {"could not answer a batch of 2: out of memory (scripted)"}
    engine = ScriptedEngine()
    assert all(r.answer is not None and not r.error for r in ask(engine, cache))
    assert len(engine.asked) == 1


def test_progress_is_told_from_nothing_to_all(cache):
    told = Told()
    ask(ScriptedEngine(), cache, progress=told)
    assert told.lines == [("answers", n, 5) for n in (0, 2, 4, 5)]


def test_nothing_asked_is_nothing_answered(cache):
    engine, told = ScriptedEngine(), Told()
    assert ask(engine, cache, asked=[], progress=told) == ()
    assert (engine.asked, told.lines) == ([], [("answers", 0, 0)])


def test_a_kept_answer_of_another_shape_is_as_good_as_absent(cache):
    (only,) = ask(ScriptedEngine(), cache, asked=ASKED[:1])
    for kept in (b"no json", json.dumps([{"said": "what"}]).encode(), b"[]"):
        cache.put(only.batch, kept)
        engine = ScriptedEngine()
        assert ask(engine, cache, asked=ASKED[:1]) == (only,)
        assert len(engine.asked) == 1
