"""A pasted ticket and table as a draft of the ten fields, by rules alone.

Every sentence of the draft is the ticket's, every figure the table's; what neither says is a
question. So are fields with a vocabulary: what a ticket names may be what it warns of.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from modelsmith.documents.diagnostic import one_line, quoted
from modelsmith.documents.json_schema import is_valid
from modelsmith.documents.written_yaml import yaml_text
from modelsmith.exam.authoring.pasted_table import PastedTable, units_in
from modelsmith.exam.authoring.pasted_ticket import (
    AIM,
    CONTRADICTED,
    SEVERAL,
    VAGUE,
    Part,
    PartKind,
    open_dates,
    parts_of,
)
from modelsmith.exam.authoring.scenario_file import CANARY, schema_line
from modelsmith.exam.authoring.to_confirm import COMMAND, DRAFTED, TO_CONFIRM
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import ChoiceField, FiguresField
from modelsmith.exam.prompt import form_of_category
from modelsmith.exam.scenario import (
    CRITERION_LENGTH,
    LONGEST_ID,
    MOST_CRITERIA,
    Split,
    Table,
    figure_in,
)

SHORTEST_TEXT = 20
"""Characters that a description and an objective have at least."""

LONGEST_TEXTS = {"description": 4_000, "testObjective": 2_000}
"""Characters of each at most."""

OUTCOMES = (
    "does a right answer flag a problem? tp: there is one. tn: there is none. fp-guard: it looks "
    "like one and is none. fn-guard: it looks harmless, or like something else, and is one"
)

WORDS_OF_ID = 4
"""Words of the ticket that an id is made of."""


NAMES_NOTHING = frozenset(
    {
        "AVEC", "DANS", "EXAM", "FROM", "INTO", "LEFTOVERS", "OBJET", "POUR", "QUESTION", "SUBJECT",
        "THAT", "THIS", "WEEK", "WHAT", "WITH",
    }
)  # fmt: skip
"""Words of four letters and more that tell no ticket from another."""


class TicketDraft(NamedTuple):
    """A draft."""

    id: str
    """The scenario's id."""
    fields: Mapping[str, Any]
    """The ten fields; None where only a person can say it."""
    questions: Mapping[str, tuple[str, ...]]
    """What each drafted field leaves open, by its name; none of a field that its author gave."""

    notes: tuple[str, ...] = ()
    """What its sentences rest on, where a model worded them."""

    @property
    def open_fields(self) -> tuple[str, ...]:
        """The fields that nothing was drafted for."""
        return tuple(name for name, value in self.fields.items() if value is None)


def drafted_scenario(
    benchmark: Benchmark,
    ticket: str,
    table: PastedTable | None = None,
    given: Mapping[str, Any] | None = None,
) -> TicketDraft:
    """Return the draft of a scenario.

    Args:
        benchmark: Its vocabularies and the form of its answers.
        ticket: What was pasted.
        table: The table beside it.
        given: Fields that the author says; they are taken as they are, and wait for nobody.
    """
    parts, given = parts_of(ticket, benchmark.language), dict(given or {})
    asked: dict[str, list[str]] = {name: [] for name in _names(benchmark)}
    fields: dict[str, Any] = dict.fromkeys(asked)
    fields["id"] = given.get("id") or id_of(benchmark, ticket)
    for name, drafted in (
        ("outcomeType", _outcome()),
        ("operatorLens", _named_in(ticket, {lens: (lens,) for lens in benchmark.lenses})),
        ("category", _category(benchmark, ticket)),
        (benchmark.mechanic.field, _mechanic(benchmark)),
    ):
        fields[name], asked[name] = drafted
    fields |= given
    description, read = _situation(parts, table)
    fields["description"], asked["description"] = description, _on_situation(parts, ticket, table)
    if description is not None and len(description) > LONGEST_TEXTS["description"]:
        asked["description"].append(
            f"the situation has {len(description):,} characters, a description at most "
            f"{LONGEST_TEXTS['description']:,}: what of it is needed?"
        )
    elif description is None:
        asked["description"].append("the ticket says nothing of the situation: what happened?")
    elif "?" not in description:
        asked["description"].append("what is the model asked? The situation holds no question")
    objective = _objective(parts)
    fields["testObjective"], asked["testObjective"] = objective
    for name, kinds, empty in (
        ("passCriteria", (PartKind.GOOD, PartKind.BONUS), "what does a right answer do?"),
        ("failCriteria", (PartKind.BAD,), "what does no right answer do?"),
    ):
        criteria = _criteria(benchmark, fields["category"], parts, kinds, table)
        fields[name] = criteria or ([] if name == "failCriteria" else None)
        asked[name] = [*criteria_questions(name[0].upper(), fields[name] or [])]
        asked[name] += [] if criteria else [f"the ticket does not say it: {empty}"]
        asked[name] += _left_over(parts, kinds, len(criteria))
    asked["passCriteria"] += [
        f"{quoted_whole(one.text)}: does such an answer pass, fail, or is it left open?"
        for one in parts
        if one.kind is PartKind.EITHER
    ]
    asked["failCriteria"] += [
        f"{quoted_whole(text)}: a mistake, something that a right answer says, or neither?"
        for text in _unclear(parts)
    ]
    fields["domainInput"], asked["domainInput"] = _input(table, read)
    fields |= given
    questions = {name: tuple(dict.fromkeys(asked[name])) for name in asked if name not in given}
    return TicketDraft(fields["id"], fields, questions)


