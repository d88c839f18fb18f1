"""Who may approve a promotion, by the policy that it stands on."""

from modelsmith.policy import Role
from modelsmith.promotion.approval.signatures import operators_of
from modelsmith.signoff.judge_pull_request import untagged
from tests.support.policies import changed, policy_in


def test_a_tag_that_the_policy_does_not_name_is_noted(tmp_path):
    policy = policy_in(tmp_path)
    assert untagged(policy, ("regulated",)) == []
    assert untagged(policy, ("regulated", "regulted")) == [
        "tag regulted asks for nobody: promotions/policy.yaml does not name it"
    ]
    assert untagged(None, ("regulated",)) != []


def test_a_tag_s_roles_are_required_beside_the_channel_s_and_each_once(tmp_path):
    policy = policy_in(tmp_path, changed(("[compliance]}", "[compliance, domain-owner]}")))
    assert policy.required("sandbox") == (Role.DOMAIN_OWNER,)
    assert policy.required("sandbox", ("regulated",)) == (Role.DOMAIN_OWNER, Role.COMPLIANCE)


def test_an_operator_without_a_key_overrides_nothing(tmp_path):
    assert operators_of(policy_in(tmp_path)) == ()
    keyed = changed(("otto@example.com}", "otto@example.com, key: ssh-ed25519 BBBB}"))
    assert operators_of(policy_in(tmp_path, keyed)) == ("otto@example.com",)
    assert operators_of(None) == ()
