"""Variants of scenarios from Jinja2 templates, rendered in a sandbox."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from modelsmith.adapters.scenario_files import scenario_from
from modelsmith.adapters.yaml_files import parsed
from modelsmith.domain.benchmark import Benchmark
from modelsmith.domain.family import STEADY_MOVE, Draws, Family, rounded, series
from modelsmith.domain.scenario import FAMILY_MARK, Scenario, Table
from modelsmith.errors import InputError
from modelsmith.ports.families import Relation

DAYS_PER_TABLE = 6
"""Rows of a drawn table unless the template says otherwise."""

MOST_RENDERED = 64_000
"""Longest rendering, in characters; a template that makes more is refused."""


class JinjaFamilies:
    """The families of one benchmark folder.

    A template is rendered with `parent` (the parent's fields), `world` and the functions of
    `_Drawing`; what it prints is a YAML mapping of the fields that differ from the parent.
    """

    def __init__(self, benchmark: Benchmark, folder: Path, families: Mapping[str, Family]) -> None:
        """Know the families.

        Args:
            benchmark: Its vocabularies; a variant is validated like a file.
            folder: The `families/` folder; templates may import its `_*.j2` files.
            families: Family by its parent's id.
        """
        self._benchmark = benchmark
        self._folder = folder
        self._families = families

    def has(self, family: str) -> bool:
        """Return whether the family has a template."""
        return family in self._families

    def world_of(self, variant: Scenario) -> str:
        """Return the world a variant of this benchmark was drawn in."""
        suffix = variant.id.partition(FAMILY_MARK)[2]
        worlds = self._families[variant.family].worlds if self.has(variant.family) else {}
        named = [world for world in worlds if suffix.startswith(_spelled(world))]
        return max(named, key=len, default="")

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        """Return up to `count` variants, worlds in turn, the same for the same seed."""
        family = self._families.get(parent.family)
        if family is None or count <= 0:
            return ()
        worlds = (
            family.worlds_that("same") + family.worlds_that("flip")
            if relation == "any"
            else family.worlds_that(relation)
        )
        if not worlds:
            return ()
        return tuple(
            self._variant(parent, family, worlds[number % len(worlds)], number, seed)
            for number in range(count)
        )

    def _variant(  # noqa: PLR0913, PLR0917 - what names one variant
        self, parent: Scenario, family: Family, world: str, number: int, seed: int
    ) -> Scenario:
        name = f"{self._folder.name}/{family.parent}.yaml (world {world})"
        draws = Draws(parent.id, world, number, seed)
        mechanic = self._benchmark.mechanic.field
        fields = parent.model_dump(mode="json", by_alias=True)
        fields[mechanic] = fields.pop("mechanic")
        patch = self._rendered(family, name, _Drawing(draws, parent), fields, world)
        document, problems = parsed(name, patch.encode())
        if document is None or not isinstance(document.value, dict):
            raise InputError(
                f"{name}: the template does not render to a YAML mapping",
                remedy="Mend the template; every world must give the fields that differ.",
                problems=problems,
            )
        allowed = set(fields) - {"id", "category"}
        if unknown := sorted(set(document.value) - allowed):
            raise InputError(
                f"{name}: the template sets {', '.join(unknown)}",
                remedy=f"A template may set {', '.join(sorted(allowed))}.",
            )
        suffix = f"{_spelled(world)}{seed}V{number}"
        identity = {"id": f"{parent.family}{FAMILY_MARK}{suffix}"}
        return scenario_from(
            self._benchmark,
            json.dumps(fields | document.value | identity, ensure_ascii=False),
            name,
        )

    def _rendered(  # noqa: PLR0913, PLR0917 - what a template sees
        self, family: Family, name: str, drawing: "_Drawing", fields: dict[str, Any], world: str
    ) -> str:
        from jinja2 import TemplateError

        try:
            template = self._sandbox.from_string(family.template, globals=drawing.functions())
            patch = template.render(parent=fields, world=world)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            line = getattr(error, "lineno", None)
            raise InputError(
                f"{name}{f':{line}' if line else ''}: the template does not render: {error}",
                remedy="Mend the template; `modelsmith scenario check` renders every world.",
            ) from None
        if len(patch) > MOST_RENDERED:
            raise InputError(
                f"{name}: the template renders {len(patch)} characters, {MOST_RENDERED} is the most",
                remedy="Make the template smaller.",
            )
        return patch

    @cached_property
    def _sandbox(self) -> Any:  # noqa: ANN401 - jinja2 is imported late
        from jinja2 import FileSystemLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self._folder), undefined=StrictUndefined, autoescape=False
        )


def _spelled(world: str) -> str:
    return world.upper().replace("-", "")


class _Drawing:
    """What a template may call."""

    def __init__(self, draws: Draws, parent: Scenario) -> None:
        self._draws = draws
        self._parent = parent

    def functions(self) -> dict[str, Callable[..., object]]:
        """Return the functions by the names templates use."""
        return {
            "pick": self._draws.pick,
            "steady": self.steady,
            "moved": self.moved,
            "drift": self.drift,
            "table": self.table,
            "renamed": self.renamed,
        }

    def steady(
        self, span: Sequence[float], rows: int = DAYS_PER_TABLE, decimals: int | None = None
    ) -> list[float | int]:
        """Return a series that stays within `STEADY_MOVE` of a start drawn from `span`."""
        first = rounded(self._draws.between(*span), decimals)
        last = first * (1 + self._draws.between(-STEADY_MOVE, STEADY_MOVE))
        return series(self._draws, first, rounded(last, decimals), rows, decimals)

    def moved(
        self,
        before: Sequence[float],
        after: Sequence[float],
        rows: int = DAYS_PER_TABLE,
        decimals: int | None = None,
    ) -> list[float | int]:
        """Return a series from a start drawn from `before` to an end drawn from `after`."""
        first = rounded(self._draws.between(*before), decimals)
        last = rounded(self._draws.between(*after), decimals)
        return series(self._draws, first, last, rows, decimals)

    def drift(
        self, ends: Sequence[float], spread: float = 0.2, rows: int = DAYS_PER_TABLE
    ) -> list[float | int]:
        """Return a series between two ends, both scaled by one factor within `spread` of 1."""
        factor = 1 + self._draws.between(-spread, spread)
        first, last = (rounded(end * factor) for end in ends)
        return series(self._draws, first, last, rows)

    def table(
        self, columns: Mapping[str, Sequence[float | int]], irrelevant: Sequence[str] = ()
    ) -> dict[str, object]:
        """Return a table of the parent's row labels and `columns`, the columns in a drawn order.

        `irrelevant` names columns of which one is drawn and filled with figures of its own.
        """
        given = dict(columns)
        rows = len(next(iter(given.values())))
        if irrelevant:
            given[self._draws.pick(irrelevant)] = self.drift(
                (20, self._draws.between(12, 44)), rows=rows
            )
        names = self._draws.shuffled(list(given))
        source = self._parent.domain_input
        if isinstance(source, Table) and len(source.rows) >= rows:
            label, marks = source.columns[0], [row[0] for row in source.rows[:rows]]
        else:
            label, marks = "day", list(range(1, rows + 1))
        return {
            "columns": [label, *names],
            "rows": [[marks[n], *(given[name][n] for name in names)] for n in range(rows)],
        }

    def renamed(self, text: str, names: Sequence[Sequence[str]]) -> str:
        """Return `text` with the first name of each list replaced by one drawn from the list."""
        for alternatives in names:
            text = text.replace(alternatives[0], self._draws.pick(alternatives))
        return text
