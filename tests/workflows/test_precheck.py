"""A maintainer asks whether the model that is there already passes what a fork proposes."""

import pytest

from modelsmith.exam.scenario import OutcomeType
from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import begun, from_fork
from tests.support.families import asked
from tests.support.forges import EXPERT
from tests.support.github.site import github_site
from tests.support.repositories import a_repository, scenario_file
from tests.support.runs import an_exam

pytestmark = NEEDS_ACT

NEW = asked("FRIDAY_DESK", OutcomeType.TP, "PACING", "Friday desk: nobody sees why.", first=900)
PATH = f"benchmarks/adtech/train/{NEW.id}.yaml"


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as found:
        yield begun(found, ("precheck.yml",), a_repository)


def test_the_answer_stands_on_the_jobs_page_and_only_a_maintainer_can_ask(site, tmp_path):
    ci = CI(site, tmp_path, command="tests.support.scripted_modelsmith")
    pull = from_fork(site, {PATH: scenario_file(an_exam(), NEW, "train")})
    assert ci.settle() == []  # nothing that a stranger does reaches the cluster
    inputs = {"pull": str(pull.number), "run": "tiny"}
    site.forge(EXPERT).dispatch("precheck.yml", ref="main", inputs=inputs)
    (run,) = ci.settle()
    assert run.jobs == {"plan": "success", "ask": "success"}
    assert f"fails: `{PATH}` `first at contains (Says that throttle holds" in run.summary
    assert "the untouched base model of run tiny passes 0 of 1 scenarios" in run.summary
    assert site.forge(EXPERT).comments(pull.number) == []
