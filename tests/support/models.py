"""A model small enough for a test: two layers, random weights, bytes for tokens."""

import json
from pathlib import Path

from modelsmith.models.generation import Message, Prompt
from modelsmith.models.source import ModelSource
from modelsmith.training.curriculum import Recipe, TrainingRow

ROOT = Path(__file__).resolve().parents[2]
"""The repository, where the converted embedded model is kept between test runs."""
EMBEDDED = ModelSource(name="smollm2-135m-instruct")
TINY = ModelSource(name="tiny", path="tiny")
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
    "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
FORGETFUL = CHATML.replace("{% for message in messages %}", "{% for message in messages[-1:] %}")
"""A template that renders the last turn alone: with an answer, the prompt is gone."""


def tiny_model(root: Path, template: str = CHATML) -> Path:
    """Save the tiny model under `root` as `TINY` names it; equal calls save equal weights."""
    from modelsmith.models.transformers.runtime import prepare

    prepare()
    import torch
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as Decoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = root / "tiny"
    vocabulary = {letter: place for place, letter in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = Decoder()
    words = {"bos": "<|im_start|>", "eos": "<|im_end|>", "pad": "<|im_end|>"}
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": word for name, word in words.items()}
    )
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(wrapped),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            bos_token_id=wrapped.bos_token_id,
            eos_token_id=wrapped.eos_token_id,
            pad_token_id=wrapped.pad_token_id,
        )
    ).save_pretrained(folder)
    return folder


def edit_json(file: Path, **changes: object) -> None:
    """Change top-level values of a JSON file; a None takes the key away."""
    values = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))


def a_prompt(question: str = "Why did fill fall?", system: str = "Be short.") -> Prompt:
    return (Message(role="system", content=system), Message(role="user", content=question))


def rows_of(count: int, target: str = "Floor {n} is too high.") -> list[TrainingRow]:
    return [
        TrainingRow(
            scenario=f"ROW_{n}",
            scenario_sha256="0" * 64,
            origin="composed",
            prompt=a_prompt(f"Case {n}: why did fill fall?"),
            target=target.format(n=n),
        )
        for n in range(count)
    ]


def a_recipe(**changes: object) -> Recipe:
    fields: dict[str, object] = {
        "rank": 4,
        "alpha": 8,
        "learning_rate": 1e-2,
        "batch": 2,
        "seed": 1,
        "max_length": 256,
    }
    return Recipe.model_validate(fields | changes)
