"""A benchmark in plain words as its expert writes it: prose criteria, prose input, free answers.

No check, no form, no verdict, no template. A question tells its figures in sentences; whoever reads
them knows what a right answer says, and a judge knows of an answer what its words say.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from modelsmith.exam.authoring.scenario_file import CANARY, schema_line
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.criteria_text import criteria_in
from modelsmith.exam.scenario import OutcomeType
from tests.support.exam_files import write
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.providers import Call, ProviderServer, provider_server
from tests.support.runs import word
from tests.support.wired_runs import inquiry_in

DOMAIN = "auctions"
GUID = "1d7e4a52-9f0e-4c55-8f6a-2a4d1c3e7f90"
SIZES = {"train": 6, "steer": 6, "sealed": 12}
TYPES = tuple(OutcomeType)
TRIES = 2
"""Labelled answers of a kind."""

BENCHMARK = f"""\
# yaml-language-server: $schema=../../schemas/benchmark.schema.json
domain: {DOMAIN}
title: Why a desk wins fewer auctions
owner: domain-owner
version: 1
canary: {GUID}
mechanic:
  field: auctionMechanic
  schema:
    type: object
    additionalProperties: false
    required: [pricing]
    properties:
      pricing: {{enum: [first-price, second-price]}}
lenses: [trader, engineer]
categories:
  SHADING: {{title: Bids that are cut too deep}}
  PACING: {{title: Bids that are never made}}
answerFormat:
  instruction: Answer as an analyst of a buying desk, in your own words.
"""

MODELS = """\
models:
  - name: desk-judge
    provider: own-servers
    family: own
    api: openai
    model: judge-1-2026-01-01
    url: http://127.0.0.1:{port}/v1
    inside: true
    priceUsdPerMillion: {{read: 0, written: 0}}
    limits: {{concurrency: 16, requestsPerMinute: 60000}}
"""
"""A judge on a server of one's own."""


class Cause(NamedTuple):
    """What a right answer says where this is the case, and the mistake that is made instead."""

    says: str
    advises: str
    mistake: str


EASE, LIFT = "ease the discount", "lift the throttle"
CAUSES: Mapping[str, Cause] = {
    "SHADING": Cause("the discount cuts bids too deep", EASE, LIFT),
    "PACING": Cause("the throttle keeps bids back", LIFT, EASE),
    "": Cause("neither of the two has moved", "ask who else began to bid", EASE),
}
ALONE, PAID = "the share won proves nothing alone", "the winner pays what it bid"
PHRASES = (ALONE, PAID, EASE, LIFT, *(one.says for one in CAUSES.values()))
PHRASES += (CAUSES[""].advises,)

STORIES = {
    OutcomeType.TP: "wins fewer auctions than it did, and trading and engineering blame each other",
    OutcomeType.TN: "had a quiet fortnight, and asks whether anything needs to be set otherwise",
    OutcomeType.FP_GUARD: "is told by its vendor that its settings are wrong and must change today",
    OutcomeType.FN_GUARD: "is praised for its savings, and nobody asks what it no longer buys",
}
FIGURES = re.compile(
    r"Desk (?P<desk>\w+):.*discount stood at (?P<discount>[\d, and]+) percent"
    r".*throttle was active for (?P<throttle>[\d, and]+) percent",
    re.DOTALL,
)


def answer_in_words(question: str, *, right: bool) -> str:
    """Return what follows from the figures that a question tells, or a hasty guess."""
    found = FIGURES.search(question)
    if found is None:
        return "I cannot say."
    series = {"SHADING": _numbers(found["discount"]), "PACING": _numbers(found["throttle"])}
    moved = [name for name, (first, *_, last) in series.items() if last > 2 * first]
    desk, cause = found["desk"], CAUSES[moved[0] if moved else ""]
    if not right:
        return f"Desk {desk} wins less, and that settles it: {cause.mistake} at {desk}."
    discount, throttle = (figures[-1] for figures in series.values())
    return (
        f"At {desk} {ALONE}. With the discount at {discount} percent and the throttle at "
        f"{throttle}, {cause.says}; {desk} should {cause.advises}. Here {PAID}."
    )


