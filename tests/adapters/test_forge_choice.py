import pytest

from modelsmith.adapters.forge_choice import Place, chosen_name, github_place
from modelsmith.errors import InputError, UsageError
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


PUBLIC, OWN = "https://api.github.com", "https://git.example.org/api/v3"


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("https://github.com/acme/factory.git", Place("acme/factory", PUBLIC)),
        ("https://github.com/acme/factory", Place("acme/factory", PUBLIC)),
        ("https://x-access-token:t@GitHub.com/acme/factory/", Place("acme/factory", PUBLIC)),
        ("git@github.com:acme/factory.git", Place("acme/factory", PUBLIC)),
        ("ssh://git@github.com:22/acme/my.factory.git", Place("acme/my.factory", PUBLIC)),
        ("git@git.example.org:acme/factory.git", Place("acme/factory", OWN)),
        ("https://git.example.org/acme/factory", Place("acme/factory", OWN)),
        ("ssh://git@git.example.org/acme/factory", Place("acme/factory", OWN)),
    ],
)
def test_origin_says_where_on_github(clone, origin, place):
    git(clone, "remote", "add", "origin", origin)
    assert github_place(clone, {}) == place


def test_a_workflow_says_where_on_github(clone):
    said = {"GITHUB_REPOSITORY": "acme/factory", "GITHUB_API_URL": "https://x.test/api/v3"}
    assert github_place(clone, said) == Place("acme/factory", "https://x.test/api/v3")
    assert github_place(clone, {"GITHUB_REPOSITORY": "acme/factory"}).api_url == PUBLIC


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
