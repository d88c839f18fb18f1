"""A channel is watched on both forges: what is live answers, and goes when it no longer does."""

import json

import pytest

from modelsmith.errors import (
    BlockedError,
    BrokenRecordError,
    EngineError,
    ForgeRefusedError,
    HostedError,
)
from modelsmith.forge.records import PullState
from modelsmith.live.watch.watch import watch_once, watch_rounds
from modelsmith.promotion.channel import Pointer, pointer_content, pointer_path
from modelsmith.promotion.rollback.canary import watch_branch
from modelsmith.promotion.rollback.revert import revert_faults
from modelsmith.promotion.verification.channels import move_faults
from tests.support.forges import EXPERT, git, push
from tests.support.frontier import Temper
from tests.support.github.site import github_site
from tests.support.local_site import local_site
from tests.support.watched import (
    CATEGORIES,
    PLAIN,
    QUESTIONS,
    Scene,
    a_grader,
    a_promotion,
    faults_of,
    plain_words,
    until_reverted,
)

pytestmark = pytest.mark.slow

SITES = {"github": github_site, "local": local_site}
ONE = CATEGORIES[0]


@pytest.fixture(params=SITES)
def scene(request, tmp_path):
    with SITES[request.param](tmp_path) as site:
        yield Scene(site)


@pytest.fixture
def local(tmp_path):
    with local_site(tmp_path) as site:
        yield Scene(site)


def test_a_regression_brings_the_release_before_back_with_nobody_awake(scene):
    first = scene.promote("v1")
    second = scene.promote("v2", first)
    assert watch_once(scene.watch()).outcome == "quiet"
    scene.says.forgot = set(CATEGORIES)
    found = until_reverted(scene)[-1]
    assert (found.release, found.target) == (second.request.release, first.request.release)
    live = scene.live("sandbox")
    assert live.request == first.request
    assert scene.file(pointer_path("sandbox")) == pointer_content(
        Pointer(channel="sandbox", live=first.request.release)
    )
    move = scene.moves()[-1]
    assert (move.kind, move.before, move.after) == (
        "reverted",
        second.request.release,
        first.request.release,
    )
    assert faults_of(scene, second.request) == []
    pull = scene.forge().pull_request(found.pull)
    assert (pull.state, pull.head) == (PullState.MERGED, "modelsmith/revert/sandbox-3")
    assert found.why in pull.body
    issue = scene.forge().issue(found.issue)
    assert issue.is_open
    assert f"Pull request #{found.pull} does it without a review" in issue.body
    assert issue.title == "Take desk v2 back from sandbox: desk v1 is live again"


def test_the_whole_channel_holds_for_an_audit(local):
    first = local.promote("v1")
    second = local.promote("v2", first)
    local.says.forgot = set(CATEGORIES)
    until_reverted(local)
    files = local.folder(second.request)
    payload = local.signer.verify(files["revert.sigstore.json"], local.signer.accepted).payload
    pointer, moves = local.file(pointer_path("sandbox")), local.moves()
    reverts = lambda move: revert_faults(move, files, payload, local.file)  # noqa: E731
    assert list(move_faults(pointer, moves, lambda _: iter(()), reverts)) == []


def test_what_returned_begins_anew_and_is_not_held_to_what_the_other_did(local):
    local.promote("v2", local.promote("v1"))
    local.says.forgot = set(CATEGORIES)
    until_reverted(local)
    local.says.forgot = set()
    found = watch_once(local.watch())
    assert (found.outcome, found.reading.round, found.reading.answers) == ("quiet", 1, 6)
    assert {one.move for one in local.sightings()} == {2, 3}


def test_a_release_that_is_live_again_begins_anew_too(local):
    first = local.promote("v1")
    watch_once(local.watch())
    local.promote("v2", first)
    local.says.forgot = set(CATEGORIES)
    until_reverted(local)
    local.says.forgot = set()
    assert watch_once(local.watch()).reading.round == 1


def test_the_first_release_of_a_channel_goes_and_the_channel_is_down(scene):
    first = scene.promote("v1")
    scene.says.forgot = set(CATEGORIES)
    found = until_reverted(scene)[-1]
    assert found.target is None
    assert scene.live("sandbox") is None
    assert faults_of(scene, first.request) == []
    down = watch_once(scene.watch())
    assert (down.outcome, down.release) == ("down", None)
    issue = scene.forge().issue(found.issue)
    assert issue.title == "Take desk v1 back from sandbox: the channel is down"


def test_one_forgotten_category_is_seen_by_its_floor(local):
    local.promote("v1")
    local.says.forgot = {ONE}
    rounds = until_reverted(local)
    assert rounds[-1].why.startswith(f"{ONE} was below its floor of 0.50 for ")
    assert len(rounds) <= 4


