"""Hosted models by a real server: its wire, its hold on the shape of a reply, and its faults.

The model is the embedded one and answers badly, so what is asserted is never what it says.
"""

import json
import signal
import threading
import time

import pytest

from modelsmith.boundary.call import Came, Lost, Reply, ResponseSchema, Sent
from modelsmith.boundary.grants import SEALED
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.hosted_model import Hosted, HostedModel
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.disk.console import NoProgress
from modelsmith.documents.json_schema import problems_of
from modelsmith.errors import BoundaryError
from modelsmith.exam.scenario import Split
from modelsmith.judges.ask_judges import opinions_on, wanted_of
from modelsmith.judges.prompt import SHAPE
from modelsmith.loop.answers.baselines import ask_hosted_baselines
from modelsmith.loop.phases.context_history import context_of
from modelsmith.models.generation import Sampling
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.run.files.answer_cache import FileCache
from modelsmith.run.files.config_file import models_of, priced
from tests.support.asking_runs import a_run
from tests.support.clock import FixedClock
from tests.support.hosted_models import asking, saying
from tests.support.model_server.server import CONTEXT, MODEL, serving
from tests.support.models import EMBEDDED, ROOT
from tests.support.runs import a_snapshot
from tests.support.scenarios import a_benchmark, a_scenario
from tests.support.walls import OpenWall

pytestmark = pytest.mark.model

MODELS = """\
models:
  - name: smol
    provider: own-servers
    family: smollm
    api: openai
    model: {model}
    url: {url}
    inside: {inside}
    priceUsdPerMillion: {{read: 0, written: 0}}
    limits: {{attempts: 2, requestsPerMinute: 6000}}
"""
DIAGNOSIS = ResponseSchema(
    name="diagnosis",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["verdict", "cause"],
        "properties": {
            "verdict": {"type": "string", "enum": ["over-shading", "floor-too-high"]},
            "cause": {
                "type": "object",
                "additionalProperties": False,
                "required": ["side", "share"],
                "properties": {
                    "side": {"type": "string", "enum": ["buyer", "seller"]},
                    "share": {"type": "string", "enum": ["none", "half", "all"]},
                },
            },
        },
    },
)
LONG = ResponseSchema(
    name="long",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["words"],
        "properties": {"words": {"type": "string", "minLength": 4000}},
    },
)
"""Takes the model many seconds, whatever it says."""
STAND_INS = ("stand-in:zero-shot", "stand-in:few-shot")
FILL = "Why did fill fall?"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    model = LocalModels(ROOT).located(EMBEDDED).folder
    with serving(model, tmp_path_factory.mktemp("model-server")) as server:
        yield server


@pytest.fixture
def server(started):
    """Give the server, running; a test may have killed it."""
    started.run()
    return started


@pytest.fixture
def named(server, tmp_path):
    """Return what gives the model as a repository's models.yaml names it."""

    def named(model: str = MODEL, *, inside: bool = True) -> HostedModel:
        file = tmp_path / "runners" / "models.yaml"
        file.parent.mkdir(exist_ok=True)
        text = MODELS.format(model=model, url=server.url, inside=str(inside).lower())
        file.write_text(text)
        (found,) = models_of(tmp_path).models
        return priced(found, lambda _: None)

    return named


def asked(model, *asks, leaving=lambda *_: True):
    """Return how the calls ended, in the order of `asks`, and the attempts that left."""
    outcomes, left = {}, []

    def counted(key, attempt, body):
        left.append((key, attempt))
        return leaving(key, attempt, body)

    numbered = {str(number): ask for number, ask in enumerate(asks)}
    LitellmModels().ask(model, numbered, leaving=counted, came=outcomes.__setitem__)
    return [outcomes[key] for key in numbered], left


def bounded(model, root, exam):
    """Return what asks within the boundary that grants nothing."""
    return BoundedOutbound(
        hosted=Hosted(models=(model,)),
        exam=exam,
        models=LitellmModels(),
        cache=FileCache(root / "cache"),
        journal=FileJournal(root / "outbound.jsonl"),
        wall=OpenWall(),
        clock=FixedClock(),
        progress=NoProgress(),
    )


def is_json(text):
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


# What it says


def test_plain_text_comes_with_its_tokens_counted_and_its_end_told(named):
    sampling = Sampling(max_tokens=8)
    (reply,), left = asked(named(), saying(FILL, sampling=sampling))
    assert isinstance(reply, Reply)
    assert reply.text.strip()
    assert reply.value is None
    assert (reply.finish, reply.written_tokens) == ("length", 8)
    assert reply.read_tokens > len(FILL.split())
    assert (reply.model, reply.cost_usd, reply.attempts) == (MODEL, 0, 1)
    assert reply.latency_s > 0
    assert left == [("0", 1)]


def test_many_questions_at_once_get_their_own_answers(named):
    words = [f"Say {number}" + " please" * number for number in range(6)]
    asks = [saying(text, sampling=Sampling(max_tokens=4)) for text in words]
    replies, _ = asked(named(), *asks)
    read = [reply.read_tokens for reply in replies]
    assert read == sorted(set(read))  # longer by a word each


def test_a_prompt_that_was_read_before_is_told_as_cached(named):
    ask = saying("Fill fell by half overnight. " * 40, sampling=Sampling(max_tokens=1))
    asked(named(), ask)
    (reply,), _ = asked(named(), ask)
    assert 0 < reply.cached_tokens <= reply.read_tokens


