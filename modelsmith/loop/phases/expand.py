"""Expand: the council offers scenarios for what failed; what survives becomes a git branch."""

import json
from collections.abc import Sequence

from modelsmith.council.mutator_rules import reconciliation_of
from modelsmith.council.page import council_page
from modelsmith.council.proposal import Branch, Proposal, Reconciliation
from modelsmith.exam.answers import usage_of
from modelsmith.exam.composed_answer import Answerability, answerability_of
from modelsmith.exam.scenario import Scenario
from modelsmith.git.commits import MEMBER, phase_trailers, with_trailers
from modelsmith.git.refs import expansion_branch
from modelsmith.loop.answers.local_model import outbound_in
from modelsmith.loop.evidence.files import (
    BRANCH,
    DRAFT_ANSWERS,
    DRAFTS,
    PROPOSALS,
    RECONCILIATION,
    REPORT,
)
from modelsmith.loop.phases.council_round import ask_council, ended, failures_of, statements_in
from modelsmith.loop.phases.merged_proposals import path_of
from modelsmith.loop.phases.train import variant_seed
from modelsmith.models.generation import Usage
from modelsmith.run.config import MUTATOR
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import (
    EvaluatedFacts,
    ExpandedFacts,
    StartedFacts,
    Tally,
    facts_of,
    latest,
    rules_of,
)
from modelsmith.run.evidence import Evidence
from modelsmith.run.state_machine import Event

PROPOSED_PER_FAMILY = 3
"""Variants offered a failed family; reconciliation accepts at most two (council.AT_MOST)."""

FAMILIES_PER_ROUND = 4
"""Failed families that a round expands: a few a round over many rounds beats bulk (LLM2LLM,
2403.15042)."""

SEED_APART = 500
"""Keeps the mutator's draws apart from the training variants of the same round."""


def gather(ports: RunPorts, context: PhaseContext) -> Evidence:
    """Return the proposals for this round's failures, and the branch that offers the survivors."""
    proposals = proposed(ports, context)
    ports.progress.track("proposals", len(proposals), len(proposals))
    by_mutator = _by_mutator(context, proposals)
    raw = PROPOSALS.of(proposals) | ask_council(ports, context, by_mutator.accepted())
    found = _with_models(context, raw, by_mutator)
    accepted = found.accepted()
    branch = Branch(name=None, commit=None, nothing=_nothing(context, raw))
    if accepted:
        name = expansion_branch(ports.folder.name, context.progress.iteration)
        files = {path_of(context, s): file_of(context, s) for s in accepted}
        commit = ports.repository.branch_with(
            name,
            files,
            _message(ports.folder.name, context, found),
            context.entries[-1].recorded_at,
            base=facts_of(
                context.entries[0], StartedFacts
            ).commit,  # proposals, not this run's record
        )
        branch = Branch(name=name, commit=commit)
    return raw | BRANCH.of(branch)


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return how each proposal ended, with all reasons."""
    branch = BRANCH.read(raw)
    found = reconciled(context, raw)
    statements = statements_in(raw)
    told = [one for one in statements if one.error]
    spent = usage_of(DRAFT_ANSWERS.read(raw, ()))
    for one in statements:
        spent = spent.plus(Usage(seconds=one.seconds, tokens=one.tokens))
    chosen = found.chosen()
    facts = ExpandedFacts(
        proposed=len(found.reconciled),
        accepted=len(chosen),
        branch=branch.name,
        commit=branch.commit,
        members=_tallies(found),
        categories=tuple(sorted({proposal.scenario.category for proposal in chosen})),
        usage=spent.plus(outbound_in(raw)),
    )
    benchmark, failures = context.snapshot.benchmark, failures_of(context) if statements else ()
    report = council_page(
        benchmark,
        [failure.words() for failure in failures],
        found,
        told,
        branch,
        as_before=rules_of(context.entries) <= 1,
    )
    derived = RECONCILIATION.of(found) | REPORT.of(report.encode())
    return PhaseResult(Event.EXPANDED, facts, derived)


def proposed(ports: RunPorts, context: PhaseContext) -> tuple[Proposal, ...]:
    """Return the mutator's variants of the families that failed in this round."""
    if MUTATOR not in context.config.council.members:
        return ()
    proposals = []
    for parent in _failed(context)[:FAMILIES_PER_ROUND]:
        variants = ports.families.variants(
            parent, PROPOSED_PER_FAMILY, seed=variant_seed(context) + SEED_APART, relation="any"
        )
        proposals += [
            Proposal(
                scenario=variant,
                author=MUTATOR,
                parent=parent.id,
                world=ports.families.world_of(variant),
                why=f"{parent.id} failed in round {context.progress.iteration}",
            )
            for variant in variants
        ]
    return tuple(proposals)


