"""Eval: what the present specialist can do on train, and how far it is on steer."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain

from modelsmith.domain.answering import Answered, usage_of, verdict_of
from modelsmith.domain.call import OUTBOUND
from modelsmith.domain.constant import ConstantPolicy, floor_of
from modelsmith.domain.exam import by_id
from modelsmith.domain.loop import Event
from modelsmith.domain.prompt import Sampling, prompt_for
from modelsmith.domain.record import lines_of, records_in
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.scorecard import Scorecard, scorecard_of, too_many_errors
from modelsmith.domain.trial import Trial, trial_of
from modelsmith.domain.walk import EvaluatedFacts, StoppedFacts, line_of
from modelsmith.ports.engine import Engine
from modelsmith.ports.reports import Reports
from modelsmith.steps.answering import answered
from modelsmith.steps.invariance import ALONE, MOST_TRIED, invariance
from modelsmith.steps.stand_ins import by_stand_in, stand_in_answers
from modelsmith.steps.tools import Case, Outcome, Tools

TRAIN, STEER = "answers-train.jsonl", "answers-steer.jsonl"


def gathered(tools: Tools, case: Case) -> dict[str, bytes]:
    """Return the answers of the present specialist; in the first round the stand-ins' too."""
    steer = case.snapshot.steer
    with opened(tools, case, case.walk.adapter) as engine:
        files = {
            TRAIN: asked(tools, case, engine, "train", case.train),
            STEER: asked(tools, case, engine, "steer", steer),
        }
        tools.progress.say(_first_words(case, files))
        if is_first(case):
            canonical = [scenario for scenario in steer if not scenario.is_variant]
            few = canonical[:MOST_TRIED]
            files[ALONE] = asked(tools, case, engine, "steer, one by one", few, batch=1)
            files |= stand_in_answers(tools, case, engine, "steer", steer, canonical)
    return {name: lines_of(answers) for name, answers in files.items()}


def decided(case: Case, raw: Mapping[str, bytes], reports: Reports) -> Outcome:
    """Return the scores, the failures and what is weakest; too many errors end the run."""
    files = {n: c for n, c in raw.items() if n.endswith(".jsonl") and n != OUTBOUND}
    answers = {n: records_in(c, Answered) for n, c in files.items()}
    trials = trials_on(case.train, answers[TRAIN])
    train = scorecard_of("specialist", trials, case.snapshot.benchmark)
    steer = card_of("specialist", case.snapshot.steer, answers[STEER], case)
    stand_ins, floor = yardstick_cards(case, answers)
    derived = {"scorecard-train.json": train.canonical(), "scorecard-steer.json": steer.canonical()}
    if lost := [card for card in (train, steer, *stand_ins) if too_many_errors(card)]:
        words = error_words(lost[0], chain.from_iterable(answers.values()))
        return Outcome(Event.HALTED, StoppedFacts(reason="errors", words=words), derived)
    failed = tuple(sorted(trial.scenario for trial in trials if trial.passed is not True))
    facts = EvaluatedFacts(
        adapter=case.walk.adapter,
        train=line_of(train),
        steer=line_of(steer),
        failed=failed,
        weakest=cluster_words(train),
        stand_ins={card.system: line_of(card) for card in stand_ins},
        floor=line_of(floor.card) if floor else None,
        floor_name=floor.name if floor else None,
        usage=usage_of(_paid_for(case, answers)),
    )
    notes = stand_in_notes(stand_ins)
    if ALONE in answers:
        found = invariance(answers[STEER], answers[ALONE])
        derived["invariance.json"] = found.canonical()
        notes.append(found.words())
    cards = [steer, *stand_ins, *([floor.card] if floor else [])]
    report = "\n".join(
        (
            reports.scores("Train", [train], [f"{len(failed)} scenarios did not pass"]),
            reports.scores("Steer", cards, notes),
        )
    )
    return Outcome(Event.EVALUATED, facts, derived | {"report.md": report.encode()})


