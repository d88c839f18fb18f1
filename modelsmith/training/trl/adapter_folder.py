"""A trained adapter on disk, without a trace of the machine that made it."""

import json
import shutil
from pathlib import Path
from typing import Any

from modelsmith.disk.atomic_write import publish, unfinished_folder, write_whole
from modelsmith.errors import InputError
from modelsmith.record import canonical
from modelsmith.store.files.folder_manifest import manifest_of
from modelsmith.training.curriculum import Trained

FINISHED = "finished.json"
"""Says, in a training's workspace, that its adapter is whole, and what training did."""
ADAPTER = "adapter"
"""Folder of the adapter in the workspace."""
KEPT = ("adapter_model.safetensors", "adapter_config.json")
"""Files of an adapter; peft's README says nothing about this one."""


def keep_finished(workspace: Path, training: str, trained: Trained, model: Any, name: str) -> Path:  # noqa: ANN401 - untyped library
    """Write the adapter and then the note that it is whole; return the adapter's folder.

    Args:
        workspace: The training's folder.
        training: Digest of what was trained, with what, on what.
        trained: What training did.
        model: The peft model.
        name: Name of the base model, which the adapter's config states in place of a folder.
    """
    adapter = _write(model, name, workspace / ADAPTER)
    stated = {
        "training": training,
        "adapter": manifest_of(adapter).digest(),
        "trained": trained.model_dump(mode="json"),
    }
    write_whole(workspace / FINISHED, canonical(stated))
    return adapter


def finished(workspace: Path, training: str) -> tuple[Trained, Path] | None:
    """Return what `keep_finished` wrote for this very training, or None if it is not whole."""
    adapter = workspace / ADAPTER
    try:
        stated = json.loads((workspace / FINISHED).read_bytes())
        if stated["training"] != training or stated["adapter"] != manifest_of(adapter).digest():
            return None
        return Trained.model_validate_json(json.dumps(stated["trained"])), adapter
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return None


def _write(model: Any, name: str, final: Path) -> Path:  # noqa: ANN401 - untyped library
    unfinished = unfinished_folder(final)
    try:
        model.save_pretrained(unfinished, save_embedding_layers=False)
        config_file = unfinished / "adapter_config.json"
        config = json.loads(config_file.read_bytes())
        config["base_model_name_or_path"] = name
        config["target_modules"] = sorted(config["target_modules"])  # a set, in any order
        config_file.write_bytes(canonical(config))
        for path in unfinished.iterdir():
            if path.name not in KEPT:
                path.unlink()
        publish(unfinished, final)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return final
