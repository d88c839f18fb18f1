"""The model of a run, asked scenarios that people propose."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.exam.benchmark import Benchmark, Placed
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.wiring.forge import forge
from modelsmith.wiring.runs import Runs

if TYPE_CHECKING:
    from modelsmith.boundary.call import Refused
    from modelsmith.workbench.precheck import Precheck

Chosen = Callable[[str], bool]
"""Whether the scenario at a path is meant."""


def precheck(
    runs: Runs, run: str, *, is_base: bool, pull: int | None, chosen: Chosen
) -> "Precheck":
    """Return what the model of a run makes of scenarios, here or of a pull request.

    Args:
        runs: The repository's runs.
        run: The run.
        is_base: Whether to ask the untouched base model, not the newest adapter on it.
        pull: A pull request, whose changed scenarios are meant; read as data.
        chosen: Which scenarios are meant, where no pull request is.

    Raises:
        ModelsmithError: as `workbench.precheck.precheck` does.
    """
    from modelsmith.run.entry_facts import adapters_of
    from modelsmith.run.git.branch_sync import entries_of
    from modelsmith.workbench.files.checkout import ExamSnapshots
    from modelsmith.workbench.precheck import Model, precheck

    repository, ports, config = runs.repository, runs.ports(run), runs.config(run)
    trained = () if is_base else adapters_of(entries_of(repository, run))
    adapter = trained[-1] if trained else None
    model = Model(run, config, adapter, ports)

    def ask_about(folder: Path, meant: Chosen) -> "Precheck":
        exams, broken = _meant(folder, meant)
        with ports.wall.standing(_tell):
            return precheck(model, exams, broken)

    if pull is None:
        return ask_about(repository, chosen)
    where, snapshots = forge(repository), ExamSnapshots(repository)
    asked = where.pull_request(pull)
    base = where.branch_sha(asked.base) or asked.base
    with snapshots.lay_out_pull_request(asked, base) as (folder, changed, _):
        return ask_about(folder, changed.__contains__)


def _tell(kept: "Refused") -> None:
    """Say on stderr what was kept in: no record does, and no --quiet silences it."""
    import sys

    sys.stderr.write(f"kept in: {kept.what}: {kept.target}: {kept.why}\n")


def _meant(folder: Path, chosen: Chosen) -> tuple[list[tuple[Benchmark, list[Placed]]], list[str]]:
    """Return the scenarios that are meant, by benchmark, and the files that cannot be read."""
    exams: list[tuple[Benchmark, list[Placed]]] = []
    broken: list[str] = []
    for domain in domains_in(folder):
        exam = ExamFolder(folder, domain)
        benchmark, _, _ = exam.benchmark_file()
        placed = [p for p in exam.usable(benchmark) if chosen(p.path)] if benchmark else []
        read = {one.path for one in placed}
        broken += [path for path in exam.scenario_paths() if chosen(path) and path not in read]
        if benchmark is not None:
            exams.append((benchmark, placed))
    return exams, broken
