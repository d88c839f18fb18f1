import warnings

import pytest

from modelsmith.disk.console import NoProgress
from modelsmith.errors import EngineError, UsageError
from modelsmith.exam.answers import invariance
from modelsmith.loop.answers.local_model import answer_in_batches
from modelsmith.models.generation import Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import faults_named
from modelsmith.run.files.answer_cache import FileCache
from tests.support.clock import SteppingClock
from tests.support.models import EMBEDDED, ROOT, TINY, a_prompt, tiny_model
from tests.support.scenarios import a_scenario


def engines_in(root, quantisation=Quantisation.BF16, **changes):
    return TransformersEngines(LocalModels(root), quantisation, SteppingClock(2.5), **changes)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("repository")
    tiny_model(made)
    return made


@pytest.fixture
def tiny(root):
    with engines_in(root).open(TINY, None, None) as engine:
        yield engine


@pytest.fixture(scope="module")
def embedded():
    with engines_in(ROOT).open(EMBEDDED, None, None) as engine:
        yield engine


CAPITALS = [
    a_prompt(f"What is the capital of {country}?", system="Answer in one word.")
    for country in ("France", "Italy", "the Federal Republic of Germany")
]


# The embedded model


@pytest.mark.model
def test_smollm2_answers_and_ends_by_itself_with_its_tokens_counted(embedded):
    answers = embedded.answers(CAPITALS, Sampling(max_tokens=24))
    for answer, city in zip(answers, ("Paris", "Rome", "Berlin"), strict=True):
        assert city in answer.text
        assert "<|im_end|>" not in answer.text
        assert answer.finish == "stop"
        assert len(answer.text.split()) < answer.answer_tokens < 24
    assert answers[0].prompt_tokens == answers[1].prompt_tokens < answers[2].prompt_tokens
    assert answers[0].answer_tokens < answers[2].answer_tokens  # no padding


@pytest.mark.model
def test_an_answer_cut_at_the_limit_is_the_beginning_of_the_whole_one(embedded):
    whole = embedded.answers(CAPITALS, Sampling(max_tokens=24))
    cut = embedded.answers(CAPITALS, Sampling(max_tokens=3))
    assert [(answer.finish, answer.answer_tokens) for answer in cut] == [("length", 3)] * 3
    for short, long in zip(cut, whole, strict=True):
        assert long.text.startswith(short.text)


@pytest.mark.model
def test_a_seed_repeats_a_draw_and_another_seed_changes_it(embedded):
    def drawn(seed):
        sampling = Sampling(max_tokens=12, temperature=1.5, top_p=0.95, seed=seed)
        return [answer.text for answer in embedded.answers(CAPITALS, sampling)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.model
def test_batch_invariance_is_measured_not_assumed(embedded, tmp_path):
    asked = [(a_scenario(f"CAPITAL_{place}"), prompt) for place, prompt in enumerate(CAPITALS)]
    together, alone = (
        answer_in_batches(
            embedded,
            asked,
            Sampling(max_tokens=8),
            batch=size,
            cache=FileCache(tmp_path),
            progress=NoProgress(),
            label="capitals",
        )
        for size in (3, 1)
    )
    found = invariance(together, alone)
    assert found.tried == 3
    assert found.same == 3 - len(found.differing)


# What holds for any model


@pytest.mark.model
def test_latency_is_what_the_clock_says_of_the_whole_batch(tiny):
    answers = tiny.answers([a_prompt("a"), a_prompt("b")], Sampling(max_tokens=2))
    assert [answer.latency_s for answer in answers] == [2.5, 2.5]


@pytest.mark.model
def test_padding_is_not_counted(tiny):
    short, long = a_prompt("a"), a_prompt("a" * 50)
    together = tiny.answers([short, long], Sampling(max_tokens=2))
    alone = tiny.answers([short], Sampling(max_tokens=2))
    assert together[0].prompt_tokens == alone[0].prompt_tokens
    assert together[1].prompt_tokens == alone[0].prompt_tokens + 49


@pytest.mark.model
def test_the_identity_names_all_that_changes_an_answer(root, tiny):
    with engines_in(root, Quantisation.FP32, threads=1).open(TINY, None, None) as other:
        assert other.identity["dtype"] == "float32"
        assert other.identity["threads"] == "1"
    with engines_in(root).open(TINY, None, None) as again:
        assert again.identity["threads"] == tiny.identity["threads"]
    assert set(tiny.identity) == {
        *("torch", "transformers", "peft"),
        *("dtype", "device", "threads", "instructions"),
        *("model", "adapter", "template"),
    }
    assert tiny.identity["model"] == LocalModels(root).located(TINY).sha256


@pytest.mark.model
def test_a_prompt_beyond_the_models_window_is_refused_with_the_figures(tiny):
    with pytest.raises(
        EngineError,
        match=r"longest prompt has 5\d\d tokens and the answer may take 4, the model reads 512",
    ):
        tiny.answers([a_prompt("a" * 480)], Sampling(max_tokens=4))


@pytest.mark.model
def test_weights_that_cannot_be_read_are_refused_with_the_folder(tmp_path):
    folder = tiny_model(tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with (
        pytest.raises(EngineError, match=f"could not load model tiny from {folder}: "),
        engines_in(tmp_path).open(TINY, None, None),
    ):
        pass


@pytest.mark.model
def test_weights_of_another_adapter_shape_are_refused(root, tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 4}')
    (tmp_path / "adapter_model.safetensors").write_bytes(b"none")
    with (
        pytest.raises(EngineError, match=f"could not put adapter {tmp_path} on the model: "),
        engines_in(root).open(TINY, tmp_path, "d" * 64),
    ):
        pass


@pytest.mark.model
def test_memory_that_is_not_there_is_told_from_other_faults():
    import torch

    with (
        pytest.raises(
            EngineError, match=r"could not answer a batch of 4: out of memory \("
        ) as caught,
        faults_named("answer a batch of 4"),
    ):
        torch.empty(1 << 50, dtype=torch.uint8)
    assert "Lower the batch" in caught.value.remedy


def test_other_faults_are_named_with_their_kind():
    with pytest.raises(EngineError, match="could not load it: ValueError: bad header"):
        raise_inside(ValueError("bad header"))


def test_our_own_errors_pass_as_they_are():
    error = UsageError("no", remedy="yes")
    with pytest.raises(UsageError) as caught:
        raise_inside(error)
    assert caught.value is error


def test_a_defect_is_not_taken_for_a_fault_of_the_machine():
    with pytest.raises(AttributeError):
        raise_inside(AttributeError("typo"))


def raise_inside(error):
    with faults_named("load it"):
        raise error


@pytest.mark.model
def test_warnings_of_others_stay_on_outside_our_calls(tiny):
    tiny.answers([a_prompt()], Sampling(max_tokens=1))
    with pytest.raises(FutureWarning):
        warnings.warn("still an error here", FutureWarning, stacklevel=1)
