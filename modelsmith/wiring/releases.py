"""What is live in the channels of a clone's branch of record, verified."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import BlockedError

if TYPE_CHECKING:
    from modelsmith.ports.releases import Releases


def live_releases(_repository: Path) -> "Releases":
    """Return what reads the channels of a clone.

    Raises:
        BlockedError: this version verifies no releases.
    """
    raise BlockedError(
        "this version of modelsmith verifies no releases, so it serves none",
        remedy="Take a version whose `modelsmith audit promotion` is there.",
    )
