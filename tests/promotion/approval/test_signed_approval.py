"""Approvals on plain git: which signature counts, and each refusal by name."""

import random
from datetime import timedelta

import pytest

from modelsmith.forge.records import Person, Review
from modelsmith.policy import Role
from modelsmith.promotion.approval.override import override_in
from modelsmith.promotion.approval.reviews import (
    Approvals,
    approval_findings,
    counting,
    discount_of,
    discounts,
)
from modelsmith.promotion.approval.statement import approval_in, carried_by, review_body
from modelsmith.promotion.signing.ssh_statement import Listed, Signed, key_in
from modelsmith.signoff.submission import approvals_of
from tests.support.approvals import SIGNATURE, SUBJECT, a_review, a_statement
from tests.support.overrides import signed
from tests.support.submissions import AT, HEAD, a_submission

LEX, LENA, WANDA = "lex@example.org", "lena@example.org", "wanda@example.org"
LEGAL, OWNER = Role.LEGAL, Role.DOMAIN_OWNER
BUNDLE = next(iter(SUBJECT.values()))[:12]
UNKNOWN_KEY = (
    f"{LEX}'s approval is by a key that promotions/policy.yaml at the merge base does not list "
    "for them"
)
OTHER = {next(iter(SUBJECT)): "9" * 64}


def known(*given, **changes):
    carried = {}
    for _, found in given:
        carried |= found
    fields = {
        "head_sha": HEAD,
        "last_commit_at": AT,
        "required": (LEGAL,),
        "holders": {LEGAL: (LEX, LENA), OWNER: (LEX,)},
        "bots": (),
        "writers": {WANDA: "wrote runs/tiny/run.yaml"},
        "reviews": tuple(review for review, _ in given),
        "pull": 7,
        "subject": SUBJECT,
        "is_signed": True,
        "keys": (Listed(who=LEX, key="ssh-ed25519 AAAA"), Listed(who=LENA, key="ssh-ed25519 BBBB")),
        "carried": carried,
    }
    return Approvals(**(fields | changes))


def findings(*given, **changes):
    return {found.rule: found for found in approval_findings(known(*given, **changes))}


def said(who, verdict, *, at=AT, body="", sha=HEAD):
    person = Person(login=who, is_bot=False)
    review = Review(author=person, verdict=verdict, commit_sha=sha, submitted_at=at, body=body)
    return review, {}


def replayed(bundle, sha, number):
    return (
        f"{LEX}'s approval was signed for another bundle: {bundle} at {sha[:12]}, pull request "
        f"{number}, this is {BUNDLE}"
    )


def later(seconds):
    return AT + timedelta(seconds=seconds)


def test_a_signed_approval_of_this_bundle_and_commit_counts():
    found = findings(a_review(LEX, a_statement(LEX)))
    assert {one.state for one in found.values()} == {"holds"}
    assert found["legal"].what == f"{LEX} approved {HEAD[:12]}, 2025-11-03 09:00 UTC"


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("unsigned", said(LEX, "approved"), f"{LEX}'s approval is not signed"),
        (
            "edited",
            a_review(LEX, a_statement(LEX), signatory="", is_altered=True),
            f"{LEX}'s approval was edited after it was signed",
        ),
        (
            "unknown-key",
            a_review(LEX, a_statement(LEX), signatory=""),
            UNKNOWN_KEY,
        ),
        (
            "unknown-key",
            a_review(LEX, a_statement(LEX), signatory=LENA),
            UNKNOWN_KEY,
        ),
        ("unreadable", a_review(LEX, "{}"), f"{LEX}'s approval carries what is no statement"),
        (
            "another-name",
            a_review(LEX, a_statement(LENA)),
            f"{LEX}'s approval speaks for somebody else",
        ),
        (
            "replayed",
            a_review(LEX, a_statement(LEX, subject=OTHER)),
            replayed("9" * 12, HEAD, 7),
        ),
        (
            "replayed",
            a_review(LEX, a_statement(LEX, pull=8)),
            replayed(BUNDLE, HEAD, 8),
        ),
        (
            "replayed",
            a_review(LEX, a_statement(LEX, commit="b" * 40)),
            replayed(BUNDLE, "b" * 40, 7),
        ),
        (
            "early",
            a_review(LEX, a_statement(LEX, reviewed_at=later(-1)), at=later(60)),
            f"{LEX} approved before the last commit was made",
        ),
        (
            "stale",
            a_review(LEX, a_statement(LEX, commit="b" * 40), sha="b" * 40),
            f"{LEX} approved {'b' * 12}, the head is {HEAD[:12]}",
        ),
        (
            "self-approval",
            a_review(WANDA, a_statement(WANDA)),
            f"{WANDA} wrote runs/tiny/run.yaml, and nobody approves what they wrote",
        ),
    ],
)
def test_an_approval_that_does_not_count_says_why(name, given, words):
    everything = known(given)
    assert discount_of(everything, given[0]) == words
    assert next(discounts(everything, given[0])).name == name
    found = findings(given, holders={LEGAL: (LEX, LENA, WANDA)})["legal"]
    assert (found.state, found.people) == ("waits", (LEX, LENA))
    assert words in found.what


