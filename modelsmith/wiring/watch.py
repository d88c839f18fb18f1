"""What a channel is watched with, from a clone and its forge."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from typing_extensions import override

from modelsmith.boundary.grants import SEALED, Boundary
from modelsmith.disk.clock import SystemClock
from modelsmith.errors import BlockedError, ModelsmithError
from modelsmith.exam.benchmark import Benchmark
from modelsmith.git.cli.revisions import GitReading
from modelsmith.judges.ask_judges import Wanted, opinions_on
from modelsmith.judges.panel import JudgeVote
from modelsmith.layout import STATE
from modelsmith.live.watch.page import Watched
from modelsmith.live.watch.revert import Reverter
from modelsmith.live.watch.watch import CanaryGrader, CanaryTarget, Part, Watch, watch_rounds
from modelsmith.models.engine_port import Engines
from modelsmith.policy import ChannelName
from modelsmith.promotion.rollback.grader import Grader
from modelsmith.run.config import RunConfig
from modelsmith.run.files.config_file import models_of
from modelsmith.wiring.forge import forge
from modelsmith.wiring.hosted import exam_client, judge_of
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
        canary_grader=PinnedJudge(repository, channel),
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


class PinnedJudge(CanaryGrader):
    """The judge of that name in runners/models.yaml, asked only while it is the one pinned."""

    def __init__(self, repository: Path, channel: ChannelName) -> None:
        """Know where it is described; nothing is read yet."""
        self._repository = repository
        self._journal = repository / STATE / "watch" / f"{channel}.outbound.jsonl"

    @override
    def opinions(
        self, grader: Grader, benchmark: Benchmark, wanted: Sequence[Wanted], config: RunConfig
    ) -> Sequence[JudgeVote]:
        described = models_of(self._repository, served=(grader.judge,)).named(grader.judge)
        model = None if described is None else judge_of(self._repository, described)
        change = grader.change_to(model)
        if model is None or change:
            raise BlockedError(
                f"{grader.judge}, which the rollback contract names, is not the judge that was "
                f"agreed: {change}",
                remedy="Nothing was observed, so nothing follows. Bring the judge back as it was, "
                "or promote again with the one that there is now.",
                reason="grader",
            )
        boundary = Boundary(name=SEALED)
        outbound = exam_client(self._repository, config.benchmark, model, boundary, self._journal)
        label = f"{grader.judge} on the canary"
        return opinions_on(outbound, [model], benchmark, wanted, seed=config.seed, label=label)


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
