"""Whether the model that is there already passes scenarios that people propose.

Nothing is recorded.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from modelsmith.exam.answers import verdict_of
from modelsmith.exam.benchmark import Benchmark, Placed
from modelsmith.exam.prompt import form_for, prompt_for
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import AnswerVerdict
from modelsmith.loop.answers.local_model import answer_in_batches
from modelsmith.models.generation import Sampling
from modelsmith.record import Record
from modelsmith.run.config import RunConfig
from modelsmith.run.context import RunPorts
from modelsmith.statistics.trial import Failing, failing_of


class Prechecked(Record):
    """What the model made of one scenario."""

    path: str
    """The scenario's file."""
    answer: str
    """What the model said; empty where it gave no answer."""
    verdict: AnswerVerdict
    """What the checks decided."""
    failing: Failing | None
    """The first criterion that the answer failed."""
    is_cut: Annotated[bool, Field(exclude_if=lambda cut: not cut)] = False
    """Whether the answer ran into the token limit."""


class Precheck(Record):
    """What the model that is there made of scenarios."""

    run: str
    """The run whose model was asked."""
    adapter: str | None
    """Digest of the run's newest adapter; None for the untouched base model."""
    asked: tuple[Prechecked, ...]
    """One for each scenario, in order."""
    sealed: tuple[str, ...]
    """Files that were not asked: a look at the sealed split belongs to a promotion attempt."""
    broken: tuple[str, ...]
    """Files that were not asked, since they hold no scenario that can be read."""


class Model(NamedTuple):
    """Who is asked, and what asking takes."""

    run: str
    """The run whose model it is."""
    config: RunConfig
    """Its settings: base model, batch, longest answer."""
    adapter: str | None
    """Digest of the adapter on top; None for the untouched base model."""
    ports: RunPorts
    """The run's engines, store, cache and progress."""


def precheck(
    model: Model, exams: Sequence[tuple[Benchmark, Sequence[Placed]]], broken: Sequence[str]
) -> Precheck:
    """Return what the model makes of scenarios, asked and graded as eval does.

    Args:
        model: Who is asked.
        exams: Each benchmark with those of its scenarios that are meant.
        broken: Files that are meant too and cannot be read.

    Raises:
        StoreError: the adapter is nowhere.
        EngineError: the base model cannot be opened.
    """
    placed = [(benchmark, one) for benchmark, many in exams for one in many]
    asked = [(benchmark, one) for benchmark, one in placed if one.split is not Split.SEALED]
    sealed = tuple(one.path for _, one in placed if one.split is Split.SEALED)
    found = _asked(model, asked) if asked else ()
    return Precheck(
        run=model.run, adapter=model.adapter, asked=found, sealed=sealed, broken=tuple(broken)
    )


def _asked(model: Model, placed: Sequence[tuple[Benchmark, Placed]]) -> tuple[Prechecked, ...]:
    folder = model.ports.store.get(model.adapter) if model.adapter else None
    given = model.config.evaluation
    with model.ports.engines.open(model.config.model, folder, model.adapter) as engine:
        answers = answer_in_batches(
            engine,
            [(one.scenario, prompt_for(benchmark, one.scenario)) for benchmark, one in placed],
            Sampling(max_tokens=given.max_tokens),
            batch=given.batch,
            cache=model.ports.cache,
            progress=model.ports.progress,
            label="answers",
        )
    forms = (form_for(benchmark, one.scenario) for benchmark, one in placed)
    verdicts = map(verdict_of, (one.scenario for _, one in placed), answers, forms)
    return tuple(
        Prechecked(
            path=one.path,
            answer=got.answer.text if got.answer else "",
            verdict=verdict,
            failing=failing_of(one.scenario, verdict),
            is_cut=got.answer is not None and got.answer.finish == "length",
        )
        for (_, one), got, verdict in zip(placed, answers, verdicts, strict=True)
    )
