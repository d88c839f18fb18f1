"""How a channel's pointer may move."""

import pytest

from modelsmith.promotion.channel import ChannelMove, Pointer, pointer_content
from modelsmith.promotion.verification.channels import move_faults
from tests.support.promoted import AT, APromotion

A, B = APromotion("a-1").release, APromotion("b-1").release


def a_move(before, after, kind="promoted"):
    return ChannelMove(
        kind=kind, before=before, after=after, at=AT, why="so", attestation_sha256="1" * 64
    )


def pointer(live):
    return pointer_content(Pointer(channel="sandbox", live=live))


def faults(moves, live, promoted=lambda _: iter(()), reverted=lambda _: iter(())):
    content = live if isinstance(live, bytes) else pointer(live)
    return list(move_faults(content, moves, promoted, reverted))


FIRST = a_move(None, A)
SECOND = a_move(A, B)
BACK = a_move(B, A, "reverted")


def test_promoted_twice_and_taken_back_is_one_story():
    assert faults((FIRST,), A) == []
    assert faults((FIRST, SECOND), B) == []
    assert faults((FIRST, SECOND, BACK), A) == []
    assert faults((FIRST, a_move(A, None, "reverted")), None) == []
    assert faults((FIRST, a_move(A, None, "reverted"), a_move(None, B)), B) == []


def test_an_unsigned_move_of_the_pointer_is_named():
    (told,) = faults((FIRST, SECOND), A)
    assert told.startswith("the pointer says floor-desk a-1 (")
    assert told.endswith("): an unsigned channel move")
    (told,) = faults((), A)
    assert told.endswith("the last move leads to nothing: an unsigned channel move")


def test_a_move_must_begin_where_the_last_one_ended():
    (told,) = faults((FIRST, a_move(None, B)), B)
    assert told.startswith("move 2 begins at nothing, live was floor-desk a-1 (")


def test_a_rollback_to_what_was_never_promoted_is_named():
    (told,) = faults((FIRST, a_move(A, B, "reverted")), B)
    assert told.startswith("move 2 returns to floor-desk b-1 (")
    assert told.endswith("which was never promoted here")


def test_a_promotion_of_nothing_is_none():
    assert faults((a_move(None, None),), None) == ["move 1 promotes nothing"]


def test_each_move_is_judged_by_what_it_rests_on():
    told = faults(
        (FIRST, SECOND, BACK), A, lambda m: iter([m.after.version]), lambda _: iter(["x"])
    )
    assert told == ["move 1: a-1", "move 2: b-1", "move 3: x"]


@pytest.mark.parametrize("content", [b"", b"{}", b"live: x", pointer(A).strip(), b"\xff"])
def test_a_pointer_that_is_not_written_as_it_was_signed_is_refused(content):
    assert faults((FIRST,), content) == [
        "the pointer cannot be read, or is not written as it was signed"
    ]
