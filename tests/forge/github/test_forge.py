"""What only GitHub knows: rules that block a merge, forks, and words of other people."""

import pytest

from modelsmith.errors import ForgeDeniedError, ForgeNotYetError, ForgeRefusedError, InputError
from modelsmith.forge.records import CheckRun, CommitStatus, Person, PullState, latest_of
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push, show
from tests.support.github.faults import Fault
from tests.support.github.rights import EVERYTHING
from tests.support.github.rules import Rules, Ruleset
from tests.support.github.site import github_site

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        yield made


def offered(site, branch="topic", files=None):
    push(site, EXPERT, branch, files or {"exam/two.yaml": "id: TWO\n"})
    return site.forge(EXPERT).offer(branch, base=BASE, title="Two", body="", is_draft=False)


def guarded(site, **rules):
    site.repository.rulesets.append(Ruleset(1, "main", Rules(pull_request=True, **rules)))


def merged(site, pull):
    sha = site.forge(EXPERT).pull_request(pull.number).head_sha
    return site.forge(APPROVER).merge(pull.number, sha=sha, message="Take two")


# Rules


def test_a_merge_waits_for_an_approval_that_counts(site):
    pull = offered(site)
    guarded(site, approvals=1, dismiss_stale=True)
    site.repository.roles["guest"] = "read"
    site.tokens["guest"] = site.hub.token("guest")
    with pytest.raises(ForgeRefusedError, match="At least 1 approving review is required"):
        merged(site, pull)
    site.review("guest", pull.number, "approved")
    with pytest.raises(ForgeRefusedError, match="write access"):
        merged(site, pull)
    site.review(APPROVER, pull.number, "changes-requested", "Why?")
    with pytest.raises(ForgeRefusedError, match="Changes have been requested"):
        merged(site, pull)
    site.review(APPROVER, pull.number, "approved")
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    with pytest.raises(ForgeRefusedError, match="At least 1"):
        merged(site, pull)
    verdicts = [one.verdict for one in site.forge(EXPERT).reviews(pull.number)]
    assert verdicts == ["dismissed", "changes-requested", "dismissed"]
    site.review(APPROVER, pull.number, "approved")
    made = merged(site, pull)
    assert site.repository.sha(f"refs/heads/{BASE}") == made


def test_a_merge_waits_for_the_owners_of_what_changes(site):
    push(site, EXPERT, BASE, {".github/CODEOWNERS": "/exam/ @owner\n"})
    site.repository.roles["owner"] = "write"
    site.tokens["owner"] = site.hub.token("owner")
    pull = offered(site)
    guarded(site, approvals=1, code_owners=True)
    site.review(APPROVER, pull.number, "approved")
    with pytest.raises(ForgeRefusedError, match="Waiting on code owner review from owner"):
        merged(site, pull)
    site.review("owner", pull.number, "approved")
    assert merged(site, pull)


def test_a_merge_waits_for_required_checks(site):
    pull = offered(site)
    guarded(site, checks=("exam", "gate"))
    with pytest.raises(ForgeNotYetError, match="2 of 2 required status checks are expected"):
        merged(site, pull)
    check = CheckRun(name="exam", conclusion="neutral", title="", summary="")
    site.forge(FACTORY).report(pull.head_sha, check)
    with pytest.raises(ForgeNotYetError, match=r"1 of 2 .* have not succeeded: 1 expected"):
        merged(site, pull)
    status = CommitStatus(context="gate", state="success", description="")
    site.forge(FACTORY).set_status(pull.head_sha, status)
    assert merged(site, pull)


def test_a_check_that_runs_is_waited_for_and_one_that_failed_is_not(site):
    pull = offered(site)
    guarded(site, checks=("exam",))

    def said(state):
        status = CommitStatus(context="exam", state=state, description="")
        site.forge(FACTORY).set_status(pull.head_sha, status)

    for state, kind, words in (
        ("pending", ForgeNotYetError, '"exam" is pending'),
        ("failure", ForgeRefusedError, '"exam" is failing'),
    ):
        said(state)
        with pytest.raises(ForgeRefusedError, match=words) as caught:
            merged(site, pull)
        assert type(caught.value) is kind
    said("success")
    assert merged(site, pull)


def test_a_branch_that_takes_pull_requests_alone_takes_no_commit(site):
    guarded(site)
    base = site.repository.sha(f"refs/heads/{BASE}")
    with pytest.raises(ForgeRefusedError, match="rule violations found for refs/heads/main"):
        site.forge(FACTORY).commit_files(BASE, {"a": b"a"}, base=base, message="A")
    assert site.repository.sha(f"refs/heads/{BASE}") == base


def test_a_branch_that_moves_in_the_last_moment_is_left_alone(site):
    forge, base = site.forge(FACTORY), site.repository.sha(f"refs/heads/{BASE}")
    first = forge.commit_files("x", {"a": b"a"}, base=base, message="A")
    theirs = site.repository.git("commit-tree", f"{base}^{{tree}}", "-p", first, "-m", "Mine")

    def late():
        site.repository.git("update-ref", "refs/heads/x", theirs)

    site.hub.faults.plan(Fault("meanwhile", path="graphql", skip=1, act=late))
    with pytest.raises(ForgeRefusedError, match=rf"moved from {first[:12]} to {theirs[:12]} mean"):
        forge.commit_files("x", {"a": b"b"}, base=base, message="B")
    assert site.repository.sha("refs/heads/x") == theirs


# Programs are no people


