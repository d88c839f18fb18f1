"""What a new factory repository is made of: files that the package carries.

Workflows, the composite action and the runner set-up are this repository's own, by a link; the
package is built with what the links point to, so that there is one source of them.
"""

from collections.abc import Mapping
from pathlib import Path

from modelsmith.layout import BENCHMARKS
from modelsmith.policy import POLICY

TEMPLATES = Path(__file__).parent.parent.parent / "templates"

PLACES = {
    "CODEOWNERS": ".github/CODEOWNERS",
    "Makefile": "Makefile",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "modelsmith.txt": "modelsmith.txt",
    "policy.yaml": POLICY,
}
"""Where each file that a factory gets in its own words goes."""


def workflow_names() -> tuple[str, ...]:
    """Return the file names of the workflows that a factory lives by, sorted."""
    return tuple(sorted(file.name for file in (TEMPLATES / "github/workflows").glob("*.yml")))


def carried_files() -> Mapping[str, bytes]:
    """Return the files that every factory has alike, by path."""
    return {
        **_below(TEMPLATES / "github", ".github"),
        **_below(TEMPLATES / "runners", "runners"),
        **_below(TEMPLATES / "requirements.txt", "requirements.txt"),
        **_below(TEMPLATES / "gitattributes", ".gitattributes"),
    }


def own_files(words: Mapping[str, str], *, with_exam: bool) -> Mapping[str, bytes]:
    """Return the files that each factory gets in its own words, by path.

    Args:
        words: What each `@word@` becomes.
        with_exam: Whether to give the example exam too.
    """
    exam = {"benchmark": f"{BENCHMARKS}/{words['domain']}"} if with_exam else {}
    return {
        path: _in_words(content, words)
        for name, place in (PLACES | exam).items()
        for path, content in _below(TEMPLATES / "factory" / name, place).items()
    }


def _in_words(content: bytes, words: Mapping[str, str]) -> bytes:
    text = content.decode()
    for word, meant in words.items():
        text = text.replace(f"@{word}@", meant)
    return text.encode()


def _below(place: Path, name: str) -> dict[str, bytes]:
    """Return the files at or below `place`, through links too, by their path below `name`."""
    if place.is_file():
        return {name: place.read_bytes()}
    found: dict[str, bytes] = {}
    for below in sorted(place.iterdir()):
        found |= _below(below, f"{name}/{below.name}")
    return found
