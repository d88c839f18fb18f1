"""What the sign-off of promotions touches: the forge, a clone, who signs, the time."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from modelsmith.forge.port import Forge
from modelsmith.policy import ChannelName, Claim, Policy
from modelsmith.promotion.signing.port import Signatures, StatementSigner
from modelsmith.run.history import History
from modelsmith.runtime import Clock


class SignoffPorts(NamedTuple):
    """Where promotions are judged, approved, sealed and merged."""

    forge: Forge
    """Where the pull request and its reviews live."""
    history: History
    """The clone."""
    fetch: Callable[[str, str], object]
    """Brings a commit into the clone; a reference leads to it."""
    changed: Callable[[str, str], Sequence[str]]
    """Returns the files that the second commit changed since it left the first."""
    signatures: Signatures
    """Tells whose key signed what, and signs for people."""
    signer: Callable[[Policy, Claim, ChannelName], StatementSigner]
    """Returns who signs for the factory, by the policy of the base branch."""
    clock: Clock
    """The time."""
