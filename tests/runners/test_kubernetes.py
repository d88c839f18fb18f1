"""The set-up for Kubernetes: the scale set's values, and what its namespace forbids."""

import ipaddress

import pytest
import yaml

from tests.support.models import ROOT

FOLDER = ROOT / "runners" / "kubernetes"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
POD = VALUES["template"]["spec"]
RUNNER = POD["containers"][0]
NAMESPACE, POLICY = yaml.safe_load_all((FOLDER / "namespace.yaml").read_text(encoding="utf-8"))

CHART = {
    "githubConfigUrl", "githubConfigSecret", "proxy", "maxRunners", "minRunners", "runnerGroup",
    "runnerScaleSetName", "fullnameOverride", "githubServerTLS", "keyVault", "containerMode",
    "listenerTemplate", "listenerMetrics", "template", "controllerServiceAccount",
    "namespaceOverride", "annotations", "labels", "resourceMeta",
}  # fmt: skip
"""What the chart gha-runner-scale-set knows (its values.yaml, commit 0041559)."""


def test_the_values_are_ones_that_the_chart_knows():
    assert set(VALUES) <= CHART
    assert VALUES["githubConfigUrl"].count("/") == 4, "one repository, not an organisation"
    assert isinstance(VALUES["githubConfigSecret"], str), "a secret's name, never its content"
    assert 0 <= VALUES["minRunners"] <= VALUES["maxRunners"]
    assert "containerMode" not in VALUES


def test_a_job_has_a_gpu_and_an_end_of_memory_and_disk():
    assert RUNNER["name"] == "runner", "the chart knows the container by that name"
    assert RUNNER["command"] == ["/home/runner/run.sh"]
    limits = RUNNER["resources"]["limits"]
    assert set(limits) == {"cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"}
    assert POD["volumes"][0]["emptyDir"]["sizeLimit"]
    assert {mount["name"] for mount in RUNNER["volumeMounts"]} == {"work"}


def test_the_pod_keeps_what_its_namespace_enforces():
    """Each line of Kubernetes' pod security standard `restricted`."""
    label = "pod-security.kubernetes.io/enforce"
    assert NAMESPACE["metadata"]["labels"][label] == "restricted"
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] > 0
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert RUNNER["securityContext"]["allowPrivilegeEscalation"] is False
    assert RUNNER["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(POD)
    assert all(set(volume) == {"name", "emptyDir"} for volume in POD["volumes"])
    assert POD["automountServiceAccountToken"] is False


def test_the_pod_stands_on_machines_of_its_own():
    (key,) = POD["nodeSelector"]
    assert key in {toleration["key"] for toleration in POD["tolerations"]}


def test_nobody_speaks_to_a_runner():
    assert POLICY["metadata"]["namespace"] == NAMESPACE["metadata"]["name"]
    assert POLICY["spec"]["podSelector"] == {}
    assert POLICY["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert POLICY["spec"]["ingress"] == []


@pytest.mark.parametrize(
    ("address", "reaches"),
    [
        ("140.82.112.3", True),
        ("169.254.169.254", False),
        ("10.96.0.1", False),
        ("172.17.0.1", False),
        ("192.168.1.1", False),
        ("100.100.100.200", False),
    ],
)
def test_a_runner_reaches_the_internet_and_no_network_of_ours(address, reaches):
    names, outside = POLICY["spec"]["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert [port["port"] for port in outside["ports"]] == [443]
    block, asked = outside["to"][0]["ipBlock"], ipaddress.ip_address(address)
    inside = asked in ipaddress.ip_network(block["cidr"])
    refused = any(asked in ipaddress.ip_network(net) for net in block["except"])
    assert (inside and not refused) is reaches
