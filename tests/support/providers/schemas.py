"""What each provider takes as a schema for a reply."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.providers.call import BadRequestError

NOT_AT_ANTHROPIC = frozenset(
    {"minimum", "maximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems"}
)
"""Keywords that Anthropic's structured outputs refuse."""


def require_schema(schema: object, where: str) -> Mapping[str, Any]:
    """Return a schema all of whose objects are closed, with every property required."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadRequestError(f"{where}: schema must be of type 'object'")
    for one in parts_of(schema):
        if one.get("type") != "object":
            continue
        if one.get("additionalProperties") is not False:
            raise BadRequestError(f"{where}: 'additionalProperties' must be false")
        if sorted(one.get("required", ())) != sorted(one.get("properties", {})):
            raise BadRequestError(f"{where}: 'required' must name every property")
    return schema


def require_plain(schema: Mapping[str, Any], where: str) -> None:
    """Refuse keywords that Anthropic does not know."""
    for one in parts_of(schema):
        if found := sorted(NOT_AT_ANTHROPIC & one.keys()):
            raise BadRequestError(f"{where}: {', '.join(found)} not supported")


def parts_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all within it."""
    yield schema
    within = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    within += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    within += [one for name in ("anyOf", "allOf", "oneOf") for one in schema.get(name, ())]
    for one in within:
        yield from parts_of(one)
