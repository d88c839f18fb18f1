"""A revert follows from contract and answers alone, and whoever looks finds one that does not."""

import json

import pytest

from modelsmith.promotion.bundle import CONTRACT as CONTRACT_FILE
from modelsmith.promotion.bundle import REQUEST as REQUEST_FILE
from modelsmith.promotion.bundle import REVERT
from modelsmith.promotion.channel import (
    ChannelMove,
    Pointer,
    moves_path,
    pointer_content,
    pointer_path,
)
from modelsmith.promotion.rollback.canary import WatchedRelease, answers_of_round, questions_of
from modelsmith.promotion.rollback.revert import (
    exam_path,
    move_of,
    revert_branch,
    revert_faults,
    revert_files,
    revert_of,
    revert_statement,
    target_fault,
)
from modelsmith.record import records_in, sha256
from tests.support.clock import START
from tests.support.watched import AT, CATEGORIES, EXAM, a_promotion, rounds

FIRST, _ = a_promotion("v1", None)
SECOND, CONTRACT = a_promotion("v2", FIRST)
LIVE = WatchedRelease(SECOND.release, CONTRACT, 2)


def promoted(before, after):
    return ChannelMove(
        kind="promoted",
        before=before,
        after=after,
        at=AT,
        why="approved",
        attestation_sha256="0" * 64,
    )


MOVES = (promoted(None, FIRST.release), promoted(FIRST.release, SECOND.release))


BAD = rounds(2, forgot=set(CATEGORIES), standing=LIVE)
REVERTED = revert_of("sandbox", LIVE, BAD)


class Git:
    """What lies in git after a revert; a test may spoil it."""

    def __init__(self, revert=REVERTED, contract=CONTRACT, moves=MOVES):
        self.all = revert_files(revert, moves, b"signed")
        self.all[exam_path(SECOND)] = EXAM.canonical()
        place = revert.release.place
        self.folder = {
            name: self.all[f"{place}/{name}"]
            for name in (REVERT, "revert.intoto.json", "revert.sigstore.json")
        }
        self.folder[CONTRACT_FILE] = contract.canonical()
        self.folder[REQUEST_FILE] = SECOND.canonical()
        self.move = records_in(self.all[moves_path("sandbox")], ChannelMove)[-1]

    def edit(self, **changes):
        """Edit revert.json, and have its statement and move follow."""
        fields = json.loads(self.folder[REVERT]) | changes
        self.folder[REVERT] = json.dumps(fields).encode()

    def faults(self):
        payload = self.folder["revert.intoto.json"]
        return list(revert_faults(self.move, self.folder, payload, self.all.get))


def consistent(**changes):
    """Return what lies in git of a revert that was made up, all of it following from it."""
    return Git(REVERTED.model_copy(update=changes))


def test_a_due_revert_has_no_fault():
    assert Git().faults() == []


def test_a_revert_restores_the_very_bytes_that_were_signed():
    files = Git().all
    target = Pointer(channel="sandbox", live=FIRST.release)
    assert files[pointer_path("sandbox")] == pointer_content(target)
    moves = records_in(files[moves_path("sandbox")], ChannelMove)
    assert moves[:2] == MOVES
    assert moves[2].attestation_sha256 == sha256(revert_statement(REVERTED))


def test_its_statement_covers_the_evidence_the_contract_and_the_pointer():
    said = json.loads(revert_statement(REVERTED))
    place = SECOND.release.place
    assert {one["name"]: one["digest"]["sha256"] for one in said["subject"]} == {
        f"{place}/request.json": SECOND.digest(),
        f"{place}/contract.json": CONTRACT.digest(),
        f"{place}/revert.json": REVERTED.digest(),
        "promotions/channels/sandbox.yaml": sha256(Git().all[pointer_path("sandbox")]),
    }
    assert said["predicate"]["target"] == FIRST.release.model_dump(mode="json", by_alias=True)
    assert said["predicate"]["move"] == 3


def test_the_same_sightings_make_the_same_revert():
    assert revert_of("sandbox", LIVE, BAD) == REVERTED
    assert revert_branch(REVERTED) == "modelsmith/revert/sandbox-3"


def test_rounds_after_the_one_that_decided_say_nothing_more():
    scenarios = questions_of(CONTRACT, EXAM)
    lost = ["out of memory"] * len(scenarios)
    more = answers_of_round(
        LIVE,
        BAD,
        scenarios,
        lost,
        benchmark=EXAM.benchmark,
        engine={"engine": "1"},
        at=START,
    )
    assert revert_of("sandbox", LIVE, (*BAD, *more)) == REVERTED


def test_nothing_is_reverted_before_it_is_due():
    assert revert_of("sandbox", LIVE, BAD[:6]) is None
    assert revert_of("sandbox", LIVE, ()) is None
    assert revert_of("sandbox", WatchedRelease(SECOND.release, CONTRACT, 4), BAD) is None


