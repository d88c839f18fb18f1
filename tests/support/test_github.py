"""The local GitHub is held to GitHub's own description, and to what its documentation says."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest

from tests.support.forges import APPROVER, BASE, EXPERT, clone_of, push
from tests.support.github.cut import CUT, OPERATIONS, cut_from
from tests.support.github.http import served
from tests.support.github.routing import ROUTES
from tests.support.github.rules import Rules, Ruleset
from tests.support.github.site import FULL_NAME, github_site

PACKAGE = Path(os.environ.get("OCTOKIT_OPENAPI", "node_modules/@octokit/openapi"))
"""The npm package that the description was cut from; CI unpacks it, nobody else has to."""


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        yield made


def asked(site, token, method, path, body=None):
    """Return status, headers and JSON of a bare request."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"}
    request = Request(f"{site.hub.api}{path}", content, headers, method=method)  # noqa: S310
    try:
        with urlopen(request) as answer:  # noqa: S310
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None
    except HTTPError as no:
        with no:
            return no.code, no.headers, json.loads(no.read())


def test_everything_that_is_cut_out_is_answered_and_nothing_else():
    cut = {(verb.upper(), path) for path, verbs in OPERATIONS.items() for verb in verbs.split()}
    assert ROUTES.keys() == cut


def test_the_cut_is_of_the_version_that_it_names():
    described = PACKAGE / "generated" / "api.github.com.json"
    if not described.is_file():
        pytest.skip(f"{PACKAGE} is not there: npm pack @octokit/openapi, and set OCTOKIT_OPENAPI")
    cut = json.loads(gzip.decompress(CUT.read_bytes()))
    assert cut_from(json.loads(described.read_text(encoding="utf-8"))) == cut


def test_a_request_that_breaks_the_description_is_kept(site):
    token, path = site.tokens[EXPERT], f"/repos/{FULL_NAME}"
    sha = site.repository.sha(BASE)
    for method, what, body in (
        ("POST", f"{path}/statuses/{sha}", {"state": "green"}),
        ("GET", f"{path}/pulls?sorted=yes", None),
        ("GET", f"{path}/pulls?state=merged", None),
        ("GET", f"{path}/stargazers", None),
        ("POST", f"{path}/issues", None),
    ):
        status, _, answer = asked(site, token, method, what, body)
        assert (status, answer["message"][:5]) == (422, "SPEC:")
    assert len(site.hub.violations) == 5
    assert "is not one of ['error', 'failure', 'pending', 'success']" in site.hub.violations[0]
    site.hub.violations.clear()


def test_an_answer_that_breaks_the_description_fails_the_test(tmp_path):
    def break_it():
        with github_site(tmp_path) as site:
            site.forge(EXPERT).raise_issue(title="A", body="")
            site.repository.threads[1].state = 7
            asked(site, site.tokens[EXPERT], "GET", f"/repos/{FULL_NAME}/issues/1")

    with pytest.raises(AssertionError, match="/state: 7 is not of type 'string'"):
        break_it()


def test_pages_are_named_in_a_link_header(site):
    for number in range(5):
        site.forge(EXPERT).raise_issue(title=f"Issue {number}", body="")
    token, path = site.tokens[EXPERT], f"/repos/{FULL_NAME}/issues?per_page=100"
    _, headers, page = asked(site, token, "GET", path)
    assert [one["number"] for one in page] == [5, 4]
    assert 'per_page=100&page=2>; rel="next"' in headers["Link"]
    _, headers, page = asked(site, token, "GET", f"{path}&page=3")
    assert ([one["number"] for one in page], headers["Link"]) == ([1], None)


def test_an_app_is_known_by_a_token_that_it_signed_and_that_ends_soon(site):
    def answer(**changes):
        now = int(site.hub.now().timestamp())
        said = {"iss": "7", "iat": now - 60, "exp": now + 540} | changes
        token = jwt.encode(said, site.key.private_key, algorithm="RS256")
        return asked(site, token, "GET", "/app")[0]

    now = int(site.hub.now().timestamp())
    assert answer() == 200
    assert answer(iss="8") == answer(exp=now + 3600) == answer(exp=now - 1) == 401
    token = jwt.encode({"iss": "7", "iat": now, "exp": now + 60}, "x" * 32, algorithm="HS256")
    assert asked(site, token, "GET", "/app")[0] == 401


