# ruff: noqa: E501 - messages are matched whole
import pytest

from modelsmith.disk.repository_files import load
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import validated
from modelsmith.errors import InputError
from modelsmith.exam.scenario import Scenario
from modelsmith.run.config import RunConfig
from tests.support.exam_files import SCENARIO, write

KINDS = (
    "contains, any_of, all_of, none_of, regex, number, verdict, json, ordered, choice, figure, set"
)
NAMES = (
    "id, outcomeType, operatorLens, category, pumpMechanic, description, testObjective, "
    "passCriteria, failCriteria, domainInput"
)
CONTAINS = "check: {contains: isolate the pump}"
ROWS = "    - [2026-03-02, 210, 1.5]\n"


def said(*changes):
    text = SCENARIO
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    document, problems = parsed("x.yaml", text.encode())
    assert problems == []
    scenario, problems = validated(document, Scenario, {"pumpMechanic": "mechanic"})
    assert (scenario is None) is bool(problems)
    return [str(problem).removeprefix("x.yaml:") for problem in problems]


def run_config(tmp_path, text):
    write(tmp_path, "runs/a/run.yaml", text)
    return load(tmp_path, "runs/a/run.yaml", RunConfig)


def test_a_good_scenario_has_no_problem():
    assert said() == []


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            ("outcomeType", "outcome_type"),
            [
                (
                    "1:1: error: `outcomeType` is missing; expected what a right answer does: tp, tn, "
                    "fp-guard or fn-guard; fix: add `outcomeType: ...`"
                ),
                (
                    f"2:1: error: unknown field `outcome_type`; expected one of {NAMES}; "
                    "fix: rename it to `outcomeType`"
                ),
            ],
        ),
        (
            ("pumpMechanic", "mechanic"),
            [
                (
                    "1:1: error: `pumpMechanic` is missing; expected the domain's mechanism, under the "
                    "name that the benchmark gives it; fix: add `pumpMechanic: ...`"
                ),
                (
                    f"5:1: error: unknown field `mechanic`; expected one of {NAMES}; "
                    "fix: rename it to `pumpMechanic`"
                ),
            ],
        ),
        (
            ("outcomeType: tp", "outcomeType: fp_guard"),
            [
                (
                    "2:14: error: outcomeType is `fp_guard`; expected one of tp, tn, fp-guard, "
                    "fn-guard; fix: write `fp-guard`"
                )
            ],
        ),
        (
            ("id: PUMP_SEAL_LEAKS", "id: pump"),
            [
                (
                    "1:5: error: id is `pump`; expected the form "
                    "^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(__[A-Z0-9]+)?$ (name in capitals, unique in the "
                    "benchmark; `PARENT__SUFFIX` names a variant of PARENT); fix: write it in that form"
                )
            ],
        ),
        (
            ("operatorLens: operator", "operatorLens: 5"),
            ['3:15: error: operatorLens is `5`; expected text; fix: put it in quotes: "5"'],
        ),
        (
            ("operatorLens: operator", "operatorLens:"),
            ["3:14: error: operatorLens is empty; expected text; fix: write text"],
        ),
        (
            (CONTAINS, "check: {contains: isolate the pump, polarty: any}"),
            [
                (
                    "16:41: error: unknown field `polarty`; expected one of contains, polarity; "
                    "fix: rename it to `polarity`"
                )
            ],
        ),
        (
            (CONTAINS, "check: {contain: isolate the pump}"),
            [
                (
                    "16:12: error: the check is of kind `contain`, which there is not; "
                    f"expected exactly one of {KINDS}; fix: rename `contain` to `contains`"
                )
            ],
        ),
        (
            (CONTAINS, "check: {contains: abc, regex: abc}"),
            [
                (
                    "16:12: error: the check has `contains`, `regex`; expected exactly one of "
                    f"{KINDS}; fix: keep one; give each check a criterion of its own"
                )
            ],
        ),
        (
            (CONTAINS, "check: isolate"),
            [
                (
                    f"16:12: error: the check is `isolate`; expected exactly one of {KINDS}; "
                    "fix: write a mapping, for instance `check: {contains: a phrase}`"
                )
            ],
        ),
        (
            ("value: 180", "value: 180 kPa"),
            [
                (
                    "12:50: error: passCriteria[0].check.number.value is `180 kPa`; expected a number; "
                    "fix: write a figure, without quotes and without its unit"
                )
            ],
        ),
        (
            (CONTAINS, "check: {regex: (}"),
            [
                (
                    "16:20: error: passCriteria[2].check.regex: RE2 refuses the pattern '(': missing "
                    "): (; expected an RE2 pattern, matched on the normalised answer, whatever its "
                    r"case; fix: write `\(` for a bracket that is meant as one, `\?` for a question "
                    "mark"
                )
            ],
        ),
        (
            (CONTAINS, f"{CONTAINS}\n    weight: 0"),
            [
                (
                    "17:13: error: passCriteria[2].weight is `0`; expected more than 0; "
                    "fix: change the figure"
                )
            ],
        ),
        (
            (ROWS, "    - [2026-03-02, 210]\n"),
            [
                (
                    "26:7: error: domainInput.rows[1]: row 2 has 2 cells, the table has 3 columns; "
                    "expected one tuple a row, as long as `columns`; fix: write one cell a column"
                )
            ],
        ),
        (
            (ROWS, "    - [2026-03-02, ~, true]\n"),
            [
                (
                    "26:20: error: domainInput.rows[1][1] is empty; expected a whole number or a "
                    "number or text; fix: write a whole number"
                ),
                (
                    "26:23: error: domainInput.rows[1][2] is `true`; expected a whole number or a "
                    'number or text; fix: put it in quotes: "true"'
                ),
            ],
        ),
        (
            ("columns: [day, barrier_kpa, vibration_mm_s]", "columns: []"),
            ["23:12: error: domainInput.columns has 0 items; expected at least 2; fix: write more"],
        ),
    ],
)
def test_each_slip_is_told_at_its_place_in_our_words(change, problems):
    assert said(change) == problems


