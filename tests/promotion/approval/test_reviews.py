"""Whose review counts: each refusal by name."""

from datetime import UTC, datetime, timedelta

import pytest

from modelsmith.forge.records import Person, Review
from modelsmith.policy import Role
from modelsmith.promotion.approval.reviews import (
    Approvals,
    approval_findings,
    discount_of,
    discounts,
)

HEAD, OLD = "a" * 40, "b" * 40
COMMITTED = datetime(2025, 11, 3, 9, tzinfo=UTC)
LEGAL, OWNER = Role.LEGAL, Role.DOMAIN_OWNER


def review(who="lex", verdict="approved", *, sha=HEAD, after_s=60, is_bot=False):
    return Review(
        author=Person(login=who, is_bot=is_bot),
        verdict=verdict,
        commit_sha=sha,
        submitted_at=COMMITTED + timedelta(seconds=after_s),
        body="",
    )


def known(*reviews, **changes):
    fields = {
        "head_sha": HEAD,
        "last_commit_at": COMMITTED,
        "required": (LEGAL,),
        "holders": {LEGAL: ("Lex", "lena"), OWNER: ("mona",)},
        "bots": ("factory[bot]", "robo"),
        "writers": {"wanda": "wrote runs/tiny/run.yaml"},
        "reviews": reviews,
    }
    return Approvals.model_validate(fields | changes)


def findings(*reviews, **changes):
    return {found.rule: found for found in approval_findings(known(*reviews, **changes))}


def test_a_holders_approval_of_the_head_counts_however_the_name_is_written():
    found = findings(review("lex"))["legal"]
    assert (found.state, found.what) == ("holds", f"lex approved {HEAD[:12]}, 2025-11-03 09:01 UTC")


def test_without_a_review_it_waits_for_those_who_may():
    found = findings()["legal"]
    assert (found.state, found.people) == ("waits", ("Lex", "lena"))
    assert found.what == "nobody who holds legal has approved"
    assert found.remedy == "Ask one of: Lex, lena."


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("bot", review("lex", is_bot=True), "lex is a program, which never counts"),
        ("bot", review("Robo"), "Robo is a program, which never counts"),
        (
            "self-approval",
            review("Wanda"),
            "Wanda wrote runs/tiny/run.yaml, and nobody approves what they wrote",
        ),
        ("dismissed", review("lex", "dismissed"), "lex's review was dismissed"),
        ("changes-requested", review("lex", "changes-requested"), "lex asks for changes"),
        ("stale", review("lex", sha=OLD), f"lex approved {OLD[:12]}, the head is {HEAD[:12]}"),
        ("early", review("lex", after_s=-1), "lex approved before the last commit was made"),
    ],
)
def test_a_review_that_does_not_count_says_why(name, given, words):
    holders = {LEGAL: ("lex", "lena", "wanda", "robo")}
    assert discount_of(known(), given) == words
    found = findings(given, holders=holders)["legal"]
    assert (found.state, words in found.what) == ("waits", True)
    assert next(discounts(known(), given)).name == name


def test_the_first_moment_that_counts_is_that_of_the_last_commit():
    assert discount_of(known(), review(after_s=0)) is None


def test_somebody_without_the_role_counts_for_nothing():
    found = findings(review("mona"))["legal"]
    assert found.state == "waits"
    assert found.what.endswith("; mona approved and does not hold legal")


def test_each_role_needs_its_own_approval():
    both = findings(review("mona"), required=(OWNER, LEGAL))
    assert [both["domain-owner"].state, both["legal"].state] == ["holds", "waits"]


def test_the_newest_word_of_a_person_counts():
    taken_back = (review(), review(verdict="changes-requested", after_s=90))
    assert findings(*taken_back)["legal"].state == "waits"
    assert findings(*reversed(taken_back))["veto"].state == "fails"
    settled = (review(verdict="changes-requested"), review(after_s=90))
    assert {one.state for one in findings(*settled).values()} == {"holds"}


def test_a_holders_request_for_changes_is_a_veto_however_old():
    found = findings(review("lena", "changes-requested", sha=OLD), review("lex"))
    assert found["legal"].state == "holds"
    assert found["veto"].state == "fails"
    assert found["veto"].what == "lena, who holds legal, asks for changes"


@pytest.mark.parametrize("who", ["mona", "robo", "nobody"])
def test_a_request_for_changes_of_anybody_else_is_none(who):
    holders = {LEGAL: ("lex", "robo"), OWNER: ("mona",)}
    found = findings(review(who, "changes-requested"), review(), holders=holders)
    assert {one.state for one in found.values()} == {"holds"}


def test_where_no_role_is_required_nothing_holds():
    [found] = approval_findings(known(review(), required=()))
    assert (found.rule, found.state) == ("roles", "fails")
    assert found.what == "no role is required, so nobody can approve it"


def test_a_role_that_nobody_holds_cannot_approve():
    found = findings(review("mona"), holders={})["legal"]
    assert found.state == "fails"
    assert found.what.endswith("nobody who holds it may, since nobody holds it here")
    assert found.remedy == "Name somebody else for legal in promotions/policy.yaml."


def test_a_role_that_only_writers_and_programs_hold_cannot_approve():
    found = findings(holders={LEGAL: ("wanda", "robo")})["legal"]
    assert found.state == "fails"
    assert found.what.endswith("since wanda wrote runs/tiny/run.yaml, robo is a program")
