"""What is said where a forge does not let something be published."""

from collections.abc import Callable, Sequence

from modelsmith.errors import ForgeDeniedError


def denials(acts: Sequence[Callable[[], None]]) -> tuple[ForgeDeniedError, ...]:
    """Do each act, and return what the token may not."""
    return tuple(error for act in acts if (error := _denied(act)) is not None)


def _denied(act: Callable[[], None]) -> ForgeDeniedError | None:
    try:
        act()
    except ForgeDeniedError as error:
        return error
    return None
