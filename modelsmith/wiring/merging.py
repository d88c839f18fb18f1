"""Sealing and merging promotions, from a clone and its forge."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import InputError
from modelsmith.record import short
from modelsmith.wiring.promotion import promotion_sources

if TYPE_CHECKING:
    from modelsmith.signoff.seal_and_merge import Merged


def promotions_merged(
    repository: Path, number: int | None, head: str | None = None
) -> "list[Merged]":
    """Seal and merge each promotion that holds, or the one of that number.

    Args:
        repository: A clone with all of its history.
        number: Number of the pull request; every open promotion where none.
        head: Commit that it must stand at.

    Raises:
        InputError: there is none of that number, it is over, or stands elsewhere.
        ForgeError: the forge does not answer.
    """
    from modelsmith.disk.clock import SystemClock
    from modelsmith.signoff.judge_pull_request import judged, submitted
    from modelsmith.signoff.seal_and_merge import Merging, all_merged
    from modelsmith.wiring.signing import signer, ways

    with promotion_sources(repository) as sources:
        merging = Merging(
            forge=sources.forge,
            history=sources.history,
            fetch=sources.fetch,
            judge=lambda pull: judged(sources, pull),
            signer=signer,
            ways=ways(repository),
            clock=SystemClock(),
        )
        pulls = submitted(sources.forge, number)
        for pull in pulls:
            if head is not None and pull.head_sha != head:
                stands = short(pull.head_sha)
                raise InputError(
                    f"pull request {pull.number} stands at {stands}, not at {short(head)}",
                    remedy="Look at what was added, and ask again.",
                )
        return all_merged(merging, pulls)
