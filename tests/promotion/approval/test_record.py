"""Who approved, as it is kept: made from what was judged, and judged again without a forge."""

import pytest

from modelsmith.policy import Policy, Role
from modelsmith.promotion.approval.record import ApprovalsFile, Approved, approval_faults
from modelsmith.promotion.approval.reviews import Approvals
from modelsmith.promotion.signing.ssh_statement import Listed
from modelsmith.signoff.submission import approvals_of
from tests.support.approvals import SIGNATURE, SUBJECT, a_review, a_statement
from tests.support.policies import changed, policy_in
from tests.support.submissions import AT, HEAD, a_request, a_submission

LEX, MONA, CLEO = "lex@example.com", "mona@example.com", "cleo@example.com"
LEGAL, OWNER, COMPLIANCE = Role.LEGAL, Role.DOMAIN_OWNER, Role.COMPLIANCE


@pytest.fixture
def policy(tmp_path) -> Policy:
    roles = ("sandbox: {roles: [domain-owner]", "sandbox: {roles: [domain-owner, legal]")
    return policy_in(tmp_path, changed(roles))


def a_local_one(**changes):
    mona, lex = a_review(MONA, a_statement(MONA, OWNER)), a_review(LEX, a_statement(LEX))
    fields = {
        "head_sha": HEAD,
        "last_commit_at": AT,
        "required": (OWNER, LEGAL),
        "holders": {LEGAL: (LEX,), OWNER: (MONA,)},
        "bots": (),
        "writers": {"wanda@example.com": "wrote runs/tiny/run.yaml"},
        "reviews": (mona[0], lex[0]),
        "pull": 7,
        "subject": SUBJECT,
        "is_signed": True,
        "keys": (Listed(who=MONA, key="ssh-ed25519 A"), Listed(who=LEX, key="ssh-ed25519 B")),
        "carried": mona[1] | lex[1],
    }
    return a_submission(forge="local", approvals=Approvals(**(fields | changes)))


BY_KEY = {MONA: MONA, LEX: LEX}


def kept(**changes):
    return ApprovalsFile(**(dict(approvals_of(a_local_one())) | changes))


def approved(who=LEX, *, statement=None, **changes):
    fields = {
        "who": who,
        "roles": (LEGAL,),
        "commit_sha": HEAD,
        "at": AT,
        "statement": a_statement(who) if statement is None else statement,
        "signature": SIGNATURE,
    }
    return Approved(**(fields | changes))


def with_lex(*, statement=None, **changes):
    """Return the file with another approval of the lawyer's."""
    return kept(approvals=(kept().approvals[1], approved(statement=statement, **changes)))


def test_what_was_judged_is_kept_whole_and_holds_again(policy):
    file = kept()
    assert [(one.who, one.roles) for one in file.approvals] == [(LEX, (LEGAL,)), (MONA, (OWNER,))]
    assert [one.statement for one in file.approvals] == [a_statement(LEX), a_statement(MONA, OWNER)]
    assert (file.forge, file.pull, file.head_sha, file.required) == (
        "local",
        7,
        HEAD,
        (OWNER, LEGAL),
    )
    assert file.bundle_sha256 == a_request().digest()
    assert file.writers == ("wanda@example.com",)
    assert list(approval_faults(file, policy, a_request(), BY_KEY)) == []
    assert ApprovalsFile.model_validate_json(file.canonical()) == file


def test_nothing_is_kept_of_what_nobody_approved():
    with pytest.raises(ValueError, match="nobody approved as domain-owner, legal"):
        approvals_of(a_local_one(reviews=()))
    with pytest.raises(ValueError, match="nobody approved as any role"):
        approvals_of(a_local_one(required=()))


