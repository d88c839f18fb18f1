import pytest

from modelsmith.loop.ci.dispatch import job_plan
from modelsmith.run.clusters import Cluster
from tests.support.runs import a_config


def cluster(*labels):
    return Cluster(name="box", labels=labels, memory_gib=8)


def config(wall_time_s):
    return a_config(budgets={"iterations": 1, "wallTimeS": wall_time_s})


@pytest.mark.parametrize(
    ("labels", "wall_time_s", "minutes"),
    [
        ((), 60.5, 22),
        ((), 1e6, 355),
        (("self-hosted", "gpu"), 3600.0, 80),
        (("self-hosted", "gpu"), 1e6, 1380),
    ],
)
def test_a_job_gets_the_budget_of_its_run_as_far_as_ci_gives_it(labels, wall_time_s, minutes):
    assert job_plan(config(wall_time_s), cluster(*labels), has_store=True).minutes == minutes


def test_a_phase_goes_where_its_cluster_is():
    assert job_plan(config(60.0), cluster("self-hosted", "gpu"), has_store=True).labels == (
        "self-hosted",
        "gpu",
    )
    assert job_plan(config(60.0), cluster(), has_store=True).labels == ("ubuntu-24.04",)
