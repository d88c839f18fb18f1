"""A channel on plain git: promote A, promote B, B regresses, A is served again; nobody awake."""

import pytest

from modelsmith.adapters.git_history import GitHistory
from modelsmith.domain.watched import Watched
from modelsmith.steps.verify import Verification
from modelsmith.steps.verify_channels import channel_faults, channels_in, live_in
from modelsmith.wiring.signing import ways
from tests.support.forges import FACTORY, clone_of
from tests.support.lifecycle import Lifecycle
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow


@pytest.fixture
def life(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    return Lifecycle(LocalSite(tmp_path), monkeypatch.setenv, lambda: "".join(capsys.readouterr()))


def audited(life):
    """Return what an auditor's clone says: every fault, and what is live."""
    folder = clone_of(life.site, "auditor")
    with GitHistory(folder) as history:
        tip = history.commit_of("origin/main")
        found = Verification(history, tip, ways(folder))
        told = [
            f for place in found.places() if found.is_sealed(place) for f in found.faults(place)
        ]
        channels = list(channels_in(found))
        told += [what for one in channels for what in channel_faults(found, one)]
        return told, {one.name: live_in(one) for one in channels}, channels


def test_what_regresses_is_taken_back_and_what_was_before_is_served_again(life):
    life.promotes("one")
    with life.served() as served:
        assert served.follows() == "one-1"
        life.promotes("two")
        assert served.follows() == "two-1"
        assert all(one.outcome == "quiet" for one in served.watched(2))
        served.speakers.forgets.add("two-1")
        *_, last = served.watched(20)
        assert isinstance(last, Watched), last
        assert last.outcome == "reverted"
        assert served.follows() == "one-1"
        health = served.desk.health()
    told, live, (channel,) = audited(life)
    assert told == []
    assert live["sandbox"].version == "one-1"
    assert health.release == live["sandbox"]
    assert health.fingerprint.holds
    assert [move.kind for move in channel.moves] == ["promoted", "promoted", "reverted"]
    issue = life.site.forge(FACTORY).issue(last.issue)
    assert "two-1" in issue.title
    assert "one-1" in issue.body
