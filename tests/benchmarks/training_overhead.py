"""How much our training adds to bare trl on the same rows.

Run as `python -m tests.benchmarks.training_overhead`.

Both load the model, train an adapter of the same shape on the same rows in the same order and save
it, in one process, in turns. Ours also hashes, checks every row, seals its checkpoint, measures the
logits and strips the adapter; the bare one saves a checkpoint as often as ours does. Processor time
is printed beside, since on a shared machine time itself swings.
"""

import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from modelsmith.disk.clock import SystemClock
from modelsmith.models.generation import Message
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import messages_of, prepare, quiet
from modelsmith.training.curriculum import Recipe, TrainingRow
from modelsmith.training.port import TrainingJob
from modelsmith.training.trl.trainer import TARGETS, TrlTrainer
from tests.support.models import EMBEDDED, ROOT

TARGET = 1.05
ROWS = 16
REPEATS = 3
RECIPE = Recipe(rank=16, alpha=32, learning_rate=2e-3, batch=4, seed=0)


def rows() -> list[TrainingRow]:
    """Return rows of the demo's length: about 200 tokens of prompt, 50 of target."""
    table = "\n".join(f"day {day}: fill_rate_pct {60 - day}, cpm_usd 1.{day}" for day in range(7))
    return [
        TrainingRow(
            scenario=f"ROW_{n}",
            scenario_sha256="0" * 64,
            origin="composed",
            prompt=(
                Message(role="system", content="Answer in four lines."),
                Message(role="user", content=f"Case {n}: why did fill fall?\n{table}"),
            ),
            target="The floor rose above the bids, so fewer of them clear; lower the floor. " * 3,
        )
        for n in range(ROWS)
    ]


SAME_LOSS = 0.02
"""Relative distance of two last losses that is still the same work: the two compute the output
layer in another order, which bf16 rounds otherwise (in fp32 they agree to 1e-4, see
tests/training/trl/test_completion_loss.py)."""


def bare(folder: Path, taught: Sequence[TrainingRow], workspace: Path) -> float:
    """Train with transformers, peft and trl alone; return the last loss."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    set_seed(RECIPE.seed)
    lora = LoraConfig(
        r=RECIPE.rank,
        lora_alpha=RECIPE.alpha,
        target_modules=list(TARGETS),
        task_type="CAUSAL_LM",
    )
    trainer = SFTTrainer(
        model=get_peft_model(model, lora),
        args=SFTConfig(
            output_dir=str(workspace),
            num_train_epochs=1,
            per_device_train_batch_size=RECIPE.batch,
            learning_rate=RECIPE.learning_rate,
            warmup_steps=round(0.1 * ROWS / RECIPE.batch),
            adam_beta2=0.99,
            train_sampling_strategy="sequential",
            completion_only_loss=True,
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=True,
            logging_steps=1,
            save_steps=25,
            report_to=[],
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list(
            [
                {
                    "prompt": messages_of(row.prompt),
                    "completion": [{"role": "assistant", "content": row.target}],
                }
                for row in taught
            ]
        ),
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.save_model(str(workspace / "adapter"))
    return float([entry["loss"] for entry in trainer.state.log_history if "loss" in entry][-1])


def main() -> None:
    prepare()
    models, taught = LocalModels(ROOT), rows()
    folder = models.located(EMBEDDED).folder
    trainer = TrlTrainer(models, Quantisation.BF16, SystemClock())
    ratios = []
    with tempfile.TemporaryDirectory() as scratch, quiet():
        bare(folder, taught[:4], Path(scratch) / "warm")  # the first pass loads every library
        for turn in range(REPEATS):
            took: dict[str, tuple[float, float]] = {}
            losses = {}
            for name in ("ours", "bare") if turn % 2 else ("bare", "ours"):
                workspace = Path(scratch) / f"{name}-{turn}"
                started = (time.perf_counter(), time.process_time())
                if name == "ours":
                    trained, _ = trainer.train(
                        TrainingJob(EMBEDDED, taught, RECIPE, None, workspace), lambda *_: None
                    )
                    losses[name] = trained.losses[-1][1]
                else:
                    losses[name] = bare(folder, taught, workspace)
                ended = (time.perf_counter(), time.process_time())
                took[name] = (ended[0] - started[0], ended[1] - started[1])
            if not math.isclose(losses["ours"], losses["bare"], rel_tol=SAME_LOSS):
                raise SystemExit(f"not the same work: last losses {losses}")
            wall, cpu = (took["ours"][n] / took["bare"][n] for n in (0, 1))
            ratios.append((wall, cpu))
            print(
                f"ours {took['ours'][0]:.2f} s: time {wall:.3f}, processor time {cpu:.3f} of bare"
            )
    wall, cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(
        f"training overhead: median ratio of time {wall:.3f}, of processor time {cpu:.3f}, "
        f"over {REPEATS} turns, target <= {TARGET}"
    )


if __name__ == "__main__":
    main()
