"""What every forge promises, plain git and GitHub alike."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from modelsmith.errors import ForgeError, ForgeRefusedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import (
    MOST_COMMENT_CHARACTERS,
    Annotation,
    ChangedFile,
    CheckRun,
    CommitStatus,
    Person,
    PullState,
)
from modelsmith.git.commits import FACTORY as BOT
from tests.support.forges import (
    APPROVER,
    BASE,
    EXPERT,
    FACTORY,
    clone_of,
    files_at,
    git,
    push,
    show,
)
from tests.support.github.site import github_site
from tests.support.local_site import local_site
from tests.support.ports import left_to

pytestmark = pytest.mark.slow

TWO = {"exam/two.yaml": "id: TWO\n"}


SITES = {"github": github_site, "local": local_site}
"""Name of a forge to what makes a site of it in a folder: a context manager."""


@pytest.fixture(params=SITES)
def site(request, tmp_path):
    with SITES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def forge(site):
    """Return the forge as the factory acts on it."""
    return site.forge(FACTORY)


def offered(forge, head="topic", **changes):
    said = {"base": BASE, "title": "Two", "body": "Adds two.", "is_draft": False}
    return forge.offer(head, **(said | changes))


def an_offer(site, **changes):
    """Return a pull request of the expert's branch, which adds one file."""
    push(site, EXPERT, "topic", TWO)
    return offered(site.forge(EXPERT), **changes)


def test_it_does_all_that_the_port_says_itself(forge):
    assert left_to(Forge, forge) == set()


# Who


def test_it_says_who_acts(site):
    assert site.forge(EXPERT).me() == Person(login=site.login(EXPERT), is_bot=False)
    assert site.forge(FACTORY).me() == Person(login=site.login(FACTORY), is_bot=True)


def test_whom_a_commit_names_is_known_by_their_address(site, forge):
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    known = [forge.known_by(site.email(who), commit=sha) for who in (EXPERT, APPROVER, FACTORY)]
    assert [person.login for person in known] == [
        site.login(who) for who in (EXPERT, APPROVER, FACTORY)
    ]
    assert [person.is_bot for person in known] == [False, False, True]


def test_its_settings_say_which_forge_answered(forge):
    settings = forge.settings()
    assert (settings.forge, settings.default_branch) == (forge.name, BASE)


# Offers


def test_an_offer_is_a_pull_request_with_what_was_said(site):
    sha = push(site, EXPERT, "topic", TWO)
    pull = offered(site.forge(EXPERT), labels=("scenario", "exam"))
    assert pull.title == "Two"
    assert pull.body == "Adds two."
    assert (pull.state, pull.is_draft, pull.is_from_fork) == (PullState.OPEN, False, False)
    assert (pull.head, pull.head_sha, pull.base) == ("topic", sha, BASE)
    assert pull.author == Person(login=site.login(EXPERT), is_bot=False)
    assert pull.labels == ("exam", "scenario")
    assert pull.merge_sha is None
    assert pull.url


def test_another_person_reads_the_same(site, forge):
    pull = an_offer(site)
    assert forge.pull_request(pull.number) == pull
    assert list(forge.pull_requests()) == [pull]


def test_an_offer_made_twice_is_one_pull_request(site):
    pull = an_offer(site)
    assert offered(site.forge(EXPERT)) == pull
    assert len(site.forge(EXPERT).pull_requests(state=None)) == 1


def test_an_offer_made_again_brings_the_open_one_up_to_date(site):
    pull = an_offer(site, is_draft=True, labels=("exam",))
    assert pull.is_draft
    again = offered(
        site.forge(EXPERT), title="Two!", body="Now.", is_draft=False, labels=("scenario",)
    )
    assert again.number == pull.number
    assert (again.title, again.body, again.is_draft) == ("Two!", "Now.", False)
    assert again.labels == ("exam", "scenario")
    assert offered(site.forge(EXPERT), is_draft=True).is_draft


def test_an_empty_body_is_an_empty_string(site):
    assert an_offer(site, body="").body == ""


def test_a_closed_offer_is_left_closed_and_a_new_one_opened(site):
    forge, first = site.forge(EXPERT), an_offer(site)
    forge.close(first.number)
    forge.close(first.number)
    second = offered(forge)
    assert second.number > first.number
    assert forge.pull_request(first.number).state is PullState.CLOSED
    assert [pull.number for pull in forge.pull_requests(state=PullState.CLOSED)] == [first.number]


