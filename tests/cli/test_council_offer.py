"""A council's proposals through `modelsmith run offer` and `wake`: what people see, and decide."""

from pathlib import Path

import pytest

from modelsmith.cli import main
from modelsmith.git.refs import closing_ref
from tests.loop.phases.test_council import NEVER, one_each
from tests.support.councils import ScriptedCouncil, a_council_run
from tests.support.forges import BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.github.site import FULL_NAME, github_site
from tests.support.local_site import local_site

pytestmark = pytest.mark.slow

BRANCH = "modelsmith/tiny/expand-1"
WORKFLOW = ".github/workflows/iterate.yml"
LOOP = (Path(__file__).parents[2] / WORKFLOW).read_text(encoding="utf-8")


@pytest.fixture(params=[local_site, github_site], ids=["local", "github"])
def waiting(request, tmp_path, monkeypatch):
    """Return a site and a shared run that waits for people to decide on its proposals."""
    with request.param(tmp_path) as site:
        monkeypatch.setenv("MODELSMITH_FORGE", "github" if site.has_ci else "local")
        for name in ("GH_TOKEN", "MODELSMITH_APP_ID", "MODELSMITH_APP_PRIVATE_KEY"):
            monkeypatch.delenv(name, raising=False)
        if site.has_ci:
            monkeypatch.setenv("GITHUB_REPOSITORY", FULL_NAME)
            monkeypatch.setenv("GITHUB_API_URL", site.hub.api)
            monkeypatch.setenv("GITHUB_TOKEN", site.tokens[FACTORY])
        files = {".gitignore": ".modelsmith/\nruns/*/.lock\nruns/*/.holder\n", WORKFLOW: LOOP}
        push(site, EXPERT, BASE, files)
        root = clone_of(site, FACTORY)
        council = ScriptedCouncil(one_each)
        workshop = a_council_run(root, council, skill=NEVER, settings={"wait": True})
        assert workshop.shared().go().facts["reason"] == "review"
        yield site, workshop


@pytest.fixture
def run(waiting, capsys):
    def run(*words):
        capsys.readouterr()
        assert main(["--repo", str(waiting[1].root), "run", *words]) == 0
        return capsys.readouterr().out

    return run


def stepped(workshop):
    return [workshop.shared().step().event for _ in range(2)]


def test_people_see_why_and_what_and_once_they_closed_it_the_run_goes_on(waiting, run):
    site, workshop = waiting
    told = run("offer", "tiny")
    assert told.startswith("proposal: ")
    assert told.endswith(" is open\n")
    assert run("offer", "tiny").endswith(" is up to date\n")
    (pull,) = site.forge(EXPERT).pull_requests(head=BRANCH)
    assert {"proposal", "PACING"} <= set(pull.labels)
    for words in ("Why: ", "The model sees:", "`claude-1` votes yes: `the table shows it`"):
        assert words in pull.body
    if site.has_ci:
        assert run("wake", "--workflow", "iterate.yml") == "run tiny: waits for somebody\n"
        assert not site.dispatches()
    site.forge(EXPERT).close(pull.number)
    assert stepped(workshop) == ["unblocked", "blocked"]
    if site.has_ci:
        assert "asked CI for its next phase" in run("wake", "--workflow", "iterate.yml")
        ((workflow, _, inputs),) = site.dispatches()
        assert (workflow, inputs["run"]) == ("iterate.yml", "tiny")
    for _ in range(2):
        assert "was closed by people and stays so" in run("offer", "tiny")
    assert git(site.bare, "rev-parse", closing_ref(BRANCH)) == pull.head_sha
    assert git(site.bare, "rev-parse", BRANCH) == pull.head_sha
    assert stepped(workshop) == ["unblocked", "continued"]


@pytest.mark.parametrize("waiting", [github_site], ids=["github"], indirect=True)
def test_what_is_pushed_after_the_closing_is_under_review_again(waiting, run):
    site, workshop = waiting
    run("offer", "tiny")
    site.forge(EXPERT).close(1)
    run("offer", "tiny")
    push(site, EXPERT, BRANCH, {"benchmarks/adtech/train/MORE.yaml": "id: MORE\n"})
    assert stepped(workshop) == ["unblocked", "blocked"]
    assert run("wake", "--workflow", "iterate.yml") == "run tiny: waits for somebody\n"
    assert not site.dispatches()
