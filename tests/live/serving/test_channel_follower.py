"""What answers in a channel: only what was signed, proven before it is live, and never nothing
because something new was bad."""

import threading

import pytest

from modelsmith.errors import BlockedError, BrokenRecordError, ForgeError, SignatureError
from modelsmith.live.serving.channel_follower import ChannelFollower
from modelsmith.live.serving.health import Health
from tests.support.clock import SteppingClock
from tests.support.releases import STRANGER, WEIGHTS, FolderReleases, edited, scripted_fingerprint
from tests.support.serving_engines import ListLog, ScriptedServingEngines


class World:
    """A channel, and the desk that follows it."""

    def __init__(self, root):
        self.releases = FolderReleases(root)
        self.serving_engines = ScriptedServingEngines()
        self.log = ListLog()
        clock = SteppingClock(step_s=0.001)
        self.follower = ChannelFollower(
            "sandbox", self.releases, self.serving_engines, clock, self.log.tell
        )

    def live(self, version="1", **promoted):
        """Promote a version, move the pointer to it, and check once."""
        release = self.releases.promoted(version, **promoted)
        self.releases.moved(release)
        return self.follower.check()

    @property
    def version(self):
        release = self.follower.health().release
        return release and release.version


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def adapter_of(world, version):
    return world.releases.adapter("diagnoser", version)


# Going live


def test_what_is_live_answers_once_it_is_proven(world):
    check = world.live("1")
    health = world.follower.health()
    assert check.outcome == "served"
    assert check.why.startswith("diagnoser 1 answers: 0.000 nats from what was signed, ")
    assert (health.state, health.is_ready, health.release.version) == ("serving", True, "1")
    assert health.fingerprint.holds
    assert health.fingerprint.to_specialist == 0 < health.fingerprint.to_base
    assert health.engine["engine"] == "scripted"
    assert health.since is not None
    with world.follower.lease() as taken:
        assert taken.release.request.version == "1"
        assert world.follower.health().in_flight == 1
    assert world.follower.health().in_flight == 0


def test_a_second_check_loads_nothing_and_says_nothing(world):
    world.live("1")
    told = len(world.log.notices)
    assert world.follower.check().outcome == "unchanged"
    assert world.serving_engines.loads == ["1"]
    assert len(world.log.notices) == told


def test_the_commit_follows_the_branch_while_the_release_stays(world):
    world.live("1")
    read = world.releases.live

    class Growing:
        commits = ["a" * 40, "b" * 40]  # noqa: RUF012 - one test's own

        def live(self, channel):
            return read(channel)._replace(commit=self.commits.pop(0))

    follower = ChannelFollower(
        "sandbox", Growing(), world.serving_engines, SteppingClock(), world.log.tell
    )
    told = [(follower.check().outcome, follower.health().commit) for _ in range(2)]
    assert told == [("served", "a" * 40), ("unchanged", "b" * 40)]


def test_a_moved_pointer_swaps_and_frees_the_old_one(world):
    world.live("1")
    assert world.live("2").outcome == "served"
    assert world.version == "2"
    assert world.serving_engines.loaded == ["2"]
    assert "diagnoser 1 has answered all that it began, and is unloaded" in world.log.words


def test_what_a_request_began_with_answers_it_to_the_end(world):
    world.live("1")
    with world.follower.lease() as taken:
        world.live("2")
        assert taken.release.request.version == "1"
        assert taken.engine.is_loaded
        assert world.serving_engines.loaded == ["1", "2"]
        with world.follower.lease() as later:
            assert later.release.request.version == "2"
    world.follower.free_idle()
    assert world.serving_engines.loaded == ["2"]


def test_waiting_frees_the_old_one_as_soon_as_it_is_idle(world):
    world.live("1")
    taking = world.follower.lease()
    taking.__enter__()
    world.live("2")
    waiter = threading.Thread(target=world.follower.stay, args=(1000,))
    waiter.start()
    taking.__exit__(None, None, None)
    world.follower.drain()
    waiter.join()
    assert world.serving_engines.loaded == ["2"]


def test_a_channel_that_goes_back_serves_the_release_that_it_had(world):
    world.live("1")
    back = world.follower.health().release
    world.live("2")
    world.releases.moved(back)
    assert world.follower.check().outcome == "served"
    assert (world.version, world.serving_engines.loaded) == ("1", ["1"])


# Nothing to serve


