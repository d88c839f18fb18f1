"""Patterns from pull requests, on RE2: linear in the text for any pattern, hostile ones too."""

from functools import lru_cache
from typing import Any

import re2

REGEX_MEMORY_BYTES = 8 << 20
"""What RE2 may use for one pattern; beyond it the pattern is refused (RE2's own default)."""


def require_pattern(pattern: str) -> str:
    """Return `pattern` if RE2 takes it.

    Raises:
        ValueError: it does not; the message says why.
    """
    try:
        _compiled(pattern)
    except re2.error as error:
        raise ValueError(
            f"RE2 refuses the pattern {pattern!r}: {_words(error)}; "
            r"fix: write `\(` for a bracket that is meant as one, `\?` for a question mark"
        ) from None
    return pattern


def found_in(pattern: str, text: str, *, any_case: bool = False) -> str | None:
    """Return the first part of `text` that matches, or None."""
    match = _compiled(pattern, any_case=any_case).search(text)
    return None if match is None else str(match.group(0))


@lru_cache(maxsize=512)
def _compiled(pattern: str, *, any_case: bool = False) -> Any:  # noqa: ANN401 - no types in re2
    options = re2.Options()
    options.max_mem = REGEX_MEMORY_BYTES
    options.log_errors = False
    options.case_sensitive = not any_case
    return re2.compile(pattern, options=options)


def _words(error: Exception) -> str:
    parts = [part.decode() if isinstance(part, bytes) else str(part) for part in error.args]
    return " ".join(parts) or type(error).__name__