def test_people_are_warned_once_before_anything_is_taken_back(scene):
    scene.promote("v1", detector={"warn": 2.0, "revert": 1e9})
    scene.says.forgot = {ONE}
    found = [watch_once(scene.watch()) for _ in range(3)]
    assert [one.outcome for one in found] == ["warned"] * 3
    assert len({one.issue for one in found}) == 1
    issue = scene.forge().issue(found[0].issue)
    assert issue.title == "desk v1 in sandbox answers worse than it was promoted"
    assert "nothing was changed" in issue.body
    assert "At 1000000000 it is taken back" in issue.body
    assert scene.live("sandbox") is not None


def test_each_question_is_a_line_that_is_kept(scene):
    first = scene.promote("v1")
    scene.says.forgot = {ONE}
    watch_once(scene.watch())
    before = scene.sightings()
    watch_once(scene.watch())
    lines = scene.sightings()
    assert lines[: len(before)] == before
    assert len(lines) == 2 * len(QUESTIONS)
    assert [one.round for one in lines] == [1] * 6 + [2] * 6
    assert {one.bundle_sha256 for one in lines} == {first.request.digest()}
    categories = {one.id: one.category for one in QUESTIONS}
    failed = {categories[one.scenario] for one in lines if one.outcome == "failed"}
    assert failed == {ONE}
    assert lines[0].engine == {"engine": "scripted/1"}
    assert all(one.engine is None for one in lines[1:])
    assert all(one.answer is None for one in before[6:] + lines[6:])
    assert all(one.answer.digest() == one.answer_sha256 for one in before if one.answer)


def test_the_default_branch_is_left_alone_by_a_round(scene):
    scene.promote("v1")
    head = scene.head()
    watch_once(scene.watch())
    assert scene.head() == head
    assert git(scene.site.bare, "rev-parse", f"{watch_branch('sandbox')}^") == head


def test_a_lost_answer_is_told_and_held_against_nobody(local):
    local.promote("v1")
    local.says.lost = {ONE}
    for _ in range(4):
        found = watch_once(local.watch())
    assert found.outcome == "quiet"
    assert found.lost_to == "out of memory (scripted)"
    assert found.reading.lost == 4 * sum(one.category == ONE for one in QUESTIONS)


def test_a_round_of_lost_answers_is_no_round(local):
    local.promote("v1")
    local.says.lost = set(CATEGORIES)
    with pytest.raises(EngineError, match="all 6 answers were lost, the first to: out of memory"):
        watch_once(local.watch())
    assert local.sightings() == ()


def test_what_cannot_be_asked_is_no_round(local):
    local.promote("v1")
    local.says.is_down = True
    with pytest.raises(EngineError, match="no such model"):
        watch_once(local.watch())
    assert local.sightings() == ()


def test_a_pointer_that_no_move_leads_to_is_told(local):
    local.promote("v1")
    request, _ = a_promotion("v9", None)
    place = request.release.place
    local.push(
        {
            pointer_path("sandbox"): pointer_content(
                Pointer(channel="sandbox", live=request.release)
            ),
            f"{place}/request.json": request.canonical(),
            f"{place}/contract.json": a_promotion("v9", None)[1].canonical(),
        }
    )
    with pytest.raises(BrokenRecordError, match=r"sandbox\.jsonl does not end at desk v9"):
        watch_once(local.watch())


def test_a_contract_without_a_question_cannot_be_watched(local):
    local.promote("v1", canary=(), floors={})
    with pytest.raises(BlockedError, match="the contract of desk v1 asks no question"):
        watch_once(local.watch())


def test_another_exam_than_was_signed_is_not_asked(local):
    local.promote("v1", exam_sha256="1" * 64)
    with pytest.raises(BrokenRecordError, match="is not the exam that the contract names"):
        watch_once(local.watch())
    assert local.says.asked == 0


def test_a_question_in_other_words_is_not_asked(local):
    _, contract = a_promotion("v1", None)
    other = contract.canary[0].model_copy(update={"scenario_sha256": "1" * 64})
    local.promote("v1", canary=(other, *contract.canary[1:]))
    with pytest.raises(BrokenRecordError, match="does not stand on steer as it was signed"):
        watch_once(local.watch())


def test_a_line_that_cannot_be_read_is_located(local):
    local.promote("v1")
    path = "promotions/channels/sandbox.watch.jsonl"
    push(local.site, EXPERT, watch_branch("sandbox"), {path: "{}\n"})
    with pytest.raises(BrokenRecordError, match="holds a line that is no sighting"):
        watch_once(local.watch())


def test_two_watches_of_one_channel_lose_no_line(local):
    local.promote("v1")
    watch_once(local.watch())
    other = Scene.__new__(Scene)
    other.__dict__ = dict(local.__dict__)

    class Slow:
        """Answers after another watch kept a round."""

        def ask(self, live, asked, config):
            watch_once(other.watch())
            return local.says.ask(live, asked, config)

    with pytest.raises(ForgeRefusedError, match="another watch is at work"):
        watch_once(local.watch()._replace(canary_target=Slow()))
    assert [one.round for one in local.sightings()] == [1] * 6 + [2] * 6


# Half a round, on a machine that may no more


