# ruff: noqa: E501 - messages are matched whole
"""`scenario check` on families and labelled answers: each slip is told at its place."""

import pytest

from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.files.file_reports import CheckCache
from tests.support.exam_files import scenario_text, write, write_scenario
from tests.support.family_files import (
    FAMILY_LINE,
    FAMILY_PATH,
    PARENT,
    PARTIAL,
    TEMPLATE,
    family_repository,
    family_text,
)

HERE = "benchmarks/pumps"
SHEET_PATH = f"{HERE}/exam/{PARENT}.yaml"
PARTIAL_PATH = f"{HERE}/families/_seal.j2"
SHEET = f"""\
# yaml-language-server: $schema=../../../schemas/exam.schema.json
scenario: {PARENT}
answers:
  - id: O1
    kind: off-topic
    text: The weather is fine.
    labels: {{P1: not_met, P2: not_met, P3: not_met, P4: not_met, F1: not_met}}
"""


@pytest.fixture
def repository(tmp_path):
    write(tmp_path, SHEET_PATH, SHEET)
    return family_repository(tmp_path)


def said(repository, cache=None):
    found = ExamCheck(repository, "pumps", cache).check().diagnostics
    return [str(problem).removeprefix(f"{HERE}/") for problem in found]


def said_of(repository, template=TEMPLATE, worlds="{seal-failure: same, no-issue: flip}"):
    """Return the problems of one family, without its path."""
    write(repository, FAMILY_PATH, family_text(template, worlds))
    return [line.removeprefix(f"families/{PARENT}.yaml:") for line in said(repository)]


def changed(old, new, text=TEMPLATE):
    assert old in text
    return text.replace(old, new)


def test_a_good_family_and_sheet_have_no_problem_and_are_counted(repository):
    checked = ExamCheck(repository, "pumps").check()
    assert checked.diagnostics == ()
    assert checked.files[-3:] == (PARTIAL_PATH, FAMILY_PATH, SHEET_PATH)


def test_what_rests_on_a_scenario_that_cannot_be_read_is_not_blamed(repository):
    file = repository / HERE / "train" / f"{PARENT}.yaml"
    file.rename(repository / "elsewhere.yaml")
    file.symlink_to(repository / "elsewhere.yaml")
    [only] = [line for line in said(repository) if ": error: " in line]
    assert only.startswith(f"train/{PARENT}.yaml:1:1: error: the path is a link or leaves")


def test_a_family_without_its_parent_is_refused(repository):
    path = f"{HERE}/families/PUMP_SEAL_LEAK.yaml"
    write(repository, path, changed(PARENT, "PUMP_SEAL_LEAK", family_text()))
    assert said(repository) == [
        (
            "families/PUMP_SEAL_LEAK.yaml:2:9: error: no scenario is called PUMP_SEAL_LEAK; expected "
            f"the id of a scenario; fix: did you mean {PARENT}? rename this file too"
        )
    ]


def test_a_family_is_named_after_its_parent(repository):
    write(repository, f"{HERE}/families/PUMP_SEAL_STEER.yaml", family_text())
    assert said(repository) == [
        (
            f"families/PUMP_SEAL_STEER.yaml:2:9: error: variants of {PARENT} in PUMP_SEAL_STEER.yaml; "
            f"expected {PARENT}.yaml; fix: name the file after the parent"
        )
    ]


@pytest.mark.parametrize(
    ("worlds", "problem"),
    [
        (
            "{seal-failure: keep}",
            (
                "3:24: error: worlds.seal-failure is `keep`; expected one of same, flip; "
                "fix: choose one of them"
            ),
        ),
        (
            "{}",
            "3:9: error: worlds has 0 items; expected at least 1; fix: write more",
        ),
        (
            "{no-issue: flip, noissue: flip, seal-failure: same}",
            (
                "3:9: error: worlds: no-issue and noissue give their variants the same ids; expected "
                "each world the template can draw: `same` keeps the parent's verdict, `flip` changes "
                "it; fix: rename one of them"
            ),
        ),
    ],
)
def test_worlds_that_cannot_be_are_refused(repository, worlds, problem):
    assert said_of(repository, worlds=worlds) == [problem]


def test_a_world_named_as_no_id_can_spell_it_is_refused(repository):
    (problem,) = said_of(repository, worlds="{calm2: same}")
    assert problem.startswith(
        "3:17: error: worlds.calm2 is `calm2`; expected the form ^[a-z]+(-[a-z]+)*$"
    )


def test_an_unknown_field_is_refused(repository):
    write(repository, FAMILY_PATH, family_text() + "seed: 3\n")
    assert said(repository) == [
        (
            f"families/{PARENT}.yaml:14:1: error: unknown field `seed`; expected one of parent, worlds, "
            "template; fix: delete it"
        )
    ]


