"""Verifying promotions and channels from git alone: each attack on the history is refused."""

import json
from pathlib import Path

import pytest

from modelsmith.errors import BrokenRecordError, SignatureError
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.record import Approved
from modelsmith.promotion.bundle import ATTESTATION, CARD, REQUEST, SIGNED
from modelsmith.promotion.channel import (
    ChannelMove,
    Pointer,
    moves_path,
    pointer_content,
    pointer_path,
)
from modelsmith.promotion.rollback.canary import WatchedRelease
from modelsmith.promotion.rollback.revert import (
    exam_path,
    revert_files,
    revert_of,
    revert_statement,
)
from modelsmith.promotion.signing.keys.ssh import SshKeys
from modelsmith.promotion.signing.port import Signatures, VerifiedStatement
from modelsmith.promotion.verification.channels import channel_faults, channels_in, live_in
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import lines_of, sha256
from modelsmith.run.git.history import GitHistory
from modelsmith.run.ledger import line_of
from tests.support.promoted import AT, SIGNED_BY_US, sign
from tests.support.promotion_history import PromotionHistory
from tests.support.watched import CATEGORIES, EXAM, a_promotion, rounds

GIVEN = """\
bots: [modelsmith@users.noreply.github.com]
roles:
  domain-owner: {logins: [owner], signers: [{email: owner@example.com}]}
channels:
  sandbox: {roles: [domain-owner]}
  production: {roles: [domain-owner], providers: [anthropic, google, openai]}
signers:
  - {name: ours, kind: key, key: AAAA, channels: [sandbox]}
branch: {name: main}
"""
PLACE = "promotions/floor-desk/a-1"


class OurVerifier:
    """Believes what is signed by us where the policy names the signer `ours`."""

    def verify(self, bundle, accepted):
        if "ours" not in [one.name for one in accepted] or not bundle.startswith(SIGNED_BY_US):
            raise SignatureError("nobody whom the policy accepts vouches for it", remedy="Sign it.")
        return VerifiedStatement(bundle.removeprefix(SIGNED_BY_US), "ours")


SIGNATURES = Signatures(lambda _read: OurVerifier(), SshKeys(Path()))


def begun(root, approver="owner"):
    def approve(one, head, base):
        said = Approved(who=approver, roles=(Role.DOMAIN_OWNER,), commit_sha=head, at=AT)
        return one.approvals(
            forge="github",
            head_sha=head,
            merge_base=base,
            policy_sha256=sha256(GIVEN.encode()),
            approvals=(said,),
        )

    return PromotionHistory(root / "factory.git", GIVEN.encode(), sign, approve)


def verified(factory, tip=None):
    """Return every fault of the promotions and the channels at a commit."""
    with GitHistory(factory.root) as history:
        found = Verification(history, tip or factory.main, SIGNATURES)
        told = [
            (place, fault.rule, fault.what)
            for place in found.places()
            if found.is_sealed(place)
            for fault in found.faults(place)
        ]
        channels = list(channels_in(found))
        told += [
            (one.name, "channel", what) for one in channels for what in channel_faults(found, one)
        ]
        return told, {one.name: live_in(one) for one in channels}


