"""A channel on either forge: promote A, promote B, B regresses, A is served again; nobody awake."""

import pytest

from modelsmith.live.watch.page import Watched
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, git
from tests.support.github.site import github_site, point_at
from tests.support.lifecycle import Lifecycle, forgetful
from tests.support.lifecycle_github import OnGitHub
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow


@pytest.fixture(params=["local", "github"])
def life(request, tmp_path, monkeypatch, capsys):
    def said():
        return "".join(capsys.readouterr())

    if request.param == "local":
        monkeypatch.setenv("MODELSMITH_FORGE", "local")
        yield Lifecycle(LocalSite(tmp_path), monkeypatch.setenv, said)
        return
    with github_site(tmp_path) as site:
        point_at(site, monkeypatch)
        yield OnGitHub(site, monkeypatch.setenv, said)


def test_what_regresses_is_taken_back_and_what_was_before_is_served_again(life):
    first = life.promotes("one")
    assert life.is_clean()
    with life.served() as served:
        assert served.follows() == "one-1"
        second = life.promotes("two")
        assert life.is_clean()
        assert served.follows() == "two-1"
        assert all(one.outcome == "quiet" for one in served.watched(2))
        served.serving_engines.forgets.add("two-1")
        (asked,) = served.watched(1, only="ask")
        assert isinstance(asked, Watched), asked
        assert asked.outcome == "due"
        words = ("watch", "--channel", "sandbox", "--only", "act", "--json")
        last = Watched.model_validate_json(life.does(FACTORY, *words, code=1))
        assert last.outcome == "reverted"
        assert served.follows() == "one-1"
        health = served.follower.health()
    (live,), (taken,) = life.audits("sandbox"), life.audits("adtech-tiny/two-1")
    assert live["release"] == health.release.model_dump(by_alias=True)
    assert health.fingerprint.holds
    assert (live["holds"], live["standing"]) == (True, "live")
    assert (taken["holds"], taken["standing"]) == (True, "taken back")
    assert [move["kind"] for move in taken["moves"]] == ["promoted", "reverted"]
    assert life.is_clean()
    forge = life.site.forge(FACTORY)
    assert all(forge.pull_request(number).merge_sha for number in (first, second, last.pull))
    issue = forge.issue(last.issue)
    assert "two-1" in issue.title
    assert "one-1" in issue.body
    merges = git(life.site.bare, "log", "--merges", "--first-parent", "--format=%ae %s", BASE)
    by = life.site.email(FACTORY)
    told = [line.split()[:2] for line in merges.splitlines()]
    assert told == [[by, "Take"], [by, "Promote"], [by, "Promote"]]


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
    assert life.is_clean()


def test_a_veto_holds_it_back_until_it_is_lifted(life):
    life.walks("one")
    number = life.offers("one")
    life.approves(EXPERT, number)
    life.rejects(APPROVER, number, "The licence is not clear.")
    told = life.does(FACTORY, "promotion", "merge", "--all", code=1)
    assert told.startswith(f"pull request {number} refused: ")
    assert "asks for changes" in told
    life.approves(APPROVER, number)
    told = life.does(FACTORY, "promotion", "merge", "--all")
    assert told.startswith(f"pull request {number} merged: adtech-tiny one-1 is live")
    assert life.is_clean()