def test_who_only_asks_keeps_and_tells_and_takes_nothing_back(local):
    local.promote("v1")
    local.says.forgot = set(CATEGORIES)
    found = [watch_once(local.watch(only="ask")) for _ in range(3)]
    assert [one.outcome for one in found] == ["quiet", "due", "due"]
    assert local.says.asked == 2  # what is due is not asked again
    assert local.live("sandbox") is not None
    assert local.forge().pull_requests(state=None) == []


def test_who_only_acts_asks_nothing_and_does_what_is_due(local):
    local.promote("v1")
    assert watch_once(local.watch(only="act")).outcome == "quiet"
    local.says.forgot = set(CATEGORIES)
    for _ in range(2):
        watch_once(local.watch(only="ask"))
    asked = local.says.asked
    assert watch_once(local.watch(only="act")).outcome == "reverted"
    assert local.says.asked == asked


def test_who_only_asks_leaves_the_warning_to_who_acts(local):
    local.promote("v1", detector={"warn": 2.0, "revert": 1e9})
    local.says.forgot = {ONE}
    assert watch_once(local.watch(only="ask")).outcome == "quiet"
    assert watch_once(local.watch(only="act")).outcome == "warned"


# A daemon


def test_a_daemon_pauses_between_rounds_and_survives_what_goes_wrong(local):
    local.promote("v1")
    pauses = []

    def pause():
        pauses.append(local.says.asked)
        local.says.is_down = len(pauses) == 1

    found = list(watch_rounds(local.watch(), rounds=3, pause=pause, goes_on=True))
    assert isinstance(found[1], EngineError)
    assert [one.outcome for one in (found[0], found[2])] == ["quiet", "quiet"]
    assert found[2].reading.round == 2
    assert len(pauses) == 2


def test_a_daemon_waits_for_a_channel_that_is_down(local):
    found = list(watch_rounds(local.watch(), rounds=3, pause=lambda: None, goes_on=True))
    assert [one.outcome for one in found] == ["down"] * 3


def test_what_goes_wrong_ends_a_watch_that_is_no_daemon(local):
    local.promote("v1")
    local.says.is_down = True
    found = list(watch_rounds(local.watch(), rounds=3, pause=lambda: None, goes_on=False))
    assert [type(one) for one in found] == [EngineError]


# Plain words, which a judge of one's own decides


@pytest.fixture
def plain(tmp_path):
    with local_site(tmp_path) as site:
        yield Scene(site, PLAIN)


def test_a_plain_words_release_that_regresses_is_taken_back_by_the_judge_of_its_contract(plain):
    first = plain.promote("v1", **plain_words())
    second = plain.promote("v2", first, **plain_words())
    assert watch_once(plain.watch()).outcome == "quiet"
    plain.says.forgot = set(CATEGORIES)
    found = until_reverted(plain)[-1]
    assert (found.release, found.target) == (second.request.release, first.request.release)
    assert plain.live("sandbox").request == first.request
    assert faults_of(plain, second.request) == []
    revert = json.loads(plain.folder(second.request)["revert.json"])
    votes = [vote for line in revert["sightings"] for vote in line.get("opinions", ())]
    assert {vote["judge"] for vote in votes} == {"own-j"}
    assert "; own-j decided " in found.why
    assert found.why in plain.forge().issue(found.issue).body


def test_a_forged_opinion_takes_nothing_back_that_holds_for_an_audit(plain):
    first = plain.promote("v1", **plain_words())
    second = plain.promote("v2", first, **plain_words())
    plain.says.forgot = set(CATEGORIES)
    until_reverted(plain)
    files = plain.folder(second.request)
    told = json.loads(files["revert.json"])
    vote = next(v for v in told["sightings"][0]["opinions"] if v["outcome"] == "not_met")
    vote |= {"outcome": "met", "quote": "what nobody said"}
    files["revert.json"] = json.dumps(told).encode()
    payload = plain.signer.verify(files["revert.sigstore.json"], plain.signer.accepted).payload
    faults = list(revert_faults(plain.moves()[-1], files, payload, plain.file))
    assert any("whose quote does not stand in the answer" in fault for fault in faults)


def test_a_judge_that_errs_as_measured_takes_nothing_back(plain):
    grader = a_grader(sensitivity=0.95, specificity=0.95)
    plain.promote("v1", **plain_words(grader))
    plain.judge.temper = Temper(sensitivity=0.95, specificity=0.95)
    found = [watch_once(plain.watch()).outcome for _ in range(6)]
    assert set(found) == {"quiet"}


def test_a_judge_that_cannot_be_asked_is_no_round(plain):
    plain.promote("v1", **plain_words())
    plain.judge.is_down = True
    with pytest.raises(HostedError, match="own-j does not answer"):
        watch_once(plain.watch())
    assert plain.sightings() == ()
    plain.says.forgot = set(CATEGORIES)
    plain.judge.is_down = False
    assert watch_once(plain.watch(only="ask")).reading.round == 1
