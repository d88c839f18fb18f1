"""The shipped labelled answers, and how the check-based grader does on them."""

import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.benchmark import Exam, by_id
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.phrases import AnyOf
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.exam.labelled_answers import AnswerKind, ExamSheet, labelled_right
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import Judged, graded
from modelsmith.judges.certification.examination import (
    Examination,
    ExamVerdict,
    certificate_of,
    examination_of,
)
from modelsmith.workbench.issue_form import QUESTIONS
from modelsmith.workbench.issue_scenario import scenario_draft_of

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[1]
ASSAY = "ASSAY_ADTECH_BID_FLOOR_SHADING_VS_PACING_DISAMBIGUATION"

STANDING = {
    # An answer that wavers between two causes names both; a phrase cannot tell.
    "ADTECH_ATTRIBUTION_WAREHOUSE_REFUSES_INVOICE/W1": {"P3", "F2"},
    # "extend it": what "it" is stands in the clause before.
    "ADTECH_BRAND_NEWSROOM_INCOME_AFTER_VENDOR_UPDATE/W2": {"F1"},
    # "the clearing price does not matter": mentioned, not asked for.
    f"{ASSAY}/W2": {"P6"},
    # Written after the phrase lists were widened, and left as they came out: this is how the
    # checks do on words that nobody gave them.
    "ADTECH_ATTRIBUTION_RENEWAL_DECK_CPA_UNDER_GOAL/R2": {"P3"},
    "ADTECH_BRAND_NEWSROOM_INCOME_AFTER_VENDOR_UPDATE/R2": {"P3", "P4"},
    "ADTECH_FLOOR_INAPP_RECORD_FILL/R2": {"P3"},
    "ADTECH_FREQUENCY_MATTRESS_CLICKS_FADE/R2": {"P3", "P4"},
    "ADTECH_FREQUENCY_MONTHLY_VIDEO_HEALTH_REPORT/R2": {"P4"},
    "ADTECH_HEADER_WEATHER_PORTAL_RENDERED_WINS/R2": {"P3", "P4"},
    "ADTECH_IVT_GARDENING_WEEKLY_COUNT_GAP/R2": {"P4"},
    "ADTECH_IVT_LANGUAGE_SCHOOL_BEST_WEEK/R2": {"P3"},
    "ADTECH_PACING_EVENING_SHOPPERS_MISSED/R2": {"P3"},
    "ADTECH_PACING_FLIGHTS_END_SPEND_HALVED/R2": {"P3", "P5"},
    "ADTECH_PRIVACY_EUROPEAN_FORUM_PRICES_SLIDE/R2": {"P3"},
    "ADTECH_PRIVACY_EXCHANGE_CONTROLLER_CHECKLIST/R2": {"P3", "P4"},
    "ADTECH_SHADING_HAPPY_SHOE_BRAND/R2": {"P1"},
    "ADTECH_SUPPLY_SWOLLEN_INVENTORY/R2": {"P3"},
    "ADTECH_SUPPLY_WORKING_MEDIA_SHRINKS/R2": {"P3"},
}
"""Criteria on which people and grader differ, and stay different: labels are not bent to it."""


@cache
def the_exam() -> Exam:
    return ExamFolder(REPOSITORY, "adtech").exam()


@cache
def the_sheets() -> tuple[ExamSheet, ...]:
    return sheets_of(REPOSITORY, "adtech", the_exam())


@cache
def the_examination() -> Examination:
    exam = the_exam()
    return examination_of(the_sheets(), by_id(exam.train), exam.benchmark)


def test_every_train_scenario_has_labelled_answers_and_no_held_out_one_has() -> None:
    assert {sheet.scenario for sheet in the_sheets()} == {s.id for s in the_exam().train}


def test_there_are_enough_answers_of_each_kind() -> None:
    kinds = Counter(answer.kind for sheet in the_sheets() for answer in sheet.answers)
    assert kinds[AnswerKind.RIGHT] >= 24
    assert kinds[AnswerKind.PLAUSIBLE_WRONG] >= 0.3 * kinds.total()
    assert kinds[AnswerKind.OFF_TOPIC] >= 8
    assert kinds[AnswerKind.INJECTED] >= 12


def test_criteria_are_balanced_and_a_quarter_are_fail_criteria() -> None:
    keys = [k for sheet in the_sheets() for answer in sheet.answers for k in answer.labels]
    counts = the_examination().agreement.counts
    assert 0.4 <= counts.met / counts.total <= 0.6
    assert sum(key.startswith("F") for key in keys) >= 0.25 * len(keys)


def test_every_criterion_of_every_answer_is_labelled() -> None:
    known = by_id(the_exam().train)
    assert all(
        set(answer.labels) == set(known[sheet.scenario].criteria())
        for sheet in the_sheets()
        for answer in sheet.answers
    )


def test_right_answers_keep_the_four_lines_that_the_prompt_asks_for() -> None:
    headings = [s.heading for s in the_exam().benchmark.answer_format.sections]
    for sheet in the_sheets():
        for answer in sheet.answers:
            if answer.kind is AnswerKind.RIGHT:
                lines = answer.text.replace("*", "").splitlines()
                assert [line.split(":")[0] for line in lines] == headings, answer.text


