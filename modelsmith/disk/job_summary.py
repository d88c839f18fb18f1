"""The page that GitHub shows beside a job, where there is one."""

import os
from pathlib import Path


def add_to_summary(markdown: str) -> None:
    """Add to the job's page; nothing happens outside CI."""
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as opened:
            opened.write(f"{markdown}\n")
