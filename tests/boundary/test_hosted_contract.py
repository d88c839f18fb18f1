"""What every HostedModels promises, over each wire and in memory."""

import json
from functools import partial

import pytest

from modelsmith.boundary.call import Lost, Reply
from modelsmith.errors import BudgetError
from tests.support.hosted_worlds import APIS, NO, YES, in_memory, over_wire, question
from tests.support.providers import Said
from tests.support.providers.server import PRICE

WORLDS = {"memory": in_memory} | {api: partial(over_wire, api) for api in APIS}
ASKED = "Is it so?"


@pytest.fixture(params=WORLDS)
def world(request):
    return WORLDS[request.param]


def test_a_reply_of_the_shape_is_read_and_paid_for(world):
    with world({ASKED: [YES]}) as asked:
        reply = asked.outcomes(ASKED)[ASKED]
    assert isinstance(reply, Reply), reply
    assert (reply.text, reply.value, reply.finish) == (YES, {"yes": True}, "stop")
    assert (reply.read_tokens, reply.cached_tokens, reply.written_tokens) == (4, 0, 2)
    assert reply.cost_usd == PRICE.cost_usd(4, 0, 2)
    assert (reply.model, reply.attempts) == (asked.model.model, 1)


def test_a_plain_text_has_no_value(world):
    with world({ASKED: ["It is so."]}) as asked:
        reply = asked.outcomes(question(shape=None))[ASKED]
    assert isinstance(reply, Reply), reply
    assert (reply.text, reply.value) == ("It is so.", None)


def test_every_question_comes_to_its_own_end_once(world):
    texts = [f"Is it {number}?" for number in range(6)]
    says = {text: [YES if number % 2 else NO] for number, text in enumerate(texts)}
    with world(says) as asked:
        came = asked.outcomes(*texts)
    assert [came[text].value["yes"] for text in texts] == [False, True] * 3
    assert sorted(asked.ended) == texts


def test_nothing_is_asked_of_no_question(world):
    with world({}) as asked:
        assert asked.outcomes() == {}
        assert asked.asked_times() == 0


def test_each_attempt_is_shown_before_it_leaves(world):
    with world({ASKED: ["no", YES]}) as asked:
        shown = []
        asked.outcomes(ASKED, leaving=lambda *_: shown.append(asked.asked_times()) is None)
    assert shown == [0, 1]
    assert [(key, attempt) for key, attempt, _ in asked.left] == [(ASKED, 1), (ASKED, 2)]
    assert all(ASKED in str(json.loads(body)) for _, _, body in asked.left)


def test_what_is_not_let_out_is_not_sent(world):
    with world({ASKED: [YES]}) as asked:
        lost = asked.outcomes(ASKED, leaving=lambda *_: False)[ASKED]
        assert asked.asked_times() == 0
    assert lost == Lost(reason="it was not let out", attempts=0)


def test_a_repair_that_is_not_let_out_keeps_what_was_paid(world):
    with world({ASKED: ["no", YES]}) as asked:
        lost = asked.outcomes(ASKED, leaving=lambda _, attempt, __: attempt == 1)[ASKED]
        assert asked.asked_times() == 1
    assert isinstance(lost, Lost), lost
    assert (lost.reason, lost.attempts) == ("it was not let out", 1)
    assert (lost.read_tokens, lost.written_tokens) == (4, 1)
    assert lost.cost_usd == PRICE.cost_usd(4, 0, 1)


def test_one_question_kept_in_keeps_no_other_in(world):
    with world({"First?": [YES], "Second?": [YES]}) as asked:
        came = asked.outcomes("First?", "Second?", leaving=lambda key, *_: key != "First?")
    assert [type(came[key]) for key in ("First?", "Second?")] == [Lost, Reply]


def test_a_reply_of_another_shape_is_sent_back_once(world):
    with world({ASKED: ['{"yes": 1}', YES]}) as asked:
        reply = asked.outcomes(ASKED)[ASKED]
    assert isinstance(reply, Reply), reply
    assert (reply.value, reply.attempts, reply.written_tokens) == ({"yes": True}, 2, 4)
    assert reply.read_tokens > 4
    assert reply.cost_usd == pytest.approx(
        PRICE.cost_usd(reply.read_tokens, reply.cached_tokens, reply.written_tokens)
    )


BROKEN = {
    "empty": "",
    "blank": " \n ",
    "prose": "It is so.",
    "repeated": "the the the the the the",
    "twice": YES + YES,
    "truncated": '{"yes": tr',
    "another shape": '{"no": true}',
    "another type": '{"yes": "true"}',
    "more": '{"yes": true, "why": "so"}',
    "a list": f"[{YES}]",
    "fenced": f"```json\n{YES}\n```",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_reply_that_stays_broken_is_lost_and_paid_for(world, text):
    with world({ASKED: [text]}) as asked:
        lost = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 2
    assert isinstance(lost, Lost), lost
    words = len(text.split())
    assert lost.attempts == 2
    assert lost.written_tokens >= 2 * words
    assert lost.read_tokens >= 8
    assert 0 < lost.cost_usd <= PRICE.cost_usd(lost.read_tokens, 0, lost.written_tokens)
    assert lost.reason


def test_a_refusal_is_a_reply_and_is_not_sent_back(world):
    with world({ASKED: [Said("I will not.", finish="refusal")]}) as asked:
        reply = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 1
    assert isinstance(reply, Reply), reply
    assert (reply.finish, reply.value, reply.attempts) == ("refusal", None, 1)


def test_a_text_that_ran_into_the_limit_says_so(world):
    with world({ASKED: [Said("It is so, since", finish="length")]}) as asked:
        reply = asked.outcomes(question(shape=None))[ASKED]
    assert isinstance(reply, Reply), reply
    assert (reply.finish, reply.text) == ("length", "It is so, since")


def test_a_reply_that_was_cut_off_is_lost_and_not_sent_back(world):
    with world({ASKED: [Said('{"yes": tr', finish="length")]}) as asked:
        lost = asked.outcomes(question())[ASKED]
    assert isinstance(lost, Lost), lost
    assert (lost.reason, lost.attempts) == ("The reply was cut off after 50 tokens", 1)


def test_what_a_listener_raises_before_a_call_leaves_is_told_as_it_is(world):
    def stops(*_):
        raise BudgetError("no money is left", remedy="Raise it.")

    with (
        world({ASKED: [YES]}) as asked,
        pytest.raises(BudgetError, match="no money is left"),
    ):
        asked.outcomes(ASKED, leaving=stops)
    assert asked.asked_times() == 0


def test_what_a_listener_raises_after_a_reply_is_told_as_it_is(world):
    def full(*_):
        raise OSError("no space left on device")

    with (
        world({ASKED: [YES]}) as asked,
        pytest.raises(OSError, match="no space left on device"),
    ):
        asked.models.ask(asked.model, {"a": question()}, leaving=lambda *_: True, came=full)
