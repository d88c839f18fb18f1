"""The fields of a scenario as YAML that people go on writing: rows on a line, long texts folded."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from modelsmith.documents.strict_yaml import parsed

WIDTH = 96
"""Characters of a line, as in the files that people write."""


class _Dumper(yaml.SafeDumper):
    """Writes rows of a table on a line, and long texts folded, as people do."""


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else ">" if len(value) > WIDTH else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    is_flat = not any(isinstance(part, list | dict) for part in value)
    is_short = all(len(str(part)) <= WIDTH // 4 for part in value)
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=bool(value) and is_flat and is_short
    )


_Dumper.add_representer(str, _string)
_Dumper.add_representer(list, _list)


def as_yaml(fields: Mapping[str, Any]) -> str:
    """Return the fields as YAML that is read back as just them; as JSON where style costs that."""
    styled = yaml.dump(
        dict(fields), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH
    )
    document, problems = parsed("fields", styled.encode())
    if document is not None and not problems and document.value == fields:
        return styled
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in fields.items())
