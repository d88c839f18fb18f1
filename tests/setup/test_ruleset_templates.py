import pytest

from modelsmith.errors import InputError
from modelsmith.setup.ruleset_templates import applied, wanted_ruleset
from tests.support.policies import changed, policy_in
from tests.support.settings import HELD, REVIEWED


@pytest.fixture
def wanted(tmp_path):
    return policy_in(tmp_path, changed(("approvals: 1", "approvals: 1, signatures: true"))).branch


def kinds(ruleset):
    return {rule["type"]: rule.get("parameters") for rule in ruleset["rules"]}


def test_what_nobody_passes_holds_the_branch_and_asks_nothing_of_reviews(wanted):
    ruleset = wanted_ruleset("branch", wanted, None)
    asked = kinds(ruleset)
    assert list(asked) == [
        "deletion",
        "non_fast_forward",
        "pull_request",
        "required_status_checks",
        "required_signatures",
    ]
    assert ruleset["bypass_actors"] == []
    assert asked["pull_request"].pop("allowed_merge_methods") == ["merge"]
    assert not any(asked["pull_request"].values())
    assert asked["required_status_checks"]["required_status_checks"] == [{"context": "all-green"}]
    assert ruleset["conditions"]["ref_name"]["include"] == ["refs/heads/main"]


def test_reviews_alone_are_passed_by_the_app_alone_on_pull_requests_alone(wanted):
    ruleset = wanted_ruleset("reviews", wanted, 7)
    assert ruleset["bypass_actors"] == [
        {"actor_type": "Integration", "actor_id": 7, "bypass_mode": "pull_request"}
    ]
    assert kinds(ruleset) == {
        "pull_request": {
            "required_approving_review_count": 1,
            "dismiss_stale_reviews_on_push": True,
            "require_code_owner_review": True,
            "require_last_push_approval": True,
            "required_review_thread_resolution": False,
            "allowed_merge_methods": ["merge"],
        }
    }
    assert ruleset["conditions"]["ref_name"]["include"] == ["refs/heads/main"]


def test_without_an_app_it_says_what_is_missing(wanted):
    with pytest.raises(InputError, match="no App is named") as caught:
        wanted_ruleset("reviews", wanted, None)
    assert "--app-id N, or MODELSMITH_APP_ID=N" in caught.value.remedy


@pytest.mark.parametrize(
    ("change", "kind"),
    [("approvals: 1", "required_signatures"), ("[all-green]", "required_status_checks")],
)
def test_a_ruleset_asks_only_for_what_is_wanted(tmp_path, change, kind):
    text = changed((change, "[]")) if change == "[all-green]" else changed()
    assert kind not in kinds(wanted_ruleset("branch", policy_in(tmp_path, text).branch, None))


def test_the_ruleset_of_walks_covers_every_runs_branch_and_asks_nothing_of_entries(wanted):
    asked = wanted_ruleset("walks", wanted, None)
    assert asked["conditions"]["ref_name"]["include"] == ["refs/heads/modelsmith/*/walk"]
    assert [rule["type"] for rule in asked["rules"]] == ["deletion", "non_fast_forward"]
    assert asked["bypass_actors"] == []


@pytest.mark.parametrize(
    ("command", "words", "way"),
    [
        (applied("branch"), "", "POST repos/{owner}/{repo}/rulesets"),
        (applied("reviews"), " reviews --app-id ID", "POST repos/{owner}/{repo}/rulesets"),
        (
            applied("reviews", (HELD, REVIEWED), 7),
            " reviews --app-id 7",
            "PUT repos/{owner}/{repo}/rulesets/2",
        ),
    ],
)
def test_a_command_makes_a_ruleset_or_mends_the_one_of_its_name(command, words, way):
    assert command == f"modelsmith doctor --ruleset{words} | gh api -X {way} --input -"
