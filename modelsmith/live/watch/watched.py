"""One round of watching a channel: what it found, and what followed."""

from typing import Literal

from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.canary_reading import Reading
from modelsmith.promotion.rollback.rollback import Contract
from modelsmith.record import Record

Part = Literal["ask", "act"]
"""A round may be split over two machines: one has the model, the other the right to take back."""


class Watched(Record):
    """What one round found, and what followed."""

    channel: ChannelName
    """The channel."""
    outcome: Literal["quiet", "warned", "due", "reverted", "down"]
    """Nothing, people were told, taking it back is due and left to whoever may, it was taken back,
    or nothing is live."""
    release: Release | None
    """What was live when it was asked."""
    contract: Contract | None
    """Its rollback contract."""
    reading: Reading | None
    """What the contract's detector says."""
    lost_to: str = ""
    """What the round's first lost answer was lost to."""
    why: str = ""
    """Why it was taken back, in one line."""
    target: Release | None = None
    """What is live since it was taken back."""
    issue: int | None = None
    """Number of the issue that tells people."""
    pull: int | None = None
    """Number of the pull request that took it back."""
