"""Variants of a scenario: drawn from a seed, valid, and from templates that can do no harm."""

import re
import tracemalloc

import pytest

from modelsmith.errors import InputError
from modelsmith.exam.families.template_sandbox import TemplateSandbox
from modelsmith.exam.scenario import OutcomeType
from tests.support.exam_files import write
from tests.support.family_files import (
    FAMILY_PATH,
    PARENT,
    TEMPLATE,
    family_repository,
    family_text,
    the_families,
    the_parent,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path):
    return family_repository(tmp_path)


def drawn(repository, count=6, *, seed=0, relation="any"):
    parent = the_parent(repository)
    return the_families(repository).variants(parent, count, seed=seed, relation=relation)


def refusal(repository, template, worlds="{seal-failure: same, no-issue: flip}"):
    """Return what is said of a template, without the words that every refusal begins with."""
    write(repository, FAMILY_PATH, family_text(template, worlds))
    with pytest.raises(InputError) as caught:
        drawn(repository, 1)
    assert str(caught.value).startswith(f"{FAMILY_PATH} cannot be used:\n  {FAMILY_PATH}:")
    return str(caught.value.problems[0]).removeprefix(f"{FAMILY_PATH}:")


def test_the_same_seed_gives_the_same_bytes(repository):
    assert [v.canonical() for v in drawn(repository)] == [v.canonical() for v in drawn(repository)]


def test_another_seed_gives_other_figures(repository):
    first, second = drawn(repository, seed=0), drawn(repository, seed=1)
    assert not {v.body() for v in first} & {v.body() for v in second}


def test_the_order_of_asking_changes_nothing(repository):
    parent, families = the_parent(repository), the_families(repository)
    late = families.variants(parent, 3, seed=7, relation="flip")
    assert late == the_families(repository).variants(parent, 3, seed=7, relation="flip")
    families.variants(parent, 5, seed=1, relation="any")
    assert families.variants(parent, 3, seed=7, relation="flip") == late


@pytest.mark.parametrize(
    ("relation", "worlds"),
    [
        ("any", ["seal-failure", "no-issue"] * 2),
        ("same", ["seal-failure"] * 4),
        ("flip", ["no-issue"] * 4),
    ],
)
def test_worlds_are_drawn_in_turn(repository, relation, worlds):
    families = the_families(repository)
    variants = drawn(repository, 4, relation=relation)
    assert [families.world_of(variant) for variant in variants] == worlds


def test_ids_say_family_world_seed_and_number(repository):
    assert [v.id for v in drawn(repository, 3, seed=5)] == [
        f"{PARENT}__SEALFAILURE5V0",
        f"{PARENT}__NOISSUE5V1",
        f"{PARENT}__SEALFAILURE5V2",
    ]


def test_what_the_template_does_not_set_is_the_parents(repository):
    parent, variant = the_parent(repository), drawn(repository, 1)[0]
    assert (variant.mechanic, variant.category) == (parent.mechanic, parent.category)
    assert variant.test_objective == parent.test_objective
    assert variant.outcome_type is OutcomeType.TP


def test_numbers_names_columns_and_lens_all_vary(repository):
    variants = drawn(repository, 40, relation="same")
    assert {v.operator_lens for v in variants} == {"operator", "planner"}
    assert {re.search("The (.*) shift", v.description)[1] for v in variants} == {
        "night",
        "early",
        "late",
    }
    assert len({v.domain_input.rows[-1][1:] for v in variants}) == 40
    assert len({tuple(c for c in v.domain_input.columns[1:]) for v in variants}) > 10
    assert {c for v in variants for c in v.domain_input.columns} >= {"noise_db", "oil_c"}
    assert {v.domain_input.columns[0] for v in variants} == {"day"}


def test_no_family_no_world_and_no_count_give_no_variants(repository):
    families, parent = the_families(repository), the_parent(repository)
    stranger = parent.model_copy(update={"id": "PUMP_OTHER"})
    assert families.variants(stranger, 3, seed=0, relation="any") == ()
    assert families.variants(parent, 0, seed=0, relation="any") == ()
    write(repository, FAMILY_PATH, family_text(worlds="{seal-failure: same}"))
    assert the_families(repository).variants(parent, 3, seed=0, relation="flip") == ()


def test_a_scenario_that_no_template_drew_has_no_world(repository):
    families, parent = the_families(repository), the_parent(repository)
    for name in (PARENT, f"{PARENT}__BYHAND", f"{PARENT}__NOISSUE", "PUMP_OTHER__NOISSUE0V1"):
        assert families.world_of(parent.model_copy(update={"id": name})) == ""


