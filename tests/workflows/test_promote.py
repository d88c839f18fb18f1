"""A promotion's approvals on a local GitHub: reviews are seen, and none of their code runs."""

import pytest

from modelsmith.errors import ForgeRefusedError
from modelsmith.forge.records import CommitStatus, PullState
from modelsmith.policy import Protection
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.setup.ruleset_templates import wanted_ruleset
from tests.support.act.ci import CI, NEEDS_ACT
from tests.support.factory_site import TOP, begun
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.github.site import github_site
from tests.support.signing_key import PRIVATE
from tests.support.staged import GIVEN, HEAD, staged_in, submitted

pytestmark = NEEDS_ACT

OURS = ("promote.yml", "reviews.yml")
CHECK = "modelsmith/promotion"
PUBLIC = ManagedKey(PRIVATE.encode()).public


SIGNER = f"signers: [{{name: factory, kind: key, key: {PUBLIC}}}]\n"
BRANCH = "branch: {name: main, approvals: 1, checks: []}\n"
CHECKED = BRANCH.replace("[]", "[all-green]")


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
    made = submitted(site, staged_in(folder, GIVEN.replace(BRANCH, CHECKED) + SIGNER))
    site.hub.events.clear()
    return made


@pytest.fixture
def ci(site, pull, tmp_path):
    return CI(site, tmp_path, signing_key=PRIVATE)


def outcome(runs):
    return [(run.workflow, run.jobs) for run in runs]


JUDGED = ("promote.yml", {"status": "success", "merge": "success"})
REVIEWED = [("reviews.yml", {"noticed": "success"}), JUDGED]


def test_each_review_is_seen_and_the_clock_sees_the_rest(site, pull, ci):
    forge = site.forge(EXPERT)
    runs = ci.clock()
    assert outcome(runs) == [JUDGED]
    said = forge.comments(1)[0].partition("\n")[2].strip()
    assert runs[0].summary.startswith(said)
    assert "pull request 1 waits: " in runs[0].summary
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
    assert forge.pull_request(1).state is PullState.MERGED
    assert ci.settle() == []


@pytest.fixture
def ruled(site, pull):
    """Apply the rulesets that `modelsmith doctor --ruleset` prints."""
    asked = Protection(approvals=1, code_owners=False, checks=("all-green",))
    site.repository.roles["admin"] = "admin"
    site.tokens["admin"] = site.hub.token("admin")
    for kind in ("branch", "reviews"):
        told = wanted_ruleset(kind, asked, int(site.key.app_id))
        site.forge("admin").access.call("POST", "rulesets", told)


def approved(site):
    for person in (EXPERT, APPROVER):
        site.review(person, 1, "approved")


def passes_checks(site, sha):
    said = CommitStatus(context="all-green", state="success", description="")
    site.forge(FACTORY).set_status(sha, said)


def test_a_seal_takes_approvals_away_waits_for_its_checks_and_is_merged_by_the_next_hour(
    site, pull, ruled, ci
):
    forge = site.forge(EXPERT)
    passes_checks(site, pull.head_sha)
    approved(site)
    runs = ci.settle()
    assert {jobs["merge"] for name, jobs in outcome(runs) if name == "promote.yml"} == {"success"}
    sealed = forge.pull_request(1)
    assert (sealed.state, sealed.is_draft) == (PullState.OPEN, False)
    assert site.repository.git("rev-parse", f"{sealed.head_sha}^") == pull.head_sha
    assert {one.verdict for one in forge.reviews(1)} == {"dismissed"}
    assert "pull request 1 waits: sealed" in runs[-1].log
    assert "all-green" in runs[-1].log
    for person in (EXPERT, APPROVER, "admin"):
        with pytest.raises(ForgeRefusedError):
            site.forge(person).merge(1, sha=sealed.head_sha, message="Take it")
    assert forge.statuses(sealed.head_sha)[CHECK].state == "success"
    passes_checks(site, sealed.head_sha)
    assert outcome(ci.clock()) == [JUDGED]
    merged = forge.pull_request(1)
    assert (merged.state, merged.head_sha) == (PullState.MERGED, sealed.head_sha)
    assert site.repository.threads[1].pull.merged_by == site.app.login
    assert site.repository.git("show", f"{BASE}:promotions/channels/sandbox.yaml")
    assert outcome(ci.clock()) == [JUDGED]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"pull": "1", "head": "f" * 40}, "not at ffffffffffff"),
        ({"pull": "1", "head": "$(touch pwned)"}, "not at $(touch pwne"),
        ({"pull": "99", "head": ""}, "there is no pull request 99"),
    ],
)
def test_what_is_typed_to_start_it_must_be_what_github_tells(site, pull, ci, inputs, words):
    passes_checks(site, pull.head_sha)
    approved(site)
    ci.overlooks()
    site.forge(FACTORY).dispatch("promote.yml", ref=BASE, inputs=inputs)
    (run,) = (one for one in ci.settle() if one.workflow == "promote.yml")
    assert run.jobs == {"status": "success", "merge": "failure"}
    assert words in run.log
    assert site.forge(EXPERT).pull_request(1).head_sha == pull.head_sha


def test_the_promotion_that_is_typed_is_merged(site, pull, ci):
    passes_checks(site, pull.head_sha)
    approved(site)
    ci.overlooks()
    inputs = {"pull": "1", "head": pull.head_sha}
    site.forge(FACTORY).dispatch("promote.yml", ref=BASE, inputs=inputs)
    (run,) = (one for one in ci.settle() if one.workflow == "promote.yml")
    assert (run.jobs["merge"], site.forge(EXPERT).pull_request(1).state) == (
        "success",
        PullState.MERGED,
    )


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
