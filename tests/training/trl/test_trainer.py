import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from modelsmith.errors import EngineError
from modelsmith.models.generation import Sampling
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.store.files.content_store import ContentStore
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.training.port import TrainingJob
from modelsmith.training.trl.trainer import TARGETS, TrlTrainer
from tests.support.clock import SteppingClock
from tests.support.models import (
    EMBEDDED,
    FORGETFUL,
    ROOT,
    TINY,
    a_prompt,
    a_recipe,
    edit_json,
    rows_of,
    tiny_model,
)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("repository")
    tiny_model(made)
    return made


def trainer_in(root, quantisation=Quantisation.BF16):
    return TrlTrainer(LocalModels(root), quantisation, SteppingClock(), checkpoint_every=2)


def steps_of(root, workspace, rows, model=TINY, **changes):
    """Return what training gave, and every (step, loss) that it did."""
    seen = []
    trained, adapter = trainer_in(root).train(
        TrainingJob(model, rows, a_recipe(**{"batch": 1} | changes), None, workspace),
        lambda step, steps, loss: seen.append((step, loss)),
    )
    return trained, adapter, seen


def checkpoints(workspace):
    return sorted(path.name for path in workspace.glob("checkpoint-*") if path.is_dir())


# Order, figures, determinism


def test_rows_are_read_in_the_order_given(root, tmp_path):
    rows = rows_of(4)
    first = steps_of(root, tmp_path / "a", rows)[2]
    turned = steps_of(root, tmp_path / "b", [rows[1], rows[0], *rows[2:]])[2]
    swapped = steps_of(root, tmp_path / "c", [rows[0], rows[1], rows[3], rows[2]])[2]
    alone = steps_of(root, tmp_path / "d", rows[:1])[2]
    assert first[0][1] == alone[0][1] != turned[0][1]
    assert first[:2] == swapped[:2]
    assert first[2:] != swapped[2:]


def test_only_the_targets_tokens_carry_loss(root, tmp_path):
    (row,) = rows_of(1, target="abc")
    trained, _, _ = steps_of(root, tmp_path, [row])
    prompt = "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\n"
    prompt += "Case 0: why did fill fall?<|im_end|>\n<|im_start|>assistant\n"
    special = 5  # each a token of its own, not a byte
    letters = len(prompt) - 3 * len("<|im_start|>") - 2 * len("<|im_end|>")
    assert trained.trained_tokens == len("abc") + 2  # the end of the turn, and its newline
    assert trained.read_tokens == letters + special + trained.trained_tokens


def test_the_adapter_does_not_name_this_machine_and_goes_through_the_store(root, tmp_path):
    _, adapter, _ = steps_of(root, tmp_path / "work", rows_of(1))
    text = (adapter / "adapter_config.json").read_text()
    assert '"base_model_name_or_path":"tiny"' in text
    assert str(root) not in text
    assert json.loads(text)["target_modules"] == sorted(TARGETS)  # a set's order is chance
    store = ContentStore(tmp_path / "store")
    stored = store.get(store.put(adapter))
    clock = SteppingClock()
    engines = TransformersEngines(LocalModels(root), Quantisation.BF16, clock)
    with engines.open(TINY, stored, None) as engine:
        assert engine.identity["adapter"] == manifest_of(adapter).digest()
        assert engine.answers([a_prompt()], Sampling(max_tokens=2))


def test_two_workspaces_give_byte_equal_adapters(root, tmp_path):
    first = steps_of(root, tmp_path / "a", rows_of(3))[1]
    second = steps_of(root, tmp_path / "b" / "deeper", rows_of(3))[1]
    assert manifest_of(first) == manifest_of(second)


def test_a_finished_training_leaves_no_checkpoint(root, tmp_path):
    steps_of(root, tmp_path, rows_of(3))
    assert checkpoints(tmp_path) == []


# Killed and gone on with


@pytest.fixture(scope="module")
def whole(root, tmp_path_factory):
    """Return a training that nobody stopped."""
    return steps_of(root, tmp_path_factory.mktemp("whole"), rows_of(7))


@pytest.fixture(scope="module")
def killed_at_five(root, tmp_path_factory):
    """Return the workspace of the same training, killed by SIGKILL at step 5."""
    workspace = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_training", str(root), str(workspace)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    return workspace


def test_a_killed_training_goes_on_and_ends_byte_equal(root, tmp_path, whole, killed_at_five):
    trained, adapter, steps = whole
    workspace = shutil.copytree(killed_at_five, tmp_path / "work")
    assert checkpoints(workspace) == ["checkpoint-4"]
    resumed, resumed_adapter, done = steps_of(root, workspace, rows_of(7))
    assert done == steps[4:]
    assert manifest_of(resumed_adapter) == manifest_of(adapter)
    assert resumed == trained


