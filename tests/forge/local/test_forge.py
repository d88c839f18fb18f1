"""What is special to the forge of plain git; what every forge does is in test_forge_contract."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from modelsmith.errors import ForgeError, ForgeRefusedError, InputError
from modelsmith.forge.local.forge import LocalForge
from modelsmith.forge.local.transactions import Transactions
from modelsmith.forge.records import CheckRun, CommitStatus, Person, PullState
from modelsmith.git.cli.command import Git
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.local_site import LocalSite
from tests.support.policies import changed


@pytest.fixture
def site(tmp_path):
    return LocalSite(tmp_path)


def offered(forge, head):
    return forge.offer(head, base=BASE, title=head, body="", is_draft=False)


def test_a_branch_may_be_offered_to_two_bases(site):
    forge = site.forge(EXPERT)
    push(site, EXPERT, "topic", {"two": "2"})
    push(site, EXPERT, "v1", {"one": "1"})
    assert offered(forge, "topic").number == 1
    assert forge.offer("topic", base="v1", title="x", body="", is_draft=False).number == 2
    assert [(pull.base, pull.title) for pull in forge.pull_requests()] == [
        (BASE, "topic"),
        ("v1", "x"),
    ]


# Several who act at once


def test_everybody_who_opens_at_the_same_moment_gets_a_number_of_their_own(site):
    people = (EXPERT, APPROVER, FACTORY)
    for person in people:
        push(site, person, f"of-{person}", {person: "1"})
    forges = [(site.forge(person), f"of-{person}") for person in people]
    with ThreadPoolExecutor(len(people)) as pool:
        pulls = list(pool.map(lambda pair: offered(*pair), forges))
    assert sorted(pull.number for pull in pulls) == [1, 2, 3]
    assert {pull.head: pull.author.login for pull in site.forge(EXPERT).pull_requests()} == {
        f"of-{person}": site.email(person) for person in people
    }


def test_who_is_too_late_for_a_number_takes_the_next(site):
    for name in ("mine", "theirs"):
        push(site, EXPERT, name, {name: "1"})
    forge, slow = site.forge(APPROVER), Transactions(Git(clone_of(site, EXPERT)))
    looks = []

    def decide(tips):
        number = len(tips.chains) + 1
        looks.append(number)
        if len(looks) == 1:
            offered(forge, "theirs")
        return number, slow.put(tips, f"pulls/{number}", {"pull.json": b"{}"}, "Open")

    assert slow.settle(decide) == 2
    assert looks == [1, 2]
    assert forge.pull_request(1).head == "theirs"


def test_who_is_always_too_late_says_so_in_the_end(site):
    forge, slow = site.forge(APPROVER), Transactions(Git(clone_of(site, EXPERT)), attempts=3)
    sha = forge.branch_sha(BASE)
    looks = []

    def decide(tips):
        looks.append(tips)
        forge.set_status(
            sha, CommitStatus(context="gate", state="pending", description=f"{len(looks)}")
        )
        return None, slow.put(tips, f"commits/{sha}", {"x": b""}, "Say x")

    with pytest.raises(ForgeError, match="others were faster 3 times; nothing was"):
        slow.settle(decide)
    assert len(looks) == 3
    assert forge.statuses(sha)["gate"].description == "3"


def test_a_merge_takes_in_what_was_pushed_while_it_was_made(site):
    push(site, EXPERT, "topic", {"two": "2"})
    forge = site.forge(APPROVER)
    pull = offered(forge, "topic")
    hook = site.upstream / "hooks" / "pre-receive"
    once = site.root / "once"
    other = push(site, EXPERT, "other", {"three": "3"})
    hook.write_text(
        f"#!/bin/sh\n[ -e {once} ] && exit 0\ntouch {once}\n"
        f"env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {other}\n"
    )
    hook.chmod(0o755)
    merged = forge.merge(pull.number, sha=pull.head_sha, message="Merge")
    parents = git(site.upstream, "show", "-s", "--format=%P", merged)
    assert parents == f"{other} {pull.head_sha}"
    assert once.exists()


# What is kept


def test_an_act_is_a_commit_whose_tree_is_how_things_stand(site):
    push(site, EXPERT, "topic", {"two": "2"})
    pull = offered(site.forge(EXPERT), "topic")
    site.review(APPROVER, pull.number, "commented", "Hm.")
    site.forge(FACTORY).comment(pull.number, marker="a/b c", body="Text")
    ref = "refs/modelsmith/pulls/1"
    log = git(site.upstream, "log", "--first-parent", "--reverse", "--format=%ae %s", ref)
    assert log.splitlines() == [
        "expert@example.org Open pull request 1",
        "approver@example.org Review pull request 1: commented",
        "modelsmith@users.noreply.github.com Comment on 1: a/b c",
    ]
    assert git(site.upstream, "ls-tree", "-r", "--name-only", ref).split() == [
        "comments/a%2Fb%20c.md",
        "pull.json",
        "reviews/1.json",
    ]


def test_what_was_reviewed_is_not_lost_with_its_branch(site):
    sha = push(site, EXPERT, "topic", {"two": "2"})
    forge = site.forge(EXPERT)
    pull = offered(forge, "topic")
    site.review(APPROVER, pull.number, "approved")
    git(site.upstream, "update-ref", "-d", "refs/heads/topic")
    git(site.upstream, "-c", "gc.reflogExpire=now", "gc", "--quiet", "--prune=now")
    assert git(site.upstream, "cat-file", "-t", sha) == "commit"
    auditor = LocalForge(clone_of(site, FACTORY))
    assert [file.path for file in auditor.changed_files(pull.number)] == ["two"]
    assert auditor.pull_request(pull.number).head_sha == sha


def test_what_is_not_there_any_more_is_not_made_up(site):
    push(site, EXPERT, "topic", {"two": "2"})
    pull = offered(site.forge(EXPERT), "topic")
    git(site.upstream, "update-ref", "-d", "refs/heads/topic")
    git(site.upstream, "gc", "--quiet", "--prune=now")
    with pytest.raises(InputError, match="pull request 1 changes is not known any more"):
        site.forge(APPROVER).changed_files(pull.number)


def test_a_branch_that_was_deleted_is_gone_in_every_clone(site):
    forge = site.forge(EXPERT)
    sha = push(site, APPROVER, "topic", {"two": "2"})
    assert forge.branch_sha("topic") == sha
    git(site.upstream, "update-ref", "-d", "refs/heads/topic")
    assert forge.branch_sha("topic") is None
    push(site, EXPERT, "topic/two", {"two": "2"})
    assert forge.branch_sha("topic/two")


def test_a_persons_own_view_of_origin_is_left_alone(site):
    folder = clone_of(site, EXPERT)
    push(site, APPROVER, "topic", {"two": "2"})
    before = git(folder, "for-each-ref", "refs/remotes", "refs/heads")
    assert [pull.head for pull in [offered(LocalForge(folder), "topic")]] == ["topic"]
    assert git(folder, "for-each-ref", "refs/remotes", "refs/heads") == before
    assert git(folder, "status", "--porcelain") == ""


def test_names_of_any_characters_are_kept_apart(site):
    forge = site.forge(FACTORY)
    sha = forge.branch_sha(BASE)
    names = ("a/b", "a%2Fb", "../../x", ".", "é ü", "-x", "a\nb")
    for name in names:
        forge.set_status(sha, CommitStatus(context=name, state="success", description=name[:1]))
        forge.report(sha, CheckRun(name=name, conclusion="success", title="", summary=""))
    assert sorted(forge.statuses(sha)) == sorted(forge.checks(sha)) == sorted(names)


def test_a_status_of_what_is_no_commit_is_refused(site):
    with pytest.raises(InputError, match="'main' is no commit"):
        site.forge(EXPERT).set_status(
            BASE, CommitStatus(context="x", state="success", description="")
        )


def test_an_issue_is_no_pull_request_and_the_other_way_round(site):
    forge = site.forge(EXPERT)
    issue = forge.raise_issue(title="Idea", body="")
    push(site, EXPERT, "topic", {"two": "2"})
    pull = offered(forge, "topic")
    with pytest.raises(InputError, match="1 is an issue, no pull request"):
        forge.pull_request(issue.number)
    with pytest.raises(InputError, match="2 is a pull request, no issue"):
        forge.issue(pull.number)
    assert [one.number for one in forge.pull_requests(state=None)] == [2]


def test_a_pull_request_of_a_branch_that_was_merged_goes_on_as_a_new_one(site):
    push(site, EXPERT, "topic", {"two": "2"})
    forge = site.forge(EXPERT)
    first = offered(forge, "topic")
    forge.merge(first.number, sha=first.head_sha, message="Merge")
    push(site, EXPERT, "topic", {"three": "3"})
    assert offered(forge, "topic").number == 2
    assert forge.pull_request(1).state is PullState.MERGED
    assert forge.pull_request(1).head_sha == first.head_sha


# What the forge cannot do


def test_a_dispatch_names_what_does_the_work_here(site):
    with pytest.raises(ForgeRefusedError, match=r"no CI that could run iterate\.yml on main"):
        site.forge(EXPERT).dispatch("iterate.yml", ref=BASE, inputs={"run": "demo"})
    with pytest.raises(ForgeRefusedError) as refusal:
        site.forge(EXPERT).dispatch("iterate.yml", ref=BASE, inputs={"run": "demo"})
    assert "`modelsmith run go demo`" in refusal.value.remedy


def test_a_branch_name_that_git_forbids_is_refused(site):
    forge = site.forge(EXPERT)
    with pytest.raises(InputError, match=r"'a\.\.b' is not a valid branch name"):
        forge.commit_files("a..b", {"x": b""}, base=forge.branch_sha(BASE), message="x")


def test_a_path_that_leaves_the_repository_is_refused(site):
    forge = site.forge(EXPERT)
    with pytest.raises(InputError, match=r"Ignoring path \.\./x"):
        forge.commit_files("a", {"../x": b""}, base=forge.branch_sha(BASE), message="x")


# Rules and settings


def test_rules_are_those_that_origins_git_and_the_policy_keep(site):
    forge = site.forge(EXPERT)
    assert not forge.branch_rules(BASE).blocks_force_push
    git(site.upstream, "config", "receive.denyNonFastForwards", "true")
    git(site.upstream, "config", "receive.denyDeletes", "true")
    asked = "approvals: 2, dismissStale: false, lastPush: false, checks: [b, a]"
    said = changed(("approvals: 1, checks: [all-green]", asked))
    push(site, EXPERT, BASE, {"promotions/policy.yaml": said})
    rules = forge.branch_rules(BASE)
    assert rules.model_dump() == {
        "requires_pull_request": False,
        "approvals": 2,
        "requires_code_owners": False,
        "dismisses_stale": False,
        "requires_last_push_approval": False,
        "required_checks": ("a", "b"),
        "blocks_force_push": True,
        "blocks_deletion": True,
        "requires_signatures": False,
        "keeps_commits": True,
    }
    push(site, EXPERT, "other", {"x": "1"})
    assert forge.branch_rules("other").approvals == 0
    assert forge.branch_rules("nowhere").approvals == 0


def test_the_default_branch_is_origins_head(site):
    git(site.upstream, "branch", "trunk", BASE)
    git(site.upstream, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert site.forge(EXPERT).settings().default_branch == "trunk"


def test_without_origin_the_default_branch_is_the_usual_one(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch", "trunk")
    assert LocalForge(tmp_path).settings().default_branch == "trunk"
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    git(tmp_path, *who, "commit", "--quiet", "--allow-empty", "-m", "Begin")
    git(tmp_path, "branch", "master")
    assert LocalForge(tmp_path).settings().default_branch == "master"


def test_a_program_is_known_by_its_address(site):
    folder = clone_of(site, EXPERT)
    git(folder, "config", "user.email", "41898282+github-actions[bot]@users.noreply.github.com")
    assert LocalForge(folder).me().is_bot
    git(folder, "config", "user.email", "bot@example.org")
    assert LocalForge(folder).me() == Person(login="bot@example.org", is_bot=False)
