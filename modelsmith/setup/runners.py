"""Whether each cluster of `runners/clusters.yaml` has a runner that takes its jobs, and a store."""

from collections.abc import Iterator, Sequence
from typing import Literal

from modelsmith.forge.records import Runner
from modelsmith.run.clusters import Cluster, Clusters
from modelsmith.setup.observation import Observation, Unread, fine, gap, note, unknown

GUIDE = "runners/README.md says how: one GPU box, or a scale set on Kubernetes"
WHY = "a job whose labels no runner has waits for a day and is cancelled"
"""After 24 hours in the queue (research: gha, section 5)."""


def runners_of(
    clusters: Clusters, forge: Literal["local", "github"], runners: Sequence[Runner] | Unread
) -> Iterator[Observation]:
    """Yield which clusters have their runner, and whether it takes one job and goes."""
    for cluster in clusters.clusters:
        if not cluster.labels:
            yield fine("runner", f"cluster {cluster.name} is the machine that a command runs on")
            continue
        yield _store_of(cluster)
        if forge == "local":
            yield note("runner", f"plain git starts no job on cluster {cluster.name}")
        elif isinstance(runners, Unread):
            yield unknown("runner", runners, f"a runner for cluster {cluster.name}", WHY)
        else:
            yield from _runners_of(cluster, runners)


def _store_of(cluster: Cluster) -> Observation:
    if cluster.store:
        return fine("store", f"cluster {cluster.name} keeps weights in {cluster.store}")
    return gap(
        "store",
        f"cluster {cluster.name} names no store",
        "a store that outlives the job",
        "a runner that takes one job and goes takes the weights with it; the next phase needs them",
        f"add `store: s3://bucket/prefix` to {cluster.name} in runners/clusters.yaml",
    )


def _runners_of(cluster: Cluster, runners: Sequence[Runner]) -> Iterator[Observation]:
    asked = {label.lower() for label in cluster.labels}
    fitting = [one for one in runners if asked <= {label.lower() for label in one.labels}]
    listed, needed = ", ".join(cluster.labels), f"a runner for cluster {cluster.name}, online"
    if not fitting:
        yield gap("runner", f"no runner has the labels {listed}", needed, WHY, GUIDE)
        return
    if not any(runner.is_online for runner in fitting):
        names = ", ".join(runner.name for runner in fitting)
        remedy = "on its machine: systemctl start modelsmith-runner.service"
        yield gap("runner", f"{names} ({listed}): offline", needed, WHY, remedy)
    for runner in fitting:
        once = f"runner {runner.name} takes one job and goes"
        why = "what a job leaves behind, the next one finds: files, processes, keys"
        if runner.is_ephemeral:
            yield fine("ephemeral-runner", f"cluster {cluster.name}: {once}")
        elif runner.is_ephemeral is None:
            unread = Unread(what=f"whether {once}", right=f"look at the machine; {GUIDE}")
            yield unknown("ephemeral-runner", unread, once, why)
        else:
            found = f"runner {runner.name} stays from job to job"
            yield gap("ephemeral-runner", found, once, why, GUIDE)
