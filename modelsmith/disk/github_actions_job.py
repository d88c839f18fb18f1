"""What a CI job hands on to the jobs that need it.

The page that GitHub shows beside a job, where there is one.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GITHUB_OUTPUT"
"""Names the file that GitHub reads a step's outputs from."""


def set_outputs(outputs: Mapping[str, object]) -> None:
    """Set a step's outputs, each as JSON on one line; nothing happens outside CI."""
    name = os.environ.get(VARIABLE)
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={json.dumps(value)}\n" for key, value in outputs.items())


def add_to_summary(markdown: str) -> None:
    """Add to the job's page; nothing happens outside CI."""
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as opened:
            opened.write(f"{markdown}\n")
