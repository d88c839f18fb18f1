"""Drafts on disk: a ticket and a table become a new file, and a confirmed file loses its marks."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelsmith.disk.atomic_write import write_whole
from modelsmith.disk.repository_files import MAX_BYTES, read_file, write_new
from modelsmith.documents.decoding import decoded
from modelsmith.documents.diagnostic import START, Diagnostic, Position, error, is_error, located
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import refused
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.authoring.pasted_table import PastedTable, table_in
from modelsmith.exam.authoring.scenario_draft import TicketDraft, draft_text, drafted_scenario
from modelsmith.exam.authoring.scenario_file import report_on, scenario_of
from modelsmith.exam.authoring.to_confirm import (
    TO_CONFIRM,
    answered,
    is_draft,
    is_in_braces,
    marked,
    open_fields,
    supposed,
    without_marks,
)
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.files.benchmark_folder import require_words
from modelsmith.exam.scenario import Split
from modelsmith.layout import BENCHMARKS

LONGEST_TICKET = 20_000
"""Characters of a ticket: five times a description; a longer one is several scenarios."""

RESTS_ON = {
    "outcome-verdict": ("outcomeType", "category"),
    "unknown-verdict": ("category",),
    "unknown-field": ("category",),
}
"""What a rule says of a draft only once these fields are filled."""

STANDARD_INPUT = "-"
"""What stands for what is typed or piped in."""


@dataclass(frozen=True)
class Pasted:
    """What a draft is made from."""

    source: str
    """Its files, in words."""
    ticket: str
    """The ticket."""
    table: PastedTable | None
    """The table beside it."""


def pasted(ticket_path: str, data_path: str | None) -> Pasted:
    """Return a ticket and its table, read from wherever they lie.

    Args:
        ticket_path: The ticket's file; `-` for the standard input.
        data_path: The table's file, as CSV.

    Raises:
        InputError: a file cannot be read, or is no text, too long or no table; located.
    """
    ticket, table = _text(ticket_path), None
    if len(ticket) > LONGEST_TICKET:
        what = f"the ticket has {len(ticket):,} characters"
        expected, remedy = f"at most {LONGEST_TICKET:,}", "paste one case, and its table as a CSV"
        remark = error("size", what, expected, remedy)
        raise refused(ticket_path, [located(remark, ticket_path, START)])
    if data_path is not None:
        table, problems = table_in(data_path, _text(data_path), ticket)
        if problems:
            raise refused(data_path, problems)
    named = [Path(path).name for path in (ticket_path, data_path) if path not in {None, "-"}]
    return Pasted(" and ".join(named) or "a pasted ticket", ticket, table)


def _text(path: str) -> str:
    content, problems = _bytes(path)
    text = None
    if not problems:
        text, problems = decoded(path, content)
    if text is not None and not text.strip():
        remark = error("empty-file", "the file is empty", "a text", "paste the words into it")
        text, problems = None, [located(remark, path, START)]
    if text is None:
        raise refused(path, problems)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: str) -> tuple[bytes, list[Diagnostic]]:
    """Return the bytes of a file anywhere on this machine; a link may lead to it."""
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as failure:
        what = f"the file cannot be read: {failure.strerror or failure}"
        remedy = "check its name, that it exists, and its permissions"
        return b"", [located(error("unreadable", what, "a text file", remedy), path, START)]
    if len(content) > MAX_BYTES:
        what, expected = f"the file has more than {MAX_BYTES:,} bytes", "at most that"
        remedy = "paste what belongs to one case"
        return b"", [located(error("size", what, expected, remedy), path, START)]
    return content, []


@dataclass(frozen=True)
class Confirmation:
    """What became of a draft that somebody confirmed."""

    was_draft: bool
    """Whether it was a draft at all."""
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Questions of fields that nobody answered: what stands there was taken as it stands."""
    problems: tuple[Diagnostic, ...] = ()
    """What the check says of the confirmed file."""


