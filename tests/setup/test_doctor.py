from modelsmith.policy import Policy
from modelsmith.setup.doctor import checkup_of
from modelsmith.setup.observation import ObservationState, Unread
from tests.support.policies import policy_in
from tests.support.settings import OUTSIDE, PREMISES, RUNNER, SETTINGS, amiss


def outside(**changes):
    return OUTSIDE.model_copy(update=changes)


def test_a_repository_in_order_is_sound(tmp_path):
    found = checkup_of(policy_in(tmp_path), PREMISES, OUTSIDE)
    assert amiss(found.observations) == []
    assert found.is_sound()
    assert (found.forge, found.acted_as) == ("github", "mona")


def test_one_gap_or_one_unknown_is_enough(tmp_path):
    policy = policy_in(tmp_path)
    lax = SETTINGS.model_copy(update={"token_may_approve": True})
    assert not checkup_of(policy, PREMISES, outside(settings=lax)).is_sound()
    unread = Unread(what="the runners", right="ask")
    found = checkup_of(policy, PREMISES, outside(runners=unread))
    assert (found.count(ObservationState.GAP), found.count(ObservationState.UNKNOWN)) == (0, 1)
    assert not found.is_sound()


def test_a_note_fails_nothing(tmp_path):
    local = SETTINGS.model_copy(update={"forge": "local"})
    found = checkup_of(policy_in(tmp_path), PREMISES, outside(settings=local))
    assert found.count(ObservationState.NOTE)
    assert found.is_sound()


def test_errors_of_codeowners_and_what_could_not_be_read_are_told(tmp_path):
    settings = SETTINGS.model_copy(
        update={
            "codeowners_errors": ("line 3: unknown owner",),
            "unknown": ("errors in CODEOWNERS: contents=read", "approval of forks: admin"),
        }
    )
    found = checkup_of(policy_in(tmp_path), PREMISES, outside(settings=settings))
    assert amiss(found.observations) == [
        ("gap", "code-owners-file", "CODEOWNERS: line 3: unknown owner"),
        ("unknown", "code-owners-file", "unknown: errors in CODEOWNERS: contents=read"),
        ("note", "unread-settings", "not told: approval of forks: admin"),
    ]


def test_a_public_repository_with_a_runner_but_no_cluster_for_it_is_refused_too(tmp_path):
    public = SETTINGS.model_copy(update={"is_public": True})
    found = checkup_of(policy_in(tmp_path), PREMISES, outside(settings=public, runners=(RUNNER,)))
    assert amiss(found.observations) == [
        (
            "gap",
            "public-runners",
            "the repository is public and has machines of its own: gpu-box, box-1",
        )
    ]


def test_no_field_of_the_policy_is_one_that_nothing_reads(tmp_path):
    assert set(Policy.model_fields) == {
        "bots", "roles", "channels", "tags", "signers", "branch", "environments",
    }  # fmt: skip
    policy = policy_in(tmp_path)
    said = " ".join(o.found for o in checkup_of(policy, PREMISES, OUTSIDE).observations)
    for word in ("github-actions[bot]", "lex", "channel production", "tag regulated", "main:",
                 "overrides in sandbox", "environment promotion", "anthropic",
                 "signs for sandbox"):  # fmt: skip
        assert word in said