def _paid_for(case: Case, answers: Mapping[str, Sequence[Answered]]) -> Iterable[Answered]:
    """Return the answers that this phase costs: assess asked steer of every later adapter."""
    return chain.from_iterable(answers.values()) if is_first(case) else answers[TRAIN]


def _first_words(case: Case, files: Mapping[str, Sequence[Answered]]) -> str:
    """Return the scores in one line, before the stand-ins are asked."""
    parts = []
    for split, name, scenarios in (
        ("train", TRAIN, case.train),
        ("steer", STEER, case.snapshot.steer),
    ):
        line = line_of(card_of("specialist", scenarios, files[name], case))
        score = "-" if line.mean_score is None else f"{line.mean_score:.2f}"
        parts.append(f"{split} {line.passes}/{line.scenarios} passed, score {score}")
    return f"   scores: {'; '.join(parts)}"


def is_first(case: Case) -> bool:
    """Return whether the untouched base model is evaluated, which is when stand-ins are asked."""
    return case.walk.adapter is None


def opened(tools: Tools, case: Case, adapter: str | None) -> AbstractContextManager[Engine]:
    """Return the base model with `adapter` on top, ready to answer."""
    folder = tools.store.get(adapter) if adapter else None
    return tools.engines.opened(case.config.model, folder, adapter)


def asked(  # noqa: PLR0913 - who asks whom what, and in which batches
    tools: Tools,
    case: Case,
    engine: Engine,
    split: str,
    scenarios: Sequence[Scenario],
    *,
    batch: int | None = None,
) -> tuple[Answered, ...]:
    """Return greedy answers of `engine` to `scenarios`, in the run's batches unless told."""
    benchmark, given = case.snapshot.benchmark, case.config.evaluation
    return answered(
        engine,
        [(scenario, prompt_for(benchmark, scenario)) for scenario in scenarios],
        Sampling(max_tokens=given.max_tokens),
        batch=batch or given.batch,
        cache=tools.cache,
        progress=tools.progress,
        label=f"answers on {split}",
    )


def yardstick_cards(
    case: Case, answers: Mapping[str, Sequence[Answered]]
) -> tuple[list[Scorecard], ConstantPolicy | None]:
    """Return what the stand-ins and the best constant policy score on steer; only in round 1.

    Args:
        case: What an evaluation knew when it began.
        answers: Its answers by the name of their file.
    """
    if not is_first(case):
        return [], None
    systems = by_stand_in("steer", answers, case.config.evaluation.votes)
    cards = [
        card_of(name.value, case.snapshot.steer, given, case) for name, given in systems.items()
    ]
    return cards, floor_of(case.yardsticks.on_steer)


def trials_on(scenarios: Sequence[Scenario], answers: Sequence[Answered]) -> tuple[Trial, ...]:
    """Return one graded trial an answer, in order."""
    known = by_id(scenarios)
    return tuple(
        trial_of(
            known[given.scenario],
            verdict_of(known[given.scenario], given),
            latency_s=given.answer.latency_s if given.answer else None,
        )
        for given in answers
    )


def card_of(
    system: str, scenarios: Sequence[Scenario], answers: Sequence[Answered], case: Case
) -> Scorecard:
    """Return the scorecard of `answers`."""
    return scorecard_of(system, trials_on(scenarios, answers), case.snapshot.benchmark)


def cluster_words(card: Scorecard) -> str | None:
    """Return the strongest failure cluster in words."""
    worst = card.weakest
    if worst is None:
        return None
    return f"{worst.category}: {worst.count} answers fail first at {worst.kind} ({worst.text})"


def error_words(card: Scorecard, answers: Iterable[Answered]) -> str:
    """Return how many answers a system lost, and to what."""
    first = next((given.error for given in answers if given.error), "no answer")
    total = card.judged + card.errored + card.skipped
    return f"{card.system}: {card.errored} of {total} answers were lost, the first to: {first}"


def stand_in_notes(cards: Sequence[Scorecard]) -> list[str]:
    """Return the words that must stand wherever a stand-in does."""
    words = (
        "Stand-ins are the untouched base model in a baseline's place. They are not frontier "
        "models: beating them admits to sandbox, never to production."
    )
    return [words] if cards else []
