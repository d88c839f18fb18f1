"""Answers token by token, on a tiny model with random weights."""

from math import exp

import pytest

from modelsmith.errors import EngineError, InputError
from modelsmith.models.chat import Chat, End, Piece
from modelsmith.models.generation import Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from tests.support.clock import SteppingClock
from tests.support.models import TINY, a_prompt, tiny_model

pytestmark = pytest.mark.model

SHORT = 12


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    tiny_model(root)
    engines = TransformersEngines(LocalModels(root), Quantisation.FP32, SteppingClock())
    with engines.open(TINY, None, None) as opened:
        yield opened


def chat(question="Why did fill fall?", **fields):
    return Chat.model_validate({"prompt": a_prompt(question), "max_tokens": SHORT} | fields)


def said(engine, *chats, is_gone=lambda place: False):
    """Return what each chat was told, in order."""
    told = [[] for _ in chats]
    for place, event in engine.spoken(chats, is_gone):
        told[place].append(event)
    return told


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, Piece))


def test_greedy_pieces_make_the_answer_that_an_evaluation_gets(engine):
    (answer,) = engine.answers([a_prompt()], Sampling(max_tokens=SHORT))
    (events,) = said(engine, chat())
    assert text_of(events) == answer.text
    assert events[-1] == End(answer.finish, answer.prompt_tokens, answer.answer_tokens)
    assert sum(isinstance(event, End) for event in events) == 1


def test_chats_of_any_length_answered_together_get_their_own_answers(engine):
    chats = [
        chat("One?", max_tokens=3),
        chat("A much longer question than the first one? " * 4),
        chat("One?", max_tokens=7),
    ]
    together = said(engine, *chats)
    alone = [said(engine, one)[0] for one in chats]
    assert [text_of(events) for events in together] == [text_of(events) for events in alone]
    assert [events[-1] for events in together] == [events[-1] for events in alone]
    assert [events[-1].answer_tokens for events in together] == [3, SHORT, 7]


def test_a_long_beginning_in_common_is_read_once_and_changes_nothing(engine):
    system = "Be short, name the cause, and say what to do about it first of all. " * 3
    chats = [
        Chat(prompt=a_prompt(question, system), max_tokens=6) for question in ("One?", "Two?", "3")
    ]
    together = said(engine, *chats)
    assert [text_of(e) for e in together] == [text_of(said(engine, one)[0]) for one in chats]


def test_a_seed_repeats_a_draw_and_another_draws_otherwise(engine):
    texts = [text_of(said(engine, chat(temperature=1.5, seed=seed))[0]) for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]


def test_without_a_seed_chance_decides(engine):
    drawn = {text_of(said(engine, chat(temperature=2.0))[0]) for _ in range(4)}
    assert len(drawn) > 1


def test_a_tiny_nucleus_leaves_the_likeliest(engine):
    greedy = text_of(said(engine, chat())[0])
    assert text_of(said(engine, chat(temperature=2.0, top_p=1e-6, seed=1))[0]) == greedy


def test_a_stop_string_ends_it_before_the_string(engine):
    whole = text_of(said(engine, chat())[0])
    stop = whole[4:6]
    (events,) = said(engine, chat(stop=(stop,)))
    assert text_of(events) == whole[: whole.index(stop)]
    assert events[-1].finish == "stop"
    assert events[-1].answer_tokens < SHORT


def test_each_token_is_told_with_the_likeliest_beside_it(engine):
    (events,) = said(engine, chat(top_logprobs=3))
    tokens = [token for event in events[:-1] for token in event.tokens]
    assert len(tokens) == events[-1].answer_tokens
    for token in tokens:
        assert 1 <= len(token.top) <= 3  # parts of characters share a text
        assert list(token.top.values()) == sorted(token.top.values(), reverse=True)
        assert token.top[token.text] == token.logprob  # greedy takes the likeliest
        assert exp(token.logprob) <= 1
    (known,) = engine.next_tokens([a_prompt()])
    assert tokens[0].top == pytest.approx({text: known[text] for text in tokens[0].top}, abs=1e-5)


def test_nobody_is_told_log_probabilities_who_did_not_ask(engine):
    (events,) = said(engine, chat())
    assert all(event.tokens == () for event in events[:-1])


def test_nothing_more_is_said_to_one_who_is_gone_and_the_others_go_on(engine):
    heard = []
    for place, event in engine.spoken([chat(), chat("Two?")], lambda place: place == 0):
        heard.append((place, event))
    assert sum(place == 0 for place, _ in heard) <= 1
    assert isinstance(heard[-1][1], End)


def test_a_chat_that_does_not_fit_is_refused_and_the_others_are_answered(engine):
    refused, answered = said(engine, chat("word " * 500), chat())
    (error,) = refused
    assert isinstance(error, InputError)
    assert "tokens and the answer may take 12, the model reads 512" in error.what
    assert isinstance(answered[-1], End)


def test_where_nobody_names_a_limit_the_window_is_one(engine):
    (events,) = said(engine, chat("word " * 80, max_tokens=None))
    assert events[-1].prompt_tokens + events[-1].answer_tokens <= 512


def test_no_chats_are_told_nothing(engine):
    assert list(engine.spoken([], lambda place: False)) == []


def test_a_prompt_too_long_for_the_model_has_nothing_next(engine):
    with pytest.raises(EngineError, match=r"longest prompt has \d+ tokens"):
        engine.next_tokens([a_prompt("word " * 500)])
