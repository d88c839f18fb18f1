"""What of a rubric contradicts itself or says a thing twice."""

import re
from collections.abc import Iterator, Sequence

from modelsmith.documents.diagnostic import Loc, Remark, error, quoted, warning
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import ChoiceField
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen, FigureRead, FigureSought
from modelsmith.exam.checks.figure_reading import quantities_in
from modelsmith.exam.checks.figures import METRIC_WORD, Number, NumberSought
from modelsmith.exam.checks.quantities import Quantity
from modelsmith.exam.checks.text import phrase_pattern
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Criterion, Scenario

DENIAL = re.compile(
    r"(?:(?:the|an?|any|no)\s+(?:\w+\s+)?(?:answer|response|reply|model|assistant)\s+|it\s+)?"
    r"(?:(?:must|should|shall|may|can|could|does|do|did|will|would|is|are)\s*(?:not|n['\u2019]t)\b"
    r"|cannot\b|never\b|(?:darf|soll|sollte|kann) (?:nicht|nie)\b|ne (?:doit|devrait) pas\b)",
    re.IGNORECASE,
)
"""How a sentence begins that says what an answer leaves undone."""

WORD_BREAK = re.compile(r"\W+")
Key = tuple[str, str]


def loc_of(criterion: str) -> Loc:
    """Return where the criterion with this id stands."""
    field = "passCriteria" if criterion.startswith("P") else "failCriteria"
    return (field, int(criterion[1:]) - 1)


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


def disagreement_remarks(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    """Yield the criteria whose words say another figure or choice than their check wants."""
    labels = {
        choice
        for field in form_for(benchmark, scenario).fields
        if isinstance(field, ChoiceField)
        for choice in field.choices
        if "-" in choice
    }
    for key, criterion in scenario.criteria().items():
        text, check = criterion.text, criterion.check
        said, wanted = "", ""
        if isinstance(check, Number | FigureRead):
            sought = check.number if isinstance(check, Number) else check.figure
            read = quantities_in(text, benchmark.language)
            named = set(METRIC_WORD.findall(text.lower()))
            is_of_another = bool(named) and sought.metric not in {None, *named}
            if read and not is_of_another and not any(_is_meant(one, sought) for one in read):
                said, wanted = read[-1].text.strip(), f"{sought.value:g}"
        elif isinstance(check, Verdict | Chosen):
            wanted = check.verdict if isinstance(check, Verdict) else check.choice
            told = sorted(one for one in labels if phrase_pattern(one).search(text))
            said = "" if wanted in told else next(iter(told), "")
        if said:
            yield warning(
                "contradiction",
                f"{key} says {said}, and its check wants {wanted}",
                "one figure or choice in both",
                "correct the one of the two that is wrong",
                loc_of(key),
            )


def _is_meant(read: Quantity, sought: NumberSought | FigureSought) -> bool:
    """Return whether a figure is the one that a check wants; a share may be told in percent."""
    sizes = (1, 100, 0.01)
    return any(
        read.equals(sought.value * size, sought.tolerance * size, sought.unit) for size in sizes
    )


def inverted_remarks(scenario: Scenario) -> Iterator[Remark]:
    """Yield the fail criteria that say what an answer does not do: meeting them is no mistake."""
    for number, criterion in enumerate(scenario.fail_criteria):
        denied = DENIAL.match(criterion.text)
        if denied is None or criterion.points is not None:
            continue
        rest = criterion.text[denied.end() :].strip().rstrip(".")
        yield warning(
            "double-negation",
            f"F{number + 1} begins with {quoted(denied[0].strip())}, and a fail criterion fails "
            "the answer that does what it says",
            "the mistake itself",
            f"write what a wrong answer does ({quoted(rest)}); if leaving that out is the mistake, "
            "move it to passCriteria without the `not`",
            ("failCriteria", number),
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
