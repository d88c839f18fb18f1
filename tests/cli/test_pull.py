"""Pull requests on plain git, through the command, with real clones of one upstream."""

import json
import subprocess

import pytest

from modelsmith.cli import main
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, files_at, git, push
from tests.support.local_site import LocalSite, signs
from tests.support.policies import changed

pytestmark = pytest.mark.slow

ALL_GREEN = "checks: [all-green]"
POLICY = changed((ALL_GREEN, "checks: [scenarios]"))
REVIEWED = changed((ALL_GREEN, "checks: []"))


@pytest.fixture
def site(tmp_path):
    return LocalSite(tmp_path)


@pytest.fixture
def run(site, capsys, monkeypatch):
    """Return a function that runs `modelsmith pull` in somebody's clone."""
    monkeypatch.setenv("MODELSMITH_FORGE", "local")

    def run(person, *words, code=0):
        folder = person if hasattr(person, "parts") else clone_of(site, person)
        ended = main(["--repo", str(folder), "pull", *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return " ".join((err if code else out).split())

    return run


@pytest.fixture
def opened(site, run):
    """Return the head of pull request 1, which adds one file."""
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    run(EXPERT, "open", "topic", "--title", "Two", "--body", "Adds two.")
    return sha


@pytest.fixture
def alone(site):
    """Return a clone without origin, with a branch that adds a file."""
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", BASE, f"origin/{BASE}")
    git(folder, "remote", "remove", "origin")
    return folder


def refs(site):
    return git(site.upstream, "for-each-ref")


def twice(site, run, *words, **options):
    """Return what a command says the first and the second time, which must change nothing."""
    first = run(*words, **options)
    before = refs(site)
    second = run(*words, **options)
    assert refs(site) == before
    return first, second


# One that goes through


def test_a_pull_request_is_opened_reviewed_and_merged_each_command_twice(site, run):
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    opened = twice(site, run, EXPERT, "open", "topic", "--title", "Two", "--label", "exam")
    assert opened == (
        "pull request 1: opened; topic -> main, Two",
        "pull request 1: unchanged; topic -> main, Two",
    )
    reviewed = twice(site, run, APPROVER, "review", "1", "--approve", "--body", "Good.")
    assert set(reviewed) == {f"pull request 1: approved at {sha[:12]}; topic -> main, Two"}
    listed = twice(site, run, EXPERT, "list")
    assert set(listed) == {"1 open topic -> main expert@example.org Two"}
    shown = run(EXPERT, "show", "1")
    assert f"open; topic -> main at {sha} by expert@example.org; refs/modelsmith/pulls/1" in shown
    assert "labels: exam" in shown
    assert "added exam/two.yaml" in shown
    assert f"approved by approver@example.org at {sha[:12]}, " in shown
    merged = twice(site, run, APPROVER, "merge", "1")
    tip = git(site.upstream, "rev-parse", BASE)
    assert merged == (
        f"pull request 1: merged as {tip[:12]}; topic -> main, Two",
        f"pull request 1: was merged already as {tip[:12]}; topic -> main, Two",
    )
    assert files_at(site, BASE)["exam/two.yaml"] == "id: TWO"
    assert git(site.upstream, "show", "-s", "--format=%s|%ae|%ce", tip) == (
        "Merge pull request 1: Two|approver@example.org|approver@example.org"
    )
    assert run(EXPERT, "list") == "no pull requests on the local forge"
    assert run(EXPERT, "list", "--state", "all") == (
        "1 merged topic -> main expert@example.org Two"
    )


def test_a_pull_request_is_closed_once(site, run, opened):
    assert twice(site, run, EXPERT, "close", "1") == (
        "pull request 1: closed; topic -> main, Two",
        "pull request 1: was closed already; topic -> main, Two",
    )


def test_it_says_what_the_newest_commit_says_unless_told(site, run):
    push(site, EXPERT, "topic", {"a": "1"})
    folder = clone_of(site, EXPERT)
    git(folder, "commit", "--quiet", "--amend", "-m", "Ask for two\n\nNobody asked\nyet.")
    git(folder, "push", "--quiet", "--force", "origin", "topic")
    run(EXPERT, "open", "topic", "--draft")
    found = json.loads(run(EXPERT, "show", "1", "--json"))["pull"]
    assert (found["title"], found["body"]) == ("Ask for two", "Nobody asked\nyet.")
    assert found["is_draft"]
    assert "changed" in run(APPROVER, "open", "topic", "--title", "Two", "--ready")
    found = json.loads(run(EXPERT, "list", "--json"))[0]
    assert (found["title"], found["is_draft"]) == ("Two", False)
    assert found["body"] == "Nobody asked\nyet."
    assert found["author"] == {"login": "expert@example.org", "is_bot": False}


def test_every_command_prints_the_pull_request_as_json(site, run, opened):
    told = [
        run(EXPERT, "open", "topic", "--json"),
        run(APPROVER, "review", "1", "--comment", "--body", "Hm.", "--json"),
        run(APPROVER, "merge", "1", "--json"),
        run(EXPERT, "close", "1", "--json"),
    ]
    assert [json.loads(one)["state"] for one in told] == ["open", "open", "merged", "merged"]


def test_what_was_merged_with_git_alone_is_merged(site, run, opened):
    folder = clone_of(site, APPROVER)
    git(folder, "merge", "--quiet", "--no-ff", "-m", "By hand", "origin/topic")
    git(folder, "push", "--quiet", "origin", BASE)
    tip = git(folder, "rev-parse", "HEAD")
    assert run(EXPERT, "list", "--state", "merged").startswith("1 merged topic")
    assert f"was merged already as {tip[:12]}" in run(EXPERT, "merge", "1")
    git(folder, "push", "--quiet", "--delete", "origin", "topic")
    assert f"merged as {tip}" in run(EXPERT, "show", "1")


# Refusals


def test_a_number_a_branch_and_a_base_that_are_not_there_are_refused(site, run, opened):
    assert "there is no pull request or issue 7" in run(EXPERT, "show", "7", code=3)
    said = run(EXPERT, "open", "nowhere", code=3)
    assert "no branch nowhere on origin Push it: `git push origin nowhere`" in said
    assert "no branch v2 on origin" in run(EXPERT, "open", "topic", "--base", "v2", code=3)
    assert "main holds nothing that main lacks" in run(EXPERT, "open", BASE, code=3)


def test_a_review_says_one_thing_and_says_why(site, run, opened):
    assert "a review says one thing" in run(APPROVER, "review", "1", code=2)
    both = ("review", "1", "--approve", "--comment", "--body", "x")
    assert "Give one of --approve" in run(APPROVER, *both, code=2)
    assert "Say what and why" in run(APPROVER, "review", "1", "--request-changes", code=2)


def test_ones_own_is_not_ones_to_approve(site, run, opened):
    said = run(EXPERT, "review", "1", "--approve", code=5)
    assert "it is expert@example.org's own; somebody else decides" in said
    run(EXPERT, "review", "1", "--comment", "--body", "Look at line 1.")


def test_what_moved_is_neither_reviewed_nor_merged(site, run, opened):
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    moved = f"topic moved from {opened[:12]} to {sha[:12]}"
    assert moved in run(APPROVER, "review", "1", "--approve", "--sha", opened, code=5)
    assert moved in run(APPROVER, "merge", "1", "--sha", opened, code=5)


def test_what_is_over_is_neither_reviewed_nor_merged(site, run, opened):
    run(EXPERT, "close", "1")
    assert "it is closed, not open" in run(APPROVER, "review", "1", "--approve", code=5)
    assert "it is closed, not open" in run(APPROVER, "merge", "1", code=5)


def test_a_draft_says_how_it_becomes_ready(site, run, opened):
    run(EXPERT, "open", "topic", "--draft")
    said = run(APPROVER, "merge", "1", code=5)
    assert "it is a draft (`modelsmith pull open topic --ready` ends that)" in said


def test_a_conflict_names_the_files(site, run):
    push(site, EXPERT, "topic", {"README.md": "Mine.\n"})
    push(site, APPROVER, BASE, {"README.md": "Theirs.\n"})
    run(EXPERT, "open", "topic")
    said = run(APPROVER, "merge", "1", code=5)
    assert "conflicts with its base in README.md; nothing was merged" in said


def test_nobody_reviews_without_a_name_but_the_factory_may_offer(site, run, opened, monkeypatch):
    folder = clone_of(site, APPROVER)
    git(folder, "config", "--unset", "user.email")
    git(folder, "config", "--unset", "user.name")
    monkeypatch.setenv("HOME", str(site.root))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    said = run(folder, "review", "1", "--approve", code=5)
    assert "user.email is not set `git config user.email you@example.org`" in said
    push(site, EXPERT, "other", {"b": "1"})
    run(folder, "open", "other")
    assert "by modelsmith@users.noreply.github.com (a program)" in run(folder, "show", "2")


# The policy on the base branch


def test_a_merge_asks_for_what_the_policy_on_the_base_asks(site, run, opened):
    push(site, APPROVER, BASE, {"promotions/policy.yaml": POLICY})
    said = run(APPROVER, "merge", "1", code=5)
    assert "it has 0 approvals that count, needs 1" in said
    assert "check scenarios is missing, must be success" in said


def test_a_program_does_not_count_as_an_approver(site, run, opened):
    push(site, APPROVER, BASE, {"promotions/policy.yaml": REVIEWED})
    run(FACTORY, "review", "1", "--approve")
    assert "modelsmith@users.noreply.github.com (a program)" in run(EXPERT, "show", "1")
    assert "it has 0 approvals that count" in run(FACTORY, "merge", "1", code=5)


def test_an_approval_of_an_older_commit_does_not_count(site, run, opened):
    push(site, APPROVER, BASE, {"promotions/policy.yaml": REVIEWED})
    run(APPROVER, "review", "1", "--approve")
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TOO\n"})
    assert "(of an older commit)" in run(EXPERT, "show", "1")
    assert "it has 0 approvals that count" in run(EXPERT, "merge", "1", code=5)
    run(APPROVER, "review", "1", "--approve")
    assert "merged as" in run(EXPERT, "merge", "1")


def test_a_pull_request_that_loosens_the_policy_is_judged_by_the_one_in_force(site, run):
    push(site, APPROVER, BASE, {"promotions/policy.yaml": POLICY})
    push(site, EXPERT, "topic", {"promotions/policy.yaml": None})
    run(EXPERT, "open", "topic")
    assert "0 approvals that count, needs 1" in run(EXPERT, "merge", "1", code=5)


def test_a_policy_that_cannot_be_read_lets_nothing_through(site, run, opened):
    push(
        site,
        APPROVER,
        BASE,
        {"promotions/policy.yaml": changed(("approvals: 1", "approvals: none"))},
    )
    said = run(APPROVER, "merge", "1", code=3)
    assert "promotions/policy.yaml on main cannot be used:" in said
    assert "branch.approvals is `none`; expected a whole number" in said
    assert "until then nothing is merged into it here" in said


# Chains that only grow


def rewritten(site, parent_words=()):
    """Push another history of pull request 1 from the approver's clone."""
    folder = clone_of(site, APPROVER)
    git(folder, "fetch", "--quiet", "origin", "refs/modelsmith/pulls/1")
    old = git(folder, "rev-parse", "FETCH_HEAD")
    parents = [word.format(old=old) for word in parent_words]
    new = git(folder, "commit-tree", f"{old}^{{tree}}", *parents, "-m", "Open pull request 1")
    git(folder, "push", "--quiet", "--force", "origin", f"{new}:refs/modelsmith/pulls/1")
    return old, new


def test_a_rewritten_pull_request_is_told_and_can_be_put_back(site, run, opened):
    run(EXPERT, "review", "1", "--comment", "--body", "Mind the gap.")
    old, new = rewritten(site)
    said = run(EXPERT, "show", "1", code=4)
    assert "refs/modelsmith/pulls/1 was rewritten on origin" in said
    assert f"it is at {new[:12]}, which does not continue {old[:12]}" in said
    assert run(EXPERT, "list", code=4) == said
    remedy = said.split("`")[1].split()
    assert remedy[:2] == ["git", "push"]
    git(clone_of(site, EXPERT), *remedy[1:])
    assert "Mind the gap." in run(EXPERT, "show", "1")


def test_a_rewrite_that_keeps_the_old_acts_aside_is_told_too(site, run, opened):
    root = git(clone_of(site, APPROVER), "rev-parse", "origin/main")
    rewritten(site, ("-p", root, "-p", "{old}"))
    assert "was rewritten on origin" in run(EXPERT, "show", "1", code=4)


def test_a_deleted_pull_request_is_told_and_can_be_put_back(site, run, opened):
    git(site.upstream, "update-ref", "-d", "refs/modelsmith/pulls/1")
    said = run(EXPERT, "list", code=4)
    assert "refs/modelsmith/pulls/1 known to this clone, and not on origin" in said
    git(clone_of(site, EXPERT), *said.split("`")[1].split()[1:])
    assert run(EXPERT, "list").startswith("1 open")


def test_pull_requests_move_to_an_origin_that_is_new(site, run, alone):
    for title in ("Two", "Deux"):
        run(alone, "open", "topic", "--title", title)
        run(alone, "close", "1" if title == "Two" else "2")
    assert run(alone, "list", "--state", "all").count("topic -> main") == 2
    git(alone, "remote", "add", "origin", str(site.upstream))
    said = run(alone, "list", code=4)
    git(alone, *said.split("`")[1].split()[1:])
    assert run(APPROVER, "list", "--state", "all").count("topic -> main") == 2


def test_a_chain_with_something_else_in_it_is_told(site, run, opened):
    folder = clone_of(site, APPROVER)
    made = {"pull.json": "{}"}
    tree = subprocess.run(
        ["git", "mktree"],
        cwd=folder,
        input=f"100644 blob {blob(folder, made['pull.json'])}\tpull.json\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    commit = git(folder, "commit-tree", tree, "-m", "Mine")
    git(folder, "push", "--quiet", "origin", f"{commit}:refs/modelsmith/pulls/2")
    said = run(EXPERT, "list", code=4)
    assert "refs/modelsmith/pulls/2 holds what the forge never wrote" in said
    assert "`git log -p refs/modelsmith/pulls/2` shows who and what" in said


def blob(folder, content):
    (folder / "made").write_text(content)
    made = git(folder, "hash-object", "-w", "made")
    (folder / "made").unlink()
    return made


def test_a_title_cannot_command_the_terminal(site, run, opened):
    run(EXPERT, "open", "topic", "--title", "Two \x1b[2J", "--body", "\x1b]0;x\x07")
    for words in (("list",), ("show", "1"), ("close", "1")):
        assert "\x1b" not in run(EXPERT, *words)


def test_a_second_reviews_file_does_not_change_the_first(site, run, opened):
    run(APPROVER, "review", "1", "--request-changes", "--body", "No.")
    folder = clone_of(site, EXPERT)
    git(folder, "fetch", "--quiet", "origin", "refs/modelsmith/pulls/1")
    git(folder, "checkout", "--quiet", "FETCH_HEAD")
    file = folder / "reviews" / "1.json"
    file.write_text(file.read_text().replace("changes-requested", "approved"))
    git(folder, "commit", "--quiet", "--all", "-m", "Better")
    git(folder, "push", "--quiet", "origin", "HEAD:refs/modelsmith/pulls/1")
    git(folder, "checkout", "--quiet", BASE)
    assert "changes-requested by approver@example.org" in run(EXPERT, "show", "1")


def test_a_review_is_not_lost_to_a_file_that_takes_its_name(site, run, opened):
    folder = clone_of(site, EXPERT)
    git(folder, "fetch", "--quiet", "origin", "refs/modelsmith/pulls/1")
    git(folder, "checkout", "--quiet", "FETCH_HEAD")
    (folder / "reviews").mkdir()
    said = {"verdict": "commented", "commit_sha": opened, "body": "x"}
    for name in ("2.json", "x.json"):
        (folder / "reviews" / name).write_text(json.dumps(said))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Mine")
    git(folder, "push", "--quiet", "origin", "HEAD:refs/modelsmith/pulls/1")
    for verdict in ("--request-changes", "--approve"):
        run(APPROVER, "review", "1", verdict, "--body", "So.")
    shown = json.loads(run(EXPERT, "show", "1", "--json"))["reviews"]
    assert [review["verdict"] for review in shown] == [
        "commented",
        "changes-requested",
        "approved",
    ]


# Signatures


def test_acts_and_merges_are_signed_where_git_signs(site, run, opened):
    allowed = signs(clone_of(site, APPROVER), "approver@example.org")
    run(APPROVER, "review", "1", "--approve")
    run(APPROVER, "merge", "1")
    verified = ("-c", f"gpg.ssh.allowedSignersFile={allowed}", "log", "-1", "--format=%G? %GS")
    for ref in ("refs/modelsmith/pulls/1", "refs/modelsmith/pulls/1^", BASE):
        assert git(site.upstream, *verified, ref) == "G approver@example.org"


# No origin, no network, no right


def test_without_origin_they_live_in_the_clone(run, alone):
    assert "opened" in run(alone, "open", "topic")
    assert "no branch nowhere in this repository" in run(alone, "open", "nowhere", code=3)
    assert "merged as" in run(alone, "merge", "1")
    assert (alone / "exam/two.yaml").read_text() == "id: TWO\n"
    assert git(alone, "status", "--porcelain") == ""
    assert (
        git(alone, "log", "--merges", "--format=%s") == "Merge pull request 1: Change exam/two.yaml"
    )


def test_without_origin_a_branch_that_is_not_checked_out_moves_alone(run, alone):
    git(alone, "checkout", "--quiet", "topic")
    run(alone, "open", "topic")
    run(alone, "merge", "1")
    assert git(alone, "status", "--porcelain") == ""
    assert git(alone, "rev-parse", "HEAD") == git(alone, "rev-parse", f"{BASE}^2")


def test_without_origin_a_file_that_is_in_the_way_is_not_lost(run, alone):
    run(alone, "open", "topic")
    (alone / "exam/two.yaml").write_text("mine")
    said = run(alone, "merge", "1", code=5)
    assert "main is checked out in" in said
    assert "Commit or stash what is in the way" in said
    assert (alone / "exam/two.yaml").read_text() == "mine"
    assert run(alone, "list").startswith("1 open")


def test_an_origin_that_is_away_is_said(site, run, opened):
    folder = clone_of(site, EXPERT)
    site.upstream.rename(site.root / "away.git")
    said = run(folder, "list", code=5)
    assert "origin cannot be reached" in said
    assert "`git for-each-ref refs/modelsmith` lists what is known here" in said


def test_what_origin_refuses_is_said_in_its_words(site, run, opened):
    hook = site.upstream / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Mondays only.'\nexit 1\n")
    hook.chmod(0o755)
    before = refs(site)
    said = run(APPROVER, "review", "1", "--approve", code=5)
    assert "origin refused refs/modelsmith/pulls/1" in said
    assert "Mondays only." in said
    assert refs(site) == before


def test_an_act_whose_answer_was_lost_is_not_done_twice(site, run, opened):
    lossy = site.root / "lossy"
    lossy.write_text('#!/bin/sh\ngit-receive-pack "$@"\nexit 1\n')
    lossy.chmod(0o755)
    folder = clone_of(site, APPROVER)
    git(folder, "config", "remote.origin.receivepack", str(lossy))
    assert "approved at" in run(folder, "review", "1", "--approve")
    assert "merged as" in run(folder, "merge", "1")
    assert git(site.upstream, "log", "--merges", "--format=%s", BASE) == "Merge pull request 1: Two"


def test_a_forge_that_is_none_is_refused(site, run, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "gitlab")
    said = run(EXPERT, "list", code=2)
    assert said.endswith(
        "MODELSMITH_FORGE is 'gitlab', which is no forge Set it to `local` or `github`."
    )
