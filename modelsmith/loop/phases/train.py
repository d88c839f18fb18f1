"""Train: rows from what failed, on the rung that can write them, into a new adapter.

1. Choose the rung: the first from the present one up whose targets pass their own rubric often
   enough on the failed scenarios; where none does, the one whose targets pass most often.
2. Make the rows: each failed scenario and variants of its family, some of each mastered one.
3. Refuse what leaks: rows made from, or resembling, a steer or sealed scenario.
4. Train, store the adapter, keep what it did.
"""

from collections.abc import Mapping, Sequence

from modelsmith.errors import BlockedError
from modelsmith.exam.answers import Answered, usage_of
from modelsmith.exam.benchmark import Benchmark, by_id, form_for
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import passes
from modelsmith.loop.answers.local_model import ask, open_engine
from modelsmith.loop.evidence.files import REPORT, ROWS, SAMPLES, TRAINING
from modelsmith.loop.phases.reports import figures_report
from modelsmith.models.generation import Sampling, Usage
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import EvaluatedFacts, TrainedFacts, facts_of, latest
from modelsmith.run.evidence import Evidence
from modelsmith.run.state_machine import Event
from modelsmith.training.curriculum import (
    LEAST_ACCEPTANCE,
    Acceptance,
    Recipe,
    Strategy,
    Trained,
    TrainedAdapter,
    TrainingRow,
    acceptance_of,
    rows_wanted,
)
from modelsmith.training.port import TrainingJob
from modelsmith.training.rows import composed_rows, ordered, refuse_held_out, row_of

SAMPLE_TEMPERATURE = 0.8
"""Rejection sampling draws at 0.8 (research: learn, section 4: 63 of 96 accepted at 0.8)."""


def gather(ports: RunPorts, context: PhaseContext) -> Evidence:
    """Return the rows, the samples they came from, and what training did."""
    failed, mastered = split_by_failure(context)
    strategy, acceptances, samples = _rung(ports, context, failed)
    wanted = rows_wanted(
        [s.id for s in failed],
        [s.id for s in mastered],
        context.config.training.variants,
        context.config.training.replay,
    )
    pool = _pool(ports, context, wanted)
    dropped = {found.candidate for found in context.reference.guard.found(pool)}
    kept = [scenario for scenario in pool if scenario.id not in dropped]
    rows = _rows(context, strategy, kept, samples)
    if not rows:
        leaked = f"; the leak gate refused {len(dropped)} of {len(pool)}" if dropped else ""
        raise BlockedError(
            f"no rung of the ladder wrote a passing target for any of {len(failed)} failures"
            + leaked,
            remedy="Write checks that composed answers can pass, or label right answers in exam/, "
            "and start a new run; this one keeps the exam it began with.",
        )
    refuse_held_out(rows, context.reference.held_out)
    done, manifest = _train(ports, context, rows)
    outcome = TrainedAdapter(
        trained=done,
        recipe=recipe_of(context),
        acceptances=tuple(acceptances),
        manifest=manifest,
        dropped=tuple(sorted(dropped)),
    )
    evidence = ROWS.of(tuple(rows)) | TRAINING.of(outcome)
    return evidence | SAMPLES.of(samples) if samples else evidence


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return what was trained; the rows are checked against the held-out digests again."""
    rows = ROWS.read(raw)
    refuse_held_out(rows, context.reference.held_out)
    kept = TRAINING.read(raw)
    samples = SAMPLES.read(raw, ())
    done, chosen = kept.trained, kept.acceptances[-1]
    usage = usage_of(samples).plus(Usage(seconds=done.duration_s, tokens=done.read_tokens))
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
        "rows": f"{len(rows)} ({sum(r.origin == 'sampled' for r in rows)} sampled, "
        f"{sum(r.origin == 'labelled' for r in rows)} labelled)",
        "tokens with loss": done.trained_tokens,
        "largest logit shift": done.logit_shift,
        "refused by the leak gate": ", ".join(kept.dropped) or "none",
    }
    notes = [f"step {step}: loss {loss:.3f}" for step, loss in done.losses]
    report = figures_report("Training", shown, notes)
    return PhaseResult(Event.TRAINED, facts, REPORT.of(report.encode()))


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


def _rung(
    ports: RunPorts, context: PhaseContext, failed: Sequence[Scenario]
) -> tuple[Strategy, list[Acceptance], tuple[Answered, ...]]:
    tried: list[Acceptance] = []
    samples: tuple[Answered, ...] = ()
    for strategy in context.config.ladder[context.progress.rung :]:
        if strategy is Strategy.RUBRIC_COMPOSITION:
            accepted = len(composed_rows(context.snapshot.benchmark, failed))
        else:
            samples = _draw_samples(ports, context, failed)
            known = by_id(failed)
            accepted = len(
                {s.scenario for s in samples if _accepted(context.snapshot.benchmark, known, s)}
            )
        tried.append(acceptance_of(strategy, len(failed), accepted))
        if tried[-1].rate >= LEAST_ACCEPTANCE:
            break
    best = max(tried, key=lambda one: one.rate)  # of equals the lower rung
    if best.rate < LEAST_ACCEPTANCE:
        tried = [*(one for one in tried if one is not best), best]
    return tried[-1].strategy, tried, samples


def _draw_samples(
    ports: RunPorts, context: PhaseContext, failed: Sequence[Scenario]
) -> tuple[Answered, ...]:
    drawn: tuple[Answered, ...] = ()
    count = context.config.training.samples
    with open_engine(ports, context, context.progress.adapter) as engine:
        for number in range(count):
            sampling = Sampling(
                max_tokens=context.config.evaluation.max_tokens,
                temperature=SAMPLE_TEMPERATURE,
                seed=variant_seed(context) * 100 + number,
            )
            label = f"samples {number + 1} of {count}"
            drawn += ask(ports, context, engine, label, failed, sampling=sampling)
    return drawn


def _accepted(benchmark: Benchmark, known: Mapping[str, Scenario], sample: Answered) -> bool:
    scenario = known[sample.scenario]
    form = form_for(benchmark, scenario)
    return sample.answer is not None and passes(scenario, sample.answer.text, form)


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


def _rows(
    context: PhaseContext, strategy: Strategy, pool: Sequence[Scenario], samples: Sequence[Answered]
) -> list[TrainingRow]:
    """Return the rows: composed, sampled where that rung trains, labelled where neither can.

    A labelled answer stands in only for a scenario whose composed answer fails its own rubric.
    Composed targets all read alike, which a small model learns from few rows; whether labelled
    ones beside them help or hurt is not settled by the single runs made so far.
    """
    benchmark = context.snapshot.benchmark
    rows = composed_rows(benchmark, pool)
    known = by_id(pool)
    written = {row.scenario for row in rows}
    rows += [
        row_of(benchmark, known[label.scenario], label.text, "labelled")
        for label in context.snapshot.labelled
        if label.scenario in known
        and label.scenario not in written
        and passes(known[label.scenario], label.text, form_for(benchmark, known[label.scenario]))
    ]
    if strategy is Strategy.REJECTION_SAMPLING:
        drawn = [
            row_of(benchmark, known[s.scenario], s.answer.text, "sampled")
            for s in samples
            if s.answer is not None
            and s.scenario in known
            and _accepted(context.snapshot.benchmark, known, s)
        ]
        rows = [row for row in rows if row.scenario not in {d.scenario for d in drawn}] + drawn
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
