"""Runs as the branches hold them: one story each, which replays, from the exam people reviewed.

A replay concludes from the exam that intake wrote down. Whoever writes another one down, with other
weights, a lower floor or easier questions, gets figures that follow from it all the same.

Looks at sealed versions: each one spends error rate, so none may be taken twice or hidden.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from modelsmith.audit.findings import AuditFinding, finding
from modelsmith.documents.diagnostic import Severity
from modelsmith.documents.validation import document_with, record_in
from modelsmith.errors import BrokenRecordError, ModelsmithError
from modelsmith.exam.authoring.scenario_file import scenario_as_read
from modelsmith.exam.benchmark import Benchmark, ExamSnapshot
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.git.commits import CLAIMED_BY, RUN, Commit
from modelsmith.git.refs import SEALED_ATTEMPTS
from modelsmith.layout import (
    BENCHMARK,
    BENCHMARKS,
    LEDGER,
    RUNS,
    SETTINGS,
    in_run,
    ledger_path,
    settings_path,
)
from modelsmith.loop.evidence.files import SEALED_ATTEMPT
from modelsmith.loop.phases.context_history import intake_in
from modelsmith.loop.replay import Difference, Replayed, replay
from modelsmith.record import Sha256, short
from modelsmith.run.append_only import first_lost
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import StartedFacts, facts_of
from modelsmith.run.evidence import EXAM, INTAKE
from modelsmith.run.history import History, folder_at
from modelsmith.run.ledger import Entry, lines_in
from modelsmith.run.ports import RunRecord
from modelsmith.run.reference_scores import KnownExams


class RunAtTip(NamedTuple):
    """A run as one commit holds it."""

    commit: str
    """The commit."""
    branch: str
    """What led there, in words."""
    tree: str
    """Its folder there."""
    files: Mapping[str, str]
    """Name of each file's content by its path in the run."""
    record: RunRecord
    """The run."""

    @property
    def has_started(self) -> bool:
        """Whether there is more than a run.yaml."""
        return bool(set(self.files) - {SETTINGS})

    @property
    def ledger(self) -> bytes:
        """Its ledger; empty where it has none."""
        return self.record.read(LEDGER) if LEDGER in self.files else b""

    def entries(self) -> Sequence[Entry]:
        """Return its entries; none where they cannot be read, which replay says."""
        try:
            return self.record.entries()
        except BrokenRecordError:
            return ()

    def is_part_of(self, other: "RunAtTip") -> bool:
        """Return whether `other` holds all of it, its ledger as the beginning of a longer one."""
        rest = {item for item in self.files.items() if item[0] != LEDGER}
        return rest <= set(other.files.items()) and first_lost(self.ledger, other.ledger) is None


def runs_at_tips(
    history: History, commits: Mapping[str, Commit], tips: Mapping[str, str]
) -> dict[str, list[RunAtTip]]:
    """Return each run's distinct states over all branches, by run.

    Args:
        history: Where the runs lie.
        commits: Every commit that is named.
        tips: Commit of each branch by its name.
    """
    found: dict[str, dict[str, RunAtTip]] = {}
    for branch, commit in tips.items():
        for run, tree in history.folders(commits[commit].tree, RUNS).items():
            states = found.setdefault(run, {})
            if tree not in states:
                states[tree] = RunAtTip(
                    commit, branch, tree, history.files(tree), history.run(run, tree)
                )
    return {run: list(states.values()) for run, states in sorted(found.items())}


def furthest(states: Sequence[RunAtTip]) -> RunAtTip:
    """Return the state of a run with most entries."""
    return max(states, key=lambda one: len(lines_in(one.ledger)))


def forks(states: Sequence[RunAtTip]) -> Iterator[AuditFinding]:
    """Yield where a branch tells a run differently from the branch where it is furthest."""
    best = furthest(states)
    for other in states:
        at = first_lost(other.ledger, best.ledger)
        if at is not None:
            yield finding(
                "forked",
                f"{other.branch} and {best.branch} tell different stories from entry {at} on",
                commit=other.commit,
                path=ledger_path(other.record.name),
                entry=at,
            )


def replay_of(
    history: History, at_tip: RunAtTip, exams: KnownExams
) -> tuple[Replayed | None, list[AuditFinding]]:
    """Return what replaying one state finds, and its differences as findings."""
    name = at_tip.record.name
    path = settings_path(name)
    try:
        record = history.whole_run(name, at_tip.tree)
        found = replay(record, lambda: record_in(path, record.read(SETTINGS), RunConfig), exams)
    except ModelsmithError as error:
        return None, [
            finding(
                "replay", f"it cannot be replayed: {error.what}", commit=at_tip.commit, path=path
            )
        ]
    return found, [_finding(at_tip, one) for one in found.differences]


