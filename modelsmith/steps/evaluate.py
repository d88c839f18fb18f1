"""Eval: what the present specialist can do on train, and how far it is on steer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelsmith.domain.answering import Answered, Usage, usage_of, verdict_of
from modelsmith.domain.constant import constant_policies, examples_from, floor_of
from modelsmith.domain.exam import by_id
from modelsmith.domain.loop import Event
from modelsmith.domain.prompt import Sampling, prompt_for
from modelsmith.domain.record import lines_of, records_in
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.scorecard import Scorecard, scorecard_of
from modelsmith.domain.trial import Trial, trial_of
from modelsmith.domain.walk import EvaluatedFacts, line_of
from modelsmith.ports.engine import Engine
from modelsmith.ports.reports import Reports
from modelsmith.steps.answering import answered
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
            files |= stand_in_answers(tools, case, engine, "steer", steer, canonical)
    return {name: lines_of(answers) for name, answers in files.items()}


def decided(case: Case, raw: Mapping[str, bytes], reports: Reports) -> Outcome:
    """Return the scores, the failures and what is weakest."""
    answers = {n: records_in(c, Answered) for n, c in raw.items() if n.startswith("answers-")}
    train = card_of("specialist", case.train, answers[TRAIN], case)
    steer = card_of("specialist", case.snapshot.steer, answers[STEER], case)
    stand_ins, floor, floor_name = _first_round(case, answers)
    failed = tuple(
        sorted(
            given.scenario
            for given, trial in zip(
                answers[TRAIN], trials_on(case.train, answers[TRAIN]), strict=True
            )
            if trial.passed is not True
        )
    )
    usage = Usage()
    for given in answers.values():
        usage = usage.plus(usage_of(given))
    facts = EvaluatedFacts(
        adapter=case.walk.adapter,
        train=line_of(train),
        steer=line_of(steer),
        failed=failed,
        weakest=cluster_words(train),
        stand_ins={card.system: line_of(card) for card in stand_ins},
        floor=line_of(floor) if floor else None,
        floor_name=floor_name,
        usage=usage,
    )
    cards = [steer, *stand_ins, *([floor] if floor else [])]
    return Outcome(
        Event.EVALUATED,
        facts,
        {
            "scorecard-train.json": train.canonical(),
            "scorecard-steer.json": steer.canonical(),
            "report.md": (
                reports.scores("Train", [train], [f"{len(failed)} scenarios failed"])
                + "\n"
                + reports.scores("Steer", cards, stand_in_notes(stand_ins))
            ).encode(),
        },
    )


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


def opened(tools: Tools, case: Case, adapter: str | None):  # type: ignore[no-untyped-def] # noqa: ANN201, E501
    """Return the base model with `adapter` on top, ready to answer."""
    folder: Path | None = tools.store.get(adapter) if adapter else None
    return tools.engines.opened(case.config.model, folder, adapter)


def asked(
    tools: Tools, case: Case, engine: Engine, split: str, scenarios: Sequence[Scenario]
) -> tuple[Answered, ...]:
    """Return greedy answers of `engine` to `scenarios`."""
    benchmark, given = case.snapshot.benchmark, case.config.evaluation
    return answered(
        engine,
        [(scenario, prompt_for(benchmark, scenario)) for scenario in scenarios],
        Sampling(max_tokens=given.max_tokens),
        batch=given.batch,
        cache=tools.cache,
        progress=tools.progress,
        label=f"answers on {split}",
    )


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


def stand_in_notes(cards: Sequence[Scorecard]) -> list[str]:
    """Return the words that must stand wherever a stand-in does."""
    if not cards:
        return []
    return [
        "Stand-ins are the untouched base model in a baseline's place. They are not frontier "
        "models: beating them admits to sandbox, never to production."
    ]


def _first_round(
    case: Case, answers: Mapping[str, Sequence[Answered]]
) -> tuple[list[Scorecard], Scorecard | None, str | None]:
    if not is_first(case):
        return [], None, None
    steer = case.snapshot.steer
    systems = by_stand_in("steer", answers, case.config.evaluation.votes)
    cards = [card_of(name.value, steer, given, case) for name, given in systems.items()]
    benchmark = case.snapshot.benchmark
    floor = floor_of(
        constant_policies(benchmark, steer, examples_from(benchmark, case.snapshot.train))
    )
    return cards, floor.card, floor.name
