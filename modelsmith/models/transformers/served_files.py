"""What is served, file by file: of a model's folder and an adapter's, without loading either."""

import json
from pathlib import Path

from modelsmith.errors import EngineError
from modelsmith.models.parts import CHAT, Parts
from modelsmith.models.transformers.local_models import model_manifest
from modelsmith.record import sha256
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.store.manifest import Manifest

TOKENIZER = frozenset(
    {
        "added_tokens.json",
        "merges.txt",
        "special_tokens_map.json",
        "spiece.model",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "vocab.json",
        "vocab.txt",
    }
)
"""Files that transformers reads a tokenizer from; every other one is the model's."""

TEMPLATE = "chat_template.jinja"
"""File of a chat template that has its own; else it stands in the tokenizer's settings."""


def parts_at(folder: Path, adapter: Path | None) -> Parts:
    """Return the digest of every file that is served, the chat template under `chat`.

    Args:
        folder: A base model's: the files that make its digest at intake, and no other.
        adapter: An adapter's; none for the untouched model.

    Raises:
        EngineError: the model has no chat template, or its settings are no JSON.
    """
    files = _digests(model_manifest(folder))
    tokenizer = {path for path in files if path in TOKENIZER or path.endswith(".jinja")}
    parts: dict[str, dict[str, str]] = {
        "model": {path: digest for path, digest in files.items() if path not in tokenizer},
        "tokenizer": {path: files[path] for path in sorted(tokenizer)},
        "template": {CHAT: sha256(_template(folder).encode())},
    }
    if adapter is not None:
        parts["adapter"] = _digests(manifest_of(adapter))
    return parts  # type: ignore[return-value]  # mypy does not narrow the keys


def _digests(manifest: Manifest) -> dict[str, str]:
    return {file.path: file.sha256 for file in manifest.files}


def _template(folder: Path) -> str:
    own = folder / TEMPLATE
    if own.is_file():
        return own.read_text(encoding="utf-8")
    try:
        found = json.loads((folder / "tokenizer_config.json").read_bytes())["chat_template"]
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str) or not found:
        raise EngineError(
            f"{folder} has no chat template: neither {TEMPLATE} nor one text in "
            "tokenizer_config.json",
            remedy="Take the instruct version of the model, or save a template with it.",
        )
    return found
