"""Our own JSON Lines: a benchmark, each of its scenarios, and the files beside them, whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from modelsmith.documents.diagnostic import Diagnostic, error, is_error
from modelsmith.documents.located_json import parsed_json_lines
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import validated
from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.benchmark import Benchmark, Exam
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.record import Record, lines_of


class BenchmarkLine(Record):
    """The first line."""

    kind: Literal["benchmark"] = "benchmark"
    format: Literal["modelsmith/1"] = "modelsmith/1"
    """Version of the format."""
    benchmark: Benchmark
    """The benchmark."""


class ScenarioLine(Record):
    """One scenario."""

    kind: Literal["scenario"] = "scenario"
    split: Split
    """Its split."""
    scenario: Scenario
    """The scenario."""


class FileLine(Record):
    """A file beside the scenarios: a family, a partial, a sheet of labelled answers."""

    kind: Literal["file"] = "file"
    path: Annotated[str, Field(pattern=r"^(families|exam)/[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    """Where it lies in the benchmark's folder."""
    text: str
    """What it holds."""


LINES: Mapping[str, type[BenchmarkLine | ScenarioLine | FileLine]] = {
    "benchmark": BenchmarkLine,
    "scenario": ScenarioLine,
    "file": FileLine,
}


@dataclass(frozen=True)
class ExchangedExam:
    """What a file holds."""

    benchmark: Benchmark
    """The benchmark."""
    scenarios: tuple[tuple[Split, Scenario], ...]
    """Its scenarios."""
    files: Mapping[str, str]
    """Text of each file beside them, by path."""


def exchange_lines(exam: Exam, files: Mapping[str, str]) -> bytes:
    """Return a benchmark as JSON Lines.

    Args:
        exam: The benchmark and its scenarios.
        files: Text of each file beside them, by its path in the folder.
    """
    bare = [
        ScenarioLine(split=split, scenario=one.model_copy(update={"passes": None}))
        for split in Split
        for one in exam.split(split)
    ]
    beside = [FileLine(path=path, text=text) for path, text in sorted(files.items())]
    return lines_of([BenchmarkLine(benchmark=exam.benchmark), *bare, *beside])


def exchanged(
    path: str, content: bytes, domain: str
) -> tuple[ExchangedExam | None, list[Diagnostic]]:
    """Return what a file of ours holds, as a benchmark called `domain`, and its problems."""
    documents, problems = parsed_json_lines(path, content)
    lines: list[tuple[Document, BenchmarkLine | ScenarioLine | FileLine]] = []
    for document in documents:
        kind = document.value.get("kind") if isinstance(document.value, dict) else None
        if not isinstance(kind, str) or kind not in LINES:
            what, expected = f"a line of kind {kind}", f"one of {', '.join(LINES)}"
            remark = error("unknown-word", what, expected, "check --format", ("kind",))
            problems.append(document.diagnostic(remark))
            continue
        record, found = validated(document, LINES[kind])
        problems += found
        if record is not None:
            lines.append((document, record))
    heads = [line.benchmark for _, line in lines if isinstance(line, BenchmarkLine)]
    if not any(map(is_error, problems)):
        problems += _misplaced(documents, heads)
    if any(map(is_error, problems)):
        return None, problems
    benchmark = Benchmark.model_validate(dict(heads[0]) | {"domain": domain})
    problems += _faults(benchmark, lines)
    if any(map(is_error, problems)):
        return None, problems
    scenarios = tuple(
        (line.split, line.scenario.ruled(benchmark.passes))
        for _, line in lines
        if isinstance(line, ScenarioLine)
    )
    files = {line.path: line.text for _, line in lines if isinstance(line, FileLine)}
    return ExchangedExam(benchmark, scenarios, files), problems


def _misplaced(documents: Sequence[Document], heads: Sequence[Benchmark]) -> Iterable[Diagnostic]:
    if len(heads) != 1 or documents[0].value.get("kind") != "benchmark":
        what = f"{len(heads)} lines hold a benchmark" if len(heads) != 1 else "it is not first"
        expected = "the first line, and no other, to hold the benchmark"
        remark = error("missing-field", what, expected, "export it anew")
        yield documents[0].diagnostic(remark)


def _faults(
    benchmark: Benchmark,
    lines: Sequence[tuple[Document, BenchmarkLine | ScenarioLine | FileLine]],
) -> Iterable[Diagnostic]:
    """Yield names that stand twice, and what the benchmark's vocabularies do not know."""
    seen: set[JsonValue] = set()
    for document, line in lines:
        if isinstance(line, BenchmarkLine):
            continue
        name = line.path if isinstance(line, FileLine) else line.scenario.id
        if name in seen:
            what, loc = f"{name} stands here a second time", (line.kind,)
            remark = error("duplicate-id", what, "it once", "delete one of the two", loc)
            yield document.diagnostic(remark)
        seen.add(name)
        if isinstance(line, ScenarioLine):
            ruled = line.scenario.ruled(benchmark.passes)
            for remark in remarks_on(benchmark, ruled):
                if remark.severity == "error":
                    yield document.diagnostic(remark._replace(loc=("scenario", *remark.loc)))