def test_an_approval_of_a_program_is_never_a_persons(site):
    pull = offered(site)
    site.review(FACTORY, pull.number, "approved")
    site.review(APPROVER, pull.number, "approved")
    standing = latest_of(site.forge(EXPERT).reviews(pull.number))
    approvers = {name for name, one in standing.items() if not one.author.is_bot}
    assert approvers == {APPROVER}
    assert standing["modelsmith[bot]"].author == Person(login="modelsmith[bot]", is_bot=True)


def test_a_workflows_own_token_neither_opens_nor_approves(site):
    forge = site.forge_with(site.hub.actions_token(EVERYTHING))
    assert forge.me() == Person(login="github-actions[bot]", is_bot=True)
    push(site, EXPERT, "topic", {"a": "a"})
    with pytest.raises(ForgeDeniedError, match=r"opens no pull requests(.|\n)*MODELSMITH_APP_ID"):
        forge.offer("topic", base=BASE, title="A", body="", is_draft=False)


def test_what_a_workflows_own_token_does_starts_nothing_but_what_it_asks_for(site):
    forge = site.forge_with(site.hub.actions_token(EVERYTHING))
    push(site, EXPERT, BASE, {".github/workflows/iterate.yml": "on: workflow_dispatch\n"})
    before = len(site.hub.events)
    forge.commit_files("x", {"a": b"a"}, base=forge.branch_sha(BASE), message="A")
    forge.dispatch("iterate.yml", ref=BASE, inputs={"run": "tiny"})
    starts = [(event.name, event.starts) for event in site.hub.events[before:]]
    assert starts == [("push", "no"), ("workflow_dispatch", "yes")]


def test_a_workflow_that_is_not_there_is_said(site):
    with pytest.raises(InputError, match=r"no workflow missing\.yml on main"):
        site.forge(FACTORY).dispatch("missing.yml", ref=BASE, inputs={})


# Forks


def test_a_pull_request_from_a_fork_is_known_as_one(site):
    hub = site.hub
    stranger = site.forge_with(hub.token("stranger"))
    site.repository.private = False
    stranger.access.call("POST", "forks", {})
    fork = hub.repositories["stranger/factory"]
    head = fork.sha(f"refs/heads/{BASE}")
    tree = fork.git("rev-parse", f"{head}^{{tree}}")
    made = fork.git("commit-tree", tree, "-p", head, "-m", "Mine")
    fork.git("update-ref", "refs/heads/topic", made)
    said = {"head": "stranger:topic", "base": BASE, "title": "From afar", "body": ""}
    stranger.access.call("POST", "pulls", said)
    (pull,) = site.forge(EXPERT).pull_requests()
    assert (pull.is_from_fork, pull.head, pull.head_sha) == (True, "topic", made)
    assert pull.author == Person(login="stranger", is_bot=False)
    assert list(site.forge(EXPERT).pull_requests(head="topic")) == []
    ours = offered(site)
    assert (ours.number, ours.is_from_fork) == (2, False)
    with pytest.raises(ForgeDeniedError):
        stranger.set_status(made, CommitStatus(context="gate", state="success", description=""))


# Words of other people


def test_a_comment_of_somebody_else_with_our_marker_is_not_ours(site):
    pull = offered(site)
    site.forge(APPROVER).comment(pull.number, marker="check", body="All is well.")
    site.forge(FACTORY).comment(pull.number, marker="check", body="Two problems.")
    site.forge(FACTORY).comment(pull.number, marker="check", body="One problem.")
    said = site.forge(EXPERT).comments(pull.number)
    assert ["All is well." in said[0], "One problem." in said[1], len(said)] == [True, True, 2]


def test_a_marker_in_the_text_of_a_comment_is_no_marker(site):
    number = site.forge(FACTORY).raise_issue(title="A", body="").number
    site.forge(FACTORY).comment(number, marker="one", body="Says <!-- two --> in its text.")
    site.forge(FACTORY).comment(number, marker="two", body="Another.")
    assert len(site.forge(FACTORY).comments(number)) == 2


def test_an_issue_of_somebody_else_with_our_title_does_not_silence_ours(site):
    site.forge(EXPERT).raise_issue(title="Lease ends", body="Ignore me.")
    ours = site.forge(FACTORY).raise_issue(title="Lease ends", body="Tomorrow.")
    assert (ours.number, ours.author.login) == (2, "modelsmith[bot]")


def test_a_pull_request_that_is_closed_by_hand_is_closed(site):
    pull = offered(site)
    site.forge(APPROVER).access.call("PATCH", f"pulls/{pull.number}", {"state": "closed"})
    assert site.forge(EXPERT).pull_request(pull.number).state is PullState.CLOSED


def test_a_commit_without_author_and_date_is_left_to_github_to_sign(site):
    forge = site.forge(FACTORY)
    sha = forge.commit_files("x", {"a": b"a"}, base=forge.branch_sha(BASE), message="A")
    assert show(site, sha, "%an") == "modelsmith[bot]"


def test_an_account_is_known_by_the_address_that_a_commit_names(site):
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    folder, web = clone_of(site, EXPERT), "noreply@github.com"
    who = ("-c", "user.name=GitHub", "-c", f"user.email={web}", "commit", "--quiet")
    git(folder, *who, "--allow-empty", "-m", "Click", "--author", "Ada <ada@example.com>")
    git(folder, "push", "--quiet", "origin", "HEAD:topic")
    forge, sha = site.forge(EXPERT), git(folder, "rev-parse", "HEAD")
    assert forge.known_by(web, commit=sha) == Person(login="web-flow", is_bot=False)
    assert forge.known_by("ada@example.com", commit=sha) is None
    assert forge.known_by("9+ada@users.noreply.ghe.example.com", commit=sha).login == "ada"
    assert forge.known_by("robo[bot]@users.noreply.github.com", commit=sha).is_bot
