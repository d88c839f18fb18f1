"""GitHub when things go wrong: limits, faults, dead lines, tokens that may not or have ended."""

import subprocess
import sys

import pytest

from modelsmith.errors import ForgeDeniedError, ForgeError, InputError
from modelsmith.forge.github.client import Access
from modelsmith.forge.github.connection import AppKey, GitHubRepository
from modelsmith.forge.records import Annotation, CheckRun, CommitStatus
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, push
from tests.support.github.faults import Fault
from tests.support.github.site import FULL_NAME, github_site

pytestmark = pytest.mark.slow

STATUS = CommitStatus(context="gate", state="success", description="3 of 3")


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        yield made


@pytest.fixture
def sha(site):
    return site.repository.sha(f"refs/heads/{BASE}")


# Limits and faults


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"kind": "secondary limit", "wait_s": 30}, 31.25),
        ({"kind": "secondary limit", "says_when": False}, 75),
        ({"kind": "primary limit", "wait_s": 300}, 300),
    ],
)
def test_a_limit_in_the_middle_is_waited_for_and_nothing_is_done_twice(
    site, sha, status, fault, wait
):
    site.hub.faults.plan(Fault(**fault, status=status, method="POST", path="git/commits"))
    made = site.forge(FACTORY).commit_files("x", {"a": b"a"}, base=sha, message="A")
    assert site.repository.sha("refs/heads/x") == made
    assert [one[0] for one in site.hub.faults.met] == [fault["kind"]]
    assert sum(site.clock.slept) == pytest.approx(wait, abs=2)
    assert "rate limit" in site.clock.said[0]
    assert "attempt 2 of 6" in site.clock.said[0]


def test_a_fault_of_github_is_asked_again(site, sha):
    site.hub.faults.plan(Fault("server fault", method="GET", times=3))
    assert site.forge(EXPERT).branch_sha(BASE) == sha
    assert site.clock.slept == [2.5, 5, 10]


def test_a_fault_that_stays_is_given_up_with_what_was_tried(site):
    site.hub.faults.plan(Fault("server fault", times=99))
    with pytest.raises(ForgeError, match=r"502 .*Server Error .attempt 6; the next would be in 80"):
        site.forge(EXPERT).branch_sha(BASE)


def test_a_limit_that_lasts_too_long_is_not_waited_for(site):
    site.hub.faults.plan(Fault("primary limit", wait_s=3000, times=99))
    with pytest.raises(ForgeError, match=r"rate limit(.|\n)*later") as caught:
        site.forge(EXPERT).branch_sha(BASE)
    assert not isinstance(caught.value, ForgeDeniedError)
    assert site.clock.slept == []


def test_a_server_that_is_not_there_is_said(site, tmp_path):
    place = GitHubRepository(repository=FULL_NAME, api_url="http://127.0.0.1:9")
    access = Access(place, "ghp_secret", sleep=site.clock.sleep, tell=site.clock.tell)
    with pytest.raises(ForgeError, match=r"cannot be reached at http://127.0.0.1:9 .Connection"):
        access.call("GET", "")
    assert len(site.clock.slept) == 5


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("web page", "text/html is answered, not application/json"),
        ("half an answer", "what is answered is no application/json"),
    ],
)
def test_what_is_no_answer_of_github_is_asked_again_and_then_said(site, sha, kind, words):
    site.hub.faults.plan(Fault(kind))
    assert site.forge(EXPERT).branch_sha(BASE) == sha
    site.hub.faults.plan(Fault(kind, times=99))
    with pytest.raises(ForgeError, match=words):
        site.forge(EXPERT).branch_sha(BASE)


def test_who_waits_is_told_on_standard_error(site, capsys):
    place = GitHubRepository(repository=FULL_NAME, api_url=site.hub.api)
    access = Access(place, site.tokens[EXPERT], sleep=site.clock.sleep, dice=lambda: 0)
    site.hub.faults.plan(Fault("server fault"))
    access.call("GET", "")
    said = capsys.readouterr().err
    assert said.startswith("GitHub answers 502 to GET /repos/acme/factory: Server Error; attempt 2")
    assert site.tokens[EXPERT] not in said


# The line goes dead


@pytest.mark.parametrize("when", ["dropped before", "dropped after"])
def test_a_lost_answer_makes_no_second_comment(site, when):
    number = site.forge(FACTORY).raise_issue(title="A", body="").number
    site.hub.faults.plan(Fault(when, method="POST", path="comments"))
    site.forge(FACTORY).comment(number, marker="check", body="One.")
    assert len(site.forge(FACTORY).comments(number)) == 1
    assert site.hub.faults.met


