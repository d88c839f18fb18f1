"""Fill what a description requires and a handler left out, with values that are visibly not set.

So a handler says only what matters, and code that relies on the rest shows it.
"""

from collections.abc import Callable
from typing import Any

Resolve = Callable[[Any], Any]

KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


def completed(resolve: Resolve, schema: Any, value: Any, name: str = "") -> Any:
    """Return `value` with every required field of `schema` in it."""
    schema = resolve(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _of_one(resolve, schema, word, value, name)
    for part in schema.get("allOf", ()):
        value = completed(resolve, part, value, name)
    if "allOf" in schema and "properties" not in schema:
        return value
    if value is None:
        value = _unset(schema, name)
    if isinstance(value, dict):
        _fill(resolve, schema, value)
    elif isinstance(value, list) and "items" in schema:
        value[:] = [completed(resolve, schema["items"], one, name) for one in value]
    return value


def _fill(resolve: Resolve, schema: Any, value: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    for key in schema.get("required", ()):
        value.setdefault(key, None)
    for key, inner in value.items():
        if key in properties:
            value[key] = completed(resolve, properties[key], inner, key)


def _of_one(resolve: Resolve, schema: Any, word: str, value: Any, name: str) -> Any:
    """Fill by the alternative that fits the value best."""
    choices = [resolve(one) for one in schema[word]]
    if value is None and any("null" in _types(one) for one in choices):
        return None
    kind = KINDS.get(type(value), "object")
    fitting = [one for one in choices if kind in _types(one)] or choices
    if isinstance(value, dict):
        fitting.sort(key=lambda one: -_agreement(resolve, one, value))
    value = completed(resolve, fitting[0], value, name)
    rest = {key: part for key, part in schema.items() if key != word}
    return completed(resolve, rest, value, name) if rest.get("properties") else value


def _agreement(resolve: Resolve, schema: Any, value: dict[str, Any]) -> int:
    """Return how well an object fits: by the fields it names, and by fields with one value."""
    properties = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        properties |= resolve(part).get("properties", {})
    named = len(value.keys() & properties.keys())
    fixed = {key: resolve(properties[key]).get("enum") for key in value.keys() & properties.keys()}
    return named - 100 * sum(
        bool(allowed) and value[key] not in allowed for key, allowed in fixed.items()
    )


def _types(schema: Any) -> list[Any]:
    kind = schema.get("type", "object" if schema.keys() & {"properties", "allOf"} else None)
    return kind if isinstance(kind, list) else [kind]


def _unset(schema: Any, name: str) -> Any:
    kinds = _types(schema)
    if "null" in kinds:
        return None
    for word in ("default", "enum"):
        if word in schema:
            return schema[word][0] if word == "enum" else schema[word]
    made = {
        "object": {},
        "array": [],
        "boolean": False,
        "integer": schema.get("minimum", 0),
        "number": schema.get("minimum", 0),
        "string": _unset_text(schema.get("format"), name),
    }
    return next((made[kind] for kind in kinds if kind in made), None)


def _unset_text(form: str | None, name: str) -> str:
    if form == "date-time":
        return "2026-01-01T00:00:00Z"
    if form == "uri" or name.endswith("url"):
        return f"http://127.0.0.1/unset/{name}"
    return f"unset-{name}"