def test_a_missing_schema_line_is_a_warning(repository):
    write(repository, FAMILY_PATH, family_text().partition("\n")[2])
    write(repository, SHEET_PATH, SHEET.partition("\n")[2])
    assert said(repository) == [
        (
            f"families/{PARENT}.yaml:1:1: warning: the first line names no schema for editors; "
            f"expected `{FAMILY_LINE}`; fix: add it"
        ),
        (
            f"exam/{PARENT}.yaml:1:1: warning: the first line names no schema for editors; "
            f"expected `{SHEET.splitlines()[0]}`; fix: add it"
        ),
    ]


def test_a_template_with_broken_syntax_is_told_once_at_its_line(repository):
    assert said_of(repository, changed("barrier) }}\ndomain", "barrier }}\ndomain")) == [
        (
            "11:3: error: the template cannot be read: unexpected '}', expected ')'; expected Jinja2; "
            "fix: mend that line"
        )
    ]


def test_a_filter_that_is_not_offered_is_told_at_its_line(repository):
    assert said_of(repository, changed("['operator', 'planner']", "['a'] | shuffle")) == [
        (
            "9:3: error: the template cannot be read: No filter named 'shuffle'.; expected Jinja2; "
            "fix: mend that line"
        )
    ]


def test_an_unknown_variable_is_told_also_where_no_world_comes_by(repository):
    template = changed("{{ 'tp' if leaks", "{{ leeks if world == 'no-issue' and not leaks")
    (problem,) = said_of(repository, changed("else 'tn'", "else 'tp'", template))
    assert problem == (
        "8:3: error: nothing gives `leeks`; expected a variable that the template sets, or one of "
        "drift, moved, namespace, parent, pick, range, renamed, steady, table, world; "
        "fix: write `leaks`"
    )


def test_a_world_that_the_file_does_not_have_is_a_warning(repository):
    found = said_of(repository, changed("world == 'seal-failure'", "world != 'no-isue'"))
    assert found[1] == (
        "6:3: warning: the template compares the world with `no-isue`; expected one of "
        "seal-failure, no-issue; fix: write `no-issue`"
    )
    assert len(found) == 2


def test_a_fault_that_only_a_world_shows_names_the_world_and_the_line(repository):
    template = changed("steady([230, 260], 3)", "steady([230, 260], 1)")
    assert said_of(repository, template) == [
        (
            "7:3: error: in world no-issue the template does not render: rows is 1, expected 2 to 400; "
            "expected a template that renders in each of its worlds; fix: mend that line"
        )
    ]


def test_each_world_tells_its_fault(repository):
    found = said_of(repository, changed("operatorLens:", "operatorLense:"))
    assert [line.partition("; ")[0] for line in found] == [
        "4:11: error: in world seal-failure the template sets `operatorLense`",
        "4:11: error: in world no-issue the template sets `operatorLense`",
    ]


def test_a_same_world_that_flips_is_told_at_the_world(repository):
    assert said_of(repository, worlds="{seal-failure: same, no-issue: same}") == [
        (
            "3:40: error: world no-issue is marked `same`, its verdict is no-issue, the parent's "
            "seal-failure; expected seal-failure; fix: mark it `flip`, or mend the template"
        )
    ]


def test_a_flip_world_that_keeps_the_verdict_is_told_at_the_world(repository):
    assert said_of(repository, worlds="{seal-failure: flip}") == [
        (
            "3:24: error: world seal-failure is marked `flip`, its verdict is seal-failure, the "
            "parent's seal-failure; expected a verdict other than seal-failure; fix: mark it `same`, "
            "or mend the template"
        )
    ]


def test_a_variant_whose_composed_answer_fails_is_told(repository):
    write(repository, PARTIAL_PATH, changed("[inner seal fails]", "[pigs fly]", PARTIAL))
    assert said(repository) == [
        (
            f"families/{PARENT}.yaml:4:11: error: in world seal-failure the answer composed from the "
            "rubric fails it; expected a rubric whose own sentences pass it; fix: bind the figures to "
            "the drawn columns, and give each sentence the words of its check"
        )
    ]


def test_a_figure_that_is_not_the_last_one_is_told(repository):
    write(repository, PARTIAL_PATH, changed("value: {{ barrier[-1] }}", "value: 7", PARTIAL))
    found = said(repository)
    assert [line.partition("barrier_kpa ends on ")[0] for line in found] == [
        f"families/{PARENT}.yaml:4:11: warning: in world {world}: "
        for world in ("seal-failure", "no-issue")
    ]
    assert all("the check wants 7; expected the metric's last figure" in line for line in found)


def test_a_broken_partial_is_told_once_and_where_it_stands(repository):
    write(repository, PARTIAL_PATH, changed("{%- endif %}", "{%- endfi %}", PARTIAL))
    (problem,) = said(repository)
    assert problem.startswith(
        "families/_seal.j2:17:1: error: the template cannot be read: Encountered unknown tag "
        "'endfi'."
    )


