"""JSON Schemas that a benchmark or a check brings along, and what breaks them.

Schemas come from pull requests, so they may not make us wait or fetch: `$ref` is refused, since
jsonschema follows it to the network and into loops, and patterns run on RE2, which is linear.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, JsonValue

from modelsmith.documents.diagnostic import (
    Loc,
    Remark,
    WordChange,
    error,
    nearest,
    quoted,
)
from modelsmith.documents.patterns import found_in, require_pattern
from modelsmith.documents.strict_yaml import in_its_place

if TYPE_CHECKING:
    from jsonschema import ValidationError

REFUSED = frozenset({"$ref", "$dynamicRef", "patternProperties"})
"""Keywords that could fetch, loop, or run a backtracking pattern."""


def require_usable(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `schema` if it is a JSON Schema (2020-12) that is safe to use.

    Raises:
        ValueError: it is not; the message says why.
    """
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as failure:
        raise ValueError(f"not a JSON Schema (2020-12): {failure.message}") from None
    for keyword, value in _keywords(schema):
        if keyword in REFUSED:
            raise ValueError(f"a schema here may not use {keyword}; fix: write the parts out")
        if keyword == "pattern" and isinstance(value, str):
            require_pattern(value)
    return schema


JsonSchema = Annotated[Mapping[str, JsonValue], AfterValidator(require_usable)]
"""A JSON Schema (2020-12) that is safe to use."""


def problems_of(schema: Mapping[str, Any], value: Any) -> list[Remark]:  # noqa: ANN401
    """Return every place where `value` breaks `schema`, in the order of the value.

    An author is told of them by the rule `mechanic`, the one field that has a schema of its own.
    """
    found = [
        problem
        for failure in _validator()(dict(schema)).iter_errors(value)
        for problem in _problems(failure)
    ]
    return sorted(dict.fromkeys(found), key=lambda problem: str(problem.loc))


def is_valid(schema: Mapping[str, Any], value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether `value` keeps `schema`."""
    return bool(_validator()(dict(schema)).is_valid(value))


def example_of(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value for a person to start from; it keeps simple schemas, not every schema."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        wanted = schema.get("required", list(properties))
        return {name: example_of(properties.get(name, {})) for name in wanted}
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}))] * int(schema.get("minItems", 0))
    number = schema.get("minimum", 0)
    return {"integer": number, "number": number, "boolean": False}.get(schema.get("type", ""), "x")


def _problems(failure: "ValidationError") -> Iterator[Remark]:
    loc: Loc = tuple(failure.absolute_path)
    rule: Any = failure.validator_value
    found: Any = failure.instance
    if failure.validator == "enum":
        words = [str(word) for word in rule]
        remedy, changes = in_its_place(loc, nearest(str(found), words))
        yield error("mechanic", quoted(found), f"one of {', '.join(words)}", remedy, loc, changes)
    elif failure.validator == "required":
        for name in (name for name in rule if name not in found):
            what, remedy = f"`{name}` is missing", f"add `{name}: ...`"
            yield error("mechanic", what, "it to be there", remedy, loc)
    elif failure.validator == "additionalProperties":
        schema: Any = failure.schema
        known = list(schema.get("properties", {}))
        expected = f"one of {', '.join(known)}" if known else "no field"
        for name in (name for name in found if name not in known):
            near = nearest(name, known)
            remedy = f"rename it to `{near}`" if near else "delete it"
            where = (*loc, name)
            changes = (WordChange(where, near, is_key=True),) if near and near not in found else ()
            what = f"unknown field {quoted(name)}"
            yield error("mechanic", what, expected, remedy, where, changes)
    elif failure.validator == "type":
        remedy = "write a value of that type"
        yield error("mechanic", quoted(found), f"type {rule}", remedy, loc)
    else:
        expected = f"{failure.validator} {rule}"
        yield error("mechanic", failure.message, expected, "change the value", loc)


@cache
def _validator() -> Any:  # noqa: ANN401 - jsonschema's stubs lack it
    """Return the class of validators; where formats are known, jsonschema takes seconds to load."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(
        _validator: object, pattern: str, instance: object, _schema: object
    ) -> Iterator[ValidationError]:
        if isinstance(instance, str) and found_in(pattern, instance) is None:
            yield ValidationError(f"{instance!r} does not match {pattern!r}")

    return extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            yield key, value
            yield from _keywords(value)
    elif isinstance(schema, list | tuple):
        for item in schema:
            yield from _keywords(item)
