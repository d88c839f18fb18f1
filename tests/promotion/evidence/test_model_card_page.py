import re
from datetime import UTC, datetime

import pytest

from modelsmith.promotion.bundle import ServedParts
from modelsmith.promotion.channel import Release
from modelsmith.promotion.evidence.model_card_figures import CardFacts
from modelsmith.promotion.evidence.model_card_page import card_of
from modelsmith.promotion.evidence.provenance import Origins
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import contract_of
from modelsmith.run.entry_facts import StartedFacts
from tests.support.pages import Page
from tests.support.promoted import PARTS
from tests.support.runs import a_config, a_snapshot
from tests.support.submissions import a_record

BEFORE = Release(specialist="floor-desk", version="first-1", bundle_sha256="a" * 64)
SNAPSHOT = a_snapshot()
HOSTILE = "<script>alert(1)</script> ![x](http://example.com) | `code` \u202e&amp; <!-- -->"


def facts(record=None, target=None, shown=lambda text: text, benchmark=None):
    started = StartedFacts(
        config_sha256="1" * 64,
        exam_sha256="2" * 64,
        sealed_version="3" * 64,
        model_sha256="d" * 64,
        commit="e" * 40,
        peak_gib=1.0,
    )
    steer = SNAPSHOT.steer
    contract = contract_of(
        "sandbox",
        steer,
        {one.id: [True] for one in steer},
        [one.id for one in steer],
        exam_sha256="2" * 64,
        target=target,
    )
    origins = Origins(
        config=a_config(),
        started=started,
        train=SNAPSHOT.train,
        steer=steer,
        trainings=(),
        served=ServedParts(parts=PARTS, engine={}, modelsmith="0.1.0"),
        began_at=datetime(2025, 11, 3, 8, tzinfo=UTC),
    )
    return CardFacts(
        record or a_record(),
        origins,
        contract,
        benchmark or SNAPSHOT.benchmark,
        sealed=12,
        variants=24,
        shown=shown,
    )


def changed(record, **fields):
    return PromotionRecord.model_validate(record.model_dump() | fields)


TITLES = [
    "What it is",
    "What it is for",
    "What it was tested on",
    "How it did",
    "Cost of a decision and latency",
    "Limits",
    "Where it comes from",
    "How to check it",
    "How to serve it",
    "How it is taken back",
]


def test_both_forms_say_the_same_sections_in_the_same_order():
    card = card_of(facts())
    assert re.findall(r"^## (.+)$", card.markdown, re.MULTILINE) == TITLES
    assert re.findall(r"<h2 id=[^>]+>(.+)</h2>", card.page) == TITLES


def test_candidate_baselines_and_the_best_constant_stand_there_with_intervals():
    record = a_record()
    words = Page(card_of(facts(record)).page).words
    for card in (record.candidate, *(one.card for one in record.baselines), record.constant_card):
        assert card.system in words
        assert f"{card.core.value:.2f} [{card.core.low:.2f}, {card.core.high:.2f}]" in words
    for one in record.baselines:
        assert one.words in words


def test_a_stand_in_is_said_in_words():
    words = "the untouched base model in a baseline's place, no frontier model"
    assert card_of(facts()).markdown.count(words) == 2


def test_how_to_check_serve_and_take_back_are_commands():
    text = card_of(facts()).markdown
    for command in (
        "modelsmith run replay tiny",
        "modelsmith audit promotion",
        "modelsmith audit lineage floor-desk/tiny-2",
        "modelsmith serve --channel sandbox",
        "modelsmith watch --channel sandbox",
    ):
        assert f"\n{command}\n" in text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (None, "the channel is taken down, since nothing was live before it"),
        (BEFORE, "floor-desk first-1 goes live again"),
    ],
)
def test_what_goes_live_instead_is_said(target, words):
    assert words in card_of(facts(target=target)).page


def test_every_floor_of_the_contract_is_a_row():
    given = facts()
    rows = dict(re.findall(r"^\| (\S+) \| ([0-9.]+) \|$", card_of(given).markdown, re.MULTILINE))
    floors = {name.replace("_", "\\_"): f"{v:.2f}" for name, v in given.contract.floors.items()}
    assert floors
    assert floors.items() <= rows.items()


def test_what_is_held_out_is_taken_out_of_a_finding():
    card = card_of(facts(shown=lambda _: "(held out)"))
    assert "(held out)" in card.page
    assert a_record().gate.findings[0].message not in card.page


def hostile():
    record = a_record()
    first, *others = record.gate.findings
    findings = [first.model_copy(update={"message": HOSTILE}), *others]
    gate = record.gate.model_copy(update={"findings": tuple(findings)})
    return facts(changed(record, gate=gate.model_dump()))


def test_a_page_obeys_nothing_that_it_is_given():
    plain, read = Page(card_of(facts()).page), Page(card_of(hostile()).page)
    assert read.tags == plain.tags
    assert "script" not in read.tags
    assert "<script>alert(1)</script>" in read.words
    assert "\\u202e" in read.words


def test_markdown_obeys_nothing_that_it_is_given():
    text = card_of(hostile()).markdown
    (row,) = [line for line in text.splitlines() if "alert" in line]
    assert row == (
        r"| attempts | yes | \<script\>alert(1)\</script\> \!\[x\](http://example.com) \| "
        r"\`code\` \\u202e\&amp; \<\!-- --\> |"
    )


def test_a_page_needs_nothing_else():
    page = card_of(facts()).page
    read = Page(page)
    assert (read.loaded, read.faults) == ([], [])
    assert all(link.startswith("#part-") for link in read.links)
    assert "default-src 'none'" in page
    assert "url(" not in page


def test_the_same_facts_give_the_same_bytes():
    assert card_of(facts()) == card_of(facts())


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st")],
)
def test_a_look_is_counted_in_words(number, words):
    record = changed(a_record(), attempt=number)
    assert f"looked at for the {words} time" in card_of(facts(record)).markdown


def test_answers_that_were_cut_or_unreadable_are_named():
    record = facts().record
    card = record.candidate.model_copy(update={"cut": 2, "unreadable": 1})
    told = card_of(facts(changed(record, candidate=card)))
    words = "candidate: 2 answers cut by maxTokens, 1 unreadable."
    assert words in told.markdown
    assert words in told.page
    assert "cut by maxTokens" not in card_of(facts()).markdown