def test_nothing_was_asked_for_by_its_request_is_nothing_to_approve():
    found = findings(a_review(LEX, a_statement(LEX, subject={})), subject={})
    assert found["legal"].state == "waits"


def test_an_approval_counts_as_what_it_says_alone():
    given = a_review(LEX, a_statement(LEX, OWNER))
    found = findings(given, required=(LEGAL, OWNER))
    assert (found["domain-owner"].state, found["legal"].state) == ("holds", "waits")
    assert f"{LEX} approved as domain-owner alone" in found["legal"].what


def test_who_has_no_key_is_not_asked():
    keys = (Listed(who=LENA, key="ssh-ed25519 BBBB"),)
    assert findings(keys=keys)["legal"].people == (LENA,)
    found = findings(keys=())["legal"]
    assert found.state == "fails"
    assert found.what.endswith(
        f"since {LEX} has no key in promotions/policy.yaml, {LENA} has no key in "
        "promotions/policy.yaml"
    )


VETO = said(LEX, "changes-requested", at=later(60))


def test_a_veto_needs_no_signature():
    found = findings(VETO, a_review(LENA, a_statement(LENA)))
    assert (found["legal"].state, found["veto"].state) == ("holds", "fails")
    assert found["veto"].what == f"{LEX}, who holds legal, asks for changes"


@pytest.mark.parametrize(
    "forged",
    [
        said(LEX, "approved", at=later(120)),
        a_review(LEX, a_statement(LEX), at=later(120), signatory=""),
        a_review(LEX, a_statement(LEX), at=later(120), is_altered=True),
        a_review(LEX, a_statement(LEX, pull=8, reviewed_at=later(120)), at=later(120)),
        a_review(LEX, a_statement(LEX, commit="b" * 40, reviewed_at=later(120)), at=later(120)),
        a_review(LEX, a_statement(LEX, reviewed_at=AT), at=later(120)),
    ],
    ids=["unsigned", "unknown key", "edited", "other pull request", "other commit", "said before"],
)
def test_what_somebody_else_writes_in_a_holders_name_ends_no_veto(forged):
    found = findings(VETO, forged, a_review(LENA, a_statement(LENA)))
    assert found["veto"].state == "fails"


def test_the_next_signed_approval_ends_a_veto():
    given = a_review(LEX, a_statement(LEX, reviewed_at=later(120)), at=later(120))
    assert {one.state for one in findings(VETO, given).values()} == {"holds"}


def test_an_approval_from_a_clock_that_is_ahead_outlives_no_later_veto():
    ahead = a_review(LEX, a_statement(LEX, reviewed_at=later(3600)))
    assert findings(ahead)["legal"].state == "holds"
    assert findings(ahead, VETO)["veto"].state == "fails"


