"""What a reviewer wants to know of the scenarios that a pull request changes."""

from collections.abc import Sequence

from modelsmith.documents.diagnostic import Diagnostic
from modelsmith.exam.authoring.mutation import MutantKind, mutants_of, passing
from modelsmith.exam.benchmark import Benchmark, Placed
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.leakage import LeakFinding, LeakGuard
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Split
from modelsmith.forge.records import CommitSha
from modelsmith.judges.certification.ambiguity import Ambiguity
from modelsmith.record import Record


class Exhibit(Record):
    """One changed scenario, and how it stands among the others."""

    placed: Placed
    """The scenario."""
    benchmark: Benchmark
    """Its vocabularies and answer format."""
    peers: int
    """Other scenarios of its split in its cell: category, outcome type and lens."""
    tried: tuple[MutantKind, ...]
    """Wrong answers that were made from its right one."""
    passed: tuple[MutantKind, ...]
    """Those among them that pass its rubric."""
    neighbours: tuple[LeakFinding, ...]
    """What the leak gate finds between it and the other side of the held-out line."""


class Unclear(Record):
    """A criterion to be rewritten, and where it stands."""

    ambiguity: Ambiguity
    """How it is read."""
    place: str
    """`file:line:column`; empty where it cannot be read."""


class Workbench(Record):
    """Everything that is said of one commit's scenarios."""

    commit: CommitSha
    """The commit."""
    files: tuple[str, ...]
    """Files of benchmarks that were looked at."""
    diagnostics: tuple[Diagnostic, ...]
    """Their problems."""
    exhibits: tuple[Exhibit, ...]
    """The changed scenarios that can be used."""
    unclear: tuple[Unclear, ...] = ()
    """Criteria of the changed benchmarks that judges' exams show to be read differently."""


def exhibits_of(
    benchmark: Benchmark, everything: Sequence[Placed], changed: frozenset[str]
) -> tuple[Exhibit, ...]:
    """Return the changed scenarios of a benchmark, by path.

    Args:
        benchmark: Its vocabularies.
        everything: Its scenarios as the change leaves them.
        changed: Paths of the changed files.
    """
    found = _neighbours(everything, changed)
    cells = [_cell(one) for one in everything]
    return tuple(
        Exhibit(
            placed=one,
            benchmark=benchmark,
            peers=cells.count(_cell(one)) - 1,
            tried=tuple(mutant.kind for mutant in mutants),
            passed=tuple(
                mutant.kind
                for mutant in passing(one.scenario, mutants, form_for(benchmark, one.scenario))
            ),
            neighbours=found.get(one.scenario.id, ()),
        )
        for one in everything
        if one.path in changed
        for mutants in [mutants_of(benchmark, one.scenario, composed(benchmark, one.scenario))]
    )


def _cell(placed: Placed) -> tuple[str, ...]:
    one = placed.scenario
    return (placed.split, one.category, one.outcome_type, one.operator_lens)


def _neighbours(
    everything: Sequence[Placed], changed: frozenset[str]
) -> dict[str, tuple[LeakFinding, ...]]:
    """Return the findings of the leak gate that a changed scenario is a side of, by its id."""
    corpus = [one.scenario for one in everything]
    mine = {one.scenario.id for one in everything if one.path in changed}
    train = [one for one in everything if one.split is Split.TRAIN]
    held_out = [one for one in everything if one.split is not Split.TRAIN]
    sides = (
        ([o for o in train if o.path in changed], held_out),
        ([o for o in train if o.path not in changed], [o for o in held_out if o.path in changed]),
    )
    found: dict[str, tuple[LeakFinding, ...]] = {}
    for rows, guarded in sides:
        if rows and guarded:
            guard = LeakGuard([one.scenario for one in guarded], corpus)
            for finding in guard.found(one.scenario for one in rows):
                for name in {finding.candidate, finding.held_out} & mine:
                    found[name] = (*found.get(name, ()), finding)
    return found
