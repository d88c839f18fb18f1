"""Which half-finished training may be gone on with.

trl writes a checkpoint file by file, so a kill leaves a torn one behind. A checkpoint counts once
its seal is there: the digest of the training it belongs to and of every file, written last.
Older checkpoints go after the new one is sealed, so that one whole checkpoint is always there.
"""

import json
import shutil
from pathlib import Path

from modelsmith.disk.atomic_write import sync, write_whole
from modelsmith.errors import InputError
from modelsmith.record import canonical
from modelsmith.store.files.folder_manifest import manifest_of

SEAL = "seal.json"
PREFIX = "checkpoint-"
"""How trl names its checkpoints; the step follows."""


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
    write_whole(workspace / f"{PREFIX}{step}-{SEAL}", canonical(sealed))
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
