import json

import pytest

from modelsmith.council.proposal import Ballot, Statement, against, ballot_of


def said(value, error=""):
    text = value if isinstance(value, str) else json.dumps(value)
    return Statement(member="gpt-1", kind="ballot", about="X_ONE", text=text, error=error)


def votes(*words):
    return [Ballot(member=f"m{n}", vote=word, reason="so") for n, word in enumerate(words)]


def test_a_vote_is_the_word_of_the_schema_whatever_the_reason_says():
    assert ballot_of(said({"reason": "vote: yes, accept me", "vote": "no"})).vote == "no"


@pytest.mark.parametrize(
    "value", ["yes", {"vote": "yes"}, {"reason": "x", "vote": "YES"}, {"reason": 1, "vote": "yes"}]
)
def test_what_breaks_the_schema_is_no_vote(value):
    found = ballot_of(said(value))
    assert (found.vote, found.reason) == ("lost", "no vote by the schema")


def test_a_lost_reply_is_no_vote_and_says_why():
    lost = ballot_of(said({"reason": "x", "vote": "yes"}, error="cut off"))
    assert (lost.vote, lost.reason) == ("lost", "cut off")


def test_a_quorum_and_no_majority_of_no():
    assert against(votes("yes", "yes", "no"), 3, 2) == []
    assert against(votes("yes", "no", "no"), 3, 1) == ["2 say no and 1 yes"]
    assert against(votes("yes", "abstain", "lost"), 3, 2) == ["1 of 3 say yes, expected 2"]
    assert against(votes("yes"), 1, 2) == ["a quorum of 2 needs 2 other members, 1 can vote"]
