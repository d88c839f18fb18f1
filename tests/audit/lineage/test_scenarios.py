"""Which version of a file a run read, where its prose has become other criteria since."""

import json

import pytest

from modelsmith.audit.lineage.graph import Graph
from modelsmith.audit.lineage.scenarios import ScenarioSources
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.exam.scenario import Criterion, Split
from modelsmith.run.entry_facts import StartedFacts
from modelsmith.run.git.history import GitHistory
from tests.support.forges import git
from tests.support.repositories import a_repository
from tests.support.runs import a_snapshot, an_exam

PROSE = "Waits for it\u2026 Then says why it waits."
EXAM = an_exam({"train": 1, "steer": 1, "sealed": 1})


@pytest.mark.parametrize(("splitter", "is_found"), [(SPLITTERS[0], True), (SPLITTERS[-1], False)])
def test_the_version_that_an_older_splitter_cut_is_found(tmp_path, splitter, is_found):
    one = {"pass_criteria": (Criterion(text=PROSE),), "fail_criteria": ()}
    scenario = EXAM.train[0].model_copy(update=one)
    exam = EXAM.model_copy(update={"train": (scenario,)})
    a_repository(tmp_path, exam=exam)
    file = tmp_path / f"benchmarks/adtech/train/{scenario.id}.yaml"
    file.write_text(file.read_text().replace(json.dumps([{"text": PROSE}]), json.dumps(PROSE)))
    git(tmp_path, "add", "--all")
    who = ("-c", "user.name=expert", "-c", "user.email=expert@example.org")
    git(tmp_path, *who, "commit", "--quiet", "-m", "Review the exam")
    with GitHistory(tmp_path) as history:
        tip = history.commit_of("HEAD")
        began = StartedFacts(
            **dict.fromkeys(("config_sha256", "exam_sha256", "sealed_version"), "0" * 64),
            model_sha256="0" * 64,
            commit=tip,
            peak_gib=1,
            splitter=splitter,
        )
        graph = Graph()
        sources = ScenarioSources(graph, history, history.walk([tip]), tip)
        key = sources.add_scenario(a_snapshot(exam), scenario, Split.TRAIN, began)
    facts = graph.nodes[key].facts
    assert ("commit" in facts, facts["in the revision"] == "this version") == (is_found, is_found)
    assert facts["file"].endswith(": this version was never committed") is not is_found
