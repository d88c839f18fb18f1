"""Benchmarks checked as `scenario check` shows them, and mended."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from modelsmith.documents.diagnostic import Diagnostic, Severity, is_error
from modelsmith.errors import InputError
from modelsmith.exam.files.benchmark_folder import domains_in
from modelsmith.exam.files.check import BenchmarkCheck
from modelsmith.exam.files.chosen import concerns, is_chosen, touches
from modelsmith.exam.files.fixes import make_edits
from modelsmith.exam.files.strays import loose_files
from modelsmith.layout import BENCHMARK, BENCHMARKS
from modelsmith.record import Sha256
from modelsmith.wiring.exams import changed_checks, exam_check

MOST_ROUNDS = 10
"""How often what was mended is checked again: an edit may uncover the next problem."""


class CheckedExam(NamedTuple):
    """What a check found of the files that somebody asked about."""

    problems: tuple[Diagnostic, ...]
    """Their problems."""
    files: int
    """How many of them were looked at."""
    elsewhere: tuple[Diagnostic, ...]
    """Problems of the other files."""
    digests: Mapping[str, Sha256]
    """Digest of each file as it was when it was looked at."""

    def beyond(self, *, strict: bool) -> Iterator[str]:
        """Yield what the list of problems does not say: what is elsewhere, what can be mended."""
        failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
        others = [problem for problem in self.elsewhere if problem.severity in failing]
        if others:
            places = len({problem.path for problem in others})
            kinds = "problem" if strict else "error"
            yield (
                f"not shown: {len(others)} {kinds}{'s' if len(others) > 1 else ''} in {places} "
                f"other file{'s' if places > 1 else ''}; `modelsmith scenario check` shows all"
            )
        mendable = sum(bool(problem.edits) for problem in self.problems)
        if mendable:
            which = "one of them" if mendable == 1 else f"{mendable} of them"
            yield f"`modelsmith scenario check --fix` mends {which}"


def checked_exam(repository: Path, chosen: Sequence[str], since: str | None) -> CheckedExam:
    """Return what is found in the chosen files, and in those that rest on them.

    Args:
        repository: Its top folder.
        chosen: Files and folders below `benchmarks/`, or the repository itself.
        since: A commit; only what differs from where HEAD left it is looked at then.

    Raises:
        UsageError: git does not know that commit.
    """
    if since is not None:
        checks = changed_checks(repository, since)
        problems = tuple(problem for one in checks for problem in one.diagnostics)
        return CheckedExam(problems, sum(len(one.files) for one in checks), (), _digests(checks))
    domains = [one for one in domains_in(repository) if any(touches(c, one) for c in chosen)]
    checks = [
        exam_check(repository, domain).check(lambda path: is_chosen(path, chosen))
        for domain in domains
    ]
    unread = {
        f"{BENCHMARKS}/{one.domain}/{BENCHMARK}" for one in checks if not one.is_benchmark_read
    }
    found = [problem for one in checks for problem in (*one.diagnostics, *one.needs)]
    found += [problem for problem in loose_files(repository) if is_chosen(problem.path, chosen)]

    def is_asked(path: str) -> bool:
        return path in unread or concerns(path, chosen)

    asked = [problem for problem in found if is_asked(problem.path)]
    return CheckedExam(
        tuple(sorted(asked, key=lambda problem: not is_chosen(problem.path, chosen))),
        sum(
            is_asked(path)
            for one in checks
            for path in one.files
            if one.is_benchmark_read or path in unread
        ),
        tuple(problem for problem in found if not is_asked(problem.path)),
        _digests(checks),
    )


def _digests(checks: Sequence[BenchmarkCheck]) -> dict[str, Sha256]:
    return {path: digest for one in checks for path, digest in one.digests.items()}


class FixedExam(NamedTuple):
    """What became of an exam that was mended."""

    fixed: list[Diagnostic]
    """The problems whose edits were made."""
    saved_since: list[str]
    """Files that somebody saved while it was checked; they are left as they are."""
    found: CheckedExam
    """What is found after it."""


def fix_exam(
    repository: Path, found: CheckedExam, chosen: Sequence[str], since: str | None
) -> FixedExam:
    """Make the edits of what was found, check again until nothing is left that carries one."""
    fixed: list[Diagnostic] = []
    saved_since: list[str] = []
    for _ in range(MOST_ROUNDS):
        fresh = [
            problem.model_copy(update={"edits": ()}) if problem in fixed else problem
            for problem in found.problems
            if problem.path not in saved_since
        ]
        edited = make_edits(repository, fresh, found.digests)
        if not any(edited):
            break
        fixed += edited.done
        saved_since += edited.saved_since
        found = checked_exam(repository, chosen, since)
    return FixedExam(fixed, saved_since, found)


def refuse_faulty_exam(repository: Path, domain: str) -> None:
    """Check that a benchmark has no errors, by the rules of `scenario check`.

    Raises:
        InputError: it has; every error of every file is in it.
    """
    found = exam_check(repository, domain).check(lambda _path: False)  # nobody asks for notes
    errors = [problem for problem in found.diagnostics if is_error(problem)]
    if errors:
        remedy = "Run `modelsmith scenario check`, and correct the files."
        raise InputError(f"{BENCHMARKS}/{domain} is not an exam:", remedy=remedy, problems=errors)