def _finding(at_tip: RunAtTip, one: Difference) -> AuditFinding:
    files = sorted(at_tip.files, key=len, reverse=True)
    file = next((f for f in files if f"{one.where}.".startswith(f"{f}.")), None)
    if file is None and (one.entry is None or "/" in one.where or one.where == SETTINGS):
        file = one.where
    field = one.where.removeprefix(file or "").removeprefix(".")
    return finding(
        "replay",
        one.what,
        commit=at_tip.commit,
        path=f"{RUNS}/{at_tip.record.name}/{file or LEDGER}",
        entry=one.entry,
        field=field or None,
    )


Reviewed = tuple[Benchmark | None, Mapping[str, set[Sha256]]]
"""A benchmark, none where it cannot be read, and the digests of its scenarios by split."""

NOTHING_CUT: Mapping[str, Scenario] = {}


def reviewed_exam(
    files: Mapping[str, bytes], cut: Mapping[str, Scenario] = NOTHING_CUT
) -> Reviewed:
    """Return the exam that people reviewed.

    Args:
        files: Content by path in the benchmark's folder.
        cut: Scenarios by id whose criteria were cut from prose by another splitter.
    """
    content = files.get(BENCHMARK, b"")
    _, benchmark, _ = document_with(BENCHMARK, content, Benchmark)
    splits: dict[str, set[Sha256]] = {split: set() for split in Split}
    for path, file in files.items():
        split, _, name = path.partition("/")
        if split in splits and name.endswith(".yaml"):
            scenario = scenario_as_read(path, content, file, cut.get(name.removesuffix(".yaml")))
            if scenario is not None:
                splits[split].add(scenario.digest())
    return benchmark, splits


def exam_findings(
    history: History, commits: Mapping[str, Commit], runs: Sequence[RunAtTip]
) -> Iterator[AuditFinding]:
    """Yield runs whose exam is not the one that lay in git at the commit they began with.

    A commit without that benchmark says nothing; whether the commit is there, another rule asks.
    """
    known: dict[str, Reviewed] = {}
    for at_tip in runs:
        entries = at_tip.entries()
        facts = facts_of(entries[0], StartedFacts) if entries else None
        commit = commits.get(facts.commit) if facts else None
        if facts is None or commit is None:
            continue
        try:
            _, snapshot = intake_in(at_tip.record.read)
        except BrokenRecordError:
            continue  # replay says so
        place = f"{BENCHMARKS}/{snapshot.benchmark.domain}"
        folder = history.object_at(commit.tree, place)
        if folder is None:
            continue
        files = partial(folder_at, history, commit.tree, place)
        if folder not in known:
            known[folder] = reviewed_exam(files())
        for severity, what in _differences(snapshot, facts, known[folder], files):
            yield finding(
                "exam",
                what,
                commit=at_tip.commit,
                path=in_run(at_tip.record.name, EXAM.at(INTAKE)),
                entry=0,
                severity=severity,
            )


class Way(NamedTuple):
    """What a run of before does in the way of its time, and a later one may not."""

    age: Callable[[StartedFacts], int]
    """How new a run's way is."""
    does: str
    """What it does, in words."""
    already: str
    """What a newer one did already where it began."""
    newer: str
    """What a newer one does that the default branch held first."""


WAYS = (
    Way(
        lambda facts: facts.rules,
        "concludes by rules {0.rules}",
        "already concluded by {0.rules}",
        "concludes by {0.rules}",
    ),
    Way(
        lambda facts: {one: age for age, one in enumerate(SPLITTERS)}.get(facts.splitter, 0),
        "cuts prose by {0.splitter}",
        "already cut it by {0.splitter}",
        "cuts it by {0.splitter}",
    ),
)


def rules_findings(
    history: History, commits: Mapping[str, Commit], runs: Sequence[RunAtTip], main: str
) -> Iterator[AuditFinding]:
    """Yield runs that conclude, or cut prose into criteria, by older rules than they may.

    A run of before is concluded by the rules of its time; one that claims them later hides what
    the newer ones show. It is one of before if it did not begin where a newer one lay, and if the
    default branch held it before any newer one.

    Args:
        history: Where the runs lie.
        commits: Every commit that is named.
        runs: The runs, each as far as it got.
        main: Commit of the default branch.
    """
    began = {
        one.record.name: (facts_of(entries[0], StartedFacts), one)
        for one in runs
        if (entries := one.entries())
    }
    ways = [way for way in WAYS if len({way.age(facts) for facts, _ in began.values()}) > 1]
    line = _first_parents(commits, main) if ways else []
    came = {name: _first_with(history, line, ledger_path(name)) for name in began}
    for way in ways:
        ages = {name: way.age(facts) for name, (facts, _) in began.items()}
        for name, (facts, at_tip) in began.items():
            newer = sorted((came[other], other) for other in began if ages[other] > ages[name])
            beneath = commits.get(facts.commit)
            on_top = [
                other
                for _, other in newer
                if beneath and history.object_at(beneath.tree, ledger_path(other)) is not None
            ]
            if on_top:
                other = on_top[0]
                new = way.already.format(began[other][0])
                what = f"began at {short(facts.commit)}, where run {other} {new}"
            elif newer and newer[0][0] < len(line) and came[name] >= newer[0][0]:
                other = newer[0][1]
                new = way.newer.format(began[other][0])
                what = f"did not lie on the default branch before run {other}, which {new}"
            else:
                continue
            yield finding(
                "rules",
                f"run {name} {way.does.format(facts)} and {what}",
                commit=at_tip.commit,
                path=in_run(name, LEDGER),
                entry=0,
            )


