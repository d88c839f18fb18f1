"""`runs/<run>/run.yaml`: read, everything it names looked up, and written anew."""

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from modelsmith.adapters import repository_file
from modelsmith.adapters.embedded_model import EMBEDDED
from modelsmith.adapters.exam_folder import BENCHMARKS, domains_in
from modelsmith.adapters.record_files import loaded, refused, validated
from modelsmith.adapters.yaml_files import parsed
from modelsmith.domain.boundary import BOUNDARIES, SEALED, Boundaries
from modelsmith.domain.cluster import Cluster, Clusters
from modelsmith.domain.diagnostic import Loc, Remark, error, quoted
from modelsmith.domain.run import RunConfig

CLUSTERS = "runners/clusters.yaml"
"""The machines a run may name."""


def settled(repository: Path, run: str) -> tuple[RunConfig, Cluster]:
    """Return the settings of a run and its cluster; all else that it names is there too.

    Raises:
        InputError: the fault of run.yaml, clusters.yaml or boundaries.yaml, each problem located.
    """
    path = run_path(run)
    content, problems = repository_file.read(repository, path)
    document, more = (None, problems) if problems else parsed(path, content)
    if document is None:
        raise refused(path, more)
    config, problems = validated(document, RunConfig)
    if config is None:
        raise refused(path, problems)
    clusters = loaded(repository, CLUSTERS, Clusters)
    cluster = clusters.named(config.cluster)
    boundaries = boundaries_of(repository)
    remarks = [
        *_benchmark(repository, config),
        *_model(repository, config),
        *_boundary(boundaries, config),
    ]
    if cluster is None:
        known = [other.name for other in clusters.clusters]
        remarks.append(_not_there(("cluster",), "cluster", config.cluster, known, CLUSTERS))
    elif cluster.price_usd_per_hour > 0 and config.budgets.cost_usd == 0:
        what = (
            f"cluster {cluster.name} costs {cluster.price_usd_per_hour:g} USD an hour, costUsd is 0"
        )
        expected, remedy = "a budget that pays for it", "set `costUsd` under `budgets`"
        remarks.append(error("unpaid", what, expected, remedy, ("budgets",)))
    if cluster is None or remarks:
        raise refused(path, sorted(map(document.diagnostic, remarks), key=lambda p: p.line))
    return config, cluster


def boundaries_of(repository: Path) -> Boundaries:
    """Return what may leave the hardware; nothing may where there is no such file.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    if not os.path.lexists(repository / BOUNDARIES):
        return Boundaries()
    return loaded(repository, BOUNDARIES, Boundaries)


def write_new(repository: Path, run: str, text: str) -> str:
    """Write run.yaml of a new run and return its path.

    Raises:
        UsageError: the run has one.
    """
    path = run_path(run)
    repository_file.write_new(repository, path, text, "name")
    return path


def run_path(run: str) -> str:
    """Return where the settings of a run lie, relative to the repository."""
    return f"runs/{run}/run.yaml"


def _benchmark(repository: Path, config: RunConfig) -> Iterator[Remark]:
    known = domains_in(repository)
    if config.benchmark not in known:
        yield _not_there(
            ("benchmark",), "benchmark", config.benchmark, known, f"{BENCHMARKS}/<name>"
        )


def _boundary(boundaries: Boundaries, config: RunConfig) -> Iterator[Remark]:
    """Yield why a run may not choose its boundary; no hosted model exists that one would let in."""
    chosen, loc = boundaries.named(config.boundary), ("boundary",)
    if chosen is None:
        known = [boundary.name for boundary in boundaries.boundaries]
        yield _not_there(loc, "boundary", config.boundary, known, BOUNDARIES)
    elif chosen.grants:
        what = f"boundary {quoted(chosen.name)} lets something leave, and nothing would take it"
        remedy = f"write `{SEALED}`"
        yield error("invalid-value", what, "one that lets nothing leave", remedy, loc)


def _model(repository: Path, config: RunConfig) -> Iterator[Remark]:
    model = config.model
    if model.path is None and model.name != EMBEDDED:
        what = f"model {quoted(model.name)} is not embedded, and no `path` is given"
        remedy = "add `path` under `model`, or name the embedded one"
        yield error("not-there", what, f"{EMBEDDED}, or a model with a path", remedy, ("model",))
    if model.path is not None:
        folder = (repository / model.path).resolve()
        is_inside = folder.is_relative_to(repository.resolve())
        if not is_inside or not folder.is_dir():
            reason = "is no folder" if is_inside else "leaves the repository"
            what = f"the model's path {quoted(model.path)} {reason}"
            expected = "a folder of this repository with safetensors, config and tokenizer"
            yield error("not-there", what, expected, "put the model there", ("model", "path"))


def _not_there(loc: Loc, kind: str, name: str, known: Iterable[str], place: str) -> Remark:
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=1)
    remedy = f"write `{near[0]}`" if near else f"add it to {place}, or name another"
    expected = f"one of {', '.join(listed) or 'none yet'}"
    return error("not-there", f"no {kind} is called {quoted(name)}", expected, remedy, loc)
