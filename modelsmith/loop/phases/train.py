"""Train: rows from what failed, on the rung that can write them, into a new adapter.

1. Take each failed scenario and variants of its family, some of each mastered one.
2. Refuse what leaks: rows made from, or resembling, a steer or sealed scenario.
3. Choose the rung: the first from the present one up whose targets pass their own rubric often
   enough on the failed scenarios; where none does, the one whose targets pass most often. Make the
   rows by it.
4. Train, store the adapter, keep what it did.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from modelsmith.errors import BlockedError
from modelsmith.exam.answers import Answered, usage_of
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.composed_answer import composed, is_composable
from modelsmith.exam.family import Families
from modelsmith.exam.leakage import LeakFinding
from modelsmith.exam.prompt import form_for, prompt_for
from modelsmith.exam.scenario import Scenario, family_of
from modelsmith.exam.table_variants import change_of
from modelsmith.judges.panel import JudgeVote
from modelsmith.loop.answers.acceptance import (
    AcceptedTarget,
    Target,
    accepted_of,
    ask_about_targets,
    can_be_accepted,
)
from modelsmith.loop.answers.baselines import Asking, asking
from modelsmith.loop.answers.local_model import answer_in_batches, open_engine, outbound_in
from modelsmith.loop.evidence.files import REPORT, ROWS, SAMPLES, TARGET_OPINIONS, TRAINING
from modelsmith.loop.phases.merged_proposals import chosen_in
from modelsmith.loop.phases.reports import figures_report
from modelsmith.models.generation import Sampling, Usage
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import EvaluatedFacts, TrainedFacts, facts_of, latest
from modelsmith.run.evidence import Evidence
from modelsmith.run.state_machine import Event
from modelsmith.training.curriculum import (
    LEAST_ACCEPTANCE,
    Acceptance,
    Origin,
    Recipe,
    Strategy,
    Trained,
    TrainedAdapter,
    TrainingRow,
    acceptance_of,
    rows_wanted,
)
from modelsmith.training.port import TrainingJob
from modelsmith.training.rows import (
    monotony_of,
    ordered,
    prompt_with_rubric,
    refuse_held_out,
    row_of,
)

SAMPLE_TEMPERATURE = 0.8
"""Rejection sampling draws at 0.8 (research: learn, section 4: 63 of 96 accepted at 0.8)."""


def gather(ports: RunPorts, context: PhaseContext) -> Evidence:
    """Return the rows, what they came from and who accepted them, and what training did.

    Raises:
        BlockedError: nothing could be accepted, or the leak gate refuses everything, found before
            anything is drawn where that is certain; or the rows are too much alike.
        BoundaryError, BudgetError, HostedError: a judge was not asked about a target, as in eval.
    """
    failed, mastered = split_by_failure(context)
    _refuse_undecidable(context, failed)
    wanted = rows_wanted(
        [s.id for s in failed],
        [s.id for s in mastered],
        context.config.training.variants,
        context.config.training.replay,
    )
    pool = _pool(ports, context, wanted)
    leaks = context.reference.guard.found(pool)
    dropped = {found.candidate for found in leaks}
    kept = clear_of(dropped, pool, ports.families)
    if not kept:
        raise leaked(leaks, len(pool))
    outbound = asking(ports, context)
    rung = _rung(ports, context, outbound, failed)
    targets = _targets(context, rung.strategy, kept, rung.samples)
    opinions = _merged(rung.opinions, ask_about_targets(outbound, context, targets))
    rows = _rows(context, accepted_of(context, targets, opinions))
    if not rows:
        if dropped and rung.acceptances[-1].accepted:  # of what the leak gate refused
            raise leaked(leaks, len(pool))
        also = f"; the leak gate refused {refused_words(leaks, len(pool))}" if dropped else ""
        raise BlockedError(
            f"no rung of the ladder wrote a passing target for any of {len(failed)} failures"
            + also,
            remedy=f"{WAYS_ON}, and start a new run; this one keeps the exam it began with.",
        )
    refuse_held_out(rows, context.reference.held_out)
    if said := monotony_of(context.snapshot.benchmark, by_id(kept), rows):
        raise BlockedError(
            f"the rows are too much alike to teach judgement: {said}",
            remedy="Write scenarios whose right answers differ, label answers in other words, or "
            "have targets drawn (another ladder in run.yaml), and start a new run.",
        )
    done, manifest = _train(ports, context, rows)
    outcome = TrainedAdapter(
        trained=done,
        recipe=recipe_of(context),
        acceptances=tuple(rung.acceptances),
        manifest=manifest,
        dropped=tuple(sorted(dropped)),
        unused=rung.unused,
    )
    evidence = ROWS.of(tuple(rows)) | TRAINING.of(outcome)
    evidence |= SAMPLES.of(rung.samples) if rung.samples else {}
    return evidence | (TARGET_OPINIONS.of(opinions) if opinions else {})


WAYS_ON = (
    "Give criteria checks that right answers can pass, label right answers in exam/, or name "
    "certified judges in run.yaml"
)
"""What helps where nothing can be accepted."""

REWRITE = (
    "Rewrite train scenarios in other words, names and figures than the held-out ones that they "
    "resemble"
)
"""What helps where the leak gate refuses them."""


def clear_of(
    dropped: Collection[str], pool: Sequence[Scenario], families: Families
) -> list[Scenario]:
    """Return what may be learnt of a pool of which the leak gate refuses `dropped`.

    A variant that a template drew tells another case than a parent that is refused; a table that
    was merely changed tells the same one, whether or not the gate still sees it.
    """

    def tells_another(scenario: Scenario) -> bool:
        return bool(families.world_of(scenario)) and not change_of(scenario)

    return [
        scenario
        for scenario in pool
        if scenario.id not in dropped
        and (scenario.family not in dropped or tells_another(scenario))
    ]


def leaked(leaks: Sequence[LeakFinding], count: int) -> BlockedError:
    """Return that the leak gate left nothing to train on, of so many scenarios."""
    return BlockedError(
        f"the leak gate refused {refused_words(leaks, count)}, and nothing else could be trained "
        "on",
        remedy=f"{REWRITE}, and start a new run; this one keeps the exam it began with.",
    )


MOST_NAMED = 5
"""Scenarios that a refusal of the leak gate names: enough to begin with, whatever their number."""


def refused_words(leaks: Sequence[LeakFinding], count: int) -> str:
    """Return how many train scenarios the leak gate refused, and each by name with what it is like.

    A family is named once, by the first of it that was refused; the files bear these names.
    """
    refused = len({found.candidate for found in leaks})
    by_family: dict[str, LeakFinding] = {}
    for found in leaks:
        by_family.setdefault(family_of(found.candidate), found)
    named = "; ".join(found.words for found in [*by_family.values()][:MOST_NAMED])
    more = f"; and {len(by_family) - MOST_NAMED} more" if len(by_family) > MOST_NAMED else ""
    return f"{refused} of {count} train scenarios and variants: {named}{more}"


def _refuse_undecidable(context: PhaseContext, failed: Sequence[Scenario]) -> None:
    """Refuse a training whose targets nobody could accept, before any is drawn."""
    labelled = {label.scenario for label in context.snapshot.labelled}
    if any(s.id in labelled or can_be_accepted(context, s) for s in failed):
        return
    first = failed[0]
    raise BlockedError(
        f"nobody can decide whether an answer is right for any of {len(failed)} failures: no "
        f"check, no label and no certified judge of this run ({first.id} is the first)",
        remedy=f"{WAYS_ON}, and start a new run; this one keeps the exam it began with.",
    )


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return what was trained; the rows are checked against the held-out digests again."""
    rows = ROWS.read(raw)
    refuse_held_out(rows, context.reference.held_out)
    kept = TRAINING.read(raw)
    samples = SAMPLES.read(raw, ())
    done, chosen = kept.trained, kept.acceptances[-1]
    usage = (
        usage_of(samples)
        .plus(kept.unused)
        .plus(Usage(seconds=done.duration_s, tokens=done.read_tokens))
    )
    usage = usage.plus(outbound_in(raw))
    facts = TrainedFacts(
        strategy=chosen.strategy,
        rung=context.config.ladder.index(chosen.strategy),
        acceptance=chosen.rate,
        rows=len(rows),
        steps=done.steps,
        first_loss=done.losses[0][1],
        last_loss=done.losses[-1][1],
        adapter=kept.manifest,
        usage=usage,
    )
    shown = {
        "strategy": f"{chosen.strategy} ({chosen.accepted} of {chosen.tried} failures)",
        "rows": f"{len(rows)} ({', '.join(_by_origin(rows))})",
        "tokens with loss": done.trained_tokens,
        "largest logit shift": done.logit_shift,
        "refused by the leak gate": ", ".join(kept.dropped) or "none",
    }
    if cut := sum(not _is_whole(sample) for sample in samples):
        shown["drawn and not learnt: cut by maxTokens, declined or lost"] = cut
    accepted = Counter(name for row in rows for name in row.accepted_by)
    if accepted:
        told = ", ".join(f"{name} {count}" for name, count in sorted(accepted.items()))
        shown["accepted by"] = told
    notes = [f"step {step}: loss {loss:.3f}" for step, loss in done.losses]
    report = figures_report("Training", shown, notes)
    return PhaseResult(Event.TRAINED, facts, REPORT.of(report.encode()))


