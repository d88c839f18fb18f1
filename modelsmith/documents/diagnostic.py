"""What is wrong with a file, where, what was expected, and how to fix it."""

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum, unique
from typing import NamedTuple

from pydantic import field_validator

from modelsmith.documents.markdown import visible
from modelsmith.record import Positive, Record

RULES: Mapping[str, str] = {
    "alias": "Anchors and aliases are refused: what a reviewer reads is what is there.",
    "answer-in-input": "What the model reads does not tell the answer.",
    "bot-approver": "A program holds no role that approves.",
    "canary": "A sealed file carries the benchmark's canary, so that a leak can be proved.",
    "cell": "A cell holds a figure, or words that say why there is none.",
    "chat-token": "No text holds what chat templates read as the beginning or end of a turn.",
    "check-kind": "A check has exactly one kind.",
    "clear-verdict": "Every category offers the verdict that says there is no problem.",
    "code-fence": "A file holds YAML alone, without the fence of a chat or a page around it.",
    "contradiction": "Nothing is asked for and forbidden at once.",
    "control-character": "A file holds no control characters.",
    "copied-scenario": "A question stands in a benchmark once.",
    "cut-by-comment": "A text is not cut off by what YAML reads as a comment.",
    "depth": "Nesting is limited, so that a file stays readable and cheap to read.",
    "double-negation": "A fail criterion says what a wrong answer does.",
    "duplicate-criterion": "A rubric says a thing once.",
    "duplicate-id": "An id names one scenario of a benchmark.",
    "duplicate-key": "A field stands in a mapping once.",
    "empty-benchmark": "A benchmark has scenarios.",
    "empty-file": "A file holds something.",
    "empty-split": "Each split has scenarios.",
    "encoding": "A file is UTF-8.",
    "fail-counts": "A fail criterion counts, whatever is required.",
    "family-across-splits": "A family lies in one split: a variant would leak its parent.",
    "gate-needs": "An exam has as much as the promotion gate asks for.",
    "held-out": "Labelled answers belong to train scenarios: they are read and trained on.",
    "hidden-character": "A file holds no characters that a reviewer cannot see.",
    "id-file-name": "A file has the name of the scenario it is about.",
    "invalid-value": "A value keeps the rule of its field.",
    "judge-needed": "A criterion without a check is decided by judges, or by nobody.",
    "label-kind": "The labels of an answer agree with its kind.",
    "mechanic": "The mechanic keeps the JSON Schema of its benchmark.",
    "merge-marker": "A file holds no marks of an unfinished merge.",
    "missing-field": "Every field is there.",
    "missing-label": "Every criterion of a labelled answer is labelled.",
    "multiple-documents": "A file holds one YAML document.",
    "mutant-passes": "A wrong answer made from a right one does not pass the rubric.",
    "no-direction": "A direction is asked of a column that says when it has moved.",
    "no-known-right-answer": "The answer composed from the rubric passes it.",
    "not-finite": "A figure is finite, and fits a JSON number.",
    "not-granted": "A run's boundary grants what its hosted models are asked for.",
    "no-panel": "Some judge of a run may decide between the specialist and each baseline.",
    "not-there": "What a run names is there: its benchmark, its cluster, its boundary, its model.",
    "not-last-figure": "A figure bound to a metric is the metric's last one in the table.",
    "orphan-variant": "A variant's parent lies in the same benchmark.",
    "outcome-verdict": "The verdict that passes agrees with the outcome type.",
    "out-of-range": "A value keeps the bounds of its field.",
    "outside-repository": "A file lies in the repository, not behind a link.",
    "pass-rule": "A benchmark says when a scenario with levels passes.",
    "pasted-table": "A pasted table has headings, and one cell a column in each row.",
    "pattern": "A value has the form of its field.",
    "placeholder": "Nothing is left of what `scenario new` writes to be replaced.",
    "provider": "Production compares with one model of each provider that the policy names.",
    "quorum": "A council has as many members beside an author as its quorum asks for.",
    "reserved-name": "A name is not one that evidence uses itself.",
    "row-length": "A row has as many cells as its table has columns.",
    "schema-line": "A scenario's first line names its JSON Schema, for editors.",
    "shared-key": "A key is one person's.",
    "size": "A file stays below the size limit.",
    "spacing": "Words are parted by spaces that YAML knows.",
    "stray-file": "A benchmark's folders hold only files that are read.",
    "syntax": "A file is well-formed YAML.",
    "tag": "YAML tags are refused.",
    "template": "A family's template renders in each of its worlds.",
    "text-key": "The name of a field is text.",
    "too-long": "A question and its answer fit into a row that a run trains on.",
    "too-many": "A check wants no more values than its field takes.",
    "typographic-quote": "A value is put in straight quotes; others are part of it.",
    "unconfirmed": "What was drafted is confirmed before it counts.",
    "unknown-category": "A category is one of the benchmark's.",
    "unknown-criterion": "A label is of a criterion that the scenario has.",
    "unknown-field": "Every field is a known one.",
    "unknown-lens": "An operator lens is one of the benchmark's.",
    "unknown-metric": "A metric is a column of the table.",
    "unknown-scenario": "Labelled answers and families belong to a scenario of the benchmark.",
    "unknown-verdict": "A verdict is one of its category's.",
    "unknown-variable": "A template reads what it is given, and what it sets.",
    "unknown-word": "A word is one of its field's vocabulary.",
    "unpaid": "A run has a budget for what its cluster and its hosted models cost.",
    "unreadable-answer": "A right answer has the form that the benchmark asks for.",
    "unpriced": "What a hosted model costs is known before a run asks it.",
    "unreadable": "A file is a regular file that can be read.",
    "variant": "What a family's template renders is a scenario of its benchmark.",
    "weak-check": "A check fails on a wrong answer of the kind that it is there to catch.",
    "world-verdict": "A `same` world keeps the parent's verdict, a `flip` world changes it.",
    "wrong-direction": "A direction is the one that the table shows.",
    "wrong-type": "A value has the type of its field.",
}
"""Every rule that a file can break, by its stable id."""

