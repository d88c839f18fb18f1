"""Rules across the scenario files of one benchmark: who is there, once, in one split."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from modelsmith.documents.diagnostic import START, Diagnostic, Place, error, located
from modelsmith.exam.scenario import FAMILY_MARK, Split


class Entrant(NamedTuple):
    """One scenario file."""

    path: str
    """The file, relative to the repository."""
    split: Split
    """The folder it lies in."""
    id: str
    """The scenario's id."""
    place: Place
    """Where the id stands."""

    @property
    def family(self) -> str:
        """The id before `__`."""
        return self.id.split(FAMILY_MARK, 1)[0]


def roster_problems(entrants: Sequence[Entrant]) -> Iterator[Diagnostic]:
    """Yield duplicate ids, families across splits and variants without a parent."""
    by_id: dict[str, list[Entrant]] = {}
    by_family: dict[str, list[Entrant]] = {}
    for entrant in entrants:
        by_id.setdefault(entrant.id, []).append(entrant)
        by_family.setdefault(entrant.family, []).append(entrant)
    for entrant in entrants:
        twin = next((other for other in by_id[entrant.id] if other.path != entrant.path), None)
        stray = next((o for o in by_family[entrant.family] if o.split is not entrant.split), None)
        if twin is not None:
            yield _duplicate(entrant, twin)
        elif stray is not None:
            yield _across_splits(entrant, stray)
        if entrant.family not in by_id:
            yield _orphan(entrant)


def empty_splits(path: str, filled: Collection[Split]) -> Iterator[Diagnostic]:
    """Yield what is missing as a whole.

    Args:
        path: The benchmark file, where it is reported.
        filled: The splits that hold a scenario file, readable or not.
    """
    if not filled:
        what, expected = "the benchmark has no scenario", "scenarios in train, steer and sealed"
        remedy = "write one with `modelsmith scenario new`"
        yield located(error("empty-benchmark", what, expected, remedy), path, START)
        return
    for split in Split:
        if split not in filled:
            what, expected = f"the split {split} is empty", "at least one scenario"
            remedy = f"write one with `modelsmith scenario new ID --split {split}`"
            yield located(error("empty-split", what, expected, remedy), path, START)


def _duplicate(entrant: Entrant, twin: Entrant) -> Diagnostic:
    what, expected = f"id {entrant.id} is also in {twin.path}", "an id that no other file has"
    remedy = "rename one of the two, its file too"
    return located(error("duplicate-id", what, expected, remedy), entrant.path, entrant.place)


def _across_splits(entrant: Entrant, stray: Entrant) -> Diagnostic:
    what = f"family {entrant.family} lies in {entrant.split} and, as {stray.path}, in {stray.split}"
    remedy = "move one of the two, or give it a family of its own"
    remark = error("family-across-splits", what, "a family in one split", remedy)
    return located(remark, entrant.path, entrant.place)


def _orphan(entrant: Entrant) -> Diagnostic:
    what = f"{entrant.id} is a variant of {entrant.family}, which is not in the benchmark"
    remedy = f"write {entrant.family}, or drop `{FAMILY_MARK}` from the id"
    remark = error("orphan-variant", what, "its parent beside it", remedy)
    return located(remark, entrant.path, entrant.place)
