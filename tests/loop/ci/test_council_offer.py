"""A council's proposals as a pull request on the local forge: offered, edited, merged, trained."""

import json

import pytest

from modelsmith.loop.ci.pull_requests import offers_of, open_pull_requests
from modelsmith.loop.evidence.files import JOINED
from tests.loop.phases.test_council import NEVER, one_each
from tests.support.councils import ScriptedCouncil, a_council_run
from tests.support.forges import BASE, EXPERT, FACTORY, clone_of, files_at, git, push
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow


@pytest.fixture
def waiting(tmp_path):
    """Return the site and a shared run that waits for people to decide on its proposals."""
    site = LocalSite(tmp_path)
    ignored = {".gitignore": ".modelsmith/\nruns/*/.lock\nruns/*/.holder\n"}
    push(site, EXPERT, BASE, ignored)
    root = clone_of(site, FACTORY)
    workshop = a_council_run(root, ScriptedCouncil(one_each), skill=NEVER, settings={"wait": True})
    entry = workshop.shared().go()
    assert (entry.event, entry.facts["reason"]) == ("blocked", "review")
    return site, workshop


def test_what_people_merged_as_they_edited_it_is_trained_on(waiting):
    site, workshop = waiting
    branch = "modelsmith/tiny/expand-1"
    offers = offers_of("tiny", workshop.config, workshop.entries())
    report = (workshop.folder / "003-expand/report.md").read_text()
    (found,) = open_pull_requests(site.forge(FACTORY), offers, lambda _: report)
    assert set(found.pull_request.labels) == {"proposal", *offers[0].topics}
    for words in ("`claude-1` votes yes: `the table shows it`", "The model sees:", "Why: "):
        assert words in found.pull_request.body
    paths = [p for p in files_at(site, branch) if p.startswith("benchmarks/") and "HARBOUR" in p]
    text = files_at(site, branch)[paths[0]].replace("looks strange", "looks wrong")
    push(site, EXPERT, branch, {paths[0]: text})
    assert workshop.shared().step().event == "unblocked"
    assert workshop.shared().step().event == "blocked"

    expert = clone_of(site, EXPERT)
    git(expert, "checkout", "--quiet", BASE)
    git(expert, "merge", "--quiet", "--no-edit", f"origin/{branch}")
    git(expert, "push", "--quiet", "origin", BASE)
    events = [workshop.shared().step().event for _ in range(4)]
    assert events == ["unblocked", "continued", "evaluated", "trained"]
    (joined,) = workshop.folder.glob(f"*-eval/{JOINED.name}")
    merged = [json.loads(line)["scenario"] for line in joined.read_text().splitlines()]
    (edited,) = [one for one in merged if one["id"] in paths[0]]
    assert "looks wrong" in edited["description"]
    assert edited["id"] in {row.scenario for row in workshop.trainer.trainings[-1]}
    assert workshop.replay().differences == ()


def test_a_branch_that_is_gone_upstream_was_closed(waiting):
    site, workshop = waiting
    git(clone_of(site, EXPERT), "push", "--quiet", "origin", ":modelsmith/tiny/expand-1")
    events = [workshop.shared().step().event for _ in range(3)]
    assert events == ["unblocked", "continued", "evaluated"]
    assert not list(workshop.folder.glob(f"*-eval/{JOINED.name}"))
