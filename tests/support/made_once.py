"""Folders that take a while to make: made once a process, to be copied or only read."""

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp


def lasting_folder() -> Path:
    """Return a new empty folder that is there as long as this process."""
    folder = Path(mkdtemp(prefix="modelsmith-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
