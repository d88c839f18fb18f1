from datetime import UTC, datetime, timedelta

import pytest

from modelsmith.store.retention import GRACE_DAYS, StoredObject, collection_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)
A, B, C, D = (letter * 64 for letter in "abcd")


def stored(digest, *, days=100.0, holds=(), place="local"):
    return StoredObject(
        place=place,
        sha256=digest,
        size_bytes=10,
        modified_at=NOW - timedelta(days=days),
        holds=holds,
    )


def collected(*objects, needed=None, grace_days=GRACE_DAYS):
    return collection_of(objects, needed or {}, now=NOW, grace_days=grace_days)


def gone(found):
    return [one.sha256 for one in found.removes()]


def test_what_is_needed_stays_with_what_it_holds_and_the_rest_goes():
    found = collected(stored(A, holds=(B,)), stored(B), stored(C), needed={A: "channel sandbox"})
    assert gone(found) == [C]
    assert [ruling.reason for ruling in found.rulings] == [
        "channel sandbox",
        "part of aaaaaaaaaaaa: channel sandbox",
        "no channel, promotion or unfinished run of any branch needs it",
    ]


@pytest.mark.parametrize(("days", "stays"), [(13.9, True), (14.0, False)])
def test_what_is_young_stays_for_the_days_that_are_given(days, stays):
    found = collected(stored(A, days=days))
    assert (gone(found) == []) is stays
    if stays:
        assert found.rulings[0].reason == "stored 13.9 days ago, 14 are given"


def test_a_young_folder_keeps_its_old_files():
    found = collected(stored(A, days=1, holds=(B,)), stored(B, days=100))
    assert gone(found) == []
    assert found.rulings[1].reason.startswith("part of aaaaaaaaaaaa: stored 1.0 days ago")


def test_a_file_that_two_folders_hold_stays_as_long_as_one_of_them():
    objects = [stored(A, holds=(C,)), stored(B, holds=(C, D)), stored(C), stored(D)]
    assert gone(collected(*objects, needed={A: "run demo"})) == [B, D]


def test_without_grace_and_need_everything_goes_and_of_nothing_nothing_goes():
    assert gone(collected(stored(A, days=0), grace_days=0)) == [A]
    assert collected().rulings == ()


def test_the_order_of_the_objects_does_not_matter():
    objects = [stored(A, holds=(B,)), stored(B), stored(C)]
    one, other = (collected(*order, needed={A: "x"}) for order in (objects, objects[::-1]))
    assert one == other
