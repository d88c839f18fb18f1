"""The one check that a branch's rules require: red unless every other job is green."""

import io

import pytest
from ruamel.yaml import YAML

from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import TOP, begun
from tests.support.forges import EXPERT, push
from tests.support.github.site import github_site

pytestmark = NEEDS_ACT

PATH = ".github/workflows/ci.yml"
GREEN, RED = {"steps": [{"run": "exit 0"}]}, {"steps": [{"run": "exit 1"}]}
LEFT_OUT = GREEN | {"if": "github.event_name == 'never'"}


def ending(**jobs):
    """Return our workflow with the work of its jobs replaced by how they end."""
    yaml = YAML(typ="safe", pure=True)
    workflow = yaml.load((TOP / PATH).read_text("utf-8"))
    for name, how in jobs.items():
        workflow["jobs"][name] |= how
    text = io.StringIO()
    yaml.dump(workflow, text)
    return text.getvalue()


@pytest.fixture(scope="module")
def ci(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ci")
    with github_site(folder) as site:
        yield CI(begun(site, ("ci.yml",), lambda _: None), folder)


@pytest.mark.parametrize(
    ("test", "audit", "all_green"),
    [
        (GREEN, GREEN, "success"),
        (RED, GREEN, "failure"),
        (GREEN, RED, "failure"),
        (GREEN, LEFT_OUT, "failure"),  # GitHub takes a skipped job for a passed one
    ],
)
def test_all_green_is_green_when_everything_is(ci, test, audit, all_green):
    push(ci.site, EXPERT, "main", {PATH: ending(test=test, audit=audit)})
    [run] = ci.settle()
    assert run.jobs["all-green"] == all_green


def test_a_proposed_branch_is_audited_against_its_base(ci):
    """The audit itself has its own tests; here it runs as the workflow calls it."""
    push(ci.site, EXPERT, "main", {PATH: ending(test=GREEN)})
    ci.settle()
    push(ci.site, EXPERT, "side", {"README.md": "Another.\n"})
    assert ci.settle() == []
    ci.site.forge(EXPERT).offer("side", base="main", title="t", body="", is_draft=False)
    [run] = ci.settle()
    assert (run.event, run.workflow) == ("pull_request", "ci.yml")
    assert run.jobs == {"test": "success", "audit": "success", "all-green": "success"}, run.log
