"""What a CI job hands on to the jobs that need it, and to the page that GitHub shows beside it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

LONGEST = 200_000
"""Characters of one text: at four bytes each less than the 1 MiB that a step may show (GitHub,
workflow commands, step isolation and limits)."""


def set_outputs(outputs: Mapping[str, object]) -> None:
    """Set a step's outputs, each as JSON on one line; nothing happens outside CI."""
    if name := os.environ.get("GITHUB_OUTPUT"):
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={json.dumps(value)}\n" for key, value in outputs.items())


def add_to_summary(markdown: str) -> None:
    """Add to the job's page; nothing happens outside CI."""
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(page).open("a", encoding="utf-8") as opened:
            opened.write(f"{markdown}\n")


def summarise(title: str, text: str, *links: str) -> None:
    """Add a section to the job's page; nothing happens outside CI.

    Args:
        title: Its heading.
        text: What the command says; shown as it is, whoever wrote it.
        links: Where to go from there.
    """
    from modelsmith.documents.markdown import fenced

    add_to_summary("\n\n".join([f"## {title}", fenced(text, LONGEST), *links]) + "\n")
