"""One example of another tool's file, before an import map says what the file does not."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ConfigDict, JsonValue

from modelsmith.documents.diagnostic import Diagnostic, Loc, error
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import validated
from modelsmith.record import R, Record

LARGEST_SOURCE = 64 << 20
"""Bytes of the largest file that is imported; HealthBench as a whole is 60 MB."""


class ForeignRecord(Record):
    """What another tool wrote; fields that nobody reads here are counted, not refused."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class ImportedCriterion:
    """One line of a rubric, and where it stands."""

    text: str
    """What is decided."""
    loc: Loc
    """Where it stands in its document."""
    points: float | None = None
    """What it counts, below zero for what no right answer does."""
    levels: tuple[str, ...] | None = None
    """Descriptions of its levels, worst first."""
    check: Mapping[str, JsonValue] | None = None
    """What decides it without a judge."""
    document: Document | None = None
    """The document that `loc` is of, where it is another than the example's."""


@dataclass(frozen=True)
class Imported:
    """One example."""

    document: Document
    """What it is read from."""
    loc: Loc
    """Where it begins there."""
    name: str
    """What it is called there."""
    given: str | tuple[tuple[str, str], ...]
    """What is asked: text, or role and text of each turn."""
    given_loc: Loc
    """Where that stands."""
    passing: tuple[ImportedCriterion, ...]
    """What a right answer does."""
    failing: tuple[ImportedCriterion, ...] = ()
    """What no right answer does."""
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    """What else it says, by name: what an import map may read."""


@dataclass(frozen=True)
class ImportSource:
    """What a file holds."""

    path: str
    """The file."""
    examples: tuple[Imported, ...] = ()
    """Its examples; whole only where there are no problems."""
    problems: tuple[Diagnostic, ...] = ()
    """What cannot be read."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """What is not kept, by name, and how often it stands there."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """What means something else here than there, in words, and how often."""


class SourceReader:
    """Collects what a format's importer finds in one file."""

    def __init__(self, path: str, problems: Iterable[Diagnostic] = ()) -> None:
        """Begin with the problems of the file itself."""
        self.path = path
        self.problems = list(problems)
        self.examples: list[Imported] = []
        self.unread: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()

    def read(self, document: Document, kind: type[R]) -> R | None:
        """Return the record in a document; none, with its problems noted, where it is another."""
        if not isinstance(document.value, dict):
            what = "there is a list or a single value"
            remark = error("wrong-type", what, "an object with fields", "check --format")
            self.problems.append(document.diagnostic(remark))
            return None
        record, problems = validated(document, kind)
        self.problems += problems
        return record

    def refuse(self, document: Document, loc: Loc, what: str, expected: str, remedy: str) -> None:
        """Note a problem at a place."""
        remark = error("invalid-value", what, expected, remedy, loc)
        self.problems.append(document.diagnostic(remark))

    def source(self) -> ImportSource:
        """Return what was found."""
        return ImportSource(
            self.path,
            tuple(self.examples),
            tuple(self.problems),
            dict(sorted(self.unread.items())),
            dict(sorted(self.changed.items())),
        )


def source_of(
    path: str,
    found: tuple[Document | None, Iterable[Diagnostic]],
    kind: type[Record],
    read: Callable[[Document, SourceReader], None],
) -> ImportSource:
    """Return what a file holds that is one object.

    Args:
        path: Name of the file.
        found: Its document and its problems.
        kind: What the object must be.
        read: Reads its parts, once it is one.
    """
    document, problems = found
    reader = SourceReader(path, problems)
    if document is not None and reader.read(document, kind) is not None:
        read(document, reader)
    return reader.source()


Importer = Callable[[str, bytes], ImportSource]
"""Reads a file of one format: its name and its bytes."""


def part_of(document: Document, *loc: str | int) -> Document:
    """Return the part of a document at a place as a document of its own."""
    part = document
    for step in loc:
        part = parts_of(part)[step]
    return part


def parts_of(document: Document) -> dict[str | int, Document]:
    """Return each part of an object or a list as a document of its own, by name or number."""
    value = document.value
    named = value.items() if isinstance(value, dict) else enumerate(value)
    parts = {key: Document(document.path, document.text, part, {}, {}) for key, part in named}
    for at, place in document.values_at.items():
        if at:
            parts[at[0]].values_at[at[1:]] = place
    for at, place in document.keys_at.items():
        if len(at) > 1:
            parts[at[0]].keys_at[at[1:]] = place
    return parts


def unread_in(value: JsonValue, kept: Collection[str], path: str = "") -> Iterator[str]:
    """Yield the name of everything in a value that is not kept and says something.

    `rubrics[].tags` is the field `tags` of each of a list; an object of which nothing is kept has
    one name.
    """
    if path in kept:
        return
    inside = [one for one in kept if not path or one.startswith((f"{path}.", f"{path}["))]
    if isinstance(value, dict) and inside:
        for name, part in value.items():
            yield from unread_in(part, kept, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and inside:
        for part in value:
            yield from unread_in(part, kept, f"{path}[]")
    elif value not in (None, "", [], {}):
        yield path


def fields_of(value: Mapping[str, JsonValue], before: str = "") -> dict[str, JsonValue]:
    """Return what an import map may read: single values and lists of them, by dotted name."""
    found: dict[str, JsonValue] = {}
    for name, part in value.items():
        if isinstance(part, dict):
            found |= fields_of(part, f"{before}{name}.")
        elif not isinstance(part, list) or not any(isinstance(p, dict | list) for p in part):
            found[f"{before}{name}"] = part
    return found


def told_by(examples: Sequence[Imported]) -> dict[str, Counter[str]]:
    """Return how often each value of each field stands in the examples."""
    found: dict[str, Counter[str]] = {}
    for example in examples:
        for name, value in example.fields.items():
            values = value if isinstance(value, list) else [value]
            said = [str(one) for one in values if one not in (None, "")]
            found.setdefault(name, Counter()).update(said)
    return {name: values for name, values in found.items() if values}