def _unclear(parts: Sequence[Part]) -> Iterator[str]:
    """Yield what could be a mistake or not, the sentences that follow each other as one."""
    for kind, group in groupby(parts, key=lambda one: (one.kind, one.paragraph, one.line)):
        if kind[0] is PartKind.UNCLEAR:
            yield " ".join(one.text for one in group)


def draft_text(benchmark: Benchmark, draft: TicketDraft, split: Split, source: str) -> str:
    """Return the text of a draft's file.

    Args:
        benchmark: Whose scenario it is.
        draft: The draft.
        split: Where it will lie.
        source: What it was drafted from, in words.
    """
    lines = [schema_line(benchmark.domain)]
    lines += [CANARY.format(guid=benchmark.canary)] if split is Split.SEALED else []
    lines += [
        f"{DRAFTED}from {source}. Nothing of it counts before it is confirmed.",
        f"{DRAFTED}Read each field, answer the questions in the fields, then run",
        f"{DRAFTED}{COMMAND} benchmarks/{benchmark.domain}/{split}/{draft.id}.yaml",
    ]
    lines += [f"{DRAFTED}{one_line(note)}" for note in draft.notes]
    marks = {TO_CONFIRM: {name: list(asked) for name, asked in draft.questions.items()}}
    fields = yaml_text(draft.fields)
    for name in draft.open_fields:
        fields = re.sub(rf"^{name}: null$", f"{name}:", fields, count=1, flags=re.MULTILINE)
    return "\n".join(lines) + "\n" + yaml_text(marks) + fields


def quoted_whole(text: str) -> str:
    """Return words of the ticket as a question repeats them, all of them."""
    return f"`{' '.join(text.split())}`"


def _names(benchmark: Benchmark) -> tuple[str, ...]:
    return (
        "id", "outcomeType", "operatorLens", "category", benchmark.mechanic.field, "description",
        "testObjective", "passCriteria", "failCriteria", "domainInput",
    )  # fmt: skip


def id_of(benchmark: Benchmark, ticket: str) -> str:
    """Return an id of the first words that say something."""
    plain = unicodedata.normalize("NFKD", ticket).encode("ascii", "ignore").decode().upper()
    named = re.findall(r"[A-Z][A-Z0-9]{3,}", plain)
    words = [word for word in named if word not in NAMES_NOTHING]
    first = benchmark.domain.upper().replace("-", "_")
    return "_".join((first, *(words[:WORDS_OF_ID] or ["TICKET"])))[:LONGEST_ID].rstrip("_")


def _outcome() -> tuple[None, list[str]]:
    """Return the question that only a person answers: a ticket never names an outcome type."""
    return None, [OUTCOMES]


def _named_in(ticket: str, words: Mapping[str, Sequence[str]]) -> tuple[str | None, list[str]]:
    """Return the only value of a vocabulary, else the question which it is.

    A value that the ticket names may be what it warns of, so none is taken from its words.
    """
    if len(words) == 1:
        return next(iter(words)), []
    named = [value for value, said in words.items() if any(_says(ticket, one) for one in said)]
    others = [value for value in words if value not in named]
    told = f"the ticket names {', '.join(named)}" if named else "the ticket names none"
    return None, [f"{told}: which of {', '.join((*named, *others))}?"]


