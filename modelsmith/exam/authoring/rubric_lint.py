"""What of a rubric contradicts itself or says a thing twice."""

import re
from collections.abc import Iterator

from modelsmith.documents.diagnostic import Loc, Remark, error, warning
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.record import canonical

Key = tuple[str, bytes]


def repeated_remarks(scenario: Scenario) -> Iterator[Remark]:
    """Yield what is asked for and forbidden at once, and criteria that stand there twice."""
    wanted: dict[Key, str] = {}
    for number, criterion in enumerate(scenario.pass_criteria):
        loc: Loc = ("passCriteria", number)
        yield from _twice(wanted, criterion, f"P{number + 1}", loc)
    refused: dict[Key, str] = {}
    for number, criterion in enumerate(scenario.fail_criteria):
        loc = ("failCriteria", number)
        yield from _twice(refused, criterion, f"F{number + 1}", loc)
        kind, both = next(
            ((key[0], wanted[key]) for key in _keys(criterion) if key in wanted), ("", "")
        )
        if both:
            # Equal checks are certain; of equal words a judge could think twice.
            is_certain = kind == "check" and scenario.criteria()[both].required
            yield (error if is_certain else warning)(
                "contradiction",
                f"F{number + 1} forbids what {both} asks for, so no answer can pass",
                "a rubric that a right answer passes",
                "delete the one of the two that is wrong",
                loc,
            )


def _twice(known: dict[Key, str], criterion: Criterion, name: str, loc: Loc) -> Iterator[Remark]:
    before = next((known[key] for key in _keys(criterion) if key in known), None)
    if before is not None:
        yield warning(
            "duplicate-criterion",
            f"{name} says what {before} says, so it counts twice",
            "each criterion once",
            "delete one of the two, or give it a check of its own",
            loc,
        )
    known.update((key, known.get(key, name)) for key in _keys(criterion))


def _keys(criterion: Criterion) -> Iterator[Key]:
    """Yield what makes two criteria one: the same words, or the same check."""
    if criterion.check is not None:
        yield "check", canonical(criterion.check.model_dump(mode="json", by_alias=True))
    yield "text", re.sub(r"\W+", " ", criterion.text.casefold()).strip().encode()
