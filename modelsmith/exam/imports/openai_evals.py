"""OpenAI evals: the bodies that create an eval and its run, in one JSON object.

| grader            | becomes                                                                |
|-------------------|------------------------------------------------------------------------|
| `string_check`    | a criterion with a check (`ne`: a fail criterion)                      |
| `text_similarity` | a criterion that judges decide: it says the same as the reference      |
| `label_model`     | a criterion that judges decide, with the labels that pass              |
| `score_model`     | a criterion that judges decide, with the score that passes             |
| `multi`           | a criterion a grader, with points where `calculate_output` is a sum    |
| `python`          | refused: code of others is never run                                   |
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, field_validator

from modelsmith.documents.diagnostic import Loc, replacement
from modelsmith.documents.located_json import parsed_json
from modelsmith.documents.strict_yaml import Document
from modelsmith.exam.imports.fill_in import filled
from modelsmith.exam.imports.imported import (
    ForeignRecord,
    Imported,
    ImportedCriterion,
    ImportSource,
    SourceReader,
    fields_of,
    part_of,
    source_of,
    unread_in,
)
from modelsmith.exam.imports.wordings import Sought, containing, equalling
from modelsmith.record import NonEmpty, R

ANSWER = "sample.output_text"
ANSWER_WORDS = "[the answer]"
"""What a grader reads, and what stands in its place in a criterion."""

KEPT = (
    "name", "testing_criteria", "data_source.type", "data_source.input_messages.type",
    "data_source.input_messages.template[].type", "data_source.input_messages.template[].role",
    "data_source.input_messages.template[].content", "data_source.input_messages.item_reference",
    "data_source.source",
)  # fmt: skip
GRADER_KEPT = {
    "string_check": ("type", "name", "input", "reference", "operation"),
    "text_similarity": ("type", "name", "input", "reference"),
    "label_model": ("type", "name", "input", "labels", "passing_labels"),
    "score_model": ("type", "name", "input", "range", "pass_threshold"),
    "multi": ("type", "name", "graders", "calculate_output"),
}
"""What is kept of each kind of grader; the rest is counted."""

TERM = re.compile(r"\s*\+?\s*(?:([0-9]*\.?[0-9]+)\s*\*\s*)?([A-Za-z_]\w*)(?:\s*\*\s*([0-9.]+))?")
"""A part of a sum: a grader's name with its weight before or behind it."""


class StringCheck(ForeignRecord):
    """A comparison of texts."""

    input: NonEmpty
    """What is looked at."""
    reference: NonEmpty
    """What it is compared with."""
    operation: Literal["eq", "ne", "like", "ilike"]
    """How."""


class TextSimilarity(ForeignRecord):
    """A figure of how like two texts are."""

    input: NonEmpty
    """What is looked at."""
    reference: NonEmpty
    """What it is to be like."""


class EvalMessage(ForeignRecord):
    """One message of a template."""

    role: Literal["system", "developer", "user", "assistant"]
    """Who speaks."""
    content: str | Mapping[str, JsonValue]
    """What is said: text, or an object with `text`."""

    @field_validator("content")
    @classmethod
    def _is_said(cls, content: str | Mapping[str, JsonValue]) -> str | Mapping[str, JsonValue]:
        if not isinstance(content, str) and not isinstance(content.get("text"), str):
            fault = "it holds no `text`; fix: write what is said as text"
            raise ValueError(fault)  # noqa: TRY004 - what pydantic tells
        return content

    @property
    def text(self) -> str:
        """What is said."""
        content = self.content
        return content if isinstance(content, str) else str(content.get("text", ""))


class LabelModel(ForeignRecord):
    """A model that gives an answer a label."""

    input: Annotated[tuple[EvalMessage, ...], Field(min_length=1)]
    """What it is asked."""
    labels: tuple[str, ...]
    """What it may say."""
    passing_labels: Annotated[tuple[str, ...], Field(min_length=1)]
    """What passes."""


class ScoreModel(ForeignRecord):
    """A model that gives an answer a score."""

    input: Annotated[tuple[EvalMessage, ...], Field(min_length=1)]
    """What it is asked."""
    range: Annotated[tuple[float, float], Field(strict=False)] = (0.0, 1.0)
    """Between which figures."""
    pass_threshold: float | None = None
    """From which figure on it passes."""


class MultiGrader(ForeignRecord):
    """Graders and the sum of what they say."""

    graders: Annotated[Mapping[str, JsonValue], Field(min_length=1)]
    """The graders by name."""
    calculate_output: NonEmpty
    """How they count together."""