def test_before_the_first_check_nothing_answers(world):
    assert world.follower.health().state == "waiting"
    with pytest.raises(BlockedError, match="nothing that verifies is loaded for channel sandbox"):
        world.follower.lease().__enter__()


def test_a_channel_that_was_taken_down_answers_nothing_and_says_so(world):
    world.live("1")
    world.releases.moved(None)
    assert world.follower.check().outcome == "down"
    assert world.serving_engines.loaded == []
    health = world.follower.health()
    assert (health.state, health.release, health.is_ready) == ("down", None, False)
    with pytest.raises(BlockedError, match="channel sandbox was taken down") as told:
        world.follower.lease().__enter__()
    assert told.value.reason == "down"


def test_a_channel_that_comes_back_is_served_again(world):
    world.live("1")
    release = world.follower.health().release
    world.releases.moved(None)
    world.follower.check()
    world.releases.moved(release)
    assert world.follower.check().outcome == "served"
    assert world.follower.health().state == "serving"


# Refusals, each with a good one that keeps answering


def unsigned(world):
    world.releases.moved(world.releases.promoted("2"))
    (world.releases.root / "promotions/channels/sandbox.seal").unlink()


def by_a_stranger(world):
    world.releases.moved(world.releases.promoted("2"), key=STRANGER)


def tampered_adapter(world):
    world.releases.moved(world.releases.promoted("2"))
    (adapter_of(world, "2") / WEIGHTS).write_bytes(b"others")


def extra_file(world):
    world.releases.moved(world.releases.promoted("2"))
    (adapter_of(world, "2") / "more.bin").write_bytes(b"more")


def edited_request(world):
    release = world.releases.promoted("2")
    world.releases.moved(release)
    edited(world.releases.root / release.place / "request.json", run="another")


def edited_fingerprint(world):
    release = world.releases.promoted("2")
    world.releases.moved(release)
    edited(world.releases.root / release.place / "fingerprint.json", spots=[])


def of_another_channel(world):
    world.releases.moved(world.releases.promoted("2", channel="production"))


def another_specialists_fingerprint(world):
    world.releases.moved(world.releases.promoted("2", fingerprint=scripted_fingerprint("a" * 64)))


def adapter_without_effect(world):
    world.releases.moved(world.releases.promoted("2"))
    world.serving_engines.forgets_adapter = True


REFUSED = {
    unsigned: "promotions/channels/sandbox.yaml is not signed",
    by_a_stranger: "sandbox.yaml is not signed by whom the policy accepts",
    tampered_adapter: "the adapter of diagnoser 2 is not what was signed",
    extra_file: "the adapter of diagnoser 2 is not what was signed",
    edited_request: "request.json is not what was signed",
    edited_fingerprint: "fingerprint.json is not what was signed",
    of_another_channel: "diagnoser 2 is signed for channel production, this server is of sandbox",
    another_specialists_fingerprint: "what is loaded is not diagnoser 2: its next tokens are ",
    adapter_without_effect: "what is loaded is not diagnoser 2: its next tokens are ",
}


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.__name__)
def test_what_is_not_what_was_signed_is_refused_and_the_last_good_one_answers(world, attack):
    world.live("1")
    attack(world)
    check = world.follower.check()
    assert check.outcome == "refused"
    assert REFUSED[attack] in check.why
    assert (world.version, world.serving_engines.loaded) == ("1", ["1"])
    assert world.follower.health().is_ready
    assert world.follower.health().last_check == check
    with world.follower.lease() as taken:
        assert taken.release.request.version == "1"


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.__name__)
def test_it_is_refused_at_the_start_too_and_nothing_answers(world, attack):
    attack(world)
    assert world.follower.check().outcome == "refused"
    health = world.follower.health()
    assert (health.state, health.release, world.serving_engines.loaded) == ("waiting", None, [])
    with pytest.raises(BlockedError, match="nothing that verifies") as told:
        world.follower.lease().__enter__()
    assert REFUSED[attack] in told.value.remedy


def test_a_pointer_to_another_release_than_was_approved_is_refused(world):
    world.live("1")
    one, two = world.follower.health().release, world.releases.promoted("2")
    world.releases.moved(two)
    read = world.releases.live

    class Mixed:
        def live(self, channel):
            found = read(channel)
            return found._replace(pointer=found.pointer.model_copy(update={"live": one}))

    follower = ChannelFollower(
        "sandbox", Mixed(), world.serving_engines, SteppingClock(), world.log.tell
    )
    check = follower.check()
    assert check.outcome == "refused"
    assert "pointer of sandbox names another release than diagnoser 2" in check.why


