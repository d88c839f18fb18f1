"""What a server of a channel says of itself: what is live, and how the last check went."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime

from modelsmith.models.fingerprint import FingerprintDistance
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.record import CamelRecord, Count, Seconds

Outcome = Literal["served", "unchanged", "down", "refused", "failed"]
"""A release was put live; it still is; the channel was taken down; what the pointer names does not
verify or is not what was signed; or the check could not be made on this machine now."""

State = Literal["serving", "waiting", "down", "draining"]
"""Something verified answers; nothing verified was loaded yet; the channel was taken down; or the
server finishes what it began and stops."""


class Check(CamelRecord):
    """One look at the channel."""

    at: AwareDatetime
    """When it ended, UTC."""
    outcome: Outcome
    """What came of it."""
    why: str
    """In words, with the remedy where something is wrong."""


class Health(CamelRecord):
    """What `/healthz` says."""

    channel: ChannelName
    """The channel that is served."""
    state: State
    """Whether requests are answered."""
    release: Release | None
    """What answers, by its bundle."""
    commit: str | None
    """Commit of the default branch at which it was verified last."""
    since: AwareDatetime | None
    """Since when it answers, UTC."""
    fingerprint: FingerprintDistance | None
    """How near it was, when it was loaded, to the specialist that was signed and to the base."""
    engine: Mapping[str, str]
    """What it runs on: versions, number format, digests of weights and adapter."""
    in_flight: Count
    """Requests that are being answered now."""
    last_check: Check | None
    """How the last look at the channel went; the release before it keeps answering where it was
    refused or failed."""

    @property
    def is_ready(self) -> bool:
        """Whether requests are answered."""
        return self.state == "serving"


class Notice(CamelRecord):
    """One line of the server's log; told on a change, not on each check."""

    at: AwareDatetime
    """When, UTC."""
    event: Literal["listening", "checked", "freed", "draining", "stopped"]
    """What happened."""
    words: str
    """In one line."""
    channel: ChannelName
    """The channel."""
    outcome: Outcome | None = None
    """What came of a check."""
    release: Release | None = None
    """What answers since."""
    took_s: Seconds | None = None
    """How long it took to load and prove it."""


def names_of(release: Release, channel: ChannelName) -> tuple[str, str, str]:
    """Return the names that a request may call what is live by.

    The channel's, for whoever wants what is live, whatever it is; the specialist's, for any version
    of it; and that with the version, which nothing else ever answers to.
    """
    return channel, release.specialist, f"{release.specialist}@{release.version}"
