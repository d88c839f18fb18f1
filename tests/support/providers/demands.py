"""What every provider demands of a request's JSON."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tests.support.providers.call import BadRequestError, Turn


def require_fields(
    body: Mapping[str, Any], required: Collection[str], known: Collection[str], where: str = "body"
) -> None:
    """Refuse an object without a required field, or with one that nobody knows."""
    if missing := sorted(set(required) - body.keys()):
        raise BadRequestError(f"{where}: {', '.join(missing)}: Field required")
    if unknown := sorted(body.keys() - set(known) - set(required)):
        raise BadRequestError(f"{where}: {', '.join(unknown)}: Unknown field")


def require_count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadRequestError(f"{where}: must be an integer of at least 1")
    return value


def require_number(body: Mapping[str, Any], name: str, most: float) -> None:
    value = body.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRequestError(f"{name}: must be a number from 0 to {most:g}")


def text_of(content: object, where: str, *, may_be_blank: bool = False) -> tuple[str, bool]:
    """Return a text given as one or in parts, and whether a part of it is marked to be cached."""
    if isinstance(content, str):
        parts: list[Mapping[str, Any]] = [{"type": "text", "text": content}]
    elif isinstance(content, list) and content:
        parts = content
    else:
        raise BadRequestError(f"{where}: must be a text or parts of one")
    for part in parts:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise BadRequestError(f"{where}: only parts of type text are known")
        require_fields(part, ("type", "text"), ("cache_control",), where)
        if not isinstance(part["text"], str) or not (may_be_blank or part["text"].strip()):
            raise BadRequestError(f"{where}: text content blocks must be non-empty")
        if part.get("cache_control", {"type": "ephemeral"}).get("type") != "ephemeral":
            raise BadRequestError(f"{where}: cache_control must be ephemeral")
    return "".join(part["text"] for part in parts), any("cache_control" in part for part in parts)


def require_turns(turns: Sequence[Turn], where: str) -> tuple[Turn, ...]:
    """Refuse turns that do not alternate from the user to the user."""
    roles = [turn.role for turn in turns]
    expected = ["user" if n % 2 == 0 else "assistant" for n in range(len(roles))]
    if not roles or roles != expected or roles[-1] != "user":
        raise BadRequestError(f"{where}: roles must alternate, from user to user: {roles}")
    return tuple(turns)
