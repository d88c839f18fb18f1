"""`modelsmith promotion status` on plain git: people, their clones, and what they may approve."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.keys import key_of
from tests.support.local_site import LocalSite
from tests.support.staged import GIVEN, HEAD, WRITER, signed_review, staged_clone, submitted

pytestmark = pytest.mark.slow

CHECK = "modelsmith/promotion"
RECORD = "promotions/adtech-tiny/tiny-1/record.json"


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

    def run(person, *words, code=0):
        ended = main(["--repo", str(clone_of(site, person)), *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


@pytest.fixture
def found(run):
    """Return a function that gives what each rule says that does not hold."""

    def found(code=1):
        [told] = json.loads(run(EXPERT, "promotion", "status", "--pull", "1", "--json", code=code))
        assert told["holds"] is (code == 0)
        return {f["rule"]: f["what"] for f in told["findings"] if f["state"] != "holds"}

    return found


def test_a_promotion_waits_for_each_role_and_then_holds(pull, run):
    status = ("promotion", "status", "--pull", "1")
    waits = [run(EXPERT, *status, code=1) for _ in range(2)]
    assert waits[0] == waits[1]
    assert waits[0].startswith("## Promotion: waits for: domain-owner, legal\n")
    command = "modelsmith promotion approve 1 --as legal"
    assert f"- **legal**: one of `approver@example.org`: `{command}`" in waits[0]
    assert "an approval counts by its signature" in waits[0]
    run(EXPERT, "promotion", "approve", "1", "--key", str(key_of(EXPERT)))
    assert run(EXPERT, *status, code=1).startswith("## Promotion: waits for: legal\n")
    run(APPROVER, *command.split()[1:], "--key", str(key_of(APPROVER)))
    for person in (EXPERT, APPROVER):
        said = run(person, *status)
        assert said.startswith(
            "## Promotion: everything holds, and everybody who must has approved"
        )
        assert f"- holds: **legal**: `approver@example.org approved {pull.head_sha[:12]}, " in said
        assert "Who is asked" not in said


def test_the_answer_is_published_once_in_the_same_words(site, pull, run, tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    for _ in range(2):
        said = run(FACTORY, "promotion", "status", "--post")
    forge = site.forge(EXPERT)
    told = forge.statuses(pull.head_sha)[CHECK]
    assert (told.state, told.description) == ("pending", "waits for: domain-owner, legal")
    [comment] = forge.comments(1)
    assert comment.partition("\n")[2].strip() == said.strip()
    assert page.read_text().count(said.strip()) == 2
    signed_review(site, EXPERT)
    signed_review(site, APPROVER)
    run(FACTORY, "promotion", "status", "--post")
    assert forge.statuses(pull.head_sha)[CHECK].state == "success"
    [comment] = forge.comments(1)
    assert "everything holds" in comment
    site.review(APPROVER, 1, "changes-requested", "The licence of the base model?")
    run(FACTORY, "promotion", "status", "--post")
    told = forge.statuses(pull.head_sha)[CHECK]
    assert (told.state, told.description) == ("failure", "does not hold: veto; waits for: legal")


def test_whoever_wrote_the_runs_settings_does_not_approve_it(site, pull, found):
    folder = clone_of(site, "writer")
    git(folder, "config", "user.email", WRITER)
    signed_review(site, "writer")
    signed_review(site, APPROVER)
    words = f"{WRITER} wrote runs/tiny/run.yaml, and nobody approves what they wrote"
    assert list(found()) == ["domain-owner"]
    assert words in found()["domain-owner"]


def test_whoever_opened_it_does_not_approve_it(site, pull, run):
    site.forge(FACTORY).close(1)
    site.forge(EXPERT).offer(HEAD, base=BASE, title="Mine", body="", is_draft=True)
    said = run(EXPERT, "promotion", "status", "--pull", "2", code=1)
    assert "- **domain-owner**: one of" not in said
    assert f"since expert@example.org opened the pull request, {WRITER} wrote runs/tiny" in said


def test_an_approval_before_the_last_commit_is_stale_and_its_author_out(site, pull, found):
    signed_review(site, EXPERT)
    signed_review(site, APPROVER)
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Nothing")
    git(folder, "push", "--quiet", "origin", HEAD)
    sha = git(folder, "rev-parse", "HEAD")
    told = found()
    assert list(told) == ["domain-owner", "legal"]
    words = f"approver@example.org approved {pull.head_sha[:12]}, the head is {sha[:12]}"
    assert words in told["legal"]
    assert f"expert@example.org wrote a commit of it, {sha[:12]}" in told["domain-owner"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Nothing", "approver@example.org committed a part of it, "),
        (
            "Nothing\n\nCo-authored-by: Expert <expert@example.org>",
            "expert@example.org wrote a commit of it, ",
        ),
    ],
)
def test_whoever_committed_or_wrote_with_the_factory_is_out(site, pull, found, message, words):
    folder = clone_of(site, APPROVER)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    who = ("--author", "Modelsmith <modelsmith@users.noreply.github.com>")
    git(folder, "commit", "--quiet", "--allow-empty", *who, "-m", message)
    git(folder, "push", "--quiet", "origin", HEAD)
    signed_review(site, APPROVER)
    signed_review(site, EXPERT)
    assert words in " ".join(found().values())


LOOSE = GIVEN.replace("roles: [domain-owner, legal]", "roles: [domain-owner]")


def test_a_policy_that_the_pull_request_loosens_judges_nothing(site, pull, found):
    push(site, APPROVER, HEAD, {POLICY: LOOSE})
    signed_review(site, EXPERT)
    told = found()
    assert told["policy"] == f"it changes {POLICY}, by which it is judged"
    assert told["files"] == f"it changes {POLICY}"
    assert "approver@example.org wrote a commit of it" in told["legal"]
    assert "domain-owner" not in told


NOBODY = GIVEN.partition("  legal:")[0] + "channels" + GIVEN.partition("channels")[2]


def merged_in(site):
    """Bring the promotion up to date with its base."""
    folder = clone_of(site, "writer")
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    git(folder, "merge", "--quiet", "--no-edit", f"origin/{BASE}")
    git(folder, "push", "--quiet", "origin", HEAD)


def test_a_policy_that_changed_since_judges_nothing_until_it_is_merged_in(site, pull, found):
    old = git(site.bare, "rev-parse", BASE)
    push(site, EXPERT, BASE, {POLICY: GIVEN.replace("overrides: false", "overrides: true")})
    assert found()["policy"] == f"{POLICY} of main has changed since {old[:12]}, on which it stands"
    merged_in(site)
    assert "policy" not in found()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("roles: 7\n", {"policy": f"{POLICY} cannot be used", "roles": "no role is required"}),
        (NOBODY, {"legal": "nobody who holds it may, since nobody holds it here"}),
        (None, {"policy": f"there is no {POLICY} at ", "roles": "no role is required"}),
    ],
)
def test_a_policy_that_says_nothing_refuses(site, pull, found, text, told):
    push(site, EXPERT, BASE, {POLICY: text})
    merged_in(site)
    said = {rule: what for rule, what in found().items() if rule != "domain-owner"}
    assert said.keys() == told.keys()
    assert all(words in said[rule] for rule, words in told.items())


def test_what_else_the_pull_request_brings_is_named(site, pull, found):
    push(site, EXPERT, HEAD, {"README.md": "Also this.\n"})
    assert found()["files"] == "it changes README.md"


def test_a_link_to_another_repository_is_a_change_too(site, pull, found):
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{pull.head_sha},vendor")
    git(folder, "commit", "--quiet", "-m", "Link")
    git(folder, "config", "diff.ignoreSubmodules", "all")
    git(folder, "push", "--quiet", "origin", HEAD)
    assert found()["files"] == "it changes vendor"


def test_a_record_that_differs_from_the_runs_evidence_is_broken(site, pull, found):
    text = git(site.bare, "show", f"{HEAD}:{RECORD}").replace('"attempt":1', '"attempt":2')
    push(site, EXPERT, HEAD, {RECORD: text})
    told = found(code=4)
    assert f"{RECORD} differs from the run's evidence: " in told["record"]
    assert f"append-only: {RECORD}: the file was edited by expert" in told["ledger"]
    assert f"promotion: {RECORD}: no staged entry of run tiny names this record" in told["ledger"]


def test_evidence_that_was_edited_is_broken(site, pull, found):
    push(site, EXPERT, HEAD, {"runs/tiny/005-promote/report.md": "# All passed\n"})
    assert "replay: runs/tiny/005-promote/report.md" in found(code=4)["ledger"]


def test_another_branch_that_is_wrong_is_not_held_against_this_one(site, pull, run):
    other = "modelsmith/other/promote"
    push(site, EXPERT, other, {"promotions/other/1/record.json": "{}"})
    site.forge(EXPERT).offer(other, base=BASE, title="Other", body="", is_draft=True)
    said = run(FACTORY, "promotion", "status", "--json", code=4)
    ours, theirs = json.loads(said)
    assert {one["state"] for one in ours["findings"]} == {"holds", "waits"}
    told = {one["rule"]: one["what"] for one in theirs["findings"] if one["state"] == "fails"}
    assert "promotion: promotions/other/1/record.json: " in told["ledger"]
    assert told["record"].endswith("; record.json cannot be read")
    assert told["gate"] == "the run's last entry cannot be read, expected staged"


def test_no_open_promotion_is_no_promotion(site, staged, run):
    assert run(EXPERT, "promotion", "status", code=1) == "no promotion is open\n"
    assert run(EXPERT, "promotion", "status", "--post") == "no promotion is open\n"
    submitted(site, staged)
    site.forge(FACTORY).close(1)
    said = run(EXPERT, "promotion", "status", "--pull", "1", code=3)
    assert said == "error: pull request 1 is closed\n  Name one that is open.\n"


def test_a_shallow_clone_is_told(site, pull, run):
    folder = clone_of(site, FACTORY)
    git(folder, "fetch", "--quiet", "--depth=1", f"file://{site.bare}", HEAD)
    assert "history is cut off" in run(FACTORY, "promotion", "status", "--post", code=3)


def test_a_pull_request_that_shares_no_history_is_told_and_gets_an_error(site, pull, run):
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "--orphan", "lone")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Alone")
    git(folder, "push", "--quiet", "--force", "origin", f"lone:{HEAD}")
    sha = git(folder, "rev-parse", "HEAD")
    said = run(FACTORY, "promotion", "status", "--post", code=3)
    assert "pull request 1 and its base main share no commit" in said
    told = site.forge(EXPERT).statuses(sha)[CHECK]
    assert told.state == "error"
    assert told.description.startswith("could not be judged: pull request 1 and its base main")


def test_what_waits_is_no_fault_of_a_job_that_asks_again(pull, run):
    for words, code in (
        (("--all",), 1),
        (("--all", "--again"), 0),
        (("--pull", "1", "--head", ""), 1),
    ):
        assert "pull request 1 waits: " in run(FACTORY, "promotion", "merge", *words, code=code)
    stands = pull.head_sha[:12]
    said = run(FACTORY, "promotion", "merge", "--pull", "1", "--head", "f" * 40, "--again", code=3)
    assert f"pull request 1 stands at {stands}, not at ffffffffffff" in said
    assert "name one with --pull" in run(FACTORY, "promotion", "merge", code=2)
    assert "not a valid integer" in run(FACTORY, "promotion", "merge", "--pull", "1;id", code=2)


def test_where_nobody_may_sign_nothing_is_merged_and_each_one_is_told(site, pull, run):
    for person in (EXPERT, APPROVER):
        signed_review(site, person)
    told = run(FACTORY, "promotion", "merge", "--all", code=4)
    assert "nobody here may sign: promotions/policy.yaml accepts nobody; no key is given" in told
    assert site.forge(EXPERT).pull_request(1).merge_sha is None
