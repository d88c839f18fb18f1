"""What answers the canary: the release loaded here, or the server that serves it; one contract."""

from contextlib import contextmanager

import pytest

from modelsmith.errors import EngineError, UsageError
from modelsmith.live.engines.canary_targets import HttpCanaryTarget, LocalCanaryTarget
from modelsmith.promotion.channel import Pointer
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.run.config import RunConfig
from tests.support.answering_server import served
from tests.support.engines import ScriptedEngines
from tests.support.models import TINY, a_prompt
from tests.support.watched import FINGER, a_promotion

REQUEST, CONTRACT = a_promotion("v1", None)
OTHER, _ = a_promotion("v2", None)
CONFIG = RunConfig(benchmark="adtech", specialist="desk")
ASKED = [a_prompt(f"Question {number}?") for number in range(3)]


def live(adapter):
    return LiveRelease(
        commit="a" * 40,
        pointer=Pointer(channel="sandbox", live=REQUEST.release),
        request=REQUEST,
        contract=CONTRACT,
        fingerprint=FINGER,
        model=TINY,
        adapter=adapter,
    )


@contextmanager
def loaded_here(fails_at=0):
    yield LocalCanaryTarget(lambda _: ScriptedEngines(fails_at=fails_at))


@contextmanager
def asked_of_a_server():
    with served(lambda question: question) as server:
        server.release = REQUEST.release
        yield HttpCanaryTarget(server.url)


@pytest.fixture
def adapter(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    return tmp_path


@pytest.fixture(params=[loaded_here, asked_of_a_server])
def target(request):
    with request.param() as made:
        yield made


@pytest.fixture
def server():
    with served(lambda question: question) as made:
        made.release = REQUEST.release
        yield made


def test_each_question_is_answered_in_order(target, adapter):
    found = target.ask(live(adapter), ASKED, CONFIG)
    assert [one.text for one in found.answers] == [f"Question {n}?" for n in range(3)]
    assert {one.finish for one in found.answers} == {"stop"}


def test_it_says_what_answered(target, adapter):
    one = target.ask(live(adapter), ASKED, CONFIG).engine
    assert one["engine"] == "scripted/1"
    assert target.ask(live(adapter), ASKED, CONFIG).engine == one


# Loaded here


def test_a_batch_that_the_machine_loses_is_lost_alone(adapter):
    config = RunConfig.model_validate_json(
        '{"benchmark": "adtech", "specialist": "desk", "evaluation": {"batch": 1}}'
    )
    with loaded_here(fails_at=2) as target:
        found = target.ask(live(adapter), ASKED, config).answers
    assert "out of memory" in found[1]
    assert [found[0].text, found[2].text] == ["Question 0?", "Question 2?"]


def test_an_adapter_that_is_not_there_is_told(tmp_path):
    with loaded_here() as target, pytest.raises(EngineError, match=r"no adapter_config\.json"):
        target.ask(live(tmp_path), ASKED, CONFIG)


# Asked of a server


def ask(server, **how):
    return HttpCanaryTarget(server.url, **how).ask(live(None), ASKED, CONFIG)


def test_it_is_asked_greedily_by_its_own_name(server):
    ask(server)
    assert [said["temperature"] for said in server.asked] == [0, 0, 0]
    assert {said["model"] for said in server.asked} == {"desk"}
    assert {said["max_tokens"] for said in server.asked} == {128}
    assert server.asked[0]["messages"][0] == {"role": "system", "content": "Be short."}


@pytest.mark.parametrize(
    ("release", "found"), [(OTHER.release, "desk v2 "), (None, "nothing, live is desk v1")]
)
def test_a_server_of_something_else_is_not_asked(server, release, found):
    server.release = release
    with pytest.raises(EngineError, match=f"serves {found}.*: no observation"):
        ask(server)
    assert server.asked == []


def test_a_swap_in_the_middle_is_no_observation(server):
    server.after = OTHER.release
    with pytest.raises(EngineError, match="serves desk v2"):
        ask(server)


@pytest.mark.parametrize(
    ("reply", "lost"),
    [
        ((500, b"out of memory"), "status 500: out of memory"),
        ((200, b"<html>"), "reply: Invalid JSON"),
        ((200, b'{"choices": []}'), "choices: "),
        ((200, b'{"choices": [{"message": {}, "finish_reason": "tool_calls"}]}'), "'tool_calls'"),
    ],
)
def test_an_answer_that_breaks_is_lost_alone(server, reply, lost):
    server.replies["Question 1"] = reply
    found = ask(server).answers
    assert lost in found[1]
    assert [found[0].text, found[2].text] == ["Question 0?", "Question 2?"]


@pytest.mark.parametrize(
    ("finish", "told"), [("length", "length"), ("stop", "stop"), ("content_filter", "refusal")]
)
def test_how_an_answer_ended_is_told(server, finish, told):
    server.finish = finish
    assert ask(server).answers[0].finish == told


@pytest.mark.parametrize("reply", [(404, b"not here"), (200, b"hello"), (200, b'{"release": 1}')])
def test_what_does_not_say_what_it_serves_is_not_asked(server, reply):
    server.replies["/healthz"] = reply
    with pytest.raises(EngineError, match="does not say at /healthz what it serves"):
        ask(server)
    assert server.asked == []


def test_a_server_that_is_not_there_is_told():
    with served(str) as gone:
        pass
    with pytest.raises(EngineError, match=r"does not say at /healthz .*refused"):
        ask(gone)


@pytest.mark.parametrize(
    "endpoint", ["", "localhost:8000", "ftp://host", "http://host/v1", "file:///etc"]
)
def test_what_is_no_address_is_refused(endpoint):
    with pytest.raises(UsageError, match="is no address of a server"):
        HttpCanaryTarget(endpoint)
