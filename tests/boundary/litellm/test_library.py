import pytest

from modelsmith.boundary.litellm.library import require_keys
from modelsmith.errors import HostedError, InputError
from modelsmith.run.files.config_file import models_of
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


MODEL = """\
models:
  - {{name: claude, provider: anthropic, family: claude, api: anthropic, model: claude-1, {field}}}
"""


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (
            "keyEnv: sk-planted",
            (
                "models[0].keyEnv: not the name of a variable, and not shown, since it may be a "
                "key; expected environment variable that holds the key; the protocol's usual one "
                "where none is named; fix: name the environment variable, ANTHROPIC_API_KEY say; "
                "renew a key that stood in a file"
            ),
        ),
        (
            'url: "https://me:sk-planted@gpu.example/v1"',
            (
                "models[0].url: a name or password stands in the address, which is not shown; "
                "expected address of the API where it is not the provider's own, with its path "
                "(`.../v1`); fix: take it out, and name the variable that holds the key with "
                "`keyEnv`"
            ),
        ),
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path, field, said):
    (tmp_path / "runners").mkdir()
    (tmp_path / "runners/models.yaml").write_text(MODEL.format(field=field))
    with pytest.raises(InputError) as refused:
        models_of(tmp_path)
    assert said in str(refused.value)
    assert "sk-planted" not in str(refused.value)
