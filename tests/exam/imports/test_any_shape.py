"""Whatever stands at a place of a file or a map, it is read or refused; nothing else happens."""

import copy
import json
from contextlib import suppress
from itertools import cycle, islice

import pytest

from modelsmith.documents.strict_yaml import parsed
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.imported_benchmark import map_in, read_source
from modelsmith.exam.imports.exchange import exchange_lines, exchanged
from modelsmith.exam.imports.scenario_files import benchmark_in, scenarios_of
from tests.support.foreign_files import CANARY, FORMATS, map_of, text_of
from tests.support.graded import a_graded_benchmark, by_levels, by_points, of_a_conversation

SHAPES = (None, 0, -1.5, True, "", "x", "{{x}}", [], ["x"], [[]], {}, {"x": {}}, {"type": []})


def places_in(value, loc=()):
    """Yield the place of every part of a value."""
    yield loc
    if isinstance(value, dict | list):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_in(part, (*loc, name))


def changed_values(value):
    """Yield the value with three of the shapes at each place, in turn."""
    shapes = cycle(SHAPES)
    for loc in places_in(value):
        for shape in islice(shapes, 3):
            whole = {"": copy.deepcopy(value)}
            part, last = whole, ""
            for name in loc:
                part, last = part[last], name
            part[last] = shape
            yield whole[""]


def values_of(form):
    text = text_of(form)
    if form == "healthbench":
        return [json.loads(line) for line in text.splitlines() if line]
    return parsed(form, text.encode())[0].value


def written(form, value):
    if form == "healthbench" and isinstance(value, list):
        return "\n".join(map(json.dumps, value)).encode()
    return json.dumps(value).encode()


def tried(form, content, map_content):
    with suppress(InputError, UsageError):
        file = map_in(form, "map.yaml", map_content)
        source = read_source(form, FORMATS[form], content, file.says)
        if file.says.benchmark is not None:
            benchmark, _, _ = benchmark_in(file, "pumps", CANARY)
            if benchmark is not None:
                made = scenarios_of(source, file, benchmark)
                assert made.scenarios or made.problems


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "csv"])
def test_any_shape_at_any_place_of_a_file(form):
    for value in changed_values(values_of(form)):
        tried(form, written(form, value), map_of(form).encode())


@pytest.mark.parametrize("form", ["csv", "healthbench"])
def test_any_shape_at_any_place_of_a_map(form):
    content = text_of(form).encode()
    for value in changed_values(parsed(form, map_of(form).encode())[0].value):
        tried(form, content, json.dumps(value).encode())


def test_any_shape_at_any_place_of_our_own_lines():
    exam = Exam(
        benchmark=a_graded_benchmark(),
        train=(by_points(),),
        steer=(by_levels(),),
        sealed=(of_a_conversation(),),
    )
    lines = exchange_lines(exam, {"exam/A_B.yaml": "x"}).splitlines()
    for value in changed_values([json.loads(line) for line in lines]):
        content = written("healthbench", value)
        found, problems = exchanged("exam.jsonl", content, "pumps")
        assert found is not None or problems
