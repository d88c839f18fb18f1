"""`modelsmith promotion approve` and `reject` on plain git: what is signed, and each attack."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY
from modelsmith.promotion.approval.statement import approval_in, carried_by
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.keys import key_of, public_key_of
from tests.support.local_site import LocalSite
from tests.support.staged import (
    GIVEN,
    HEAD,
    REQUEST,
    WRITER,
    signed_review,
    staged_clone,
    submitted,
)

pytestmark = pytest.mark.slow

APPROVE = ("promotion", "approve", "1")
PLACE = REQUEST.rpartition("/")[0]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    return staged_clone(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def site(tmp_path):
    return LocalSite(tmp_path)


@pytest.fixture
def pull(site, staged):
    return submitted(site, staged)


@pytest.fixture
def run(site, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")

    def run(person, *words, code=0, key=None):
        signing = ("--key", str(key_of(key or person))) if "approve" in words else ()
        ended = main(["--repo", str(clone_of(site, person)), *words, *signing])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


@pytest.fixture
def found(run):
    """Return a function that gives what each rule says that does not hold."""

    def found(code=1):
        [told] = json.loads(run(EXPERT, "promotion", "status", "--pull", "1", "--json", code=code))
        return {f["rule"]: f["what"] for f in told["findings"] if f["state"] != "holds"}

    return found


def test_what_is_approved_is_shown_signed_and_said_once(site, pull, run, found):
    digest = git(site.bare, "show", f"{HEAD}:{REQUEST}")
    told = run(EXPERT, *APPROVE)
    assert told.startswith("expert@example.org approves as domain-owner:\n")
    assert "  adtech-tiny tiny-1 to sandbox\n  request sha256 " in told
    assert "\n  candidate: 12/12 passed, " in told
    assert "\n  rollback: none, the channel would be taken down\n" in told
    assert f"pull request 1: approved at {pull.head_sha[:12]} as domain-owner\n" in told
    assert "was approved already" in run(EXPERT, *APPROVE)
    [review] = site.forge(EXPERT).reviews(1)
    signed = carried_by(review.body)
    statement = approval_in(signed.statement)
    assert statement.says.commit == pull.head_sha
    assert (statement.says.approver, statement.says.pull) == ("expert@example.org", 1)
    assert list(statement.subject) == [REQUEST]
    assert json.loads(digest)["run"] == "tiny"
    assert list(found()) == ["legal"]


def test_git_s_own_signing_key_is_the_default(site, pull, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    folder = clone_of(site, APPROVER)
    git(folder, "config", "user.signingKey", str(key_of(APPROVER)))
    assert main(["--repo", str(folder), "promotion", "approve"]) == 0
    assert "approved at" in capsys.readouterr().out


def test_who_holds_no_role_does_not_approve(site, pull, run):
    clone = clone_of(site, "stranger")
    assert clone.exists()
    said = run("stranger", *APPROVE, code=5)
    assert said == (
        "error: not approved: stranger@example.org holds no role that must approve\n"
        f"  Who holds what: domain-owner: expert@example.org, {WRITER}; legal: "
        "approver@example.org.\n"
    )
    said = run(EXPERT, *APPROVE, "--as", "legal", code=5)
    assert "expert@example.org does not hold legal" in said
    said = run(EXPERT, *APPROVE, "--as", "compliance", code=2)
    assert "pull request 1 needs no approval as compliance" in said
    assert site.forge(EXPERT).reviews(1) == []


def test_a_key_that_the_policy_does_not_list_signs_nothing(site, pull, run):
    said = run(EXPERT, *APPROVE, code=4, key="stranger")
    assert "at the merge base lists that key for nobody, expected for expert@example.org" in said
    said = run(EXPERT, *APPROVE, code=4, key=APPROVER)
    assert "lists that key for approver@example.org, expected for expert@example.org" in said
    assert site.forge(EXPERT).reviews(1) == []


def test_nobody_approves_what_they_wrote_and_a_forged_approval_is_told(site, pull, run, found):
    folder = clone_of(site, "writer")
    git(folder, "config", "user.email", WRITER)
    said = run("writer", *APPROVE, code=5)
    assert f"{WRITER} wrote runs/tiny/run.yaml, and nobody approves what they wrote" in said
    signed_review(site, "writer")
    words = f"{WRITER} wrote runs/tiny/run.yaml, and nobody approves what they wrote"
    assert words in found()["domain-owner"]


def test_the_factory_approves_nothing(site, pull, run, found):
    said = run(FACTORY, *APPROVE, code=5)
    assert "is a program, which never counts" in said


def test_an_approval_before_the_last_commit_is_stale(site, pull, run, found):
    run(APPROVER, *APPROVE)
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Nothing")
    git(folder, "push", "--quiet", "origin", HEAD)
    assert f"approver@example.org approved {pull.head_sha[:12]}, the head is" in found()["legal"]


def test_an_approval_replayed_from_another_candidate_is_refused(site, pull, run, found):
    signed_review(site, APPROVER)
    [review] = site.forge(APPROVER).reviews(1)
    push(site, EXPERT, HEAD, {f"{PLACE}/note.txt": "Another candidate.\n"})
    forge = site.forge(APPROVER)
    forge.review(1, verdict="approved", body=review.body, sha=forge.pull_request(1).head_sha)
    assert "approver@example.org's approval was signed for another bundle" in found()["legal"]


def test_an_approval_that_somebody_else_writes_in_a_holders_name_is_refused(site, pull, run, found):
    folder = clone_of(site, "stranger")
    git(folder, "config", "user.email", "approver@example.org")
    site.review("stranger", 1, "approved")
    assert "approver@example.org's approval is not signed" in found()["legal"]
    signed_review(site, "stranger")
    assert "is by a key that promotions/policy.yaml at the merge base" in found()["legal"]


def test_an_approval_that_was_edited_after_it_was_signed_is_refused(site, pull, run, found):
    signed_review(site, APPROVER, edit="2")
    assert "approver@example.org's approval was edited after it was signed" in found()["legal"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("roles: [domain-owner, legal]", "roles: [domain-owner]"),
        (public_key_of(APPROVER), public_key_of("stranger")),
        ("  legal:\n", "  legal:\n    # new\n"),
    ],
    ids=["loosened", "key added", "touched"],
)
def test_a_policy_that_the_pull_request_brings_judges_nothing(  # noqa: PLR0913, PLR0917
    site, pull, run, found, before, after
):
    assert before in GIVEN
    push(site, EXPERT, HEAD, {POLICY: GIVEN.replace(before, after)})
    folder = clone_of(site, "stranger")
    git(folder, "config", "user.email", "approver@example.org")
    signed_review(site, "stranger")
    told = found()
    assert told["policy"] == f"it changes {POLICY}, by which it is judged"
    assert told["files"] == f"it changes {POLICY}"
    assert "is by a key that promotions/policy.yaml at the merge base does not" in told["legal"]
    git(folder, "config", "user.email", "stranger@example.org")
    said = run(APPROVER, *APPROVE, code=1)
    assert f"DOES NOT HOLD: policy: it changes {POLICY}, by which it is judged" in said
    assert said.endswith("not approved: nothing was signed\n")


@pytest.mark.parametrize(
    ("path", "content", "rule", "words"),
    [
        (f"{PLACE}/card.md", "Better.\n", "request", "it names card.md"),
        (f"{PLACE}/extra.json", "{}", "request", "it does not name extra.json, which is proposed"),
        (f"{PLACE}/evaluation.json", None, "request", "it names evaluation.json, which is not pr"),
        (REQUEST, "{}", "request", "no request.json that can be read is proposed"),
    ],
    ids=["edited", "extra", "removed", "request"],
)
def test_a_bundle_that_changes_after_approval_is_refused(  # noqa: PLR0913, PLR0917
    site, pull, run, found, path, content, rule, words
):
    run(APPROVER, *APPROVE)
    push(site, EXPERT, HEAD, {path: content})
    told = found(1 if path == f"{PLACE}/extra.json" else 4)
    assert words in told[rule]
    assert f"approver@example.org approved {pull.head_sha[:12]}, the head is" in told["legal"]


def test_a_finding_that_was_taken_out_of_the_record_is_refused(site, pull, run, found):
    path = f"{PLACE}/record.json"
    record = json.loads(git(site.bare, "show", f"{HEAD}:{path}"))
    record["gate"]["findings"].pop()
    push(site, EXPERT, HEAD, {path: json.dumps(record)})
    told = found(4)
    assert f"{path} differs from the run's evidence" in told["record"]
    assert "it names record.json" in told["request"]


def test_a_veto_holds_until_whoever_made_it_approves(site, pull, run, found):
    said = run(APPROVER, "promotion", "reject", "1", "--reason", "The licence?")
    assert said == f"pull request 1: vetoed as legal, at {pull.head_sha[:12]}\n"
    signed_review(site, EXPERT)
    folder = clone_of(site, "stranger")
    git(folder, "config", "user.email", "approver@example.org")
    site.review("stranger", 1, "approved")
    assert found()["veto"] == "approver@example.org, who holds legal, asks for changes"
    run(APPROVER, *APPROVE)
    assert found(0) == {}


def test_a_request_for_changes_by_somebody_without_a_role_is_no_veto(site, pull, run, found):
    clone_of(site, "stranger")
    said = run("stranger", "promotion", "reject", "1", "--reason", "Why?")
    assert "asked for changes; you hold no role that could veto" in said
    assert "veto" not in found()
    assert "a veto says why" in run(EXPERT, "promotion", "reject", "1", "--reason", " ", code=2)


def test_what_is_no_promotion_is_approved_elsewhere(site, pull, run):
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    site.forge(EXPERT).offer("topic", base=BASE, title="Two", body="", is_draft=False)
    said = run(APPROVER, "promotion", "approve", "2", code=3)
    assert "pull request 2 is no promotion: its branch is topic" in said
    site.forge(FACTORY).close(1)
    said = run(APPROVER, "promotion", "approve", code=3)
    assert "open promotions: none; expected one" in said