def test_an_offer_of_no_branch_is_refused(forge):
    with pytest.raises(InputError, match="missing"):
        offered(forge, "missing")


def test_an_offer_of_nothing_new_is_refused(site, forge):
    git(clone_of(site, EXPERT), "push", "--quiet", "origin", f"origin/{BASE}:refs/heads/even")
    with pytest.raises(InputError, match="even"):
        offered(forge, "even")


def test_a_pull_request_that_is_not_there_is_said(forge):
    with pytest.raises(InputError, match="99"):
        forge.pull_request(99)


def test_pull_requests_are_found_by_branch_and_state_on_all_pages(site):
    forge = site.forge(EXPERT)
    for name in ("a", "b", "c"):
        push(site, EXPERT, name, {f"exam/{name}.yaml": name})
        offered(forge, name)
    forge.close(2)
    assert [pull.number for pull in forge.pull_requests()] == [1, 3]
    assert [pull.number for pull in forge.pull_requests(state=None)] == [1, 2, 3]
    assert [pull.number for pull in forge.pull_requests(state=None, head="b")] == [2]
    assert list(forge.pull_requests(head="b")) == []
    assert list(forge.pull_requests(state=PullState.MERGED)) == []


def test_a_pull_request_follows_its_branch(site, forge):
    pull = an_offer(site)
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    assert forge.pull_request(pull.number).head_sha == sha


# What a pull request changes


def test_changed_files_are_named_by_path_with_what_happens_to_them(site, forge):
    push(site, EXPERT, BASE, {"exam/gone.yaml": "id: GONE\n", "exam/kept.yaml": "id: KEPT\n"})
    content = files_at(site, BASE)["exam/one.yaml"]
    push(
        site,
        EXPERT,
        "topic",
        {
            "exam/new.yaml": "id: NEW\n",
            "exam/gone.yaml": None,
            "exam/kept.yaml": "id: KEEP\n",
            "exam/one.yaml": None,
            "exam/first.yaml": content + "\n",
        },
    )
    assert list(forge.changed_files(offered(site.forge(EXPERT)).number)) == [
        ChangedFile(path="exam/first.yaml", change="renamed"),
        ChangedFile(path="exam/gone.yaml", change="removed"),
        ChangedFile(path="exam/kept.yaml", change="modified"),
        ChangedFile(path="exam/new.yaml", change="added"),
    ]


def test_what_the_base_gained_meanwhile_is_no_change_of_the_pull_request(site, forge):
    pull = an_offer(site)
    push(site, APPROVER, BASE, {"exam/other.yaml": "id: OTHER\n"})
    assert [file.path for file in forge.changed_files(pull.number)] == ["exam/two.yaml"]


# Reviews


def test_reviews_come_oldest_first_with_commit_and_time(site, forge):
    pull = an_offer(site)
    site.review(APPROVER, pull.number, "commented", "Why?")
    site.review(APPROVER, pull.number, "changes-requested", "Say why.")
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\nwhy: so\n"})
    site.review(APPROVER, pull.number, "approved")
    reviews = forge.reviews(pull.number)
    assert [(review.verdict, review.commit_sha) for review in reviews] == [
        ("commented", pull.head_sha),
        ("changes-requested", pull.head_sha),
        ("approved", sha),
    ]
    assert {review.author.login for review in reviews} == {site.login(APPROVER)}
    assert reviews[1].body == "Say why."
    assert all(review.submitted_at.utcoffset() == timedelta(0) for review in reviews)


def test_the_review_of_a_program_is_known_as_one(site, forge):
    pull = an_offer(site)
    site.review(FACTORY, pull.number, "commented", "Looks like text.")
    assert [review.author.is_bot for review in forge.reviews(pull.number)] == [True]


def test_a_review_is_said_once_of_what_was_looked_at(site, forge):
    pull = an_offer(site)
    approver = site.forge(APPROVER)
    no = {"verdict": "changes-requested", "body": "Say why.", "sha": pull.head_sha}
    approver.review(pull.number, **no)
    approver.review(pull.number, **no)
    approver.review(pull.number, **(no | {"verdict": "approved", "body": ""}))
    assert [(one.verdict, one.body, one.commit_sha) for one in forge.reviews(pull.number)] == [
        ("changes-requested", "Say why.", pull.head_sha),
        ("approved", "", pull.head_sha),
    ]


