"""Ask a model a list of prompts; what is finished is never asked again."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager

from modelsmith.boundary.call import paid_for
from modelsmith.exam.answers import Answered
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.loop.answers.repeats import sampling_for
from modelsmith.loop.evidence.files import answers
from modelsmith.models.batching import answer_batch, batch_key, batches
from modelsmith.models.engine_port import Engine
from modelsmith.models.generation import Answer, Prompt, Sampling, Usage
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.evidence import OUTBOUND, Evidence
from modelsmith.runtime import Progress
from modelsmith.store.port import Cache


def answer_in_batches(  # noqa: PLR0913 - who is asked what, how, and where it is kept and told
    engine: Engine,
    asked: Sequence[tuple[Scenario, Prompt]],
    sampling: Sampling,
    *,
    batch: int,
    cache: Cache,
    progress: Progress,
    label: str,
) -> tuple[Answered, ...]:
    """Return one `Answered` for each pair, in order.

    The batch is the unit of work, of caching and of resuming, since an answer is a function of
    the batch it rides in. An engine failure makes the batch's answers errors and is not cached.
    """
    prompts = [prompt for _, prompt in asked]
    results: list[Answered | None] = [None] * len(asked)
    done = 0
    progress.track(label, done, len(asked))
    for places in batches(prompts, batch):
        together = [prompts[place] for place in places]
        key = batch_key(engine.identity, sampling, together)
        repeats: Counter[str] = Counter()
        for place, outcome in zip(
            places, answer_batch(engine, together, sampling, key, cache), strict=True
        ):
            scenario = asked[place][0]
            results[place] = Answered(
                scenario=scenario.id,
                scenario_sha256=scenario.digest(),
                batch=key,
                repeat=repeats[scenario.id],
                answer=outcome if isinstance(outcome, Answer) else None,
                error=outcome if isinstance(outcome, str) else "",
            )
            repeats[scenario.id] += 1
        done += len(places)
        progress.track(label, done, len(asked))
    return tuple(result for result in results if result is not None)


SPECIALIST = "specialist"


TRAIN, STEER = answers(Split.TRAIN), answers(Split.STEER)


def outbound_in(raw: Evidence) -> Usage:
    """Return what a phase's calls to models beside the run's own took."""
    return paid_for(OUTBOUND.read(raw, ()))


def open_engine(
    ports: RunPorts, context: PhaseContext, adapter: str | None
) -> AbstractContextManager[Engine]:
    """Return the base model with `adapter` on top, ready to answer."""
    folder = ports.store.get(adapter) if adapter else None
    return ports.engines.open(context.config.model, folder, adapter)


def ask(  # noqa: PLR0913 - who asks whom what, and in which batches
    ports: RunPorts,
    context: PhaseContext,
    engine: Engine,
    label: str,
    scenarios: Sequence[Scenario],
    *,
    shots: Sequence[tuple[Scenario, str]] = (),
    sampling: Sampling | None = None,
    batch: int | None = None,
) -> tuple[Answered, ...]:
    """Return answers of `engine` to `scenarios`; greedy and in the run's batches unless told.

    Repeats are drawn in any case, each number by its own seed and so in batches of its own.

    Args:
        ports: The ports.
        context: What the run knows.
        engine: Who answers.
        label: What is being asked, for whoever watches.
        scenarios: The questions.
        shots: Worked examples that each prompt shows.
        sampling: How answers are drawn.
        batch: Questions that are asked together.
    """
    benchmark, given = context.snapshot.benchmark, context.config.evaluation
    usual = sampling or Sampling(max_tokens=given.max_tokens)
    alike: dict[Sampling, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        drawn = sampling_for(scenario, usual, context.config.seed)
        alike.setdefault(drawn, []).append(place)
    answered: dict[int, Answered] = {}
    for drawn, places in alike.items():
        chosen = [scenarios[place] for place in places]
        found = answer_in_batches(
            engine,
            [(scenario, prompt_for(benchmark, scenario, shots)) for scenario in chosen],
            drawn,
            batch=batch or given.batch,
            cache=ports.cache,
            progress=ports.progress,
            label=f"{label}, again" if chosen[0].is_repeat else label,
        )
        answered |= zip(places, found, strict=True)
    return tuple(answered[place] for place in range(len(scenarios)))
