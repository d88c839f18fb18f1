"""Training by trl and peft on this machine.

1. Load the base model; return what an earlier call finished, if it was this very training.
2. Seed; make the adapter, or take the one to go on from; hash it.
3. Let trl tokenise the rows; refuse what it reads differently from what evaluation will ask.
4. Train in the given order; go on from a whole checkpoint; refuse a loss that is no number.
5. Refuse an adapter that did not move; write it without a trace of this machine.
"""

import gc
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from typing_extensions import override

from modelsmith.errors import EngineError, InputError
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import (
    Loaded,
    faults_named,
    load,
    messages_of,
    quiet,
    surroundings,
    template_sha256,
    versions,
)
from modelsmith.record import digest_of
from modelsmith.runtime import Clock
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.training.curriculum import Recipe, Trained
from modelsmith.training.port import TellStep, Trainer, TrainingJob
from modelsmith.training.trl.adapter_folder import (
    finished,
    forget,
    keep_finished,
    seal,
    whole_checkpoint,
)
from modelsmith.training.trl.completion_loss import completion_trainer
from modelsmith.training.trl.sanity_checks import (
    adapter_sha256,
    check_loss,
    check_moved,
    logit_shift,
    tokens_checked,
)

LIBRARIES = ("torch", "transformers", "peft", "trl")
"""Libraries whose version can change an adapter."""
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""All linear layers of a Llama block (Dettmers et al. 2023, QLoRA, section 4)."""
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises (research: learn, section 7)."""
CHECKPOINT_EVERY = 25
"""Steps between checkpoints: at 2 s a step a kill costs under a minute of work."""


class _Training(NamedTuple):
    """A job at work: its model in memory, and the key that its files are known by."""

    job: TrainingJob
    base: Loaded
    key: str
    tell: TellStep


@dataclass(frozen=True)
class TrlTrainer(Trainer):
    """Trains LoRA adapters with trl's SFTTrainer."""

    models: LocalModels
    """Where models lie."""
    quantisation: Quantisation
    """How their weights are held."""
    clock: Clock
    checkpoint_every: int = CHECKPOINT_EVERY
    """Steps between checkpoints."""

    @override
    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        if not job.rows:
            raise EngineError(
                "there is no row to train on, at least 1 is needed",
                remedy="Look at the acceptance figures: no target passed its own rubric.",
            )
        located, name = self.models.located(job.model), job.model.name
        job.workspace.mkdir(parents=True, exist_ok=True)
        base = load(located, name, self.quantisation)
        key = digest_of(
            {
                "model": located.sha256,
                "rows": [row.digest() for row in job.rows],
                "recipe": job.recipe.model_dump(mode="json"),
                "start": _digest_of_start(job.start),
                "machine": {**versions(LIBRARIES), **surroundings(base)},
            }
        )
        if (earlier := finished(job.workspace, key)) is not None:
            return earlier
        with quiet(), faults_named(f"train {name} on {len(job.rows)} rows"):
            trained, adapted = self._train(_Training(job, base, key, tell))
            adapter = keep_finished(job.workspace, key, trained, adapted, name)
        forget(job.workspace)
        gc.collect()
        return trained, adapter

    def _train(self, training: _Training) -> tuple[Trained, Any]:
        base, job = training.base, training.job
        adapted = _adapted(base, job.recipe, job.start)
        initial_sha256 = adapter_sha256(adapted)
        trainer = _sft_trainer(training, adapted, self._settings(training))
        trained_tokens, read_tokens = tokens_checked(
            trainer.train_dataset, job.rows, base.tokenizer, job.recipe
        )
        started_s = self.clock.elapsed_s()
        checkpoint = whole_checkpoint(job.workspace, training.key)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        duration_s = round(self.clock.elapsed_s() - started_s, 6)
        final_sha256 = adapter_sha256(adapted)
        shift = logit_shift(base, adapted, job.rows[0])
        check_moved(initial_sha256, final_sha256, shift)
        history = trainer.state.log_history
        return Trained(
            rows=len(job.rows),
            steps=trainer.state.global_step,
            trained_tokens=trained_tokens,
            read_tokens=read_tokens,
            losses=tuple((e["step"], round(float(e["loss"]), 6)) for e in history if "loss" in e),
            initial_sha256=initial_sha256,
            final_sha256=final_sha256,
            template_sha256=template_sha256(base.tokenizer),
            logit_shift=shift,
            duration_s=duration_s,
        ), adapted

    def _settings(self, training: _Training) -> dict[str, Any]:
        """Return what trl's SFTConfig is given (figures: research, learn, section 7)."""
        job, recipe = training.job, training.job.recipe
        steps = math.ceil(len(job.rows) / recipe.batch)
        return {
            "output_dir": str(job.workspace),
            "num_train_epochs": 1,
            "per_device_train_batch_size": recipe.batch,
            "learning_rate": recipe.learning_rate,
            "lr_scheduler_type": "linear",
            "warmup_steps": round(WARM_UP * steps),
            "weight_decay": 0.0,
            "adam_beta2": 0.99,
            "max_grad_norm": 1.0,
            "seed": recipe.seed,
            "train_sampling_strategy": "sequential",  # the rows come in training order
            "max_length": None,  # rows are refused rather than cut, see tripwires
            "completion_only_loss": True,
            "packing": False,
            "gradient_checkpointing": False,
            "bf16": False,  # the weights are in their format already; this would autocast
            "use_cpu": training.base.device == "cpu",
            "logging_steps": 1,  # so that a resumed training logs the same windows
            "logging_nan_inf_filter": False,  # trl would hide what the tripwire looks for
            "save_strategy": "steps",
            "save_steps": self.checkpoint_every,
            "save_total_limit": None,  # adapter_folder.seal removes the old ones, after sealing
            "report_to": [],
            "disable_tqdm": True,
        }


