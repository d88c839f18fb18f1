import re

import pytest

from modelsmith.cli import main
from modelsmith.workbench.issue_form import CONFIRMED
from tests.support.forges import APPROVER, EXPERT, FACTORY, files_at, git, push, show
from tests.support.issue_forms import issue_body, ticket_body
from tests.support.local_site import local_site
from tests.support.proposals import factory_clone, site_with_exam

pytestmark = pytest.mark.slow

HERE = "benchmarks/pumps/train/PUMP_FORM.yaml"
BRANCH = "scenario/issue-1"


@pytest.fixture
def site(tmp_path):
    with local_site(tmp_path) as found:
        yield site_with_exam(found)


@pytest.fixture
def from_issue(site, capsys):
    def call(number=1):
        folder = factory_clone(site)
        code = main(["--repo", str(folder), "scenario", "from-issue", str(number)])
        said = capsys.readouterr()
        assert git(folder, "status", "--porcelain") == ""
        return code, said.out, said.err

    return call


def raised(site, body, *, labels=("scenario",), person=EXPERT, title="Scenario: bearings"):
    return site.forge(person).raise_issue(title=title, body=body, labels=labels)


def test_a_form_becomes_a_pull_request_in_its_authors_name_once(site, from_issue):
    raised(site, issue_body())
    seen = set()
    for _ in range(2):
        assert from_issue() == (0, "issue 1: pull request 2\n", "")
        [pull] = site.forge(EXPERT).pull_requests()
        seen.add(pull.head_sha)
        assert (pull.head, pull.base, pull.title, pull.is_draft) == (
            BRANCH, "main", "Add the scenario PUMP_FORM", False,
        )  # fmt: skip
        assert pull.body.startswith(
            "Written by `expert@example.org` in the form of issue #1. Closes #1."
        )
        [comment] = site.forge(EXPERT).comments(1)
        assert "This is pull request #2 now." in comment
    assert len(seen) == 1
    assert show(site, pull.head_sha, "%ae%n%B").startswith(
        "expert@example.org\nAdd the scenario PUMP_FORM\n\nFrom the form in issue 1."
    )
    assert "PUMP_FORM" in files_at(site, BRANCH)[HERE]


def test_what_is_wrong_is_told_on_the_issue_and_nothing_is_proposed(site, from_issue):
    raised(site, issue_body(operatorLens="driver"))
    for _ in range(2):
        code, out, _ = from_issue()
        assert code == 0
        assert out.startswith(
            f"issue 1: told what is wrong\n{HERE}:4:15: error: `driver` is unknown"
        )
        [comment] = site.forge(EXPERT).comments(1)
        assert "This form is no scenario yet." in comment
        assert "error: `driver` is unknown; expected one of operator, planner" in comment
        assert "  4 operatorLens: driver" in comment
    assert site.forge(EXPERT).pull_requests() == []


def test_warnings_reach_the_reviewer(site, from_issue):
    raised(site, issue_body(passCriteria="Gives the verdict bearing-wear."))
    assert from_issue()[0] == 0
    [pull] = site.forge(EXPERT).pull_requests()
    assert "To look at:" in pull.body
    assert "judge-needed" in pull.body or "no check decides this criterion" in pull.body


def test_what_others_have_changed_since_is_theirs(site, from_issue):
    raised(site, issue_body())
    from_issue()
    theirs = push(site, APPROVER, BRANCH, {HERE: "id: PUMP_FORM\n"})
    for _ in range(2):
        code, out, _ = from_issue()
        assert code == 0
        assert out.startswith("issue 1: told what is wrong\n")
        assert site.forge(EXPERT).branch_sha(BRANCH) == theirs
        [comment] = site.forge(EXPERT).comments(1)
        assert "Somebody has changed the file in the pull request. Go on there." in comment


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ({"labels": ()}, "issue 1 has no label `scenario`"),
        ({"person": FACTORY}, "issue 1 was opened by a program"),
    ],
)
def test_what_does_not_concern_us_is_left_alone(site, from_issue, keep, said):
    raised(site, issue_body(), **keep)
    assert from_issue() == (0, f"{said}\n", "")
    assert site.forge(EXPERT).comments(1) == []
    assert site.forge(EXPERT).pull_requests() == []


def test_a_closed_issue_is_left_alone(site, from_issue):
    raised(site, issue_body())
    site.forge(EXPERT).close(1)
    assert from_issue() == (0, "issue 1 is closed\n", "")


def test_our_own_comment_changes_nothing(site, from_issue):
    raised(site, issue_body(id="PUMP_SEAL_LEAKS"))
    first = from_issue()
    assert from_issue() == first
    assert len(site.forge(EXPERT).comments(1)) == 1


def test_a_scenario_that_is_there_is_not_overwritten(site, from_issue):
    raised(site, issue_body(id="PUMP_SEAL_LEAKS"))
    assert "a scenario of that name is there; expected a name that is free" in from_issue()[1]


def test_a_name_that_another_split_has_is_refused(site, from_issue):
    raised(site, issue_body(id="PUMP_SEAL_STEER"))
    assert "id PUMP_SEAL_STEER is also in benchmarks/pumps/steer" in from_issue()[1]


HOSTILE = "$(touch pwned) `touch pwned` ${{ github.token }} @everyone </details> <img src=x>"


def test_what_is_written_reaches_no_shell_and_no_markdown(site, from_issue, tmp_path):
    raised(site, issue_body(id=HOSTILE, operatorLens=HOSTILE), title=HOSTILE)
    assert from_issue()[0] == 0
    [comment] = site.forge(EXPERT).comments(1)
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", comment, flags=re.DOTALL)
    assert not re.search(r"\$\(|\$\{\{|@everyone|<img", outside)
    raised(site, issue_body(description=f"{HOSTILE} and so on."), title=f"{HOSTILE} again")
    assert from_issue(2)[1] == "issue 2: pull request 3\n"
    [pull] = site.forge(EXPERT).pull_requests()
    assert HOSTILE not in pull.title + pull.body
    assert HOSTILE in files_at(site, pull.head_sha)[HERE]
    assert not list(tmp_path.rglob("pwned"))


def test_an_issue_that_is_not_there_is_named(from_issue):
    code, _, err = from_issue(9)
    assert code == 3
    assert err.startswith("error: there is no pull request or issue 9")


def test_a_pasted_ticket_becomes_a_draft_that_its_author_confirms_in_the_issue(site, from_issue):
    raised(site, ticket_body())
    code, out, _ = from_issue()
    assert (code, out.splitlines()[0]) == (0, "issue 1: pull request 2")
    [comment] = site.forge(EXPERT).comments(1)
    assert "It was drafted from the ticket and counts for nothing yet." in comment
    assert "`5/4`: day 5 of month 4, or day 4 of month 5?" in comment
    assert "toConfirm:" in files_at(site, BRANCH)[HERE]
    raised(site, ticket_body(id="PUMP_CONFIRMED", confirmed=CONFIRMED), title="Scenario: two")
    code, out, err = from_issue(3)
    assert (err, code, out.splitlines()[:1]) == ("", 0, ["issue 3: pull request 4"])
    [comment] = site.forge(EXPERT).comments(3)
    assert "counts for nothing yet" not in comment
    path = HERE.replace("PUMP_FORM", "PUMP_CONFIRMED")
    assert "toConfirm" not in files_at(site, "scenario/issue-3")[path]
