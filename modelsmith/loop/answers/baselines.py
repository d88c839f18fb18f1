"""What a candidate must beat: hosted models asked the candidate's own questions, and stand-ins."""

from collections.abc import Callable, Sequence
from functools import cache

from modelsmith.boundary.call import Ask, Lost, QuestionSubject, Reply, call_key
from modelsmith.boundary.grants import ASKED
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.boundary.ports import Outbound
from modelsmith.exam.answers import Answered
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.loop.answers.repeats import sampling_for
from modelsmith.loop.answers.stand_ins import Answers, AnswersInFiles, by_stand_in, files_of
from modelsmith.loop.evidence.files import AnswersFile, answers
from modelsmith.models.generation import Answer, Sampling
from modelsmith.run.config import StandIn
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.evidence import Evidence


def hosted_baselines(context: PhaseContext) -> tuple[HostedModel, ...]:
    """Return the hosted models among the run's baselines, in its order."""
    names = (name for name in context.config.baselines if not isinstance(name, StandIn))
    return tuple(context.hosted.model(name) for name in names)


Asking = Callable[[], Outbound]
"""Returns what asks hosted models in a phase; the same each time, made when it is first needed."""


def asking(ports: RunPorts, context: PhaseContext) -> Asking:
    """Return what gives a phase its one way to hosted models."""
    return cache(lambda: ports.outbound(context))


def ask_hosted_baselines(
    outbound: Asking, context: PhaseContext, split: Split, scenarios: Sequence[Scenario]
) -> AnswersInFiles:
    """Return what each hosted baseline says to `scenarios`, by evidence file.

    It is asked with the prompt and the token limit of the candidate, and draws repeats as it does.
    A refusal is its answer; a
    call that was lost is an error.

    Raises:
        BoundaryError: a question may not leave; nothing was sent.
        BudgetError: the money left would not pay for the next call; what was answered is kept.
        HostedError: a model cannot be asked: no key, or it is refused.
    """
    files = AnswersInFiles()
    for model in hosted_baselines(context):
        asks = [_ask(context, split, scenario) for scenario in scenarios]
        label = f"{model.name} on {split.value}"
        replies = outbound().ask(model.name, asks, label)
        files[answers(split, model.name)] = tuple(
            _answered(scenario, call_key(model, ask), reply)
            for scenario, ask, reply in zip(scenarios, asks, replies, strict=True)
        )
    return files


def answers_in(
    context: PhaseContext, split: Split, raw: Evidence, *own: AnswersFile
) -> AnswersInFiles:
    """Return the answers in `own` files, and each baseline's, from the evidence of a phase.

    Raises:
        KeyError: a file of them is not there.
        ValueError: one holds something else.
    """
    names = context.config.baselines
    files = (*own, *(file for name in names for file in files_of(context.config, split, name)))
    return {file: file.read(raw) for file in files}


def by_baseline(
    context: PhaseContext, split: Split, given: Answers
) -> dict[str, tuple[Answered, ...]]:
    """Return each baseline's answers from the evidence files, votes taken, in the run's order."""
    stand_ins = by_stand_in(context, split, given)
    return {
        str(name): stand_ins[name]
        if isinstance(name, StandIn)
        else tuple(given[answers(split, name)])
        for name in context.config.baselines
    }


def is_hosted(context: PhaseContext, split: Split, file: AnswersFile) -> bool:
    """Return whether an evidence file holds the answers of a hosted baseline."""
    return file in {answers(split, model.name) for model in hosted_baselines(context)}


def _ask(context: PhaseContext, split: Split, scenario: Scenario) -> Ask:
    usual = Sampling(max_tokens=context.config.evaluation.max_tokens)
    return Ask(
        purpose="baseline",
        prompt=prompt_for(context.snapshot.benchmark, scenario),
        sampling=sampling_for(scenario, usual, context.config.seed),
        subjects=(QuestionSubject(scenario=scenario.id, split=split, fields=ASKED),),
    )


def _answered(scenario: Scenario, key: str, reply: Reply | Lost) -> Answered:
    if isinstance(reply, Lost):
        answer, error = None, reply.reason or "the call was lost"
    else:
        error = ""
        answer = Answer(
            text=reply.text,
            finish=reply.finish,
            prompt_tokens=reply.read_tokens,
            answer_tokens=reply.written_tokens,
            latency_s=reply.latency_s,
            cost_usd=reply.cost_usd,
        )
    return Answered(
        scenario=scenario.id,
        scenario_sha256=scenario.digest(),
        batch=key,
        answer=answer,
        error=error,
    )
