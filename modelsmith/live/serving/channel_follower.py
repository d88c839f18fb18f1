"""What is live in a channel answers; what replaces it is loaded and proven beside it.

A check: read what is live, verified -> load it beside the old one -> compare what it says next with
the signed fingerprint -> flip, between two requests -> free the old one when the last request that
it began is over. Whatever fails on the way changes nothing: the last good one answers.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Condition

from modelsmith.errors import BlockedError, BrokenRecordError, ModelsmithError, SignatureError
from modelsmith.live.serving.health import Check, Health, Notice, Outcome, State
from modelsmith.live.serving.ports import ServingEngine, ServingEngines
from modelsmith.models.fingerprint import FingerprintDistance, match_of
from modelsmith.policy import ChannelName
from modelsmith.promotion.verification.live_release import LiveRelease, VerifiedReleases
from modelsmith.runtime import Clock

REFUSALS = (SignatureError, BrokenRecordError)
"""What the pointer names is not what was signed; everything else is this machine's trouble."""


@dataclass
class ServedRelease:
    """A proven release that answers, with the requests that it has begun."""

    release: LiveRelease
    """What it is."""
    engine: ServingEngine
    """It, loaded."""
    match: FingerprintDistance
    """How near it is to what was signed."""
    since: datetime
    """Since when it answers."""
    held: ExitStack
    """What frees it."""
    took_s: float
    """How long loading and proving took."""
    in_flight: int = 0
    """Requests that it has begun and not ended."""

    @property
    def words(self) -> str:
        """It as people read it."""
        return self.release.request.release.words

    def free(self) -> None:
        """Give its memory back."""
        del self.engine
        self.held.close()


