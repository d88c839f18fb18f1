"""Variants of a scenario, made by its family's template."""

from collections.abc import Sequence
from typing import Literal, Protocol

from modelsmith.exam.scenario import Scenario

Relation = Literal["same", "flip", "any"]


class Families(Protocol):
    """Makes variants; needs no model."""

    def world_of(self, variant: Scenario) -> str:
        """Return the world that a variant was drawn in."""
        ...

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        """Return up to `count` variants, the same for the same seed; none without a template.

        Raises:
            InputError: the template is wrong, with its file and line.
        """
        ...