def _first_parents(commits: Mapping[str, Commit], tip: str) -> list[Commit]:
    """Return what a branch held one after the other, oldest first."""
    line, at = [], commits.get(tip)
    while at is not None:
        line.append(at)
        at = commits.get(at.parents[0]) if at.parents else None
    return line[::-1]


def _first_with(history: History, line: Sequence[Commit], path: str) -> int:
    """Return the place of the first commit that has a file which none takes away again."""
    return bisect_left(
        line, 1, key=lambda commit: int(history.object_at(commit.tree, path) is not None)
    )


def _differences(
    snapshot: ExamSnapshot,
    facts: StartedFacts,
    reviewed: Reviewed,
    files: Callable[[], Mapping[str, bytes]],
) -> Iterator[tuple[Severity, str]]:
    """Yield what differs from the reviewed exam.

    Criteria that an older splitter cut from prose are not compared, which is told.

    Args:
        snapshot: The exam of the run.
        facts: What it began with.
        reviewed: The exam of the files, its prose cut as it is today.
        files: Returns them, by path in the benchmark's folder.
    """
    found, splitter = list(_other(snapshot, *reviewed)), facts.splitter
    if splitter not in SPLITTERS:
        known = ", ".join(SPLITTERS)
        told = f"its prose was cut into criteria by {splitter}, which is none of {known}"
        yield Severity.ERROR, f"{told}; audit it with the modelsmith-factory that recorded it"
    elif found and splitter != SPLITTERS[-1]:
        cut = {one.id: one for split in Split for one in getattr(snapshot, split)}
        but_for_prose = list(_other(snapshot, *reviewed_exam(files(), cut)))
        if but_for_prose != found:
            found = but_for_prose
            told = f"its prose was cut into criteria by {splitter}, and otherwise than today"
            yield Severity.WARNING, f"{told}: the modelsmith-factory that recorded it compares them"
    for what in found:
        than = f"than lay in git at {short(facts.commit)}, with which it began"
        yield Severity.ERROR, f"{what} {than}"


def _other(
    snapshot: ExamSnapshot, benchmark: Benchmark | None, reviewed: Mapping[str, set[Sha256]]
) -> Iterator[str]:
    mine = snapshot.benchmark
    if benchmark is not None and mine != benchmark:
        names = (n for n in Benchmark.model_fields if getattr(mine, n) != getattr(benchmark, n))
        yield f"its benchmark has other {', '.join(names)}"
    for split in Split:
        asked = {one.digest() for one in getattr(snapshot, split) if not one.is_variant}
        other = asked ^ reviewed[split]
        if other:
            yield f"{split} holds {len(other)} other scenarios"


def attempt_findings(history: History, runs: Sequence[RunAtTip]) -> Iterator[AuditFinding]:
    """Yield attempts that say they are the same one, and claims that no attempt followed."""
    yield from _same(runs)
    attempted = {
        (one.record.name, entries[0].digest(), str(entry.facts.get("sealed_version")))
        for one in runs
        if (entries := one.entries())
        for entry in entries
        if "candidate" in entry.facts
    }
    for name, sha in sorted(history.references(SEALED_ATTEMPTS).items()):
        version, _, number = name.removeprefix(f"{SEALED_ATTEMPTS}/").partition("/")
        claim = history.walk([sha])[sha]
        run = ", ".join(claim.trailers(RUN))
        intake = ", ".join(claim.trailers(CLAIMED_BY)).removeprefix("sha256:")
        if (run, intake, version) not in attempted:
            yield finding(
                "sealed-looks",
                f"run {run} claimed look {number} at sealed version {short(version)}, and no "
                "branch records an attempt: it may have read the split and kept what it saw",
                commit=sha,
                severity=Severity.WARNING,
            )


def _same(runs: Sequence[RunAtTip]) -> Iterator[AuditFinding]:
    first: dict[tuple[object, bytes], str] = {}
    for one in runs:
        for entry in one.entries():
            path = next(SEALED_ATTEMPT.paths_in(entry), None)
            if path is None or path not in one.files:
                continue
            attempt = (entry.facts.get("sealed_version"), one.record.read(path))
            if attempt in first:
                yield finding(
                    "sealed-looks",
                    f"run {first[attempt]} and run {one.record.name} say that they are the same "
                    f"look at sealed version {short(str(attempt[0]))}",
                    commit=one.commit,
                    path=in_run(one.record.name, path),
                    entry=entry.index,
                    severity=Severity.WARNING,
                )
            first.setdefault(attempt, one.record.name)