def test_four_eyes_are_two_people():
    alone = findings(a_review(LEX, a_statement(LEX)), writers={})
    assert alone["four-eyes"].state == "waits"
    assert alone["four-eyes"].what == f"only {LEX} has seen it, two people must"
    both = (a_review(LEX, a_statement(LEX, OWNER)), a_review(LENA, a_statement(LENA)))
    found = findings(*both, required=(OWNER, LEGAL), writers={})
    assert {one.state for one in found.values()} == {"holds"}


def test_two_who_hold_the_same_role_are_two_people_and_are_both_kept():
    both = (a_review(LEX, a_statement(LEX)), a_review(LENA, a_statement(LENA)))
    found = findings(*both, writers={})
    assert {one.state for one in found.values()} == {"holds"}
    counted = counting(known(*both, writers={}))[LEGAL]
    assert [one.author.login for one in counted] == [LEX, LENA]
    file = approvals_of(a_submission(forge="local", approvals=known(*both, writers={})))
    assert [(one.who, one.roles) for one in file.approvals] == [(LENA, (LEGAL,)), (LEX, (LEGAL,))]


def spoilt(text, seed):
    """Return a text with one to four characters replaced, taken out or put in."""
    dice, letters = random.Random(seed), list(text)  # noqa: S311 - spoils a text
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(letters))
        letters[at : at + dice.randint(0, 2)] = dice.choice(
            ["", "{", "}", '"', "\\", "0", "9" * 400, "[" * 5000, "null", "\n", "\u2028", "=", "-"]
        )
    return "".join(letters)


@pytest.mark.parametrize("read", [approval_in, override_in])
def test_a_statement_that_was_spoilt_is_none_or_says_something_else(read):
    whole = a_statement(LEX) if read is approval_in else signed().statement
    before = read(whole)
    for seed in range(1500):
        text = spoilt(whole, seed)
        if text == whole:
            continue
        try:
            assert read(text) != before, text
        except ValueError:
            continue


def test_whatever_stands_behind_a_review_is_read_and_states_a_key_or_none():
    body = review_body("I approve.", a_statement(LEX).encode(), SIGNATURE)
    for seed in range(1500):
        found = carried_by(spoilt(body, seed))
        if found is not None:
            assert isinstance(key_in(found.signature), str)
        assert isinstance(key_in(spoilt(SIGNATURE, seed)), str)


def test_on_github_a_review_needs_no_signature_and_one_that_is_there_must_agree():
    plain = said("lex", "approved")
    holders = {LEGAL: ("lex",)}
    assert findings(plain, holders=holders, is_signed=False)["legal"].state == "holds"
    agrees = a_review("lex", a_statement("lex"), signatory=LEX)
    assert findings(agrees, holders=holders, is_signed=False)["legal"].state == "holds"
    for given, words in (
        (a_review("lex", a_statement("lex", subject=OTHER), signatory=LEX), "another bundle"),
        (a_review("lex", a_statement("lena"), signatory=LEX), "speaks for somebody else"),
        (a_review("lex", a_statement("lex"), signatory=""), "does not list for them"),
        (a_review("lex", "{}", signatory=""), "does not list for them"),
    ):
        found = findings(given, holders=holders, is_signed=False)["legal"]
        assert (found.state, words in found.what) == ("waits", True), found.what


def test_a_review_carries_its_statement_through_a_forge_that_changes_line_ends():
    statement = a_statement(LEX)
    body = review_body("I approve.", statement.encode(), SIGNATURE)
    found = carried_by(body.replace("\n", "\r\n"))
    assert found == Signed(statement=statement, signature=SIGNATURE)
    assert approval_in(statement).says.approver == LEX
    assert carried_by("I approve.") is None


@pytest.mark.parametrize("body", ["```modelsmith-approval\n", "```modelsmith-approval\n{}\n```\n"])
def test_what_begins_as_a_statement_and_is_none_is_told_from_nothing(body):
    assert carried_by(body) == Signed(statement="", signature="")


def test_two_statements_in_one_review_are_none():
    body = review_body("", a_statement(LEX).encode(), SIGNATURE)
    assert carried_by(body + body) == Signed(statement="", signature="")