class ChannelFollower:
    """Hands requests to what is live in one channel, and follows the channel's pointer.

    One thread checks; any thread takes and asks for the health.
    """

    def __init__(
        self,
        channel: ChannelName,
        releases: VerifiedReleases,
        engines: ServingEngines,
        clock: Clock,
        log: Callable[[Notice], None],
    ) -> None:
        """Serve nothing yet."""
        self._channel: ChannelName = channel
        self._releases = releases
        self._engines = engines
        self._clock = clock
        self._log = log
        self._changed = Condition()  # guards all below
        self._live: ServedRelease | None = None
        self._retired: list[ServedRelease] = []
        self._last: Check | None = None
        self._is_down = False
        self._stops = False
        self.fault: Exception | None = None
        """What the last check ended with, for whoever checks."""

    # Requests

    @contextmanager
    def lease(self) -> Iterator[ServedRelease]:
        """Return what is live now, which stays loaded until exit, whatever goes live meanwhile.

        Raises:
            BlockedError: nothing verified is loaded, or the server stops.
        """
        with self._changed:
            served = self._open()
            served.in_flight += 1
        try:
            yield served
        finally:
            with self._changed:
                served.in_flight -= 1
                self._changed.notify_all()

    def _open(self) -> ServedRelease:
        state = self._state()
        if self._live is not None and state == "serving":
            return self._live
        if state == "draining":
            raise BlockedError(
                "this server is stopping", remedy="Ask again; another one answers.", reason=state
            )
        if state == "down":
            raise BlockedError(
                f"channel {self._channel} was taken down: nothing is live in it",
                remedy="A promotion to the channel brings it back.",
                reason=state,
            )
        raise BlockedError(
            f"nothing that verifies is loaded for channel {self._channel}",
            remedy=f"/healthz says why. {self._last.why if self._last else 'It is loading.'}",
            reason=state,
        )

    def health(self) -> Health:
        """Return what is live and how the last check went."""
        with self._changed:
            live = self._live
            return Health(
                channel=self._channel,
                state=self._state(),
                release=live.release.request.release if live else None,
                commit=live.release.commit if live else None,
                since=live.since if live else None,
                fingerprint=live.match if live else None,
                engine=live.engine.identity if live else {},
                in_flight=self._begun(),
                last_check=self._last,
            )

    def _state(self) -> State:
        if self._stops:
            return "draining"
        if self._live is not None:
            return "serving"
        return "down" if self._is_down else "waiting"

    def _begun(self) -> int:
        return sum(one.in_flight for one in (self._live, *self._retired) if one)

    # The channel

    def check(self) -> Check:
        """Follow the pointer once and remember how it went; whatever fails changes nothing."""
        self.fault = None
        try:
            check = self.follow_once()
        except Exception as error:  # noqa: BLE001 - nothing in a check may end the serving
            self.fault = error
            check = self._found(*_wrong(error))
        with self._changed:
            before, self._last = self._last, check
        if before is None or (before.outcome, before.why) != (check.outcome, check.why):
            self._tell_check(check, before)
        return check

    def follow_until_stopped(self, every_s: float) -> None:
        """Check, and again every so many seconds, until the server stops."""
        self.check()
        while self.stay(every_s):
            self.check()

    def follow_once(self) -> Check:
        """Follow the pointer once, and return how it went.

        Raises:
            SignatureError: what it names is not signed by whom the policy accepts, or for here.
            BrokenRecordError: it is not what was signed, as its record, files or words tell.
            ModelsmithError: it could not be read or loaded on this machine.
        """
        release = self._releases.live(self._channel)
        if release is None:
            self._flip(None, is_down=True)
            return self._found("down", f"channel {self._channel} is down: nothing is live in it")
        self._require_channel(release)
        with self._changed:
            live = self._live
            is_same = live is not None and live.release.request.release == release.request.release
            if live and is_same and live.engine.is_well:
                live.release = live.release._replace(commit=release.commit)
                return self._found("unchanged", f"{live.words} answers")
        if is_same:
            self._flip(None, is_down=False)  # its engine broke: it answers nothing
        served = self._proven(release)
        self._flip(served, is_down=False)
        match = served.match
        return self._found(
            "served",
            f"{served.words} answers: {match.to_specialist:.3f} nats from what was signed, "
            f"{match.to_base:.3f} from the base model",
        )

    def _found(self, outcome: Outcome, why: str) -> Check:
        return Check(at=self._clock.now(), outcome=outcome, why=why)

    def _require_channel(self, release: LiveRelease) -> None:
        named = {release.pointer.channel, release.request.channel, release.contract.channel}
        if named != {self._channel}:
            raise SignatureError(
                f"{release.request.release.words} is signed for channel "
                f"{', '.join(sorted(named - {self._channel}))}, this server is of {self._channel}",
                remedy="Promote it to this channel; an approval for one says nothing of another.",
            )
        if release.pointer.live != release.request.release:
            raise BrokenRecordError(
                f"the pointer of {self._channel} names another release than "
                f"{release.request.release.words}, which was approved",
                remedy="Look at the last commits of promotions/; `modelsmith audit` names the one.",
            )

    def _proven(self, release: LiveRelease) -> ServedRelease:
        started_s = self._clock.elapsed_s()
        with ExitStack() as stack:
            engine = stack.enter_context(self._engines.open(release))
            known = release.fingerprint
            match = match_of(known, engine.next_tokens([spot.prompt for spot in known.spots]))
            if not match.holds:
                raise BrokenRecordError(
                    f"what is loaded is not {release.request.release.words}: its next tokens are "
                    f"{match.to_specialist:.3f} nats from those that were signed, "
                    f"{match.to_base:.3f} from the base model's",
                    remedy="Look at what lies in the store and which base model this machine has.",
                )
            since, took_s = self._clock.now(), self._clock.elapsed_s() - started_s
            return ServedRelease(release, engine, match, since, stack.pop_all(), took_s)

    def _flip(self, served: ServedRelease | None, *, is_down: bool) -> None:
        with self._changed:
            if self._live is not None:
                self._retired.append(self._live)
            self._live, self._is_down = served, is_down
        self.free_idle()

    # The old ones, and the end

    def free_idle(self) -> None:
        """Free what was replaced and has nothing left to answer; only who checks calls this."""
        with self._changed:
            idle = [one for one in self._retired if not one.in_flight]
            self._retired = [one for one in self._retired if one.in_flight]
        for one in idle:
            one.free()
            self._tell("freed", f"{one.words} has answered all that it began, and is unloaded")

    def stay(self, seconds: float) -> bool:
        """Wait until the next check, freeing what becomes idle; return whether there is one."""
        until_s = self._clock.elapsed_s() + seconds
        while (left_s := until_s - self._clock.elapsed_s()) > 0 and not self._stops:
            with self._changed:
                self._changed.wait_for(self._has_work, left_s)
            self.free_idle()
        return not self._stops

    def _has_work(self) -> bool:
        return self._stops or any(not one.in_flight for one in self._retired)

    def listens(self, url: str) -> None:
        """Say where requests are taken."""
        self._tell("listening", f"{url}/v1 answers once something verified is loaded")

    def drain(self) -> None:
        """Take no more requests; what was begun goes on."""
        with self._changed:
            self._stops = True
            self._changed.notify_all()
        self._tell("draining", f"{self._begun()} requests are finished, no new one is taken")

    def close(self) -> None:
        """Free everything; nobody checks any more."""
        with self._changed:
            held = [one for one in (self._live, *self._retired) if one]
            self._live, self._retired = None, []
        for one in held:
            one.free()
        if self._stops:
            self._tell("stopped", "everything is answered and unloaded")

    def _tell_check(self, check: Check, before: Check | None) -> None:
        was_wrong = before is not None and before.outcome in {"refused", "failed"}
        if check.outcome == "unchanged" and not was_wrong:
            return  # it was told when it was put live
        with self._changed:
            live = self._live
        words = check.why
        if check.outcome in {"refused", "failed"}:
            kept = f"{live.words} keeps answering" if live else "nothing answers"
            words = f"{check.outcome}: {check.why} Meanwhile {kept}."
        release = live.release.request.release if live else None
        took_s = live.took_s if live and check.outcome == "served" else None
        self._tell("checked", words, outcome=check.outcome, release=release, took_s=took_s)

    def _tell(self, event: str, words: str, **more: object) -> None:
        told = {"at": self._clock.now(), "event": event, "words": words, "channel": self._channel}
        self._log(Notice.model_validate(told | more))


def _wrong(error: Exception) -> tuple[Outcome, str]:
    if not isinstance(error, ModelsmithError):
        return "failed", f"a defect in modelsmith ({type(error).__name__}: {error})"
    outcome: Outcome = "refused" if isinstance(error, REFUSALS) else "failed"
    return outcome, f"{error.what} {error.remedy}"