def _says(text: str, word: str) -> bool:
    """Return whether a text names a word, with blanks or hyphens, in one or several."""
    parts = [re.escape(part) for part in re.split(r"[\s_-]+", word.lower()) if part]
    wanted = r"[\s_-]*".join(parts)
    return re.search(rf"(?<!\w){wanted}s?(?!\w)", text.lower()) is not None


def _category(benchmark: Benchmark, ticket: str) -> tuple[str | None, list[str]]:
    words = {name: (name, one.title, *one.verdicts) for name, one in benchmark.categories.items()}
    return _named_in(ticket, words)


def _mechanic(benchmark: Benchmark) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the mechanic where nothing of it is asked for, else the question."""
    schema = benchmark.mechanic.schema_
    properties: Any = schema.get("properties", {})
    if not schema.get("required") and is_valid(schema, {}):
        return {}, []
    told = "; ".join(
        f"{name}: {' or '.join(map(str, shape['enum']))}" if shape.get("enum") else name
        for name, shape in properties.items()
    )
    return None, [f"which is it? {told}" if told else "what is it?"]


def _situation(parts: Sequence[Part], table: PastedTable | None) -> tuple[str | None, str | None]:
    """Return the description, and what of it is to be read as the input where there is no table."""
    told: dict[int, dict[int, list[str]]] = {}
    for one in parts:
        if one.kind is PartKind.SITUATION:
            told.setdefault(one.paragraph, {}).setdefault(one.line, []).append(one.text)
    paragraphs = ["\n".join(map(" ".join, lines.values())) for lines in told.values()]
    if table is None and len(paragraphs) > 1:
        first = paragraphs.pop(0)
        while len(first) < SHORTEST_TEXT and len(paragraphs) > 1:
            first = f"{first}\n{paragraphs.pop(0)}"
        return (first if len(first) >= SHORTEST_TEXT else None), "\n".join(paragraphs)
    text = "\n".join(paragraphs)
    return (text if len(text) >= SHORTEST_TEXT else None), None


def _on_situation(parts: Sequence[Part], ticket: str, table: PastedTable | None) -> list[str]:
    """Return what the words of the situation leave open."""
    asked = [
        f"`{date}`: day {date.split('/')[0]} of month {date.split('/')[1]}, or day "
        f"{date.split('/')[1]} of month {date.split('/')[0]}?"
        for date in open_dates(ticket)
    ]
    beside = {} if table is None else table.kinds
    for kind, units in units_in(ticket).items():
        both = tuple(dict.fromkeys((*beside.get(kind, ()), *units)))
        if len(both) > 1:
            asked.append(f"{' and '.join(both)} stand side by side: which one is an answer to use?")
    asked += [
        f"{quoted_whole(one.text)}: which of the two counts?"
        for one in parts
        if one.kind is PartKind.SITUATION and CONTRADICTED.search(one.text)
    ]
    asked += [
        f"left out as talk about the exam: {quoted_whole(one.text)}; is any of it for the model?"
        for one in parts
        if one.kind is PartKind.EXAM
    ]
    return asked


def _objective(parts: Sequence[Part]) -> tuple[str | None, list[str]]:
    """Return what the scenario finds out: what is said of the aim, of a trap, else a first good."""
    aims = [
        one.text
        for one in parts
        if one.is_trap or (one.kind is PartKind.EXAM and AIM.search(one.text))
    ]
    good = [one.text for one in parts if one.kind is PartKind.GOOD]
    for found, asked in (
        (list(dict.fromkeys(aims)), "is this what the scenario finds out about a model?"),
        (good[:2], "the ticket names no aim; this is what it expects first: what is found out?"),
    ):
        text = "; ".join(found)
        if SHORTEST_TEXT <= len(text) <= LONGEST_TEXTS["testObjective"]:
            return text, [asked]
    return None, ["the ticket does not say it: which mistake does the scenario provoke?"]


def _criteria(
    benchmark: Benchmark,
    category: object,
    parts: Iterable[Part],
    kinds: Sequence[PartKind],
    table: PastedTable | None,
) -> list[Any]:
    """Return the criteria of one kind: texts, and with its check what a check decides."""
    chosen = [one for one in _usable(parts) if one.kind in kinds][:MOST_CRITERIA]
    found: list[Any] = []
    for one in chosen:
        if one.kind is PartKind.BONUS:
            found.append({"text": one.text, "required": False})
        elif one.kind is PartKind.GOOD:
            found.append(criterion_of(benchmark, category, one.text, table))
        else:
            found.append(one.text)
    if found and not any(one.kind is PartKind.GOOD for one in chosen) and PartKind.GOOD in kinds:
        return []
    return found


def criterion_of(
    benchmark: Benchmark, category: object, text: str, table: PastedTable | None
) -> str | dict[str, Any]:
    """Return a pass criterion, with its check where a choice or a figure decides it."""
    check = _check(benchmark, category, text, table)
    return text if check is None else {"text": text, "check": check}


def _usable(parts: Iterable[Part]) -> Iterator[Part]:
    seen = set()
    for one in parts:
        if CRITERION_LENGTH[0] <= len(one.text) <= CRITERION_LENGTH[1] and one.text not in seen:
            seen.add(one.text)
            yield one


def _left_over(parts: Sequence[Part], kinds: Sequence[PartKind], kept: int) -> list[str]:
    """Return a question on each part that is no criterion: too long, too short, one too many."""
    usable = [one.text for one in _usable(parts) if one.kind in kinds]
    asked = [
        f"{quoted_whole(text)}: left out, a rubric has at most {MOST_CRITERIA} of a kind; is it "
        "needed?"
        for text in usable[kept:]
    ]
    asked += [
        f"{quoted_whole(one.text)}: a criterion has {CRITERION_LENGTH[0]} to "
        f"{CRITERION_LENGTH[1]} characters; how is it said in one?"
        for one in parts
        if one.kind in kinds and one.text not in usable
    ]
    return asked


def criteria_questions(letter: str, criteria: Sequence[Any]) -> Iterator[str]:
    """Yield what a criterion leaves to the taste of who reads it."""
    for number, one in enumerate(criteria, start=1):
        text = one if isinstance(one, str) else one["text"]
        if vague := VAGUE.search(text):
            yield f"{letter}{number} says {quoted(vague[0])}: up to where does an answer hold?"
        if SEVERAL.search(text):
            yield f"{letter}{number} asks for several things: are they a criterion each?"
        if isinstance(one, dict) and "check" in one:
            yield f"{letter}{number}: its check was drafted too; does it decide this?"


def _check(
    benchmark: Benchmark, category: object, text: str, table: PastedTable | None
) -> dict[str, Any] | None:
    """Return a check where a choice or a figure of the answer's form decides a criterion."""
    form = form_of_category(benchmark, category if isinstance(category, str) else "")
    said = re.sub(r"[\s_-]+", " ", text.lower())
    for field in form.fields:
        if not isinstance(field, ChoiceField):
            continue
        named = [one for one in field.choices if _is_chosen(said, one.replace("-", " "))]
        if len(named) == 1 and benchmark.answer_format.sections:
            return {"verdict": named[0]}
        if len(named) == 1:
            return {"choice": named[0], "field": field.name}
    has_figures = any(isinstance(field, FiguresField) for field in form.fields)
    if (
        table is None
        or table.table is None
        or not (has_figures or benchmark.answer_format.sections)
    ):
        return None
    return _figure(table.table, text, "figure" if has_figures else "number")


def _is_chosen(said: str, choice: str) -> bool:
    hit = re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", said)
    if hit is None:
        return False
    before = said[: hit.start()].split()[-3:]
    return not any(word in {"not", "no", "never", "pas", "nicht", "kein"} for word in before)


def _figure(table: Table, text: str, kind: str) -> dict[str, Any] | None:
    """Return a check of the one column that a criterion names with its last figure."""
    plain = text.lower().replace("_", " ")
    digits = {float(one) for one in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}
    found = []
    for name in table.columns:
        last = figure_in(table.series(name)[-1])
        if last is not None and float(last) in digits and _says(plain, name.replace("_", " ")):
            found.append({kind: {"metric": name, "value": last}})
    return found[0] if len(found) == 1 else None


def _input(table: PastedTable | None, read: str | None) -> tuple[Any, list[str]]:
    """Return what the model is given to read, and what it leaves open."""
    if table is None:
        told = "no table was given; "
        own = "this is the ticket's own account: is there anything else to read?"
        return read, [told + (own if read else "what is the model given to read?")]
    if table.table is None:
        return table.text, list(table.questions)
    rows = [list(row) for row in table.table.rows]
    return {"columns": list(table.table.columns), "rows": rows}, list(table.questions)
