"""`runs/<run>/run.yaml`: read, everything it names looked up, and written anew."""

import difflib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from modelsmith.boundary.grants import BOUNDARIES, SEALED, Boundaries, Boundary, Purpose
from modelsmith.boundary.hosted_model import (
    MODELS,
    Hosted,
    HostedModel,
    LocalJudge,
    LocalModel,
    Models,
    Price,
)
from modelsmith.disk import repository_files
from modelsmith.disk.repository_files import load
from modelsmith.documents.diagnostic import Loc, Remark, error, quoted
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import refused, validated
from modelsmith.exam.files.benchmark_folder import domains_in
from modelsmith.layout import BENCHMARKS, CLUSTERS, settings_path
from modelsmith.models.source import EMBEDDED, ModelSource
from modelsmith.policy import POLICY, Policy, policy_remarks
from modelsmith.record import Record
from modelsmith.run.clusters import Cluster, Clusters
from modelsmith.run.config import LOCAL, MUTATOR, RunConfig, StandIn
from modelsmith.run.config_rules import (
    baseline_remarks,
    panel_remarks,
    production_remarks,
    quorum_remarks,
)

R = TypeVar("R", bound=Record)

PriceOf = Callable[[HostedModel], Price | None]
"""Returns what a model costs where models.yaml does not say; None where nobody knows."""

MadeOf = Callable[[ModelSource], Mapping[str, str]]
"""Returns what decides whose answers a local model's are."""


def settled(
    repository: Path, run: str, price_of: PriceOf = lambda _: None
) -> tuple[RunConfig, Cluster]:
    """Return the settings of a run and its cluster; all else that it names is there too.

    Raises:
        InputError: the fault of run.yaml, clusters.yaml, boundaries.yaml or models.yaml, each
            problem located.
    """
    path = settings_path(run)
    content, problems = repository_files.read_file(repository, path)
    document, more = (None, problems) if problems else parsed(path, content)
    if document is None:
        raise refused(path, more)
    config, problems = validated(document, RunConfig)
    if config is None:
        raise refused(path, problems)
    clusters = load(repository, CLUSTERS, Clusters)
    cluster = clusters.named(config.cluster)
    boundaries, models = boundaries_of(repository), models_of(repository, config.judges)
    remarks = [
        *_benchmark(repository, config),
        *_model(repository, config),
        *_boundary(boundaries, config),
        *_hosted(boundaries, models, config, price_of),
        *baseline_remarks(config),
        *quorum_remarks(config),
        *panel_remarks(config, models),
        *_production(repository, models, config),
    ]
    if cluster is None:
        known = [other.name for other in clusters.clusters]
        remarks.append(_not_there(("cluster",), "cluster", config.cluster, known, CLUSTERS))
    elif cluster.price_usd_per_hour > 0 and config.budgets.cost_usd == 0:
        what = (
            f"cluster {cluster.name} costs {cluster.price_usd_per_hour:g} USD an hour, costUsd is 0"
        )
        remarks.append(_unpaid(what))
    if cluster is None or remarks:
        raise refused(path, sorted(map(document.diagnostic, remarks), key=lambda p: p.line))
    return config, cluster


def boundaries_of(repository: Path) -> Boundaries:
    """Return what may leave the hardware; nothing may where there is no such file.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    return _optional(repository, BOUNDARIES, Boundaries)


def models_of(repository: Path, served: Collection[str] = ()) -> Models:
    """Return the models that a run may name; none where there is no such file.

    Args:
        repository: The repository's top folder.
        served: Names of those whose weights must be here, where they are local models.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    return _optional(repository, MODELS, Models, partial(_weights, repository, served))


def _optional(
    repository: Path,
    path: str,
    kind: type[R],
    remarks_on: Callable[[R], Iterable[Remark]] = lambda _: (),
) -> R:
    if not os.path.lexists(repository / path):
        return kind()
    return load(repository, path, kind, remarks_on)


def hosted_of(repository: Path, config: RunConfig, price_of: PriceOf, made_of: MadeOf) -> Hosted:
    """Return what a settled run may ask beside its own model.

    Args:
        repository: The repository's top folder.
        config: The run's settings.
        price_of: Returns what a hosted model costs.
        made_of: Returns what a local model is made of.

    Raises:
        EngineError: a local model is not whole.
    """
    models = models_of(repository)
    chosen = [model for name in config.hosted() if (model := models.named(name))]
    return Hosted(
        boundary=boundaries_of(repository).named(config.boundary) or Boundary(name=SEALED),
        models=tuple(priced(one, price_of) for one in chosen if isinstance(one, HostedModel)),
        local=tuple(
            LocalJudge(source=one, made_of=made_of(one))
            for one in chosen
            if isinstance(one, LocalModel)
        ),
    )


def priced(model: HostedModel, price_of: PriceOf) -> HostedModel:
    """Return a model with what it costs, as far as anybody knows."""
    price = model.price_usd_per_million or price_of(model)
    fields = {name: getattr(model, name) for name in HostedModel.model_fields}
    return HostedModel(**fields | {"price_usd_per_million": price})


def write_new(repository: Path, run: str, text: str) -> str:
    """Write run.yaml of a new run and return its path.

    Raises:
        UsageError: the run has one.
    """
    path = settings_path(run)
    repository_files.write_new(repository, path, text, "name")
    return path


