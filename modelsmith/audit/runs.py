"""Runs as the branches hold them: one story each, which replays from its evidence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.audit.findings import Finding, finding
from modelsmith.errors import BrokenRecordError, ModelsmithError
from modelsmith.git.commits import Commit
from modelsmith.layout import LEDGER, RUNS, SETTINGS, ledger_path, settings_path
from modelsmith.loop.replay import Difference, Replayed, replayed
from modelsmith.run.append_only import first_lost
from modelsmith.run.config import RunConfig
from modelsmith.run.history import History
from modelsmith.run.ledger import Entry
from modelsmith.run.ledger_lines import lines_in
from modelsmith.run.ports import RunRecord
from modelsmith.run.reference_scores import ExamsKnown

Configured = Callable[[str, bytes], RunConfig]
"""Reads the run.yaml at a path."""


class Standing(NamedTuple):
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

    def is_part_of(self, other: "Standing") -> bool:
        """Return whether `other` holds all of it, its ledger as the beginning of a longer one."""
        rest = {item for item in self.files.items() if item[0] != LEDGER}
        return rest <= set(other.files.items()) and first_lost(self.ledger, other.ledger) is None


def standings(
    history: History, commits: Mapping[str, Commit], tips: Mapping[str, str]
) -> dict[str, list[Standing]]:
    """Return each run's distinct states over all branches, by run.

    Args:
        history: Where the runs lie.
        commits: Every commit that is named.
        tips: Commit of each branch by its name.
    """
    found: dict[str, dict[str, Standing]] = {}
    for branch, commit in tips.items():
        for run, tree in history.folders(commits[commit].tree, RUNS).items():
            states = found.setdefault(run, {})
            if tree not in states:
                files = history.files(tree)
                states[tree] = Standing(commit, branch, tree, files, history.run(run, tree))
    return {run: list(states.values()) for run, states in sorted(found.items())}


def furthest(states: Sequence[Standing]) -> Standing:
    """Return the state of a run with most entries."""
    return max(states, key=lambda one: len(lines_in(one.ledger)))


def forks(states: Sequence[Standing]) -> Iterator[Finding]:
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
    history: History,
    standing: Standing,
    configured: Configured,
    exams: ExamsKnown,
) -> tuple[Replayed | None, list[Finding]]:
    """Return what replaying one state finds, and its differences as findings."""
    name = standing.record.name
    path = settings_path(name)
    try:
        record = history.whole_run(name, standing.tree)
        found = replayed(record, lambda: configured(path, record.read(SETTINGS)), exams)
    except ModelsmithError as error:
        words = f"it cannot be replayed: {error.what}"
        return None, [finding("replay", words, commit=standing.commit, path=path)]
    return found, [_finding(standing, one) for one in found.differences]


def _finding(standing: Standing, one: Difference) -> Finding:
    files = sorted(standing.files, key=len, reverse=True)
    file = next((f for f in files if f"{one.where}.".startswith(f"{f}.")), None)
    if file is None and (one.entry is None or "/" in one.where or one.where == SETTINGS):
        file = one.where
    field = one.where.removeprefix(file or "").removeprefix(".")
    return finding(
        "replay",
        one.what,
        commit=standing.commit,
        path=f"{RUNS}/{standing.record.name}/{file or LEDGER}",
        entry=one.entry,
        field=field or None,
    )
