"""promptfoo's YAML: one prompt, tests with variables, assertions on the answer.

| assertion                            | becomes                                             |
|--------------------------------------|-----------------------------------------------------|
| `contains`, `icontains`, `-any`, `-all` | a criterion with a check of phrases              |
| `equals`, `regex`                    | a criterion with a pattern                          |
| `llm-rubric`                         | a criterion that judges decide                      |
| the same behind `not-`               | a fail criterion                                    |
| `javascript`, `python`, `webhook`    | refused: code of others is never run                |

An assertion's weight becomes points. Without a threshold every assertion of a test has to hold,
as every required criterion has here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, JsonValue

from modelsmith.documents.diagnostic import replacement
from modelsmith.documents.strict_yaml import Document, parsed
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
from modelsmith.exam.imports.wordings import Sought, containing, equalling, matching

CODE = ("javascript", "python", "ruby", "webhook")
PHRASES = (
    "contains", "icontains", "contains-any", "icontains-any", "contains-all", "icontains-all",
)  # fmt: skip
KNOWN = (*PHRASES, "equals", "regex", "llm-rubric")
KEPT = ("prompts", "tests", "defaultTest.vars", "defaultTest.assert")
TEST_KEPT = ("description", "vars", "assert")
LISTED = re.compile(r'\s*"([^"]*)"\s*(?:,|$)|([^,]+)')
"""A text of several that commas part."""
ASSERT_KEPT = ("type", "value", "weight")


class PromptfooAssertion(ForeignRecord):
    """One assertion."""

    type: str
    """Its kind."""
    value: JsonValue = None
    """What is looked for, or the rubric."""
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """What it counts."""


class PromptfooTest(ForeignRecord):
    """One test, or what all have by default."""

    description: str = ""
    """What it is called."""
    vars: Mapping[str, JsonValue] = {}
    """Values of the prompt's variables."""


class PromptfooConfig(ForeignRecord):
    """The whole file."""

    prompts: Annotated[tuple[JsonValue, ...] | str, Field()]
    """What the model is asked."""
    tests: Annotated[tuple[Mapping[str, JsonValue], ...], Field(min_length=1)]
    """The tests."""


def read_promptfoo(path: str, content: bytes) -> ImportSource:
    """Return the tests of a promptfoo file."""
    return source_of(
        path, parsed(path, content), PromptfooConfig, lambda *found: _Config(*found).read()
    )


