"""Eval: what the present specialist can do on train, and how far it is on steer."""

from collections.abc import Iterable, Sequence
from itertools import chain

from modelsmith.exam.answers import MOST_TRIED, Answered, invariance, usage_of
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import Errored
from modelsmith.loop.answers.baselines import (
    Asking,
    answers_in,
    ask_hosted_baselines,
    asking,
    by_baseline,
    is_hosted,
)
from modelsmith.loop.answers.constants import constants_asked, constants_of
from modelsmith.loop.answers.grading import (
    ask_judges,
    card_of,
    is_judged,
    judging_evidence,
    steered,
    steering_panel,
    trials_on,
)
from modelsmith.loop.answers.local_model import (
    SPECIALIST,
    STEER,
    TRAIN,
    ask,
    open_engine,
    outbound_in,
)
from modelsmith.loop.answers.repeats import repeat_notes
from modelsmith.loop.answers.stand_ins import Answers, AnswersInFiles, ask_stand_ins
from modelsmith.loop.evidence.files import INVARIANCE, REPORT, answers_alone, scorecard
from modelsmith.loop.phases.merged_proposals import fetch_joined, joining
from modelsmith.loop.phases.reports import NOBODY, NOBODY_OF_BEFORE, scores_report
from modelsmith.run.config import is_stand_in
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import (
    EvaluatedFacts,
    StoppedFacts,
    line_of,
    rules_of,
)
from modelsmith.run.evidence import Evidence, Files
from modelsmith.run.state_machine import Event
from modelsmith.statistics.constant_policies import ConstantPolicy, floor_of
from modelsmith.statistics.formatting import flaws
from modelsmith.statistics.scorecard import Scorecard, too_many_errors
from modelsmith.statistics.trial import Trial

ALONE = answers_alone(Split.STEER)


def gather(ports: RunPorts, context: PhaseContext) -> Evidence:
    """Return the specialist's answers, in the first round the baselines', and what judges say.

    Raises:
        BoundaryError: a question or an answer may not leave; nothing of it was sent.
        BudgetError: the money left would not pay for the next call.
        HostedError: a hosted model cannot be asked.
    """
    merged = fetch_joined(ports, context)
    context = joining(context, merged)
    steer, outbound = context.snapshot.steer, asking(ports, context)
    canonical = [scenario for scenario in steer if not scenario.is_variant]
    with open_engine(ports, context, context.progress.adapter) as engine:
        files = {
            TRAIN: ask(ports, context, engine, "answers on train", context.train),
            STEER: ask(ports, context, engine, "answers on steer", steer),
        }
        ports.progress.say(_first_words(context, files))
        if is_first(context):
            few = canonical[:MOST_TRIED]
            files[ALONE] = ask(ports, context, engine, "answers on steer, one by one", few, batch=1)
            files |= ask_stand_ins(ports, context, engine, Split.STEER, steer, canonical)
    if is_first(context):  # steering compares canonical forms alone, and each call is paid for
        files |= ask_hosted_baselines(outbound, context, Split.STEER, canonical)
    raw = {file: file.encode(given) for file, given in files.items()}
    return raw | merged | _opinions(outbound, context, files)


