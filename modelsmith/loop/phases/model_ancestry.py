"""Which families of models a candidate descends from: its base model's, and its teachers'."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from modelsmith.judges.panel_selection import ModelAncestry
from modelsmith.loop.answers.acceptance import JUDGE
from modelsmith.loop.evidence.files import ROWS
from modelsmith.loop.phases.merged_proposals import chosen_in
from modelsmith.record import kept
from modelsmith.run.config import LOCAL
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import BEGINNING, TrainedFacts, facts_of, progress_after
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event
from modelsmith.training.curriculum import TrainingRow


def ancestry_of(context: PhaseContext) -> ModelAncestry:
    """Return which families lean towards the candidate, from the evidence of its trainings."""
    base, authors = context.config.model.descent, authors_of(context)
    families = context.hosted.families(set(authors.values())) | ({LOCAL: base} if base else {})
    rows = [
        row
        for entry in trainings_behind(context)
        for row in next(ROWS.held_by(entry, context.read))
    ]
    judges = {
        one.removeprefix(JUDGE) for row in rows for one in row.accepted_by if one.startswith(JUDGE)
    }
    return ModelAncestry(
        base=base,
        shares=target_shares(rows, authors, families) if rows else {},
        accepting=tuple(sorted(set(context.hosted.families(judges).values()))),
    )


def trainings_behind(context: PhaseContext) -> Iterator[Entry]:
    """Yield the trainings that the candidate's adapter stands on, the last one first.

    A round that assess took back stands behind no later one.
    """
    progress, began = BEGINNING, dict[str, tuple[str | None, Entry]]()
    for entry in context.entries:
        before, progress = progress.adapter, progress_after(progress, entry)
        if entry.event is Event.TRAINED:
            began[facts_of(entry, TrainedFacts).adapter] = (before, entry)
    adapter = context.progress.adapter
    while adapter is not None and adapter in began:
        adapter, entry = began.pop(adapter)
        yield entry


def authors_of(context: PhaseContext) -> dict[str, str]:
    """Return the council's member that wrote each accepted proposal, by the scenario's id."""
    return {
        one.scenario.id: one.author
        for entry in context.entries
        for one in chosen_in(context.read, entry)
    }


def target_shares(
    rows: Iterable[TrainingRow], authors: Mapping[str, str], families: Mapping[str, str]
) -> dict[str, float]:
    """Return the share of training targets that each family of models wrote.

    A target composed from a rubric is in the words of whoever wrote its scenario. People and
    rule-made variants are of no family. What the specialist drew itself is of its base model's,
    which judges it in no case.

    Args:
        rows: The rows of every training that the candidate stands on.
        authors: The council's member that wrote a scenario, by the scenario's id.
        families: The family of each member that has one.
    """
    listed = list(rows)
    written = {name: families[author] for name, author in authors.items() if author in families}
    wrote = Counter(
        written[row.scenario]
        for row in listed
        if row.origin in {"composed", "council"} and row.scenario in written
    )
    return {family: kept(count / len(listed)) for family, count in sorted(wrote.items())}
