"""What a promotion will ask of an exam by count, said while it is written.

Notes: an exam that is not finished, or that is only trained on, is no fault.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modelsmith.documents.diagnostic import START, Diagnostic, located, note
from modelsmith.exam.authoring.scenario_file import FileReport
from modelsmith.exam.evidence_needed import (
    LEAST_CRITERIA,
    LEAST_FAMILIES,
    LEAST_PER_TYPE,
    UNSCORED_LIMIT,
)
from modelsmith.exam.scenario import OutcomeType, Split, family_of, is_drawn


class Looks(NamedTuple):
    """Attempts at one sealed version, over all runs."""

    taken: int
    """Attempts that runs made."""
    allowed: int
    """Attempts that it allows."""

    @property
    def left(self) -> int:
        """Attempts that a run may still make."""
        return max(0, self.allowed - self.taken)


def gate_notes(
    path: str, reports: Iterable[FileReport], looks: Looks | None = None
) -> Iterator[Diagnostic]:
    """Yield one note on what a promotion would lack; nothing where there is enough.

    Nothing either where no sealed scenario can be read: that is told already.

    Args:
        path: The benchmark's file.
        reports: What was found in every scenario and every sheet.
        looks: Attempts at the sealed scenarios as they stand; None where nobody counted them.
    """
    found = list(reports)
    sealed = [one for one in found if one.split is Split.SEALED and one.outcome_type is not None]
    needs = [*_sealed(sealed), *_labels(found), *_looks(looks)] if sealed else []
    if needs:
        what = f"the promotion gate would refuse this exam: {'; '.join(lack for lack, _ in needs)}"
        remedy = "; ".join(way for _, way in needs)
        if looks is not None and looks.left:
            what += f"; {looks.left} of {looks.allowed} looks at sealed left"
        yield located(note("gate-needs", what, "what a promotion needs", remedy), path, START)


def _sealed(sealed: list[FileReport]) -> Iterator[tuple[str, str]]:
    named = [one for one in sealed if one.id is not None and not is_drawn(one.id)]
    pairs = {(family_of(one.id or ""), one.outcome_type) for one in named}
    families = {family for family, _ in pairs}
    missing = LEAST_FAMILIES - len(families)
    if missing > 0:
        yield (
            f"{len(families)} sealed scenarios of at least {LEAST_FAMILIES}",
            f"write {missing} more in sealed/ (twins and variants do not count)",
        )
    counts = Counter(kind for _, kind in pairs)
    if any(counts[kind] < LEAST_PER_TYPE for kind in OutcomeType):
        told = ", ".join(f"{kind} {counts[kind]}" for kind in OutcomeType)
        yield (
            f"sealed scenarios by outcome type {told}, at least {LEAST_PER_TYPE} of each",
            "write sealed ones of the thin types",
        )
    open_ones = [one for one in named if one.undecided]
    if len(open_ones) > UNSCORED_LIMIT * len(named):
        share = f"{len(open_ones)} of {len(named)} sealed scenarios"
        yield (
            f"{share} unscored without certified judges, at most {UNSCORED_LIMIT:.0%}",
            "name certified judges in run.yaml, or add checks",
        )


def _looks(looks: Looks | None) -> Iterator[tuple[str, str]]:
    """Yield that a sealed version was looked at as often as it may be."""
    if looks is not None and not looks.left:
        yield (
            f"no look at sealed is left, {looks.taken} of {looks.allowed} taken",
            "move these sealed scenarios to steer/ and write new ones",
        )


def _labels(reports: list[FileReport]) -> Iterator[tuple[str, str]]:
    """Yield what is missing of labels for whoever decides: checks, judges, or both."""
    by_checks = sum(one.labels_of_checks for one in reports)
    by_judges = sum(one.labels_of_judges for one in reports)
    held_out = [one for one in reports if one.split in (Split.STEER, Split.SEALED)]
    asked = (
        ("checks", by_checks, any(one.is_checked for one in held_out)),
        ("judges", by_judges, any(one.undecided for one in held_out)),
    )
    for grader, count, is_needed in asked:
        if is_needed and count < LEAST_CRITERIA:
            yield (
                f"{count} labelled criteria of at least {LEAST_CRITERIA} that {grader} decide",
                f"label {LEAST_CRITERIA - count} more for {grader} in exam/",
            )
