"""Whose words a candidate was trained on, read from the evidence of its run."""

import json
import shutil

import pytest

from modelsmith.loop.phases.comparisons import panels_of
from modelsmith.loop.phases.context_history import context_of
from modelsmith.loop.phases.model_ancestry import ancestry_of, authors_of, trainings_behind
from modelsmith.record import canonical, records_in
from modelsmith.run.ledger import Entry
from modelsmith.training.curriculum import TrainingRow
from tests.support.forging import forge, stored
from tests.support.frontier import Temper
from tests.support.frontier_runs import JUDGES, a_frontier_run

TOGETHER = {
    "claude-j": Temper(sensitivity=0.93, specificity=0.95),
    "gemini-j": Temper(sensitivity=0.95, specificity=0.93),
    "gpt-j": Temper(sensitivity=0.94, specificity=0.94),
    "mistral-j": Temper(sensitivity=0.95, specificity=0.95),
}


@pytest.fixture(scope="module")
def converged(tmp_path_factory):
    """Return a run before its look at sealed: two trainings, proposals accepted in between."""
    workshop, _ = a_frontier_run(
        tmp_path_factory.mktemp("converged"), judges=JUDGES, tempers=TOGETHER
    )
    workshop.steps(8)
    return workshop


@pytest.fixture
def written_by(converged, tmp_path):
    """Return a function that gives the run as if a member had written its proposals."""

    def written(author: str):
        shutil.copytree(converged.root, tmp_path, dirs_exist_ok=True)
        copied, _ = a_frontier_run(tmp_path, judges=JUDGES, tempers=TOGETHER)
        path = copied.folder / "003-expand/reconciliation.json"
        found = json.loads(path.read_bytes())
        for one in found["reconciled"]:
            one["proposal"]["author"] = author
        path.write_bytes(canonical(found))
        forge(copied.folder, stored(copied.folder))
        return context_of(copied.tools.folder)

    return written


def rows_of(case, entry: Entry):
    (path,) = [path for path in entry.evidence if path.endswith("/rows.jsonl")]
    return records_in(case.read(path), TrainingRow)


def test_what_a_hosted_member_wrote_counts_for_its_family_by_the_rows_composed_from_it(written_by):
    case = written_by("gpt-1")
    rows = [row for entry in trainings_behind(case) for row in rows_of(case, entry)]
    of_council = [row for row in rows if row.scenario in authors_of(case)]
    assert 0 < len(of_council) < len(rows)
    found = ancestry_of(case)
    assert found.base == "tiny"
    assert found.shares == {"gpt": pytest.approx(len(of_council) / len(rows))}


def test_a_family_that_wrote_targets_judges_in_no_comparison(written_by):
    panels = panels_of(written_by("gpt-1"))
    assert all("gpt-j" not in panel.judges for panel in panels.values())
    assert panels["claude-1"].left_out["gpt-j"].startswith("its family gpt wrote ")
    assert "mistral-j" in panels["gpt-1"].judges
    assert panels["gpt-1"].left_out["gpt-j"].startswith("its family gpt wrote ")


@pytest.mark.parametrize("author", ["mutator", "nobody-known"])
def test_rule_made_proposals_are_of_no_family(written_by, author):
    case = written_by(author)
    assert ancestry_of(case).shares == {}
    reasons = {why for panel in panels_of(case).values() for why in panel.left_out.values()}
    assert not [why for why in reasons if " wrote " in why]


def test_the_base_model_as_a_member_counts_for_its_own_family(written_by):
    assert set(ancestry_of(written_by("local")).shares) == {"tiny"}


def test_the_trainings_behind_a_candidate_are_told_from_the_last_to_the_first(converged):
    case = context_of(converged.tools.folder)
    assert [entry.index for entry in trainings_behind(case)] == [6, 2]
