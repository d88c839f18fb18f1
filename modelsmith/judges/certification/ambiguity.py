"""Criteria that people and judges, or judges among themselves, read differently: to be rewritten.

A judge that is right nine times in ten is wrong on two of a criterion's four labelled answers, or
on more, for one criterion in twenty; so two answers and a third of the opinions are enough to ask
for another wording, and one slip is not (binomial; research: evalscience, section 1.5: where
people cannot agree the rubric is broken, not the judge).
"""

from collections import defaultdict
from collections.abc import Mapping

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.result import CertifiedJudges, ExamItem
from modelsmith.judges.panel import CriterionPlace
from modelsmith.record import Positive, Rate, Record, kept

LEAST_ANSWERS = 2
"""Answers on which a criterion was read differently, before it is ambiguous."""

LEAST_SHARE = 1 / 3
"""Share of opinions that differ, before a criterion is ambiguous."""


class Ambiguity(Record):
    """One criterion that is read differently."""

    scenario: str
    """Id of the scenario."""
    criterion: str
    """The criterion's id."""
    text: str
    """The criterion."""
    answers: Positive
    """Labelled answers that judges were asked about it."""
    against_people: Rate
    """Share of opinions that differ from what people decided; an abstention differs."""
    among_judges: Rate
    """Share of answers on which judges differ among themselves."""
    examples: tuple[str, ...]
    """Answers that were read differently, by their name in the sheet."""


def ambiguous(
    certified_judges: CertifiedJudges, scenarios: Mapping[str, Scenario]
) -> tuple[Ambiguity, ...]:
    """Return the criteria of an exam that should be reworded, the worst first."""
    by_place: dict[CriterionPlace, list[Outcome]] = defaultdict(list)
    for result in certified_judges.sittings:
        for opinion in result.opinions:
            by_place[opinion.place].append(opinion.outcome)
    groups: dict[tuple[str, str], list[ExamItem]] = defaultdict(list)
    for item in certified_judges.items:
        groups[item.scenario, item.criterion].append(item)
    found = [
        one
        for (scenario, key), items in sorted(groups.items())
        if (one := _read(items, by_place, scenarios[scenario].criteria()[key].text)) is not None
    ]
    return tuple(sorted(found, key=lambda a: (-max(a.against_people, a.among_judges), a.scenario)))


def _read(
    items: list[ExamItem], by_place: Mapping[CriterionPlace, list[Outcome]], text: str
) -> Ambiguity | None:
    opinions = wrong = 0
    split, missed = [], []
    for item in items:
        outcomes = by_place.get(item.place, [])
        against = sum(outcome is not item.label for outcome in outcomes)
        opinions, wrong = opinions + len(outcomes), wrong + against
        missed += [item.answer] if against else []
        split += [item.answer] if len(set(outcomes)) > 1 else []
    against_people = wrong / opinions if opinions else 0.0
    among = len(split) / len(items)
    people_differ = len(missed) >= LEAST_ANSWERS and against_people >= LEAST_SHARE
    if not people_differ and not (len(split) >= LEAST_ANSWERS and among >= LEAST_SHARE):
        return None
    return Ambiguity(
        scenario=items[0].scenario,
        criterion=items[0].criterion,
        text=text,
        answers=len(items),
        against_people=kept(against_people),
        among_judges=kept(among),
        examples=tuple(sorted({*missed, *split})),
    )
