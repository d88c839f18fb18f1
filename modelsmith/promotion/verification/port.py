"""What is live in a channel, verified."""

from pathlib import Path
from typing import NamedTuple

from modelsmith.models.fingerprint import Fingerprint
from modelsmith.models.source import ModelSource, Quantisation
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
