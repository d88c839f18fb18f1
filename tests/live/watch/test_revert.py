"""What is live is taken back as its contract agreed, on both forges; what is not due is refused."""

import pytest

from modelsmith.errors import BlockedError, BrokenRecordError, SignatureError
from modelsmith.live.watch.watch import watch_once
from modelsmith.promotion.rollback.canary import watch_branch
from tests.support.forges import EXPERT, push
from tests.support.local_site import local_site
from tests.support.signers import InMemorySigner
from tests.support.watched import CATEGORIES, Scene, a_promotion, faults_of, until_reverted

pytestmark = pytest.mark.slow


@pytest.fixture
def local(tmp_path):
    with local_site(tmp_path) as site:
        yield Scene(site)


# A revert that is refused


def test_a_target_that_was_never_live_is_refused(local):
    stranger, contract = a_promotion("v0", None)
    local.promote("v1")
    request, contract = a_promotion("v2", stranger)
    local.put_live(request, contract)
    local.says.forgot = set(CATEGORIES)
    with pytest.raises(BlockedError, match="desk v0, the contract's target, was never promoted"):
        until_reverted(local)
    assert local.live("sandbox").request == request


def test_a_target_that_was_itself_taken_back_is_refused(local):
    first = local.promote("v1")
    local.says.forgot = set(CATEGORIES)
    until_reverted(local)
    second = local.promote("v2", first)
    with pytest.raises(BlockedError, match="desk v1, the contract's target, was itself taken back"):
        until_reverted(local)
    assert local.live("sandbox").request == second.request


def test_a_pointer_that_moved_meanwhile_is_left_alone(local):
    first = local.promote("v1")
    local.says.forgot = set(CATEGORIES)

    class Late:
        """Answers after somebody promoted another one."""

        def ask(self, live, asked, config):
            if local.says.asked == 1:
                local.promote("v2", first)
            return local.says.ask(live, asked, config)

    watch_once(local.watch())
    with pytest.raises(BlockedError, match=r"sandbox\.yaml moved meanwhile: desk v1 is no longer"):
        watch_once(local.watch()._replace(canary_target=Late()))
    assert local.live("sandbox").request.version == "v2"
    assert local.forge().pull_requests(state=None) == []


def test_a_contract_that_is_not_the_releases_own_is_refused(local):
    first = local.promote("v1")
    easy = first.contract.model_copy(update={"floors": {}})
    local.push({f"{first.request.release.place}/contract.json": easy.canonical()})
    local.says.forgot = set(CATEGORIES)
    with pytest.raises(BlockedError, match="the contract is not the one that desk v1 was promoted"):
        until_reverted(local)
    assert local.live("sandbox").request == first.request


def test_altered_sightings_take_nothing_back(local):
    local.promote("v1")
    for _ in range(3):
        watch_once(local.watch())
    path = "promotions/channels/sandbox.watch.jsonl"
    content = local.file(path, watch_branch("sandbox")).decode()
    push(
        local.site,
        EXPERT,
        watch_branch("sandbox"),
        {path: content.replace('"outcome":"passed"', '"outcome":"failed"')},
    )
    with pytest.raises(BrokenRecordError, match="says failed, its checks say passed"):
        watch_once(local.watch())
    assert local.live("sandbox") is not None
    assert local.forge().pull_requests(state=None) == []


def test_without_a_signature_nothing_is_taken_back(local):
    first = local.promote("v1")
    local.signer = InMemorySigner(is_broken=True)
    local.says.forgot = set(CATEGORIES)
    with pytest.raises(SignatureError, match="no key is given"):
        until_reverted(local)
    assert local.live("sandbox").request == first.request
    assert local.forge().pull_requests(state=None) == []
    local.signer = InMemorySigner()
    asked = local.says.asked
    assert watch_once(local.watch()).outcome == "reverted"
    assert local.says.asked == asked  # what was due is done, before anything more is asked


# Killed, and done again


class KilledError(BaseException):
    """Nothing catches it, as nothing catches a kill."""


ACTS = ("commit_files", "offer", "raise_issue", "merge")


class MortalForge:
    """A forge whose caller dies right before or right after its nth writing call."""

    def __init__(self, forge, number, when):
        self._forge, self._number, self._when = forge, number, when
        self._acts = 0

    def __getattr__(self, name):
        found = getattr(self._forge, name)
        if name not in ACTS:
            return found

        def act(*words, **named):
            self._acts += 1
            if (self._acts, self._when) == (self._number, "before"):
                raise KilledError
            answer = found(*words, **named)
            if (self._acts, self._when) == (self._number, "after"):
                raise KilledError
            return answer

        return act


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 6))  # the round, then the four acts of the revert
def test_a_killed_revert_is_done_again_as_the_same(local, number, when):
    first = local.promote("v1")
    second = local.promote("v2", first)
    local.says.forgot = set(CATEGORIES)
    watch_once(local.watch())
    with pytest.raises(KilledError):
        watch_once(local.watch(lambda forge: MortalForge(forge, number, when)))
    moved = local.live("sandbox").request == first.request
    assert moved is bool(local.folder(second.request).get("revert.sigstore.json"))
    if not moved:
        assert watch_once(local.watch()).outcome == "reverted"
    assert faults_of(local, second.request) == []
    assert [move.kind for move in local.moves()] == ["promoted", "promoted", "reverted"]
    assert len(local.forge().pull_requests(state=None)) == 1
    local.says.forgot = set()
    assert watch_once(local.watch()).outcome == "quiet"
    assert len(local.moves()) == 3
