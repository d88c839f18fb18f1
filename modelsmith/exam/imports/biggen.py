"""BiGGen-Bench and its like: a JSON object or list of instances, each graded by five levels."""

from modelsmith.documents.located_json import parsed_json
from modelsmith.exam.imports.imported import (
    ForeignRecord,
    Imported,
    ImportedCriterion,
    ImportSource,
    SourceReader,
    fields_of,
    parts_of,
    unread_in,
)
from modelsmith.record import NonEmpty

LEVELS = ("score1", "score2", "score3", "score4", "score5")
KEPT = (
    "id", "system_prompt", "input", "score_rubric.criteria",
    *(f"score_rubric.{level}_description" for level in LEVELS),
)  # fmt: skip


class ScoreRubric(ForeignRecord):
    """What is graded, and what each of the five levels looks like."""

    criteria: NonEmpty
    """What the judge asks of an answer."""
    score1_description: NonEmpty
    """The worst level."""
    score2_description: NonEmpty
    """The second."""
    score3_description: NonEmpty
    """The third."""
    score4_description: NonEmpty
    """The fourth."""
    score5_description: NonEmpty
    """The best level."""


class BiggenInstance(ForeignRecord):
    """One instance."""

    id: NonEmpty
    """Name of the instance."""
    system_prompt: str = ""
    """What the model is told first."""
    input: NonEmpty
    """What it is asked."""
    score_rubric: ScoreRubric
    """How its answer is graded."""


def read_biggen(path: str, content: bytes) -> ImportSource:
    """Return the instances of a BiGGen-style file."""
    document, problems = parsed_json(path, content)
    reader = SourceReader(path, problems)
    if document is None:
        return reader.source()
    value = document.value
    if not isinstance(value, dict | list) or not value:
        what, expected = "there are no instances", "an object of instances by id, or a list of them"
        reader.refuse(document, (), what, expected, "check --format")
        return reader.source()
    parts = parts_of(document)
    for key in value if isinstance(value, dict) else range(len(value)):
        part = parts[key]
        found = reader.read(part, BiggenInstance)
        if found is None:
            continue
        if isinstance(key, str) and found.id != key:
            what, remedy = f"id {found.id} stands under the name {key}", "rename one of the two"
            reader.refuse(part, ("id",), what, "the name that it stands under", remedy)
        rubric = found.score_rubric
        levels = tuple(getattr(rubric, f"{level}_description") for level in LEVELS)
        system = found.system_prompt.strip()
        asked = (("user", found.input),)
        reader.unread.update(unread_in(part.value, KEPT))
        reader.examples.append(
            Imported(
                part,
                (),
                found.id,
                ((("system", system), *asked) if system else asked),
                ("input",),
                (ImportedCriterion(rubric.criteria, ("score_rubric",), levels=levels),),
                fields=fields_of(part.value),
            )
        )
    return reader.source()
