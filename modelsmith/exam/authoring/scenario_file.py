"""Scenario files: ten fields, one of them named by the benchmark, and two comment lines."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pydantic import JsonValue

from modelsmith.documents.diagnostic import (
    START,
    Diagnostic,
    Position,
    error,
    is_error,
    located,
    warning,
)
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import refused, validated
from modelsmith.exam.authoring.lint import remarks_on, rubric_remarks
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.record import Record

CANARY = "# MODELSMITH BENCHMARK DATA - MUST NOT APPEAR IN TRAINING CORPORA. canary GUID {guid}"
"""Second line of a sealed file, after BIG-bench's canary string: a model that can complete it
has seen the exam."""


class FileReport(Record):
    """What was found in one file; everything that the rules across files need."""

    path: str
    """The file, relative to the repository."""
    split: Split | None
    """The split it lies in; none beside the splits."""
    id: str | None
    """The scenario's id, if it could be read."""
    line: int = 1
    """Line of the id."""
    column: int = 1
    """Column of the id."""
    diagnostics: tuple[Diagnostic, ...]
    """Its problems."""

    @property
    def place(self) -> Position:
        """Where its id stands."""
        return Position(self.line, self.column)


def schema_line(domain: str) -> str:
    """Return the first line of a scenario file, which tells editors its schema."""
    return f"# yaml-language-server: $schema=../../../schemas/{domain}.scenario.schema.json"


def scenario_of(
    benchmark: Benchmark, document: Document
) -> tuple[Scenario | None, list[Diagnostic]]:
    """Return the scenario that `document` holds, and its problems; none if one is an error."""
    return _scenario_of(benchmark, document, {benchmark.mechanic.field: "mechanic"})


def _scenario_of(
    benchmark: Benchmark, document: Document, renamed: Mapping[str, str]
) -> tuple[Scenario | None, list[Diagnostic]]:
    scenario, problems = validated(document, Scenario, renamed)
    if scenario is None:
        return None, problems
    problems = [document.diagnostic(remark) for remark in remarks_on(benchmark, scenario)]
    return (None if any(map(is_error, problems)) else scenario), problems


def scenario_as_read(path: str, benchmark: bytes, content: bytes) -> Scenario | None:
    """Return the scenario that a file of any age holds, or none.

    What later rules of the benchmark say of it does not matter here, only what it was.

    Args:
        path: Name of the file.
        benchmark: The benchmark's file, which names the mechanic.
        content: The file.
    """
    exam, _ = parsed(path, benchmark)
    document, _ = parsed(path, content)
    if exam is None or document is None or not isinstance(exam.value, Mapping):
        return None
    mechanic = exam.value.get("mechanic")
    field = mechanic.get("field") if isinstance(mechanic, Mapping) else None
    renamed = {field: "mechanic"} if isinstance(field, str) else {}
    return validated(document, Scenario, renamed)[0]


def scenario_from(benchmark: Benchmark, text: str, name: str) -> Scenario:
    """Return the scenario written in `text`.

    Args:
        benchmark: Its vocabularies.
        text: YAML or JSON; the mechanic under its own name, or `mechanic` as records have it.
        name: What to call the text in messages.

    Raises:
        InputError: the text's fault, with every problem located.
    """
    document, problems = parsed(name, text.encode())
    scenario = None
    if document is not None:
        as_record = isinstance(document.value, dict) and "mechanic" in document.value
        renamed = {} if as_record else {benchmark.mechanic.field: "mechanic"}
        scenario, problems = _scenario_of(benchmark, document, renamed)
    if scenario is None:
        raise refused(name, problems)
    return scenario


def report_on(
    benchmark: Benchmark, path: str, content: bytes, *, rubric: bool
) -> tuple[FileReport, Scenario | None]:
    """Return what is found in one scenario file, and the scenario if it can be used.

    Args:
        benchmark: Its vocabularies.
        path: The file, relative to the repository; the folder above it is the split.
        content: Its bytes.
        rubric: Whether to try the checks on wrong answers too.
    """
    split = Split(PurePosixPath(path).parent.name)
    document, problems = parsed(path, content)
    if document is None:
        return FileReport(path=path, split=split, id=None, diagnostics=tuple(problems)), None
    scenario, more = scenario_of(benchmark, document)
    problems += [*_comments(benchmark, document, split), *more]
    place, name = document.place(("id",)), _id_in(document.value)
    if name is not None and name != PurePosixPath(path).stem:
        what, expected = f"id {name} in a file named {PurePosixPath(path).name}", f"{name}.yaml"
        remark = error("id-file-name", what, expected, "rename the file or the id")
        problems.append(located(remark, path, place))
    if scenario is not None and rubric:
        problems += [document.diagnostic(r) for r in rubric_remarks(benchmark, scenario)]
    report = FileReport(
        path=path,
        split=split,
        id=name,
        line=place.line,
        column=place.column,
        diagnostics=tuple(sorted(problems, key=lambda p: (p.line, p.column, p.rule))),
    )
    return report, None if any(map(is_error, problems)) else scenario


def schema_problems(path: str, text: str, wanted: str) -> Iterator[Diagnostic]:
    """Yield that the first line of a file does not tell editors its schema."""
    if text.partition("\n")[0].rstrip() != wanted:
        what = "the first line names no schema for editors"
        yield located(warning("schema-line", what, f"`{wanted}`", "add it"), path, START)


def _id_in(value: JsonValue) -> str | None:
    name = value.get("id") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else None


def _comments(benchmark: Benchmark, document: Document, split: Split) -> Iterator[Diagnostic]:
    text = document.text
    yield from schema_problems(document.path, text, schema_line(benchmark.domain))
    lines = text.split("\n", 2)
    if split is not Split.SEALED:
        return
    canary = CANARY.format(guid=benchmark.canary)
    found = lines[1].rstrip() if len(lines) > 1 else ""
    if benchmark.canary not in found or not found.startswith("#"):
        what = "the second line of a sealed file is not the canary of this benchmark version"
        remark = error("canary", what, f"`{canary}`", "put that comment on line 2")
        yield located(remark, document.path, Position(2, 1))
