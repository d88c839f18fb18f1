"""Scenario files: ten fields, one of them named by the benchmark, and two comment lines.

Rules across the files of one benchmark stand last: who is there, once, in one split.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pydantic import JsonValue

from modelsmith.documents.diagnostic import (
    START,
    Diagnostic,
    Position,
    Remark,
    error,
    inserted,
    is_error,
    located,
    note,
    replaced,
    warning,
)
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import refused, validated
from modelsmith.exam.authoring.lint import remarks_on, rubric_remarks
from modelsmith.exam.authoring.rubric_lint import loc_of
from modelsmith.exam.authoring.slips import slips
from modelsmith.exam.authoring.to_confirm import draft_problems, is_draft, marked
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.scenario import (
    FAMILY_MARK,
    LANGUAGE,
    SCENARIO_ID,
    OutcomeType,
    PassRule,
    Scenario,
    Split,
    family_of,
)
from modelsmith.exam.verdict import unchecked
from modelsmith.record import Count, Positive, Record, Sha256, canonical, read_as, sha256

CANARY = "# MODELSMITH BENCHMARK DATA - MUST NOT APPEAR IN TRAINING CORPORA. canary GUID {guid}"
"""Second line of a sealed file, after BIG-bench's canary string: a model that can complete it
has seen the exam."""

BENCHMARKS_OWN = "\0passes"
"""No field of a file: when a scenario passes, its benchmark says for all of them."""


class FileReport(Record):
    """What was found in one file; everything that the rules across files need."""

    path: str
    """The file, relative to the repository."""
    split: Split | None = None
    """The split it lies in; none beside the splits."""
    id: str | None = None
    """The scenario's id, if it could be read."""
    line: int = 1
    """Line of the id."""
    column: int = 1
    """Column of the id."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Its problems."""
    body_sha256: Sha256 | None = None
    """Digest of what is asked, whatever its spacing and case; none of a file with errors."""
    sealed_sha256: Sha256 | None = None
    """Digest of a sealed scenario, which attempts are counted against; none of a variant."""
    is_draft: bool = False
    """Whether it was drafted and nobody has confirmed it; it is no part of the exam then."""
    undecided: tuple[tuple[Positive, Positive], ...] = ()
    """Line and column of each criterion that decides whether an answer passes, and has no check."""

    outcome_type: OutcomeType | None = None
    """What a right answer does; none where the scenario cannot be read, and beside the splits."""
    is_checked: bool = False
    """Whether a check decides any of its criteria."""
    labels_of_checks: Count = 0
    """Labels of a sheet on criteria that checks decide."""
    labels_of_judges: Count = 0
    """Labels of a sheet on criteria that judges decide where a run has them."""

    @property
    def place(self) -> Position:
        """Where its id stands."""
        return Position(self.line, self.column)


def split_of(path: str) -> Split:
    """Return the split of a scenario file: the folder above it."""
    return Split(PurePosixPath(path).parent.name)


def unread(path: str, problems: Iterable[Diagnostic]) -> FileReport:
    """Return the report on a scenario file that could not be read."""
    return FileReport(path=path, split=split_of(path), diagnostics=tuple(problems))


def schema_line(domain: str) -> str:
    """Return the first line of a scenario file, which tells editors its schema."""
    return f"# yaml-language-server: $schema=../../../schemas/{domain}.scenario.schema.json"


def scenario_of(
    benchmark: Benchmark, document: Document, *, as_record: bool = False
) -> tuple[Scenario | None, list[Diagnostic]]:
    """Return the scenario that `document` holds, and its problems; none if one is an error.

    A draft is no scenario yet, whatever it says.

    Args:
        benchmark: Its vocabularies.
        document: What the file says.
        as_record: Whether the mechanic is called that, as in records, and not by its own name.
    """
    if is_draft(document):
        marks = marked(document)
        _, others = scenario_of(benchmark, marks.document, as_record=as_record)
        told = draft_problems(document, marks.questions, others)
        return None, [*marks.problems, *told]
    renamed = {} if as_record else {benchmark.mechanic.field: "mechanic", BENCHMARKS_OWN: "passes"}
    context = {LANGUAGE: benchmark.language}
    scenario, problems = validated(document, Scenario, renamed, context, slips)
    if scenario is None:
        return None, problems
    scenario = scenario.ruled(benchmark.passes)
    problems = [document.diagnostic(remark) for remark in remarks_on(benchmark, scenario)]
    return (None if any(map(is_error, problems)) else scenario), problems


CRITERIA = ("passCriteria", "failCriteria")
"""The fields that may be prose."""


