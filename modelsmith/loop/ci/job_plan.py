"""Where CI runs a phase, and for how long at most."""

from math import ceil

from modelsmith.record import Record
from modelsmith.run.clusters import Cluster
from modelsmith.run.config import RunConfig

HOSTED = ("ubuntu-24.04",)
"""Runner of a cluster without labels: a machine of GitHub's."""

SET_UP_MINUTES = 20
"""To check out and install: a gigabyte of packages at 1 MB/s."""

MOST_HOSTED_MINUTES = 355
"""GitHub ends a job on its own machines after 360 minutes (research: gha, section 5)."""

MOST_OWN_MINUTES = 23 * 60
"""A job's token lives at most 24 hours on a self-hosted runner, and the phase is pushed with it."""


class JobPlan(Record):
    """What a job asks CI for."""

    labels: tuple[str, ...]
    """Labels of the runner that takes it."""
    minutes: int
    """When CI ends it; a phase that is ended goes on in the next job where it was."""
    has_store: bool
    """Whether a store outlives the machine, as far as this one knows."""


def job_plan(config: RunConfig, cluster: Cluster, *, has_store: bool) -> JobPlan:
    """Return where a phase of a run goes, and its limit: the run's budget, if CI gives as much."""
    labels = cluster.labels or HOSTED
    most = MOST_OWN_MINUTES if cluster.labels else MOST_HOSTED_MINUTES
    needed = ceil(config.budgets.wall_time_s / 60) + SET_UP_MINUTES
    return JobPlan(labels=labels, minutes=min(needed, most), has_store=has_store)
