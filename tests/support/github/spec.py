"""GitHub's description of its API: which operation a request is, and whether it has its shape."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote, unquote

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support.github.completion import completed
from tests.support.github.cut import CUT

WITH_SLASHES = {"path", "ref", "branch", "basehead", "environment_name", "name"}
"""Path parameters that may hold slashes."""


class SpecError(AssertionError):
    """A request or an answer does not have the shape that GitHub describes."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    described: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def pointer(self, *rest: str) -> str:
        return "/".join(
            ["", "paths", _escaped(self.path), self.method.lower(), *map(_escaped, rest)]
        )


class Spec:
    """The cut description."""

    def __init__(self) -> None:
        self._described = json.loads(gzip.decompress(CUT.read_bytes()))
        resource = Resource(contents=self._described, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:github", resource)
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def _routes(self) -> Sequence[tuple[re.Pattern[str], Operation]]:
        operations = [
            Operation(method.upper(), path, described)
            for path, methods in self._described["paths"].items()
            for method, described in methods.items()
        ]
        operations.sort(key=lambda one: (one.path.count("{"), -len(one.path)))
        return [(_pattern(one.path), one) for one in operations]

    def matched(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request and its path parameters."""
        for pattern, operation in self._routes:
            match = pattern.fullmatch(path) if operation.method == method else None
            if match:
                return operation, {name: unquote(text) for name, text in match.groupdict().items()}
        return None

    def check_request(
        self, operation: Operation, words: Mapping[str, str], query: Mapping[str, str], body: Any
    ) -> None:
        """Check a request.

        Raises:
            SpecError: a parameter is unknown, missing or not of its kind, or the body is not.
        """
        known = [self._resolved(one) for one in operation.described.get("parameters", [])]
        strange = query.keys() - {one["name"] for one in known if one["in"] == "query"}
        if strange:
            raise SpecError(f"{operation}: unknown query parameters {sorted(strange)}")
        for one in known:
            text = {"path": words, "query": query}.get(one["in"], {}).get(one["name"])
            if text is None and one.get("required") and one["in"] == "query":
                raise SpecError(f"{operation}: query parameter {one['name']} is missing")
            schema = self._resolved(one.get("schema", {}))
            if text is not None and not _is_of(schema, text):
                raise SpecError(f"{operation}: {one['name']}={text!r} is not {schema}")
        expected = self._resolved(operation.described.get("requestBody", {}))
        if expected.get("required") and body is None:
            raise SpecError(f"{operation}: it has no body")
        if expected.get("content") and body is not None:
            where = operation.pointer("requestBody", "content", "application/json", "schema")
            self._check(where, body, f"{operation} request")

    def answered(self, operation: Operation, status: int, body: Any) -> Any:
        """Return an answer with its required fields filled in, checked.

        Raises:
            SpecError: the status is not described, or the body has not its shape.
        """
        where, schema = self._answer(operation, status)
        if schema is None:
            if body is not None:
                raise SpecError(f"{operation}: no body is described for {status}")
            return None
        filled = completed(self._resolved, schema, json.loads(json.dumps(body)))
        self._check(where, filled, f"{operation} answer {status}")
        return filled

    def payload(self, webhook: str, body: Mapping[str, Any]) -> Any:
        """Return a webhook's payload with its required fields filled in, checked."""
        post = self._described["x-webhooks"][webhook]["post"]
        schema = post["requestBody"]["content"]["application/json"]["schema"]
        filled = completed(self._resolved, schema, json.loads(json.dumps(body)))
        where = f"/x-webhooks/{_escaped(webhook)}/post/requestBody/content/application~1json/schema"
        self._check(where, filled, f"webhook {webhook}")
        return filled

    def _answer(self, operation: Operation, status: int) -> tuple[str, Any]:
        answers = operation.described["responses"]
        if str(status) not in answers:
            raise SpecError(f"{operation}: {status} is not one of {sorted(answers)}")
        named = answers[str(status)]
        where = named.get("$ref", "").lstrip("#") or operation.pointer("responses", str(status))
        content = self._resolved(named).get("content", {}).get("application/json", {})
        return f"{where}/content/application~1json/schema", content.get("schema")

    def _resolved(self, node: Any) -> Any:
        while "$ref" in node:
            found = self._described
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[unquote(part).replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def _check(self, pointer: str, value: Any, what: str) -> None:
        if pointer not in self._validators:
            schema = {"$ref": "urn:github#" + quote(pointer, safe="/~-_.:")}
            self._validators[pointer] = Draft202012Validator(schema, registry=self._registry)
        faults = [
            leaf
            for fault in self._validators[pointer].iter_errors(value)
            for leaf in _leaves(fault)
        ]
        if faults:
            lines = [
                f"/{'/'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in faults
            ]
            raise SpecError(f"{what}: {'; '.join(lines[:6])}")


def _leaves(fault: Any) -> list[Any]:
    return [leaf for inner in fault.context for leaf in _leaves(inner)] or [fault]


def _pattern(path: str) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{'.+' if match[1] in WITH_SLASHES else '[^/]+'})"

    return re.compile(re.sub(r"\{(\w+)\}", group, path))


def _is_of(schema: Mapping[str, Any], text: str) -> bool:
    if schema.get("type") == "integer" and not re.fullmatch(r"-?\d+", text):
        return False
    return text in schema.get("enum", [text])


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


@cache
def the_spec() -> Spec:
    """Return the description; it is read, and what checks it is built, once."""
    return Spec()