def test_two_promotions_one_after_the_other_hold(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        two = factory.promotes("b-1", target=one.release)
    assert verified(factory) == ([], {"sandbox": two.release})


def test_what_is_there_before_anything_was_promoted_holds(tmp_path):
    with begun(tmp_path) as factory:
        pass
    assert verified(factory) == ([], {})


def test_a_file_that_was_swapped_on_the_default_branch_is_named(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1")
        factory.merges({f"{PLACE}/{CARD}": b"It never fails.", f"{PLACE}/run_me.py": b"import os"})
    told, _ = verified(factory)
    rules = {rule for _, rule, _ in told}
    assert {"bundle", "evidence", "attestation", "approvals", "channel"} <= rules


def test_a_run_whose_ledger_was_cut_afterwards_is_named(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        factory.merges({"runs/a/ledger.jsonl": line_of(one.entries[0])})
    told, _ = verified(factory)
    assert any("its tail is cut" in what for _, _, what in told)


def test_a_pointer_that_was_moved_by_hand_is_named(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        factory.promotes("b-1", target=one.release)
        moved = pointer_content(Pointer(channel="sandbox", live=one.release))
        factory.merges({pointer_path("sandbox"): moved})
    (told,), _ = verified(factory)
    assert told[2].endswith("an unsigned channel move")


def test_a_move_back_that_nothing_signed_is_named(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        two = factory.promotes("b-1", target=one.release)
        back = ChannelMove(
            kind="reverted",
            before=two.release,
            after=one.release,
            at=AT,
            why="I like it more",
            attestation_sha256="1" * 64,
        )
        moved = pointer_content(Pointer(channel="sandbox", live=one.release))
        moves = lines_of([*factory.moves, back])
        factory.merges({pointer_path("sandbox"): moved, moves_path("sandbox"): moves})
    (told,), live = verified(factory)
    assert told[2] == (
        "move 3: promotions/floor-desk/b-1: revert.json, revert.intoto.json, "
        "revert.sigstore.json not there: nothing signed says why"
    )
    assert live == {"sandbox": one.release}


def test_a_move_forward_without_a_promotion_is_named(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        other = one.release.model_copy(update={"version": "z-9"})
        forward = factory.moves[0].model_copy(update={"before": one.release, "after": other})
        moved = pointer_content(Pointer(channel="sandbox", live=other))
        moves = lines_of([*factory.moves, forward])
        factory.merges({pointer_path("sandbox"): moved, moves_path("sandbox"): moves})
    (told,), _ = verified(factory)
    assert told[2] == "move 2: promotions/floor-desk/z-9 is not there, or another bundle"


def test_moves_that_are_no_moves_are_broken(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1")
        factory.merges({moves_path("sandbox"): b'{"kind": "promoted"}\n'})
    with pytest.raises(BrokenRecordError, match="holds a line that is no move"):
        verified(factory)


def test_a_release_in_the_wrong_channel_is_named(tmp_path):
    with begun(tmp_path) as factory:
        one = factory.promotes("a-1")
        moved = pointer_content(Pointer(channel="production", live=one.release))
        files = {
            pointer_path("production"): moved,
            moves_path("production"): lines_of(factory.moves),
        }
        factory.merges(files)
    told, _ = verified(factory)
    assert (
        "production",
        "channel",
        f"move 1: {PLACE} was promoted to sandbox: the wrong channel",
    ) in told


def test_an_overridden_release_is_moved_as_one(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1")
        moves = lines_of([factory.moves[0].model_copy(update={"kind": "overridden"})])
        factory.merges({moves_path("sandbox"): moves})
    (told,), _ = verified(factory)
    assert told[2] == "move 1: it is overridden, expected promoted"


# Whose policy judges


def test_a_policy_that_came_with_the_promotion_does_not_judge_it(tmp_path):
    loose = GIVEN.replace("name: ours", "name: theirs")
    brought = {POLICY: loose.encode()}

    def spoil(added):
        return {**added, **brought}

    with begun(tmp_path) as factory:
        factory.promotes("a-1", spoil=spoil)
    assert verified(factory) == ([], verified(factory)[1])  # the old one still accepts it
    with begun(tmp_path / "other") as factory:
        factory.merges({POLICY: loose.encode()}, "Trust somebody else")
        factory.promotes("a-1", spoil=lambda added: {**added, POLICY: GIVEN.encode()})
    told, _ = verified(factory)
    words = "nobody whom the policy accepts vouches for it"
    assert (PLACE, "attestation", words) in told


def test_approvals_by_an_older_policy_are_refused(tmp_path):
    with begun(tmp_path) as factory:
        stricter = GIVEN.replace("sandbox: {roles: [domain-owner]}", "sandbox: {roles: [legal]}")
        factory.merges({POLICY: stricter.encode()}, "Have lawyers read it")
        factory.promotes("a-1")
    words = f"it was judged by another {POLICY} than was in force when it was merged"
    assert (PLACE, "approvals", words) in verified(factory)[0]


def test_no_signer_for_a_channel_is_no_signature(tmp_path):
    with begun(tmp_path) as factory:
        nobody = GIVEN.replace("channels: [sandbox]}", "channels: [production]}")
        factory.merges({POLICY: nobody.encode()}, "Sign for production only")
        factory.promotes("a-1")
    words = f"{POLICY} accepts no signer of a promotion for sandbox"
    assert (PLACE, "attestation", words) in verified(factory)[0]


def test_a_promotion_before_any_policy_was_judged_by_none(tmp_path):
    with begun(tmp_path) as factory:
        factory.merges({POLICY: None}, "Trust everybody")
        factory.promotes("a-1")
    words = f"there was no {POLICY} before {PLACE}/{SIGNED} came in"
    assert (PLACE, "attestation", words) in verified(factory)[0]


def test_what_came_between_approval_and_seal_is_named(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1", spoil=lambda added: {**added, f"{PLACE}/{CARD}": b"Better."})
    told, _ = verified(factory)
    assert any(what.startswith("it changed after ") for _, _, what in told)


def test_approvals_of_another_commit_are_refused(tmp_path):
    def elsewhere(one, _head, base):
        policy = sha256(GIVEN.encode())
        return one.approvals(head_sha=base, merge_base="f" * 40, policy_sha256=policy)

    root = tmp_path / "factory.git"
    with PromotionHistory(root, GIVEN.encode(), sign, elsewhere) as factory:
        base = factory.main
        factory.promotes("a-1")
    told = [what for _, rule, what in verified(factory)[0] if rule == "approvals"]
    assert f"what was merged does not stand on {base[:12]}, which was approved" in told
    assert "ffffffffffff, whose policy judged, is not in history" in told


def test_a_statement_that_was_signed_by_nobody_is_refused(tmp_path):
    def forged(added):
        return {**added, f"{PLACE}/{SIGNED}": added[f"{PLACE}/{ATTESTATION}"]}

    with begun(tmp_path) as factory:
        factory.promotes("a-1", spoil=forged)
    words = "nobody whom the policy accepts vouches for it"
    assert (PLACE, "attestation", words) in verified(factory)[0]


def test_what_people_decided_is_judged_again(tmp_path):
    with begun(tmp_path, approver="expert@example.com") as factory:
        factory.promotes("a-1")
    told, _ = verified(factory)
    assert (PLACE, "approvals", "expert@example.com approved what they wrote") in told
    assert (PLACE, "approvals", "expert@example.com does not hold domain-owner") in told
    with GitHistory(factory.root) as history:
        promoted = Verification(history, factory.main, SIGNATURES).promoted(PLACE)
    assert promoted.release.version == "a-1"
    assert json.loads(promoted.files[REQUEST])["version"] == "a-1"


# Before it is merged


def test_a_seal_is_verified_by_the_policy_of_the_base_it_goes_into(tmp_path):
    with begun(tmp_path) as factory:
        loose = {POLICY: GIVEN.replace("name: ours", "name: theirs").encode()}
        base = factory.main
        factory.promotes("a-1", spoil=lambda added: {**added, **loose})
    with GitHistory(factory.root) as history:
        seal = history.commit_of("modelsmith/a/promote")
        found = Verification(history, seal, SIGNATURES, base=base)
        assert list(found.brought()) == [PLACE]
        assert found.faults(PLACE) == ()
        strict = history.walk([seal])[seal].parents[0]
        assert Verification(history, strict, SIGNATURES, base=base).brought() == {}


# More of what a move or an approval may lack


def test_an_approved_commit_that_is_not_in_history_is_named(tmp_path):
    def nowhere(one, _head, base):
        policy = sha256(GIVEN.encode())
        return one.approvals(head_sha="e" * 40, merge_base=base, policy_sha256=policy)

    root = tmp_path / "factory.git"
    with PromotionHistory(root, GIVEN.encode(), sign, nowhere) as factory:
        factory.promotes("a-1")
    words = "eeeeeeeeeeee, which was approved, is not in history"
    assert (PLACE, "approvals", words) in verified(factory)[0]


def test_approvals_before_any_policy_count_for_nothing(tmp_path):
    with begun(tmp_path) as factory:
        factory.merges({POLICY: None}, "Trust everybody")
        factory.promotes("a-1")
    words = f"there was no {POLICY} before {PLACE}/approvals.json came in"
    assert (PLACE, "approvals", words) in verified(factory)[0]


def edited(factory, **changes):
    """Put a last move that is otherwise onto the default branch."""
    move = factory.moves[-1].model_copy(update=changes)
    moved = pointer_content(Pointer(channel="sandbox", live=move.after))
    moves = lines_of([*factory.moves[:-1], move])
    factory.merges({pointer_path("sandbox"): moved, moves_path("sandbox"): moves})


def test_a_move_names_the_statement_that_promoted(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1")
        edited(factory, attestation_sha256="1" * 64)
    (told,), _ = verified(factory)
    assert told[2] == f"move 1: {PLACE} was promoted by another statement than the move names"


def test_where_nothing_is_live_nothing_is_taken_back(tmp_path):
    with begun(tmp_path) as factory:
        factory.promotes("a-1")
        edited(factory, kind="reverted", after=None)
    (told,), _ = verified(factory)
    assert told[2] == "move 1: it takes back nothing"


def a_revert(factory, *, lines=None, **changes):
    """Promote and take back, as `revert.*` in the folder say; with some of what the canary saw."""
    _, contract = a_promotion("a-1", None)
    one = factory.promotes("a-1", contract=contract)
    live = WatchedRelease(one.release, contract, 1)
    found = revert_of("sandbox", live, rounds(2, forgot=set(CATEGORIES), standing=live))
    found = found.model_copy(update={"sightings": found.sightings[:lines]}) if lines else found
    signed = SIGNED_BY_US + revert_statement(found)
    files = revert_files(found, factory.moves, signed) | {exam_path(one.request): EXAM.canonical()}
    factory.merges(files | {f"{PLACE}/{name}": content for name, content in changes.items()})


REVERTS = [
    ({}, None),
    ({"revert.sigstore.json": b"x"}, "nobody whom the policy accepts vouches for it"),
    ({"revert.intoto.json": b"x"}, f"{PLACE}/revert.intoto.json: it is not what was signed"),
    (
        {"revert.intoto.json": b"y", "revert.sigstore.json": SIGNED_BY_US + b"y"},
        f"{PLACE}/revert.intoto.json: the move names another one",
    ),
]


@pytest.mark.parametrize(("changes", "words"), REVERTS)
def test_a_revert_rests_on_a_signed_statement(tmp_path, changes, words):
    with begun(tmp_path) as factory:
        a_revert(factory, **changes)
    told, live = verified(factory)
    assert live == {"sandbox": None}
    assert [what for _, rule, what in told if rule == "channel"] == (
        [] if words is None else [told[0][2]]
    )
    assert words is None or told[0][2].endswith(words)


def test_a_revert_is_judged_again(tmp_path):
    with begun(tmp_path) as factory:
        a_revert(factory, lines=1)
    (told,), _ = verified(factory)
    assert told[2].startswith("move 2: it was not due: its sightings are evidence of ")