def _numbers(words: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", words)]


def truth_in_words(criterion: str, shown: str, _: str = "") -> Outcome | None:
    """Return whether an answer says what a criterion speaks of; none where it says nothing."""
    (wanted,) = [words for words in PHRASES if words in criterion]
    if not any(words in shown for words in PHRASES):
        return None
    return Outcome.MET if wanted in shown else Outcome.NOT_MET


def judging_server(temper: Temper) -> AbstractContextManager[ProviderServer]:
    """Return a server of one's own, behind which a judge decides by the truth and errs so often."""
    frontier = ScriptedFrontier({"desk-judge": temper}, truth_in_words)

    def script(call: Call) -> str:
        return frontier.ask("desk-judge", [inquiry_in(call)], "judges")[0].text

    return provider_server(script)


class PlainScenario(NamedTuple):
    """One scenario as its author writes it."""

    name: str
    split: str
    text: str
    question: str
    criteria: Mapping[str, str]


def plain_benchmark(root: Path, *, right: int) -> None:
    """Write the benchmark, with labelled answers to each train scenario.

    Args:
        root: The repository.
        right: Train scenarios with right answers among them.
    """
    folder = f"benchmarks/{DOMAIN}"
    write(root, f"{folder}/benchmark.yaml", BENCHMARK)
    for number, one in enumerate(_scenarios()):
        write(root, f"{folder}/{one.split}/{one.name}.yaml", one.text)
        if one.split == "train":
            write(root, f"{folder}/exam/{one.name}.yaml", _sheet(one, has_right=number < right))


def _scenarios() -> Iterator[PlainScenario]:
    number = 0
    for split, size in SIZES.items():
        for place in range(size):
            number += 1
            kind, category = TYPES[place % 4], ("SHADING", "PACING")[(place // 4) % 2]
            yield _scenario(number, split, kind, category)


def _scenario(number: int, split: str, kind: OutcomeType, category: str) -> PlainScenario:
    desk, first = word(number).capitalize(), 10 + number
    moved, steady = (first, 2 * first, 3 * first), (first + 1, first, first + 1)
    told = {
        name: "{}, {} and {}".format(*(moved if kind.flags and name == category else steady))
        for name in ("SHADING", "PACING")
    }
    cause = CAUSES[category if kind.flags else ""]
    passes = (
        f"Says that {ALONE}. Says that {cause.says}, e.g. by its last figure. Recommends to "
        f"{cause.advises}. Knows that {PAID}, as in first-price auctions of the U.S. exchanges."
    )
    fails = f"Recommends to {cause.mistake}, as if the share won were proof."
    sellers = ", ".join(word(60 + 36 * number + at) for at in range(36))
    given = (
        f"Desk {desk}: weekly export, oldest first, nothing concluded yet. The discount stood at "
        f"{told['SHADING']} percent. At {desk} the throttle was active for {told['PACING']} "
        f"percent of the day. It buys from {sellers}."
    )
    name = f"{split}_{desk}_{kind.value.replace('-', '_')}".upper()
    lines = [schema_line(DOMAIN), *([CANARY.format(guid=GUID)] if split == "sealed" else [])]
    lines += [
        f"id: {name}",
        f"outcomeType: {kind.value}",
        f"operatorLens: {'trader' if number % 2 else 'engineer'}",
        f"category: {category}",
        "auctionMechanic: {pricing: first-price}",
    ]
    prose = {
        "description": f"{desk} {STORIES[kind]}.",
        "testObjective": "Finds out whether the model keeps apart what looks alike from far.",
        "passCriteria": passes,
        "failCriteria": fails,
        "domainInput": given,
    }
    lines += [f"{field}: >-\n  {words}" for field, words in prose.items()]
    criteria = {f"P{at}": one for at, one in enumerate(criteria_in(passes), 1)}
    criteria |= {f"F{at}": one for at, one in enumerate(criteria_in(fails), 1)}
    return PlainScenario(name, split, "\n".join(lines) + "\n", given, criteria)


def _sheet(one: PlainScenario, *, has_right: bool) -> str:
    """Return what people labelled: right answers, one that forgets a thing, hasty ones."""
    right, hasty = (answer_in_words(one.question, right=is_right) for is_right in (True, False))
    texts = {"R": right} if has_right else {}
    texts |= {"V": right.partition(" Here ")[0], "W": hasty}
    answers = [
        {
            "id": f"{letter}{number}",
            "kind": "right" if letter == "R" else "plausible-wrong",
            "text": f"{text} Try {number} at {one.name.lower()}.",
            "labels": {
                key: (truth_in_words(words, text) or Outcome.NOT_MET).value
                for key, words in one.criteria.items()
            },
        }
        for letter, text in texts.items()
        for number in range(1, TRIES + 1)
    ]
    schema = "# yaml-language-server: $schema=../../../schemas/exam.schema.json"
    return f"{schema}\nscenario: {one.name}\nanswers: {json.dumps(answers)}\n"
