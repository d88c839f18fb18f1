import pytest

from modelsmith.run.clusters import Clusters
from modelsmith.setup.observation import ObservationState, Unread
from modelsmith.setup.runners import GUIDE, runners_of
from tests.support.settings import BOX, HERE, RUNNER, amiss, the_only

CLUSTERS = Clusters(clusters=(HERE, BOX))


def test_a_runner_that_takes_one_job_is_in_order():
    seen = list(runners_of(CLUSTERS, "github", [RUNNER]))
    assert amiss(seen) == []
    assert [one.found for one in seen] == [
        "cluster local-cpu is the machine that a command runs on",
        "cluster gpu-box keeps weights in s3://bucket/modelsmith",
        "cluster gpu-box: runner box-1 takes one job and goes",
    ]


@pytest.mark.parametrize("labels", [(), ("gpu",), ("linux", "self-hosted")])
def test_a_cluster_whose_labels_no_runner_has_is_a_gap(labels):
    runner = RUNNER.model_copy(update={"labels": labels})
    for runners in ([runner], []):
        seen = the_only(runners_of(CLUSTERS, "github", runners))
        assert (seen.state, seen.rule) == (ObservationState.GAP, "runner")
        assert seen.found == "no runner has the labels self-hosted, gpu"
        assert seen.remedy == GUIDE


def test_labels_are_compared_as_github_does():
    runner = RUNNER.model_copy(update={"labels": ("GPU", "Self-Hosted")})
    assert amiss(runners_of(CLUSTERS, "github", [runner])) == []


def test_a_runner_that_is_away_is_a_gap():
    seen = the_only(
        runners_of(CLUSTERS, "github", [RUNNER.model_copy(update={"is_online": False})])
    )
    assert seen.found == "box-1 (self-hosted, gpu): offline"
    assert seen.remedy == "on its machine: systemctl start modelsmith-runner.service"


def test_a_runner_that_stays_from_job_to_job_is_a_gap():
    stays = RUNNER.model_copy(update={"is_ephemeral": False})
    seen = the_only(runners_of(CLUSTERS, "github", [stays]))
    assert (seen.rule, seen.found) == ("ephemeral-runner", "runner box-1 stays from job to job")
    unsaid = the_only(
        runners_of(CLUSTERS, "github", [RUNNER.model_copy(update={"is_ephemeral": None})])
    )
    assert unsaid.state is ObservationState.UNKNOWN


def test_runners_that_the_token_may_not_read_are_unknown():
    unread = Unread(what="the self-hosted runners", right="ask an administrator")
    seen = the_only(runners_of(CLUSTERS, "github", unread))
    assert (seen.state, seen.needed) == (ObservationState.UNKNOWN, "a runner for cluster gpu-box")


def test_plain_git_starts_no_job():
    seen = the_only(runners_of(CLUSTERS, "local", []))
    assert (seen.state, seen.found) == (
        ObservationState.NOTE,
        "plain git starts no job on cluster gpu-box",
    )


@pytest.mark.parametrize("forge", ["local", "github"])
def test_a_cluster_whose_weights_go_with_the_job_is_a_gap(forge):
    bare = Clusters(clusters=(HERE, BOX.model_copy(update={"store": None})))
    found = [
        seen for seen in runners_of(bare, forge, [RUNNER]) if seen.state is ObservationState.GAP
    ]
    assert [(seen.rule, seen.found, seen.remedy) for seen in found] == [
        (
            "store",
            "cluster gpu-box names no store",
            "add `store: s3://bucket/prefix` to gpu-box in runners/clusters.yaml",
        )
    ]
