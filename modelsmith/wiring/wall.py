"""What holds a run's local work in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.domain.call import Held


def hold_in() -> None:
    """Make this process able to hold local work in; before any library is loaded."""
    from modelsmith.adapters.net_namespace import prepare

    prepare()


def probed_wall() -> "Held":
    """Return what would hold local work in on this machine."""
    from modelsmith.adapters.clock import SystemClock
    from modelsmith.adapters.wall import ProcessWall

    hold_in()
    return ProcessWall(SystemClock()).held_by