def scenario_as_read(
    path: str, benchmark: bytes, content: bytes, cut: Scenario | None = None
) -> Scenario | None:
    """Return the scenario that a file of any age holds, or none.

    What later rules of the benchmark say of it does not matter here, only what it was.

    Args:
        path: Name of the file.
        benchmark: The benchmark's file, which names the mechanic.
        content: The file.
        cut: What was read of it when prose was cut otherwise: its criteria stand for prose.
    """
    exam, _ = parsed(path, benchmark)
    document, _ = parsed(path, content)
    if exam is None or document is None or not isinstance(exam.value, Mapping):
        return None
    mechanic = exam.value.get("mechanic")
    field = mechanic.get("field") if isinstance(mechanic, Mapping) else None
    renamed = {field: "mechanic"} if isinstance(field, str) else {}
    context = {LANGUAGE: exam.value.get(LANGUAGE, DEFAULT_LANGUAGE)}
    if cut is not None and isinstance(document.value, Mapping):
        record = cut.model_dump(mode="json", by_alias=True)
        prose = {key: record[key] for key in CRITERIA if isinstance(document.value.get(key), str)}
        document = replace(document, value={**document.value, **prose})
    scenario = validated(document, Scenario, renamed, context)[0]
    rule = read_as(canonical(exam.value.get("passes")), PassRule)
    return None if scenario is None else scenario.ruled(rule)


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
        scenario, problems = scenario_of(benchmark, document, as_record=as_record)
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
    document, problems = parsed(path, content)
    if document is None:
        return unread(path, problems), None
    split = split_of(path)
    scenario, more = scenario_of(benchmark, document)
    place, name = document.place(("id",)), _id_in(document.value)
    problems += [*_comments(benchmark, document, split), *_as_named(path, more, place)]
    stem = PurePosixPath(path).stem
    if name not in {None, stem} and re.fullmatch(SCENARIO_ID, name or ""):
        what, expected = f"id {name} in a file named {stem}.yaml", f"{name}.yaml"
        remark = error("id-file-name", what, expected, "rename the file or the id")
        problems.append(located(remark, path, place))
    if scenario is not None and rubric:
        problems += [document.diagnostic(r) for r in rubric_remarks(benchmark, scenario)]
    open_criteria = [] if scenario is None else unchecked(scenario)
    report = FileReport(
        path=path,
        split=split,
        id=name,
        line=place.line,
        column=place.column,
        diagnostics=tuple(sorted(problems, key=lambda p: (p.line, p.column, p.rule))),
        body_sha256=None if scenario is None else body_digest(scenario),
        sealed_sha256=(
            scenario.digest()
            if scenario is not None and split is Split.SEALED and not scenario.is_variant
            else None
        ),
        is_draft=is_draft(document),
        undecided=tuple((*document.place(loc_of(key)),) for key in open_criteria),
        outcome_type=None if scenario is None else scenario.outcome_type,
        is_checked=scenario is not None
        and any(one.check is not None for one in scenario.criteria().values()),
    )
    return report, None if any(map(is_error, problems)) else scenario


def body_digest(scenario: Scenario) -> Sha256:
    """Return the sha256 of what a scenario asks, whatever its spacing and case."""
    return sha256(" ".join(scenario.body().casefold().split()).encode())


def schema_problems(path: str, text: str, wanted: str) -> Iterator[Diagnostic]:
    """Yield that the first line of a file does not tell editors its schema."""
    if text.partition("\n")[0].rstrip() != wanted:
        what = "the first line names no schema for editors"
        first = text.partition("\n")[0].rstrip()
        end = START
        if first.startswith("# yaml-language-server:"):
            end = Position(1, len(first) + 1)
        edit = replaced(START, end, wanted if end != START else f"{wanted}\n")
        yield located(warning("schema-line", what, f"`{wanted}`", "add it"), path, START, (edit,))


def _as_named(path: str, problems: Iterable[Diagnostic], place: Position) -> Iterator[Diagnostic]:
    """Yield the problems of a file; what is to be written as its id is what the file is named."""
    stem = PurePosixPath(path).stem
    for problem in problems:
        if problem.rule != "pattern" or (problem.line, problem.column) != place:
            yield problem
            continue
        meant = next((edit.text for edit in problem.edits), "")
        if meant == stem:
            yield problem
            continue
        remedy = f"write `{meant}`, and rename the file to {meant}.yaml" if meant else ""
        if re.fullmatch(SCENARIO_ID, stem):
            remedy += (
                f"{', or ' if meant else 'write it in that form, '}`{stem}` as the file is named"
            )
        changed = {"edits": (), "remedy": remedy or f"{problem.remedy}, and rename the file to it"}
        yield problem.model_copy(update=changed)


def _id_in(value: JsonValue) -> str | None:
    name = value.get("id") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else None


def _comments(benchmark: Benchmark, document: Document, split: Split) -> Iterator[Diagnostic]:
    yield from schema_problems(document.path, document.text, schema_line(benchmark.domain))
    if split is not Split.SEALED:
        return
    canary = CANARY.format(guid=benchmark.canary)
    found = document.text.partition("\n")[2].partition("\n")[0]
    if benchmark.canary not in found or not found.startswith("#"):
        what = "the second line of a sealed file is not the canary of this benchmark version"
        remark = error("canary", what, f"`{canary}`", "put that comment on line 2")
        is_second = document.text.partition("\n")[0].rstrip() == schema_line(benchmark.domain)
        place = Position(2, 1)
        edits = (inserted(place, f"{canary}\n"),) if is_second else ()  # else once line 1 is
        yield located(remark, document.path, place, edits)


