"""What a model card tells, before it is put in words: all of it from the run's own records."""

from collections.abc import Callable
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.promotion.evidence.provenance import Origins
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract


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


class Card(NamedTuple):
    """A model card in the forms that people read."""

    markdown: str
    """`card.md`."""
    page: str
    """`index.html`: a whole page that needs nothing else."""
