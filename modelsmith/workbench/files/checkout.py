"""The exam as a commit has it, in a folder of its own, so that nothing is checked out."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

from modelsmith.documents.diagnostic import START, Diagnostic, error, located
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.exam.files.check import BenchmarkCheck, ExamCheck
from modelsmith.exam.scenario import Split
from modelsmith.forge.records import PullRequest
from modelsmith.git.cli.revisions import Blob, GitReading
from modelsmith.layout import BENCHMARKS
from modelsmith.workbench.exhibit import Exhibit, Unclear, Workbench, exhibits_of

Unclears = Callable[[Path, Collection[str]], tuple[Unclear, ...]]


class ExamSnapshots:
    """Commits of a repository, looked at as data; never trusted."""

    def __init__(self, repository: Path) -> None:
        """Know the clone that the commits are read from, or fetched into."""
        self._git = GitReading(repository)

    def workbench(self, pull: PullRequest, base: str, unclear: Unclears) -> Workbench:
        """Return what is to be said of the benchmarks that a pull request changes.

        Args:
            pull: The pull request; its head is fetched if need be.
            base: Commit of the branch that it goes into.
            unclear: Returns the criteria to be rewritten, of a folder and the files that changed.

        Raises:
            ForgeError: its commit cannot be fetched.
            UsageError: git has no commit that both stand on.
        """
        with self.lay_out_pull_request(pull, base) as (folder, changed, problems):
            checks = list(_checks(folder, changed))
            found = [problem for problem in problems if problem.path in changed]
            found += [problem for check in checks for problem in check.diagnostics]
            return Workbench(
                commit=pull.head_sha,
                files=tuple(path for check in checks for path in check.files),
                diagnostics=tuple(found),
                exhibits=tuple(
                    exhibit
                    for check in checks
                    for exhibit in _exhibits(folder, check.domain, frozenset(changed))
                ),
                unclear=unclear(folder, changed),
            )

    @contextmanager
    def lay_out_pull_request(
        self, pull: PullRequest, base: str
    ) -> Iterator[tuple[Path, tuple[str, ...], list[Diagnostic]]]:
        """Give a folder with `benchmarks/` of a pull request, which files it changes, and problems.

        Args:
            pull: The pull request; its head is fetched if need be.
            base: Commit of the branch that it goes into.

        Raises:
            ForgeError: its commit cannot be fetched.
            UsageError: git has no commit that both stand on.
        """
        head = self._git.fetch(pull.head_sha, f"refs/pull/{pull.number}/head")
        self._git.fetch(base, f"refs/heads/{pull.base}")
        changed = self._git.changed_between(base, head, BENCHMARKS)
        with self.lay_out(head) as (folder, problems):
            yield folder, changed, problems

    @contextmanager
    def lay_out(
        self, commit: str, more: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Path, list[Diagnostic]]]:
        """Give a folder with `benchmarks/` of a commit, and what could not be put there.

        Links are left out, and of a file too large to be read nothing but its size is kept.

        Args:
            commit: The commit.
            more: Text of further files, by path.
        """
        with tempfile.TemporaryDirectory(prefix="modelsmith-") as name:
            top, problems = Path(name).resolve(), []
            for blob in self._git.blobs(commit, BENCHMARKS):
                fault = _put_file(top, blob)
                if fault:
                    problems.append(_refused(blob.path, fault))
            for path, text in (more or {}).items():
                content = text.encode()
                if (top / path).exists():
                    problems.append(_there(path))
                    continue
                fault = _put_file(top, Blob(path, is_file=True, size=len(content), content=content))
                problems += [_refused(path, fault)] if fault else []
            yield top, problems

    def exams(self, commit: str) -> tuple[list[Exam], list[str]]:
        """Return the exams of a commit, and in words what of them cannot be used.

        A file that cannot be used is counted and not named: its name may be a held-out scenario's.
        """
        exams, left_out = [], []
        with self.lay_out(commit) as (folder, problems):
            if problems:
                left_out.append(f"{BENCHMARKS}: {len(problems)} files are links or too large")
            for domain in domains_in(folder):
                place = ExamFolder(folder, domain)
                benchmark, _, _ = place.benchmark_file()
                if benchmark is None:
                    left_out.append(f"{place.benchmark_path} cannot be used")
                    continue
                placed = list(place.usable(benchmark))
                unusable = len(list(place.scenario_paths())) - len(placed)
                if unusable:
                    left_out.append(f"{BENCHMARKS}/{domain}: {unusable} files cannot be used")
                splits = {
                    split.value: tuple(
                        sorted(
                            (p.scenario for p in placed if p.split is split), key=attrgetter("id")
                        )
                    )
                    for split in Split
                }
                exams.append(Exam(benchmark=benchmark, **splits))
        return exams, left_out

    def check(self, commit: str, ref: str, path: str, text: str) -> tuple[Diagnostic, ...]:
        """Return what would be wrong if a commit had one more file.

        Args:
            commit: The commit; fetched if need be.
            ref: The branch that leads to it.
            path: The file.
            text: What it would hold.
        """
        with self.lay_out(self._git.fetch(commit, ref), {path: text}) as (folder, problems):
            found = [problem for problem in problems if problem.path == path]
            found += [problem for one in _checks(folder, (path,)) for problem in one.diagnostics]
            return tuple(found)


def _put_file(top: Path, blob: Blob) -> str:
    """Put a file into the folder, and return why it cannot be put there, or nothing."""
    if not blob.is_file:
        return "a link, or another repository"
    file = top / blob.path
    if not file.resolve().is_relative_to(top / BENCHMARKS):
        return "a path that leaves the benchmarks"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(blob.content)
        if blob.size > len(blob.content):
            os.truncate(file, blob.size)  # sparse: the check reads its size and no more
    except (OSError, ValueError):
        return "a path that no file system takes"
    return ""


def _checks(folder: Path, changed: Iterable[str]) -> Iterator[BenchmarkCheck]:
    touched = {path.split("/")[1] for path in changed if path.count("/") > 1}
    for domain in domains_in(folder):
        if domain in touched:
            yield ExamCheck(folder, domain).check_since(tuple(changed))


def _exhibits(folder: Path, domain: str, changed: frozenset[str]) -> tuple[Exhibit, ...]:
    exam = ExamFolder(folder, domain)
    benchmark, _, _ = exam.benchmark_file()
    if benchmark is None:
        return ()
    return exhibits_of(benchmark, list(exam.usable(benchmark)), changed)


def _refused(path: str, fault: str) -> Diagnostic:
    remark = error("outside-repository", fault, "a plain file", "put the file itself there")
    return located(remark, path, START)


def _there(path: str) -> Diagnostic:
    what, remedy = "a scenario of that name is there", "choose another name, or edit that file"
    return located(error("duplicate-id", what, "a name that is free", remedy), path, START)
