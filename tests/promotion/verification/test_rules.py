"""What a promoted release must be: each attack by the rule that refuses it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.decisions.gate import gate
from modelsmith.promotion.bundle import (
    APPROVALS,
    ATTESTATION,
    CARD,
    CONTRACT,
    EVALUATION,
    EVIDENCE,
    LINEAGE,
    OVERRIDE,
    OVERRIDE_SIGNATURE,
    RECORD,
    REQUEST,
    REVERTED,
    SIGNED,
    SIGNED_EVALUATION,
    SIGNED_LINEAGE,
    Request,
)
from modelsmith.promotion.record import PromotionRecord, promotion_of
from modelsmith.promotion.verification.rules import promoted_faults
from modelsmith.record import canonical, sha256
from modelsmith.run.state_machine import Event
from modelsmith.statistics.scorecard import scorecard_of
from tests.support.entries import an_entry
from tests.support.promoted import SIGNED_BY_US, APromotion, a_contract, sign
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_contender, a_sitting, an_attempt, failing_on
from tests.support.submissions import AT, a_record

PLACE = "promotions/floor-desk/tiny-2"


@pytest.fixture(scope="module")
def one():
    return APromotion()


def faults(one, **changes):
    return [(f.rule, f.name, f.what) for f in promoted_faults(one.promoted(**changes))]


def files(one, **changes):
    """Return the folder with some files otherwise; None takes one away."""
    found = one.folder() | changes
    return {name: content for name, content in found.items() if content is not None}


def resigned(one, **changes):
    """Return the folder with some files otherwise, its request and its signatures made anew."""
    other = APromotion()
    other.bundle |= changes
    evidence = {name: sha256(other.bundle[name]) for name in EVIDENCE}
    other.request = Request(**dict(one.request) | {"evidence": evidence})
    other.bundle[REQUEST] = other.request.canonical()
    return other.folder()


def test_what_was_approved_sealed_and_merged_holds(one):
    assert faults(one) == []


def test_what_a_revert_adds_later_is_no_extra_file(one):
    assert faults(one, files=files(one) | dict.fromkeys(REVERTED, b"{}")) == []


@pytest.mark.parametrize("name", [CARD, CONTRACT, EVALUATION, LINEAGE, RECORD])
def test_a_file_that_was_edited_after_approval_is_named(one, name):
    found = faults(one, files=files(one, **{name: b"{}"}))
    assert {"bundle", "evidence", "attestation", "approvals"} <= {rule for rule, *_ in found}
    assert ("approvals", name, f"it changed after {'a' * 12} was approved") in found
    assert ("attestation", name, f"{PLACE}/{name} is not what was signed") in found


def test_a_file_that_was_taken_away_is_named(one):
    found = faults(one, files=files(one, **{CONTRACT: None}))
    assert ("bundle", CONTRACT, "it is not there, and was approved") in found
    assert ("attestation", CONTRACT, f"{PLACE}/{CONTRACT} was signed, and is not there") in found


def test_an_extra_file_is_named(one):
    found = faults(one, files=files(one, **{"run_me.py": b"import os"}))
    assert ("bundle", "run_me.py", "it is no file of a promotion: an extra file") in found
    words = f"{PLACE}/run_me.py is not covered by the signature"
    assert ("attestation", "run_me.py", words) in found


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\x00", b'{"specialist": 1}'])
def test_without_a_request_nothing_was_approved(one, content):
    what = "is not there" if content is None else "cannot be read"
    told = f"request.json {what}: nothing says what was approved"
    assert faults(one, files=files(one, **{REQUEST: content})) == [("bundle", REQUEST, told)]


def test_a_request_in_another_encoding_is_refused(one):
    pretty = json.dumps(json.loads(one.request.canonical()), indent=1).encode()
    assert faults(one, files=files(one, **{REQUEST: pretty}))[0][0] == "bundle"


@pytest.mark.parametrize("part", ["adapter", "model", "tokenizer", "template"])
def test_a_swapped_part_is_another_bundle(one, part):
    swapped = {name: dict(known) for name, known in one.request.parts.items()}
    (first, *_) = swapped[part]
    swapped[part][first] = "e" * 64
    request = Request(**dict(one.request) | {"parts": swapped})
    found = faults(one, files=files(one, **{REQUEST: request.canonical()}))
    assert ("attestation", first, f"{part}/{first} is not what was signed") in found
    assert ("approvals", APPROVALS, "another bundle was approved") in found
    assert ("attestation", ATTESTATION, "it is of another bundle") in found


def test_a_part_without_a_file_is_refused(one):
    parts = {name: known for name, known in one.request.parts.items() if name != "tokenizer"}
    request = Request(**dict(one.request) | {"parts": parts})
    found = faults(one, files=files(one, **{REQUEST: request.canonical()}))
    assert ("bundle", REQUEST, "the request names no file of the tokenizer") in found


def test_evidence_of_another_run_is_refused(one):
    other = APromotion("other-1")
    found = faults(one, entries=other.entries)
    assert ("evidence", RECORD, "it is not the evidence of run tiny's last entry") in found


def test_a_file_beside_the_phases_own_does_not_stand_in_for_its_evidence(one):
    first, last = one.entries
    moved = {path.replace("001-", "zz-"): digest for path, digest in last.evidence.items()}
    shadow = last.model_copy(update={"evidence": moved})
    found = faults(one, entries=(first, shadow))
    assert ("evidence", RECORD, "it is not the evidence of run tiny's last entry") in found


def test_a_ledger_whose_tail_was_cut_is_refused(one):
    found = faults(one, entries=one.entries[:-1])
    told = "run tiny ends with started, expected one that ends with staged: its tail is cut"
    assert found == [("evidence", REQUEST, told)]
    told = "run tiny has no ledger, expected one that ends with staged: its tail is cut"
    assert faults(one, entries=()) == [("evidence", REQUEST, told)]


def test_a_ledger_that_tells_another_story_is_refused(one):
    first = an_entry(0, Event.STARTED, iteration=1)
    last = an_entry(1, Event.STAGED, past=(first,), evidence=one.entries[-1].evidence)
    (found,) = faults(one, entries=(first, last))
    assert found[2].startswith("it stands on entry ")


@pytest.mark.parametrize("name", [SIGNED, SIGNED_EVALUATION, SIGNED_LINEAGE])
def test_each_signature_must_be_there_and_by_whom_the_policy_accepts(one, name):
    told = "it is not signed: the bundle is not there"
    assert faults(one, files=files(one, **{name: None})) == [("attestation", name, told)]
    told = "nobody whom the policy accepts vouches for it"
    forged = files(one, **{name: b"by somebody"})
    assert faults(one, files=forged) == [("attestation", name, told)]


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b'{"_type": 3}', b"\xff", b"null", b'"x"', b"{" * 999]
)
@pytest.mark.parametrize("name", [SIGNED, SIGNED_EVALUATION, SIGNED_LINEAGE])
def test_what_is_signed_must_be_the_statement(one, name, payload):
    (found,) = faults(one, files=files(one, **{name: sign("promotion", payload)}))
    assert found[:2] == ("attestation", name)
    assert found[2].startswith("what is signed is no ")


def test_a_statement_of_another_kind_does_not_promote(one):
    folder = files(one)
    found = faults(one, files=folder | {SIGNED: folder[SIGNED_EVALUATION]})
    assert [rule for rule, *_ in found] == ["attestation"]
    assert "predicateType is https://in-toto.io/attestation/test-result/v0.1" in found[0][2]


def test_the_statement_in_git_is_the_signed_one(one):
    found = faults(one, files=files(one, **{ATTESTATION: b"{}"}))
    assert found == [("attestation", ATTESTATION, "it is not what was signed")]


def test_a_statement_of_another_candidate_does_not_promote_this_one(one):
    other = APromotion("other-1").folder()
    replayed = {name: other[name] for name in (SIGNED, ATTESTATION, APPROVALS)}
    found = faults(one, files=files(one) | replayed)
    assert ("attestation", ATTESTATION, "it is of another bundle") in found
    assert ("approvals", APPROVALS, "another bundle was approved") in found


def test_evaluation_and_lineage_are_signed_as_they_stand(one):
    other = resigned(one, **{EVALUATION: canonical({"result": "PASSED", "modelsmith": {}})})
    folder = files(one, **{SIGNED_EVALUATION: other[SIGNED_EVALUATION]})
    told = ("attestation", SIGNED_EVALUATION, "it says something else than evaluation.json")
    assert faults(one, files=folder) == [told]


def test_approvals_are_judged_again(one):
    told = faults(one, approval_faults=lambda _file, _request: iter(["nobody may approve it"]))
    assert told == [("approvals", APPROVALS, "nobody may approve it")]
    told = faults(one, files=files(one, **{APPROVALS: b"{}"}))
    assert ("approvals", APPROVALS, "it is not there, or cannot be read") in told


def test_a_removed_finding_is_another_record(one):
    record = a_record()
    cut = record.gate.model_copy(update={"findings": record.gate.findings[1:]})
    edited = PromotionRecord(**dict(record) | {"gate": cut}).canonical()
    rules = {rule for rule, *_ in faults(one, files=files(one, **{RECORD: edited}))}
    assert rules >= {"bundle", "evidence", "attestation", "approvals"}


# Overrides


def a_refused(version="tiny-2"):
    attempt = an_attempt(candidate=a_contender("candidate", a_sitting(failing_on(*range(10)))))
    cards = [scorecard_of(c.system, c.trials, a_benchmark()) for c in attempt.contenders()]
    return promotion_of(
        a_record(version=version).lineage, attempt, gate(attempt), cards, created_at=AT
    )


def test_what_the_gate_refused_needs_an_operator_in_writing():
    written = {OVERRIDE: b"{}", OVERRIDE_SIGNATURE: b"-"}
    one = APromotion(record=a_refused(), more=written)
    assert faults(one, override_fault=lambda _: None) == []
    ((rule, name, what),) = faults(one)
    assert (rule, name) == ("decision", RECORD)
    assert what.startswith("the gate said refused; not holding: ")
    assert what.endswith("; nobody overruled it in writing")


def test_a_record_of_something_else_is_refused():
    one = APromotion()
    other = a_record(version="tiny-9").canonical()
    found = faults(one, files=resigned(one, **{RECORD: other}))
    told = "it is the record of floor-desk tiny-9 tiny sandbox"
    assert ("decision", RECORD, told) in found
    found = faults(one, files=resigned(one, **{RECORD: b"{}"}))
    assert ("decision", RECORD, "it cannot be read") in found


def test_a_contract_is_part_of_what_is_approved(one):
    other = a_contract(target=APromotion("old-1").release).canonical()
    found = faults(one, files=files(one, **{CONTRACT: other}))
    assert ("approvals", CONTRACT, f"it changed after {'a' * 12} was approved") in found


def test_a_promotion_lies_where_its_request_says(one):
    found = faults(one, place="promotions/floor-desk/tiny-9")
    assert ("bundle", REQUEST, "it asks for floor-desk tiny-2") in found


def test_a_request_names_each_evidence_file_and_no_other(one):
    evidence = dict(one.request.evidence)
    evidence["more.json"] = evidence.pop(CARD)
    request = Request(**dict(one.request) | {"evidence": evidence})
    found = faults(one, files=files(one, **{REQUEST: request.canonical()}))
    assert ("bundle", REQUEST, f"the request does not name {CARD}") in found
    assert ("bundle", REQUEST, "the request names more.json") in found


@pytest.mark.parametrize("name", [SIGNED_EVALUATION, SIGNED_LINEAGE])
def test_a_claim_about_other_weights_is_refused(one, name):
    folder = files(one)
    statement = json.loads(folder[name].removeprefix(SIGNED_BY_US))
    statement["subject"][0]["digest"]["sha256"] = "e" * 64
    forged = folder | {name: sign("lineage", canonical(statement))}
    told = ("attestation", name, "it speaks of other files than are served")
    assert faults(one, files=forged) == [told]


# Whatever bytes lie there


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_damaged_file_is_refused_and_none_is_a_defect(data):
    folder = dict(WHOLE.folder())
    name = data.draw(st.sampled_from(sorted(folder)))
    content = bytearray(folder[name])
    kind = data.draw(st.sampled_from(["flip", "cut", "more", "other"]))
    if kind == "flip":
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    elif kind == "more":
        content += data.draw(st.binary(min_size=1, max_size=20))
    else:
        content = bytearray(data.draw(st.sampled_from(ODD)))
    folder[name] = bytes(content)
    assert faults(WHOLE, files=folder) != []


ODD = [b"", b"null", b"[]", b"{}", b"NaN", b"[" * 20_000, b'{"a":' * 20_000, b"\xff\xfe", b"1e999"]
WHOLE = APromotion()