class EvalDefinition(ForeignRecord):
    """The whole file."""

    testing_criteria: Annotated[tuple[Mapping[str, JsonValue], ...], Field(min_length=1)]
    """The graders."""
    data_source: Mapping[str, JsonValue]
    """The samples, and how the model is asked."""


class EvalItem(ForeignRecord):
    """One sample."""

    item: Annotated[Mapping[str, JsonValue], Field(min_length=1)]
    """Its fields."""


class EvalMessages(ForeignRecord):
    """How the model is asked."""

    type: Literal["template", "item_reference"]
    """Whether messages stand here, or in a field of each sample."""
    template: tuple[EvalMessage, ...] = ()
    """The messages."""
    item_reference: str = ""
    """The field."""


def read_openai_evals(path: str, content: bytes) -> ImportSource:
    """Return the samples of an eval, each with its graders as criteria."""
    return source_of(
        path, parsed_json(path, content), EvalDefinition, lambda *found: _Eval(*found).read()
    )


class _Eval:
    """One eval while it is read."""

    def __init__(self, document: Document, reader: SourceReader) -> None:
        self._document, self._reader = document, reader
        self._graders = part_of(document, "testing_criteria")

    def read(self) -> None:
        reader, whole = self._reader, self._document
        reader.unread.update(unread_in(whole.value, KEPT))
        for number in range(len(self._graders.value)):
            self._count(part_of(self._graders, number))
        messages = self._messages()
        samples = self._samples()
        if messages is None or samples is None:
            return
        for number in range(len(samples.value)):
            sample = part_of(samples, number)
            found = reader.read(sample, EvalItem)
            if found is not None:
                reader.unread.update(unread_in(sample.value, ("item",)))
                self._example(sample, number, messages)

    def _count(self, grader: Document) -> None:
        """Count what is not kept of a grader."""
        value = grader.value
        if not isinstance(value, dict) or kind_of(value) not in GRADER_KEPT:
            return
        found = unread_in(value, GRADER_KEPT[value["type"]])
        self._reader.unread.update(f"testing_criteria[].{name}" for name in found)
        inside = value.get("graders") if value["type"] == "multi" else None
        for name in inside if isinstance(inside, dict) else ():
            self._count(part_of(grader, "graders", name))

    def _messages(self) -> EvalMessages | None:
        source = part_of(self._document, "data_source")
        if "input_messages" not in source.value:
            self._reader.refuse(
                source, (), "the data source has no `input_messages`", "how the model is asked",
                "add the template that the run asked with",
            )  # fmt: skip
            return None
        return self._reader.read(part_of(source, "input_messages"), EvalMessages)

    def _samples(self) -> Document | None:
        source = part_of(self._document, "data_source")
        inner = source.value.get("source")
        if isinstance(inner, dict) and isinstance(inner.get("content"), list) and inner["content"]:
            return part_of(source, "source", "content")
        kind = inner.get("type") if isinstance(inner, dict) else None
        what = "the samples are not in the file" + (f", its source is {kind}" if kind else "")
        remedy = 'put them there: {"type": "file_content", "content": [{"item": {...}}]}'
        self._reader.refuse(source, ("source",), what, "samples under `content`", remedy)
        return None

    def _example(self, sample: Document, number: int, messages: EvalMessages) -> None:
        reader, item = self._reader, sample.value["item"]
        fields = {f"item.{name}": value for name, value in fields_of(item).items()}
        turns = self._turns(sample, messages, fields)
        passing, failing = list[ImportedCriterion](), list[ImportedCriterion]()
        for at in range(len(self._graders.value)):
            grader = part_of(self._graders, at)
            for is_mistake, criterion in self._criteria(grader, fields, 1.0):
                (failing if is_mistake else passing).append(criterion)
        if turns is None:
            return
        if not passing and not any(problem.severity == "error" for problem in reader.problems):
            what = "no grader says what a right answer does"
            remedy = "add a grader that an answer passes by"
            reader.refuse(self._graders, (), what, "one beside `ne`", remedy)
        name = str(item.get("id", f"sample {number + 1}"))
        reader.examples.append(
            Imported(sample, (), name, turns, (), tuple(passing), tuple(failing), fields_of(item))
        )

    def _turns(
        self, sample: Document, messages: EvalMessages, fields: Mapping[str, JsonValue]
    ) -> tuple[tuple[str, str], ...] | None:
        given = messages.template
        if messages.type == "item_reference":
            name = messages.item_reference.removeprefix("item.")
            if not isinstance(sample.value["item"].get(name), list):
                what, remedy = f"the sample has no messages in {name}", "write them there"
                self._reader.refuse(sample, ("item",), what, "a list of messages", remedy)
                return None
            several = part_of(sample, "item", name)
            read = [
                self._reader.read(part_of(several, at), EvalMessage)
                for at in range(len(several.value))
            ]
            given = tuple(one for one in read if one is not None)
        turns = []
        for message in given:
            text, fault = filled(message.text, fields)
            if fault:
                remedy = "write fields of the sample as {{item.name}}"
                self._reader.refuse(sample, ("item",), fault, "texts with fields alone", remedy)
                return None
            role = "system" if message.role == "developer" else message.role
            turns.append((role, text))
        return tuple(turns)

    def _criteria(
        self, grader: Document, fields: Mapping[str, JsonValue], points: float
    ) -> Iterator[tuple[bool, ImportedCriterion]]:
        """Yield the criteria of a grader, and whether each is a mistake."""
        value = grader.value
        kind = kind_of(value)
        if kind == "python":
            self._refuse(
                grader, ("type",), "a grader of kind python is code, which is never run here",
                "say in words what it looks for, as a label_model or a string_check",
            )  # fmt: skip
        elif kind == "multi":
            yield from self._multi(grader, fields)
        elif kind in READERS:
            made = READERS[kind](self, grader, fields)
            if made is not None:
                is_mistake, text, check = made
                worth = -points if is_mistake else points
                yield is_mistake, ImportedCriterion(text, (), worth, check=check, document=grader)
        else:
            known = [*READERS, "multi"]
            what = f"a grader of kind {kind}" if kind else "the grader has no `type`"
            self._refuse(grader, ("type",), what, replacement(kind, known), ", ".join(known))

    def _refuse(
        self, grader: Document, loc: Loc, what: str, remedy: str, expected: str = "a grader"
    ) -> None:
        """Note a problem of a grader once, whatever the number of samples."""
        before = len(self._reader.problems)
        self._reader.refuse(grader, loc, what, expected, remedy)
        if self._reader.problems[-1] in self._reader.problems[:before]:
            self._reader.problems.pop()

    def _read(self, grader: Document, kind: type[R]) -> R | None:
        before = len(self._reader.problems)
        record = self._reader.read(grader, kind)
        new = self._reader.problems[before:]
        self._reader.problems[before:] = [
            one for one in new if one not in self._reader.problems[:before]
        ]
        return record

    def _filled(
        self, grader: Document, loc: Loc, text: str, fields: Mapping[str, JsonValue]
    ) -> str | None:
        told, fault = filled(text, {**fields, ANSWER: ANSWER_WORDS})
        if fault:
            remedy = f"name fields of the sample as {{{{item.name}}}}, or {{{{{ANSWER}}}}}"
            self._refuse(grader, loc, fault, remedy, "texts with fields alone")
            return None
        return told

    def _multi(
        self, grader: Document, fields: Mapping[str, JsonValue]
    ) -> Iterator[tuple[bool, ImportedCriterion]]:
        found = self._read(grader, MultiGrader)
        if found is None:
            return
        weights = weights_of(found.calculate_output)
        if weights is None or weights.keys() != found.graders.keys():
            what = f"`{found.calculate_output[:60]}` is no sum of its graders"
            remedy = f"write a sum: {' + '.join(f'0.5 * {name}' for name in found.graders)}"
            self._refuse(grader, ("calculate_output",), what, remedy, "a sum with weights")
            return
        for name, weight in weights.items():
            yield from self._criteria(part_of(grader, "graders", name), fields, weight)

    def string_check(
        self, grader: Document, fields: Mapping[str, JsonValue]
    ) -> tuple[bool, str, Mapping[str, JsonValue] | None] | None:
        """Return a comparison of texts as a criterion with a check."""
        found = self._read(grader, StringCheck)
        if found is None:
            return None
        looked_at = self._filled(grader, ("input",), found.input, fields)
        reference = self._filled(grader, ("reference",), found.reference, fields)
        if looked_at is None or reference is None:
            return None
        if looked_at != ANSWER_WORDS:
            remedy = f"look at {{{{{ANSWER}}}}}"
            self._refuse(grader, ("input",), "it looks at more than the answer", remedy)
            return None
        is_whole = found.operation in ("eq", "ne")
        sought: Sought | str = equalling(reference) if is_whole else containing([reference])
        if isinstance(sought, str):
            self._refuse(grader, ("reference",), sought, "shorten the reference")
            return None
        text, check, change = sought
        self._reader.changed[change] += 1
        return found.operation == "ne", text, check

    def text_similarity(
        self, grader: Document, fields: Mapping[str, JsonValue]
    ) -> tuple[bool, str, Mapping[str, JsonValue] | None] | None:
        """Return a likeness as a criterion that judges decide."""
        found = self._read(grader, TextSimilarity)
        reference = found and self._filled(grader, ("reference",), found.reference, fields)
        if not reference:
            return None
        self._reader.changed["text_similarity: judges decide, no metric is computed"] += 1
        return False, f"Says the same as this reference: {reference}", None

    def label_model(
        self, grader: Document, fields: Mapping[str, JsonValue]
    ) -> tuple[bool, str, Mapping[str, JsonValue] | None] | None:
        """Return a labelling as a criterion that judges decide."""
        found = self._read(grader, LabelModel)
        asked = found and self._asked(grader, found.input, fields)
        if found is None or not asked:
            return None
        strange = [one for one in found.passing_labels if one not in found.labels]
        if strange:
            at = found.passing_labels.index(strange[0])
            what, listed = f"{strange[0]} is none of the labels", ", ".join(found.labels) or "none"
            remedy = replacement(strange[0], found.labels, "add it to `labels`, or delete it")
            self._refuse(grader, ("passing_labels", at), what, remedy, f"one of {listed}")
            return None
        if not set(found.labels) - set(found.passing_labels):
            what, remedy = "every label passes, so every answer does", "leave out those that fail"
            self._refuse(grader, ("passing_labels",), what, remedy, "some of the labels")
            return None
        passing = " or ".join(found.passing_labels)
        listed = ", ".join(found.labels)
        return False, f"Gets the label {passing} (of {listed}) by these words:\n{asked}", None

    def score_model(
        self, grader: Document, fields: Mapping[str, JsonValue]
    ) -> tuple[bool, str, Mapping[str, JsonValue] | None] | None:
        """Return a scoring as a criterion that judges decide."""
        found = self._read(grader, ScoreModel)
        if found is None:
            return None
        if found.pass_threshold is None:
            what, remedy = "the grader has no `pass_threshold`", "say from which score on it passes"
            self._refuse(grader, (), what, remedy, "a score that passes")
            return None
        low, high = found.range
        if low >= high:
            what, remedy = (
                f"the range goes from {low:g} to {high:g}",
                "write the lower one first",
            )
            self._refuse(grader, ("range",), what, remedy, "two figures, the lower one first")
            return None
        if not low < found.pass_threshold <= high:
            least = found.pass_threshold
            what = f"pass_threshold is {least:g}, the scores go from {low:g} to {high:g}"
            expected = "a score above the lowest, up to the highest"
            self._refuse(grader, ("pass_threshold",), what, "change the figure", expected)
            return None
        asked = self._asked(grader, found.input, fields)
        if not asked:
            return None
        return False, (
            f"Scores at least {found.pass_threshold:g}, of {low:g} to {high:g}, by these words:\n"
            f"{asked}"
        ), None  # fmt: skip

    def _asked(
        self, grader: Document, messages: tuple[EvalMessage, ...], fields: Mapping[str, JsonValue]
    ) -> str:
        told = [
            self._filled(grader, ("input", number), message.text, fields)
            for number, message in enumerate(messages)
        ]
        return "\n".join(one for one in told if one is not None)


READERS: Mapping[
    str,
    Callable[
        [_Eval, Document, Mapping[str, JsonValue]],
        tuple[bool, str, Mapping[str, JsonValue] | None] | None,
    ],
] = {
    "string_check": _Eval.string_check,
    "text_similarity": _Eval.text_similarity,
    "label_model": _Eval.label_model,
    "score_model": _Eval.score_model,
}
"""What reads each kind of grader that is one criterion."""


def kind_of(grader: JsonValue) -> str:
    """Return the kind of a grader; nothing where none is named."""
    kind = grader.get("type") if isinstance(grader, dict) else None
    return kind if isinstance(kind, str) else ""


def weights_of(formula: str) -> dict[str, float] | None:
    """Return the weight of each name in a sum; None of what is no sum."""
    weights: dict[str, float] = {}
    at = 0
    formula = formula.strip()
    while at < len(formula):
        found = TERM.match(formula, at)
        if found is None or found[2] in weights or (at and "+" not in found[0]):
            return None
        try:
            weights[found[2]] = float(found[1] or found[3] or 1)
        except ValueError:
            return None
        at = found.end() + len(formula[found.end() :]) - len(formula[found.end() :].lstrip())
    return weights or None
