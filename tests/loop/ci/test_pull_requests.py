"""What a run offers to people and asks of CI, on every forge there is, walked by a clone of it."""

import pytest

from modelsmith.errors import ForgeRefusedError
from modelsmith.forge.records import PullState
from modelsmith.loop.ci.dispatch import dispatch
from modelsmith.loop.ci.pull_requests import offers_of, open_pull_requests
from tests.support.forges import BASE, EXPERT, FACTORY, clone_of, push
from tests.support.github.site import github_site
from tests.support.killed_run import EXAM, SKILL
from tests.support.local_site import local_site
from tests.support.runs import a_workshop, an_exam

pytestmark = pytest.mark.slow

SITES = {"github": github_site, "local": local_site}
ENOUGH = {"train": 2, "steer": 2, "sealed": 12}
"""Sealed families enough for the gate."""

WORKFLOW = """\
on:
  workflow_dispatch:
    inputs: {run: {required: true}, after: {required: true}}
"""


@pytest.fixture(params=SITES, scope="module")
def walked(request, tmp_path_factory):
    """Return a forge's site, what two runs offer that were walked there, and the second run."""
    with SITES[request.param](tmp_path_factory.mktemp("site")) as site:
        ignored = {".gitignore": ".modelsmith/\nruns/*/.lock\nruns/*/.holder\n"}
        push(site, EXPERT, BASE, ignored | {".github/workflows/iterate.yml": WORKFLOW})
        root = clone_of(site, FACTORY)
        refused = a_workshop(root, exam=EXAM, skill=SKILL)
        refused.shared().go()
        offers = offers_of("tiny", refused.config, refused.entries())
        staged = a_workshop(root, run="shiny", exam=an_exam(ENOUGH), skill=SKILL)
        staged.shared().go()
        offers += offers_of("shiny", staged.config, staged.entries())
        yield site, offers, staged


def page(offer):
    return f"What {offer.branch} is about."


def test_what_a_run_offers_is_opened_once_and_what_people_did_stays(walked):
    site, offers, _ = walked
    forge = site.forge(FACTORY)
    assert [(offer.label, offer.branch) for offer in offers] == [
        ("proposal", "modelsmith/tiny/expand-1"),
        ("run", "modelsmith/tiny/walk"),
        ("proposal", "modelsmith/shiny/expand-1"),
        ("promotion", "modelsmith/shiny/promote"),
    ]
    first = open_pull_requests(forge, offers, page)
    pulls = [one.pull_request for one in first]
    assert [one.words for one in first] == ["is open"] * 4
    assert [set(p.labels) for p in pulls] == [{o.label, *o.topics} for o in offers]
    assert [pull.is_draft for pull in pulls] == [False, False, False, True]
    assert pulls[3].title == "Promote adtech-tiny shiny-1 to sandbox"
    assert pulls[1].title == "Record run tiny: the gate refused"
    assert pulls[3].body == "What modelsmith/shiny/promote is about."
    paths = [file.path for file in forge.changed_files(pulls[3].number)]
    assert "promotions/adtech-tiny/shiny-1/record.json" in paths
    assert "runs/shiny/ledger.jsonl" in paths
    proposed = [file.path for file in forge.changed_files(pulls[0].number)]
    assert proposed
    assert all(path.startswith("benchmarks/adtech/train/") for path in proposed)

    again = open_pull_requests(forge, offers, page)
    assert [one.words for one in again] == ["is up to date"] * 4
    assert [one.pull_request.number for one in again] == [pull.number for pull in pulls]

    forge.close(pulls[1].number)
    forge.offer(pulls[3].head, base=BASE, title=pulls[3].title, body=pulls[3].body, is_draft=False)
    third = open_pull_requests(forge, offers, page)
    assert third[1].words == "was closed by people and stays so"
    assert third[1].pull_request.state is PullState.CLOSED
    assert not third[3].pull_request.is_draft
    assert len(forge.pull_requests(state=None)) == 4


def test_a_run_whose_branch_is_not_there_offers_nothing_and_says_why(walked):
    site, offers, _ = walked
    absent = offers[1].model_copy(update={"branch": "modelsmith/elsewhere/walk"})
    (found,) = open_pull_requests(site.forge(FACTORY), [absent], page)
    assert found.pull_request is None
    assert found.words == ("no branch modelsmith/elsewhere/walk: the run was walked without --push")


def test_ci_is_asked_for_the_next_phase_when_there_is_one(walked):
    site, _, staged = walked
    over = dispatch(site.forge(FACTORY), staged.tools.folder, "iterate.yml", 0)
    assert not over.is_dispatched
    assert over.words == "nothing was asked of CI: run shiny is over: staged"
    fresh = a_workshop(clone_of(site, FACTORY), run="fresh", exam=EXAM, skill=SKILL)
    fresh.start()
    folder = fresh.tools.folder
    same = dispatch(site.forge(FACTORY), folder, "iterate.yml", 1)
    assert "has 1 entries and had 1 before" in same.words
    assert list(site.dispatches()) == []
    if not site.has_ci:
        with pytest.raises(ForgeRefusedError, match=r"no CI that could run iterate\.yml on main"):
            dispatch(site.forge(FACTORY), folder, "iterate.yml", 0)
        return
    asked = dispatch(site.forge(FACTORY), folder, "iterate.yml", 0)
    assert asked.is_dispatched
    assert asked.words == "asked CI for the phase eval of run fresh: iterate.yml of main"
    assert list(site.dispatches()) == [("iterate.yml", BASE, {"run": "fresh", "after": "1"})]
