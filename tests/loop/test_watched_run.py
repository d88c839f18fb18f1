"""A run whose steer is plain words: who may watch what it promotes, and where nobody can."""

import json
import re

import pytest

from modelsmith.loop.evidence.files import GRADER
from modelsmith.loop.phases.context_history import contexts
from modelsmith.loop.phases.promotion_bundle import contract_of_run, watching_of
from modelsmith.loop.status import shown, status_of
from modelsmith.promotion.rollback.contract import Contract, blindness_of
from modelsmith.promotion.rollback.grader import GraderChoice
from modelsmith.run.evidence import evidence_of, verified
from tests.support.frontier_runs import JUDGES, a_frontier_run
from tests.support.watched import in_plain_words

pytestmark = pytest.mark.slow

CANNOT = (
    "this release cannot be watched: no steer question is decided by checks, or by a certified "
    "judge of your own"
)


def a_plain_run(root, *, own=(), **changes):
    """Return a finished run whose steer questions have no check; judges `own` are inside."""
    workshop, outbound = a_frontier_run(root, judges=JUDGES, **changes)
    snapshot = workshop.snapshot
    steer = tuple(in_plain_words(one) for one in snapshot.steer)
    workshop.snapshot = snapshot.model_copy(update={"steer": steer})
    models = tuple(
        one.model_copy(update={"inside": one.name in own}) for one in workshop.hosted.models
    )
    workshop.hosted = workshop.hosted.model_copy(update={"models": models})
    workshop.go()
    return workshop, outbound


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    return a_plain_run(tmp_path_factory.mktemp("own"), own=("claude-j",))[0]


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    return a_plain_run(tmp_path_factory.mktemp("hosted"))[0]


def promoted(workshop):
    [folder] = workshop.folder.glob("*-promote")
    return folder


def contract(workshop):
    return Contract.model_validate_json((promoted(workshop) / "contract.json").read_bytes())


def status(workshop):
    return status_of("tiny", workshop.config, workshop.entries(), None)


def test_a_judge_of_ones_own_is_named_with_its_measured_error(watched):
    assert watched.events()[-1] == "staged"
    found = contract(watched)
    [sitting] = [s for s in watched.certified_judges.sittings if s.judge == "claude-j"]
    assert found.grader.judge == "claude-j"
    assert found.grader.identity == sitting.identity
    assert found.grader.template == sitting.template
    assert found.grader.sensitivity == sitting.examination.agreement.sensitivity_bound
    assert found.graded() == {one.scenario for one in found.canary}
    assert len(found.canary) >= 20
    assert {one.reference for one in found.canary} == {1.0}
    assert blindness_of(found) == ""


def test_the_report_and_the_card_say_who_decides_while_it_is_live(watched):
    report = (promoted(watched) / "report.md").read_text()
    size = len(contract(watched).canary)
    assert (
        f"- while it is live, claude-j decides what checks leave open, on {size} of {size} canary "
        "questions" in report
    )
    assert "gpt-j decides nothing while it is live: it is hosted" in report
    assert "cannot be watched" not in report
    assert "checks decide, and claude-j what they leave open," in (
        promoted(watched) / "card.md"
    ).read_text().replace("\\", "")
    assert "cannot be watched" not in shown(status(watched))


def test_a_hosted_judge_is_never_named_and_it_is_said_that_nothing_can_watch(blind):
    assert blind.events()[-1] == "staged"
    found = contract(blind)
    assert (found.canary, found.grader) == ((), None)
    choice = GraderChoice.model_validate_json((promoted(blind) / GRADER.name).read_bytes())
    assert choice.grader is None
    assert set(choice.left_out.values()) == {
        "it is hosted, and a hosted judge never decides a revert"
    }
    report = (promoted(blind) / "report.md").read_text()
    assert f"- {CANNOT}\n" in report
    assert "claude-j decides nothing while it is live: it is hosted" in report
    assert f"  watch: {CANNOT}\n" in shown(status(blind))
    assert status(blind).unwatched == CANNOT
    for page in ("card.md", "index.html"):
        told = (promoted(blind) / page).read_text().replace("\\", "")
        assert CANNOT.replace("this release", "This release") in told


def at_promotion(workshop):
    """Return what the promotion knew when it began, and its evidence."""
    folder, entries = workshop.tools.folder, workshop.entries()
    *_, context, _ = contexts(folder.name, verified(folder.read, entries), entries)
    return context, dict(evidence_of(entries[-1], context.read))


def test_a_judge_that_errs_more_than_the_detector_carries_is_not_named(watched):
    context, raw = at_promotion(watched)
    unsure = GRADER.read(raw).grader.model_copy(update={"sensitivity": 0.9})
    raw |= GRADER.of(GraderChoice(grader=unsure, left_out={}))
    assert contract_of_run(context, raw).grader is None
    unwatched, notes = watching_of(context, raw)
    assert unwatched == CANNOT
    assert notes[0] == CANNOT
    assert re.fullmatch(
        r"claude-j decides nothing while it is live: it may fail 4\d% of right answers and pass "
        "10% of wrong ones at best, and the detector carries 30%: label more answers of its exam",
        notes[1],
    )


@pytest.mark.parametrize("name", ["watched", "blind"])
def test_both_replay_equal(name, request):
    assert request.getfixturevalue(name).replay().differences == ()


def test_an_attempt_of_before_names_nobody_and_says_nothing_of_it(watched):
    context, raw = at_promotion(watched)
    assert contract_of_run(context, raw).grader is not None
    del raw[GRADER]
    before = contract_of_run(context, raw)
    assert (before.grader, before.canary) == (None, ())
    assert watching_of(context, raw) == ("", ())
    assert json.loads(before.canonical()).keys() == {
        "channel",
        "canary",
        "exam_sha256",
        "floors",
        "detector",
        "target",
    }