@dataclass(frozen=True)
class DraftFiles:
    """Drafts of one benchmark."""

    repository: Path
    """Its top folder."""
    benchmark: Benchmark
    """Its vocabularies."""

    def draft(
        self, source: Pasted, split: Split, given: Mapping[str, Any]
    ) -> tuple[str, TicketDraft]:
        """Return the draft of a scenario by rules, and the path that it is to have.

        Args:
            source: The ticket and the table.
            split: Where it is to lie.
            given: Fields that the author says.

        Raises:
            UsageError: the file is there, or a given word is none of the benchmark's.
        """
        require_words(
            self.benchmark,
            scenario_id=given.get("id"),
            category=given.get("category"),
            lens=given.get("operatorLens"),
        )
        draft = drafted_scenario(self.benchmark, source.ticket, source.table, given)
        path = f"{BENCHMARKS}/{self.benchmark.domain}/{split}/{draft.id}.yaml"
        if (self.repository / path).exists():
            raise UsageError(
                f"{path} is already there", remedy="Choose another --id, or edit that file."
            )
        return path, draft

    def write(self, path: str, draft: TicketDraft, split: Split, source: str) -> None:
        """Write a draft into its new file.

        Raises:
            UsageError: the file is there.
            InputError: the draft holds what no file can.
        """
        try:
            text = draft_text(self.benchmark, draft, split, source)
        except ValueError as failure:
            remedy = "Correct it in the ticket or the table."
            raise InputError(f"{path} cannot be written: {failure}", remedy=remedy) from None
        write_new(self.repository, path, text, "--id")

    def confirm(self, path: str, answers: Mapping[str, str]) -> Confirmation:
        """Take the marks out of a draft that is right; one that is not stays as it is.

        Args:
            path: The file, relative to the repository.
            answers: What fields that wait are to say, as YAML, by field.

        Returns:
            What the check says of the confirmed file, and which questions were left.

        Raises:
            UsageError: an answer is to no field that waits for one.
            InputError: a field is open or wrong; each is located.
        """
        document = self._document(path, None)
        if not is_draft(document):
            if answers:
                raise UsageError(
                    f"{path} is no draft, so nothing in it waits for an answer",
                    remedy="Edit the file.",
                )
            return Confirmation(was_draft=False)
        if is_in_braces(document):
            raise InputError(
                f"{path} cannot be confirmed: it is one mapping in braces, whose marks share their "
                "lines with other fields",
                remedy=f"Write each field on a line of its own, or take {TO_CONFIRM} out by hand.",
            )
        waiting = [name for name in marked(document).questions if name in document.value]
        for name, said in answers.items():
            if name not in waiting or "\n" in said:
                raise UsageError(
                    f"--answer {name}={said.splitlines()[0] if said else ''} answers nothing",
                    remedy=f"Fields that wait for an answer, on one line: "
                    f"{', '.join(waiting) or 'none'}. Edit the file for any other.",
                )
        document = self._document(path, answered(document, answers))
        text = without_marks(document)
        report, scenario = report_on(self.benchmark, path, text.encode(), rubric=True)
        problems = [*self._open(document), *self._wrong(document)]
        if not problems and scenario is None:
            problems = [p for p in report.diagnostics if is_error(p)]
        if problems:
            remedy = "Answer in the file, or with --answer FIELD=VALUE, and confirm it again."
            what = f"{path} cannot be confirmed yet:"
            raise InputError(what, remedy=remedy, problems=_once(problems))
        file = self.repository / path
        write_whole(file, text.encode(), file.stat().st_mode & 0o7777)
        questions = marked(document).questions
        left = {name: asked for name, asked in questions.items() if name not in answers}
        return Confirmation(was_draft=True, left=left, problems=report.diagnostics)

    def _wrong(self, document: Document) -> Iterator[Diagnostic]:
        """Yield the errors of a draft's fields that are not open, as if the others were filled."""
        empty = open_fields(document.value)
        places = {document.place((name,)) for name in empty if name in document.value}
        whole = marked(supposed(document, self.benchmark))
        _, found = scenario_of(self.benchmark, whole.document)
        named = report_on(self.benchmark, document.path, document.text.encode(), rubric=False)[0]
        found = [*whole.problems, *found]
        found += [p for p in named.diagnostics if p.rule in {"id-file-name", "canary"}]
        for problem in found:
            is_open = Position(problem.line, problem.column) in places or any(
                name in empty for name in RESTS_ON.get(problem.rule, ())
            )
            if is_error(problem) and not is_open:
                yield problem

    def _document(self, path: str, text: str | None) -> Document:
        content, problems = b"", list[Diagnostic]()
        if text is None:
            content, problems = read_file(self.repository, path)
        else:
            content = text.encode()
        document = None
        if not problems:
            document, problems = parsed(path, content)
        if document is None:
            raise refused(path, problems)
        return document

    @staticmethod
    def _open(document: Document) -> list[Diagnostic]:
        asked = marked(document).questions
        return [
            document.diagnostic(
                error(
                    "unconfirmed",
                    f"{name} is open: {' '.join(asked.get(name, ())) or 'nothing stands there'}",
                    "an answer",
                    "write it behind the name of the field",
                    (name,) if name in document.value else (TO_CONFIRM, name),
                )
            )
            for name in open_fields(document.value)
        ]


def _once(problems: list[Diagnostic]) -> list[Diagnostic]:
    """Return the problems, of each place the first."""
    seen: dict[tuple[int, int], Diagnostic] = {}
    for problem in problems:
        seen.setdefault((problem.line, problem.column), problem)
    return sorted(seen.values(), key=lambda p: (p.line, p.column))
