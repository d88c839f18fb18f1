"""The queue before an engine of this process: who waits, who is answered with whom, who is not."""

import asyncio
import threading
from contextlib import aclosing

import pytest

from modelsmith.errors import BlockedError, EngineError, InputError
from modelsmith.live.engines.transformers import TransformersServingEngine
from modelsmith.models.chat import Chat, End, Piece
from tests.support.models import a_prompt
from tests.support.releases import scripted_next


class GatedEngine:
    """Echoes the last message, a letter a token; a test opens the gate of each batch."""

    identity = {"model": "gated"}  # noqa: RUF012 - as the port has it

    def __init__(self):
        self.gate = threading.Semaphore(0)
        self.batches = []
        self.breaks = False
        self.begun = threading.Event()

    def next_tokens(self, prompts):
        return [scripted_next(prompt, "none") for prompt in prompts]

    def spoken(self, chats, is_gone):
        questions = [chat.prompt[-1].content for chat in chats]
        self.batches.append(questions)
        self.begun.set()
        assert self.gate.acquire(timeout=10)
        for place, question in enumerate(questions):
            if question == "too long":
                yield place, InputError("does not fit", remedy="Shorten it.")
                continue
            for letter in question:
                if is_gone(place):
                    break
                yield place, Piece(letter, ())
            else:
                yield place, End("stop", 1, len(question))
            if self.breaks:
                raise EngineError("out of memory", remedy="Take a larger machine.")


@pytest.fixture
def engine():
    return GatedEngine()


@pytest.fixture
def serving_engine(engine):
    serving_engine = TransformersServingEngine(engine, batch=2, places=3)
    yield serving_engine
    engine.gate.release(100)
    serving_engine.close()


async def heard(serving_engine, question):
    """Return an answer's text, or the error that came instead."""
    try:
        async with aclosing(serving_engine.stream(Chat(prompt=a_prompt(question)))) as said:
            events = [event async for event in said]
    except (InputError, EngineError, BlockedError) as error:
        return error
    assert isinstance(events[-1], End)
    return "".join(event.text for event in events[:-1])


async def at_work(engine):
    await asyncio.to_thread(engine.begun.wait, 10)


def test_an_answer_comes_piece_by_piece_and_ends(engine, serving_engine):
    engine.gate.release()
    assert asyncio.run(heard(serving_engine, "Why?")) == "Why?"


def test_who_waits_meanwhile_is_answered_together_up_to_a_batch(engine, serving_engine):
    async def ask():
        first = asyncio.create_task(heard(serving_engine, "a"))
        await at_work(engine)
        rest = [asyncio.create_task(heard(serving_engine, letter)) for letter in "bcd"]
        await asyncio.sleep(0)
        engine.gate.release(3)
        return await asyncio.gather(first, *rest)

    assert asyncio.run(ask()) == ["a", "b", "c", "d"]
    assert engine.batches == [["a"], ["b", "c"], ["d"]]


def test_who_finds_the_queue_full_is_told_to_come_again_and_nobody_else_is_hurt(
    engine, serving_engine
):
    async def ask():
        first = asyncio.create_task(heard(serving_engine, "a"))
        await at_work(engine)
        rest = [asyncio.create_task(heard(serving_engine, letter)) for letter in "bcde"]
        await asyncio.sleep(0)
        engine.gate.release(3)
        return await asyncio.gather(first, *rest)

    *answered, refused = asyncio.run(ask())
    assert answered == ["a", "b", "c", "d"]
    assert isinstance(refused, BlockedError)
    assert (refused.what, refused.reason) == ("3 requests wait already", "busy")


def test_who_hangs_up_while_waiting_makes_room_and_is_not_answered(engine, serving_engine):
    async def ask():
        first = asyncio.create_task(heard(serving_engine, "a"))
        await at_work(engine)
        gone = [asyncio.create_task(heard(serving_engine, letter)) for letter in "xyz"]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        last = asyncio.create_task(heard(serving_engine, "b"))
        await asyncio.sleep(0)
        engine.gate.release(2)
        return await asyncio.gather(first, last)

    assert asyncio.run(ask()) == ["a", "b"]
    assert engine.batches == [["a"], ["b"]]


def test_one_that_does_not_fit_is_told_so_and_its_neighbour_is_answered(engine, serving_engine):
    async def ask():
        first = asyncio.create_task(heard(serving_engine, "a"))
        await at_work(engine)
        pair = [asyncio.create_task(heard(serving_engine, text)) for text in ("too long", "b")]
        await asyncio.sleep(0)
        engine.gate.release(2)
        return await asyncio.gather(first, *pair)

    _, refused, answered = asyncio.run(ask())
    assert isinstance(refused, InputError)
    assert answered == "b"


def test_a_fault_is_told_to_who_is_not_done_and_the_next_batch_goes_on(engine, serving_engine):
    async def ask():
        first = asyncio.create_task(heard(serving_engine, "a"))
        await at_work(engine)
        pair = [asyncio.create_task(heard(serving_engine, letter)) for letter in "bc"]
        await asyncio.sleep(0)
        engine.gate.release()
        await first
        engine.breaks = True
        engine.gate.release()
        told = await asyncio.gather(*pair)
        engine.breaks = False
        engine.gate.release()
        return told, await heard(serving_engine, "d")

    (done, failed), after = asyncio.run(ask())
    assert done == "b"
    assert isinstance(failed, EngineError)
    assert after == "d"


def test_what_comes_next_is_the_engines(engine, serving_engine):
    assert serving_engine.next_tokens([a_prompt()]) == engine.next_tokens([a_prompt()])
    assert serving_engine.identity == {"engine": "transformers", "model": "gated"}


def test_closing_ends_its_thread_and_lets_the_engine_go():
    engine = GatedEngine()
    serving_engine = TransformersServingEngine(engine)
    before = threading.active_count()
    serving_engine.close()
    assert threading.active_count() == before - 1
    assert not hasattr(serving_engine, "_engine")
