"""A release as an auditor reads it."""

import json

from modelsmith.audit.release_page import (
    RULES,
    ReleaseAudit,
    ReleaseRuleResult,
    release_json,
    release_page,
)
from modelsmith.policy import Role
from modelsmith.promotion.approval.record import Approved
from tests.support.promoted import AT, APromotion

ONE = APromotion()


def an_audit(**changes):
    fields = {
        "commit": "a" * 40,
        "release": ONE.release,
        "channel": "sandbox",
        "standing": "live",
        "run": "tiny",
        "signers": {"promotion": "factory", "lineage": ""},
        "approvals": (
            Approved(who="lex", roles=(Role.LEGAL,), commit_sha="a" * 40, at=AT, signature="x"),
            Approved(who="mona", roles=(Role.DOMAIN_OWNER,), commit_sha="a" * 40, at=AT),
        ),
        "override": "",
        "rulings": tuple(ReleaseRuleResult(rule=rule, faults=()) for rule in RULES),
        "moves": ONE.moves(),
    }
    return ReleaseAudit(**fields | changes)


def test_what_holds_is_told_with_who_approved_signed_and_moved_it():
    page = release_page(an_audit())
    first, *lines, last = page.splitlines()
    digest = ONE.release.bundle_sha256[:12]
    assert first == (
        f"floor-desk tiny-2 in sandbox: live, bundle {digest}, run tiny, at aaaaaaaaaaaa"
    )
    assert lines[: len(RULES)] == [f"  holds    {rule}: {RULES[rule]}" for rule in RULES]
    assert lines[len(RULES) :] == [
        "  approved 2025-11-03 09:00 UTC by lex as legal, signed",
        "  approved 2025-11-03 09:00 UTC by mona as domain-owner, as the forge recorded",
        "  signed   lineage by nobody whom the policy accepts",
        "  signed   promotion by factory",
        (
            "  moved    2025-11-03 09:00 UTC promoted: nothing -> floor-desk tiny-2; "
            "approved by owner@example.com, pull request 7"
        ),
    ]
    assert last == "holds"


def test_each_fault_is_told_by_its_rule_on_a_line_of_its_own():
    broken = ReleaseRuleResult(
        rule="attestation", faults=("card.md: it is\nnot what was signed", "b")
    )
    audit = an_audit(rulings=(broken,), standing="taken back")
    assert not audit.holds
    lines = release_page(audit).splitlines()
    assert lines[1:3] == [
        "  REFUSED  attestation: card.md: it is not what was signed",
        "  REFUSED  attestation: b",
    ]
    assert lines[-1] == "refused: it is not what was approved and signed"


def test_an_override_and_a_channel_that_was_taken_down_are_told():
    down = ONE.moves()[0].model_copy(
        update={"kind": "reverted", "before": ONE.release, "after": None, "why": "It forgot."}
    )
    page = release_page(an_audit(override="OVERRIDDEN by otto: hurry", moves=(down,)))
    assert page.splitlines()[1] == "OVERRIDDEN by otto: hurry"
    told = "reverted: floor-desk tiny-2 -> nothing: the channel was taken down; It forgot."
    assert told in page


def test_where_no_rule_was_asked_nothing_holds():
    assert not an_audit(rulings=()).holds


def test_json_says_the_same():
    found = json.loads(json.dumps(release_json(an_audit())))
    assert found["holds"] is True
    assert found["release"]["bundleSha256"] == ONE.release.bundle_sha256
    assert [one["rule"] for one in found["rulings"]] == list(RULES)
