"""What `doctor` says of who signs."""

from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.setup.role_holders import signers_of
from tests.support.policies import policy_in

OURS = KeySigner(name="laptop", kind="key", key="AAAA", channels=("sandbox",))
CI = KeylessSigner(
    name="ci",
    kind="keyless",
    issuer="https://token.actions.githubusercontent.com",
    identity="https://github.com/acme/x/.github/workflows/promote.yml@refs/heads/main",
    repository="https://github.com/acme/x",
    trust="public-good",
    claims=("promotion",),
    channels=("production",),
)


def said(tmp_path, *signers):
    policy = policy_in(tmp_path).model_copy(update={"signers": signers})
    return [(one.state.value, one.found) for one in signers_of(policy)]


def test_where_nobody_signs_nothing_goes_live(tmp_path):
    words = "nobody signs for {}: evaluation, lineage, promotion, revert; nothing goes live there"
    assert said(tmp_path) == [
        ("note", words.format("sandbox")),
        ("note", words.format("production")),
    ]


def test_who_signs_is_told_and_what_nobody_signs_and_what_is_published(tmp_path):
    assert said(tmp_path, OURS, CI) == [
        ("ok", "signs for sandbox: laptop"),
        ("ok", "signs for production: ci"),
        (
            "note",
            "nobody signs for production: evaluation, lineage, revert; nothing goes live there",
        ),
        (
            "note",
            (
                "ci signs through the public Sigstore, which publishes https://github.com/acme/x, "
                "its workflow and each commit for ever"
            ),
        ),
    ]
