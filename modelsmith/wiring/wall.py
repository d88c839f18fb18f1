"""What holds a run's local work in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.boundary.call import Held


def hold_in() -> None:
    """Make this process able to hold local work in; before any library is loaded."""
    from modelsmith.boundary.isolation.network_namespace import prepare

    prepare()


def probed_wall() -> "Held":
    """Return what would hold local work in on this machine."""
    from modelsmith.boundary.isolation.process_firewall import ProcessWall
    from modelsmith.disk.clock import SystemClock

    hold_in()
    return ProcessWall(SystemClock()).held_by