def test_no_review_is_said_of_what_moved_or_is_over(site):
    pull, approver = an_offer(site), site.forge(APPROVER)
    yes = {"verdict": "approved", "body": ""}
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    with pytest.raises(ForgeRefusedError, match=f"topic moved from {pull.head_sha[:12]} to"):
        approver.review(pull.number, **yes, sha=pull.head_sha)
    approver.close(pull.number)
    with pytest.raises(ForgeRefusedError, match="it is closed, not open"):
        approver.review(pull.number, **yes, sha=sha)
    assert list(approver.reviews(pull.number)) == []


def test_who_wrote_it_comments_and_does_not_decide(site):
    pull, author = an_offer(site), site.forge(EXPERT)
    for verdict in ("approved", "changes-requested"):
        with pytest.raises(ForgeRefusedError, match="'s own; somebody else decides"):
            author.review(pull.number, verdict=verdict, body="x", sha=pull.head_sha)
    author.review(pull.number, verdict="commented", body="Look here.", sha=pull.head_sha)
    assert [one.verdict for one in author.reviews(pull.number)] == ["commented"]


def test_nobody_approves_their_own(site, forge):
    pull = an_offer(site)
    with pytest.raises((ForgeRefusedError, InputError), match="own"):
        site.review(EXPERT, pull.number, "approved")
    assert list(forge.reviews(pull.number)) == []


# Merges


def test_a_merge_is_a_commit_on_the_base_with_both_parents(site, forge):
    pull, before = an_offer(site), forge.branch_sha(BASE)
    merged = forge.merge(pull.number, sha=pull.head_sha, message="Take two\n\nModelsmith-Run: x")
    assert forge.branch_sha(BASE) == merged
    assert show(site, merged, "%P") == f"{before} {pull.head_sha}"
    assert show(site, merged, "%B").startswith("Take two")
    assert show(site, merged, "%(trailers:key=Modelsmith-Run,valueonly)").strip() == "x"
    assert files_at(site, BASE)["exam/two.yaml"] == "id: TWO"
    after = forge.pull_request(pull.number)
    assert (after.state, after.merge_sha) == (PullState.MERGED, merged)
    assert [one.number for one in forge.pull_requests(state=PullState.MERGED)] == [pull.number]
    assert list(forge.pull_requests(state=PullState.CLOSED)) == []


def test_a_merge_asked_for_twice_is_one(site, forge):
    pull = an_offer(site)
    merged = forge.merge(pull.number, sha=pull.head_sha, message="Take two")
    assert forge.merge(pull.number, sha=pull.head_sha, message="Take two") == merged
    assert forge.branch_sha(BASE) == merged


def test_a_merge_of_a_head_that_moved_is_refused(site, forge):
    pull, before = an_offer(site), forge.branch_sha(BASE)
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    with pytest.raises(ForgeRefusedError, match=r"(?i)moved|modified"):
        forge.merge(pull.number, sha=pull.head_sha, message="Take two")
    assert forge.branch_sha(BASE) == before


def test_a_conflict_a_draft_and_a_closed_one_are_not_merged(site, forge):
    push(site, EXPERT, "topic", {"README.md": "Mine.\n"})
    pull = offered(site.forge(EXPERT), is_draft=True)
    with pytest.raises(ForgeRefusedError, match="draft"):
        forge.merge(pull.number, sha=pull.head_sha, message="Take it")
    pull = offered(site.forge(EXPERT))
    before = push(site, APPROVER, BASE, {"README.md": "Theirs.\n"})
    with pytest.raises(ForgeRefusedError, match=r"(?i)conflict|not mergeable"):
        forge.merge(pull.number, sha=pull.head_sha, message="Take it")
    forge.close(pull.number)
    with pytest.raises(ForgeRefusedError, match=r"(?i)closed|not open|not mergeable"):
        forge.merge(pull.number, sha=pull.head_sha, message="Take it")
    assert forge.branch_sha(BASE) == before


def test_a_merge_takes_in_what_the_base_gained_meanwhile(site, forge):
    pull = an_offer(site)
    push(site, APPROVER, BASE, {"exam/other.yaml": "id: OTHER\n"})
    forge.merge(pull.number, sha=pull.head_sha, message="Take two")
    assert {"exam/two.yaml", "exam/other.yaml"} <= files_at(site, BASE).keys()


# Branches and files


def test_a_branch_has_its_commit_or_none(site, forge):
    assert forge.branch_sha("topic") is None
    assert push(site, EXPERT, "topic", TWO) == forge.branch_sha("topic")


