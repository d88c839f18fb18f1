"""Checks of what an answer mentions: phrases as whole words on normalised text, with polarity."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from modelsmith.exam.checks.answer_form import AnswerForm, FieldName
from modelsmith.exam.checks.answer_reading import as_member, reading_of
from modelsmith.exam.checks.result import CheckResult, Outcome, met, not_met
from modelsmith.exam.checks.text import mentions, normalised, phrase_pattern
from modelsmith.record import Record


def _says_something(phrase: str) -> str:
    if not normalised(phrase):
        raise ValueError(f"nothing is left of the phrase {phrase!r} without its markup")
    return phrase


Phrase = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_says_something)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=60, strict=False)]
Polarity = Literal["affirmed", "negated", "any"]


class Contains(Record):
    """Met when the answer mentions the phrase."""

    contains: Phrase
    """The phrase, compared as whole words on normalised text."""
    polarity: Polarity = "affirmed"
    """Which mentions count: affirmed ("raise the floor"), negated ("do not raise it"), any."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether `answer` mentions the phrase."""
        return _first(answer, (self.contains,), self.polarity)


class AnyOf(Record):
    """Met when the answer mentions at least one phrase."""

    any_of: Phrases
    """Phrases that say the same thing."""
    polarity: Polarity = "affirmed"
    """Which mentions count."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether `answer` mentions one of the phrases."""
        return _first(answer, self.any_of, self.polarity)


class AllOf(Record):
    """Met when the answer mentions every phrase."""

    all_of: Phrases
    """Phrases that must all be there."""
    polarity: Polarity = "affirmed"
    """Which mentions count."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether `answer` mentions all phrases; the first missing one is named."""
        for phrase in self.all_of:
            if _first(answer, (phrase,), self.polarity).outcome is Outcome.NOT_MET:
                return not_met(f"missing: {phrase}")
        return met(", ".join(self.all_of))


class NoneOf(Record):
    """Met when the answer mentions none of the phrases."""

    none_of: Phrases
    """Phrases that must not be there."""
    polarity: Polarity = "affirmed"
    """Which mentions count as there."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether `answer` is free of the phrases."""
        hit = _first(answer, self.none_of, self.polarity)
        return not_met(hit.seen) if hit.outcome is Outcome.MET else met()


class Ordered(Record):
    """Met when the phrases are mentioned in this order."""

    ordered: Annotated[tuple[Phrase, ...], Field(min_length=2, max_length=20, strict=False)]
    """Phrases, first to last; values of a set where a field is named."""
    field: Annotated[FieldName | None, Field(exclude_if=lambda name: name is None)] = None
    """The set whose values stand in this order; without one the whole answer is looked at."""

    def finding(self, answer: str, form: AnswerForm) -> CheckResult:
        """Return whether each phrase follows the one before."""
        if self.field is not None:
            held = reading_of(form, answer).sets.get(self.field, ())
            wanted = [as_member(one) for one in self.ordered]
            is_right = [one for one in map(as_member, held) if one in wanted] == wanted
            return (met if is_right else not_met)(", ".join(held))
        text, at = normalised(answer), 0
        for phrase in self.ordered:
            place = phrase_pattern(phrase).search(text, at)
            if place is None:
                return not_met(f"missing in order: {phrase}")
            at = place.end()
        return met(" < ".join(self.ordered))


PHRASES = frozenset({"any_of", "all_of", "none_of", "ordered"})
"""Kinds of check that list phrases, each under its own name."""


def phrases_of(check: Record) -> tuple[str, ...]:
    """Return the phrases that a check of any kind lists; none of one that lists none."""
    if isinstance(check, Contains):
        return (check.contains,)
    return next((said for name, said in check if name in PHRASES), ())


def _first(answer: str, phrases: tuple[str, ...], polarity: Polarity) -> CheckResult:
    for phrase in phrases:
        for clause, negated in mentions(answer, phrase):
            if polarity == "any" or negated == (polarity == "negated"):
                return met(clause)
    return not_met()
