"""What whoever reads channels promises: nothing unsigned, nothing altered, nothing half there."""

import pytest

from modelsmith.errors import BlockedError, BrokenRecordError, SignatureError
from tests.support.releases import STRANGER, WEIGHTS, FolderReleases


@pytest.fixture
def releases(tmp_path):
    return FolderReleases(tmp_path)


def test_a_channel_that_never_was_has_nothing_live(releases):
    assert releases.live("sandbox") is None


def test_a_channel_that_was_taken_down_has_nothing_live(releases):
    releases.moved(releases.promoted("1"))
    releases.moved(None)
    assert releases.live("sandbox") is None


def test_what_is_live_comes_whole(releases):
    release = releases.promoted("1")
    releases.moved(release)
    live = releases.live("sandbox")
    assert live.pointer.live == live.request.release == release
    assert {live.pointer.channel, live.request.channel, live.contract.channel} == {"sandbox"}
    assert (live.adapter / WEIGHTS).is_file()
    assert live.fingerprint.digest() == live.request.evidence["fingerprint.json"]
    assert len(live.commit) == 40


def test_one_channel_says_nothing_of_another(releases):
    releases.moved(releases.promoted("1"))
    assert releases.live("production") is None


@pytest.mark.parametrize("channel_is_down", [False, True])
def test_a_move_that_a_stranger_signed_is_refused(releases, channel_is_down):
    release = releases.promoted("1")
    releases.moved(None if channel_is_down else release, key=STRANGER)
    with pytest.raises(SignatureError, match="not signed by whom the policy accepts"):
        releases.live("sandbox")


def test_an_adapter_that_was_altered_is_refused(releases):
    releases.moved(releases.promoted("1"))
    (releases.adapter("diagnoser", "1") / WEIGHTS).write_bytes(b"others")
    with pytest.raises(BrokenRecordError, match="adapter of diagnoser 1 is not what was signed"):
        releases.live("sandbox")


def test_an_adapter_that_is_not_on_this_machine_is_waited_for(releases):
    releases.moved(releases.promoted("1"))
    releases.adapter("diagnoser", "1").rename(releases.root / "away")
    with pytest.raises(BlockedError, match="not on this machine"):
        releases.live("sandbox")
