"""A scenario and its variants: worlds a template can draw, with or without flipping the verdict.

A family lies in one file of `families/`, which says where its template's lines stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Literal, Protocol

from pydantic import Field, field_validator

from modelsmith.documents.diagnostic import Diagnostic, Position, Remark, error, located
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import document_with
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen
from modelsmith.exam.composed_answer import answerability_of
from modelsmith.exam.scenario import AGAIN, DRAWN, FAMILY_MARK, Scenario
from modelsmith.record import Record

WorldRelation = Literal["same", "flip"]
Relation = Literal["same", "flip", "any"]

World = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)]


FAMILIES = "families"
"""Folder of the templates, beside the splits."""

TEMPLATE = ("template",)
"""Where the template stands in a family's file."""


class Family(Record):
    """The template that makes variants of one scenario."""

    parent: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")]
    """Id of the scenario whose variants it makes."""
    worlds: Annotated[
        Mapping[World, WorldRelation],
        Field(min_length=1, json_schema_extra={"additionalProperties": False}),
    ]
    """Each world the template can draw: `same` keeps the parent's verdict, `flip` changes it."""
    template: Annotated[str, Field(min_length=1, max_length=20_000)]
    """Jinja2, rendered in a sandbox to a YAML mapping of the fields that differ from the parent."""

    @field_validator("worlds")
    @classmethod
    def _are_told_apart(cls, worlds: Mapping[str, str]) -> Mapping[str, str]:
        known: dict[str, str] = {}
        for world in worlds:
            if spelled(world) == AGAIN:
                raise ValueError(
                    f"{world} is what a repeat of a question is called; fix: rename the world"
                )
            twin = known.setdefault(spelled(world), world)
            if twin != world:
                raise ValueError(
                    f"{twin} and {world} give their variants the same ids; fix: rename one of them"
                )
        return worlds

    def worlds_that(self, relation: Relation) -> tuple[str, ...]:
        """Return the names of the worlds with this relation, sorted, `same` before `flip`."""
        ranked = sorted(self.worlds, key=lambda world: (self.worlds[world] == "flip", world))
        return tuple(world for world in ranked if relation in {"any", self.worlds[world]})

    def variant_id(self, world: str, number: int, seed: int) -> str:
        """Return the id of a variant: the parent's, then the world, the seed and the number."""
        return variant_id(self.parent, world, number, seed)

    def world_of(self, variant_id: str) -> str:
        """Return the world in the id of a variant; empty if the template did not draw it."""
        return world_among(self.worlds, variant_id)


def variant_id(parent: str, world: str, number: int, seed: int) -> str:
    """Return the id of a variant: the parent's, then the world, the seed and the number."""
    return f"{parent}{FAMILY_MARK}{spelled(world)}{seed}V{number}"


def world_among(worlds: Iterable[str], variant: str) -> str:
    """Return the one of `worlds` that stands in the id of a variant; empty where none does."""
    drawn = DRAWN.fullmatch(variant.partition(FAMILY_MARK)[2])
    return next((world for world in worlds if drawn and spelled(world) == drawn[1]), "")


def spelled(world: str) -> str:
    """Return the name of a world as an id spells it."""
    return world.upper().replace("-", "")


def verdicts_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the labels that pass, sorted; where no check names one, whether a problem is seen."""
    checks = [criterion.check for criterion in scenario.pass_criteria]
    labels = {check.verdict for check in checks if isinstance(check, Verdict)}
    labels |= {check.choice for check in checks if isinstance(check, Chosen)}
    return tuple(sorted(labels)) or ("a problem" if scenario.outcome_type.flags else "no problem",)


def variant_remarks(
    benchmark: Benchmark, family: Family, parent: Scenario, variant: Scenario, world: str
) -> Iterator[Remark]:
    """Yield what keeps a variant from teaching what its world promises."""
    ours, theirs = (", ".join(verdicts_of(scenario)) for scenario in (variant, parent))
    relation = family.worlds[world]
    if (ours == theirs) != (relation == "same"):
        other = "flip" if relation == "same" else "same"
        kept = f"a verdict other than {theirs}" if relation == "flip" else theirs
        what = f"world {world} is marked `{relation}`, its verdict is {ours}, the parent's {theirs}"
        remedy = f"mark it `{other}`, or mend the template"
        yield error("world-verdict", what, kept, remedy, ("worlds", world))
    found = answerability_of(benchmark, variant)
    if not found.right_passes:
        yield error(
            "no-known-right-answer",
            f"in world {world} the answer composed from the rubric fails it",
            "a rubric whose own sentences pass it",
            "bind the figures to the drawn columns, and give each sentence the words of its check",
            TEMPLATE,
        )
    if found.wrong_passing:
        yield error(
            "mutant-passes",
            f"in world {world} wrong answers pass: {', '.join(found.wrong_passing)}",
            "every wrong answer to fail",
            "check the verdict and each figure",
            TEMPLATE,
        )


@dataclass(frozen=True)
class FamilyFile:
    """A family, and its file."""

    family: Family
    """What the file says."""
    document: Document
    """Where it says it."""

    @property
    def path(self) -> str:
        """The file, relative to the repository."""
        return self.document.path

    def diagnostic(self, remark: Remark, line: int | None = None) -> Diagnostic:
        """Return `remark` as a located problem of this file.

        Args:
            remark: What is wrong.
            line: Line of the template that it is about, counted from 1, if known.
        """
        if line is None:
            return self.document.diagnostic(remark)
        return located(remark, self.path, self.place_of(line))

    def place_of(self, line: int) -> Position:
        """Return where a line of the template stands in the file; its beginning if it is folded."""
        begins = self.document.place(TEMPLATE)
        lines = self.document.text.splitlines()
        is_block = lines[begins.line - 1][begins.column - 1 :].startswith("|")
        at = begins.line + line
        if not is_block or at > len(lines):
            return begins
        text = lines[at - 1]
        return Position(at, len(text) - len(text.lstrip()) + 1)


def family_in(path: str, content: bytes) -> tuple[FamilyFile | None, list[Diagnostic]]:
    """Return the family in a file and its problems; none if it cannot be used.

    Args:
        path: The file, relative to the repository; it has the name of the parent.
        content: Its bytes.
    """
    document, family, problems = document_with(path, content, Family)
    if document is None or family is None:
        return None, problems
    name = PurePosixPath(path)
    if family.parent != name.stem:
        what, expected = f"variants of {family.parent} in {name.name}", f"{family.parent}.yaml"
        remedy = "name the file after the parent"
        remark = error("id-file-name", what, expected, remedy, ("parent",))
        return None, [*problems, document.diagnostic(remark)]
    return FamilyFile(family, document), problems


class Families(Protocol):
    """Makes variants; needs no model."""

    def world_of(self, variant: Scenario) -> str:
        """Return the world that a variant was drawn in."""

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        """Return up to `count` variants, the same for the same seed.

        Raises:
            InputError: the template is wrong, with its file and line.
        """
