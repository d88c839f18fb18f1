"""Where the package that runs came from, as pip would fetch it again."""

import json
from importlib import metadata
from pathlib import Path

from modelsmith import __version__
from modelsmith.git.cli.command import Git

DISTRIBUTION = "modelsmith-factory"


def package_source() -> str:
    """Return a line of requirements: git at a commit, a folder, or the version."""
    try:
        recorded = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        recorded = None
    return source_in(recorded)


def source_in(recorded: str | None) -> str:
    """Return the line of requirements for pip's `direct_url.json` (PEP 610)."""
    if recorded is None:
        return f"{DISTRIBUTION}=={__version__}"
    said = json.loads(recorded)
    url, version_control = said["url"], said.get("vcs_info")
    if version_control:
        return f"{DISTRIBUTION} @ git+{url}@{version_control['commit_id']}"
    folder = Path(url.removeprefix("file://"))
    if folder.is_dir():
        git = Git(folder)
        origin, head = git.tried("remote", "get-url", "origin"), git.tried("rev-parse", "HEAD")
        if "://" in origin.text and not head.code:
            return f"{DISTRIBUTION} @ git+{origin.text}@{head.text}"
    return f"{DISTRIBUTION} @ {url}"
