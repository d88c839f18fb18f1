"""Local models in a baseline's place: the untouched base model, asked in three ways."""

from collections import Counter
from collections.abc import Mapping, Sequence

from modelsmith.exam.answers import Answered
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.checks.check import chosen_in
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import form_for, worked_examples
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import passes
from modelsmith.loop.answers.local_model import ask
from modelsmith.loop.evidence.files import AnswersFile, answers
from modelsmith.models.engine_port import Engine
from modelsmith.models.generation import Sampling
from modelsmith.run.config import RunConfig, StandIn
from modelsmith.run.context import PhaseContext, RunPorts

Answers = Mapping[AnswersFile, Sequence[Answered]]
"""Answers by the evidence file that holds them."""

AnswersInFiles = dict[AnswersFile, tuple[Answered, ...]]
"""The same as they were given or read."""

VOTE_TEMPERATURE = 0.7
"""Self-consistency samples at 0.7 (Wang et al. 2203.11171, section 3.1)."""


def ask_stand_ins(  # noqa: PLR0913, PLR0917 - two sets of questions and who answers them
    ports: RunPorts,
    context: PhaseContext,
    engine: Engine,
    split: Split,
    scenarios: Sequence[Scenario],
    prompted: Sequence[Scenario],
) -> AnswersInFiles:
    """Return the answers of the stand-ins that the run names, by evidence file.

    The examples come from train and are the same two for every question. Self-consistency votes
    over the few-shot answer and further samples; each is kept, so that replay votes again.

    Args:
        ports: The ports.
        context: What the run knows.
        engine: The untouched base model.
        split: Where the questions come from.
        scenarios: Questions for the zero-shot stand-in.
        prompted: Questions for the two that see examples; their prompts are three times as long.
    """
    given, shots = context.config.evaluation, examples_in(context.snapshot)
    named, files = stand_ins_of(context.config), AnswersInFiles()
    if StandIn.ZERO_SHOT in named:
        files[answers(split, StandIn.ZERO_SHOT)] = ask(
            ports, context, engine, f"stand-in zero-shot on {split}", scenarios
        )
    if not named.isdisjoint((StandIn.FEW_SHOT, StandIn.SELF_CONSISTENCY)):
        files[answers(split, StandIn.FEW_SHOT)] = ask(
            ports, context, engine, f"stand-in few-shot on {split}", prompted, shots=shots
        )
    further = range(2, given.votes + 1)
    if StandIn.SELF_CONSISTENCY in named:  # in one go: a question is read once for all its votes
        drawn = Sampling(
            max_tokens=given.max_tokens, temperature=VOTE_TEMPERATURE, seed=context.config.seed
        )
        asked, label = list(prompted) * len(further), f"stand-in votes on {split}"
        votes = ask(ports, context, engine, label, asked, shots=shots, sampling=drawn)
        for number, vote in enumerate(further):
            file = answers(split, f"{StandIn.SELF_CONSISTENCY}-{vote}")
            files[file] = votes[number * len(prompted) : (number + 1) * len(prompted)]
    return files


def voted(
    votes: Sequence[Sequence[Answered]], forms: Mapping[str, AnswerForm]
) -> tuple[Answered, ...]:
    """Return, for each question, the first sample with the choice that most samples make.

    Samples without exactly one choice do not vote; ties go to the one seen first. Where nobody
    chooses, as in free text, the first sample stands.

    Args:
        votes: The samples, each list in the order of the questions.
        forms: The form of answers to each question, by scenario id.
    """
    chosen = []
    for samples in zip(*votes, strict=True):
        said = [chosen_in(forms[s.scenario], s.answer.text) if s.answer else () for s in samples]
        count = Counter(labels[0] for labels in said if len(labels) == 1)
        if not count:
            chosen.append(samples[0])
            continue
        winner = count.most_common(1)[0][0]
        chosen.append(samples[said.index((winner,))])
    return tuple(chosen)


def stand_ins_of(config: RunConfig) -> frozenset[StandIn]:
    """Return the stand-ins among a run's baselines."""
    return frozenset(name for name in config.baselines if isinstance(name, StandIn))


def by_stand_in(
    context: PhaseContext, split: Split, given: Answers
) -> dict[StandIn, tuple[Answered, ...]]:
    """Return the answers of each stand-in that the run names, the vote taken."""
    exam, found = context.snapshot, {}
    forms = {s.id: form_for(exam.benchmark, s) for s in (*exam.steer, *exam.sealed)}
    for name in stand_ins_of(context.config):
        votes = [given[file] for file in files_of(context.config, split, name)]
        found[name] = voted(votes, forms) if len(votes) > 1 else tuple(votes[0])
    return found


def files_of(config: RunConfig, split: Split, name: str) -> tuple[AnswersFile, ...]:
    """Return the evidence files that hold a baseline's answers: several where they vote."""
    if name is not StandIn.SELF_CONSISTENCY:
        return (answers(split, name),)
    further = range(2, config.evaluation.votes + 1)
    return (answers(split, StandIn.FEW_SHOT), *(answers(split, f"{name}-{n}") for n in further))


def examples_in(snapshot: ExamSnapshot) -> tuple[tuple[Scenario, str], ...]:
    """Return the train scenarios with right answers that stand before a stand-in's questions.

    They are composed answers that pass, else answers that people labelled.
    """
    benchmark = snapshot.benchmark
    composition = {s.id: composed(benchmark, s) for s in snapshot.train}
    right = {one.scenario: one.text for one in reversed(snapshot.labelled)}
    right |= {
        s.id: composition[s.id]
        for s in snapshot.train
        if passes(s, composition[s.id], form_for(benchmark, s))
    }
    return worked_examples(snapshot.train, right)
