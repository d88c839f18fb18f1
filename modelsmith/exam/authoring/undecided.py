"""Criteria that no check decides: said once a split, with their count and the first places.

A run without certified judges leaves answers undecided that no such criterion fails.
"""

from collections.abc import Iterable, Iterator

from modelsmith.documents.diagnostic import Diagnostic, Position, located, note
from modelsmith.exam.authoring.scenario_file import FileReport
from modelsmith.exam.scenario import Split

THREE_WAYS = (
    "add a check, label right answers in exam/ (they are trained on, and a grader is examined by "
    "them), or name certified judges in run.yaml"
)
"""What can be done about criteria that nobody decides."""

SHOWN = 3
"""Places that a note names beside its own: enough to begin with, whatever their number. The
criteria of a paragraph are at one place."""


def undecided_notes(reports: Iterable[FileReport]) -> Iterator[Diagnostic]:
    """Yield one note a split on the criteria that no check decides, at the first of them."""
    found = list(reports)
    for split in Split:
        held = [report for report in found if report.split is split and report.undecided]
        places = [(report.path, Position(*at)) for report in held for at in report.undecided]
        if not places:
            continue
        (path, first), *others = places
        what = "no check decides this criterion"
        if others:
            scenarios = f"{len(held)} scenario{'s' if len(held) > 1 else ''}"
            named = dict.fromkeys(place for place in others if place != places[0])
            following = ", ".join(f"{at}:{p.line}:{p.column}" for at, p in [*named][:SHOWN])
            more = ", ..." if len(named) > SHOWN else ""
            what += f" and {len(others)} more, in {scenarios} of {split}"
            what += f": {following}{more}" if following else ""
        expected = "checks, or graders that decide it: else no answer is ever found right"
        yield located(note("judge-needed", what, expected, THREE_WAYS), path, first)
