"""Trailers, people and ancestors, as commits state them."""

import pytest

from modelsmith.git.commits import (
    Commit,
    CommitSignature,
    Identity,
    ancestors,
    people_in,
    trailers_in,
)

ANN = Identity("Ann", "ann@example.com")


@pytest.mark.parametrize(
    ("message", "trailers"),
    [
        ("", []),
        ("Subject: not a trailer", []),
        ("Subject\n\nA: b", [("A", "b")]),
        ("Subject\n\nA: b\n\nbody", []),
        ("Subject\n\nbody\n \t\nA: b\nC:d\r\n", [("A", "b"), ("C", "d")]),
        ("Subject\n\nsee: https://x\nand more\nA: b: c", [("see", "https://x"), ("A", "b: c")]),
    ],
)
def test_trailers_stand_in_the_last_paragraph(message, trailers):
    assert trailers_in(message) == trailers


def test_people_have_an_address():
    assert people_in(["Ann <ann@example.com>", "somebody", "<bob@x.org>", ""]) == [
        ANN,
        Identity("", "bob@x.org"),
    ]


def test_ancestors_include_the_tips_and_stop_at_what_is_unknown():
    def commit(sha, *parents):
        return Commit(sha, "t", parents, ANN, 0, ANN, 0, "", is_signed=False)

    commits = {c.sha: c for c in (commit("a", "gone"), commit("b", "a"), commit("c", "a"))}
    commits["m"] = commit("m", "b", "c")
    assert ancestors(commits, "m") == {"a", "b", "c", "m"}
    assert ancestors(commits, "b", "c") == {"a", "b", "c"}
    assert ancestors(commits) == ancestors(commits, "gone") == set()


@pytest.mark.parametrize(
    ("status", "words", "is_good", "is_wrong"),
    [
        ("G", "signed by Ann", True, False),
        ("U", "signed by Ann, whose key is not trusted here", False, False),
        ("B", "signed wrongly: the signature is not of this commit", False, True),
        ("X", "signed by Ann, the signature has expired", False, False),
        ("Y", "signed by Ann, the key has expired", False, False),
        ("R", "signed by Ann, the key was revoked", False, True),
        ("E", "signed by a key that is not known here", False, False),
        ("N", "signed by a key that is not known here", False, False),
    ],
)
def test_each_letter_of_gits_has_words(status, words, is_good, is_wrong):
    signature = CommitSignature(status=status, signer="Ann", key="")
    assert (str(signature), signature.is_good, signature.is_wrong) == (words, is_good, is_wrong)