def test_files_become_the_only_commit_of_a_branch(site, forge):
    base = forge.branch_sha(BASE)
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    files = {"runs/tiny/ledger.jsonl": b"{}\n", "exam/one.yaml": "id: ÉINS\n".encode()}
    sha = forge.commit_files("modelsmith/x", files, base=base, message="Offer\n\nA: b", at=at)
    assert forge.branch_sha("modelsmith/x") == sha
    assert show(site, sha, "%P") == base
    assert show(site, sha, "%B") == "Offer\n\nA: b"
    assert datetime.fromisoformat(show(site, sha, "%aI")) == at
    assert files_at(site, sha) == {
        "README.md": "A factory.",
        "exam/one.yaml": "id: ÉINS",
        "runs/tiny/ledger.jsonl": "{}",
    }


def test_any_bytes_arrive_as_they_are(site, forge):
    content = bytes(range(256))
    forge.commit_files("x", {"a.bin": content}, base=forge.branch_sha(BASE), message="Bytes")
    again = forge.commit_files(
        "x", {"a.bin": content}, base=forge.branch_sha(BASE), message="Again"
    )
    assert show(site, again, "%s") == "Bytes"


def test_a_commit_can_carry_the_name_of_who_wrote_it(site, forge):
    author = Person(login=site.login(EXPERT), is_bot=False)
    sha = forge.commit_files(
        "x", {"a": b"a"}, base=forge.branch_sha(BASE), message="A", author=author
    )
    assert site.login(EXPERT) in show(site, sha, "%an <%ae>")
    assert site.login(EXPERT) not in show(site, sha, "%cn <%ce>")


def test_a_commit_of_the_factorys_names_it_alike_on_every_forge(site):
    forge = site.forge(FACTORY)
    sha = forge.commit_files(
        "x",
        {"a": b"a"},
        base=forge.branch_sha(BASE),
        message="A",
        author=Person(login=BOT.email, is_bot=True),
    )
    assert show(site, sha, "%ae") == BOT.email


def test_files_committed_twice_are_one_commit_and_new_ones_replace_it(site, forge):
    base = forge.branch_sha(BASE)
    first = forge.commit_files("x", {"a": b"a"}, base=base, message="A")
    assert forge.commit_files("x", {"a": b"a"}, base=base, message="A again") == first
    second = forge.commit_files("x", {"b": b"b"}, base=base, message="B")
    assert forge.branch_sha("x") == second != first
    assert show(site, second, "%P") == base
    assert "a" not in files_at(site, second)


def test_a_branch_with_commits_of_somebody_else_is_left_alone(site, forge):
    base = forge.branch_sha(BASE)
    forge.commit_files("x", {"a": b"a"}, base=base, message="A")
    sha = push(site, EXPERT, "x", {"a": "better"})
    with pytest.raises(ForgeRefusedError, match="x"):
        forge.commit_files("x", {"a": b"other"}, base=base, message="A")
    assert forge.branch_sha("x") == sha
    assert forge.commit_files("x", {"a": b"better"}, base=base, message="A") == sha


# What is said


def test_a_comment_is_kept_by_its_marker(site, forge):
    pull = an_offer(site)
    forge.comment(pull.number, marker="modelsmith-check", body="One problem.")
    forge.comment(pull.number, marker="modelsmith-run", body="Round 1.")
    forge.comment(pull.number, marker="modelsmith-check", body="No problem.")
    forge.comment(pull.number, marker="modelsmith-check", body="No problem.")
    check, run = site.forge(EXPERT).comments(pull.number)
    assert "No problem." in check
    assert "<!-- modelsmith-check -->" in check
    assert "Round 1." in run
    assert "One problem." not in check


def test_a_comment_that_is_too_long_is_cut_and_says_so(site, forge):
    pull = an_offer(site)
    forge.comment(pull.number, marker="long", body="é" * (MOST_COMMENT_CHARACTERS + 1))
    (comment,) = forge.comments(pull.number)
    assert len(comment) <= MOST_COMMENT_CHARACTERS
    assert "cut" in comment[-200:]
    assert "<!-- long -->" in comment


def test_the_newest_status_of_a_context_counts(forge):
    sha = forge.branch_sha(BASE)
    assert dict(forge.statuses(sha)) == {}
    waiting = CommitStatus(context="gate", state="pending", description="Waits")
    passed = CommitStatus(
        context="gate", state="success", description="3 of 3", url="https://x.test/1"
    )
    other = CommitStatus(context="lease", state="error", description="")
    third = CommitStatus(context="third", state="failure", description="No")
    for status in (waiting, other, third, passed):
        forge.set_status(sha, status)
    assert dict(forge.statuses(sha)) == {"gate": passed, "lease": other, "third": third}


