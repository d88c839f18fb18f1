"""Scorecards and figures as Markdown; the same records give the same bytes."""

from collections.abc import Mapping, Sequence

from modelsmith.statistics.formatting import NOTHING, figure_words, flaws, share, spread
from modelsmith.statistics.scorecard import Scorecard

COLUMNS = (
    "system",
    "passed",
    "core [90 %]",
    "robust",
    "coverage",
    "composite [90 %]",
    "score",
    "p95 latency",
)


NOBODY = "decided by nobody"
"""What is said in the place of passes where nobody decided an answer."""

NOBODY_OF_BEFORE = "0/0"
"""What runs of before said there."""


def scores_report(
    title: str, cards: Sequence[Scorecard], notes: Sequence[str], *, nobody: str = NOBODY_OF_BEFORE
) -> str:
    """Return scorecards side by side, the first by category, answers not whole, and the notes.

    Args:
        title: Its heading.
        cards: The scorecards.
        notes: What is said beneath.
        nobody: What is said in the place of passes where nobody decided an answer.
    """
    told = [(card.system, flaws(card.cut, card.unreadable)) for card in cards]
    told += [(card.system, _twins(card)) for card in cards]
    notes = [*(f"{system}: {words}" for system, words in told if words), *notes]
    lines = [f"## {title}", ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [_row(card, nobody) for card in cards]
    if cards:
        lines += ["", f"### {cards[0].system} by category", ""]
        lines += ["| category | passed | rate [90 %] | score |", "|---|---|---|---|"]
        lines += [
            f"| {group.name} | {_passed(group.passes, group.scenarios, nobody)} | "
            f"{share(group.pass_rate)} "
            f"[{share(group.low)}, {share(group.high)}] | {share(group.mean_score)} |"
            for group in cards[0].categories
        ]
    return "\n".join([*lines, *_listed(notes)]) + "\n"


def figures_report(title: str, facts: Mapping[str, object], notes: Sequence[str]) -> str:
    """Return figures as a table, and the notes."""
    lines = [f"## {title}", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {figure_words(value)} |" for name, value in facts.items()]
    return "\n".join([*lines, *_listed(notes)]) + "\n"


def _passed(passes: int, decided: int, nobody: str) -> str:
    return f"{passes}/{decided}" if decided else nobody


def _row(card: Scorecard, nobody: str) -> str:
    passes = sum(group.passes for group in card.categories)
    asked = sum(group.scenarios for group in card.categories)
    latency = NOTHING if card.latency_p95_s is None else f"{card.latency_p95_s:.1f} s"
    cells = [
        card.system,
        _passed(passes, asked, nobody),
        spread(card.core),
        share(card.robust),
        share(card.coverage),
        spread(card.composite),
        share(card.mean_score),
        latency,
    ]
    return f"| {' | '.join(cells)} |"


def _twins(card: Scorecard) -> str:
    """Return in how many families each twin is right; nothing where none has twins."""
    return "" if card.twins is None else f"every twin right in {card.twins:.0%} of their families"


def _listed(notes: Sequence[str]) -> list[str]:
    return ["", *(f"- {note}" for note in notes)] if notes else []
