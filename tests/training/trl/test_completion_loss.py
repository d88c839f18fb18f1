import pytest

from modelsmith.training.trl.completion_loss import completion_trainer
from tests.support.models import tiny_model

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def losses_of(tmp_path_factory):
    """Return a function that trains two steps with a trainer class and returns the losses."""
    folder = tmp_path_factory.mktemp("repository")
    tiny_model(folder)
    import torch
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
    from trl import SFTConfig

    rows = [
        {
            "prompt": [{"role": "user", "content": "Why did fill fall " + "again " * n + "?"}],
            "completion": [{"role": "assistant", "content": "The floor is too high." * (n + 1)}],
        }
        for n in range(4)
    ]

    def losses(trainer_class, out):
        set_seed(1)
        model = AutoModelForCausalLM.from_pretrained(folder / "tiny", dtype=torch.float32)
        adapted = get_peft_model(model, LoraConfig(r=4, task_type="CAUSAL_LM"))
        trainer = trainer_class(
            model=adapted,
            args=SFTConfig(
                output_dir=str(out),
                per_device_train_batch_size=2,
                num_train_epochs=1,
                learning_rate=1e-2,
                completion_only_loss=True,
                logging_steps=1,
                report_to=[],
                use_cpu=True,
                bf16=False,
                save_strategy="no",
                disable_tqdm=True,
                seed=1,
            ),
            train_dataset=Dataset.from_list(rows),
            processing_class=AutoTokenizer.from_pretrained(folder / "tiny"),
        )
        trainer.train()
        return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]

    return losses


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_the_loss_is_trls_own_to_rounding(losses_of, tmp_path):
    """The second step's loss agrees only when the first step's gradients did."""
    from trl import SFTTrainer

    theirs = losses_of(SFTTrainer, tmp_path / "theirs")
    ours = losses_of(completion_trainer(), tmp_path / "ours")
    assert len(ours) == 2
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert ours[0] != ours[1]
