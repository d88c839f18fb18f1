"""A family of the pumps benchmark: one world that keeps the verdict, one that flips it."""

from pathlib import Path

from modelsmith.exam.families.variants import JinjaFamilies, families_in
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Scenario
from tests.support.exam_files import exam_repository, write

PARENT = "PUMP_SEAL_LEAKS"
FAMILY_PATH = f"benchmarks/pumps/families/{PARENT}.yaml"
FAMILY_LINE = "# yaml-language-server: $schema=../../../schemas/family.schema.json"

TEMPLATE = """\
{% from '_seal.j2' import verdict with context %}
{% set leaks = world == 'seal-failure' %}
{% set barrier = moved([230, 260], [150, 190], 3) if leaks else steady([230, 260], 3) %}
outcomeType: {{ 'tp' if leaks else 'tn' }}
operatorLens: {{ pick(['operator', 'planner']) }}
description: {{ renamed(parent.description, [['night', 'early', 'late']]) | tojson }}
{{ verdict(leaks, barrier) }}
domainInput: {{ table({'barrier_kpa': barrier, 'vibration_mm_s': steady([1.2, 1.6], 3),
  'flow_l_min': drift([400, 420], rows=3)}, ['noise_db', 'oil_c']) | tojson }}
"""

PARTIAL = """\
{% macro verdict(leaks, barrier) %}
passCriteria:
  - {text: "Cites barrier_kpa at its latest value, {{ barrier[-1] }}.",
     check: {number: {metric: barrier_kpa, value: {{ barrier[-1] }}}}}
{%- if leaks %}
  - {text: Says that the inner seal fails., check: {any_of: [inner seal fails]}}
  - {text: Recommends to isolate the pump., check: {contains: isolate the pump}}
  - {text: Gives the verdict seal-failure., check: {verdict: seal-failure}}
failCriteria:
  - {text: Recommends to wait for the next shift., check: {contains: wait for the next shift}}
{%- else %}
  - {text: Says that the barrier pressure holds., check: {contains: barrier pressure holds}}
  - {text: Recommends to keep the pump running., check: {contains: keep the pump running}}
  - {text: Gives the verdict no-issue., check: {verdict: no-issue}}
failCriteria:
  - {text: Recommends to isolate the pump., check: {contains: isolate the pump}}
{%- endif %}
{% endmacro %}
"""


def family_text(
    template: str = TEMPLATE, worlds: str = "{seal-failure: same, no-issue: flip}"
) -> str:
    """Return a family file with this template."""
    indented = "".join(f"  {line}".rstrip(" ") for line in template.splitlines(keepends=True))
    return f"{FAMILY_LINE}\nparent: {PARENT}\nworlds: {worlds}\ntemplate: |\n{indented}"


def family_repository(folder: Path) -> Path:
    """Write the pumps benchmark with one family that has no problem, and return `folder`."""
    exam_repository(folder)
    write(folder, "benchmarks/pumps/families/_seal.j2", PARTIAL)
    write(folder, FAMILY_PATH, family_text())
    return folder


def the_parent(folder: Path) -> Scenario:
    """Return the scenario whose family it is."""
    return ExamFolder(folder, "pumps").scenario(f"benchmarks/pumps/train/{PARENT}.yaml")


def the_families(folder: Path) -> JinjaFamilies:
    """Return the families on disk."""
    return families_in(folder, ExamFolder(folder, "pumps").benchmark())
