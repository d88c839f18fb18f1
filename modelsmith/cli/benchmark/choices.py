"""What the author of a new benchmark chooses, as words of a command line, and the record of it.

Each choice is a list of words: one for each time that its option is given, or a line typed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from modelsmith.documents.diagnostic import Loc
from modelsmith.documents.validation_messages import SchemaIndex, remark_beside_files
from modelsmith.errors import UsageError
from modelsmith.exam.authoring.to_confirm import TO_CONFIRM
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario
from modelsmith.record import JsonDict

Choices = Mapping[str, Sequence[str]]


class BenchmarkQuestion(NamedTuple):
    """One choice: an option of the command, and what is asked for it on a terminal."""

    option: str
    """Name of the option, without its dashes."""
    asked: str
    """What is asked."""
    form: str
    """How it is written."""
    default: str | None = None
    """What stands where nobody says anything; none where somebody must."""
    is_list: bool = False
    """Whether it may be given several times."""


QUESTIONS = (
    BenchmarkQuestion("title", "What the exam is about", "a line"),
    BenchmarkQuestion("owner", "Who reviews changes to it", "a role or a team", "domain-owner"),
    BenchmarkQuestion("instruction", "How an answer is written", "a sentence to the model"),
    BenchmarkQuestion("lens", "Whose eyes answers are written for", "a, b", is_list=True),
    BenchmarkQuestion("mechanic", "The field of a scenario that is your domain's own", "aName", ""),
    BenchmarkQuestion("part", "What that field says", "NAME=a,b", is_list=True),
    BenchmarkQuestion(
        "field", "The fields of an answer, none for free text", "NAME=KIND", "", is_list=True
    ),
    BenchmarkQuestion("clear", "The verdict that says there is no problem, if any", "a-label", ""),
    BenchmarkQuestion("category", "The capabilities that are examined", "ID=TITLE", is_list=True),
    BenchmarkQuestion("verdicts", "Their verdicts, none for free text", "ID=a,b", "", is_list=True),
    BenchmarkQuestion("language", "The language that it is written in", "ISO 639", "en"),
)
"""The choices, in the order that they are asked in: each may rest on those before it."""

STAND_INS: Choices = {
    "title": ("An exam",),
    "instruction": ("Answer in your own words.",),
    "lens": ("reader",),
    "part": ("kind=any",),
    "category": ("ANY=Any",),
}
"""What is taken for choices that nobody made yet, to say of the others what is wrong."""

KINDS = {
    "text": ("opens", "CAUSE=text: Says that"),
    "choice": ("choices", "VERDICT=choice, or SEVERITY=choice: low, high"),
    "set": ("choices", "TEAMS=set: network, storage"),
    "figures": ("atMost", "EVIDENCE=figures: 3"),
}
"""Kinds of field, what stands behind the colon, and an example."""

CATEGORY_ID = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
PART_NAME = re.compile(r"[a-z][A-Za-z0-9]*")

OPTIONS_AT: Mapping[Loc, str] = {
    ("mechanic", "field"): "mechanic",
    ("mechanic",): "part",
    ("lenses",): "lens",
    ("categories",): "category",
    ("answerFormat", "instruction"): "instruction",
    ("answerFormat",): "field",
    (): "verdicts",
}
"""Places in the record to the options that they come from, where the names differ."""


def benchmark_from(domain: str, choices: Choices, canary: str) -> Benchmark:
    """Return the benchmark that was chosen.

    Raises:
        UsageError: what is wrong with each choice, by option.
    """
    found = faults_in(domain, choices, canary)
    if found:
        listed = "".join(f"\n  --{option}: {fault}" for option, fault in found.items())
        remedy = "Correct that; `modelsmith benchmark new --help` shows an example of each option."
        raise UsageError(f"of this no benchmark can be made:{listed}", remedy=remedy)
    return Benchmark.model_validate(document_of(domain, choices, canary), strict=False)


def faults_in(domain: str, choices: Choices, canary: str) -> dict[str, str]:
    """Return what is wrong with each choice, by option."""
    given = {**STAND_INS, **{name: said for name, said in choices.items() if said}}
    found = {option: fault for option in given if (fault := _fault(option, given))}
    if found:
        return found
    said = document_of(domain, given, canary)
    try:
        Benchmark.model_validate(said, strict=False)
    except ValidationError as error:
        shape = SchemaIndex(Benchmark, {})
        for detail in error.errors(include_url=False):
            loc: Loc = detail["loc"]
            remark = remark_beside_files(detail, loc, shape, said)
            found.setdefault(
                _option_at(loc), f"{remark.what}; expected {remark.expected}; fix: {remark.remedy}"
            )
    return found


def document_of(domain: str, choices: Choices, canary: str) -> JsonDict:
    """Return benchmark.yaml's content."""
    said = {name: words[0] for name, words in choices.items() if words}
    fields = [_field(word) for word in choices.get("field", ())]
    clear, verdicts = said.get("clear"), _verdicts(choices)
    chooses = [one for one in fields if one["kind"] == "choice" and "choices" not in one]
    if clear and chooses:
        chooses[0]["clear"] = clear
        verdicts = {name: [*dict.fromkeys((*v, clear))] for name, v in verdicts.items()}
    categories: JsonDict = {}
    for name, title in map(_pair, choices["category"]):
        more = {"verdicts": verdicts[name]} if name in verdicts else {}
        free = {"freeText": True} if chooses and name not in verdicts else {}
        categories[name] = {"title": title or _worded(name), **more, **free}
    parts = {name: {"enum": _words(listed)} for name, listed in map(_pair, choices["part"])}
    return {
        "domain": domain,
        "title": said["title"],
        "owner": said.get("owner", "domain-owner"),
        "language": said.get("language", "en"),
        "version": 1,
        "canary": canary,
        "mechanic": {
            "field": said.get("mechanic") or mechanic_of(domain),
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": [*parts],
                "properties": parts,
            },
        },
        "lenses": [*dict.fromkeys(one for word in choices["lens"] for one in _words(word))],
        "categories": categories,
        "answerFormat": {"instruction": said["instruction"], "fields": fields},
    }


