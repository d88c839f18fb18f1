"""What is said to vLLM and what of its words comes back, with a stand-in that speaks its wire.

tests/live/engines/test_served_model.py says the same of a real one.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from modelsmith.errors import EngineError, InputError
from modelsmith.live.engines.vllm import VllmServingEngines
from modelsmith.live.engines.vllm_process import Launch, rank_for
from modelsmith.models.chat import Chat, End
from modelsmith.models.source import Quantisation
from tests.support import scripted_vllm
from tests.support.models import ROOT, a_prompt
from tests.support.releases import CONFIG, WEIGHTS, FolderReleases, edited, weights_of


class Located:
    """One base model, wherever it is."""

    folder = "/nowhere/model"
    sha256 = "b" * 64

    def located(self, _model):
        return self


@pytest.fixture
def python(tmp_path):
    file = tmp_path / "python"
    file.write_text(f'#!/bin/sh\nexec {sys.executable} {scripted_vllm.__file__} "$@"\n')
    file.chmod(0o755)
    return file


@pytest.fixture
def launch(python, tmp_path):
    settings = os.environ | {"MODELSMITH_SIGNING_KEY": "secret", "CUDA_VISIBLE_DEVICES": "0"}
    log = tmp_path / "work" / "vllm.log"
    return Launch(python, log, settings=settings)


@pytest.fixture
def serving_engines(launch):
    return VllmServingEngines(Located(), launch)


@pytest.fixture
def releases(tmp_path):
    return FolderReleases(tmp_path)


def live(releases, version):
    releases.moved(releases.promoted(version))
    return releases.live("sandbox")


def heard(serving_engine, question="why did fill fall", **fields):
    async def listen():
        return [event async for event in serving_engine.stream(chat)]

    chat = Chat.model_validate({"prompt": a_prompt(question)} | fields)
    *pieces, end = asyncio.run(listen())
    assert isinstance(end, End)
    return "".join(piece.text for piece in pieces).strip(), end, pieces


def started_with(launch):
    return json.loads(launch.log.read_text().splitlines()[0])


def test_an_adapter_answers_through_a_running_vllm(serving_engines, releases):
    release = live(releases, "1")
    with serving_engines.open(release) as serving_engine:
        text, end, _ = heard(serving_engine)
        assert text == f"{weights_of(release.adapter)[:8]} why did fill fall"
        assert end == End("stop", 5, 5)
        assert serving_engine.is_well
        assert serving_engine.identity["engine"] == "vllm"
        assert serving_engine.identity["model"] == Located.sha256


def test_it_is_started_with_room_for_two_adapters_and_without_our_keys(
    serving_engines, releases, launch
):
    with serving_engines.open(live(releases, "1")):
        told = started_with(launch)
    words, settings = told["words"], told["settings"]
    assert (words["host"], words["model"], words["dtype"]) == (
        "127.0.0.1",
        Located.folder,
        "bfloat16",
    )
    assert (words["max_lora_rank"], words["max_loras"]) == (64, 2)
    assert words["generation_config"] == "vllm"
    assert "MODELSMITH_SIGNING_KEY" not in settings
    assert settings["CUDA_VISIBLE_DEVICES"] == "0"
    assert settings["HF_HUB_OFFLINE"] == "1"
    assert len(settings["VLLM_API_KEY"]) > 30


@pytest.mark.parametrize(
    ("held", "words"), [(Quantisation.FP32, "float32"), (Quantisation.BF16, "bfloat16")]
)
def test_weights_are_held_as_they_were_when_it_was_evaluated(
    serving_engines, releases, launch, held, words
):
    with serving_engines.open(live(releases, "1")._replace(quantisation=held)) as serving_engine:
        assert serving_engine.identity["quantisation"] == held
    assert started_with(launch)["words"]["dtype"] == words


def test_a_second_release_goes_into_the_same_process_beside_the_first(serving_engines, releases):
    with ExitStack() as first:
        one = first.enter_context(serving_engines.open(live(releases, "1")))
        two_release = live(releases, "2")
        with serving_engines.open(two_release) as two:
            assert one.process is two.process
            assert heard(one)[0] != heard(two)[0]
            first.close()
            assert heard(two)[0].startswith(weights_of(two_release.adapter)[:8])
            with pytest.raises(EngineError, match="answers 404: The model `diagnoser@1#1`"):
                heard(one)
        assert not two.is_well  # the last one out ends it


def test_the_same_version_opened_twice_is_two(serving_engines, releases):
    release = live(releases, "1")
    with serving_engines.open(release) as one, serving_engines.open(release) as two:
        assert heard(one)[0] == heard(two)[0]


def test_what_comes_next_is_read_from_its_log_probabilities(serving_engines, releases):
    release = live(releases, "1")
    with serving_engines.open(release) as serving_engine:
        (told,) = serving_engine.next_tokens([a_prompt()])
    assert told == {weights_of(release.adapter)[:8]: -0.5, "\ufffd": -2.0}


def test_log_probabilities_of_an_answer_come_back(serving_engines, releases):
    with serving_engines.open(live(releases, "1")) as serving_engine:
        _, _, pieces = heard(serving_engine, top_logprobs=1)
        assert [token.text for piece in pieces for token in piece.tokens][1:3] == ["why", "did"]
        assert pieces[1].tokens[0].top == {"why": -0.5}
        assert all(piece.tokens == () for piece in heard(serving_engine)[2])


def test_a_limit_ends_an_answer(serving_engines, releases):
    with serving_engines.open(live(releases, "1")) as serving_engine:
        assert heard(serving_engine, max_tokens=2)[1] == End("length", 5, 2)


def test_where_nobody_names_a_limit_and_the_usual_has_no_room_all_there_is_is_taken(
    serving_engines, releases
):
    with serving_engines.open(live(releases, "1")) as serving_engine:
        assert heard(serving_engine, "word " * 200)[1] == End("stop", 201, 201)


def test_a_conversation_that_does_not_fit_is_refused_in_its_words(serving_engines, releases):
    with serving_engines.open(live(releases, "1")) as serving_engine:
        with pytest.raises(InputError, match="maximum context length is 600 tokens"):
            heard(serving_engine, "word " * 700)
        with pytest.raises(InputError, match="maximum context length is 600 tokens"):
            heard(serving_engine, max_tokens=599)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("break", "vLLM answers 500: out of memory"),
        ("break off", "vLLM broke off in the middle of an answer"),
    ],
)
def test_its_faults_are_the_machines(serving_engines, releases, question, words):
    with (
        serving_engines.open(live(releases, "1")) as serving_engine,
        pytest.raises(EngineError, match=words),
    ):
        heard(serving_engine, question)


def test_one_that_died_answers_nothing_and_the_next_opening_starts_another(
    serving_engines, releases
):
    release = live(releases, "1")
    with serving_engines.open(release) as serving_engine:
        serving_engine.process.stop()
        assert not serving_engine.is_well
        with pytest.raises(EngineError, match="vLLM does not answer"):
            heard(serving_engine)
        with pytest.raises(EngineError, match="vLLM does not answer"):
            serving_engine.next_tokens([a_prompt()])
        with serving_engines.open(release) as again:
            assert again.process is not serving_engine.process
            assert heard(again)[1].finish == "stop"
        assert not again.is_well


def test_one_that_does_not_start_tells_the_end_of_its_log_without_its_key(launch, releases):
    serving_engines = VllmServingEngines(Located(), launch._replace(options=("--fail",)))
    with (
        pytest.raises(EngineError, match=r"vLLM did not start.*no GPU; my key is KEY") as told,
        serving_engines.open(live(releases, "1")),
    ):
        pass
    assert started_with(launch)["settings"]["VLLM_API_KEY"] not in str(told.value)


LEFT = """
import sys
from pathlib import Path
from modelsmith.live.engines.vllm_process import Launch, VllmProcess
from modelsmith.models.source import Quantisation

