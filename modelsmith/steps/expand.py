"""Expand: the council offers scenarios for what failed; what survives becomes a git branch."""

import json
from collections.abc import Callable, Mapping, Sequence

from modelsmith.domain.council import (
    Answerability,
    Proposal,
    Reconciliation,
    answerability_of,
    reconciliation_of,
)
from modelsmith.domain.ledger import Entry
from modelsmith.domain.loop import Event
from modelsmith.domain.record import Record, lines_of, records_in
from modelsmith.domain.run import MUTATOR
from modelsmith.domain.run_refs import expansion_branch
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.walk import EvaluatedFacts, ExpandedFacts, StartedFacts, facts_of, latest
from modelsmith.errors import BrokenRecordError
from modelsmith.ports.reports import Reports
from modelsmith.steps.tools import Case, Outcome, Tools
from modelsmith.steps.train import variant_seed

PROPOSED_PER_FAMILY = 3
"""Variants offered a failed family; reconciliation accepts at most two (council.AT_MOST)."""

FAMILIES_PER_ROUND = 4
"""Failed families that a round expands: a few a round over many rounds beats bulk (LLM2LLM,
2403.15042)."""

SEED_APART = 500
"""Keeps the mutator's draws apart from the training variants of the same round."""

PROPOSALS, BRANCH = "proposals.jsonl", "branch.json"


class Branch(Record):
    """Where the accepted proposals lie for people to review."""

    name: str | None
    """Branch; none where nothing was accepted."""
    commit: str | None
    """Its commit."""


def gathered(tools: Tools, case: Case) -> dict[str, bytes]:
    """Return the proposals for this round's failures, and the branch that offers the survivors."""
    proposals = proposed(tools, case)
    tools.progress.tracked("proposals", len(proposals), len(proposals))
    accepted = reconciled(case, proposals).accepted()
    branch = Branch(name=None, commit=None)
    if accepted:
        name = expansion_branch(tools.folder.name, case.walk.iteration)
        files = {path_of(case, s): file_of(case, s) for s in accepted}
        commit = tools.repository.branch_with(
            name,
            files,
            _message(tools.folder.name, case, accepted),
            case.entries[-1].recorded_at,
            base=facts_of(case.entries[0], StartedFacts).commit,  # proposals, not this run's record
        )
        branch = Branch(name=name, commit=commit)
    return {PROPOSALS: lines_of(proposals), BRANCH: branch.canonical()}


def decided(case: Case, raw: Mapping[str, bytes], reports: Reports) -> Outcome:
    """Return how each proposal ended, with all reasons."""
    proposals = records_in(raw[PROPOSALS], Proposal)
    branch = Branch.model_validate_json(raw[BRANCH])
    found = reconciled(case, proposals)
    accepted = found.accepted()
    facts = ExpandedFacts(
        proposed=len(proposals),
        accepted=len(accepted),
        branch=branch.name,
        commit=branch.commit,
    )
    notes = [
        f"{one.ruling}: {one.proposal.scenario.id} ({one.proposal.why})"
        + "".join(f"; {reason.gate}: {reason.message}" for reason in one.reasons)
        for one in found.reconciled
    ]
    shown = {"proposed": len(proposals), "accepted": len(accepted), "branch": branch.name}
    return Outcome(
        Event.EXPANDED,
        facts,
        {
            "reconciliation.json": found.canonical(),
            "report.md": reports.figures("Expansion", shown, notes).encode(),
        },
    )


def proposed(tools: Tools, case: Case) -> tuple[Proposal, ...]:
    """Return the mutator's variants of the families that failed in this round."""
    entry = latest(case.entries, Event.EVALUATED)
    failed = facts_of(entry, EvaluatedFacts).failed if entry else ()
    parents = [s for s in case.snapshot.train if s.id in failed][:FAMILIES_PER_ROUND]
    proposals = []
    for parent in parents:
        variants = tools.families.variants(
            parent, PROPOSED_PER_FAMILY, seed=variant_seed(case) + SEED_APART, relation="any"
        )
        proposals += [
            Proposal(
                scenario=variant,
                author=MUTATOR,
                parent=parent.id,
                world=tools.families.world_of(variant),
                why=f"{parent.id} failed in round {case.walk.iteration}",
            )
            for variant in variants
        ]
    return tuple(proposals)


def reconciled(case: Case, proposals: Sequence[Proposal]) -> Reconciliation:
    """Return how each proposal ends against this round's exam."""
    benchmark = case.snapshot.benchmark

    def answerable(scenario: Scenario) -> Answerability:
        return answerability_of(benchmark, scenario)

    held_out = (*case.snapshot.steer, *case.snapshot.sealed)
    guard = case.yardsticks.guard
    return reconciliation_of(proposals, benchmark, case.train, held_out, answerable, guard=guard)


def joined_in(read: Callable[[str], bytes], entry: Entry) -> tuple[Scenario, ...]:
    """Return the scenarios that an expansion accepted.

    Raises:
        BrokenRecordError: its reconciliation is not among its evidence, or is something else.
    """
    try:
        path = next(path for path in entry.evidence if path.endswith("/reconciliation.json"))
        return Reconciliation.model_validate_json(read(path)).accepted()
    except (StopIteration, ValueError) as error:
        raise BrokenRecordError(
            f"ledger entry {entry.index}: no reconciliation can be read: {error}",
            remedy="Restore the run's folder from git; nothing in it is edited.",
        ) from None


def path_of(case: Case, scenario: Scenario) -> str:
    """Return where an accepted scenario is written on the branch."""
    return f"benchmarks/{case.snapshot.benchmark.domain}/train/{scenario.id}.yaml"


def file_of(case: Case, scenario: Scenario) -> bytes:
    """Return an accepted scenario as a file: JSON is YAML, one field a line for reviewers."""
    benchmark = case.snapshot.benchmark
    fields = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields = {
        (benchmark.mechanic.field if name == "mechanic" else name): value
        for name, value in fields.items()
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


def _message(run: str, case: Case, accepted: Sequence[Scenario]) -> str:
    listed = "\n".join(f"- {scenario.id}" for scenario in accepted)
    return (
        f"Propose {len(accepted)} scenarios for what failed in round {case.walk.iteration}\n\n"
        f"{listed}\n\nModelsmith-Run: {run}\nModelsmith-Phase: expand\n"
        f"Modelsmith-Iteration: {case.walk.iteration}\nModelsmith-Member: {MUTATOR}\n"
    )