@pytest.mark.parametrize("when", ["dropped before", "dropped after"])
def test_a_lost_answer_makes_no_second_issue(site, when):
    site.hub.faults.plan(Fault(when, method="POST", path="issues$"))
    issue = site.forge(FACTORY).raise_issue(title="A", body="", labels=("run",))
    assert (issue.number, issue.labels) == (1, ("run",))
    assert list(site.repository.threads) == [1]


@pytest.mark.parametrize("path", ["pulls$", "labels", "graphql"])
def test_a_lost_answer_makes_no_second_pull_request(site, path):
    push(site, EXPERT, "topic", {"a": "a"})
    said = {"base": BASE, "title": "A", "body": "B", "labels": ("exam",)}
    forge = site.forge(EXPERT)
    if path == "graphql":
        forge.offer("topic", is_draft=True, **said)
    site.hub.faults.plan(Fault("dropped after", method="POST", path=path))
    pull = forge.offer("topic", is_draft=False, **said)
    assert (pull.number, pull.labels, pull.is_draft) == (1, ("exam",), False)
    assert list(site.repository.threads) == [1]
    assert site.hub.faults.met


def test_a_lost_answer_to_a_moved_branch_is_found(site, sha):
    forge = site.forge(FACTORY)
    forge.commit_files("x", {"a": b"a"}, base=sha, message="A")
    site.hub.faults.plan(Fault("dropped after", path="graphql", skip=1))
    made = forge.commit_files("x", {"a": b"b"}, base=sha, message="B")
    assert site.repository.sha("refs/heads/x") == made
    assert site.hub.faults.met


@pytest.mark.parametrize("path", ["git/trees", "git/commits", "git/refs"])
def test_a_lost_answer_makes_no_second_commit(site, sha, path):
    site.hub.faults.plan(Fault("dropped after", method="POST", path=path))
    made = site.forge(FACTORY).commit_files("x", {"a": b"a"}, base=sha, message="A")
    assert site.repository.git("rev-list", "--count", f"{sha}..x") == "1"
    assert site.repository.sha("refs/heads/x") == made


def test_a_merge_whose_answer_was_lost_is_found(site):
    push(site, EXPERT, "topic", {"a": "a"})
    pull = site.forge(EXPERT).offer("topic", base=BASE, title="A", body="", is_draft=False)
    site.hub.faults.plan(Fault("dropped after", method="PUT", path="merge"))
    merged = site.forge(EXPERT).merge(pull.number, sha=pull.head_sha, message="Take it")
    assert site.repository.sha(f"refs/heads/{BASE}") == merged
    assert site.repository.git("rev-list", "--count", "--merges", BASE) == "1"


def test_a_check_cut_off_in_the_middle_says_nothing_until_all_remarks_are_there(site, sha):
    remarks = tuple(
        Annotation(path="a", line=n, level="failure", message="Off") for n in range(1, 121)
    )
    check = CheckRun(name="exam", conclusion="success", title="", summary="", annotations=remarks)
    site.hub.faults.plan(Fault("server fault", method="PATCH", path="check-runs", times=6))
    with pytest.raises(ForgeError, match="Server Error"):
        site.forge(FACTORY).report(sha, check)
    assert dict(site.forge(FACTORY).checks(sha)) == {}
    site.forge(FACTORY).report(sha, check)
    assert list(site.forge(FACTORY).checks(sha)) == ["exam"]
    assert tuple(site.annotations(sha, "exam")) == remarks


def test_remarks_whose_answer_was_lost_are_not_shown_twice(site, sha):
    remarks = tuple(
        Annotation(path="a", line=n, level="notice", message="Off") for n in range(1, 61)
    )
    check = CheckRun(name="exam", conclusion="neutral", title="", summary="", annotations=remarks)
    site.hub.faults.plan(Fault("dropped after", method="PATCH", path="check-runs"))
    site.forge(FACTORY).report(sha, check)
    assert tuple(site.annotations(sha, "exam")) == remarks


# Who may not


RIGHTS = {
    "statuses": lambda forge, sha: forge.set_status(sha, STATUS),
    "contents": lambda forge, sha: forge.commit_files("x", {"a": b"a"}, base=sha, message="A"),
    "issues": lambda forge, sha: forge.raise_issue(title="A", body=""),
    "actions": lambda forge, sha: forge.dispatch("iterate.yml", ref=BASE, inputs={}),
}


