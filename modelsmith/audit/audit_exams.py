"""Audit exams: what a run was examined by is the exam that people had reviewed when it began.

A replay concludes from the exam that intake wrote down. Whoever writes another one down, with other
weights, a lower floor or easier questions, gets figures that follow from it all the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.audit.findings import Finding, finding
from modelsmith.audit.runs import Standing
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.snapshot import ExamSnapshot
from modelsmith.git.commits import Commit
from modelsmith.layout import in_run
from modelsmith.loop.phases.case_history import intake_in
from modelsmith.record import Sha256, short
from modelsmith.run.entry_facts import StartedFacts, facts_of
from modelsmith.run.evidence import EXAM, INTAKE
from modelsmith.run.history import History

BENCHMARKS = "benchmarks"
SPLITS = ("train", "steer", "sealed")


class Reviewed(NamedTuple):
    """An exam as its files say it."""

    benchmark: Benchmark | None
    """The benchmark; none where its file cannot be read."""
    scenarios: Mapping[str, frozenset[Sha256]]
    """Digests of the scenarios of each split."""


Read = Callable[[Mapping[str, bytes]], Reviewed]
"""Reads an exam from its files, by path in the benchmark's folder."""


def exam_findings(
    history: History, commits: Mapping[str, Commit], runs: Sequence[Standing], read: Read
) -> Iterator[Finding]:
    """Yield runs whose exam is not the one that lay in git at the commit they began with.

    A commit without that benchmark says nothing; whether the commit is there, another rule asks.
    """
    known: dict[str, Reviewed] = {}
    for standing in runs:
        entries = standing.entries()
        commit = commits.get(facts_of(entries[0], StartedFacts).commit) if entries else None
        if commit is None:
            continue
        try:
            _, snapshot = intake_in(standing.record.read)
        except BrokenRecordError:
            continue  # replay says so
        folder = history.object_at(commit.tree, f"{BENCHMARKS}/{snapshot.benchmark.domain}")
        if folder is None:
            continue
        if folder not in known:
            files = history.files(folder)
            known[folder] = read({path: history.content(name) for path, name in files.items()})
        path = in_run(standing.record.name, EXAM.at(INTAKE))
        for what in _differences(snapshot, known[folder]):
            words = f"{what} than lay in git at {short(commit.sha)}, with which it began"
            yield finding("exam", words, commit=standing.commit, path=path, entry=0)


def _differences(snapshot: ExamSnapshot, reviewed: Reviewed) -> Iterator[str]:
    if reviewed.benchmark is not None and snapshot.benchmark != reviewed.benchmark:
        mine, theirs = snapshot.benchmark, reviewed.benchmark
        names = ", ".join(
            name for name in Benchmark.model_fields if getattr(mine, name) != getattr(theirs, name)
        )
        yield f"its benchmark has other {names}"
    for split in SPLITS:
        asked = {one.digest() for one in getattr(snapshot, split) if not one.is_variant}
        other = asked ^ reviewed.scenarios.get(split, frozenset())
        if other:
            yield f"{split} holds {len(other)} other scenarios"