def _benchmark(repository: Path, config: RunConfig) -> Iterator[Remark]:
    known = domains_in(repository)
    if config.benchmark not in known:
        yield _not_there(
            ("benchmark",), "benchmark", config.benchmark, known, f"{BENCHMARKS}/<name>"
        )


def _boundary(boundaries: Boundaries, config: RunConfig) -> Iterator[Remark]:
    """Yield that there is no such boundary; one that grants what nobody asks for is fine."""
    if boundaries.named(config.boundary) is None:
        known = [boundary.name for boundary in boundaries.boundaries]
        yield _not_there(("boundary",), "boundary", config.boundary, known, BOUNDARIES)


def _uses(config: RunConfig) -> Iterator[tuple[Loc, str, Purpose]]:
    """Yield each hosted model that a run names: where it does, its name, and what for."""
    for at, name in enumerate(config.baselines):
        if not isinstance(name, StandIn):
            yield ("baselines", at), name, "baseline"
    for at, name in enumerate(config.judges):
        yield ("judges", at), name, "judge"
    for at, name in enumerate(config.council.members):
        if name not in (MUTATOR, LOCAL):
            yield ("council", "members", at), name, "council"


def _hosted(
    boundaries: Boundaries, models: Models, config: RunConfig, price_of: PriceOf
) -> Iterator[Remark]:
    """Yield which hosted models a run cannot ask as it means to."""
    boundary, paid = boundaries.named(config.boundary), []
    for loc, name, purpose in _uses(config):
        model = models.named(name)
        if isinstance(model, LocalModel) and purpose == "judge":
            continue  # nothing leaves for it, and nobody is paid
        if not isinstance(model, HostedModel):
            known = models.models if purpose == "judge" else models.hosted
            names = [other.name for other in known]
            yield _not_there(loc, "hosted model", name, names, MODELS)
            continue
        if not model.inside and boundary and boundary.grant(model.provider, purpose) is None:
            what = f"boundary {boundary.name} lets nothing go to {model.provider} as {purpose}"
            granting = [b.name for b in boundaries.boundaries if b.grant(model.provider, purpose)]
            expected = f"one that does: {', '.join(granting)}" if granting else "a grant of it"
            remedy = (
                f"write `boundary: {granting[0]}`"
                if granting
                else f"have a grant added to {BOUNDARIES}, or name another model"
            )
            yield error("not-granted", what, expected, remedy, loc)
        price = model.price_usd_per_million or price_of(model)
        if price is None and not model.inside:
            what = f"nobody says what {quoted(name)} costs, so no budget can hold"
            remedy = f"add `priceUsdPerMillion` to it in {MODELS}"
            yield error("unpriced", what, "a price", remedy, loc)
        elif price and (price.read or price.written):
            paid.append(name)
    if paid and config.budgets.cost_usd == 0:
        what = f"{', '.join(sorted(set(paid)))} cost money, costUsd is 0"
        yield _unpaid(what)


def _unpaid(what: str) -> Remark:
    remedy = "set `costUsd` under `budgets`"
    return error("unpaid", what, "a budget that pays for it", remedy, ("budgets",))


def _production(repository: Path, models: Models, config: RunConfig) -> Iterator[Remark]:
    """Yield why a run's baselines are not those that the policy asks for; intake needs a policy."""
    if config.promotion.channel == "production" and os.path.lexists(repository / POLICY):
        policy = load(repository, POLICY, Policy, policy_remarks)
        yield from production_remarks(config, Hosted(models=models.hosted), policy)


def _model(repository: Path, config: RunConfig) -> Iterator[Remark]:
    model = config.model
    if model.path is None and model.name != EMBEDDED:
        what = f"model {quoted(model.name)} is not embedded, and no `path` is given"
        remedy = "add `path` under `model`, or name the embedded one"
        yield error("not-there", what, f"{EMBEDDED}, or a model with a path", remedy, ("model",))
    yield from _path(repository, model, ("model", "path"))


def _weights(repository: Path, served: Collection[str], models: Models) -> Iterator[Remark]:
    """Yield which local models that are to be served have no weights here."""
    for at, model in enumerate(models.models):
        if isinstance(model, LocalModel) and model.name in served:
            yield from _path(repository, model, ("models", at, "path"))


def _path(repository: Path, model: ModelSource, loc: Loc) -> Iterator[Remark]:
    if model.path is not None:
        folder = (repository / model.path).resolve()
        is_inside = folder.is_relative_to(repository.resolve())
        if not is_inside or not folder.is_dir():
            reason = "is no folder" if is_inside else "leaves the repository"
            what = f"the model's path {quoted(model.path)} {reason}"
            expected = "a folder of this repository with safetensors, config and tokenizer"
            yield error("not-there", what, expected, "put the model there", loc)


def _not_there(loc: Loc, kind: str, name: str, known: Iterable[str], place: str) -> Remark:
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=1)
    remedy = f"write `{near[0]}`" if near else f"add it to {place}, or name another"
    expected = f"one of {', '.join(listed) or 'none yet'}"
    return error("not-there", f"no {kind} is called {quoted(name)}", expected, remedy, loc)