Loc = tuple[str | int, ...]
"""Where in a document: field names and list positions, outermost first."""


@unique
class Severity(StrEnum):
    """How much a problem weighs."""

    ERROR = "error"
    """The file cannot be used."""
    WARNING = "warning"
    """The file can be used; its author should look."""
    NOTE = "note"
    """Worth knowing; never fails a check, also not a strict one."""


class Position(NamedTuple):
    """A position in a file, both counted from 1."""

    line: int
    """Line."""
    column: int
    """Column, in characters."""


START = Position(1, 1)
"""Where a file begins: the place of what concerns it as a whole."""


class Edit(Record):
    """One replacement in a file; nothing between its two places inserts."""

    line: Positive
    """Line where the replaced text begins, counted from 1."""
    column: Positive
    """Column where it begins, in characters, counted from 1."""
    end_line: Positive
    """Line where it ends."""
    end_column: Positive
    """Column of the first character that stays."""
    text: str
    """What stands there instead."""


class WordChange(NamedTuple):
    """What to write in place of one word of a record, before it is located in a file."""

    loc: Loc
    """Where in the record."""
    text: str
    """What to write there, as YAML."""
    is_key: bool = False
    """Whether the field's name is meant, not its value."""


class Remark(NamedTuple):
    """A problem of a record, before it is located in a file."""

    loc: Loc
    """Where in the record."""
    severity: Severity
    """How much it weighs."""
    rule: str
    """A key of `RULES`."""
    what: str
    """What was found."""
    expected: str
    """What was expected."""
    remedy: str
    """How to fix it."""
    changes: tuple[WordChange, ...] = ()
    """The remedy as replacements, where one remedy alone is right."""


