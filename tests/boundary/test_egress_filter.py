"""What of an exam a text carries: nothing that may go is found, nearly all that may not is."""

import base64
import json
from functools import cache
from pathlib import Path

import pytest

from modelsmith.boundary.egress_filter import ContentScanner, text_of
from modelsmith.boundary.grants import ASKED, BOUNDARIES, Boundaries, Grant
from modelsmith.disk.repository_files import load
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.families.variants import families_in
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Table, shown
from modelsmith.loop.phases.intake import snapshot_of
from modelsmith.wiring.exams import labelled_answers

ROOT = Path(__file__).parents[2]
PURPOSES = ("council", "baseline", "judge")


@cache
def adtech() -> ExamSnapshot:
    exam = ExamFolder(ROOT, "adtech").exam()
    families = families_in(ROOT, exam.benchmark)
    return snapshot_of(exam, families, labelled_answers(ROOT, exam), 2)


@cache
def grant(purpose) -> Grant:
    return load(ROOT, BOUNDARIES, Boundaries).named("frontier").grant("openai", purpose)


@cache
def screen(purpose) -> ContentScanner:
    return ContentScanner(adtech(), grant(purpose))


def sealed():
    return next(s for s in adtech().sealed if isinstance(s.domain_input, Table))


def in_splits(*splits):
    return [(split, s) for split in splits for s in getattr(adtech(), split)]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_question_that_may_be_asked_is_found_to_carry_anything(purpose):
    for split, scenario in in_splits("train", "steer", "sealed"):
        if split in grant(purpose).splits:
            asked = text_of(m.content for m in prompt_for(adtech().benchmark, scenario))
            assert screen(purpose).found(asked) is None, scenario.id


def test_a_judge_may_be_sent_the_rubric_of_what_it_judges():
    for _, scenario in in_splits("train", "steer", "sealed"):
        criteria = "\n".join(c.text for c in scenario.criteria().values())
        assert screen("judge").found(f"{scenario.body()}\n{criteria}") is None


@pytest.mark.parametrize("split", ["steer", "sealed"])
def test_no_description_and_no_input_of_a_held_out_scenario_goes_to_the_council(split):
    for _, scenario in in_splits(split):
        for text in (scenario.description, scenario.input_text(), scenario.test_objective):
            assert screen("council").found(text) is not None, scenario.id


def test_nearly_every_rubric_is_known_by_its_sentences():
    missed = [
        scenario.id
        for _, scenario in in_splits("train", "steer", "sealed")
        if not screen("baseline").found("\n".join(c.text for c in scenario.criteria().values()))
    ]
    assert len(missed) <= 1  # sentences that three families share tell of none


def test_a_rubric_is_known_by_what_its_checks_look_for():
    text = "\n".join(
        json.dumps(c.check.model_dump(mode="json"))
        for c in sealed().pass_criteria
        if c.check is not None
    )
    assert "passCriteria of " in screen("baseline").found(text)


@pytest.mark.parametrize(
    "disguised",
    [
        lambda s: s.description,
        lambda s: s.description.upper().replace(" ", "\n\t "),
        lambda s: "\u200b".join(s.description),
        lambda s: s.description.replace(",", " --").replace(".", "!"),
        lambda s: "Consider this:\n" + s.description[len(s.description) // 2 :],
        lambda s: json.dumps({"text": s.description}),
        lambda s: s.input_text(),
        lambda s: "\n".join(",".join(map(shown, row[1:])) for row in s.domain_input.rows),
        lambda s: " | ".join(map(shown, s.domain_input.series(s.domain_input.columns[1]))),
    ],
    ids=[
        "verbatim",
        "case and white space",
        "invisible characters",
        "punctuation",
        "half of it",
        "as JSON",
        "the table as it is asked",
        "the table as CSV, without its days",
        "one column",
    ],
)
def test_a_sealed_scenario_is_known_in_disguise(disguised):
    found = screen("council").found(disguised(sealed()))
    assert f" of {sealed().family}" in found


def test_the_names_that_label_the_rows_of_a_sealed_table_are_known():
    names = ("kestrel", "bilberry", "juniper", "marten", "osprey", "heron", "teasel", "yarrow")
    table = Table(columns=("service", "errors"), rows=tuple((name, 0) for name in names))
    labelled = sealed().model_copy(update={"domain_input": table})
    exam = adtech().model_copy(update={"sealed": (labelled,)})
    found = ContentScanner(exam, grant("council")).found(f"It runs {', '.join(names)}.")
    assert found == f"domainInput of {labelled.id} (sealed)"


def test_a_question_cut_in_two_is_known():
    words = sealed().description.split()
    halves = (" ".join(words[:6]), " ".join(words[6:12]))
    assert screen("council").found(text_of(halves)) is not None


def test_an_id_is_known_alone_and_in_lower_case():
    assert screen("judge").found(f"Decide on {sealed().id.lower()}.") == (
        f"the id of {sealed().id} (sealed)"
    )


def test_the_canary_is_known_whatever_is_granted():
    assert screen("judge").found(f"guid {adtech().benchmark.canary.upper()}") == (
        "the benchmark's canary"
    )


def test_a_labelled_answer_goes_to_judges_alone():
    text = adtech().labelled[0].text
    assert screen("judge").found(text) is None
    assert "a labelled answer to " in screen("baseline").found(text)


def test_what_is_encoded_or_told_in_other_words_is_not_seen():
    encoded = base64.b64encode(sealed().description.encode()).decode()
    assert screen("council").found(encoded) is None
    assert screen("council").found("A firm that runs ships now credits banners more.") is None


def test_what_three_families_share_tells_of_none():
    shared = "Recommends the opposite remedy, or one that hides the problem."
    families = {
        scenario.family
        for _, scenario in in_splits("train", "steer", "sealed")
        if shared in [c.text for c in scenario.fail_criteria]
    }
    assert len(families) > 2
    assert screen("council").found(shared) is None


def test_a_field_that_is_not_granted_is_kept_in_of_the_granted_split_too():
    narrow = Grant(provider="openai", splits=("train",), fields=("description",))
    found = ContentScanner(adtech(), narrow)
    scenario = next(s for s in adtech().train if isinstance(s.domain_input, Table))
    assert found.found(scenario.description) is None
    assert found.found(scenario.input_text()) == f"domainInput of {scenario.id} (train)"
    wide = Grant(provider="openai", splits=("train",), fields=ASKED)
    assert ContentScanner(adtech(), wide).found(scenario.input_text()) is None
