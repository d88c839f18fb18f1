"""What of an exam a text carries, whatever it claims to be: no boundary rests on a claim alone.

A text is compared by runs of words with everything that a grant keeps in, minus what also stands
in text that may go. Words are compared without case, white space, punctuation and invisible
characters. Seen are copies of eight words and more in a row, tables by line or by column, ids, and
the canary. Not seen are paraphrases, translations, and what is encoded (base64 say): against those
stands only that whoever makes a question names what is in it. Fields that choose from a short
vocabulary (outcome type, lens, category, mechanic) are in no text to be found, and are held to what
the question says that it carries.

Whether a question may go to a hosted model: by what it says is in it, then by its text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from modelsmith.boundary.call import Ask, QuestionSubject
from modelsmith.boundary.grants import Boundary, Grant, Purpose, Sendable
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.checks.text import INVISIBLE
from modelsmith.exam.scenario import FAMILY_MARK, Criterion, Scenario, Split, Table, shown
from modelsmith.record import canonical

RUN = 8
"""Words in a row that say where a text is from. The leak gate blocks at 13 (evalscience, S-8),
which a sentence of a rubric does not have; below 8 unrelated sentences of one trade meet. Over the
adtech exam 8 refuses no question that may be asked, and finds the rest of it."""

DISTINCT = 5
"""Different figures that make a short line of a table its own; words that make a short description
or input its own. A short sentence of a rubric is nobody's own ("Gives the verdict ...")."""

FAMILIES = 2
"""Families that share a run of words before it tells of none: a copy stands in two."""

WORD = re.compile(r"[^\W_]+")
NAME = re.compile(r"\w+")
ESCAPE = re.compile(r"\\[nrt]")
"""White space as JSON writes it."""

Gram = tuple[str, ...]


class ContentScanner:
    """Everything of an exam that a grant keeps in, made ready to be found in a text."""

    def __init__(self, exam: ExamSnapshot, grant: Grant) -> None:
        """Read the exam once.

        Args:
            exam: The run's exam with its variants.
            grant: What may go.
        """
        may_go = _grams_of(_words(canonical(exam.benchmark.model_dump(mode="json")).decode()))
        kept_in: dict[Gram, dict[str, str]] = {}
        ids: dict[str, str] = {}
        placed = [(split, one) for split in Split for one in getattr(exam, split.value)]
        for split, scenario in placed:
            allowed = grant.fields if split.value in grant.splits else ()
            for field, stream in _streams(scenario):
                if field in allowed:
                    may_go |= _grams_of(stream)
                    continue
                where = f"{field} of {scenario.id} ({split})"
                for gram in _grams_of(stream):
                    kept_in.setdefault(gram, {}).setdefault(scenario.family, where)
            if "id" not in allowed:
                ids[scenario.id.casefold()] = f"the id of {scenario.id} ({split})"
        if not grant.answers:
            for labelled in exam.labelled:
                for gram in _grams_of(_words(labelled.text)):
                    kept_in.setdefault(gram, {})[labelled.scenario] = (
                        f"a labelled answer to {labelled.scenario} (train)"
                    )
        self._runs = {
            gram: min(found.values())
            for gram, found in kept_in.items()
            if gram not in may_go and len(found) <= FAMILIES
        }
        self._lengths = sorted({len(gram) for gram in self._runs})
        self._ids = ids
        self._canary = _words(exam.benchmark.canary)

    def found(self, text: str) -> str | None:
        """Return what of the exam `text` carries that may not go, in words; None where nothing."""
        words = _words(text)
        size = len(self._canary)
        if any(words[at : at + size] == self._canary for at in range(len(words) - size + 1)):
            return "the benchmark's canary"
        for name in NAME.findall(_plain(text)):
            if name in self._ids:
                return self._ids[name]
        for length in self._lengths:
            for at in range(len(words) - length + 1):
                if (where := self._runs.get(words[at : at + length])) is not None:
                    return where
        return None


def _streams(scenario: Scenario) -> Iterator[tuple[Sendable, Gram]]:
    """Yield each text of a scenario by its field; what a rubric's checks look for is part of it."""
    yield "description", _words(scenario.description)
    yield "testObjective", _words(scenario.test_objective)
    for criterion in scenario.pass_criteria:
        yield from (("passCriteria", words) for words in _rubric(criterion))
    for criterion in scenario.fail_criteria:
        yield from (("failCriteria", words) for words in _rubric(criterion))
    given = scenario.domain_input
    if isinstance(given, Table):
        yield from (("domainInput", words) for words in _lines(given))
    else:
        yield "domainInput", _words(scenario.input_text())


