"""The live release, loaded on this machine to answer the canary."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modelsmith.errors import EngineError
from modelsmith.live.watch.canary_target import Responses
from modelsmith.models.batching import batches
from modelsmith.models.engine_port import Engines
from modelsmith.models.prompt import Prompt, Sampling
from modelsmith.promotion.verification.port import LiveRelease
from modelsmith.run.config import RunConfig

if TYPE_CHECKING:
    from modelsmith.models.answer import Answer


class LocalRespondent:
    """Loads what is live for a round and frees it afterwards."""

    def __init__(self, engines: Callable[[RunConfig], Engines]) -> None:
        """Take what opens models as a run's settings say."""
        self._engines = engines

    def responses(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> Responses:
        """Return greedy answers, one a question, in order.

        Raises:
            EngineError: the model is not to be had on this machine.
        """
        sampling = Sampling(max_tokens=config.evaluation.max_tokens)
        found: list[Answer | str] = ["" for _ in asked]
        with self._engines(config).open(live.model, live.adapter, None) as engine:
            for places in batches(asked, config.evaluation.batch):
                try:
                    answers = engine.answers([asked[place] for place in places], sampling)
                except EngineError as error:
                    found = [error.what if at in places else one for at, one in enumerate(found)]
                    continue
                for place, answer in zip(places, answers, strict=True):
                    found[place] = answer
            return Responses(dict(engine.identity), found)