def _failed(context: PhaseContext) -> list[Scenario]:
    """Return the train scenarios that failed in this round."""
    names = _failed_names(context)
    return [scenario for scenario in context.snapshot.train if scenario.id in names]


def _failed_names(context: PhaseContext) -> tuple[str, ...]:
    entry = latest(context.entries, Event.EVALUATED)
    return facts_of(entry, EvaluatedFacts).failed if entry else ()


def _nothing(context: PhaseContext, raw: Evidence) -> str:
    """Return why nobody had anything to propose; nothing where somebody was asked, or had."""
    if PROPOSALS.read(raw) or DRAFTS in raw:
        return ""
    names = _failed_names(context)
    if not names:
        return "no train scenario failed"
    if MUTATOR not in context.config.council.members:
        return "no category has failed often enough for models to be asked"
    return f"no template and no table varies what failed ({', '.join(names)})"


def reconciled(context: PhaseContext, raw: Evidence) -> Reconciliation:
    """Return how each proposal ends against this round's exam."""
    return _with_models(context, raw, _by_mutator(context, PROPOSALS.read(raw)))


def _with_models(
    context: PhaseContext, raw: Evidence, by_mutator: Reconciliation
) -> Reconciliation:
    by_models = ended(context, raw, by_mutator.accepted())
    ordered = sorted((*by_mutator.reconciled, *by_models), key=lambda one: (one.name, one.author))
    return Reconciliation(reconciled=tuple(ordered))


def _by_mutator(context: PhaseContext, proposals: Sequence[Proposal]) -> Reconciliation:
    benchmark = context.snapshot.benchmark

    def answerable(scenario: Scenario) -> Answerability:
        return answerability_of(benchmark, scenario)

    held_out = (*context.snapshot.steer, *context.snapshot.sealed)
    return reconciliation_of(
        proposals,
        benchmark,
        context.train,
        held_out,
        answerable,
        at_most=context.config.council.at_most,
        guard=context.reference.guard,
    )


def _tallies(found: Reconciliation) -> dict[str, Tally]:
    return {
        member: Tally(
            proposed=sum(one.author == member for one in found.reconciled),
            accepted=sum(one.author == member for one in found.chosen()),
        )
        for member in sorted({one.author for one in found.reconciled})
    }


def file_of(context: PhaseContext, scenario: Scenario) -> bytes:
    """Return an accepted scenario as a file: JSON is YAML, one field a line for reviewers."""
    benchmark = context.snapshot.benchmark
    fields = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields = {
        (benchmark.mechanic.field if name == "mechanic" else name): value
        for name, value in fields.items()
        if name != "passes"
    }
    schema = f"../../../schemas/{benchmark.domain}.scenario.schema.json"
    lines = [f"# yaml-language-server: $schema={schema}"]
    for name, value in fields.items():
        if isinstance(value, list):
            lines.append(f"{name}:")
            lines += [f"  - {json.dumps(item, ensure_ascii=False)}" for item in value]
        elif isinstance(value, dict) and "rows" in value:
            lines += [f"{name}:", f"  columns: {json.dumps(value['columns'])}", "  rows:"]
            lines += [f"    - {json.dumps(row)}" for row in value["rows"]]
        else:
            lines.append(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    return ("\n".join(lines) + "\n").encode()


def _message(run: str, context: PhaseContext, found: Reconciliation) -> str:
    chosen = found.chosen()
    listed = "\n".join(f"- {proposal.scenario.id}" for proposal in chosen)
    authors = sorted({proposal.author for proposal in chosen})
    at = context.progress.iteration
    return with_trailers(
        f"Propose {len(chosen)} scenarios for what failed in round {at}\n\n{listed}",
        *phase_trailers(run, "expand", at),
        (MEMBER, ", ".join(authors)),
    )
