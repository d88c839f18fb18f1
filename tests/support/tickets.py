"""Tickets as people paste them, a benchmark for them, and what of a draft is theirs."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.exam_files import exam_repository, write

SAMPLES = (
    Path(os.environ.get("MODELSMITH_SAMPLES") or Path(__file__).parents[3] / "shared")
    / "data"
    / "tickets"
)
"""Tickets that were not written for this; they lie outside of the repository."""

TICKET = """\
P2 booster pumps, from the night desk - for the exam set

Barrier pressure on pump 4 sank from 240 to 180 kPa within three days, vibration stayed where it
was. Inspection was on 5/4. The drawing has 40 ft of pipe, the order 2 km. What do we do
before the morning?

Maintenance: "bearing, seen it before". That is a trap, the vibration is flat.

A right answer
- cites barrier_kpa at its last value, 180
- gives the verdict seal-failure
- isolates the pump roughly within the hour

Bad: running it dry (the seal is gone then), "wait for the next shift", raising the pressure.
Draining first is arguable. Tone.
Bonus if it says what a spare seal costs. Thanks
"""

TABLE = """\
day (dd/mm/yyyy),barrier_kpa,vibration (mm/s),remarks
01/02/2026,240,1.4,"seal looks
wet"
02/02/2026,"210",,
03/02/2026,180,1.4,ok
"""

FRENCH = """\
Objet : la pompe 4 fuit

La pression de barrage passe de 2,4 \u00e0 1,8 bar en trois jours. Que faire avant le 5/4 ?

Ce que j'attends d'une bonne r\u00e9ponse :
- dire que la garniture fuit, pas le palier
- isoler la pompe

\u00c0 ne pas faire : accuser le palier (la vibration est plate), ou attendre la rel\u00e8ve. Merci
"""

CASES = """\
domain: cases
title: Cases as their desks tell them
owner: case-owners
version: 1
canary: 3b5c7a52-9f0e-4c55-8f6a-2a4d1c3e7f91
mechanic:
  field: setting
  schema: {type: object, additionalProperties: false, properties: {where: {type: string}}}
lenses: [operator, analyst]
categories:
  DIAGNOSIS: {title: Diagnosis}
  DECISION: {title: Decision}
answerFormat:
  instruction: "Answer as somebody who works at that desk, in your own words."
"""

ANSWERS = ("outcomeType=tp", "operatorLens=operator", "category=DIAGNOSIS")
"""What a person says that no ticket does."""


def ticket_repository(folder: Path) -> Path:
    """Write a benchmark with a form of answers and one of free text, and return the folder."""
    exam_repository(folder)
    write(folder, "benchmarks/cases/benchmark.yaml", CASES)
    for name, text in {"ticket": TICKET, "table": TABLE, "french": FRENCH}.items():
        write(folder, f"pasted/{name}.{'csv' if name == 'table' else 'txt'}", text)
    return folder


def words_in(text: str) -> list[str]:
    """Return the words and figures of a text, in lower case."""
    return re.findall(r"\w+", text.lower())


def sentences_of(fields: dict[str, Any]) -> Iterator[str]:
    """Yield each text of a draft that a model or a judge would read as somebody's words."""
    for name in ("description", "testObjective"):
        yield from (fields[name] or "").splitlines()
    for name in ("passCriteria", "failCriteria"):
        yield from (c if isinstance(c, str) else c["text"] for c in fields[name] or ())
    if isinstance(fields["domainInput"], str):
        yield from fields["domainInput"].splitlines()


def made_up(fields: dict[str, Any], ticket: str) -> list[str]:
    """Return the texts of a draft whose words do not stand in the ticket in that order."""
    source = words_in(ticket)

    def stands(words: list[str]) -> bool:
        at = 0
        for word in words:
            try:
                at = source.index(word, at) + 1
            except ValueError:
                return False
        return True

    return [text for text in sentences_of(fields) if not stands(words_in(text))]


def a_worded_draft() -> dict[str, Any]:
    """Return what a model says of the ticket: some of it rests on its words, some on none."""
    return {
        "description": [],
        "testObjective": [
            {
                "text": "Finds out whether a flat vibration is seen.",
                "quote": "That is a trap, the vibration is flat",
            }
        ],
        "passCriteria": [
            {
                "text": "Cites barrier_kpa at 180.",
                "quote": "cites barrier_kpa at its last value, 180",
            }
        ],
        "failCriteria": [
            {"text": "Runs the pump dry.", "quote": "running it dry"},
            {"text": "Blames the owner.", "quote": "the owner is to blame"},
            {"text": "Waits for 12 hours.", "quote": '"wait for the next shift"'},
            {"text": "Says nothing.", "quote": ""},
        ],
        "outcomeType": {"value": "fn-guard", "quote": "That is a trap, the vibration is flat"},
        "operatorLens": {"value": "", "quote": ""},
        "category": {"value": "SEALS", "quote": "it is the seal"},
        "questions": [
            {"field": "passCriteria", "question": "How fast is fast enough?"},
            {"field": "nobody", "question": "Who asks?"},
        ],
    }
