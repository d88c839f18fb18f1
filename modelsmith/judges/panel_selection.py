"""Who decides a comparison: the same judges for both sides, none of them kin of either.

| a judge is left out of the comparison with baseline b        | because it leans towards     |
|---------------------------------------------------------------|------------------------------|
| of b's family                                                  | b                            |
| of the family that the specialist was trained on              | the specialist               |
| of a family that wrote more than 5 % of its training targets  | the specialist               |
| that accepted training targets, where another may decide      | what it picked               |

Leaving a judge out of its own family's answers alone, and deciding ties against the one that is
left with two judges, promotes falsely in 34 % of null cases; the same panel for both sides, a tie
counting against both, in 4.7 % (research: evalscience, section 1.4, S-13). A judge that finds a
fifth more of the failing answers right which are to its taste promotes falsely in 45 % of null
cases where it picked the targets and decides alone, in 7.6 % beside one of another family, and in
4.3 % where that one decides without it, alone as it is; where both share the taste, in 23 % (2,000
simulated gates: tests/judges/test_panel_error_rate.py).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from modelsmith.record import Rate, Record

MOST_TARGETS = 0.05
"""Share of the training targets above which their author's family judges no more (section 1.4:
judges favour students of their own family's data; 2502.01534)."""

LEAST_JUDGES = 2
"""Judges of a comparison, unless the exam shows one alone to be as good (section 1.4)."""


PICKED = "which accepted training targets too"
"""What is said of judges wherever nobody decides beside them who picked nothing."""


class ComparisonPanel(Record):
    """The judges of one comparison."""

    judges: tuple[str, ...]
    """Who decides for both sides, sorted; none where nobody may."""
    left_out: Mapping[str, str] = {}
    """The run's other judges, and why they do not decide here."""
    is_enough: bool
    """Whether these may decide: two or more, or one that the exam shows as good as the panel, or
    that is left where the others accepted what the specialist was trained on."""
    accepting: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Those of them whose family accepted what the specialist was trained on."""

    @property
    def is_independent(self) -> bool:
        """Whether one of them had no say in what the specialist was trained on."""
        return not self.accepting or set(self.accepting) != set(self.judges)

    @property
    def words(self) -> str:
        """Who decided, and who did not and why."""
        absent = "; ".join(f"{judge} ({why})" for judge, why in sorted(self.left_out.items()))
        said = f"judged by {', '.join(self.judges) or 'nobody'}"
        said += "" if self.is_independent else f" alone, {PICKED}"
        return said + (f"; left out: {absent}" if absent else "")


class ModelAncestry(Record):
    """Which families may not decide on the specialist, whoever it is compared with."""

    base: str | None = None
    """Family of the base model."""
    shares: Mapping[str, Rate] = {}
    """Share of the training targets that each family wrote."""
    accepting: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Families whose judges accepted training targets."""

    def reason(self, family: str) -> str | None:
        """Return why a judge of `family` may not decide on the specialist; none where it may."""
        if family == self.base:
            return f"of the base model's family {family}"
        if (share := self.shares.get(family, 0.0)) > MOST_TARGETS:
            return f"its family {family} wrote {share:.0%} of the training targets"
        return None


def matched_panel(
    judges: Mapping[str, str],
    ancestry: ModelAncestry,
    rival: str | None,
    decide: Callable[[Collection[str]], Sequence[str]],
) -> ComparisonPanel:
    """Return who decides between the specialist and a rival.

    Who accepted what the specialist was trained on is left out where anybody else may decide.

    Args:
        judges: Family of each judge of the run.
        ancestry: Which families lean towards the specialist.
        rival: The baseline's family; none for a stand-in, which is of the base model's.
        decide: Returns those of some judges that decide: all that are certified, or the best one
            where the exam shows that it alone is as good as they are together.
    """
    left_out = {}
    for judge, family in sorted(judges.items()):
        reason = ancestry.reason(family)
        if reason is None and family == rival:
            reason = f"of the baseline's family {family}"
        if reason is None and not decide((judge,)):
            reason = "not certified"
        if reason is not None:
            left_out[judge] = reason
    may = sorted(judges.keys() - left_out.keys())
    picked = {
        judge: f"its family {judges[judge]} accepted training targets"
        for judge in may
        if judges[judge] in ancestry.accepting
    }
    others = [judge for judge in may if judge not in picked]
    if picked and others:
        left = _panel(judges, others, left_out | picked, ancestry, decide)
        return left.model_copy(update={"is_enough": True})  # better alone than beside who picked
    return _panel(judges, may, left_out, ancestry, decide)


def _panel(
    judges: Mapping[str, str],
    may: Sequence[str],
    left_out: Mapping[str, str],
    ancestry: ModelAncestry,
    decide: Callable[[Collection[str]], Sequence[str]],
) -> ComparisonPanel:
    """Return the panel of those who may decide."""
    chosen = tuple(sorted(decide(may)))
    is_best = len(chosen) == 1 and (len(may) > 1 or tuple(decide(sorted(judges))) == chosen)
    better = {
        judge: f"the exam shows {chosen[0]} alone as good as the panel"
        for judge in may
        if judge not in chosen
    }
    return ComparisonPanel(
        judges=chosen,
        left_out=dict(left_out) | better,
        is_enough=len(chosen) >= LEAST_JUDGES or is_best,
        accepting=tuple(judge for judge in chosen if judges[judge] in ancestry.accepting),
    )


def alone_in(panels: Iterable[ComparisonPanel]) -> tuple[str, ...]:
    """Return the judges that accepted training targets and decide a comparison alone, sorted."""
    return tuple(sorted({name for one in panels if not one.is_independent for name in one.judges}))


def in_all(panels: Iterable[ComparisonPanel]) -> tuple[str, ...]:
    """Return the judges that decide every comparison: what a headline may be graded by."""
    known = [set(panel.judges) for panel in panels]
    return tuple(sorted(set.intersection(*known))) if known else ()
