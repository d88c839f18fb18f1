import pytest

from modelsmith.errors import ForgeDeniedError, InputError, UsageError
from modelsmith.forge.github.connection import AppKey, GitHubRepository
from modelsmith.wiring.forge import chosen_name, credential_of, forge, github_place
from tests.support.forges import git


@pytest.fixture
def clone(tmp_path):
    git(tmp_path, "init", "--quiet")
    return tmp_path


ACTIONS = {"GITHUB_ACTIONS": "true"}


@pytest.mark.parametrize(
    ("environment", "setting", "name"),
    [
        ({}, None, "local"),
        ({}, "github", "github"),
        ({}, "local", "local"),
        (ACTIONS, None, "github"),
        (ACTIONS, "local", "github"),
        (ACTIONS | {"MODELSMITH_FORGE": "local"}, "github", "local"),
        ({"MODELSMITH_FORGE": "github"}, None, "github"),
        ({"MODELSMITH_FORGE": "", "GITHUB_ACTIONS": "false"}, None, "local"),
    ],
)
def test_the_environment_chooses_before_the_workflow_before_git(clone, environment, setting, name):
    if setting:
        git(clone, "config", "modelsmith.forge", setting)
    assert chosen_name(clone, environment) == name


def test_a_forge_that_is_none_names_where_it_was_named(clone):
    git(clone, "config", "modelsmith.forge", "GitLab")
    with pytest.raises(UsageError, match=r"modelsmith\.forge is 'GitLab'") as refusal:
        chosen_name(clone, {})
    assert refusal.value.remedy == "Set it to `local` or `github`."
    with pytest.raises(UsageError, match="MODELSMITH_FORGE is 'hub'"):
        chosen_name(clone, {"MODELSMITH_FORGE": "hub"})


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://github.com/acme/factory.git", "acme/factory"),
        ("https://github.com/acme/factory", "acme/factory"),
        ("https://x-access-token:t@GitHub.com/acme/factory/", "acme/factory"),
        ("git@github.com:acme/factory.git", "acme/factory"),
        ("ssh://git@github.com:22/acme/my.factory.git", "acme/my.factory"),
    ],
)
def test_origin_says_where_on_github(clone, origin, name):
    git(clone, "remote", "add", "origin", origin)
    assert github_place(clone, {}) == GitHubRepository(
        repository=name, api_url="https://api.github.com"
    )


@pytest.mark.parametrize(
    "origin",
    [
        "git@git.example.org:acme/factory.git",
        "https://git.example.org/acme/factory",
        "ssh://git@git.example.org:22/acme/factory",
    ],
)
def test_no_token_goes_to_another_host_unless_it_is_named(clone, origin):
    git(clone, "remote", "add", "origin", origin)
    with pytest.raises(InputError, match=r"origin is on git\.example\.org") as refusal:
        github_place(clone, {})
    assert refusal.value.remedy.endswith("GITHUB_API_URL=https://git.example.org/api/v3.")
    own = {"GITHUB_API_URL": "https://git.example.org/api/v3/"}
    api_url = "https://git.example.org/api/v3"
    assert github_place(clone, own) == GitHubRepository(repository="acme/factory", api_url=api_url)


def test_a_workflow_says_where_on_github(clone):
    said = {"GITHUB_REPOSITORY": "acme/factory"}
    assert github_place(clone, said) == GitHubRepository(repository="acme/factory")
    with pytest.raises(InputError, match=r"acme/factory at http://x\.test/api/v3 cannot be"):
        github_place(clone, said | {"GITHUB_API_URL": "http://x.test/api/v3"})
    with pytest.raises(InputError, match=r"acme at https://api\.github\.com cannot be"):
        github_place(clone, {"GITHUB_REPOSITORY": "acme"})


APP = {"MODELSMITH_APP_ID": "7", "MODELSMITH_APP_PRIVATE_KEY": "pem"}


@pytest.mark.parametrize(
    ("environment", "credential"),
    [
        ({"GITHUB_TOKEN": "t"}, "t"),
        ({"GITHUB_TOKEN": "t", "GH_TOKEN": "mine\n"}, "mine"),
        ({"GITHUB_TOKEN": "t"} | APP, AppKey(app_id="7", private_key="pem")),
        ({"GITHUB_TOKEN": "t", "MODELSMITH_APP_ID": "7", "MODELSMITH_APP_PRIVATE_KEY": ""}, "t"),
    ],
)
def test_an_app_acts_before_a_token(environment, credential):
    assert credential_of(environment) == credential


def test_without_a_token_it_says_what_to_set_and_which_rights_it_needs():
    with pytest.raises(ForgeDeniedError, match=r"no token is set\n") as refusal:
        credential_of({"GITHUB_TOKEN": ""})
    assert "GH_TOKEN or GITHUB_TOKEN, or an App in MODELSMITH_APP_ID" in refusal.value.remedy
    with pytest.raises(ForgeDeniedError, match="MODELSMITH_APP_ID is set without MODELSMITH_APP_P"):
        credential_of({"MODELSMITH_APP_ID": "7"})


def test_the_chosen_forge_is_ready_to_act(clone):
    assert forge(clone, {}).name == "local"
    said = {"MODELSMITH_FORGE": "github", "GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t"}
    assert forge(clone, said).name == "github"


def test_a_token_in_an_address_is_not_shown(clone):
    git(clone, "remote", "add", "origin", "https://me:secret@github.com/acme")
    with pytest.raises(InputError, match=r"origin is https://github\.com/acme") as refusal:
        github_place(clone, {})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("origin", [None, "/srv/git/factory.git", "https://github.com/acme"])
def test_where_nothing_says_so_it_is_refused(clone, origin):
    if origin:
        git(clone, "remote", "add", "origin", origin)
    with pytest.raises(InputError, match=f"origin is {origin or 'not set'}") as refusal:
        github_place(clone, {})
    assert "git config modelsmith.forge local" in refusal.value.remedy