# The shape, which the server holds the model to


def test_a_nested_shape_is_met_by_a_model_that_does_not_speak_json(named):
    free, held = (saying(FILL, shape=shape) for shape in (None, DIAGNOSIS))
    (prose, diagnosis), left = asked(named(), free, held)
    assert not is_json(prose.text)
    assert isinstance(diagnosis, Reply)
    assert not problems_of(DIAGNOSIS.schema_, diagnosis.value)
    assert json.loads(diagnosis.text) == diagnosis.value
    assert sorted(left) == [("0", 1), ("1", 1)]  # no repair was needed


def test_a_reply_that_is_cut_before_its_shape_is_whole_is_lost(named):
    short = saying(FILL, shape=DIAGNOSIS, sampling=Sampling(max_tokens=5))
    (lost,), left = asked(named(), short)
    assert isinstance(lost, Lost)
    assert lost.reason == "The reply was cut off after 5 tokens"
    assert lost.written_tokens == 5
    assert left == [("0", 1)]


def test_a_judge_gives_an_opinion_on_each_criterion_and_it_is_recorded(named, tmp_path):
    judge = named()
    outbound = bounded(judge, tmp_path, a_snapshot())
    answers = [(a_scenario(), Split.STEER, "I do not know.")]

    opinions = opinions_on(
        outbound, [judge], a_benchmark(), wanted_of(a_benchmark(), answers), seed=7, label="judge"
    )
    assert {opinion.criterion for opinion in opinions} == {"P1", "P3", "F1"}
    for opinion in opinions:
        assert opinion.judge == "smol"
        # A model that repeats itself may write until the limit cuts it; nothing else is lost.
        assert not opinion.is_lost or "cut off" in opinion.reason
    assert not all(opinion.is_lost for opinion in opinions)
    ended = [line for line in outbound.journal.egress_events() if isinstance(line, Came)]
    assert len(ended) >= len(opinions)
    replies = [
        Reply.model_validate_json(outbound.cache.get(f"call/{line.call}"))
        for line in ended
        if line.outcome == "reply"
    ]
    assert replies
    for reply in replies:
        assert not problems_of(SHAPE.schema_, reply.value)
        assert json.loads(reply.text) == reply.value


# Faults, each as the server tells it


def test_a_model_that_the_server_does_not_have_is_lost_with_its_words(named):
    (lost,), left = asked(named("nobody-7b"), saying(FILL))
    assert isinstance(lost, Lost)
    assert f"The model `nobody-7b` does not exist. Valid aliases: {MODEL}." in lost.reason
    assert (lost.attempts, left) == (1, [("0", 1)])  # asking again would not help


def test_a_prompt_longer_than_the_context_is_lost_with_its_words(named):
    (lost,), left = asked(named(), saying("word " * CONTEXT))
    assert isinstance(lost, Lost)
    assert f"maximum context length is {CONTEXT} tokens" in lost.reason
    assert (lost.attempts, left) == (1, [("0", 1)])


def test_a_server_that_dies_in_mid_call_loses_the_call_after_its_attempts(named, server):
    def kill():
        while not over.is_set():
            if server.measured("num_requests_running"):
                server.stop(signal.SIGKILL)
                return
            time.sleep(0.01)

    def leaving(_key, attempt, _body):
        if attempt == 1:
            killer.start()
        return True

    killer, over = threading.Thread(target=kill), threading.Event()
    long = saying(FILL, shape=LONG, sampling=Sampling(max_tokens=3000))
    (lost,), left = asked(named(), long, leaving=leaving)
    over.set()
    killer.join()
    assert isinstance(lost, Lost)
    assert lost.reason.startswith("the connection failed: ")
    assert (lost.attempts, left) == (2, [("0", 1), ("0", 2)])
    assert "Traceback" not in lost.reason


# Within the boundary


def test_a_model_inside_is_a_baseline_without_a_grant_and_is_asked_once(named, server, tmp_path):
    model, total = named(), "request_success_total"
    hosted = Hosted(models=(model,))
    tools = a_run(
        tmp_path / "run", models=LitellmModels(), hosted=hosted, baselines=["smol", *STAND_INS]
    ).tools
    case = context_of(tools.folder)
    assert case.hosted.boundary.name == SEALED
    before = server.measured(total)

    def exchange():
        (answers,) = ask_hosted_baselines(
            lambda: tools.outbound(case), case, Split.STEER, case.snapshot.steer
        ).values()
        return answers

    answers = exchange()
    assert server.measured(total) - before == len(answers) == len(case.snapshot.steer)
    for answered in answers:
        assert answered.answer.text.strip()
        assert answered.answer.answer_tokens > 0
        assert answered.answer.cost_usd == 0
    assert exchange() == answers
    assert server.measured(total) - before == len(answers)


def test_the_same_server_outside_is_asked_nothing_without_a_grant(named, server, tmp_path):
    snapshot, total = a_snapshot(), "request_success_total"
    outbound = bounded(named(inside=False), tmp_path, snapshot)
    before = server.measured(total)
    why = "boundary sealed grants own-servers nothing as baseline"
    with pytest.raises(BoundaryError, match=why):
        outbound.ask("smol", [asking(snapshot, snapshot.steer[0])], "steer")
    assert not any(isinstance(line, Sent) for line in outbound.journal.egress_events())
    assert server.measured(total) == before
