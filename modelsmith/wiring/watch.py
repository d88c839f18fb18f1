"""What a channel is watched with, from a clone and its forge."""

import time
from collections.abc import Iterator
from pathlib import Path

from modelsmith.disk.clock import SystemClock
from modelsmith.errors import ModelsmithError
from modelsmith.git.cli.revisions import GitReading
from modelsmith.live.watch.page import Watched
from modelsmith.live.watch.revert import Reverter
from modelsmith.live.watch.watch import CanaryTarget, Part, Watch, watch_rounds
from modelsmith.models.engine_port import Engines
from modelsmith.policy import ChannelName
from modelsmith.run.config import RunConfig
from modelsmith.wiring.forge import forge
from modelsmith.wiring.signing import releases, revert_signer


def watch(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    channel: ChannelName,
    *,
    endpoint: str | None,
    every_s: float | None,
    rounds: int | None,
    only: Part | None,
) -> Iterator[Watched | ModelsmithError]:
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
    settings = Watch(
        channel=channel,
        releases=releases(repository, has_weights=only != "act" and endpoint is None),
        canary_target=_canary_target(repository, endpoint),
        reverter=Reverter(
            forge=forge(repository),
            read=GitReading(repository).read,
            signer=revert_signer(repository, channel),
        ),
        clock=SystemClock(),
        only=only,
    )
    return watch_rounds(
        settings,
        rounds=rounds,
        pause=lambda: time.sleep(every_s or 0),
        goes_on=every_s is not None,
    )


def _canary_target(repository: Path, endpoint: str | None) -> CanaryTarget:
    from modelsmith.live.engines.canary_targets import HttpCanaryTarget, LocalCanaryTarget

    if endpoint:
        return HttpCanaryTarget(endpoint)

    def engines(config: RunConfig) -> Engines:
        from modelsmith.boundary.isolation.process_firewall import ProcessWall
        from modelsmith.models.transformers.engine import TransformersEngines
        from modelsmith.models.transformers.local_models import LocalModels
        from modelsmith.training.isolated_engines import WalledEngines

        clock = SystemClock()
        opened = TransformersEngines(LocalModels(repository), config.quantisation, clock)
        return WalledEngines(opened, ProcessWall(clock, ()))

    return LocalCanaryTarget(engines)