@pytest.mark.parametrize("right", RIGHTS)
def test_a_token_without_the_right_is_told_which(site, sha, right):
    token = site.hub.token(EXPERT, permissions={"contents": "read", "issues": "read"})
    with pytest.raises(ForgeDeniedError, match=rf"it needs {right}=write") as caught:
        RIGHTS[right](site.forge_with(token), sha)
    assert token not in str(caught.value)
    assert site.repository.sha("refs/heads/x") is None


def test_a_classic_token_without_the_scope_is_told_which(site):
    token = site.hub.token(EXPERT, kind="classic", scopes=frozenset({"gist"}))
    with pytest.raises(ForgeDeniedError, match="lacks a scope: it needs repo"):
        site.forge_with(token).branch_sha(BASE)


def test_a_token_that_is_none_is_said_and_never_shown(site):
    with pytest.raises(ForgeDeniedError, match="Bad credentials") as caught:
        site.forge_with("ghp_0123456789abcdef").branch_sha(BASE)
    assert "ghp_0123456789abcdef" not in str(caught.value)
    assert "GITHUB_TOKEN" in caught.value.remedy


def test_who_may_only_read_is_told_that_the_role_lacks(site, sha):
    site.repository.roles["guest"] = "read"
    with pytest.raises(ForgeDeniedError, match="lacks the role"):
        site.forge_with(site.hub.token("guest")).set_status(sha, STATUS)


def test_a_person_is_told_that_only_apps_publish_checks(site, sha):
    check = CheckRun(name="exam", conclusion="success", title="", summary="")
    with pytest.raises(ForgeDeniedError, match=r"Only GitHub Apps .*(.|\n)*checks: write"):
        site.forge(EXPERT).report(sha, check)


def test_a_repository_that_must_not_be_known_is_not(site):
    token = site.hub.token("stranger")
    for act in (site.forge_with(token).settings, lambda: site.forge_with(token).branch_sha(BASE)):
        with pytest.raises(ForgeError, match="the token may not see this repository"):
            act()


def test_without_pygithub_it_says_what_to_install():
    code = (
        "import sys; sys.modules['github'] = None\n"
        "from modelsmith.forge.github.client import Access\n"
        "from modelsmith.forge.github.connection import GitHubRepository\n"
        "Access(GitHubRepository(repository='a/b'), 't').call('GET', '')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (
        "PyGithub is not there\n  Install the extra `github`: pip install -e '.[github]'"
        in done.stderr
    )


# GitHub Apps


def test_an_app_acts_as_its_bot_and_its_token_is_minted_anew_when_it_ends(site, sha):
    forge = site.forge(FACTORY)
    assert forge.me().login == "modelsmith[bot]"
    for token in site.hub.tokens.values():
        if token.kind == "app":
            token.expires_at = site.hub.now()
    assert forge.branch_sha(BASE) == sha
    minted = [one for one in site.hub.requests if one[1].endswith("access_tokens")]
    assert [status for _, _, status in minted] == [201, 201]


def test_an_app_that_is_not_installed_is_said(site):
    site.app.installations.clear()
    with pytest.raises(ForgeDeniedError, match=r"App 7 is not installed in acme/factory"):
        site.forge(FACTORY).branch_sha(BASE)


def test_an_app_with_another_key_is_said_and_the_key_never_shown(site):
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = other.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    ).decode()
    key = AppKey(app_id="7", private_key=text)
    with pytest.raises(ForgeDeniedError, match="401"):
        site.forge_with(key).branch_sha(BASE)
    assert text not in repr(key)


def test_a_key_that_is_none_is_said(site):
    key = AppKey(app_id="7", private_key="not a key")
    with pytest.raises(InputError, match="private key cannot be read") as caught:
        site.forge_with(key).branch_sha(BASE)
    assert "not a key" not in str(caught.value)


# Enterprise


def test_an_enterprise_server_is_asked_below_its_own_address(site, sha):
    place = GitHubRepository(repository=FULL_NAME, api_url=f"{site.hub.api}/api/v3")
    access = Access(place, site.tokens[APPROVER])
    assert access.me.login == APPROVER
    assert access.call("GET", f"git/ref/heads/{BASE}")["object"]["sha"] == sha


@pytest.mark.parametrize("url", ["http://github.example.com/api/v3", "https://x/", "ftp://x"])
def test_a_token_never_travels_in_the_clear(url):
    with pytest.raises(ValueError, match="api_url"):
        GitHubRepository(repository=FULL_NAME, api_url=url)