class _Config:
    """One file while it is read."""

    def __init__(self, document: Document, reader: SourceReader) -> None:
        self._document, self._reader = document, reader

    def read(self) -> None:
        reader, value = self._reader, self._document.value
        reader.unread.update(unread_in(value, KEPT))
        prompt = self._prompt()
        shared, asserted = self._defaults()
        tests = part_of(self._document, "tests")
        for number in range(len(tests.value)):
            test = part_of(tests, number)
            found = reader.read(test, PromptfooTest)
            if found is not None and prompt is not None:
                fields = {**shared, **found.vars}
                self._test(
                    test, found.description or f"test {number + 1}", prompt, fields, asserted
                )

    def _prompt(self) -> str | None:
        """Return the one prompt, as a text; a list of messages as JSON."""
        prompts = self._document.value["prompts"]
        several = [prompts] if isinstance(prompts, str) else prompts
        if len(several) != 1:
            what = f"there are {len(several)} prompts"
            remedy = "keep the one that the scenarios are to ask with"
            self._refuse(("prompts",), what, "one prompt", remedy)
            return None
        prompt: Any = several[0]
        if isinstance(prompt, dict):
            prompt = prompt.get("raw", prompt.get("id"))
        if isinstance(prompt, list):
            return json.dumps(prompt)
        if not isinstance(prompt, str) or prompt.startswith("file://"):
            remedy = "write the prompt itself there"
            self._refuse(("prompts",), "the prompt is not in the file", "a text", remedy)
            return None
        return prompt

    def _defaults(self) -> tuple[Mapping[str, JsonValue], list[Document]]:
        default = self._document.value.get("defaultTest")
        if not isinstance(default, dict):
            return {}, []
        part = part_of(self._document, "defaultTest")
        found = self._reader.read(part, PromptfooTest)
        return (found.vars if found else {}), self._assertions(part)

    def _assertions(self, test: Document) -> list[Document]:
        if test.value.get("assert") is None:
            return []
        listed = part_of(test, "assert")
        if not isinstance(listed.value, list):
            what, remedy = "`assert` is no list", "write `- type: ...` lines"
            self._reader.refuse(listed, (), what, "a list of assertions", remedy)
            return []
        return [part_of(listed, number) for number in range(len(listed.value))]

    def _test(
        self,
        test: Document,
        name: str,
        prompt: str,
        fields: Mapping[str, JsonValue],
        asserted: list[Document],
    ) -> None:
        reader = self._reader
        own = self._assertions(test)
        for one in unread_in(test.value, TEST_KEPT):
            reader.unread.update([*fields_of({one: test.value[one]})] or [one])
        passing, failing = list[ImportedCriterion](), list[ImportedCriterion]()
        for assertion in (*asserted, *own):
            for is_mistake, criterion in self._criterion(assertion, fields):
                (failing if is_mistake else passing).append(criterion)
        given = self._given(test, prompt, fields)
        if given is None:
            return
        if not passing and not any(problem.severity == "error" for problem in reader.problems):
            what = "no assertion says what a right answer does"
            remedy = "add one that is not behind `not-`, with a weight above 0"
            reader.refuse(test, ("assert",), what, "one at least", remedy)
        told = fields_of({**test.value, "vars": dict(fields)})
        reader.examples.append(
            Imported(test, (), name, given, ("vars",), tuple(passing), tuple(failing), told)
        )

    def _given(
        self, test: Document, prompt: str, fields: Mapping[str, JsonValue]
    ) -> str | tuple[tuple[str, str], ...] | None:
        for name, value in fields.items():
            if isinstance(value, list) or (isinstance(value, str) and value.startswith("file://")):
                is_list = isinstance(value, list)
                what = (
                    f"{name} is a list, which makes a test of each"
                    if is_list
                    else (f"{name} is not in the file")
                )
                remedy = "write a test for each" if is_list else "write its text there"
                self._reader.refuse(test, ("vars", name), what, "one text", remedy)
                return None
        messages = _messages(prompt)
        if messages and not self._reader.examples:
            self._count(prompt)
        turns = []
        for role, content in messages or (("", prompt),):
            text, fault = filled(content, fields)
            if fault:
                remedy = "write the text out, with variables of the test as {{name}}"
                self._refuse(("prompts",), fault, "variables alone", remedy)
                return None
            turns.append((role, text))
        said = tuple(_messages(turns[0][1])) if not messages else tuple(turns)
        if said and not messages:
            self._count(turns[0][1])
        return said or turns[0][1]

    def _count(self, prompt: str) -> None:
        """Count what else the messages of a prompt say."""
        for message in json.loads(prompt):
            names = sorted(message.keys() - {"role", "content"})
            self._reader.unread.update(f"prompts[].{name}" for name in names)

    def _criterion(
        self, assertion: Document, fields: Mapping[str, JsonValue]
    ) -> Iterator[tuple[bool, ImportedCriterion]]:
        """Yield an assertion as a criterion, and whether it is a mistake."""
        reader, before = self._reader, len(self._reader.problems)
        found = reader.read(assertion, PromptfooAssertion)
        if found is not None:
            names = unread_in(assertion.value, ASSERT_KEPT)
            reader.unread.update(f"assert[].{name}" for name in names)
            is_mistake, kind = found.type.startswith("not-"), found.type.removeprefix("not-")
            made = self._made(assertion, kind, found, fields)
            if made is not None and found.weight == 0:
                reader.unread["assert[] with weight 0"] += 1
            elif made is not None:
                text, check = made
                points = -found.weight if is_mistake else found.weight
                yield (
                    is_mistake,
                    ImportedCriterion(text, ("value",), points, check=check, document=assertion),
                )
        new = [one for one in reader.problems[before:] if one not in reader.problems[:before]]
        reader.problems[before:] = new

    def _made(
        self,
        assertion: Document,
        kind: str,
        found: PromptfooAssertion,
        fields: Mapping[str, JsonValue],
    ) -> tuple[str, Mapping[str, JsonValue] | None] | None:
        reader = self._reader
        if kind in CODE:
            what = f"an assertion of kind {kind} is code, which is never run here"
            remedy = "say in words what it looks for, as an llm-rubric"
            reader.refuse(assertion, ("type",), what, f"one of {', '.join(KNOWN)}", remedy)
            return None
        if kind not in KNOWN:
            what, expected = f"an assertion of kind {kind}", f"one of {', '.join(KNOWN)}"
            remedy = replacement(kind, KNOWN, "say it as an llm-rubric")
            reader.refuse(assertion, ("type",), what, expected, remedy)
            return None
        values = self._values(assertion, found.value, fields)
        if isinstance(found.value, str) and kind.endswith(("-any", "-all")):
            values = [part for said in values for part in _listed(said)]
        if not values:
            return None
        if kind == "llm-rubric":
            return values[0], None
        sought = _sought(kind, values)
        if isinstance(sought, str):
            reader.refuse(assertion, ("value",), sought, "a text to look for", "shorten it")
            return None
        text, check, change = sought
        reader.changed[change] += 1
        return text, check

    def _values(
        self, assertion: Document, value: JsonValue, fields: Mapping[str, JsonValue]
    ) -> list[str]:
        given = value if isinstance(value, list) else [value]
        said = []
        for one in given:
            if not isinstance(one, str | int | float) or isinstance(one, bool) or one == "":
                what, remedy = "nothing, or no text, is looked for", "write it as `value`"
                self._reader.refuse(assertion, ("value",), what, "a text", remedy)
                return []
            text, fault = (
                ("", "it is not in the file")
                if str(one).startswith("file://")
                else (filled(str(one), fields))
            )
            if fault:
                remedy = "write the text out, with variables of the test as {{name}}"
                self._reader.refuse(assertion, ("value",), fault, "a text", remedy)
                return []
            said.append(text)
        return said

    def _refuse(self, loc: tuple[str, ...], what: str, expected: str, remedy: str) -> None:
        """Note a problem of the whole file once, whatever the number of tests."""
        before = len(self._reader.problems)
        self._reader.refuse(self._document, loc, what, expected, remedy)
        if self._reader.problems[-1] in self._reader.problems[:before]:
            self._reader.problems.pop()


def _listed(said: str) -> list[str]:
    """Return the texts that promptfoo takes from one: commas part them, but not within quotes."""
    parts = (quoted or plain for quoted, plain in LISTED.findall(said))
    return [part.strip() for part in parts if part.strip()]


def _sought(kind: str, values: list[str]) -> Sought | str:
    if kind == "equals":
        return equalling(values[0])
    if kind == "regex":
        return matching(values[0])
    return containing(values, every=kind.endswith("-all"))


def _messages(prompt: str) -> list[tuple[str, str]]:
    """Return the messages of a prompt that is a JSON list of them; none where it is a text."""
    try:
        value = json.loads(prompt)
    except ValueError:
        return []
    if not isinstance(value, list) or not value:
        return []
    found = []
    for one in value:
        if not isinstance(one, dict) or not {"role", "content"} <= one.keys():
            return []
        found.append((str(one["role"]), str(one["content"])))
    return found
