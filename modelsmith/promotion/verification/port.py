"""What is live in a channel, verified."""

from pathlib import Path
from typing import NamedTuple, Protocol

from modelsmith.models.fingerprint import Fingerprint
from modelsmith.models.source import ModelSource, Quantisation
from modelsmith.policy import ChannelName
from modelsmith.promotion.bundle import Request
from modelsmith.promotion.channel import Pointer
from modelsmith.promotion.rollback.contract import Contract


class LiveRelease(NamedTuple):
    """A release whose record, signature and digests were verified."""

    commit: str
    """Commit of the branch of record that it was read from."""
    pointer: Pointer
    """The channel's pointer."""
    request: Request
    """What was approved."""
    contract: Contract
    """What takes it back."""
    fingerprint: Fingerprint
    """What it says next after fixed prompts."""
    model: ModelSource
    """The base model."""
    adapter: Path
    """Folder of the adapter, whose files are those that were signed; the empty path where only what
    git holds was read."""
    quantisation: Quantisation = Quantisation.BF16
    """How the base model's weights were held when it was evaluated."""


class Releases(Protocol):
    """Reads channels of the branch of record."""

    def live(self, channel: ChannelName) -> LiveRelease | None:
        """Return what is live, verified to the last byte that is served; None where nothing is.

        Raises:
            SignatureError: the pointer, or what it names, is not signed by whom the policy accepts.
            BrokenRecordError: a record, a digest or a served file is not what was signed.
            BlockedError: the adapter or the base model is not on this machine.
        """
        ...