@pytest.mark.parametrize(
    ("forgot", "floors", "why"),
    [
        (
            CATEGORIES[-1:],
            {},
            "36 of 54 answers passed, 54.0 were expected; the weakest category, PACING, passed",
        ),
        (CATEGORIES[:1], {CATEGORIES[0]: 0.5}, f"{CATEGORIES[0]} was below its floor of 0.50 for"),
        (CATEGORIES, {}, "0 of "),
    ],
)
def test_it_says_why_with_its_strongest_reason(forgot, floors, why):
    request, contract = a_promotion("v2", FIRST, floors=floors)
    standing = WatchedRelease(request.release, contract, 2)
    found = revert_of("sandbox", standing, rounds(12, forgot=set(forgot), standing=standing))
    assert found.why.startswith(why)
    assert found.why.endswith(", agreed 5000")


@pytest.mark.parametrize(
    ("git", "message"),
    [
        pytest.param(
            consistent(sightings=BAD[:6]),
            "it was not due: its sightings are evidence of 4",
            id="undue",
        ),
        pytest.param(
            consistent(target=None),
            "revert.json is not what the contract and the sightings lead to: target",
            id="another target",
        ),
        pytest.param(
            consistent(why="because"),
            "revert.json is not what the contract and the sightings lead to: why",
            id="another reason",
        ),
        pytest.param(
            consistent(contract_sha256="1" * 64),
            "revert.json is not what the contract and the sightings lead to: contract_sha256",
            id="another contract",
        ),
        pytest.param(
            consistent(since=1), "it is move 3 of the channel, revert.json says 2", id="replayed"
        ),
        pytest.param(
            consistent(release=FIRST.release),
            "revert.json speaks of another release or channel",
            id="another release",
        ),
        pytest.param(
            consistent(
                sightings=tuple(
                    one.model_copy(update={"outcome": "failed"})
                    for one in rounds(2, forgot=set(), standing=LIVE)
                )
            ),
            "says failed, its checks say passed",
            id="answers that pass called failed",
        ),
        pytest.param(
            Git(contract=CONTRACT.model_copy(update={"floors": {}})),
            "contract.json is not the one that was approved",
            id="swapped contract",
        ),
        pytest.param(
            Git(moves=(promoted(None, SECOND.release),) * 2),
            "desk v1, the contract's target, was never promoted to sandbox",
            id="a target that was never promoted",
        ),
    ],
)
def test_a_revert_that_was_not_due_or_is_not_exact_is_found(git, message):
    assert any(message in fault for fault in git.faults()), git.faults()


def test_a_move_that_says_something_else_is_found():
    git = Git()
    git.move = git.move.model_copy(update={"after": None})
    assert "the move is not the one that revert.json leads to" in git.faults()


def test_a_statement_that_says_something_else_is_found():
    git = Git()
    git.folder["revert.intoto.json"] = git.folder["revert.intoto.json"].replace(b"sandbox", b"sand")
    assert git.faults() == [
        "revert.intoto.json does not say what the contract and the sightings lead to"
    ]


def test_an_exam_that_is_another_one_is_found():
    git = Git()
    git.all[exam_path(SECOND)] = b"{}"
    assert git.faults() == [
        "runs/tiny/000-intake/exam.json is not the exam that the contract was made with"
    ]
    del git.all[exam_path(SECOND)]
    assert len(git.faults()) == 1


def test_a_record_that_is_not_canonical_is_found():
    git = Git()
    git.edit()
    assert "revert.json is not canonical JSON (RFC 8785)" in git.faults()


@pytest.mark.parametrize("name", [REVERT, CONTRACT_FILE, REQUEST_FILE])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b"\xff\xfe", b"null"])
def test_what_cannot_be_read_is_told(name, content):
    git = Git()
    git.folder[name] = content
    assert len(git.faults()) == 1
    assert "cannot be read" in git.faults()[0]


def test_moves_that_cannot_be_read_are_told():
    git = Git()
    git.all[moves_path("sandbox")] = b"{}\n"
    assert git.faults() == ["Move cannot be read: Field required"]


def test_a_target_must_have_been_promoted_here_and_not_be_taken_back_itself():
    assert target_fault(CONTRACT, MOVES) is None
    _, first_contract = a_promotion("v1", None)
    assert target_fault(first_contract, ()) is None
    assert target_fault(CONTRACT, ()) == (
        "desk v1, the contract's target, was never promoted to sandbox"
    )
    back = move_of(REVERTED).model_copy(update={"before": FIRST.release, "after": None})
    assert target_fault(CONTRACT, (*MOVES, back)) == (
        "desk v1, the contract's target, was itself taken back"
    )
