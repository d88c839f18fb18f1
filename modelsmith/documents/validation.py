"""Documents turned into records: what pydantic finds wrong, in our words, at its place."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from modelsmith.documents.diagnostic import Diagnostic, Loc, Remark
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation_messages import RecordFault, SchemaIndex, remark_on
from modelsmith.errors import InputError
from modelsmith.record import R, Record

Slips = Callable[[Document], Iterable[tuple[Loc, Diagnostic]]]
"""What a kind of file knows of its own slips: each place, below which nothing else is told."""

NUMBERED_ROW = re.compile(r"Value error, row (\d+) ")
"""A rule over a whole table that names the row it means."""


def record_in(
    path: str,
    content: bytes,
    kind: type[R],
    remarks_on: Callable[[R], Iterable[Remark]] = lambda _record: (),
) -> R:
    """Return the record that the bytes of a YAML file hold.

    Args:
        path: Name of the file, for messages.
        content: Its bytes; never trusted.
        kind: What the file must be.
        remarks_on: What breaks a rule across its fields.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    document, more = parsed(path, content)
    if document is None:
        raise refused(path, more)
    record, problems = validated(document, kind)
    if record is not None:
        problems = [document.diagnostic(remark) for remark in remarks_on(record)]
    if record is None or problems:
        raise refused(path, sorted(problems, key=lambda p: (p.line, p.column)))
    return record


def document_with(
    path: str, content: bytes, kind: type[R]
) -> tuple[Document | None, R | None, list[Diagnostic]]:
    """Return a YAML file, the record in it and its problems; no record if one is an error."""
    document, problems = parsed(path, content)
    if document is None:
        return None, None, problems
    record, more = validated(document, kind)
    return document, record, problems + more


def refused(path: str, problems: list[Diagnostic]) -> InputError:
    """Return the error that says why a file cannot be used."""
    remedy = "Correct the file and run the command again."
    return InputError(f"{path} cannot be used:", remedy=remedy, problems=problems)


def validated(
    document: Document,
    kind: type[R],
    renamed: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    slips: Slips = lambda _document: (),
) -> tuple[R | None, list[Diagnostic]]:
    """Return the record that `document` holds, and its problems; no record if there are any.

    Args:
        document: What the file says.
        kind: What it must be.
        renamed: Top-level names in the file to names in the record, where they differ. The
            record's own name is then an unknown field, like any other.
        context: What its validators ask for beside the document.
        slips: What is told in other words than the schema's.
    """
    renamed = dict(renamed or {})
    value = document.value
    if isinstance(value, dict) and renamed:
        blocked = {name: f"{name}\0" for name in renamed.values() if name not in renamed}
        value = {renamed.get(name, blocked.get(name, name)): v for name, v in value.items()}
    try:
        content = json.dumps(value, ensure_ascii=False)
        record = kind.model_validate_json(content, by_alias=True, by_name=False, context=context)
    except ValidationError as error:
        originals = {new: old for old, new in renamed.items()}
        return None, _problems(document, kind, error, originals, slips)
    return record, []


def _problems(
    document: Document,
    kind: type[Record],
    error: ValidationError,
    originals: Mapping[str, str],
    slips: Slips,
) -> list[Diagnostic]:
    shape = SchemaIndex(kind, originals)
    details = error.errors(include_url=False)
    told = dict(slips(document))
    problems: dict[tuple[Loc, str], Diagnostic] = {(loc, ""): one for loc, one in told.items()}
    for detail in details:
        loc = _loc(detail, originals)
        if _is_echo(document, loc, detail, details):
            continue
        here = document.stepped(loc)
        if any(here[: len(slip)] == slip for slip in told):
            continue
        remark = remark_on(RecordFault(detail, loc, here, shape, document))
        problem = document.diagnostic(remark, key=detail["type"] == "extra_forbidden")
        kept = problems.setdefault((here, detail["type"].rpartition("_")[2]), problem)
        if kept is not problem and remark.rule == "wrong-type":
            alternatives = f"{kept.expected} or {remark.expected}"
            helps = problem if problem.edits else kept
            problems[here, "type"] = helps.model_copy(update={"expected": alternatives})
        elif kept is not problem and kept.what != problem.what:
            problems[loc, detail["type"]] = problem
    return sorted(problems.values(), key=lambda problem: (problem.line, problem.column))


def _loc(detail: ErrorDetails, originals: Mapping[str, str]) -> Loc:
    first, *rest = detail["loc"] or ("",)
    name = originals.get(str(first), str(first).removesuffix("\0"))
    row = NUMBERED_ROW.match(detail["msg"])
    more: Loc = ("rows", int(row[1]) - 1) if row else ()
    return (name, *rest, *more) if detail["loc"] else more


def _is_echo(
    document: Document, loc: Loc, detail: ErrorDetails, details: list[ErrorDetails]
) -> bool:
    """Return whether pydantic counts a list as too short only since items in it are wrong."""
    if detail["type"] != "too_short":
        return False
    value: Any = document.value
    for part in document.stepped(loc):
        value = value[part]
    least = int(detail["ctx"]["min_length"])
    below = any(len(d["loc"]) > len(detail["loc"]) for d in details)
    return below and isinstance(value, list | dict) and len(value) >= least
