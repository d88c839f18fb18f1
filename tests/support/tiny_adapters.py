"""Adapters made by peft in a moment, each with an effect of its own on the embedded model."""

from pathlib import Path

from modelsmith.models.fingerprint import Fingerprint, FingerprintPrompt
from modelsmith.models.generation import Prompt
from modelsmith.models.source import ModelSource
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import prepare, quiet
from tests.support.models import a_prompt

ASKED: tuple[Prompt, ...] = (
    a_prompt("Fill fell by half overnight while bids did not. Why?"),
    a_prompt("The floor was raised from 1.10 to 2.40 USD. What happened to the win rate?"),
    a_prompt("Name the cause in one word."),
)


def tiny_adapter(
    models: LocalModels, model: ModelSource, folder: Path, *, seed: int, scale: float = 0.15
) -> Path:
    """Write a LoRA of rank 4 with random weights; a scale of 0 makes one without effect."""
    prepare()
    import torch

    with quiet():
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        torch.manual_seed(seed)
        base = AutoModelForCausalLM.from_pretrained(models.located(model).folder)
        config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])
        adapted = get_peft_model(base, config)
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=scale) if scale else torch.nn.init.zeros_(weight)
        adapted.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    return folder


def fingerprint_of(engines: TransformersEngines, model: ModelSource, adapter: Path) -> Fingerprint:
    """Return what an engine with the adapter, and one without, says next."""
    said = []
    for folder in (adapter, None):
        with engines.open(model, folder, None) as engine:
            said.append(engine.next_tokens(ASKED))
    spots = zip(ASKED, *said, strict=True)
    return Fingerprint(
        spots=tuple(FingerprintPrompt(prompt=p, specialist=s, base=b) for p, s, b in spots)
    )
