"""The same channel on GitHub, whose rules take approvals away from a sealed head; and a veto."""

import pytest

from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, git
from tests.support.github.rules import Bypass, Rules, Ruleset
from tests.support.github.site import FULL_NAME, github_site
from tests.support.lifecycle import OPERATOR, Lifecycle, forgetful

pytestmark = pytest.mark.slow

STRICT = Rules(pull_request=True, approvals=2, dismiss_stale=True, last_push=True)
"""What people review, the policy asks; nobody but the App is let past it."""


class OnGitHub(Lifecycle):
    """Approvals are reviews; who acts is who has the token."""

    def __init__(self, site, setenv, said):
        self._setenv = setenv
        site.repository.roles |= {"auditor": "read", OPERATOR: "write"}
        site.tokens |= {name: site.hub.token(name) for name in ("auditor", OPERATOR)}
        super().__init__(site, setenv, said)
        passes = (Bypass("Integration", site.app.id, "pull_request"),)
        site.repository.rulesets.append(Ruleset(1, "modelsmith", STRICT, bypass=passes))

    def does(self, person, *words, code=0):
        self._setenv("GITHUB_TOKEN", self.site.tokens[person])
        return super().does(person, *words, code=code)

    def approves(self, person, number):
        self.site.review(person, number, "approved")
        return ""


@pytest.fixture
def life(tmp_path, monkeypatch, capsys):
    with github_site(tmp_path) as site:
        monkeypatch.setenv("MODELSMITH_FORGE", "github")
        monkeypatch.setenv("GITHUB_REPOSITORY", FULL_NAME)
        monkeypatch.setenv("GITHUB_API_URL", site.hub.api)
        for name in ("GH_TOKEN", "MODELSMITH_APP_ID", "MODELSMITH_APP_PRIVATE_KEY"):
            monkeypatch.delenv(name, raising=False)
        yield OnGitHub(site, monkeypatch.setenv, lambda: "".join(capsys.readouterr()))


def test_what_regresses_is_taken_back_through_pull_requests_that_nobody_clicked(life):
    first = life.promotes("one")
    with life.served() as served:
        assert served.follows() == "one-1"
        life.promotes("two")
        assert served.follows() == "two-1"
        served.speakers.forgets.add("two-1")
        *_, last = served.watched(20)
        assert last.outcome == "reverted", last
        assert served.follows() == "one-1"
    (live,), (taken,) = life.audits("sandbox"), life.audits("adtech-tiny/two-1")
    assert (live["holds"], live["standing"]) == (True, "live")
    assert (taken["holds"], taken["standing"]) == (True, "taken back")
    assert live["approvals"][0]["signature"] == ""  # GitHub vouches for who reviewed
    forge = life.site.forge(FACTORY)
    for number in (first, last.pull):
        assert forge.pull_request(number).merge_sha
    issue = forge.issue(last.issue)
    assert "two-1" in issue.title
    merges = git(life.site.bare, "log", "--merges", "--first-parent", "--format=%s", BASE)
    assert [line.split()[0] for line in merges.splitlines()] == ["Take", "Promote", "Promote"]


def test_a_veto_holds_it_back_until_it_is_lifted(life):
    life.walks("one")
    number = life.offers("one")
    life.approves(EXPERT, number)
    life.site.review(APPROVER, number, "changes-requested", "The licence is not clear.")
    told = life.does(FACTORY, "promotion", "merge", "--all", code=1)
    assert told.startswith(f"pull request {number} refused: ")
    assert "approver, who holds legal, asks for changes" in told
    life.approves(APPROVER, number)
    told = life.does(FACTORY, "promotion", "merge", "--all")
    assert told.startswith(f"pull request {number} merged: adtech-tiny one-1 is live")


def test_an_operator_overrules_the_gate_in_writing_and_it_is_told_for_ever(life):
    life.walks("weak", forgetful)
    told = life.overrides("weak", "The quarter ends; sandbox only.")
    assert "OVERRIDDEN by operator@example.org" in told
    for person in (EXPERT, APPROVER):
        life.approves(person, 1)
    assert "OVERRIDDEN" in life.does(EXPERT, "promotion", "status", "--pull", "1")
    told = life.does(FACTORY, "promotion", "merge", "--all")
    assert told.startswith("pull request 1 merged: adtech-tiny weak-1 is live")
    (live,) = life.audits("sandbox")
    assert live["holds"]
    assert [move["kind"] for move in live["moves"]] == ["overridden"]
    words = "OVERRIDDEN by operator@example.org"
    assert live["override"].startswith(words)
    assert words in life.does("auditor", "audit", "promotion", "sandbox")