# git


def refused(site, person, *words):
    done = subprocess.run(
        ["git", "push", "--quiet", "origin", *words],
        cwd=clone_of(site, person),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr


def test_a_guarded_branch_is_pushed_to_by_nobody(site):
    before = site.repository.sha(f"refs/heads/{BASE}")
    push(site, EXPERT, "topic", {"a": "a"})
    guard = Rules(pull_request=True, no_deletion=True)
    site.repository.rulesets.append(Ruleset(1, "main", guard))
    assert "GH006: Protected branch update failed" in refused(site, EXPERT, f"topic:{BASE}")
    assert "GH006" in refused(site, EXPERT, f":{BASE}")
    assert site.repository.sha(f"refs/heads/{BASE}") == before


def test_a_branch_that_keeps_its_history_is_not_rewritten(site):
    push(site, EXPERT, "walk", {"a": "a"})
    push(site, EXPERT, "other", {"b": "b"})
    keep = Ruleset(1, "walks", Rules(no_force_push=True), include=("refs/heads/walk",))
    site.repository.rulesets.append(keep)
    assert "GH006: Cannot force-push" in refused(site, EXPERT, "--force", "other:walk")
    push(site, EXPERT, "walk", {"a": "b"})


def test_who_may_only_read_does_not_push(site):
    site.repository.roles[APPROVER] = "read"
    assert "403" in refused(site, APPROVER, f"HEAD:refs/heads/{APPROVER}")
    site.repository.roles.pop(APPROVER)
    assert "not found" in refused(site, APPROVER, f"HEAD:refs/heads/{APPROVER}")


def test_a_pull_request_has_refs_that_workflows_check_out(site):
    sha = push(site, EXPERT, "topic", {"a": "a"})
    site.forge(EXPERT).offer("topic", base=BASE, title="A", body="", is_draft=False)
    main = push(site, APPROVER, BASE, {"b": "b"})
    assert site.repository.sha("refs/pull/1/head") == sha
    parents = site.repository.git("show", "--no-patch", "--format=%P", "refs/pull/1/merge")
    assert parents == f"{main} {sha}"


# Events


def test_what_happens_is_told_in_order_with_checked_payloads(site):
    push(site, EXPERT, "topic", {"a": "a"})
    forge = site.forge(EXPERT)
    pull = forge.offer("topic", base=BASE, title="A", body="", is_draft=True, labels=("exam",))
    forge.offer("topic", base=BASE, title="B", body="", is_draft=False)
    site.review(APPROVER, pull.number, "approved")
    push(site, EXPERT, "topic", {"a": "b"})
    forge.merge(1, sha=site.repository.sha("refs/heads/topic"), message="Take it")
    told = [(event.name, event.payload.get("action")) for event in site.hub.events]
    assert told == [
        ("push", None),
        ("pull_request", "opened"),
        ("pull_request", "labeled"),
        ("pull_request", "edited"),
        ("pull_request", "ready_for_review"),
        ("pull_request_review", "submitted"),
        ("push", None),
        ("pull_request", "synchronize"),
        ("pull_request", "closed"),
        ("push", None),
    ]
    assert {event.starts for event in site.hub.events} == {"yes"}


def test_it_is_served_on_its_own(tmp_path):
    words = [sys.executable, "-m", "tests.support.github", "--root", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())
            request = Request(f"{told['url']}/repos/acme/factory")  # noqa: S310
            request.add_header("Authorization", f"Bearer {told['tokens']['expert']}")
            with urlopen(request) as answer:  # noqa: S310
                assert json.loads(answer.read())["full_name"] == "acme/factory"
        finally:
            process.terminate()


def test_two_can_be_served_at_once(tmp_path):
    with served(tmp_path / "a") as one, served(tmp_path / "b") as other:
        assert one.url != other.url
