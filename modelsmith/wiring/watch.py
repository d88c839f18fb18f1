"""What a channel is watched with, from a clone and its forge."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.wiring.forge import forge
from modelsmith.wiring.signing import releases, revert_signer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsmith.domain.policy import ChannelName
    from modelsmith.domain.run import RunConfig
    from modelsmith.domain.watched import Part, Watched
    from modelsmith.errors import ModelsmithError
    from modelsmith.ports.engine import Engines
    from modelsmith.ports.respondent import Respondent


def watching(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    channel: "ChannelName",
    *,
    endpoint: str | None,
    every_s: float | None,
    rounds: int | None,
    only: "Part | None",
) -> "Iterator[Watched | ModelsmithError]":
    """Yield what each round of a channel's canary found, or why it found nothing.

    Args:
        repository: A clone.
        channel: The channel.
        endpoint: Server that is asked; none loads what is live on this machine.
        every_s: Pause between two rounds, which failures then survive.
        rounds: How many; without end where none.
        only: Half a round.

    Raises:
        UsageError: the endpoint is no address.
        ForgeError: the forge does not answer.
    """
    from modelsmith.adapters.clock import SystemClock
    from modelsmith.adapters.commit_files import CommitFiles
    from modelsmith.adapters.record_files import record_in
    from modelsmith.domain.run import RunConfig
    from modelsmith.steps.revert import Reverter
    from modelsmith.steps.watch import Watch, watching
    from modelsmith.surfaces.watch_page import revert_page, warning_page

    watch = Watch(
        channel=channel,
        releases=releases(repository, has_weights=only != "act" and endpoint is None),
        respondent=_respondent(repository, endpoint),
        reverter=Reverter(
            forge=forge(repository),
            read=CommitFiles(repository).read,
            signer=revert_signer(repository, channel),
            words=revert_page,
        ),
        config=lambda path, content: record_in(path, content, RunConfig),
        clock=SystemClock(),
        warning=warning_page,
        only=only,
    )
    return watching(
        watch,
        rounds=rounds,
        pause=lambda: time.sleep(every_s or 0),
        goes_on=every_s is not None,
    )


def _respondent(repository: Path, endpoint: str | None) -> "Respondent":
    from modelsmith.adapters.local_respondent import LocalRespondent
    from modelsmith.adapters.served_respondent import ServedRespondent

    if endpoint:
        return ServedRespondent(endpoint)

    def engines(config: "RunConfig") -> "Engines":
        from modelsmith.adapters.clock import SystemClock
        from modelsmith.adapters.embedded_model import LocalModels
        from modelsmith.adapters.transformers_engine import TransformersEngines
        from modelsmith.adapters.wall import ProcessWall
        from modelsmith.adapters.walled_engines import WalledEngines

        clock = SystemClock()
        opened = TransformersEngines(LocalModels(repository), config.quantisation, clock)
        return WalledEngines(opened, ProcessWall(clock, ()))

    return LocalRespondent(engines)