ATTACKS = {
    "a class": (
        "description: {{ parent.__class__ }}",
        (
            "5:3: error: in world seal-failure the template does not render: access to attribute "
            "'__class__' of 'dict' object is unsafe."
        ),
    ),
    "subclasses through a subscript": (
        "description: {{ ''['__class__']['__mro__'][1]['__subclasses__']() }}",
        "access to attribute '__class__' of 'str' object is unsafe.",
    ),
    "a filter that reads attributes": (
        "description: {{ [''] | map(attribute='__class__') | list }}",
        "access to attribute '__class__' of 'str' object is unsafe.",
    ),
    "globals of a function": (
        "description: {{ pick.__call__.__globals__ }}",
        "access to attribute '__call__' of 'Offered' object is unsafe.",
    ),
    "the drawing behind a function": (
        "description: {{ pick._function }}",
        "access to attribute '_function' of 'Offered' object is unsafe.",
    ),
    "a format string": (
        "description: {{ '{0.__class__}'.format(parent) }}",
        "a template may not call str.format",
    ),
    "a long range": (
        "{% for i in range(10 * 100000000) %}{% endfor %}",
        "it takes more than 300,000 steps: a loop too many, or text that grows",
    ),
    "loops in loops": (
        (
            "{% for i in range(900) %}{% for j in range(900) %}{% for k in range(900) %}"
            "{% endfor %}{% endfor %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "loops that print": (
        (
            "{% set x %}{% for i in range(900) %}{% for j in range(900) %}a long line of text"
            "{% endfor %}{% endfor %}{% endset %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "loops over a text": (
        (
            "{% set t = parent.testObjective %}{% for a in t %}{% for b in t %}{% for c in t %}"
            "{% for d in t %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "text that stands in loops": (
        (
            "{% set t = parent.testObjective %}{% set x %}{% for a in t %}{% for b in t %}"
            f"{'-' * 100}{{% endfor %}}{{% endfor %}}{{% endset %}}"
        ),
        "it takes more than 300,000 steps",
    ),
    "a recursive loop": (
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "a recursive loop cannot be counted",
    ),
    "a text multiplied": (
        "description: {{ 'a' * 1000000000 }}",
        "a template may not use * on str and int",
    ),
    "a list multiplied": (
        "description: {{ [0] * 1000000000 }}",
        "a template may not use * on list and int",
    ),
    "a text padded by %": (
        "description: {{ '%1000000000d' % 1 }}",
        "a template may not use % on str and int",
    ),
    "a text padded by a method": (
        "description: {{ 'a'.center(1000000000) }}",
        "a template may not call str.center",
    ),
    "bytes of a number": (
        "description: {{ (1).to_bytes(1000000000, 'big') }}",
        "a template may not call int.to_bytes",
    ),
    "a text padded by a filter": (
        "description: {{ 'a' | center(1000000000) }}",
        "No filter named 'center'.",
    ),
    "dice": ("description: {{ [1, 2] | random }}", "No filter named 'random'."),
    "a tower of powers": (
        "description: {{ 9 ** 9 ** 9 ** 9 }}",
        "a template may not use ** on int and int",
    ),
    "a figure that grows": (
        (
            "{% set ns = namespace(x=9) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}"
            "{% endfor %}"
        ),
        "* gives a figure beyond 9,007,199,254,740,992",
    ),
    "digits to round to": (
        "description: {{ 5 | round(-1000000000) }}",
        "round to -1000000000 digits; at most 15",
    ),
    "text that doubles by ~": (
        (
            "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}"
            "{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "text that doubles by +": (
        (
            "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}"
            "{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "text that doubles in a block": (
        (
            "{% set ns = namespace(x='ab') %}{% for i in range(60) %}"
            "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "lists that double": (
        (
            "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}"
            "{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "arguments that double": (
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1, varargs, varargs) }}{% endif %}{% endmacro %}"
            "{{ m(60, 1) }}"
        ),
        "it takes more than 300,000 steps",
    ),
    "text that doubles by replacement": (
        (
            "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
            "{% set ns.x = ns.x | replace('a', 'aa') %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "an empty text replaced": (
        (
            "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
            "{% set ns.x = ns.x | replace('', 'ab') %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "text that doubles by joining": (
        (
            "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
            "{% set ns.x = ['', '', ''] | join(ns.x) %}{% endfor %}"
        ),
        "it takes more than 300,000 steps",
    ),
    "names that double": (
        (
            "{% set ns = namespace(x='abcdefghij') %}{% for i in range(60) %}"
            "{% set ns.x = renamed(ns.x, [['a', 'aa']]) %}{% set ns.x = renamed(ns.x, [['a', "
            "'aaaaaaaa', 'aaaaaaaaa']]) %}{% endfor %}"
        ),
        "the renamed text would exceed 20,000 characters",
    ),
    "rows without end": (
        "description: {{ steady([1, 2], 1000000000) }}",
        "rows is 1000000000, expected 2 to 400",
    ),
    "a macro that calls itself": (
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "it is nested too deep, or calls itself without end",
    ),
    "a macro that calls itself twice": (
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
            "{{ m(60) }}"
        ),
        "it takes more than 300,000 steps",
    ),
    "a file outside the folder": (
        "{% include '../train/PUMP_SEAL_LEAKS.yaml' %}",
        "'../train/PUMP_SEAL_LEAKS.yaml' is no file like `_rubric.j2` beside it",
    ),
    "an absolute file": (
        "{% import '/etc/passwd' as p %}",
        "'/etc/passwd' is no file like `_rubric.j2` beside it",
    ),
    "a partial that is not there": (
        "{% import '_gone.j2' as p %}",
        "_gone.j2: the file cannot be read: No such file or directory",
    ),
    "an attribute set": (
        "{% set parent.id = 'PUMP_OTHER' %}",
        "cannot assign attribute on non-namespace object",
    ),
    "a field removed": ("{{ parent.pop('id') }}", "access to attribute 'pop' of 'dict' object"),
    "a list that grows": (
        "{{ parent.passCriteria.append(1) }}",
        "access to attribute 'append' of 'list' object is unsafe.",
    ),
    "a function printed": ("description: {{ pick }}", "Offered is neither text nor figures"),
    "a generator printed": (
        "description: {{ [1] | map('abs') }}",
        "generator is neither text nor figures",
    ),
    "an undefined function": ("description: {{ lipsum(9) }}", "'lipsum' is undefined"),
}


@pytest.mark.parametrize(("template", "said"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused_with_its_line(repository, template, said):
    found = refusal(repository, template + "\n")
    assert found.startswith("5:3: error: in world seal-failure the template does not render: ")
    assert said in found
    assert found.endswith(
        "; expected a template that renders in each of its worlds; fix: mend that line"
    )


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            f"description: {{{{ {'(' * 4000}1{')' * 4000} }}}}\n",
            "it is nested too deep, or calls itself without end;",
        ),
        (
            "{% for i in [1] %}" * 25 + "{% endfor %}" * 25 + "\n",
            "too many statically nested blocks;",
        ),
    ],
)
def test_nesting_without_end_is_refused_at_the_template(repository, template, said):
    found = refusal(repository, template)
    assert found.startswith(
        f"4:11: error: in world seal-failure the template does not render: {said}"
    )


def test_an_attack_takes_little_memory(repository):
    drawn(repository, 2)
    tracemalloc.start()
    for name in ("text that doubles by ~", "a text multiplied"):
        refusal(repository, ATTACKS[name][0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


def test_an_attack_leaves_no_trace(repository):
    before = drawn(repository, 4)
    for template, _ in list(ATTACKS.values())[:12]:
        refusal(repository, template)
    write(repository, FAMILY_PATH, family_text())
    assert drawn(repository, 4) == before


def test_the_first_rendering_costs_what_the_second_does(repository):
    sandbox = TemplateSandbox(repository, "benchmarks/pumps/families")
    source = "{% from '_seal.j2' import verdict %}{{ 'a' | upper }}{{ verdict(true, [1]) }}"
    spent = []
    for _ in range(2):
        sandbox.rendered("t.yaml", source, {}, {})
        spent.append(sandbox.meter.spent)
    assert spent[0] == spent[1] > 0


def test_a_partial_behind_a_link_is_refused(repository, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.j2"
    outside.write_text("secret", encoding="utf-8")
    (repository / "benchmarks/pumps/families/_link.j2").symlink_to(outside)
    found = refusal(repository, "{% include '_link.j2' %}\n")
    assert "_link.j2: the path is a link or leaves the repository" in found


def test_a_partial_that_includes_itself_is_refused(repository):
    write(repository, "benchmarks/pumps/families/_self.j2", "{% include '_self.j2' %}")
    assert "calls itself without end" in refusal(repository, "{% include '_self.j2' %}\n")


def test_a_fault_is_told_at_its_line(repository):
    spoiled = TEMPLATE.replace("'tp' if leaks", "'tp' if leeks")
    assert refusal(repository, spoiled).startswith(
        "8:3: error: in world seal-failure the template does not render: 'leeks' is undefined; "
    )


def test_a_slip_in_the_syntax_is_told_at_its_line(repository):
    spoiled = TEMPLATE.replace("{{ verdict(leaks, barrier) }}", "{{ verdict(leaks, barrier }}")
    assert refusal(repository, spoiled).startswith(
        "11:3: error: in world seal-failure the template does not render: unexpected '}', "
        "expected ')'; "
    )


def test_a_fault_in_a_partial_names_its_file_and_line(repository):
    write(
        repository,
        "benchmarks/pumps/families/_seal.j2",
        "{% macro verdict(leaks, barrier) %}\n{{ gone }}\n{% endmacro %}",
    )
    assert refusal(repository, TEMPLATE).startswith(
        "11:3: error: in world seal-failure the template does not render: _seal.j2:2: 'gone' is "
        "undefined; "
    )


def test_a_fault_in_folded_text_is_told_where_the_template_begins(repository):
    folded = family_text("description: {{ gone }}\n").replace("template: |", "template: >")
    write(repository, FAMILY_PATH, folded)
    with pytest.raises(InputError, match=rf"{FAMILY_PATH}:4:11: error: .*'gone' is undefined"):
        drawn(repository, 1)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            "only words\n",
            (
                "in world seal-failure the template renders `only words`: it is no mapping; "
                "expected a YAML mapping of the fields that differ from the parent; fix: "
                "write `field: value` lines"
            ),
        ),
        (
            "{% if false %}{% endif %}\n",
            "in world seal-failure the template renders ``: the file is empty",
        ),
        (
            "operatorLens: operator\noperatorLens: planner\n",
            "renders `operatorLens: planner`: field `operatorLens` stands here a second time",
        ),
        (
            "id: PUMP_OTHER\ncategory: BEARINGS\n",
            (
                "in world seal-failure the template sets `category`, `id`; expected fields among "
                "description, domainInput, failCriteria, operatorLens, outcomeType, passCriteria, "
                "pumpMechanic, testObjective; fix: delete it there"
            ),
        ),
        ("mechanic: {drive: electric}\n", "the template sets `mechanic`"),
        ("answer: 42\n", "the template sets `answer`"),
        (
            "operatorLens: astronaut\n",
            "in world seal-failure: `astronaut` is unknown; expected one of operator, planner",
        ),
        (
            "outcomeType: tn\n",
            (
                "in world seal-failure: outcome type tn sees no problem, the passing verdict "
                "seal-failure flags one"
            ),
        ),
        ("description: short\n", "in world seal-failure: description has 5 characters"),
    ],
)
def test_what_is_no_variant_is_refused_at_the_template(repository, template, said):
    found = refusal(repository, template)
    assert found.startswith("4:11: error: ")
    assert said in found


def test_a_rendering_too_long_is_refused(repository):
    template = "{% for i in range(99) %}{% for j in range(99) %}1234567{% endfor %}{% endfor %}\n"
    assert "it renders more than 64,000 characters" in refusal(repository, template)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("pick([])", "nothing to pick from"),
        ("steady([1])", "a span is [low, high], found [1]"),
        ("steady('12')", "a span is [low, high], found 12"),
        ("steady([1, 2], decimals=-3)", "decimals is -3, expected 0 to 9"),
        ("moved([1, 2], [1, 2, 3])", "a span is [low, high], found [1, 2, 3]"),
        ("drift([1, 2], rows=1)", "rows is 1, expected 2 to 400"),
        ("table({})", "a table needs columns of one length; given: none"),
        ("table({'a': [1, 2], 'b': [1]})", "a table needs columns of one length; given: a 2, b 1"),
        ("renamed('text', [['', 'b']])", "an empty name cannot be replaced"),
        ("parent('x')", "a template may not call a dict"),
        ("1 / 0", "division by zero"),
    ],
)
def test_a_function_called_wrongly_says_how(repository, call, said):
    assert said in refusal(repository, f"description: {{{{ {call} }}}}\n")


def test_a_template_may_use_what_is_offered(repository):
    template = (
        "{% set ns = namespace(total=0) %}"
        "{% for n in range(1, 4) %}{% set ns.total = ns.total + n * 2 %}{% endfor %}"
        "description: {{ (['a', 'b'] | map('upper') | join(', ') ~ ' and ' ~ (2.345 | round(1)) "
        "~ ' ' ~ ns.total ~ ' ' ~ ('x' | replace('x', 'y')) ~ ' ' ~ ([2, 1] | sort | first)"
        " ~ (' of a text' if loop is not defined) ~ ('a b'.split() | length)) | tojson }}\n"
    )
    write(repository, FAMILY_PATH, family_text(template, "{seal-failure: same}"))
    assert drawn(repository, 1)[0].description == "A, B and 2.3 12 y 1 of a text2"


def test_a_parent_with_a_text_for_input_numbers_the_rows(repository):
    text = the_parent(repository).model_copy(update={"domain_input": "See the log."})
    variant = the_families(repository).variants(text, 1, seed=0, relation="same")[0]
    assert [row[0] for row in variant.domain_input.rows] == [1, 2, 3]
