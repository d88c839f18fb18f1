"""The embedded model with tiny adapters, served by transformers and by vLLM: the fingerprint tells
the specialist from the base model and from another one, and swaps drop nothing."""

import gc
import json
import os
import threading
from types import SimpleNamespace

import openai
import pytest

from modelsmith.disk.clock import SystemClock
from modelsmith.live.engines.transformers import TransformersServingEngines
from modelsmith.live.engines.vllm import VllmServingEngines
from modelsmith.live.engines.vllm_process import Launch
from modelsmith.models.generation import Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from tests.support.model_server.server import interpreter
from tests.support.models import EMBEDDED, ROOT
from tests.support.releases import WEIGHTS, FolderReleases
from tests.support.served import served_world
from tests.support.tiny_adapters import ASKED, fingerprint_of, tiny_adapter

pytestmark = pytest.mark.model

SMALL = (
    "--max-model-len=1024",
    "--max-num-seqs=8",
    "--enforce-eager",
)
"""What makes vLLM start in seconds on a processor."""
MESSAGES = [turn.model_dump() for turn in ASKED[0]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give two specialists and an adapter without effect, with what they say next."""
    root = tmp_path_factory.mktemp("adapters")
    models = LocalModels(ROOT)
    engines = TransformersEngines(models, Quantisation.FP32, SystemClock())
    adapters = {
        name: tiny_adapter(models, EMBEDDED, root / name, seed=seed, scale=scale)
        for name, seed, scale in (("a", 1, 0.15), ("b", 2, 0.15), ("idle", 3, 0.0))
    }
    prints = {name: fingerprint_of(engines, EMBEDDED, adapters[name]) for name in ("a", "b")}
    return SimpleNamespace(models=models, engines=engines, adapters=adapters, prints=prints)


def launched(folder):
    settings = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1"}  # GiB
    return Launch(interpreter(), folder / "vllm.log", SMALL, settings)


@pytest.fixture(params=["transformers", "vllm"])
def serving_engines(request, made, tmp_path):
    if request.param == "transformers":
        return TransformersServingEngines(lambda _: made.engines)
    return VllmServingEngines(made.models, launched(tmp_path))


@pytest.fixture
def world(made, serving_engines, tmp_path):
    with served_world(tmp_path, serving_engines, releases_in(tmp_path)) as world:
        yield world


def releases_in(folder):
    releases = FolderReleases(folder, EMBEDDED)
    releases.quantisation = Quantisation.FP32
    return releases


def promoted(world, made, version, adapter, fingerprint):
    release = world.releases.promoted(
        version, adapter=made.adapters[adapter], fingerprint=made.prints[fingerprint]
    )
    world.releases.moved(release)
    return world.follower.check()


def test_what_is_served_is_what_was_signed_and_a_swap_drops_nothing(  # noqa: PLR0915 - one server
    world, made
):
    # 1. The right one is put live, and says what the engine says.
    first = promoted(world, made, "1", "a", "a")
    assert first.outcome == "served", first.why
    match = world.follower.health().fingerprint
    assert match.to_specialist < 0.1
    assert match.to_base > 1
    client = openai.OpenAI(base_url=world.url, api_key="x", max_retries=0, timeout=120)
    with made.engines.open(EMBEDDED, made.adapters["a"], None) as engine:
        (expected,) = engine.answers([ASKED[0]], Sampling(max_tokens=12))
        (likeliest,) = engine.next_tokens([ASKED[0]])
    asked = {"model": "sandbox", "messages": MESSAGES, "max_tokens": 12}
    answer = client.chat.completions.create(**asked, logprobs=True, top_logprobs=5)
    choice = answer.choices[0]
    assert choice.message.content == expected.text
    assert choice.finish_reason == expected.finish
    assert answer.usage.prompt_tokens == expected.prompt_tokens
    assert answer.usage.completion_tokens == expected.answer_tokens
    told = choice.logprobs.content[0]
    for one in told.top_logprobs:
        assert one.logprob == pytest.approx(likeliest[one.token], abs=0.05)
    chunks = list(client.chat.completions.create(**asked, stream=True))
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert streamed == expected.text
    drawn = [
        client.chat.completions.create(**asked, temperature=1.0, seed=7).choices[0].message.content
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model="sandbox", messages=[{"role": "user", "content": "word " * 9000}]
        )

    # 2. The other adapter under a good seal, and one without effect, are refused by what they say.
    for version, adapter in (("2", "b"), ("3", "idle")):
        check = promoted(world, made, version, adapter, "a")
        assert check.outcome == "refused", check
        assert f"what is loaded is not diagnoser {version}" in check.why
        assert world.follower.health().release.version == "1"

    # 3. A file that changed is refused before anything is loaded.
    world.releases.moved(world.releases.promoted("4", adapter=made.adapters["b"]))
    (world.releases.adapter("diagnoser", "4") / WEIGHTS).write_bytes(b"others")
    assert "is not what was signed" in world.follower.check().why

    # 4. Under load the next one goes live, and every request is answered.
    statuses, over = [], threading.Event()

    def ask():
        body = json.dumps(asked | {"max_tokens": 4}).encode()
        while not over.is_set():
            status, headers, _ = world.ask("/v1/chat/completions", body)
            statuses.append((status, headers.get("X-Modelsmith-Bundle")))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    second = promoted(world, made, "5", "b", "b")
    seen = len(statuses)
    while len(statuses) < seen + 6:
        world.follower.free_idle()
        threading.Event().wait(0.01)
    over.set()
    for thread in threads:
        thread.join()
    assert second.outcome == "served", second.why
    assert {status for status, _ in statuses} == {200}
    assert statuses[-1][1] == world.follower.health().release.bundle_sha256
    client.close()


def test_the_memory_of_what_was_replaced_is_given_back(made, tmp_path):
    serving_engines = TransformersServingEngines(lambda _: made.engines)
    with served_world(tmp_path, serving_engines, releases_in(tmp_path)) as world:
        promoted(world, made, "1", "a", "a")
        before = models_in_memory()
        promoted(world, made, "2", "b", "b")
        assert models_in_memory() == before == 1
    assert models_in_memory() == 0


def models_in_memory():
    gc.collect()
    return sum(type(one).__name__ == "LlamaForCausalLM" for one in gc.get_objects())


def test_a_vllm_that_was_killed_is_started_again_by_the_next_check(made, tmp_path):
    serving_engines = VllmServingEngines(made.models, launched(tmp_path))
    with served_world(tmp_path, serving_engines, releases_in(tmp_path)) as world:
        promoted(world, made, "1", "a", "a")
        with world.follower.lease() as taken:
            taken.engine.process.stop()
        body = json.dumps({"model": "sandbox", "messages": MESSAGES, "max_tokens": 4}).encode()
        status, _, told = world.ask("/v1/chat/completions", body)
        assert status == 500
        assert "vLLM does not answer" in json.loads(told)["error"]["message"]
        check = world.follower.check()
        assert check.outcome == "served", check.why
        assert world.ask("/v1/chat/completions", body)[0] == 200
