import pytest

from modelsmith.setup.github_actions import SETTINGS_RIGHT, automation_of, exposure_of, workflows_of
from modelsmith.setup.observation import ObservationState
from tests.support.settings import SETTINGS, amiss, the_only

PUBLIC = SETTINGS.model_copy(update={"is_public": True})
PERMISSIONS = "gh api -X PUT repos/{owner}/{repo}/actions/permissions"
READ_ONLY = (
    f"{PERMISSIONS}/workflow -f default_workflow_permissions=read "
    "-F can_approve_pull_request_reviews=false"
)
PINNED = f"{PERMISSIONS} -F enabled=true -f allowed_actions=selected -F sha_pinning_required=true"

SELECTED = f"{PERMISSIONS}/selected-actions -F github_owned_allowed=true -F verified_allowed=false"
FORKS = f"{PERMISSIONS}/fork-pr-contributor-approval -f approval_policy=all_external_contributors"


@pytest.mark.parametrize("settings", [SETTINGS, PUBLIC], ids=["private", "public"])
def test_strict_settings_are_in_order(settings):
    assert amiss(automation_of(settings)) == []


@pytest.mark.parametrize(
    ("field", "value", "rule", "found", "remedy"),
    [
        (
            "allowed_actions",
            "all",
            "allowed-actions",
            "workflows may use all actions",
            f"{PINNED} && {SELECTED}",
        ),
        (
            "requires_pinned_actions",
            False,
            "pinned-actions",
            "actions may be named by tag",
            PINNED,
        ),
        (
            "default_token",
            "write",
            "default-token",
            "a workflow's own token may write by default",
            READ_ONLY,
        ),
        (
            "token_may_approve",
            True,
            "token-approval",
            "a workflow's own token may approve pull requests",
            READ_ONLY,
        ),
        (
            "fork_approval",
            "first_time_contributors",
            "fork-approval",
            "fork pull requests wait: first_time_contributors",
            FORKS,
        ),
    ],
)
def test_a_lax_setting_is_a_gap_with_the_command_that_closes_it(field, value, rule, found, remedy):
    lax = PUBLIC.model_copy(update={field: value})
    seen = the_only(automation_of(lax))
    assert (seen.state, seen.rule, seen.found, seen.remedy) == (
        ObservationState.GAP,
        rule,
        found,
        remedy,
    )
    unread = the_only(automation_of(PUBLIC.model_copy(update={field: None})))
    assert (unread.state, unread.rule, unread.remedy) == (
        ObservationState.UNKNOWN,
        rule,
        SETTINGS_RIGHT,
    )
    assert unread.found == f"unknown: whether {seen.needed}"


def test_ci_that_may_use_no_action_at_all_is_a_gap():
    seen = the_only(automation_of(SETTINGS.model_copy(update={"allowed_actions": "none"})))
    assert seen.found == "workflows may use none actions"


def test_who_waits_is_not_asked_where_no_stranger_can_fork():
    private = SETTINGS.model_copy(update={"fork_approval": None})
    assert amiss(automation_of(private)) == []


def test_a_public_repository_with_machines_of_its_own_is_refused():
    seen = the_only(exposure_of(PUBLIC, ["gpu-box"]))
    assert (seen.state, seen.rule) == (ObservationState.GAP, "public-runners")
    assert seen.found == "the repository is public and has machines of its own: gpu-box"
    assert seen.why.startswith("REFUSED: anybody can fork it")
    assert (
        seen.remedy == "gh repo edit --visibility private --accept-visibility-change-consequences"
    )


@pytest.mark.parametrize(
    ("settings", "machines", "found"),
    [
        (SETTINGS, ["gpu-box"], "the repository is private"),
        (PUBLIC, [], "the repository is public, without a machine of its own"),
    ],
)
def test_strangers_reach_no_machine(settings, machines, found):
    assert [seen.found for seen in exposure_of(settings, machines)] == [found]


def test_a_missing_workflow_is_a_gap():
    seen = the_only(workflows_of({"ci.yml": ""}, ["ci.yml", "iterate.yml", "watch.yml"]))
    assert seen.found == "not in .github/workflows/: iterate.yml, watch.yml"
    assert seen.remedy == "modelsmith init . (it overwrites nothing)"


@pytest.mark.parametrize("push", ["modelsmith run step demo --push", "git push origin main"])
@pytest.mark.parametrize(
    ("rest", "is_amiss"),
    [
        ("", True),
        ("modelsmith run dispatch demo", False),
        ("MODELSMITH_APP_ID: 1", False),
        ("uses: actions/create-github-app-token@0", False),
    ],
)
def test_a_push_by_the_jobs_own_token_alone_is_a_gap(push, rest, is_amiss):
    seen = amiss(workflows_of({"x.yml": f"run: {push}\n{rest}"}, []))
    found = ".github/workflows/x.yml pushes as the workflow's own token alone"
    assert seen == ([("gap", "token-push", found)] if is_amiss else [])


@pytest.mark.parametrize("command", ["run offer x", "scenario from-issue 3", "pull open b"])
def test_a_pull_request_that_the_jobs_own_token_would_open_is_a_gap(command):
    seen = the_only(workflows_of({"x.yml": f"run: modelsmith {command}"}, []))
    assert (seen.rule, seen.found) == (
        "token-pull",
        ".github/workflows/x.yml opens pull requests as the workflow's own token",
    )
    assert "gh secret set MODELSMITH_APP_PRIVATE_KEY --env factory < key.pem" in seen.remedy
    with_app = f"run: modelsmith {command}\nenv: {{MODELSMITH_APP_ID: 1}}"
    assert amiss(workflows_of({"x.yml": with_app}, [])) == []


def test_what_github_never_tells_is_said():
    (seen,) = (one for one in automation_of(SETTINGS) if one.rule == "app-key")
    assert (seen.state, seen.remedy.split(" --")[0]) == (
        ObservationState.NOTE,
        "gh variable set MODELSMITH_APP_ID",
    )


def test_a_workflow_that_pushes_nothing_is_in_order():
    assert amiss(workflows_of({"x.yml": "run: modelsmith audit"}, ["x.yml"])) == []