def test_on_github_the_forge_vouches(policy):
    known = a_submission()
    file = approvals_of(known)
    assert [(one.who, one.statement, one.signature) for one in file.approvals] == [("lex", "", "")]
    only_legal = Policy(**dict(policy) | {"channels": _only_legal(policy)})
    assert list(approval_faults(file, only_legal, a_request(), {})) == []
    other = ApprovalsFile(**dict(file) | {"approvals": (approved("max", statement=""),)})
    assert "max does not hold legal" in list(approval_faults(other, only_legal, a_request(), {}))


def _only_legal(policy):
    channels = policy.channels
    sandbox = type(channels.sandbox)(**dict(channels.sandbox) | {"roles": (LEGAL,)})
    return type(channels)(sandbox=sandbox, production=channels.production)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (kept(bundle_sha256="9" * 64), "another bundle was approved: 999999999999, this is "),
        (kept(channel="production"), "it was approved for production, the request asks for sand"),
        (kept(required=(OWNER,)), "asks for domain-owner, legal, it was judged by domain-owner"),
        (kept(approvals=kept().approvals[:1]), "nobody who holds domain-owner approved it"),
        (kept(writers=(LEX,)), f"{LEX} approved what they wrote"),
        (with_lex(commit_sha="b" * 40), f"{LEX} approved {'b' * 12}, the head is {HEAD[:12]}: st"),
        (with_lex(statement="", signature=""), f"{LEX}'s approval is not signed"),
        (with_lex(statement="{}"), f"{LEX}'s approval is no statement"),
        (
            with_lex(statement=a_statement(LEX, subject={"a": "9" * 64})),
            f"{LEX} approved another bundle: 999999999999",
        ),
        (
            with_lex(statement=a_statement(LEX, pull=8)),
            f"{LEX} signed {HEAD[:12]} in pull request 8, expected {HEAD[:12]} in 7",
        ),
        (with_lex(statement=a_statement(MONA)), f"{LEX}'s approval speaks for {MONA}"),
        (with_lex(statement=a_statement(LEX, OWNER)), f"{LEX} did not approve as legal"),
        (with_lex(roles=(LEGAL, OWNER)), f"{LEX} does not hold domain-owner"),
        (
            kept(approvals=(*kept().approvals, approved("factory@example.com"))),
            "factory@example.com is a program, which never counts",
        ),
        (
            kept(approvals=(*kept().approvals, approved("x[bot]"))),
            "x[bot] is a program, which never counts",
        ),
        (kept(writers=(), approvals=kept().approvals[:1]), f"four eyes: only {LEX} wrote it"),
        (
            kept(writers=(), approvals=(kept().approvals[0], approved("x[bot]"))),
            f"four eyes: only {LEX} wrote it",
        ),
        (kept(writers=(), approvals=()), "four eyes: only nobody wrote it and approved it"),
    ],
)
def test_what_is_wrong_with_who_approved_is_told_by_name(policy, file, words):
    found = list(approval_faults(file, policy, a_request(), BY_KEY))
    assert any(words in one for one in found), found


def test_a_time_that_was_moved_is_told(policy):
    file = with_lex(at=AT.replace(year=2026))
    found = list(approval_faults(file, policy, a_request(), BY_KEY))
    assert any("kept is 2026-11-03T09:00:00+00:00" in one for one in found)


@pytest.mark.parametrize("signatories", [{}, {MONA: MONA}, {MONA: MONA, LEX: MONA}])
def test_a_signature_of_nobody_or_of_somebody_else_counts_for_nothing(policy, signatories):
    found = list(approval_faults(kept(), policy, a_request(), signatories))
    words = f"{LEX}'s approval is not signed by a key that promotions/policy.yaml lists for them"
    assert words in found
    assert "nobody who holds legal approved it" in found


def test_a_tag_asks_for_its_roles_too(policy):
    request = a_request(tags=("regulated",))
    found = list(approval_faults(kept(), policy, request, BY_KEY))
    assert "nobody who holds compliance approved it" in found
    assert policy.required("sandbox", ("regulated", "unknown")) == (OWNER, LEGAL, COMPLIANCE)
    assert policy.required("production", ("regulated",))[-1] is COMPLIANCE
