"""JSON values as YAML that people go on writing: rows on a line, long texts folded."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import JsonValue

from modelsmith.documents.decoding import CONTROL
from modelsmith.documents.diagnostic import Loc
from modelsmith.documents.strict_yaml import LARGEST_INTEGER, parsed

WIDTH = 96
"""Characters of a line behind which it is folded at the next blank."""

BEYOND_BMP = 1 << 16
"""The first character that YAML escapes with eight digits."""


class _Dumper(yaml.CSafeDumper):
    """Writes rows of a table on a line, and long texts folded, as people do."""


def _string(dumper: yaml.CSafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else ">" if len(value) > WIDTH else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.CSafeDumper, value: list[JsonValue]) -> yaml.Node:
    is_flat = not any(isinstance(part, list | dict) for part in value)
    is_short = all(len(str(part)) <= WIDTH // 4 for part in value)
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=bool(value) and is_flat and is_short
    )


_Dumper.add_representer(str, _string)
_Dumper.add_representer(list, _list)


def yaml_text(fields: Mapping[str, Any]) -> str:
    """Return JSON values by name, in their order, as YAML that is read back as just them.

    Raises:
        ValueError: no YAML file holds one: a control character, half a surrogate pair, a figure
            that JSON does not keep; the message names its place.
    """
    return "".join(_field(name, value) for name, value in fields.items())


def _field(name: str, value: JsonValue) -> str:
    """Return one field; as JSON where style costs that it is read back."""
    field = {name: value}
    if place := next(_unwritable(field, ()), None):
        spelled = ".".join(map(str, place[0]))
        raise ValueError(f"{spelled} holds {place[1]}, which no YAML file of ours can hold")
    styled = yaml.dump(field, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    document, problems = parsed("field", styled.encode())
    is_seen = all(problem.rule != "hidden-character" for problem in problems)
    is_open = styled.endswith("...\n")  # a block that only the document's end ends
    if document is not None and is_seen and not is_open and document.value == field:
        return styled
    return f"{_json(name)}: {_json(value)}\n"


def _unwritable(value: object, loc: Loc) -> Iterator[tuple[Loc, str]]:
    """Yield each place of what cannot be written so that it is read back, and what it is."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _unwritable(key, (*loc, key))
            yield from _unwritable(part, (*loc, key))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _unwritable(part, (*loc, number))
    elif isinstance(value, str) and (found := CONTROL.search(value)) is not None:
        yield loc, f"U+{ord(found[0]):04X}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield loc, str(value)
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield loc, f"a whole number of {len(str(value).lstrip('-'))} digits"


def _json(value: JsonValue) -> str:
    """Return a value as JSON that is YAML too, with an escape for each character nobody sees."""
    return "".join(map(_seen, json.dumps(value, ensure_ascii=False)))


def _seen(character: str) -> str:
    number = ord(character)
    if character.isprintable():
        return character
    return f"\\u{number:04x}" if number < BEYOND_BMP else f"\\U{number:08x}"