def across(
    path: str, reports: Sequence[FileReport], *, is_growing: bool = False
) -> list[Diagnostic]:
    """Return what breaks the rules across scenario files.

    Args:
        path: The benchmark's file, where it is told what is missing.
        reports: What was found in each scenario file.
        is_growing: Whether people still write it: what is missing is no error then.
    """
    filled = {one.split for one in reports if one.split is not None and not one.is_draft}
    missing = splits_to_fill if is_growing else empty_splits
    return [*missing(path, filled), *roster_problems(reports), *copies(reports)]


def copies(reports: Iterable[FileReport]) -> Iterator[Diagnostic]:
    """Yield the questions that stand in the benchmark twice, under ids of two families."""
    by_body = defaultdict(list)
    for report in reports:
        if report.body_sha256 is not None and report.id is not None:
            by_body[report.body_sha256].append(report)
    for alike in by_body.values():
        for report in alike:
            others = [one for one in alike if family_of(one.id or "") != family_of(report.id or "")]
            if not others:
                continue
            other = next((one for one in others if one.split is not report.split), others[0])
            what = f"{report.id} asks what {other.path} asks, word for word"
            expected, remedy = "a question that no other file has", "delete one of the two"
            remark = warning("copied-scenario", f"{what}, so it counts twice", expected, remedy)
            if other.split is not report.split:
                what += f": one is {report.split}, the other {other.split}"
                remedy = "delete one of the two, or write another situation with other figures"
                remark = error("copied-scenario", what, expected, remedy)
            yield located(remark, report.path, report.place)


def roster_problems(reports: Iterable[FileReport]) -> Iterator[Diagnostic]:
    """Yield duplicate ids, families across splits and variants without a parent."""
    named = [(report.id, report) for report in reports if report.id is not None]
    by_id, by_family = defaultdict(list), defaultdict(list)
    for name, report in named:
        by_id[name].append(report)
        by_family[family_of(name)].append(report)
    whole = {name for name, report in named if not report.is_draft}
    for name, report in named:
        family, found = family_of(name), list[Remark]()
        twin = next((other for other in by_id[name] if other.path != report.path), None)
        stray = next((other for other in by_family[family] if other.split != report.split), None)
        if twin is not None:
            what, expected = f"id {name} is also in {twin.path}", "an id that no other file has"
            remedy = "rename one of the two, its file too"
            found.append(error("duplicate-id", what, expected, remedy))
        elif stray is not None:
            what = f"family {family} lies in {report.split} and, as {stray.path}, in {stray.split}"
            remedy = "move one of the two, or give it a family of its own"
            found.append(error("family-across-splits", what, "a family in one split", remedy))
        if family not in whole and family != name:
            what = f"{name} is a variant of {family}, which is not in the benchmark"
            remedy = f"write {family}, or drop `{FAMILY_MARK}` from the id"
            if family in by_id:
                what, remedy = (
                    f"{name} is a variant of {family}, a draft",
                    f"confirm {family} first",
                )
            found.append(error("orphan-variant", what, "its parent beside it", remedy))
        yield from (located(remark, report.path, report.place) for remark in found)


def empty_splits(path: str, filled: Collection[Split]) -> Iterator[Diagnostic]:
    """Yield what is missing as a whole.

    Args:
        path: The benchmark file, where it is reported.
        filled: The splits that hold a scenario file, readable or not.
    """
    if not filled:
        what, expected = "the benchmark has no scenario", "scenarios in train, steer and sealed"
        remedy = "write one with `modelsmith scenario new`"
        yield located(error("empty-benchmark", what, expected, remedy), path, START)
        return
    for split in Split:
        if split not in filled:
            what, expected = f"the split {split} is empty", "at least one scenario"
            remedy = f"write one with `modelsmith scenario new ID --split {split}`"
            yield located(error("empty-split", what, expected, remedy), path, START)


def splits_to_fill(path: str, filled: Collection[Split]) -> Iterator[Diagnostic]:
    """Yield one note on the splits that nobody has written a scenario for yet.

    An exam grows file by file: its check is green all the while, only a run needs every split.

    Args:
        path: The benchmark file, where it is told.
        filled: The splits that hold a scenario file, readable or not.
    """
    empty = [split for split in Split if split not in filled]
    if not empty:
        return
    rule = "empty-split" if filled else "empty-benchmark"
    what = f"no scenarios yet in {' and '.join(empty)}" if filled else "no scenarios yet"
    expected = "some in train, steer and sealed before a run starts"
    remedy = f"write one with `modelsmith scenario new ID --split {empty[0]}`"
    yield located(note(rule, what, expected, remedy), path, START)
