"""Records as text for people; written beside the evidence they were made from."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from modelsmith.domain.benchmark import Benchmark
from modelsmith.domain.economy import Economy
from modelsmith.domain.hearing import Hearings
from modelsmith.domain.model_card import Card, CardFacts
from modelsmith.domain.proposal import Reconciliation
from modelsmith.domain.scorecard import Scorecard
from modelsmith.domain.statement import Statement


class Reports(Protocol):
    """Renders what a phase found; the same records give the same text."""

    def scores(self, title: str, cards: Sequence[Scorecard], notes: Sequence[str]) -> str:
        """Return scorecards side by side, by category, with their intervals."""
        ...

    def economy(self, systems: Sequence[Economy]) -> str:
        """Return what decisions cost and how long they take, with the histograms."""
        ...

    def judging(self, found: Hearings) -> str:
        """Return how the judges of each system's answers agreed, and what they cost."""
        ...

    def council(
        self,
        benchmark: Benchmark,
        failures: Sequence[str],
        found: Reconciliation,
        unheard: Sequence[Statement],
        branch: str | None,
    ) -> str:
        """Return what a council proposed: why, each scenario with its votes, each refusal."""
        ...

    def card(self, facts: CardFacts) -> Card:
        """Return a specialist's model card, as Markdown and as a page."""
        ...

    def figures(self, title: str, facts: Mapping[str, object], notes: Sequence[str]) -> str:
        """Return figures with what decided them."""
        ...
