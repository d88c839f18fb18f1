"""CODEOWNERS: who owns a file. The last line that matches counts."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.github.repository import Repository

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order."""

OWNER = re.compile(r"@[\w-]+(/[\w.-]+)?|[^@\s]+@[^@\s]+")


def _lines(repository: "Repository", ref: str) -> tuple[str, list[tuple[int, list[str]]]]:
    sha = repository.sha(f"refs/heads/{ref}") or repository.sha(ref)
    for place in PLACES:
        text = repository.fixed("show", f"{sha}:{place}")
        if text is not None:
            numbered = enumerate(text.splitlines(), start=1)
            parted = [(number, line.split("#")[0].split()) for number, line in numbered]
            return place, [(number, words) for number, words in parted if words]
    return "", []


def owners_in(repository: "Repository", ref: str, path: str) -> frozenset[str]:
    """Return the owners of a file, without their `@`."""
    found: frozenset[str] = frozenset()
    for _, (pattern, *owners) in _lines(repository, ref)[1]:
        if _matches(pattern, path):
            found = frozenset(owner.removeprefix("@") for owner in owners)
    return found


def errors_in(repository: "Repository", ref: str, known: set[str]) -> list[dict[str, Any]] | None:
    """Return the owners that are nobody, as GitHub lists them; None where there is no file."""
    place, lines = _lines(repository, ref)
    return (
        [
            {
                "line": number,
                "column": 1,
                "kind": "Unknown owner",
                "source": " ".join(words),
                "suggestion": "make sure the owner exists and has write access to the repository",
                "message": f"Unknown owner on line {number}: {owner}",
                "path": place,
            }
            for number, words in lines
            for owner in words[1:]
            if not OWNER.fullmatch(owner) or (owner[0] == "@" and owner[1:] not in known)
        ]
        if place
        else None
    )


def _matches(pattern: str, path: str) -> bool:
    """Return whether a pattern covers a path: the part of .gitignore's rules that is in use."""
    anchored, body = pattern.startswith("/") or "/" in pattern.strip("/"), pattern.strip("/")
    text = re.escape(body).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    end = "$" if pattern.endswith("*") and not pattern.endswith("**") else "($|/)"
    return re.search(("^" if anchored else "(^|/)") + text + end, path) is not None
