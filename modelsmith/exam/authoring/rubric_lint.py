"""What of a rubric contradicts itself or says a thing twice."""

import re
from collections.abc import Iterator, Sequence

from modelsmith.documents.diagnostic import Loc, Remark, error, warning
from modelsmith.exam.scenario import Criterion, Scenario

WORD_BREAK = re.compile(r"\W+")
Key = tuple[str, str]


def repeated_remarks(scenario: Scenario) -> Iterator[Remark]:
    """Yield what is asked for and forbidden at once, and criteria that stand there twice."""
    wanted: dict[Key, str] = {}
    for number, criterion in enumerate(scenario.pass_criteria):
        keys, loc = _keys(criterion), ("passCriteria", number)
        yield from _twice(wanted, keys, f"P{number + 1}", loc)
    refused: dict[Key, str] = {}
    for number, criterion in enumerate(scenario.fail_criteria):
        keys, loc = _keys(criterion), ("failCriteria", number)
        yield from _twice(refused, keys, f"F{number + 1}", loc)
        kind, both = next(((key[0], wanted[key]) for key in keys if key in wanted), ("", ""))
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


def _twice(known: dict[Key, str], keys: Sequence[Key], name: str, loc: Loc) -> Iterator[Remark]:
    before = next((known[key] for key in keys if key in known), None)
    if before is not None:
        yield warning(
            "duplicate-criterion",
            f"{name} says what {before} says, so it counts twice",
            "each criterion once",
            "delete one of the two, or give it a check of its own",
            loc,
        )
    known.update((key, known.get(key, name)) for key in keys)


def _keys(criterion: Criterion) -> Sequence[Key]:
    """Return what makes two criteria one: the same check, or the same words."""
    words = ("text", WORD_BREAK.sub(" ", criterion.text.casefold()).strip())
    check = criterion.check
    return [words] if check is None else [("check", check.model_dump_json(by_alias=True)), words]
