"""Variants of scenarios from Jinja2 templates, rendered in a sandbox.

The templates lie in `benchmarks/<domain>/families/`, one a file, named after its parent.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from typing_extensions import override

from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic, Remark, Severity, error, is_error, quoted
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import refused
from modelsmith.errors import InputError
from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.families.template_functions import Drawing
from modelsmith.exam.families.template_meter import TemplateFaultError
from modelsmith.exam.families.template_sandbox import TemplateSandbox
from modelsmith.exam.family import FAMILIES, TEMPLATE, Families, FamilyFile, Relation, family_in
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.seeded_random import Draws

FIXED = frozenset({"id", "category", "passes"})
"""Fields that a variant has from its parent."""


class JinjaFamilies(Families):
    """The families of one benchmark folder.

    A template is rendered with `parent` (the parent's fields), `world` and the functions of
    `Drawing`; what it prints is a YAML mapping of the fields that differ from the parent.
    """

    def __init__(
        self, benchmark: Benchmark, files: Iterable[FamilyFile], sandbox: TemplateSandbox
    ) -> None:
        """Know the families.

        Args:
            benchmark: Its vocabularies; a variant is validated like a file.
            files: The family files; their templates may import the `_*.j2` files beside them.
            sandbox: Where to render.
        """
        self._benchmark = benchmark
        self._files = {file.family.parent: file for file in files}
        self._sandbox = sandbox

    @override
    def world_of(self, variant: Scenario) -> str:
        """Return it; empty for a variant of no world."""
        file = self._files.get(variant.family)
        return file.family.world_of(variant.id) if file else ""

    @override
    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        """Draw from the worlds in turn."""
        file = self._files.get(parent.family)
        worlds = file.family.worlds_that(relation) if file else ()
        return tuple(
            self.variant(parent, worlds[number % len(worlds)], number, seed=seed)
            for number in range(count if worlds else 0)
        )

    def variant(self, parent: Scenario, world: str, number: int, *, seed: int) -> Scenario:
        """Return one variant of a scenario that has a family.

        Raises:
            InputError: the template's fault, with its file and line.
        """
        file = self._files[parent.family]
        fields = parent.model_dump(mode="json", by_alias=True)
        fields[self._benchmark.mechanic.field] = fields.pop("mechanic")
        functions = Drawing(Draws(parent.id, world, number, seed), parent).functions()
        given = {"parent": fields, "world": world}
        try:
            text = self._sandbox.rendered(file.path, file.family.template, functions, given)
        except TemplateFaultError as fault:
            what = f"in world {world} the template does not render: {fault.what}"
            expected = "a template that renders in each of its worlds"
            remark = error("template", what, expected, "mend that line", TEMPLATE)
            raise _refused(file, remark, line=fault.line) from None
        patch = self._patch(file, world, text)
        if unknown := sorted(set(patch) - (set(fields) - FIXED)):
            what = f"in world {world} the template sets {', '.join(map(quoted, unknown))}"
            expected = f"fields among {', '.join(sorted(set(fields) - FIXED))}"
            raise _refused(file, error("variant", what, expected, "delete it there", TEMPLATE))
        identity = {"id": file.family.variant_id(world, number, seed)}
        return self._scenario(file, world, fields | patch | identity)

    def _patch(self, file: FamilyFile, world: str, text: str) -> dict[str, Any]:
        """Return the fields that a rendering sets."""
        document, problems = parsed(file.path, text.encode())
        if document is not None and isinstance(document.value, dict):
            return document.value
        what, remedy = "it is no mapping", "write `field: value` lines"
        shown = text.strip()
        if document is None:
            first = problems[0]
            what, remedy = first.what, first.remedy
            shown = text.splitlines()[first.line - 1] if text.strip() else ""
        raise _refused(
            file,
            error(
                "variant",
                f"in world {world} the template renders {quoted(shown.strip())}: {what}",
                "a YAML mapping of the fields that differ from the parent",
                remedy,
                TEMPLATE,
            ),
        )

    def _scenario(self, file: FamilyFile, world: str, fields: dict[str, Any]) -> Scenario:
        """Return the scenario with these fields; the slow way, with places, only to refuse it."""
        field = self._benchmark.mechanic.field
        record = {("mechanic" if name == field else name): value for name, value in fields.items()}
        try:
            scenario = Scenario.model_validate_json(json.dumps(record, ensure_ascii=False))
            remarks = remarks_on(self._benchmark, scenario)
            if not any(remark.severity is Severity.ERROR for remark in remarks):
                return scenario
        except ValidationError:
            pass
        own = {name: value for name, value in fields.items() if name != "passes"}
        text = json.dumps(own, ensure_ascii=False)
        try:
            return scenario_from(self._benchmark, text, file.path)
        except InputError as refusal:
            found = [problem for problem in refusal.problems if isinstance(problem, Diagnostic)]
            told = [
                error(p.rule, f"in world {world}: {p.what}", p.expected, p.remedy, TEMPLATE)
                for p in found
            ]
            raise _refused(file, *told) from None


def _refused(file: FamilyFile, *remarks: Remark, line: int | None = None) -> InputError:
    return refused(file.path, [file.diagnostic(remark, line) for remark in remarks])


def families_in(repository: Path, benchmark: Benchmark) -> JinjaFamilies:
    """Return the families of a benchmark; none where the folder is missing.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    folder = f"benchmarks/{benchmark.domain}/{FAMILIES}"
    names = sorted(file.name for file in (repository / folder).glob("*.yaml"))
    files = [_loaded(repository, f"{folder}/{name}") for name in names]
    return JinjaFamilies(benchmark, files, TemplateSandbox(repository, folder))


def _loaded(repository: Path, path: str) -> FamilyFile:
    content, problems = read_file(repository, path)
    file, more = (None, problems) if problems else family_in(path, content)
    if file is None:
        raise refused(path, [problem for problem in more if is_error(problem)])
    return file