def test_every_slip_of_a_file_is_told():
    found = said(("outcomeType: tp", "outcomeType: tpp"), ("drive: electric, seal: double", ""),
                 ("id: PUMP_SEAL_LEAKS", "id: 5"))  # fmt: skip
    assert [line.split(": ")[0] for line in found] == ["1:5", "2:14"]


def test_a_file_that_is_a_list_is_told_so():
    document, _ = parsed("x.yaml", b"- a")
    _, [problem] = validated(document, RunConfig)
    assert str(problem) == (
        "x.yaml:1:1: error: the file is a list; expected a mapping of fields; "
        "fix: write a mapping of fields"
    )


def test_a_good_run_is_loaded(tmp_path):
    config = run_config(tmp_path, "benchmark: adtech\nspecialist: a\nbudgets: {wallTimeS: 60}\n")
    assert config.budgets.wall_time_s == 60


def test_a_bad_run_is_refused_with_every_located_problem(tmp_path):
    with pytest.raises(InputError) as refused:
        run_config(
            tmp_path, "benchmark: adtech\nspecialist: A\nladder: [x]\nbudgets: {iterations: 0}\n"
        )
    assert refused.value.exit_code == 3
    assert [str(problem) for problem in refused.value.problems] == [
        (
            "runs/a/run.yaml:2:13: error: specialist is `A`; expected the form ^[a-z0-9][a-z0-9-]*$ "
            "(name under which a promotion is recorded); fix: write `a`"
        ),
        (
            "runs/a/run.yaml:3:10: error: ladder[0] is `x`; expected one of rubric-composition, "
            "self-distillation, rejection-sampling; fix: choose one of them"
        ),
        (
            "runs/a/run.yaml:4:23: error: budgets.iterations is `0`; expected at least 1; "
            "fix: change the figure"
        ),
    ]


def test_a_rule_over_the_whole_file_stands_at_its_start(tmp_path):
    with pytest.raises(InputError, match=r"run.yaml:3:12: error: promotion: production needs"):
        run_config(tmp_path, "benchmark: a\nspecialist: b\npromotion: {channel: production}\n")


def test_a_run_outside_the_repository_is_refused(tmp_path):
    with pytest.raises(InputError, match="leaves the repository"):
        load(tmp_path, "../run.yaml", RunConfig)
