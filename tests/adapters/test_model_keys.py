import pytest

from modelsmith.adapters.model_keys import require_keys
from modelsmith.errors import HostedError
from tests.support.hosted_models import a_model

CLAUDE = a_model("claude-1", "anthropic", api="anthropic", url=None)
OPUS = a_model("claude-2", "anthropic", api="anthropic", url=None)
GPT = a_model("gpt-1", url=None, key_env="TEAM_KEY")


def test_every_variable_that_is_missing_is_named_with_its_models():
    with pytest.raises(HostedError) as error:
        require_keys([CLAUDE, OPUS, GPT], {"ANTHROPIC_API_KEY": " "})
    assert error.value.what == (
        "hosted models cannot be asked without their keys, which are not set: "
        "ANTHROPIC_API_KEY for claude-1, claude-2; TEAM_KEY for gpt-1"
    )


def test_a_key_that_is_set_is_enough_and_is_told_nobody():
    require_keys([CLAUDE], {"ANTHROPIC_API_KEY": "planted-secret"})
    with pytest.raises(HostedError) as error:
        require_keys([CLAUDE, GPT], {"ANTHROPIC_API_KEY": "planted-secret"})
    assert "planted-secret" not in str(error.value)


def test_a_server_with_an_address_does_without():
    require_keys([a_model(url="http://10.0.0.7/v1")], {})