def _by_origin(rows: Sequence[TrainingRow]) -> list[str]:
    counts: Counter[str] = Counter(row.origin for row in rows)
    named = ["sampled", "labelled", *(one for one in ("council", "distilled") if counts[one])]
    return [f"{counts[origin]} {origin}" for origin in named]


def split_by_failure(context: PhaseContext) -> tuple[list[Scenario], list[Scenario]]:
    """Return failed and mastered train scenarios; all count as failed when none failed.

    A specialist that passes the whole train split still learns from fresh variants of it.
    """
    entry = latest(context.entries, Event.EVALUATED)
    failed = set(facts_of(entry, EvaluatedFacts).failed) if entry else set()
    chosen = [s for s in context.train if s.id in failed] or list(context.train)
    return chosen, [s for s in context.train if s.id not in failed] if failed else []


def recipe_of(context: PhaseContext) -> Recipe:
    """Return how this round trains."""
    given = context.config.training
    return Recipe(
        rank=given.rank,
        alpha=given.alpha,
        learning_rate=given.learning_rate,
        batch=given.batch,
        seed=context.config.seed,
        max_length=given.max_length,
    )


def variant_seed(context: PhaseContext) -> int:
    """Return the seed of this round's variants; no two rounds and no two seeds share one."""
    return context.config.seed * 1000 + context.progress.iteration


