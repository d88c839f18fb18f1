"""A scenario and its variants: worlds a template can draw, with or without flipping the verdict."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from modelsmith.documents.diagnostic import Remark, error
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.composed_answer import answerability_of
from modelsmith.exam.scenario import FAMILY_MARK, Scenario
from modelsmith.record import Record

WorldRelation = Literal["same", "flip"]

World = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)]


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
            twin = known.setdefault(spelled(world), world)
            if twin != world:
                raise ValueError(
                    f"{twin} and {world} give their variants the same ids; fix: rename one of them"
                )
        return worlds

    def worlds_that(self, relation: WorldRelation) -> tuple[str, ...]:
        """Return the names of the worlds with this relation, sorted."""
        return tuple(sorted(name for name, kept in self.worlds.items() if kept == relation))

    def variant_id(self, world: str, number: int, seed: int) -> str:
        """Return the id of a variant: the parent's, then the world, the seed and the number."""
        return f"{self.parent}{FAMILY_MARK}{spelled(world)}{seed}V{number}"

    def world_of(self, variant_id: str) -> str:
        """Return the world in the id of a variant; empty if the template did not draw it."""
        suffix = variant_id.partition(FAMILY_MARK)[2]
        drawn = re.fullmatch(r"([A-Z]+)[0-9]+V[0-9]+", suffix)
        return next((w for w in self.worlds if drawn and spelled(w) == drawn[1]), "")


def spelled(world: str) -> str:
    """Return the name of a world as an id spells it."""
    return world.upper().replace("-", "")


def verdicts_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the labels that pass, sorted; where no check names one, whether a problem is seen."""
    checks = [criterion.check for criterion in scenario.pass_criteria]
    labels = {check.verdict for check in checks if isinstance(check, Verdict)}
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
            ("template",),
        )
    if found.wrong_passing:
        yield error(
            "mutant-passes",
            f"in world {world} wrong answers pass: {', '.join(found.wrong_passing)}",
            "every wrong answer to fail",
            "check the verdict and each figure",
            ("template",),
        )
