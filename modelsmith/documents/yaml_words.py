"""What a plain word of YAML means: the core schema of YAML 1.2 (section 10.3.2), nothing more."""

import math
import re

NULL = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset({"true", "True", "TRUE"})
FALSE = frozenset({"false", "False", "FALSE"})
NUMBER_START = frozenset("+-.0123456789")

DECIMAL = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
NAN = frozenset({".nan", ".NaN", ".NAN"})

MOST_DIGITS = 400
"""A longer run of digits is read as a float, which is infinite then and refused as such; Python
itself refuses to turn more than 4,300 digits into an integer."""


def meaning(word: str) -> str | int | float | bool | None:
    """Return the value of a plain (unquoted) scalar.

    Dates, `yes`, `no`, `on`, `off` and `1:30` are text, as in YAML 1.2.
    """
    if word in NULL:
        return None
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    return _number(word) if word[0] in NUMBER_START else word


def _number(word: str) -> str | int | float:
    if DECIMAL.fullmatch(word):
        return int(word) if len(word) <= MOST_DIGITS else math.inf
    if OCTAL.fullmatch(word):
        return int(word, 0) if len(word) <= MOST_DIGITS else math.inf
    if HEXADECIMAL.fullmatch(word):
        return int(word, 0) if len(word) <= MOST_DIGITS else math.inf
    if FLOAT.fullmatch(word):
        return float(word)
    if INFINITE.fullmatch(word):
        return -math.inf if word[0] == "-" else math.inf
    return math.nan if word in NAN else word