def mechanic_of(domain: str) -> str:
    """Return what the mechanic of a benchmark is called where nobody says it."""
    first, *more = domain.split("-")
    return "".join((first, *map(str.capitalize, more), "Mechanic"))


def takes_verdicts(choices: Choices) -> bool:
    """Return whether the answer has a field that takes the verdicts of its category."""
    return any(_kind(_pair(word)[1]) == ("choice", "") for word in choices.get("field", ()))


def _fault(option: str, choices: Choices) -> str:
    """Return what keeps the words of one option from being read, or nothing."""
    names = [_pair(word)[0] for word in choices[option]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if option in {"category", "part", "verdicts", "field"} and twice:
        return f"{twice[0]} is there twice"
    faults = (
        _word_fault(option, word, choices) or _twice(option, word) for word in choices[option]
    )
    return next(filter(None, faults), "")


def _twice(option: str, word: str) -> str:
    """Return that a word of a list is there twice, or nothing."""
    said = {"lens": word, "field": _kind(_pair(word)[1])[1]}.get(option, _pair(word)[1])
    listed = _words(said) if option in {"lens", "part", "verdicts", "field"} else []
    again = next((one for one in listed if listed.count(one) > 1), None)
    return f"{word!r} holds {again} twice" if again else ""


def _word_fault(option: str, word: str, choices: Choices) -> str:  # noqa: PLR0911 - a rule a line
    name, said = _pair(word)
    known = [_pair(one)[0] for one in choices["category"]]
    others = {*Scenario.model_json_schema(by_alias=True)["properties"], TO_CONFIRM}
    if option == "mechanic" and word in others:
        return f"{word} is another field of every scenario"
    if option == "lens" and not all(2 <= len(one) <= 60 for one in _words(word)):  # noqa: PLR2004
        return f"{word!r} holds one that is too short or too long; expected 2 to 60 characters each"
    if option == "category" and not CATEGORY_ID.fullmatch(name):
        return f"{name!r} is no id; expected capitals, digits and underscores: DATA_LOSS=Data loss"
    if option == "part" and not PART_NAME.fullmatch(name):
        return f"{name!r} is no name; expected letters and digits, a small letter first: foundBy"
    if option == "part" and not _words(said):
        return f"{word!r} says no values; expected NAME=a,b: layer=network,storage"
    if option == "verdicts" and (name not in known or not _words(said)):
        return f"{word!r} is of no category; expected ID=a,b, ID one of {', '.join(known)}"
    if option == "field":
        kind, more = _kind(said)
        if kind not in KINDS or (kind == "figures" and not (more or "1").isdecimal()):
            shapes = "; ".join(example for _, example in KINDS.values())
            return f"{word!r} is no field; expected one of {shapes}"
    if option == "clear" and word and not takes_verdicts(choices):
        return f"no field takes {word}; expected `--field VERDICT=choice` beside it"
    return ""


def _field(word: str) -> JsonDict:
    name, said = _pair(word)
    kind, more = _kind(said)
    key = KINDS[kind][0]
    value: Any = int(more) if kind == "figures" and more else _words(more)
    if kind == "text":
        value = [f"{one} " for one in value]
    return {"name": name, "kind": kind} | ({key: value} if value else {})


def _kind(said: str) -> tuple[str, str]:
    kind, _, more = said.partition(":")
    return kind.strip(), more.strip()


def _verdicts(choices: Choices) -> dict[str, list[str]]:
    return {name: _words(said) for name, said in map(_pair, choices.get("verdicts", ()))}


def _pair(word: str) -> tuple[str, str]:
    name, _, said = word.partition("=")
    return name.strip(), said.strip()


def _words(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",") if word.strip()]


def _worded(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _option_at(loc: Loc) -> str:
    if loc[-1:] in {("verdicts",), ("clear",)}:
        return str(loc[-1])
    if "verdicts" in loc:
        return "verdicts"
    for length in range(len(loc), -1, -1):
        if loc[:length] in OPTIONS_AT:
            return OPTIONS_AT[loc[:length]] if length or not loc else str(loc[0])
    return str(loc[0])