class Diagnostic(Record):
    """One problem of one file, located."""

    path: str
    """The file, relative to the repository, with forward slashes."""
    line: Positive
    """Line, counted from 1."""
    column: Positive
    """Column in characters, counted from 1."""
    severity: Severity
    """How much it weighs."""
    rule: str
    """Stable id of the rule that was broken; a key of `RULES`."""
    what: str
    """What was found."""
    expected: str
    """What was expected."""
    remedy: str
    """How to fix it."""
    edits: tuple[Edit, ...] = ()
    """The remedy as replacements, made together; none where a person must choose."""

    @field_validator("rule")
    @classmethod
    def _is_known(cls, rule: str) -> str:
        if rule not in RULES:
            raise ValueError(f"{rule} is not one of the rules")
        return rule

    @property
    def sentence(self) -> str:
        """What was found, what was expected and how to fix it, on one line."""
        return one_line(f"{self.what}; expected {self.expected}; fix: {self.remedy}")

    def __str__(self) -> str:
        """Return the problem on one line, as compilers print theirs."""
        return f"{self.path}:{self.line}:{self.column}: {self.severity.value}: {self.sentence}"


def error(  # noqa: PLR0913, PLR0917 - a remark's own fields
    rule: str,
    what: str,
    expected: str,
    remedy: str,
    loc: Loc = (),
    changes: tuple[WordChange, ...] = (),
) -> Remark:
    """Return a remark that makes its file unusable."""
    return Remark(loc, Severity.ERROR, rule, what, expected, remedy, changes)


def warning(  # noqa: PLR0913, PLR0917 - a remark's own fields
    rule: str,
    what: str,
    expected: str,
    remedy: str,
    loc: Loc = (),
    changes: tuple[WordChange, ...] = (),
) -> Remark:
    """Return a remark that the author should look at."""
    return Remark(loc, Severity.WARNING, rule, what, expected, remedy, changes)


def note(  # noqa: PLR0913, PLR0917 - a remark's own fields
    rule: str,
    what: str,
    expected: str,
    remedy: str,
    loc: Loc = (),
    changes: tuple[WordChange, ...] = (),
) -> Remark:
    """Return a remark that is worth knowing."""
    return Remark(loc, Severity.NOTE, rule, what, expected, remedy, changes)


def located(remark: Remark, path: str, place: Position, edits: tuple[Edit, ...] = ()) -> Diagnostic:
    """Return `remark` as a problem at `place` of `path`, with what mends it."""
    return Diagnostic(
        path=path,
        line=place.line,
        column=place.column,
        severity=remark.severity,
        rule=remark.rule,
        what=remark.what,
        expected=remark.expected,
        remedy=remark.remedy,
        edits=edits,
    )


def inserted(place: Position, text: str) -> Edit:
    """Return the edit that writes `text` at `place`."""
    return replaced(place, place, text)


def replaced(begin: Position, end: Position, text: str) -> Edit:
    """Return the edit that writes `text` in place of what stands between two places."""
    return Edit(
        line=begin.line,
        column=begin.column,
        end_line=end.line,
        end_column=end.column,
        text=text,
    )


def is_error(diagnostic: Diagnostic) -> bool:
    """Return whether the file cannot be used."""
    return diagnostic.severity is Severity.ERROR


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` that `word` may be a slip of; empty where none is like it."""
    return "".join(difflib.get_close_matches(word, words, n=1))


def replacement(word: str, words: Iterable[str], otherwise: str = "choose one of them") -> str:
    """Return what an author may do about a word that is none of `words`."""
    near = nearest(word, words)
    return f"write `{near}`" if near else otherwise


LONGEST_QUOTE = 60
"""Characters of a file's own text that a message repeats: enough to find it, not to flood."""


def quoted(value: object) -> str:
    """Return a value from a file as a message may repeat it: short, one line, in backquotes."""
    text = one_line(str(value))
    return f"`{text[:LONGEST_QUOTE]}...`" if len(text) > LONGEST_QUOTE else f"`{text}`"


def one_line(text: str) -> str:
    """Return `text` without line breaks and without characters that a terminal obeys."""
    return visible(" ".join(text.split()))
