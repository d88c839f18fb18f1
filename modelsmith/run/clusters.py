"""`runners/clusters.yaml`: the machines a run may name."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modelsmith.record import Amount, CamelRecord, Record

ClusterName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]

StoreUrl = Annotated[str, Field(pattern=r"^(file|s3|gs)://\S+$", max_length=500)]


class Cluster(CamelRecord):
    """One machine, or one group of equal machines, that runs phases."""

    name: ClusterName
    """What `run.yaml` calls it."""
    labels: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...]
    """Labels of the CI runner that takes its jobs; empty for the machine the command runs on."""
    gpus: Annotated[int, Field(ge=0, le=64)] = 0
    """CUDA devices a job gets."""
    memory_gib: Annotated[float, Field(gt=0)]
    """Memory a job gets: of one GPU where there is one, else of the machine."""
    engine: Literal["transformers", "vllm"] = "transformers"
    """What answers prompts there."""
    ray_address: Annotated[str, Field(pattern=r"^ray://[^\s/]+:[0-9]+$")] | None = None
    """`ray://host:port` of its Ray head, or none where jobs run as plain processes."""
    store: StoreUrl | None = None
    """URL of the remote store behind its local ones: s3://bucket/prefix, gs://bucket/prefix or
    file:///folder. Git's setting `modelsmith.store` and MODELSMITH_STORE go before it."""
    price_usd_per_hour: Amount = 0.0
    """What an hour costs; the budget counts it."""

    @model_validator(mode="after")
    def _ray_needs_a_runner(self) -> Self:
        if self.ray_address is not None and not self.labels:
            raise ValueError(
                f"cluster {self.name} has a Ray address but no runner label; fix: add one to labels"
            )
        return self


class Clusters(Record):
    """Every cluster of the repository."""

    clusters: Annotated[tuple[Cluster, ...], Field(min_length=1)]
    """Each with a name of its own."""

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        names = [cluster.name for cluster in self.clusters]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}; fix: rename or delete one")
        return self

    def named(self, name: str) -> Cluster | None:
        """Return the cluster called `name`, or None."""
        return next((cluster for cluster in self.clusters if cluster.name == name), None)
