"""Ask hosted models on behalf of a phase."""

from typing import NoReturn

from modelsmith.errors import BoundaryError
from modelsmith.steps.tools import Case


def nowhere(case: Case) -> NoReturn:
    """Refuse to ask anybody.

    Raises:
        BoundaryError: always.
    """
    raise BoundaryError(
        f"boundary {case.hosted.boundary.name} lets nothing leave",
        remedy="Name a boundary of runners/boundaries.yaml that grants it, in a new run.yaml.",
    )
