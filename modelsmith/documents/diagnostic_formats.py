"""Located problems as text for a terminal, annotations for GitHub, SARIF 2.1.0 and JSON."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from modelsmith.documents.diagnostic import RULES, Diagnostic, Severity, one_line

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
GITHUB_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def as_text(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """Return one line a problem and a summary line."""
    lines = [str(diagnostic) for diagnostic in diagnostics]
    return "\n".join([*lines, summary(diagnostics, files)])


def summary(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """Return how many files were checked, and what was found."""
    counted = Counter(diagnostic.severity for diagnostic in diagnostics)
    found = ", ".join(_counted(counted[severity], severity.value) for severity in Severity)
    return f"{_counted(files, 'file')} checked: {found}"


def as_github(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """Return workflow commands, which GitHub shows beside the lines of a pull request."""
    lines = []
    for found in diagnostics:
        place = f"file={_property(found.path)},line={found.line},col={found.column}"
        title = _property(f"{found.rule}: {RULES[found.rule]}")
        command = GITHUB_COMMANDS[found.severity]
        lines.append(f"::{command} {place},title={title}::{_escaped(found.sentence)}")
    return "\n".join([*lines, summary(diagnostics, files)])


def as_sarif(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """Return a SARIF 2.1.0 log with one run."""
    from modelsmith import __version__

    used = sorted({diagnostic.rule for diagnostic in diagnostics})
    driver = {
        "name": "modelsmith",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": RULES[rule]}} for rule in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(found, used.index(found.rule)) for found in diagnostics],
        "properties": {"files": files},
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def as_json(diagnostics: Sequence[Diagnostic], _files: int) -> str:
    """Return the problems as a JSON list of records."""
    return json.dumps([found.model_dump(mode="json") for found in diagnostics], indent=2)


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic], int], str]] = {
    "text": as_text,
    "github": as_github,
    "sarif": as_sarif,
    "json": as_json,
}
"""How problems can be shown, by the name that the command takes."""


def _sarif_result(found: Diagnostic, rule_index: int) -> dict[str, object]:
    region = {"startLine": found.line, "startColumn": found.column}
    location = {"artifactLocation": {"uri": quote(found.path)}, "region": region}
    result: dict[str, object] = {
        "ruleId": found.rule,
        "ruleIndex": rule_index,
        "level": found.severity.value,
        "message": {"text": found.sentence},
        "locations": [{"physicalLocation": location}],
    }
    if found.edits:
        result["fixes"] = [_sarif_fix(found)]
    return result


def _sarif_fix(found: Diagnostic) -> dict[str, object]:
    """Return the edits of a problem as the standard's fix object (SARIF 2.1.0, section 3.55)."""
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in found.edits
    ]
    changed = {"artifactLocation": {"uri": quote(found.path)}, "replacements": replacements}
    return {"description": {"text": one_line(found.remedy)}, "artifactChanges": [changed]}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