def test_a_refusal_is_told_once_and_so_is_its_end(world):
    world.live("1")
    release = world.releases.promoted("2")
    world.releases.moved(release)
    kept = (adapter_of(world, "2") / WEIGHTS).read_bytes()
    (adapter_of(world, "2") / WEIGHTS).write_bytes(b"others")
    before = len(world.log.notices)
    for _ in range(3):
        world.follower.check()
    (told,) = world.log.notices[before:]
    assert told.outcome == "refused"
    assert told.release.version == "1"
    assert "Meanwhile diagnoser 1 keeps answering." in told.words

    (adapter_of(world, "2") / WEIGHTS).write_bytes(kept)
    assert world.follower.check().outcome == "served"
    assert world.version == "2"
    assert [n.outcome for n in world.log.notices[before + 1 :] if n.event == "checked"] == [
        "served"
    ]


def test_another_reason_is_told_again(world):
    world.live("1")
    tampered_adapter(world)
    world.follower.check()
    before = len(world.log.notices)
    (world.releases.root / "promotions/channels/sandbox.seal").unlink()
    world.follower.check()
    assert len(world.log.notices) == before + 1


# Trouble of the machine


def test_a_branch_that_cannot_be_read_changes_nothing_and_its_return_is_told(world):
    world.live("1")
    world.releases.fault = ForgeError("origin does not answer", remedy="Look at the network.")
    assert world.follower.check().outcome == "failed"
    assert world.follower.health().last_check.why == "origin does not answer Look at the network."
    assert world.version == "1"
    world.releases.fault = None
    assert world.follower.check().outcome == "unchanged"
    assert world.log.notices[-1].words == "diagnoser 1 answers"


def test_an_adapter_that_is_not_here_yet_is_tried_again(world):
    world.live("1")
    world.releases.moved(world.releases.promoted("2"))
    away = adapter_of(world, "2").rename(world.releases.root / "away")
    check = world.follower.check()
    assert check.outcome == "failed"
    assert "adapter of diagnoser 2 is not on this machine" in check.why
    assert world.version == "1"
    away.rename(adapter_of(world, "2"))
    assert world.follower.check().outcome == "served"


def test_an_engine_that_broke_is_loaded_again(world):
    world.live("1")
    world.serving_engines.is_broken = True
    assert world.follower.check().outcome == "served"
    assert world.serving_engines.loads == ["1", "1"]
    assert world.serving_engines.loaded == ["1"]


def test_a_defect_in_a_check_does_not_end_the_serving(world):
    world.live("1")
    world.releases.fault = ZeroDivisionError("division by zero")
    check = world.follower.check()
    assert check.why == "a defect in modelsmith (ZeroDivisionError: division by zero)"
    assert world.version == "1"


# The end


def test_a_server_that_stops_takes_nothing_more_and_finishes_what_it_began(world):
    world.live("1")
    with world.follower.lease() as taken:
        world.follower.drain()
        assert world.follower.health().state == "draining"
        assert not world.follower.health().is_ready
        with pytest.raises(BlockedError, match="this server is stopping"):
            world.follower.lease().__enter__()
        assert taken.engine.is_loaded
    assert world.follower.stay(1000) is False
    world.follower.close()
    assert world.serving_engines.loaded == []
    events = [notice.event for notice in world.log.notices]
    assert events == ["checked", "draining", "stopped"]


def test_following_checks_until_the_server_stops(world):
    world.live("1")
    follower = threading.Thread(target=world.follower.follow_until_stopped, args=(0.002,))
    follower.start()
    release = world.releases.promoted("2")
    world.releases.moved(release)
    while world.version != "2":
        threading.Event().wait(0.001)
    world.follower.drain()
    follower.join()
    assert world.serving_engines.loaded == ["2"]


def test_the_health_reads_as_it_was_written(world):
    world.live("1")
    health = world.follower.health()
    assert Health.model_validate_json(health.canonical()) == health


def test_one_look_raises_what_it_finds(world):
    unsigned(world)
    with pytest.raises(SignatureError, match="is not signed"):
        world.follower.follow_once()
    by_a_stranger_again = world.releases.promoted("3")
    world.releases.moved(by_a_stranger_again)
    (adapter_of(world, "3") / WEIGHTS).write_bytes(b"others")
    with pytest.raises(BrokenRecordError, match="not what was signed"):
        world.follower.follow_once()