def _digest_of_start(start: Path | None) -> str:
    if start is None:
        return "none"
    try:
        return manifest_of(start).digest()
    except InputError as error:
        raise EngineError(
            f"the adapter to go on from: {error.what}",
            remedy="Fetch the adapter from the store by its digest.",
        ) from None


def _adapted(base: Loaded, recipe: Recipe, start: Path | None) -> Any:  # noqa: ANN401 - untyped library
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import set_seed

    set_seed(recipe.seed)
    # peft keeps the adapter of a bf16 base in fp32, here as in every checkpoint that is gone on
    # with: bf16 rounds most of an optimiser step away. After the same 180 rows 8 of 12 scenarios on
    # steer passed instead of 6, for a quarter more time (2026-11, seed 0).
    if start is None:
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            target_modules=list(TARGETS),
            task_type="CAUSAL_LM",
        )
        return get_peft_model(base.model, config)
    adapted = PeftModel.from_pretrained(base.model, str(start), is_trainable=True)
    # Our adapters name the model; peft looks for its config in a folder at each checkpoint.
    adapted.peft_config["default"].base_model_name_or_path = base.model.name_or_path
    return adapted


def _sft_trainer(training: _Training, adapted: Any, settings: dict[str, Any]) -> Any:  # noqa: ANN401 - untyped library
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    dataset = Dataset.from_list(
        [
            {
                "prompt": messages_of(row.prompt),
                "completion": [{"role": "assistant", "content": row.target}],
            }
            for row in training.job.rows
        ]
    )
    training.base.tokenizer.padding_side = "right"
    trainer_class = completion_trainer() if training.base.device == "cpu" else SFTTrainer
    trainer = trainer_class(
        model=adapted,
        args=SFTConfig(**settings),
        train_dataset=dataset,
        processing_class=training.base.tokenizer,
        callbacks=[_watch(training)],
    )
    trainer.remove_callback(PrinterCallback)  # it prints every log entry
    return trainer


def _watch(training: _Training) -> Any:  # noqa: ANN401 - untyped library
    """Return the callback that tells how far training is, and seals what trl has saved."""
    from transformers import TrainerCallback

    def on_log(args: Any, state: Any, control: Any, **words: Any) -> None:  # noqa: ANN401, ARG001 - untyped library
        logs = words.get("logs") or {}
        if "loss" in logs:
            loss = float(logs["loss"])
            check_loss(loss, state.global_step, state.max_steps)
            training.tell(state.global_step, state.max_steps, loss)

    def on_save(args: Any, state: Any, control: Any, **words: Any) -> None:  # noqa: ANN401, ARG001 - untyped library
        seal(training.job.workspace, state.global_step, training.key)

    watch = TrainerCallback()
    watch.on_log = on_log
    watch.on_save = on_save
    return watch
