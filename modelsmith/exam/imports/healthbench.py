"""HealthBench: JSON Lines of conversations, each with criteria by points (OpenAI, simple-evals)."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.documents.located_json import parsed_json_lines
from modelsmith.exam.imports.imported import (
    ForeignRecord,
    Imported,
    ImportedCriterion,
    ImportSource,
    SourceReader,
    fields_of,
    unread_in,
)
from modelsmith.record import NonEmpty

KEPT = ("prompt_id", "prompt[].role", "prompt[].content", "rubrics[].criterion", "rubrics[].points")


class HealthBenchTurn(ForeignRecord):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    content: NonEmpty
    """What is said."""


class HealthBenchCriterion(ForeignRecord):
    """One line of a rubric."""

    criterion: NonEmpty
    """What is decided."""
    points: Annotated[float, Field(ge=-100, le=100)]
    """What it counts where it is met; below zero for a mistake."""


class HealthBenchExample(ForeignRecord):
    """One line of the file."""

    prompt_id: NonEmpty
    """Name of the example."""
    prompt: Annotated[tuple[HealthBenchTurn, ...], Field(min_length=1)]
    """The conversation, up to what is to be answered."""
    rubrics: Annotated[tuple[HealthBenchCriterion, ...], Field(min_length=1)]
    """What is decided of an answer."""


def read_healthbench(path: str, content: bytes) -> ImportSource:
    """Return the examples of a HealthBench file."""
    documents, problems = parsed_json_lines(path, content)
    reader = SourceReader(path, problems)
    for document in documents:
        found = reader.read(document, HealthBenchExample)
        if found is None:
            continue
        lines = [
            ImportedCriterion(one.criterion, ("rubrics", number), points=one.points)
            for number, one in enumerate(found.rubrics)
        ]
        reader.unread.update(unread_in(document.value, KEPT))
        reader.examples.append(
            Imported(
                document,
                (),
                found.prompt_id,
                tuple((turn.role, turn.content) for turn in found.prompt),
                ("prompt",),
                tuple(one for one in lines if one.points is None or one.points >= 0),
                tuple(one for one in lines if one.points is not None and one.points < 0),
                fields_of(document.value),
            )
        )
    return reader.source()