@pytest.mark.parametrize("harm", ["cut", "no seal", "lost file"])
def test_a_torn_checkpoint_is_passed_over(root, tmp_path, whole, killed_at_five, harm):
    workspace = shutil.copytree(killed_at_five, tmp_path / "work")
    checkpoint = workspace / "checkpoint-4"
    if harm == "cut":
        state = checkpoint / "optimizer.pt"
        state.write_bytes(state.read_bytes()[:-100])
    if harm == "no seal":
        (workspace / "checkpoint-4-seal.json").unlink()
    if harm == "lost file":
        (checkpoint / "trainer_state.json").unlink()
    again, _, done = steps_of(root, workspace, rows_of(7))
    assert done == whole[2]
    assert again.final_sha256 == whole[0].final_sha256


def test_the_checkpoint_of_other_rows_is_passed_over(root, tmp_path, killed_at_five):
    workspace = shutil.copytree(killed_at_five, tmp_path / "work")
    _, _, done = steps_of(root, workspace, rows_of(6))
    assert [step for step, _ in done] == [1, 2, 3, 4, 5, 6]


def test_the_embedded_model_interrupted_in_training_ends_byte_equal(tmp_path):
    rows = rows_of(4)
    trained, adapter, steps = steps_of(ROOT, tmp_path / "whole", rows, EMBEDDED)

    def interrupt(step, steps, loss):
        if step == 3:
            raise KeyboardInterrupt

    work = tmp_path / "work"
    with pytest.raises(KeyboardInterrupt):
        trainer_in(ROOT).train(
            TrainingJob(EMBEDDED, rows, a_recipe(batch=1), None, work), interrupt
        )
    resumed, resumed_adapter, done = steps_of(ROOT, work, rows, EMBEDDED)
    assert done == steps[2:]
    assert manifest_of(resumed_adapter) == manifest_of(adapter)
    assert resumed == trained
    assert trained.losses[-1][1] < trained.losses[0][1]


def test_an_altered_finished_adapter_is_trained_again(root, tmp_path):
    whole, adapter, _ = steps_of(root, tmp_path, rows_of(2))
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    again, _, done = steps_of(root, tmp_path, rows_of(2))
    assert len(done) == 2
    assert again.final_sha256 == whole.final_sha256


# Tripwires


def test_a_template_that_forgets_the_prompt_is_refused(tmp_path):
    tiny_model(tmp_path, FORGETFUL)
    with pytest.raises(
        EngineError, match=r"row 0 \(ROW_0\) reads differently in training and evaluation"
    ):
        steps_of(tmp_path, tmp_path / "work", rows_of(2))


def test_a_loss_that_is_no_number_stops_training_at_its_step(root, tmp_path):
    with pytest.raises(EngineError, match=r"the loss is (nan|inf) at step \d of 6"):
        steps_of(root, tmp_path, rows_of(6), learning_rate=1e30)


def test_an_adapter_that_changes_no_logit_is_refused(root, tmp_path):
    with pytest.raises(EngineError, match="shifts the first prompt's logits by 0, above 0 is"):
        steps_of(root, tmp_path, rows_of(1), learning_rate=1e-30)


def test_a_model_without_a_chat_template_is_refused(tmp_path):
    folder = tiny_model(tmp_path)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(EngineError, match="model tiny: its tokenizer has no chat template"):
        steps_of(tmp_path, tmp_path / "work", rows_of(1))


def test_a_start_that_is_no_adapter_is_refused(root, tmp_path):
    with pytest.raises(EngineError, match=f"the adapter to go on from: {tmp_path / 'none'} holds"):
        trainer_in(root).train(
            TrainingJob(TINY, rows_of(1), a_recipe(), tmp_path / "none", tmp_path / "w"), print
        )


def test_nf4_without_a_gpu_is_refused_with_figures(root, tmp_path):
    with pytest.raises(
        EngineError, match=r"nf4 needs a CUDA GPU, this machine has 0; the weights take \d+ MiB"
    ):
        trainer_in(root, Quantisation.NF4).train(
            TrainingJob(TINY, rows_of(1), a_recipe(), None, tmp_path), print
        )


def test_a_model_whose_layers_the_adapter_does_not_know_is_refused(tmp_path):
    folder = tiny_model(tmp_path)
    edit_json(folder / "config.json", model_type="nonsense")
    with pytest.raises(EngineError, match="could not load model tiny from"):
        steps_of(tmp_path, tmp_path / "work", rows_of(1))
