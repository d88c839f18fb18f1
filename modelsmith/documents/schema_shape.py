"""What a record's JSON Schema says of one place: its fields, its words, its description."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from modelsmith.documents.diagnostic import Loc
from modelsmith.record import Record


class Shape:
    """The schema of a record, asked by place; only errors ask."""

    def __init__(self, kind: type[Record], originals: Mapping[str, str]) -> None:
        """Know the record, and the names in the file of fields that have another in the record."""
        self._schema = _schema_of(kind)
        self._originals = originals

    def fields_at(self, loc: Loc) -> list[str]:
        """Return the names of the fields that a mapping at `loc` may have, in order."""
        names = [name for node in self._nodes_at(loc) for name in node.get("properties", {})]
        if len(loc) == 0:
            names = [self._originals.get(name, name) for name in names]
        return list(dict.fromkeys(names))

    def description_at(self, loc: Loc) -> str:
        """Return the docstring of the field at or around `loc`, no full stop; empty if none."""
        for length in range(len(loc), 0, -1):
            for node in self._nodes_at(loc[:length]):
                if "description" in node:
                    return str(node["description"]).split("\n")[0].rstrip(".")
        return ""

    def _nodes_at(self, loc: Loc) -> list[Mapping[str, Any]]:
        back = {old: new for new, old in self._originals.items()}
        nodes: list[Mapping[str, Any]] = [self._schema]
        for depth, part in enumerate(loc):
            name = back.get(str(part), part) if depth == 0 else part
            nodes = self._stepped(list(self._flat(nodes)), name)
        return [*nodes, *self._flat(nodes)]

    def _flat(self, nodes: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        for node in nodes:
            if "$ref" in node:
                name = str(node["$ref"]).removeprefix("#/$defs/")
                yield from self._flat([self._schema["$defs"][name]])
            elif "oneOf" in node or "anyOf" in node:
                yield from self._flat([*node.get("oneOf", []), *node.get("anyOf", [])])
            else:
                yield node

    @staticmethod
    def _stepped(nodes: list[Mapping[str, Any]], part: str | int) -> list[Mapping[str, Any]]:
        if isinstance(part, int):
            return [node["items"] for node in nodes if "items" in node] or nodes
        having = [node for node in nodes if part in node.get("properties", {})]
        mappings = [node for node in nodes if "properties" in node]
        if having and len(mappings) > 1:
            return having  # the name is a union's tag
        named = [node["properties"][part] for node in having]
        any_named = [node["additionalProperties"] for node in nodes if _maps_names(node)]
        return named or any_named or nodes


def _maps_names(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("additionalProperties"), dict)


@lru_cache(maxsize=16)
def _schema_of(kind: type[Record]) -> Mapping[str, Any]:
    return kind.model_json_schema(by_alias=True)
