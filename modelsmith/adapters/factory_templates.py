"""What a new factory repository is made of: files that the package carries.

Workflows, the composite action and the runner set-up are this repository's own, by a link; the
package is built with what the links point to, so that there is one source of them.
"""

from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent.parent / "templates"

GITHUB = ("workflows", "actions", "pull_request_template.md", "SECURITY.md", "dependabot.yml")
"""What of `.github/` a new factory gets; its issue forms and CODEOWNERS are its own."""


def workflow_names() -> tuple[str, ...]:
    """Return the file names of the workflows that a factory lives by, sorted."""
    return tuple(sorted(file.name for file in (TEMPLATES / "github/workflows").glob("*.yml")))


def carried_files() -> Mapping[str, bytes]:
    """Return the files that every factory has alike, by path."""
    found: dict[str, bytes] = {}
    for name in GITHUB:
        found |= _below(TEMPLATES / "github" / name, f".github/{name}")
    found |= _below(TEMPLATES / "runners", "runners")
    found |= _below(TEMPLATES / "requirements.txt", "requirements.txt")
    return found


def own_files(words: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files that each factory gets in its own words, by path in the template."""
    found: dict[str, str] = {}
    for path, content in _below(TEMPLATES / "factory", "").items():
        text = content.decode()
        for word, meant in words.items():
            text = text.replace(f"@{word}@", meant)
        found[path.removeprefix("/")] = text
    return found


def _below(place: Path, name: str) -> dict[str, bytes]:
    if place.is_file():
        return {name: place.read_bytes()}
    files = sorted(file for file in place.rglob("*") if file.is_file())
    return {f"{name}/{file.relative_to(place).as_posix()}": file.read_bytes() for file in files}