def _rubric(criterion: Criterion) -> Iterator[Gram]:
    for text in (criterion.text, *(criterion.levels or ())):
        if len(words := _words(text)) >= RUN:
            yield words
    if criterion.check is not None:
        yield _words(canonical(criterion.check.model_dump(mode="json")).decode())


def _lines(table: Table) -> Iterator[Gram]:
    """Yield a table by column and by row, as a whole and each line; never labels that count on.

    Days label many tables; the names of services or sellers are a table's own.
    """
    begins = 1 if table.counts_on else 0
    yield _words("\n".join(table.rendered().splitlines()[begins:]))
    rows = [tuple(map(shown, row[begins:])) for row in table.rows]
    yield _words(" ".join(cell for row in rows for cell in row))
    for figures in (*rows, *zip(*rows, strict=True)):
        if len(set(figures)) >= DISTINCT:
            yield _words(" ".join(figures))


def _grams_of(words: Gram) -> set[Gram]:
    """Return the runs of `words`; a short text is one run, from `DISTINCT` words on.

    A figure with a decimal point is two words here.
    """
    if len(words) >= RUN:
        return {words[at : at + RUN] for at in range(len(words) - RUN + 1)}
    return {words} if len(words) >= DISTINCT else set()


def _words(text: str) -> Gram:
    return tuple(WORD.findall(_plain(text)))


def _plain(text: str) -> str:
    shown_text = unicodedata.normalize("NFKC", INVISIBLE.sub("", ESCAPE.sub(" ", text)))
    return INVISIBLE.sub("", shown_text).casefold()


def text_of(parts: Iterable[str]) -> str:
    """Return the parts of a question as one text: what is cut in two is found all the same."""
    return "\n".join(parts)


class EgressFilter:
    """One boundary around one exam."""

    def __init__(self, boundary: Boundary, exam: ExamSnapshot) -> None:
        """Take both; the exam is read when the first question comes."""
        self._boundary = boundary
        self._exam = exam
        self._splits = {s.id: split for split in Split for s in getattr(exam, split.value)}
        self._screens: dict[tuple[str, Purpose], ContentScanner] = {}

    def why_not(self, model: HostedModel, ask: Ask) -> str | None:
        """Return why a question may not go to a model; None where it may.

        What goes to a model inside does not leave, and needs no grant.
        """
        if model.inside:
            return None
        name, purpose = self._boundary.name, ask.purpose
        grant = self._boundary.grant(model.provider, purpose)
        if grant is None:
            return f"boundary {name} grants {model.provider} nothing as {purpose}"
        for subject in ask.subjects:
            if (kept_in := self._beyond(grant, subject)) is not None:
                return f"boundary {name} keeps {kept_in} from {model.provider} as {purpose}"
        if (model.provider, purpose) not in self._screens:
            self._screens[model.provider, purpose] = ContentScanner(self._exam, grant)
        found = self._screens[model.provider, purpose].found(_text(ask))
        if found is None:
            return None
        return (
            f"a question to {model.provider} as {purpose} carries {found}, "
            f"which boundary {name} keeps in"
        )

    def _beyond(self, grant: Grant, subject: QuestionSubject) -> str | None:
        """Return what of a subject is not granted; the exam says its split, whatever it says."""
        family = subject.scenario.split(FAMILY_MARK, maxsplit=1)[0]
        said = self._splits.get(family, subject.split)
        split = self._splits.get(subject.scenario, said)
        if split.value not in grant.splits:
            return f"{subject.scenario}, which is {split},"
        if beyond := [field for field in subject.fields if field not in grant.fields]:
            return f"{', '.join(beyond)} of {subject.scenario}"
        if subject.with_answer and not grant.answers:
            return f"an answer to {subject.scenario}"
        return None


def _text(ask: Ask) -> str:
    """Return all of a question that leaves, as one text."""
    shape = [canonical(ask.shape.model_dump(mode="json")).decode()] if ask.shape else []
    return text_of([*(message.content for message in ask.prompt), *shape])