def test_a_partial_in_another_encoding_is_told(repository):
    (repository / PARTIAL_PATH).write_bytes(b"{# caf\xe9 #}")
    assert said(repository)[0].startswith(
        "families/_seal.j2:1:7: error: byte 0xe9 is not UTF-8 here"
    )


def test_a_family_whose_parent_is_broken_waits_for_the_parent(repository):
    write_scenario(repository, PARENT, "train", ("category: SEALS", "category: SEAL"))
    (problem,) = said(repository)
    assert problem.startswith(f"train/{PARENT}.yaml:5:11: error: `SEAL` is unknown")


def test_files_that_nobody_reads_are_pointed_out(repository):
    write(repository, f"{HERE}/families/rubric.j2", PARTIAL)
    write(repository, f"{HERE}/exam/notes.txt", "notes")
    assert said(repository) == [
        (
            "families/rubric.j2:1:1: warning: not a family file, so nobody reads it; expected files "
            "named <ID>.yaml; fix: rename it, or move it out of this folder"
        ),
        (
            "exam/notes.txt:1:1: warning: not a sheet of labelled answers, so nobody reads it; expected files named "
            "<ID>.yaml; fix: rename it, or move it out of this folder"
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            ", P4: not_met",
            "",
            (
                "7:13: error: O1 has no label for P4; expected one a criterion; "
                "fix: read the criterion and decide it"
            ),
        ),
        (
            "F1: not_met",
            "F1: not_met, F2: met",
            (
                "7:83: error: O1 labels F2; expected one of P1, P2, P3, P4, F1; "
                "fix: delete the label; the scenario has no such criterion"
            ),
        ),
        (
            "kind: off-topic",
            "kind: right",
            (
                "7:13: error: O1 is right, and its labels fail the rubric; expected labels that pass "
                "for `right`, and that fail for every other kind; fix: correct the kind or the labels"
            ),
        ),
        (
            "kind: off-topic",
            "kind: offtopic",
            (
                "5:11: error: answers[0].kind is `offtopic`; expected one of right, plausible-wrong, "
                "off-topic, injected; fix: write `off-topic`"
            ),
        ),
    ],
)
def test_a_slip_in_labelled_answers_is_told_at_its_place(repository, old, new, problem):
    write(repository, SHEET_PATH, changed(old, new, SHEET))
    assert said(repository) == [f"exam/{PARENT}.yaml:{problem}"]


def test_answers_to_a_held_out_or_an_unknown_scenario_are_refused(repository):
    for name in ("PUMP_SEAL_STEER", "PUMP_SEAL_GONE"):
        write(repository, f"{HERE}/exam/{name}.yaml", changed(PARENT, name, SHEET))
    gone, steer = said(repository)
    assert gone.startswith("exam/PUMP_SEAL_GONE.yaml:2:11: error: no scenario is called")
    assert steer.startswith("exam/PUMP_SEAL_STEER.yaml:2:11: error: PUMP_SEAL_STEER is a steer")


def test_what_was_found_is_kept_and_told_again(repository, tmp_path):
    write(repository, FAMILY_PATH, family_text(worlds="{seal-failure: flip}"))
    file = tmp_path / "cache.json"
    cold = said(repository, CheckCache(file))
    kept = file.read_bytes()
    assert said(repository, CheckCache(file)) == cold
    assert file.read_bytes() == kept


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (PARTIAL_PATH, PARTIAL.replace("[inner seal fails]", "[pigs fly]"), "composed from the"),
        (f"{HERE}/families/_gone.j2", PARTIAL, None),
        (FAMILY_PATH, family_text(worlds="{seal-failure: flip}"), "is marked `flip`"),
        (
            f"{HERE}/train/{PARENT}.yaml",
            scenario_text().replace("  - text: Recommends to wait", "  - text: Advises to wait"),
            None,
        ),
        (
            f"{HERE}/train/{PARENT}.yaml",
            scenario_text().replace("seal-failure", "dry-running"),
            "the parent's dry-running",
        ),
        (SHEET_PATH, SHEET.replace(", F1: not_met", ""), "has no label for F1"),
    ],
)
def test_a_change_of_anything_a_report_rests_on_is_seen(repository, tmp_path, path, text, told):
    cache = tmp_path / "cache.json"
    assert said(repository, CheckCache(cache)) == []
    write(repository, path, text)
    warm = said(repository, CheckCache(cache))
    assert warm == said(repository)
    assert any(told in line for line in warm) if told else warm == []


def test_a_renamed_partial_is_missed_also_when_the_cache_is_warm(repository, tmp_path):
    cache = tmp_path / "cache.json"
    assert said(repository, CheckCache(cache)) == []
    (repository / PARTIAL_PATH).rename(repository / f"{HERE}/families/_other.j2")
    assert any(
        "_seal.j2: the file cannot be read" in p for p in said(repository, CheckCache(cache))
    )
