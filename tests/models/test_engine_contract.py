"""What every engine and every trainer promises, the scripted ones of the tests included."""

from math import exp
from types import SimpleNamespace

import pytest

from modelsmith.errors import EngineError
from modelsmith.models.engine_port import Engine, Engines
from modelsmith.models.fingerprint import TOP
from modelsmith.models.generation import Sampling
from modelsmith.models.source import ModelSource, Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.training.port import Trainer, TrainingJob
from modelsmith.training.trl.trainer import TrlTrainer
from tests.support.clock import SteppingClock
from tests.support.engines import ScriptedEngines, ScriptedTrainer
from tests.support.models import TINY, a_prompt, a_recipe, rows_of, tiny_model
from tests.support.ports import left_to

SHORT = Sampling(max_tokens=4)


def silent(step, steps, loss):
    pass


@pytest.fixture(scope="module")
def tiny_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    tiny_model(root)
    return root


@pytest.fixture(params=["scripted", pytest.param("real", marks=pytest.mark.model)])
def machine(request):
    if request.param == "scripted":
        return SimpleNamespace(
            engines=ScriptedEngines(), trainer=ScriptedTrainer(), model=ModelSource(name="scripted")
        )
    models, clock = LocalModels(request.getfixturevalue("tiny_root")), SteppingClock()
    return SimpleNamespace(
        engines=TransformersEngines(models, Quantisation.BF16, clock),
        trainer=TrlTrainer(models, Quantisation.BF16, clock),
        model=TINY,
    )


@pytest.fixture
def engine(machine):
    with machine.engines.open(machine.model, None, None) as opened:
        yield opened


def test_each_does_all_that_its_port_says_itself(machine, engine):
    parts = [(Engine, engine), (Engines, machine.engines), (Trainer, machine.trainer)]
    assert [left_to(port, made) for port, made in parts] == [set(), set(), set()]


# Engines


def test_every_prompt_gets_an_answer_with_its_counts(engine):
    batch = [a_prompt("One?"), a_prompt("A much longer question than the first?")]
    answers = engine.answers(batch, SHORT)
    assert len(answers) == 2
    assert answers[0].prompt_tokens < answers[1].prompt_tokens
    assert all(1 <= answer.answer_tokens <= 4 for answer in answers)
    assert all(answer.latency_s > 0 for answer in answers)


def test_the_same_batch_gets_the_same_answers(engine):
    batch = [a_prompt("One?"), a_prompt("Two?")]
    texts = [[answer.text for answer in engine.answers(batch, SHORT)] for _ in range(2)]
    assert texts[0] == texts[1]


def test_an_empty_batch_has_no_answers(engine):
    assert tuple(engine.answers((), SHORT)) == ()


def test_greedy_answers_do_not_depend_on_the_seed(engine):
    texts = {
        engine.answers([a_prompt()], Sampling(max_tokens=4, seed=seed))[0].text for seed in (0, 1)
    }
    assert len(texts) == 1


def test_an_answer_that_runs_into_the_limit_says_so(engine):
    (answer,) = engine.answers([a_prompt("a b c d e f g h")], SHORT)
    assert (answer.finish, answer.answer_tokens) == ("length", 4)


def test_the_identity_is_words_and_the_same_for_the_same_model(machine):
    identities = []
    for _ in range(2):
        with machine.engines.open(machine.model, None, None) as opened:
            identities.append(dict(opened.identity))
    assert identities[0] == identities[1]
    assert identities[0]["adapter"] == "none"
    assert all(isinstance(value, str) and value for value in identities[0].values())


def test_an_adapter_changes_the_identity_by_its_digest(machine, tmp_path):
    _, adapter = machine.trainer.train(
        TrainingJob(machine.model, rows_of(2), a_recipe(), None, tmp_path), silent
    )
    with machine.engines.open(machine.model, adapter, "d" * 64) as opened:
        assert opened.identity["adapter"] == "d" * 64
        assert len(opened.answers([a_prompt()], SHORT)) == 1


def test_a_folder_without_an_adapter_is_refused_by_name(machine, tmp_path):
    with (
        pytest.raises(EngineError, match=f"adapter {tmp_path} has no adapter_config.json"),
        machine.engines.open(machine.model, tmp_path, "d" * 64),
    ):
        pass