class _Rung(NamedTuple):
    """The rung that trains, and what choosing it took."""

    strategy: Strategy
    acceptances: list[Acceptance]
    samples: tuple[Answered, ...]
    opinions: tuple[JudgeVote, ...]
    unused: Usage
    """What drawing for rungs that do not train took."""


def _rung(
    ports: RunPorts, context: PhaseContext, outbound: Asking, failed: Sequence[Scenario]
) -> _Rung:
    """Choose the rung by how often its targets are accepted, by all who decide in eval."""
    tried: list[Acceptance] = []
    samples = dict[Strategy, tuple[Answered, ...]]()
    opinions: tuple[JudgeVote, ...] = ()
    decidable = [scenario for scenario in failed if can_be_accepted(context, scenario)]
    for strategy in context.config.ladder[context.progress.rung :]:
        if strategy is not Strategy.RUBRIC_COMPOSITION and decidable:
            samples[strategy] = _draw_samples(ports, context, strategy, decidable)
        targets = _targets(context, strategy, failed, samples.get(strategy, ()))
        if strategy is not Strategy.RUBRIC_COMPOSITION:
            targets = [one for one in targets if one.origin == ORIGINS[strategy]]
        opinions = _merged(opinions, ask_about_targets(outbound, context, targets))
        accepted = {one.target.scenario.id for one in accepted_of(context, targets, opinions)}
        tried.append(acceptance_of(strategy, len(failed), len(accepted)))
        if tried[-1].rate >= LEAST_ACCEPTANCE:
            break
    best = max(tried, key=lambda one: one.rate)  # of equals the lower rung
    if best.rate < LEAST_ACCEPTANCE:
        tried = [*(one for one in tried if one is not best), best]
    strategy = tried[-1].strategy
    unused = [drawn for other, drawn in samples.items() if other is not strategy]
    took = usage_of(chain.from_iterable(unused))
    return _Rung(strategy, tried, samples.get(strategy, ()), opinions, took)


def _merged(one: Sequence[JudgeVote], other: Sequence[JudgeVote]) -> tuple[JudgeVote, ...]:
    """Return opinions, each once, sorted."""
    known = {(*vote.place, vote.judge): vote for vote in (*one, *other)}
    return tuple(vote for _, vote in sorted(known.items()))


