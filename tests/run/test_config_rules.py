"""What a run's baselines must be before it starts."""

import json

import pytest

from modelsmith.run.config import RunConfig
from modelsmith.run.config_rules import baseline_remarks, production_remarks
from tests.support.frontier_runs import hosting
from tests.support.policies import policy_in


@pytest.fixture
def policy(tmp_path):
    return policy_in(tmp_path)


def config(*baselines: str, channel: str = "production") -> RunConfig:
    fields = {"benchmark": "adtech", "specialist": "tiny", "baselines": baselines}
    return RunConfig.model_validate_json(json.dumps(fields | {"promotion": {"channel": channel}}))


def remarks(policy, *baselines: str, channel: str = "production"):
    settings = config(*baselines, channel=channel)
    return list(production_remarks(settings, hosting(*baselines), policy))


def test_one_baseline_of_each_provider_that_the_policy_names_is_in_order(policy):
    assert remarks(policy, "claude-1", "gemini-1", "gpt-1") == []


def test_a_provider_that_the_policy_does_not_name_is_told_with_the_one_that_is_missing(policy):
    (found,) = remarks(policy, "claude-1", "mistral-1", "gpt-1")
    assert (found.loc, found.rule) == (("baselines", 1), "provider")
    assert found.what == (
        "baseline `mistral-1` is of mistral, which promotions/policy.yaml does not name"
    )
    assert found.expected == "one baseline of each of anthropic, google, openai"
    assert found.remedy == "name a model of google"


def test_a_provider_that_is_there_twice_is_told(policy):
    (found,) = remarks(policy, "claude-1", "claude-2", "gpt-1")
    assert (found.loc, found.what) == (
        ("baselines", 1),
        "baseline `claude-2` is of anthropic, a second time",
    )
    assert found.remedy == "name a model of google"


def test_sandbox_takes_any(policy):
    assert remarks(policy, "claude-1", "mistral-1", "mistral-2", channel="sandbox") == []


def test_a_judge_s_provider_is_no_baseline_s(policy):
    settings = config("claude-1", "mistral-1", "gpt-1")
    hosted = hosting("claude-1", "mistral-1", "gpt-1", "gemini-j")
    (found,) = production_remarks(settings, hosted, policy)
    assert found.remedy == "name a model of google"


@pytest.mark.parametrize("name", ["candidate", "zero-shot", "self-consistency-2"])
def test_a_name_that_evidence_uses_is_told(name):
    (found,) = baseline_remarks(config("claude-1", name, "gpt-1", channel="sandbox"))
    assert (found.loc, found.rule) == (("baselines", 1), "reserved-name")
    assert found.what == f"baseline `{name}` has a name that evidence files use"
    assert list(baseline_remarks(config("claude-1", "gemini-1", "gpt-1"))) == []
