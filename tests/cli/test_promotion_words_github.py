"""`modelsmith promotion approve`, `reject` and `override` on GitHub: the forge vouches for who."""

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY
from modelsmith.promotion.approval.statement import carried_by
from tests.support.forges import APPROVER, BASE, EXPERT, clone_of, git, push
from tests.support.github.site import github_site, point_at
from tests.support.keys import key_of, public_key_of
from tests.support.runs import a_workshop
from tests.support.staged import (
    EXAM,
    GIVEN,
    RUN,
    forgets,
    signed_review,
    staged_clone,
    submitted,
)

pytestmark = pytest.mark.slow

WALK = "modelsmith/tiny/walk"
OPERATOR = "operator"
STATUS = ("promotion", "status", "--pull", "1")


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    return staged_clone(tmp_path_factory.mktemp("staged"))


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return staged_clone(
        tmp_path_factory.mktemp("refused"),
        lambda root: a_workshop(root, run=RUN, exam=EXAM, skill=forgets),
    )


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        made.hub.teams["acme/legal"] = [APPROVER]
        yield made


@pytest.fixture
def run(site, capsys, monkeypatch):
    point_at(site, monkeypatch)

    def run(person, *words, code=0):
        monkeypatch.setenv("GITHUB_TOKEN", site.tokens[person])
        ended = main(["--repo", str(clone_of(site, person)), *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


def test_a_review_needs_no_key_there_and_may_carry_one(site, staged, run):
    submitted(site, staged)
    told = run(EXPERT, "promotion", "approve", "1")
    assert told.startswith("expert approves as domain-owner:\n")
    run(APPROVER, "promotion", "approve", "--as", "legal", "--key", str(key_of(APPROVER)))
    assert "was approved already" in run(APPROVER, "promotion", "approve", "1")
    plain, signed = (carried_by(one.body) for one in site.forge(EXPERT).reviews(1))
    assert plain is None
    assert '"approver":"approver"' in signed.statement
    assert "everything holds" in run(EXPERT, *STATUS)


def test_a_key_that_the_policy_lists_for_nobody_signs_nothing_there_either(site, staged, run):
    submitted(site, staged)
    said = run(EXPERT, "promotion", "approve", "1", "--key", str(key_of("stranger")), code=4)
    assert "at the merge base lists that key for nobody, expected for expert" in said
    assert site.forge(EXPERT).reviews(1) == []


def test_an_attestation_that_somebody_attached_must_agree(site, staged, run):
    submitted(site, staged)
    signed_review(site, APPROVER, key="stranger")
    signed_review(site, EXPERT, edit="2")
    said = run(EXPERT, *STATUS, code=1)
    assert "approver's approval is by a key that promotions/policy.yaml at the merge base" in said
    assert "expert's approval was edited after it was signed" in said


def test_a_veto_is_a_request_for_changes(site, staged, run):
    submitted(site, staged)
    said = run(APPROVER, "promotion", "reject", "1", "--reason", "The licence?")
    assert said.startswith("pull request 1: vetoed as legal, at ")
    said = run(EXPERT, *STATUS, code=1)
    assert "DOES NOT HOLD: **veto**: `approver, who holds legal, asks for changes`" in said


HOLDER = f"{{email: {OPERATOR}@example.org, key: {public_key_of(OPERATOR)}}}"
ALLOWED = GIVEN.replace("overrides: false", "overrides: true").replace(
    "channels:\n", f"  operator: {{signers: [{HOLDER}]}}\nchannels:\n", 1
)


def test_an_operator_signs_an_override_with_their_ssh_key_there_too(site, refused, run):
    git(refused, "push", "--quiet", str(site.bare), f"+{BASE}:refs/heads/{BASE}", WALK)
    push(site, EXPERT, BASE, {POLICY: ALLOWED})
    folder = clone_of(site, EXPERT)
    git(folder, "config", "user.email", f"{OPERATOR}@example.org")
    git(folder, "checkout", "--quiet", "-B", WALK, f"origin/{WALK}")
    git(folder, "merge", "--quiet", "--no-edit", f"origin/{BASE}")
    git(folder, "push", "--quiet", "origin", WALK)
    words = ("promotion", "override", RUN, "--reason", "A pilot.", "--key", str(key_of(OPERATOR)))
    told = run(EXPERT, *words)
    assert "OVERRIDDEN by operator@example.org, " in told
    assert run(EXPERT, *words) == told
    assert set(site.forge(EXPERT).pull_request(1).labels) == {"override", "promotion"}
    said = run(EXPERT, *STATUS, code=1)
    assert "OVERRIDDEN by operator@example.org, " in said
    assert "- holds: **gate**: `the run's gate said reject; OVERRIDDEN by " in said
