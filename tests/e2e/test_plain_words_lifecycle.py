"""Plain words from training to revert: with a judge of one's own, and beside form checks alone."""

import pytest

from modelsmith.live.watch.page import Watched
from modelsmith.loop.phases import intake
from modelsmith.loop.phases.recheck import rechecking
from modelsmith.wiring.runs import Runs
from tests.loop.phases.test_recheck import filled
from tests.support.forges import APPROVER, FACTORY, clone_of, git, push
from tests.support.lifecycle import Lifecycle
from tests.support.local_site import LocalSite
from tests.support.plain_words import (
    FamiliesBesideChecks,
    a_plain_run,
    an_exam_beside_checks,
    labelled_beside_checks,
    truth_of,
)
from tests.support.runs import a_workshop, families_of
from tests.support.watched import ScriptedJudge

pytestmark = pytest.mark.slow


class PlainLifecycle(Lifecycle):
    """A channel whose runs are examined in sentences beside form checks."""

    def workshop(self, root, run, skill):
        checked = self.exam()
        exam = an_exam_beside_checks(checked)
        families = FamiliesBesideChecks(families_of(checked))
        workshop = a_workshop(root, run=run, exam=exam, families=families, skill=skill)
        sheets = labelled_beside_checks(exam, 12)
        workshop.snapshot = intake.snapshot_of(exam, families, sheets, 2)
        return workshop


class JudgedLifecycle(Lifecycle):
    """A channel whose runs hold the worked case in plain words; a judge of one's own decides."""

    truth = None

    def workshop(self, root, run, skill):
        checked = self.exam()
        self.truth = truth_of(checked)
        return a_plain_run(
            root,
            run=run,
            judges=("gpt-j",),
            own=("gpt-j",),
            checked=checked,
            skill=lambda trainings, _: (0.5, 1.0)[min(trainings, 1)],
            ladder=["rejection-sampling"],
        )[0]

    def grader(self):
        return ScriptedJudge(self.truth)

    def rechecks(self, run):
        head, clone = f"modelsmith/{run}/promote", clone_of(self.site, APPROVER)
        git(clone, "checkout", "--quiet", "-B", head, f"origin/{head}")
        self.does(APPROVER, "judge", "audit", run)
        asked = rechecking(Runs(clone, quiet=True).folder(run))
        sheet = (clone / asked.path).read_text(encoding="utf-8")
        (clone / asked.path).unlink()
        push(self.site, "labeller", head, {asked.path: filled(sheet, asked)})


def regresses(life):
    """Promote two releases, let the second forget, and watch until the first is back."""
    life.promotes("one")
    with life.served() as served:
        assert served.follows() == "one-1"
        life.promotes("two")
        assert served.follows() == "two-1"
        served.serving_engines.forgets.add("two-1")
        (asked,) = served.watched(1, only="ask")
        assert isinstance(asked, Watched), asked
        assert asked.outcome == "due"
        words = ("watch", "--channel", "sandbox", "--only", "act", "--json")
        last = Watched.model_validate_json(life.does(FACTORY, *words, code=1))
        assert last.outcome == "reverted"
        assert served.follows() == "one-1"
    assert life.is_clean()


@pytest.mark.parametrize("kind", [JudgedLifecycle, PlainLifecycle])
def test_a_release_of_plain_words_is_trained_promoted_watched_and_taken_back(
    kind, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    regresses(kind(LocalSite(tmp_path), monkeypatch.setenv, lambda: "".join(capsys.readouterr())))