def remarks(count):
    return tuple(
        Annotation(
            path="exam/one.yaml", line=n, level="failure", message=f"Remark {n}", title="rule"
        )
        for n in range(1, count + 1)
    )


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_a_check_is_published_with_every_remark(site, forge, count):
    sha = forge.branch_sha(BASE)
    check = CheckRun(
        name="scenarios",
        conclusion="failure" if count else "success",
        title=f"{count} problems",
        summary="Text",
        annotations=remarks(count),
    )
    forge.report(sha, check)
    bare = CheckRun(
        name="scenarios", conclusion=check.conclusion, title=check.title, summary="Text"
    )
    assert dict(forge.checks(sha)) == {"scenarios": bare}
    assert tuple(site.annotations(sha, "scenarios")) == check.annotations


def test_a_second_check_of_a_name_replaces_the_first(site, forge):
    sha = forge.branch_sha(BASE)
    for conclusion, count in (("failure", 3), ("neutral", 1), ("success", 2), ("success", 2)):
        forge.report(
            sha,
            CheckRun(
                name="scenarios",
                conclusion=conclusion,
                title=conclusion,
                summary="",
                annotations=remarks(count),
            ),
        )
    for name in ("gate", "third"):
        forge.report(sha, CheckRun(name=name, conclusion="neutral", title="", summary=""))
    checks = forge.checks(sha)
    assert sorted(checks) == ["gate", "scenarios", "third"]
    assert (checks["scenarios"].conclusion, checks["scenarios"].title) == ("success", "success")
    assert tuple(site.annotations(sha, "scenarios")) == remarks(2)


# Issues


def test_an_issue_is_opened_once_for_a_title(forge):
    issue = forge.raise_issue(title="Lease ends", body="Tomorrow.", labels=("run", "lease"))
    assert (issue.title, issue.body, issue.is_open) == ("Lease ends", "Tomorrow.", True)
    assert issue.labels == ("lease", "run")
    assert forge.raise_issue(title="Lease ends", body="Today.") == issue
    assert forge.issue(issue.number) == issue
    forge.close(issue.number)
    assert not forge.issue(issue.number).is_open
    assert forge.raise_issue(title="Lease ends", body="Again.").number > issue.number


def test_issues_and_pull_requests_share_their_numbers(site, forge):
    issue = forge.raise_issue(title="An idea", body="")
    pull = an_offer(site)
    assert pull.number == issue.number + 1
    forge.comment(issue.number, marker="answer", body="A draft stands.")
    assert ["A draft stands." in text for text in forge.comments(issue.number)] == [True]


def test_an_issue_that_is_not_there_is_said(forge):
    with pytest.raises(InputError, match="99"):
        forge.issue(99)


# CI


def test_ci_is_asked_for_a_workflow(site, forge):
    if not site.has_ci:
        with pytest.raises(ForgeError, match="CI"):
            forge.dispatch("iterate.yml", ref=BASE, inputs={"run": "tiny"})
        return
    push(site, EXPERT, BASE, {".github/workflows/iterate.yml": "on: workflow_dispatch\n"})
    forge.dispatch("iterate.yml", ref=BASE, inputs={"run": "tiny"})
    assert list(site.dispatches()) == [("iterate.yml", BASE, {"run": "tiny"})]


# Settings


def test_a_new_repository_asks_nothing_of_its_branch(forge):
    rules = forge.branch_rules(BASE)
    assert not rules.requires_pull_request
    assert (rules.approvals, rules.required_checks) == (0, ())


def test_a_new_repository_has_no_set_of_rules(forge):
    assert list(forge.rulesets(BASE)) == []


def test_a_new_repository_has_no_environment_and_no_team(forge):
    assert list(forge.environments()) == []
    with pytest.raises(InputError, match="acme/nobody"):
        forge.members("acme/nobody")


def test_times_from_anywhere_are_the_same_moment(site, forge):
    at = datetime(2026, 3, 4, 23, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    sha = forge.commit_files("x", {"a": b"a"}, base=forge.branch_sha(BASE), message="A", at=at)
    assert datetime.fromisoformat(show(site, sha, "%aI")) == at
