"""`{{name}}` in another tool's texts, filled in; what computes more than that is refused."""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

VARIABLE = re.compile(r"\{\{-?\s*([A-Za-z_][\w.]*)\s*-?\}\}")
OTHER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
"""What else such a template may hold: filters, conditions, loops."""


def filled(text: str, fields: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Return the text with its fields filled in, or what of it cannot be."""
    faults = []
    for found in OTHER.finditer(text):
        plain = VARIABLE.fullmatch(found[0])
        if plain is None:
            faults.append(f"`{found[0][:60]}` computes something")
        elif plain[1] not in fields:
            faults.append(f"`{found[0][:60]}` names no field of the example")
        elif fields[plain[1]] is None or isinstance(fields[plain[1]], dict | list):
            faults.append(f"`{found[0][:60]}` is no text")
    if faults:
        return "", faults[0]
    return VARIABLE.sub(lambda found: _said(fields[found[1]]), text), ""


def _said(value: JsonValue) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
