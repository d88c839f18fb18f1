"""Whether what a run asks and trains on fits its model, in tokens of the run's own tokenizer."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from modelsmith.errors import InputError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import prompt_for
from modelsmith.loop.answers.stand_ins import examples_in, stand_ins_of
from modelsmith.models.generation import Message, Prompt
from modelsmith.run.config import RunConfig, StandIn
from modelsmith.training.curriculum import Strategy
from modelsmith.training.rows import prompt_with_rubric

CountTokens = Callable[[Prompt], int]
"""Tokens of a conversation as the model reads it; up to where its answer begins, where the last
turn is not the assistant's."""

MOST_TOLD = 5
"""Scenarios that a refusal names; one long table is seldom alone."""


class TokenLimits(NamedTuple):
    """What a model and a run's settings let a conversation be long."""

    count: CountTokens
    """Counts by the run's own tokenizer."""
    window: int | None
    """Tokens that the model reads at most; none where its config does not say."""


class TooLong(NamedTuple):
    """A scenario that does not fit."""

    scenario: str
    """Its id, or that of the scenario which it is a variant of."""
    words: str
    """By how much, and what of it."""


def refuse_too_long(
    config: RunConfig,
    snapshot: ExamSnapshot,
    limits: TokenLimits,
    place_of: Callable[[str], str],
) -> None:
    """Check that each question fits into the model's window, and each training row into a row.

    Args:
        config: The run's settings.
        snapshot: Its exam.
        limits: What the model reads.
        place_of: Returns `file:line:column` of a scenario's input.

    Raises:
        InputError: one does not; each is located, with its tokens.
    """
    found: dict[str, TooLong] = {}
    for one in too_long(config, snapshot, limits):
        found.setdefault(one.scenario, one)
    if not found:
        return
    told = list(found.values())[:MOST_TOLD]
    more = [f"and {len(found) - len(told)} more"] if len(found) > len(told) else []
    window = f", and not above the {limits.window} that the model reads" if limits.window else ""
    raise InputError(
        f"{len(found)} scenarios are too long for this run:",
        remedy="Shorten their input, or raise `training.maxLength`, or lower "
        f"`evaluation.maxTokens`, in run.yaml{window}.",
        problems=[*(f"{place_of(one.scenario)}: error: {one.words}" for one in told), *more],
    )


def too_long(config: RunConfig, snapshot: ExamSnapshot, limits: TokenLimits) -> Iterator[TooLong]:
    """Yield what does not fit, scenario by scenario; rows first, since they are shorter.

    Variants that a training will draw are not known yet: the training refuses those.
    """
    benchmark, most = snapshot.benchmark, config.training.max_length
    shortest = most if limits.window is None else min(most, limits.window)
    labelled: dict[str, list[str]] = {}
    for one in snapshot.labelled:
        labelled.setdefault(one.scenario, []).append(one.text)
    draws = {*config.ladder} - {Strategy.RUBRIC_COMPOSITION}
    drawn = config.evaluation.max_tokens if draws else 0
    for scenario in snapshot.train:
        prompt = prompt_for(benchmark, scenario)
        targets = [composed(benchmark, scenario), *labelled.get(scenario.id, ())]
        rows = ((*prompt, Message(role="assistant", content=target)) for target in targets)
        tokens = max(limits.count(prompt) + drawn, *map(limits.count, rows))
        if tokens > shortest:
            said = "`training.maxLength` is" if shortest == most else "the model reads"
            words = f"{scenario.id} takes {tokens} tokens with its answer, {said} {shortest}"
            yield TooLong(scenario.id, words)
    if limits.window is not None:
        yield from _beyond_window(config, snapshot, limits.count, limits.window)


def _beyond_window(
    config: RunConfig, snapshot: ExamSnapshot, count: CountTokens, window: int
) -> Iterator[TooLong]:
    answer, held_out = config.evaluation.max_tokens, (*snapshot.steer, *snapshot.sealed)
    asked = [
        (scenario, "", prompt_for(snapshot.benchmark, scenario))
        for scenario in (*snapshot.train, *held_out)
    ]
    if Strategy.SELF_DISTILLATION in config.ladder:
        asked += [
            (one, " with its rubric in view", prompt_with_rubric(snapshot.benchmark, one))
            for one in snapshot.train
        ]
    if {StandIn.FEW_SHOT, StandIn.SELF_CONSISTENCY} & stand_ins_of(config):
        shots, what = examples_in(snapshot), " with the stand-ins' worked examples"
        asked += [(one, what, prompt_for(snapshot.benchmark, one, shots)) for one in held_out]
    for scenario, what, prompt in asked:
        tokens = count(prompt)
        if tokens + answer > window:
            words = (
                f"{scenario.id}{what} is asked in {tokens} tokens and its answer may take "
                f"{answer}, the model reads {window}"
            )
            yield TooLong(scenario.family, words)
