"""What people read of a promotion, whole: as it waits, is vetoed, overridden, sealed and broken.

Each page lies in tests/golden/promotion. After a change that is meant, write them anew and review
the difference:

    GOLDEN=write python -m pytest tests/signoff/test_promotion_pages.py
"""

import os
from pathlib import Path

import pytest

from modelsmith.forge.records import Person, Review
from modelsmith.policy import Role
from modelsmith.promotion.approval.reviews import Approvals
from modelsmith.promotion.signing.ssh_statement import Listed
from modelsmith.signoff.approval_page import approval_words, override_page
from modelsmith.signoff.judge_pull_request import judgement_of
from modelsmith.signoff.page import judgement_page, status_of
from tests.support.approvals import SUBJECT, a_review, a_statement
from tests.support.overrides import a_refused_one
from tests.support.submissions import (
    AT,
    HEAD,
    a_contract,
    a_pull,
    a_release,
    a_submission,
    proposed,
    with_request,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "promotion"

MONA, LEX, CLEO = "mona@example.org", "lex@example.org", "cleo@example.org"
OWNER, LEGAL, COMPLIANCE = Role.DOMAIN_OWNER, Role.LEGAL, Role.COMPLIANCE


def approvals(*given, **changes):
    carried = {}
    for _, found in given:
        carried |= found
    fields = {
        "head_sha": HEAD,
        "last_commit_at": AT,
        "required": (OWNER, LEGAL, COMPLIANCE),
        "holders": {OWNER: (MONA,), LEGAL: (LEX, MONA), COMPLIANCE: (CLEO,)},
        "bots": (),
        "writers": {"wanda@example.org": "wrote runs/tiny/run.yaml"},
        "reviews": tuple(review for review, _ in given),
        "pull": 7,
        "subject": SUBJECT,
        "is_signed": True,
        "keys": (Listed(who=MONA, key="ssh-ed25519 A"), Listed(who=LEX, key="ssh-ed25519 B")),
        "carried": carried,
    }
    return Approvals(**(fields | changes))


def veto():
    person = Person(login=LEX, is_bot=False)
    review = Review(
        author=person, verdict="changes-requested", commit_sha=HEAD, submitted_at=AT, body="No."
    )
    return review, {}


def tagged():
    known = with_request(tags=("regulated",))
    subject = {next(iter(SUBJECT)): known["request"].digest()}
    return known | {"approvals": approvals(subject=subject)}


ON_GIT = {"forge": "local", "pull": a_pull(url="refs/modelsmith/pulls/7")}
MONA_SAYS = a_review(MONA, a_statement(MONA, OWNER))
LEX_SAYS = a_review(LEX, a_statement(LEX, LEGAL))
BOTH = approvals(MONA_SAYS, LEX_SAYS, required=(OWNER, LEGAL))

CASES = {
    "waits-on-git": a_submission(**ON_GIT | tagged()),
    "waits-on-github": a_submission(
        approvals=approvals(
            required=(OWNER, LEGAL), holders={OWNER: ("mona",), LEGAL: ("lex",)}, is_signed=False
        )
    ),
    "holds-on-git": a_submission(
        **ON_GIT,
        approvals=BOTH,
        contract=a_contract(a_release()),
        live=a_release(),
        validated=(a_release(),),
    ),
    "vetoed": a_submission(
        **ON_GIT, approvals=approvals(MONA_SAYS, veto(), required=(OWNER, LEGAL))
    ),
    "overridden": a_refused_one(**ON_GIT, approvals=BOTH),
    "override-not-allowed": a_refused_one(**ON_GIT, approvals=BOTH, allows_override=False),
    "edited-after-approval": a_submission(
        **ON_GIT,
        proposed=proposed(**{"report.md": "9" * 64, "extra.json": "8" * 64}),
        approvals=approvals(
            a_review(MONA, a_statement(MONA, OWNER, commit="b" * 40), sha="b" * 40),
            required=(OWNER, LEGAL),
        ),
    ),
}


def is_golden(name, text):
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_promotion_s_page(case):
    judgement = judgement_of(CASES[case])
    line = f"{status_of(judgement).state}: {status_of(judgement).description}\n\n"
    is_golden(f"{case}.md", line + judgement_page(judgement))


def test_what_somebody_reads_before_they_sign():
    one = CASES["overridden"]
    words = approval_words(judgement_of(one), LEX, (LEGAL,), HEAD)
    is_golden("approval.txt", words + "\n")


def test_the_pull_request_of_an_override():
    one = CASES["overridden"]
    found = one.overriding()
    is_golden("override.md", override_page(found.says, one.record, one.request) + "\n")


def test_every_golden_page_is_of_a_case():
    names = {*(f"{case}.md" for case in CASES), "approval.txt", "override.md"}
    assert {file.name for file in GOLDEN.iterdir()} == names
