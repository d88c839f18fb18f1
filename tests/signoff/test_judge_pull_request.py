"""A promotion's pull request read from real git: seals, channels, and who approved it again."""

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.policy import POLICY, policy_in
from modelsmith.promotion.approval.signatures import (
    approvals_again,
    override_again,
)
from modelsmith.promotion.channel import ChannelMove, Pointer, Release, pointer_content
from modelsmith.record import lines_of
from modelsmith.signoff.judge_pull_request import judged, judgement_of, submission_of, submitted
from modelsmith.wiring.promotion import promotion_ports
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.local_site import LocalSite
from tests.support.staged import GIVEN, HEAD, REQUEST, bytes_at, signed_review, staged_clone
from tests.support.staged import submitted as put
from tests.support.submissions import AT

pytestmark = pytest.mark.slow

PLACE = REQUEST.rpartition("/")[0]
POINTER, MOVES = "promotions/channels/sandbox.yaml", "promotions/channels/sandbox.jsonl"


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    return staged_clone(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def site(tmp_path, staged, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    made = LocalSite(tmp_path)
    put(made, staged)
    return made


@pytest.fixture
def sources(site):
    with promotion_ports(clone_of(site, EXPERT)) as found:
        yield found


def approve(site):
    signed_review(site, EXPERT)
    signed_review(site, APPROVER)


def sealed(site, files, trailer="\n\nModelsmith-Seal: 1", person=FACTORY):
    """Put a commit of the factory on top of the promotion's branch."""
    folder = clone_of(site, person)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", f"Seal it{trailer}")
    git(folder, "push", "--quiet", "origin", HEAD)


SEAL = {f"{PLACE}/approvals.json": "{}", POINTER: "{}", MOVES: "\n"}


def failing(judgement):
    return {one.rule: one.what for one in judgement.findings if one.state != "holds"}


def test_what_holds_tells_who_approved_and_is_judged_the_same_from_what_is_kept(site, sources):
    [pull] = submitted(sources.forge, None)
    assert judged(sources, pull).approvals is None
    approve(site)
    found = judged(sources, pull)
    assert failing(found.judgement) == {}
    file = found.approvals
    assert [one.who for one in file.approvals] == ["approver@example.org", "expert@example.org"]
    assert file.head_sha == pull.head_sha
    assert file.merge_base == git(site.bare, "merge-base", BASE, HEAD)
    known, _ = submission_of(sources, pull)
    ssh, request, policy = sources.signatures.ssh, known.request, policy_in(GIVEN.encode())
    assert list(approvals_again(ssh, request, file, policy)) == []
    other = policy_in(GIVEN.replace("approver@example.org", "other@example.org").encode())
    faults = list(approvals_again(ssh, request, file, other))
    assert "approver@example.org does not hold legal" in faults
    assert "nobody who holds legal approved it" in faults
    assert list(approvals_again(ssh, request, None, policy)) == [
        "nobody is known to have approved it"
    ]
    assert override_again(ssh, request, {}, policy) == "nobody overruled it in writing"
    broken = {"override.json": b"{}"}
    assert override_again(ssh, request, broken, policy) == "record.json cannot be read"
    over = broken | {"record.json": bytes_at(site, HEAD, f"{PLACE}/record.json")}
    assert override_again(ssh, request, over, policy) == (
        f"{POLICY} lets nobody override the gate in sandbox; override.json is not signed: there is "
        "no override.sig; override.json is no override"
    )


def test_a_seal_is_judged_at_what_was_approved(site, sources):
    approve(site)
    [before] = submitted(sources.forge, 1)
    sealed(site, SEAL)
    [pull] = submitted(sources.forge, 1)
    known, _ = submission_of(sources, pull)
    assert (known.seal, known.approvals.head_sha) == (pull.head_sha, before.head_sha)
    holding = known.model_copy(update={"seal_faults": ()})
    assert failing(judgement_of(holding)) == {}
    words = f"{pull.head_sha[:12]} is not signed"
    wrong = known.model_copy(update={"seal_faults": (words,)})
    assert failing(judgement_of(wrong)) == {"seal": words}
    nothing = "it promotes 0 releases into 0 channels"
    assert failing(judged(sources, pull).judgement) == {"seal": nothing}


@pytest.mark.parametrize(
    "seal",
    [
        {"files": SEAL, "trailer": ""},
        {"files": SEAL, "person": EXPERT},
        {"files": SEAL | {"README.md": "Mine.\n"}},
        {"files": SEAL | {f"{PLACE}/card.md": "Better.\n"}},
        {"files": SEAL | {f"{PLACE}/more.json": "{}"}},
        {"files": SEAL | {"promotions/other/1/approvals.json/x": "{}"}},
    ],
    ids=["unsaid", "by a person", "a file beside it", "edited", "extra", "deeper"],
)
def test_what_only_looks_like_a_seal_is_judged_as_it_is(site, sources, seal):
    approve(site)
    sealed(site, **seal)
    [pull] = submitted(sources.forge, 1)
    known, _ = submission_of(sources, pull)
    assert (known.seal, known.approvals.head_sha) == (None, pull.head_sha)
    told = failing(judged(sources, pull).judgement)
    assert f"it changes {POINTER}" in told["files"]
    assert "approved" in told["legal"]


def test_a_second_seal_on_top_of_one_is_none(site, sources):
    approve(site)
    sealed(site, SEAL)
    sealed(site, {f"{PLACE}/promotion.intoto.json": "{}"})
    [pull] = submitted(sources.forge, 1)
    told = failing(judged(sources, pull).judgement)
    assert f"it changes {POINTER}" in told["files"]
    assert "approvals.json is not in the evidence" in told["record"]


A = Release(specialist="adtech-tiny", version="old-1", bundle_sha256="a" * 64)
LIVE = {
    POINTER: pointer_content(Pointer(channel="sandbox", live=A)).decode(),
    MOVES: lines_of(
        [
            ChannelMove(
                kind="promoted", before=None, after=A, at=AT, why="x", attestation_sha256="b" * 64
            )
        ]
    ).decode(),
}


def test_a_contract_that_names_nothing_to_return_to_where_something_is_live_is_told(site, sources):
    approve(site)
    push(site, EXPERT, BASE, LIVE)
    [pull] = submitted(sources.forge, 1)
    known, _ = submission_of(sources, pull)
    assert (known.live, known.validated) == (A, (A,))
    words = "it names no release to return to, and adtech-tiny old-1 is live in sandbox"
    assert failing(judged(sources, pull).judgement) == {"contract": words}


def test_a_channel_that_cannot_be_read_judges_nothing(site, sources):
    push(site, EXPERT, BASE, {POINTER: "live: 7\n"})
    [pull] = submitted(sources.forge, 1)
    with pytest.raises(BrokenRecordError, match="channel sandbox cannot be read"):
        judged(sources, pull)