def test_the_check_based_grader_passes_and_is_certified() -> None:
    examination, exam = the_examination(), the_exam()
    assert examination.verdict is ExamVerdict.PASSED
    assert examination.injection_failures == ()
    floor = exam.benchmark.floors.exam
    assert certificate_of(examination, "adtech", the_sheets(), by_id(exam.train), floor)


def test_people_and_grader_differ_only_where_it_is_known() -> None:
    found: dict[str, set[str]] = {}
    for difference in the_examination().disagreements:
        answer = f"{difference.scenario}/{difference.answer}"
        found.setdefault(answer, set()).add(difference.criterion)
    assert found == STANDING


def test_no_wrong_answer_passes_a_rubric() -> None:
    assert the_examination().passes.counts.raised == 0


def test_every_train_scenario_has_a_labelled_answer_to_learn_from() -> None:
    known = by_id(the_exam().train)
    passing = set()
    for label in labelled_right(the_sheets()):
        verdict = graded(known[label.scenario], label.text, FREE_TEXT)
        if isinstance(verdict, Judged) and verdict.passed:
            passing.add(label.scenario)
    assert passing == set(known)


def the_phrases() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the phrase lists of the families' rubric: by category and label, and the clear one."""
    text = (REPOSITORY / "benchmarks/adtech/families/_rubric.j2").read_text(encoding="utf-8")
    module: Any = jinja2.Environment(autoescape=False).from_string(text).module  # noqa: S701
    return module.labels, module.clear


def every_scenario() -> list[Scenario]:
    exam = the_exam()
    return [s for split in Split for s in exam.split(split) if s.id != ASSAY]


@pytest.mark.parametrize("scenario", every_scenario(), ids=lambda scenario: scenario.id)
def test_a_scenario_and_its_variants_know_the_same_phrases(scenario: Scenario) -> None:
    labels, clear = the_phrases()
    verdict = next(c.check for c in scenario.pass_criteria if isinstance(c.check, Verdict)).verdict
    told = labels[scenario.category].get(verdict, clear)
    rivals = [v for name, v in labels[scenario.category].items() if name != verdict]
    blamed = [p for rival in rivals for p in (*rival["says_any"], rival["label"])]
    expected = {
        f"Says that {told['says']}.": told["says_any"],
        f"Recommends to {told['recommends']}.": told["recommends_any"],
    }
    if verdict in labels[scenario.category]:
        expected["Recommends the opposite remedy, or one that hides the problem."] = told[
            "contrary_any"
        ]
        expected["Blames"] = blamed
    else:
        remedies = [p for rival in rivals for p in rival["recommends_any"]]
        expected["Prescribes a remedy although nothing is wrong."] = remedies
        expected["Diagnoses a problem that the figures do not show."] = blamed
    found = {
        "Blames" if c.text.startswith("Blames") else c.text: list(c.check.any_of)
        for c in scenario.criteria().values()
        if isinstance(c.check, AnyOf)
    }
    assert {text: found.get(text) for text in expected} == expected


def test_the_verdict_line_alone_names_no_cause() -> None:
    for scenario in every_scenario():
        criteria = scenario.criteria()
        labels = {c.check.verdict for c in criteria.values() if isinstance(c.check, Verdict)}
        verdict = graded(scenario, f"VERDICT: {labels.pop()}", FREE_TEXT)
        met = {c.criterion for c in verdict.criteria if c.outcome.value == "met"}
        assert [type(criteria[key].check) for key in met] == [Verdict], scenario.id


SAMPLES = Path(os.environ.get("MODELSMITH_SAMPLES") or REPOSITORY.parent / "shared")


def test_the_worked_case_is_taken_as_its_expert_wrote_it_in_a_file_and_in_a_form():
    sample = SAMPLES / "worked-scenario.yaml"
    if not sample.is_file():
        pytest.skip(f"{sample.name} is not in the folder that MODELSMITH_SAMPLES names")
    benchmark, text = (
        ExamFolder(REPOSITORY, "adtech").benchmark(),
        sample.read_text(encoding="utf-8"),
    )
    scenario = scenario_from(benchmark, text, sample.name)
    assert list(scenario.criteria()) == ["P1", "P2", "P3", "P4", "F1", "F2", "F3", "F4"]
    asked = prompt_for(benchmark, scenario)[-1].content
    assert "(first-price, unified-auction)" in asked
    assert "requests_eligible, requests_bid_on, bids_won" in asked
    told = yaml.safe_load(text)
    answers = {"benchmark": "adtech", "split": "train"} | {
        name: told[name] if isinstance(told[name], str) else yaml.safe_dump(told[name])
        for name in list(QUESTIONS)[2:]
        if name in told
    }
    answers["mechanic"] = yaml.safe_dump(told["auctionMechanic"])
    drafted = scenario_draft_of({"adtech": benchmark}, answers)
    assert drafted.problems == ()
    assert scenario_from(benchmark, drafted.text, "form").rubric_digest() == (
        scenario.rubric_digest()
    )