launch = Launch(Path(sys.argv[1]), Path(sys.argv[2]))
print(VllmProcess(launch, Path("/nowhere/model"), Quantisation.BF16, 64).url)
"""


def test_one_that_nobody_stopped_ends_with_the_server(python, tmp_path):
    words = [sys.executable, "-c", LEFT, str(python), str(tmp_path / "log")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    port = int(done.stdout.split(":")[2].split("/")[0])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_python_that_is_not_there_is_named(launch, releases):
    serving_engines = VllmServingEngines(Located(), launch._replace(python="/nowhere/python"))
    with (
        pytest.raises(EngineError, match="could not start /nowhere/python: No such file") as told,
        serving_engines.open(live(releases, "1")),
    ):
        pass
    assert "--vllm-python" in told.value.remedy


def test_an_adapter_that_it_refuses_is_told_in_its_words_and_the_process_ends(
    serving_engines, releases
):
    release = live(releases, "1")
    (release.adapter / WEIGHTS).write_bytes(b"x" * 2000)
    with (
        pytest.raises(EngineError, match=r"vLLM does not take adapter .*adapter is too large"),
        serving_engines.open(release),
    ):
        pass
    assert serving_engines.running == {}


@pytest.mark.parametrize(("rank", "room"), [(4, 64), (64, 64), (65, 128), (512, 512)])
def test_room_is_made_for_a_rank(releases, rank, room):
    adapter = live(releases, "1").adapter
    edited(adapter / CONFIG, r=rank)
    assert rank_for(adapter) == room


@pytest.mark.parametrize("wrong", [{"r": 513}, {"r": None}, {"r": "many"}])
def test_a_rank_without_room_is_refused(releases, wrong):
    adapter = live(releases, "1").adapter
    edited(adapter / CONFIG, **wrong)
    with pytest.raises(EngineError, match=r"states no rank that vLLM serves \(at most 512\)"):
        rank_for(adapter)