def _draw_samples(
    ports: RunPorts, context: PhaseContext, strategy: Strategy, failed: Sequence[Scenario]
) -> tuple[Answered, ...]:
    """Draw answers to what failed; with the rubric in view where the rung distils."""
    drawn: tuple[Answered, ...] = ()
    count, benchmark = context.config.training.samples, context.snapshot.benchmark
    prompted = prompt_with_rubric if strategy is Strategy.SELF_DISTILLATION else prompt_for
    with open_engine(ports, context, context.progress.adapter) as engine:
        for number in range(count):
            drawn += answer_in_batches(
                engine,
                [(scenario, prompted(benchmark, scenario)) for scenario in failed],
                Sampling(
                    max_tokens=context.config.evaluation.max_tokens,
                    temperature=SAMPLE_TEMPERATURE,
                    seed=variant_seed(context) * 100 + number,
                ),
                batch=context.config.evaluation.batch,
                cache=ports.cache,
                progress=ports.progress,
                label=f"samples {number + 1} of {count}",
            )
    return drawn


def _pool(ports: RunPorts, context: PhaseContext, wanted: Mapping[str, int]) -> list[Scenario]:
    """Return each wanted scenario with its variants, as many as wanted."""
    pool = []
    for scenario in context.train:
        count = wanted.get(scenario.id, 0)
        if count:
            more = ports.families.variants(
                scenario, count - 1, seed=variant_seed(context), relation="any"
            )
            pool += [scenario, *more]
    return pool


ORIGINS: Mapping[Strategy, Origin] = {
    Strategy.RUBRIC_COMPOSITION: "composed",
    Strategy.SELF_DISTILLATION: "distilled",
    Strategy.REJECTION_SAMPLING: "sampled",
}
"""Where the targets of each rung come from."""


def _targets(
    context: PhaseContext, strategy: Strategy, pool: Sequence[Scenario], samples: Sequence[Answered]
) -> list[Target]:
    """Return what could be learnt: composed, labelled, the council's, and drawn if the rung draws.

    What a member of the council answers is in the words of its family, which is recorded with it.
    """
    benchmark, known = context.snapshot.benchmark, by_id(pool)
    found = [
        Target(scenario, composed(benchmark, scenario), "composed")
        for scenario in pool
        if is_composable(form_for(benchmark, scenario))  # an answer with gaps teaches gaps
    ]
    found += [
        Target(known[label.scenario], label.text, "labelled")
        for label in context.snapshot.labelled
        if label.scenario in known
    ]
    found += [
        Target(known[one.scenario.id], one.answer, "council")
        for entry in context.entries
        for one in chosen_in(context.read, entry)
        if one.answer and one.scenario.id in known
    ]
    found += [
        Target(known[sample.scenario], sample.answer.text, ORIGINS[strategy])
        for sample in samples
        if sample.answer and _is_whole(sample) and sample.scenario in known
    ]
    return [target for target in found if target.text.strip()]


def _is_whole(sample: Answered) -> bool:
    """Return whether an answer ended by itself: one that was cut, or declined, is no target."""
    return sample.answer is not None and sample.answer.finish == "stop"


def _rows(context: PhaseContext, accepted: Sequence[AcceptedTarget]) -> list[TrainingRow]:
    """Return the rows: what was drawn, else composed, else labelled or what its author answered.

    A labelled answer, or one of the council's member that wrote the scenario, stands in only for a
    scenario whose composed answer nobody accepts. Composed targets all read alike, which a small
    model learns from few rows; whether labelled ones beside them help or hurt is not settled by the
    single runs made so far.
    """
    ranks = {"council": 1, "labelled": 1, "composed": 2, "distilled": 3, "sampled": 3}
    best: dict[str, int] = {}
    for target, _ in accepted:
        name = target.scenario.id
        best[name] = max(best.get(name, 0), ranks[target.origin])
    rows = [
        row_of(context.snapshot.benchmark, target.scenario, target.text, target.origin, by)
        for target, by in accepted
        if ranks[target.origin] == best[target.scenario.id]
    ]
    return ordered(rows, context.config.seed, context.progress.iteration)


def _train(
    ports: RunPorts, context: PhaseContext, rows: Sequence[TrainingRow]
) -> tuple[Trained, str]:
    def show(step: int, steps: int, loss: float) -> None:
        ports.progress.track("training", step, steps, f"loss {loss:.3f}")
        ports.training_progress.tell(f"step {step} of {steps}, loss {loss:.2f}")

    start = ports.store.get(context.progress.adapter) if context.progress.adapter else None
    workspace = ports.workspace.folder(context.place)
    try:
        job = TrainingJob(context.config.model, rows, recipe_of(context), start, workspace)
        done, folder = ports.trainer.train(job, show)
    finally:
        ports.training_progress.clear()
    return done, ports.store.put(folder)
