import json

import pytest
import yaml
from pydantic import ValidationError

from modelsmith.run.clusters import Cluster, Clusters
from tests.support.models import ROOT

CLUSTERS = ROOT / "runners" / "clusters.yaml"


def read(text):
    return Clusters.model_validate_json(json.dumps(yaml.safe_load(text)))


def test_the_repositorys_clusters_hold_the_machine_the_command_runs_on():
    local = read(CLUSTERS.read_text()).named("local-cpu")
    assert local == Cluster(name="local-cpu", labels=(), gpus=0, memory_gib=8)


def test_the_commented_example_is_a_cluster_once_the_signs_are_gone():
    text = CLUSTERS.read_text().replace("  # - name: gpu-box", "  - name: gpu-box")
    box = read(text.replace("  #   ", "    ")).named("gpu-box")
    assert box is not None
    assert (box.gpus, box.memory_gib, box.price_usd_per_hour) == (1, 24, 0.75)
    assert box.ray_address == "ray://10.0.0.5:10001"


def test_a_name_that_nobody_has_gives_none():
    assert read(CLUSTERS.read_text()).named("moon-base") is None


def test_two_clusters_of_one_name_are_refused():
    one = Cluster(name="box", labels=("gpu",), memory_gib=8)
    with pytest.raises(ValidationError, match="named twice: box"):
        Clusters(clusters=(one, one))


def test_a_ray_address_without_a_runner_is_refused():
    with pytest.raises(ValidationError, match="cluster box has a Ray address but no runner label"):
        Cluster(name="box", labels=(), memory_gib=8, ray_address="ray://10.0.0.5:10001")


@pytest.mark.parametrize("address", ["http://a:1", "ray://a", "ray://a b:1"])
def test_a_ray_address_names_host_and_port(address):
    with pytest.raises(ValidationError, match="ray_address"):
        Cluster(name="box", labels=("gpu",), memory_gib=8, ray_address=address)