def _opinions(outbound: Asking, context: PhaseContext, files: Answers) -> Files:
    """Return what the judges that steer say of every system's answers."""
    judges, steer = steering_panel(context).judges, context.snapshot.steer
    asked_on = [
        (Split.TRAIN, SPECIALIST, context.train, files[TRAIN]),
        (Split.STEER, SPECIALIST, steer, files[STEER]),
    ]
    if is_first(context):
        baselines = by_baseline(context, Split.STEER, files)
        asked_on += [(Split.STEER, name, steer, given) for name, given in baselines.items()]
        constants = constants_asked(context, Split.STEER)
        asked_on += [(Split.STEER, name, steer, given) for name, given in constants.items()]
    opinions: Files = {}
    for split, system, scenarios, given in asked_on:
        opinions |= ask_judges(outbound, context, split, system, scenarios, given, judges)
    return opinions


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return the scores, the failures and what is weakest; too many errors end the run."""
    context = joining(context, raw)
    given, exam = _answers_in(context, raw), context.snapshot
    trials = steered(context, raw, Split.TRAIN, SPECIALIST, given[TRAIN])
    train = card_of(context, SPECIALIST, trials)
    on_steer = steered(context, raw, Split.STEER, SPECIALIST, given[STEER])
    steer = card_of(context, SPECIALIST, on_steer)
    baselines, floor = reference_cards(context, raw)
    derived = scorecard(Split.TRAIN).of(train) | scorecard(Split.STEER).of(steer)
    if lost := [card for card in (train, steer, *baselines) if too_many_errors(card)]:
        graded = [(train, trials), (steer, on_steer)]
        if baselines:
            graded += zip(baselines, baseline_trials(context, raw).values(), strict=True)
        words = error_words(lost[0], next(of_it for card, of_it in graded if card is lost[0]))
        return PhaseResult(Event.HALTED, StoppedFacts(reason="errors", words=words), derived)
    failed = tuple(sorted(trial.scenario for trial in trials if trial.passed is not True))
    facts = EvaluatedFacts(
        adapter=context.progress.adapter,
        train=line_of(train),
        steer=line_of(steer),
        failed=failed,
        weakest=cluster_words(train),
        stand_ins={card.system: line_of(card) for card in baselines if is_stand_in(card.system)},
        baselines={
            card.system: line_of(card) for card in baselines if not is_stand_in(card.system)
        },
        floor=line_of(floor.card) if floor else None,
        floor_name=floor.name if floor else None,
        usage=usage_of(_worked_for(context, given)).plus(outbound_in(raw)),
    )
    notes = [*stand_in_notes(baselines), *repeat_notes(exam.steer)]
    if ALONE in given:
        found = invariance(given[STEER], given[ALONE])
        derived |= INVARIANCE.of(found)
        notes.append(found.words())
    asked_on = []
    if is_judged(context, (*context.train, *exam.steer)):
        judges = steering_panel(context).judges
        asked_on = [(Split.TRAIN, SPECIALIST, judges), (Split.STEER, SPECIALIST, judges)]
        asked_on += [(Split.STEER, card.system, judges) for card in baselines]
    judged, judging = judging_evidence(context, raw, asked_on)
    nobody = NOBODY if rules_of(context.entries) > 1 else NOBODY_OF_BEFORE
    cards = [steer, *baselines, *([floor.card] if floor else [])]
    report = "\n".join(
        (
            scores_report("Train", [train], _train_notes(context, train, failed), nobody=nobody),
            scores_report("Steer", cards, notes, nobody=nobody),
            *judging,
        )
    )
    return PhaseResult(Event.EVALUATED, facts, derived | judged | REPORT.of(report.encode()))


def _train_notes(context: PhaseContext, card: Scorecard, failed: Sequence[str]) -> list[str]:
    rules, notes = rules_of(context.entries), [f"{len(failed)} scenarios did not pass"]
    if not rules or line_of(card).scenarios:
        return notes
    nobody = "nobody decides whether an answer is right: no check and no judge of this run"
    return [nobody] if rules > 1 else [*notes, nobody]


def _answers_in(context: PhaseContext, raw: Evidence) -> AnswersInFiles:
    """Return all answers of an evaluation, by file."""
    if not is_first(context):
        return {file: file.read(raw) for file in (TRAIN, STEER)}
    alone = (ALONE,) if ALONE in raw else ()
    return answers_in(context, Split.STEER, raw, TRAIN, STEER, *alone)


def _worked_for(context: PhaseContext, answers: Answers) -> Iterable[Answered]:
    """Return the answers that this machine worked for: assess asked steer of later adapters."""
    if not is_first(context):
        return answers[TRAIN]
    local = (given for f, given in answers.items() if not is_hosted(context, Split.STEER, f))
    return chain.from_iterable(local)


def _first_words(context: PhaseContext, files: Answers) -> str:
    """Return the scores by checks in one line, before anybody else is asked."""
    parts = []
    for split, file, scenarios in (
        ("train", TRAIN, context.train),
        ("steer", STEER, context.snapshot.steer),
    ):
        line = line_of(card_of(context, SPECIALIST, trials_on(context, scenarios, files[file])))
        flawed = flaws(line.cut, line.unreadable)
        said = f"{split} decided by no check"
        if line.scenarios and line.mean_score is not None:
            said = f"{split} {line.passes}/{line.scenarios} passed, score {line.mean_score:.2f}"
        parts.append(f"{said}, {flawed}" if flawed else said)
    return f"   scores: {'; '.join(parts)}"


def is_first(context: PhaseContext) -> bool:
    """Return whether the untouched base model is evaluated, which is when baselines are asked."""
    return context.progress.adapter is None


def reference_cards(
    context: PhaseContext, raw: Evidence
) -> tuple[list[Scorecard], ConstantPolicy | None]:
    """Return what the baselines and the best constant policy score on steer; only in round 1.

    Args:
        context: What an evaluation knew when it began.
        raw: Its evidence by file.
    """
    if not is_first(context):
        return [], None
    cards = [
        card_of(context, name, trials) for name, trials in baseline_trials(context, raw).items()
    ]
    return cards, floor_of(constants_on_steer(context, raw))


def constants_on_steer(context: PhaseContext, raw: Evidence) -> tuple[ConstantPolicy, ...]:
    """Return the constant policies with their scores, from the evidence of the first evaluation."""
    return constants_of(context, raw, Split.STEER, steering_panel(context).judges)


def baseline_trials(context: PhaseContext, raw: Evidence) -> dict[str, tuple[Trial, ...]]:
    """Return the baselines' graded answers on steer, from the evidence of the first evaluation."""
    given = answers_in(context, Split.STEER, raw)
    return {
        name: steered(context, raw, Split.STEER, name, said)
        for name, said in by_baseline(context, Split.STEER, given).items()
    }


def cluster_words(card: Scorecard) -> str | None:
    """Return the strongest failure cluster in words."""
    worst = card.weakest
    if worst is None:
        return None
    return f"{worst.category}: {worst.count} answers fail first at {worst.kind} ({worst.text})"


def error_words(card: Scorecard, trials: Iterable[Trial]) -> str:
    """Return how many answers a system lost, and to what: the engine, a provider or the judges."""
    losses = (t.verdict.reason for t in trials if isinstance(t.verdict, Errored))
    first = next(losses, "no answer")
    total = card.judged + card.errored + card.skipped
    return f"{card.system}: {card.errored} of {total} answers were lost, the first to: {first}"


def stand_in_notes(cards: Sequence[Scorecard]) -> list[str]:
    """Return the words that must stand wherever a stand-in does."""
    stand_ins = [card for card in cards if is_stand_in(card.system)]
    words = (
        "Stand-ins are the untouched base model in a baseline's place. They are not frontier "
        "models: beating them admits to sandbox, never to production."
    )
    return [words] if stand_ins else []
