"""What a model card tells, all of it from the run's own records, and its figures."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.promotion.evidence.provenance import Origins
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.statistics.cost_and_latency_page import COLUMNS, economy_cells, histogram
from modelsmith.statistics.formatting import flaws, share, spread
from modelsmith.statistics.scorecard import Scorecard

Row = tuple[str, ...]


class CardFacts(NamedTuple):
    """What is told of one specialist."""

    record: PromotionRecord
    """What it was compared with, and what the gate said."""
    origins: Origins
    """What it was made from."""
    contract: Contract
    """What takes it back."""
    benchmark: Benchmark
    """What it is for, and how it answers."""
    sealed: int
    """Sealed questions that it was asked, variants left out."""
    variants: int
    """Variants of them that it was asked beside."""
    shown: Callable[[str], str]
    """Returns a text without what is held out: a rule's finding may name a sealed question."""
    unwatched: str = ""
    """That it cannot be watched, and why; nothing where it can."""


class CardTable(NamedTuple):
    """Figures side by side."""

    caption: str
    head: Row
    rows: Sequence[Row]


class CardSection(NamedTuple):
    """One part of a card."""

    title: str
    words: Sequence[str]
    """A paragraph each."""
    tables: Sequence[CardTable] = ()
    commands: Sequence[str] = ()
    """What is typed, a line each."""


def tested(facts: CardFacts) -> CardSection:
    """Return what the gate asked, and of how many questions."""
    record = facts.record
    judges = sorted({one.panel.words for one in record.baselines if one.panel})
    decided = "Checks, which are code, decided what is right."
    if judges:
        decided = f"What no check decides was judged, {'; '.join(judges)}."
    return CardSection(
        "What it was tested on",
        [
            (
                f"{facts.sealed} sealed questions and {facts.variants} variants of them, version "
                f"{record.exam_version}, looked at for the {_ordinal(record.attempt)} time. "
                "Nothing was trained on them."
            ),
            decided,
        ],
        [
            CardTable(
                "What the gate asked",
                ("rule", "holds", "what was found"),
                [
                    (found.rule, "yes" if found.holds else "NO", facts.shown(found.message))
                    for found in record.gate.findings
                ],
            )
        ],
    )


def scores(facts: CardFacts) -> CardSection:
    """Return what specialist, baselines and the best constant policy scored."""
    record = facts.record
    systems = [(record.candidate, "the specialist")]
    systems += [(one.card, one.words) for one in record.baselines]
    shown = list(systems)
    if record.constant_card:
        shown.append((record.constant_card, "the best policy that reads no question"))
    head = ("system", "what it is", "passed", "core [90 %]", "robust", "composite [90 %]")
    by_category = ("category", "passed", "rate [90 %]", "mean score")
    tables = [CardTable("Scores on sealed", head, [_system(*one) for one in shown])]
    tables += [
        CardTable(f"{card.system} by category", by_category, _categories(card))
        for card, _ in systems
    ]
    words = (
        "Core is the pass rate balanced over kinds of questions, robust the share of questions "
        "that pass in three wordings each, composite the weighted whole. Intervals hold 90 %."
    )
    flawed = [(card.system, flaws(card.cut, card.unreadable)) for card, _ in shown]
    told = [f"{system}: {said}." for system, said in flawed if said]
    return CardSection("How it did", [words, *told], tables)


def _system(card: Scorecard, words: str) -> Row:
    passes = sum(group.passes for group in card.categories)
    asked = sum(group.scenarios for group in card.categories)
    figures = (spread(card.core), share(card.robust), spread(card.composite))
    return (card.system, words, f"{passes}/{asked}", *figures)


def _categories(card: Scorecard) -> list[Row]:
    return [
        (
            group.name,
            f"{group.passes}/{group.scenarios}",
            f"{share(group.pass_rate)} [{share(group.low)}, {share(group.high)}]",
            share(group.mean_score),
        )
        for group in card.categories
    ]


def economy(facts: CardFacts) -> CardSection:
    """Return what a decision costs and how long it takes."""
    systems = facts.record.economy
    rows = [economy_cells(one) for one in systems]
    bins = [(span, *map(str, counts)) for span, counts in histogram(systems)]
    tables = [CardTable("Figures", COLUMNS, rows)]
    if bins:
        names = ("answers that took", *(one.system for one in systems))
        tables.append(CardTable("Latency", names, bins))
    return CardSection(
        "Cost of a decision and latency",
        ["Local systems were measured on the machine of the run, hosted ones call by call."],
        tables,
    )


def _ordinal(number: int) -> str:
    teens = range(11, 14)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in teens else ending}"
