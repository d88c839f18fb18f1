"""What a training leaves on disk: half-finished, and as an adapter without a trace of this machine.

trl writes a checkpoint file by file, so a kill leaves a torn one behind. A checkpoint counts once
its seal is there: the digest of the training it belongs to and of every file, written last.
Older checkpoints go after the new one is sealed, so that one whole checkpoint is always there.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from modelsmith.disk.atomic_write import publish, sync, unfinished_folder, write_whole
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


SEAL = "seal.json"

PREFIX = "checkpoint-"
"""How trl names its checkpoints; the step follows."""


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


def seal(workspace: Path, step: int, training: str) -> None:
    """Declare the checkpoint of `step` whole, and remove the older ones.

    Args:
        workspace: The training's folder.
        step: Optimiser steps done.
        training: Digest of what is trained, with what, on what.
    """
    folder = workspace / f"{PREFIX}{step}"
    for path in folder.rglob("*"):
        sync(path)
    sealed = {"training": training, "files": manifest_of(folder).digest()}
    write_whole(_seal_of(folder), canonical(sealed))
    for other in _checkpoints(workspace):
        if other != folder:
            _remove(other)


def whole_checkpoint(workspace: Path, training: str) -> Path | None:
    """Return the latest sealed checkpoint of `training`, and remove every other one."""
    found = None
    for folder in sorted(_checkpoints(workspace), key=_step, reverse=True):
        if found is None and _is_whole(folder, training):
            found = folder
        else:
            _remove(folder)
    return found


def forget(workspace: Path) -> None:
    """Remove every checkpoint: the training has finished."""
    for folder in _checkpoints(workspace):
        _remove(folder)


def _checkpoints(workspace: Path) -> list[Path]:
    return [path for path in workspace.glob(f"{PREFIX}*") if path.is_dir()]


def _step(folder: Path) -> int:
    digits = folder.name.removeprefix(PREFIX)
    return int(digits) if digits.isdecimal() else -1


def _seal_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-{SEAL}")


def _is_whole(folder: Path, training: str) -> bool:
    try:
        sealed = json.loads(_seal_of(folder).read_bytes())
        return bool(sealed == {"training": training, "files": manifest_of(folder).digest()})
    except (OSError, ValueError, InputError):
        return False


def _remove(folder: Path) -> None:
    _seal_of(folder).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