def test_what_comes_next_is_told_by_its_likeliest_tokens(engine):
    said = engine.next_tokens([a_prompt("One?"), a_prompt("Two?")])
    assert len(said) == 2
    for tokens in said:
        assert 1 <= len(tokens) <= TOP
        assert all(value <= 0 for value in tokens.values())
        assert sum(exp(value) for value in tokens.values()) <= 1 + 1e-4
    assert engine.next_tokens([a_prompt("One?")]) == said[:1]
    assert tuple(engine.next_tokens(())) == ()


def test_the_likeliest_token_begins_the_greedy_answer(engine):
    (said,), (answer,) = engine.next_tokens([a_prompt()]), engine.answers([a_prompt()], SHORT)
    assert answer.text.startswith(max(said, key=said.get))


def test_an_adapter_changes_what_comes_next(machine, tmp_path):
    _, adapter = machine.trainer.train(
        TrainingJob(machine.model, rows_of(2), a_recipe(), None, tmp_path), silent
    )
    said = []
    for chosen in (None, adapter):
        with machine.engines.open(machine.model, chosen, "d" * 64 if chosen else None) as opened:
            said += opened.next_tokens([a_prompt()])
    assert said[0] != said[1]


def test_every_file_that_is_read_has_its_digest_in_one_part(machine, tmp_path):
    _, adapter = machine.trainer.train(
        TrainingJob(machine.model, rows_of(2), a_recipe(), None, tmp_path), silent
    )
    with machine.engines.open(machine.model, None, None) as opened:
        base = dict(opened.parts)
    with machine.engines.open(machine.model, adapter, "d" * 64) as opened:
        adapted = dict(opened.parts)
    assert set(base) == {"model", "tokenizer", "template"}
    assert adapted == base | {
        "adapter": {file.path: file.sha256 for file in manifest_of(adapter).files}
    }
    assert list(base["template"]) == ["chat"]
    assert all(part for part in adapted.values())


# Trainers


def test_training_says_each_step_and_returns_an_adapter_of_two_files(machine, tmp_path):
    seen = []
    trained, adapter = machine.trainer.train(
        TrainingJob(machine.model, rows_of(5), a_recipe(batch=2), None, tmp_path),
        lambda *told: seen.append(told),
    )
    assert [(step, steps) for step, steps, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    assert (trained.rows, trained.steps) == (5, 3)
    assert [step for step, _ in trained.losses] == [1, 2, 3]
    assert 0 < trained.trained_tokens < trained.read_tokens
    assert trained.initial_sha256 != trained.final_sha256
    assert sorted(path.name for path in adapter.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def test_the_same_training_gives_the_same_adapter_and_another_seed_another(machine, tmp_path):
    finals = [
        machine.trainer.train(
            TrainingJob(machine.model, rows_of(2), a_recipe(seed=seed), None, tmp_path / name),
            silent,
        )[0].final_sha256
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert finals[0] == finals[1] != finals[2]


def test_a_finished_training_is_returned_without_a_step(machine, tmp_path):
    seen = []

    def call():
        return machine.trainer.train(
            TrainingJob(machine.model, rows_of(2), a_recipe(), None, tmp_path),
            lambda *told: seen.append(told),
        )

    first, second = call(), call()
    assert first == second
    assert len(seen) == 1


def test_no_rows_are_refused(machine, tmp_path):
    with pytest.raises(EngineError, match="no row to train on, at least 1 is needed"):
        machine.trainer.train(TrainingJob(machine.model, [], a_recipe(), None, tmp_path), silent)


def test_a_row_that_is_too_long_is_refused_by_name_and_length(machine, tmp_path):
    rows = [*rows_of(1), *rows_of(2, target="word " * 300)[1:]]
    with pytest.raises(
        EngineError, match=r"row 1 \(ROW_1\) has \d+ tokens, at most 256 are allowed"
    ):
        machine.trainer.train(TrainingJob(machine.model, rows, a_recipe(), None, tmp_path), silent)


def test_training_goes_on_from_an_adapter(machine, tmp_path):
    def train(name, start):
        return machine.trainer.train(
            TrainingJob(machine.model, rows_of(2), a_recipe(), start, tmp_path / name), silent
        )

    first, adapter = train("first", None)
    second, _ = train("second", adapter)
    assert second.initial_sha256 != first.initial_sha256
    assert second.final_sha256 != first.final_sha256
