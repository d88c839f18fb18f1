"""Tokens of a conversation, by a model folder's own tokenizer and chat template, without torch."""

import json
from collections.abc import Callable
from pathlib import Path

from modelsmith.errors import EngineError
from modelsmith.models.generation import Prompt
from modelsmith.models.transformers.local_models import template_at
from modelsmith.models.transformers.runtime import faults_named, messages_of

SPECIAL = ("bos_token", "eos_token", "pad_token", "unk_token")
"""What chat templates may name of a tokenizer's settings."""


def token_counter(folder: Path) -> Callable[[Prompt], int]:
    """Return what counts the tokens that a model reads of a conversation.

    Where the last turn is the assistant's, it is a training row; else the model's answer follows.

    Raises:
        EngineError: tokenizer or template cannot be read, or the template refuses a conversation.
    """
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from tokenizers import Tokenizer

    with faults_named(f"read the tokenizer in {folder}"):
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        settings = json.loads((folder / "tokenizer_config.json").read_bytes())
    # As transformers renders them: blocks leave no line behind, loops may break.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    words = {name: _text(settings.get(name)) for name in SPECIAL}

    def count(prompt: Prompt) -> int:
        try:
            text = template.render(
                messages=messages_of(prompt),
                add_generation_prompt=prompt[-1].role != "assistant",
                **words,
            )
        except (TemplateError, ValueError) as error:
            raise EngineError(
                f"the chat template in {folder} does not render a conversation: {error}",
                remedy="Take the instruct version of the model, or save a template with it.",
            ) from None
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    try:
        template = environment.from_string(template_at(folder))
    except TemplateError as error:
        raise EngineError(
            f"the chat template in {folder} is no template: {error}",
            remedy="Take the instruct version of the model, or save a template with it.",
        ) from None
    return count


def _text(value: object) -> str:
    """Return a special token, which settings hold as text or as a record with its content."""
    return str(value.get("content", "")) if isinstance(value, dict) else str(value or "")


def _refuse(message: str) -> str:
    raise ValueError(message)
