"""A promotion's approvals on a local GitHub: reviews are seen, and none of their code runs."""

import pytest

from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import TOP, begun
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.github.site import github_site
from tests.support.staged import HEAD, staged_in, submitted

pytestmark = NEEDS_ACT

OURS = ("promote.yml", "reviews.yml")
CHECK = "modelsmith/promotion"


def nothing_more(folder):
    """Leave the default branch with the workflows alone."""


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as found:
        found.hub.teams["acme/legal"] = [APPROVER]
        yield begun(found, OURS, nothing_more)


@pytest.fixture
def pull(site):
    folder = clone_of(site, FACTORY)
    git(folder, "reset", "--quiet", "--hard", f"origin/{BASE}")
    made = submitted(site, staged_in(folder))
    site.hub.events.clear()
    return made


@pytest.fixture
def ci(site, pull, tmp_path):
    return CI(site, tmp_path)


def outcome(runs):
    return [(run.workflow, run.jobs) for run in runs]


JUDGED = ("promote.yml", {"status": "success"})
REVIEWED = [("reviews.yml", {"noticed": "success"}), JUDGED]


def test_each_review_is_seen_and_the_clock_sees_the_rest(site, pull, ci):
    forge = site.forge(EXPERT)
    runs = ci.clock()
    assert outcome(runs) == [JUDGED]
    assert runs[0].summary.strip() == forge.comments(1)[0].partition("\n")[2].strip()
    told = forge.statuses(pull.head_sha)[CHECK]
    assert (told.state, told.description) == ("pending", "waits for: domain-owner, legal")
    site.review(EXPERT, 1, "approved")
    assert outcome(ci.settle()) == REVIEWED
    assert forge.statuses(pull.head_sha)[CHECK].description == "waits for: legal"
    site.review(APPROVER, 1, "approved")
    assert outcome(ci.settle()) == REVIEWED
    assert forge.statuses(pull.head_sha)[CHECK].state == "success"
    [comment] = forge.comments(1)
    assert "everything holds" in comment
    assert ci.settle() == []


def test_a_pull_request_that_brings_its_own_workflows_runs_none_that_has_a_right(
    site, pull, ci, tmp_path
):
    theirs = {}
    for name in OURS:
        text = (TOP / ".github/workflows" / name).read_text("utf-8")
        theirs[f".github/workflows/{name}"] = text.replace(
            "modelsmith promotion status --post", f"touch {tmp_path}/pwned"
        ).replace("permissions: {}\n    steps", "permissions: {statuses: write}\n    steps")
    sha = push(site, EXPERT, HEAD, theirs)
    site.review(APPROVER, 1, "approved")
    assert outcome(ci.settle()) == REVIEWED
    assert not (tmp_path / "pwned").exists()
    told = site.forge(EXPERT).statuses(sha)[CHECK]
    assert (told.state, told.description) == ("failure", "does not hold: files, domain-owner")
