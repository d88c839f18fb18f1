"""An operator's word over the gate's: what counts, and each refusal by name."""

import pytest

from modelsmith.promotion.approval.override import Wanted, overridden_words, override_faults
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.run.state_machine import Event
from modelsmith.signoff.rules import findings_of
from tests.support.approvals import SIGNATURE, SUBJECT
from tests.support.overrides import OTTO, a_refused_one, says, signed
from tests.support.submissions import PLACE, proposed

WORDS = "OVERRIDDEN by otto@example.org, 2025-11-03 09:00 UTC: a pilot of ten (not holding: lead)"


def wanted(**changes):
    fields = {
        "subject": SUBJECT,
        "failing": ("lead",),
        "operators": (OTTO,),
        "channel": "sandbox",
        "is_allowed": True,
    }
    return Wanted(**(fields | changes))


def test_a_signed_override_of_this_bundle_by_an_operator_counts():
    assert list(override_faults(signed(), wanted())) == []


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (signed(signature="", signatory=""), wanted(), "is not signed: there is no override.sig"),
        (signed(signatory="", is_altered=True), wanted(), "was edited after it was signed"),
        (signed(signatory=""), wanted(), "lists for nobody"),
        (signed(), wanted(operators=()), "otto@example.org does not hold operator"),
        (
            signed(operator="ada@example.org"),
            wanted(),
            "it speaks for ada@example.org, and otto@example.org signed it",
        ),
        (
            signed(subject={f"{PLACE}/request.json": "9" * 64}),
            wanted(),
            f"it is over another bundle: {PLACE}/request.json 999999999999, this is",
        ),
        (signed(subject={}), wanted(subject={}), "it is over another bundle: none"),
        (
            signed(),
            wanted(is_allowed=False, channel="production"),
            "promotions/policy.yaml lets nobody override the gate in production",
        ),
        (signed(failing=("looks",)), wanted(), "it overrules looks, not holding: lead"),
        (
            Signed(statement="{}", signature=SIGNATURE, signatory=OTTO),
            wanted(),
            "override.json is no override",
        ),
    ],
)
def test_an_override_that_does_not_count_says_why(given, expected, words):
    assert any(words in fault for fault in override_faults(given, expected))


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501])
def test_an_override_has_a_reason(reason):
    with pytest.raises(ValueError, match="reason"):
        says(reason=reason)


def test_an_override_is_told_in_one_line_even_where_it_cannot_be_read():
    assert overridden_words(None) == ""
    assert overridden_words(signed().statement.encode()) == WORDS
    assert overridden_words(b"\xff").startswith("OVERRIDDEN by nobody knows whom")


def rules(one):
    return {found.rule: found for found in findings_of(one)}


def test_the_gate_holds_with_the_override_told_by_name_and_reason():
    found = rules(a_refused_one())
    assert {one.state for one in found.values()} == {"holds"}
    assert "the run's gate said reject; OVERRIDDEN by otto@example.org" in found["gate"].what
    assert "a pilot of ten" in found["gate"].what


def test_without_an_override_the_gate_s_no_stands():
    one = a_refused_one(override=None, proposed=proposed())
    told = {rule: found.what for rule, found in rules(one).items() if found.state != "holds"}
    assert list(told) == ["gate"]
    assert told["gate"].startswith("the run's last entry is refused, expected staged; ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"allows_override": False}, "lets nobody override the gate in sandbox"),
        ({"operators": ()}, "otto@example.org does not hold operator"),
        (
            {"event": Event.STAGED},
            "there is an override, and the run's last entry is staged, expected refused",
        ),
        (
            {"event": None},
            "there is an override, and the run's last entry cannot be read, expected refused",
        ),
    ],
)
def test_an_override_that_does_not_count_is_a_fault_of_the_gate(changes, words):
    found = rules(a_refused_one(**changes))
    assert (found["gate"].state, words in found["gate"].what) == ("fails", True)


def test_an_override_overrules_the_gate_alone():
    one = a_refused_one(broken=("replay: x: y",))
    assert [rule for rule, found in rules(one).items() if found.state == "fails"] == ["ledger"]
