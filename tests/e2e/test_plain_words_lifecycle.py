"""Sentences beside form checks, no judge: trained, promoted, watched by checks, reverted."""

import pytest

from modelsmith.live.watch.page import Watched
from modelsmith.loop.phases import intake
from tests.support.forges import FACTORY
from tests.support.lifecycle import Lifecycle
from tests.support.local_site import LocalSite
from tests.support.plain_words import (
    FamiliesBesideChecks,
    an_exam_beside_checks,
    labelled_beside_checks,
)
from tests.support.runs import a_workshop, families_of

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


def test_what_sentences_and_form_checks_promoted_is_watched_by_the_checks_and_taken_back(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    life = PlainLifecycle(
        LocalSite(tmp_path), monkeypatch.setenv, lambda: "".join(capsys.readouterr())
    )
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
