"""The audit of a whole repository: a clean one is clean, and each attack on it is named."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext

import pytest

from modelsmith.audit.audit import Asked
from modelsmith.audit.findings import RULES
from modelsmith.errors import BrokenRecordError, InputError, UsageError
from modelsmith.git.commits import FACTORY
from modelsmith.loop.stepper import Stepper
from modelsmith.run.state_machine import Event
from modelsmith.wiring import audit as wiring
from tests.support.clones import a_machine_of, an_upstream
from tests.support.runs import a_workshop, an_exam, learning

pytestmark = pytest.mark.slow

SMALL = {"train": 6, "steer": 3, "sealed": 3}
PERSON = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
LEDGER = "runs/tiny/ledger.jsonl"


def git(root, *words, **more):
    done = subprocess.run(
        ["git", *PERSON, *words], cwd=root, check=True, capture_output=True, text=True, **more
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a repository in which the run `tiny` was refused, and a later one was halted."""
    root = tmp_path_factory.mktemp("finished") / "factory"
    a_workshop(root, exam=an_exam(SMALL)).go()
    halts = {"skill": learning(0.05), "budgets": {"iterations": 3, "tokens": 10}}
    a_workshop(root, run="poor", exam=an_exam(SMALL), **halts).go()
    shutil.rmtree(root / ".modelsmith")
    for left in (root / "runs").rglob(".lock"):  # what .gitignore keeps out elsewhere
        left.unlink()
    git(root, "repack", "-adq")  # one file to copy instead of hundreds
    git(root, "reset", "-q", "--hard")
    shutil.rmtree(root / ".git/hooks")
    return root


@pytest.fixture
def root(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "factory")


def audit(root, **asked):
    return wiring.audit(root, Asked(**asked))


def found_by(root, **asked):
    return [(f.rule, f.path, f.entry) for f in audit(root, **asked).findings]


def commit(root, message="Tidy up", *, paths=(".",)):
    git(root, "add", "--all", "--", *paths)
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def lines_of(root):
    return (root / LEDGER).read_bytes().splitlines(keepends=True)


def factory_commits(root, run="tiny"):
    words = ("log", "--reverse", "--format=%H", f"--author={FACTORY[1]}", "--", f"runs/{run}")
    return git(root, *words).split()


# Clean


def test_a_repository_as_the_factory_left_it_is_clean_and_says_what_was_checked(root):
    audited = audit(root)
    assert audited.findings == ()
    assert audited.is_clean
    checked = audited.checked
    assert (checked.runs, checked.entries, checked.not_started) == (2, 9, 0)
    assert (checked.commits, checked.entry_commits) == (10, 9)
    evidence = [p for p in (root / "runs").glob("*/*/*") if p.is_file()]
    assert checked.evidence == len(evidence)
    assert checked.decisions == 7
    assert audited.signers == {"not signed": 9}


def test_the_second_audit_says_the_same_and_nothing_was_written(root):
    before = git(root, "status", "--porcelain", "--ignored"), sorted(root.rglob("*"))
    assert audit(root) == audit(root)
    assert (git(root, "status", "--porcelain", "--ignored"), sorted(root.rglob("*"))) == before


def test_a_bare_clone_is_enough(root, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    bare = tmp_path / "bare.git"
    before = sorted(bare.rglob("*"))
    audited = audit(bare)
    assert audited.is_clean
    assert audited.checked == audit(root).checked
    assert sorted(bare.rglob("*")) == before


def test_no_network_is_needed(root, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    git(tmp_path / "bare.git", "remote", "set-url", "origin", "https://example.invalid/x.git")
    words = [sys.executable, "-m", "modelsmith", "--repo", str(tmp_path / "bare.git"), "audit"]
    if subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0:
        words = ["unshare", "-rn", *words]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "clean: the records are what they say" in done.stdout


def test_a_repository_without_a_commit_has_nothing_to_audit(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    audited = audit(tmp_path)
    assert (audited.commit, audited.is_clean, audited.checked.commits) == (None, True, 0)


def test_a_run_that_was_only_written_is_counted_as_not_started(root):
    (root / "runs/new").mkdir()
    shutil.copy(root / "runs/tiny/run.yaml", root / "runs/new/run.yaml")
    commit(root, "Write a run")
    (root / "runs/new/run.yaml").write_text((root / "runs/new/run.yaml").read_text() + "\n")
    commit(root, "Review it")
    audited = audit(root)
    assert (audited.findings, audited.checked.not_started) == ((), 1)


@pytest.fixture
def walking(root):
    """Return a repository whose main branch lacks the end of a run that walks on its own branch."""
    git(root, "branch", "modelsmith/poor/walk", "main")
    git(root, "reset", "-q", "--hard", "main~2")
    (root / "README.md").write_text("Meanwhile.\n")
    commit(root, "Write a readme")
    return root


def test_a_run_that_is_further_on_its_branch_is_audited_once_as_far_as_it_is(walking):
    audited = audit(walking)
    assert audited.findings == ()
    assert audited.branches == {
        "refs/heads/modelsmith/poor/walk": git(walking, "rev-parse", "modelsmith/poor/walk")
    }
    assert (audited.checked.runs, audited.checked.entries) == (2, 9)


def test_branches_of_a_remote_are_audited_too(walking, tmp_path):
    git(tmp_path, "clone", "-q", str(walking), "other")
    audited = audit(tmp_path / "other")
    assert list(audited.branches) == ["refs/remotes/origin/modelsmith/poor/walk"]
    assert audited.checked == audit(walking).checked


def test_a_walk_that_was_merged_is_clean(walking):
    git(walking, "merge", "-q", "--no-ff", "modelsmith/poor/walk", "-m", "Take the run")
    git(walking, "branch", "-q", "-D", "modelsmith/poor/walk")
    assert audit(walking).findings == ()
    assert audit(walking).checked.entries == 9


def test_attack_only_the_branch_that_is_behind_is_tampered_with(walking):
    path = "runs/poor/000-intake/fit.json"
    (walking / path).write_text("{}")
    sha = commit(walking)
    found = [(f.rule, f.commit, f.path) for f in audit(walking).findings]
    assert found == [("append-only", sha, path), ("replay", sha, path)]


def test_a_run_that_two_machines_shared_is_clean_upstream_and_here(tmp_path):
    upstream = an_upstream(tmp_path)
    machines = [a_machine_of(upstream, name) for name in ("one", "two")]
    for turn in range(10):
        if machines[turn % 2].shared().step().event in {Event.REFUSED, Event.STAGED}:
            break
    for root in (upstream, tmp_path / "one", tmp_path / "two"):
        audited = audit(root)
        assert audited.findings == ()
        assert audited.checked.runs == 1
    assert audit(upstream).checked.decisions >= 5


# What cannot be audited


def test_a_folder_that_is_no_repository_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no git repository that this user may read"):
        audit(tmp_path)


def test_a_shallow_clone_is_refused(root, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", "shallow")
    with pytest.raises(InputError, match="is a shallow clone: its history is cut off"):
        audit(tmp_path / "shallow")


def test_a_partial_clone_lacks_objects_and_fetches_none(root, tmp_path):
    git(root, "config", "uploadpack.allowFilter", "true")
    words = ("clone", "-q", "--bare", "--filter=blob:none", f"file://{root}", "partial.git")
    git(tmp_path, *words)
    with pytest.raises(InputError, match=r"partial\.git lacks the object [0-9a-f]{40}"):
        audit(tmp_path / "partial.git")


@pytest.mark.parametrize("option", ["revision", "against"])
@pytest.mark.parametrize("name", ["nowhere", "--all"])
def test_a_revision_that_is_not_there_is_a_usage_error(root, option, name):
    with pytest.raises(UsageError, match=f"{name} names no commit of this repository"):
        audit(root, **{option: name})


def swapped_on_disk(root, name, other):
    """Put the object `other` where `name` lies."""
    (pack,) = (root / ".git/objects/pack").glob("*.pack")
    with pack.rename(root / "pack").open("rb") as packed:
        for left in pack.parent.iterdir():
            left.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=root, stdin=packed, check=True)
    file, stands_in = (root / ".git/objects" / n[:2] / n[2:] for n in (name, other))
    file.chmod(0o644)
    shutil.copy(stands_in, file)


def test_an_object_that_was_altered_on_disk_is_refused(root):
    name = git(root, "rev-parse", "HEAD:runs/tiny/run.yaml")
    other = git(root, "rev-parse", "HEAD:runs/tiny/001-eval/report.md")
    swapped_on_disk(root, name, other)
    (found,) = [f for f in audit(root).findings if f.path == "runs/tiny/run.yaml"]
    assert found.what == (
        f"it cannot be replayed: object {name} of factory is not the blob that its name says"
    )


def test_a_commit_that_was_altered_on_disk_is_refused(root):
    name, other = git(root, "rev-parse", "HEAD~3"), git(root, "rev-parse", "HEAD~4")
    swapped_on_disk(root, name, other)
    with pytest.raises(BrokenRecordError, match=f"object {name} .* is not the commit"):
        audit(root)


# Attacks


def test_attack_a_ledger_line_is_edited(root):
    lines = lines_of(root)
    lines[3] = lines[3].replace(b'"accepted":', b'"Accepted":')
    (root / LEDGER).write_bytes(b"".join(lines))
    sha = commit(root)
    first, *others = audit(root).findings
    assert (first.rule, first.commit, first.path, first.entry) == ("append-only", sha, LEDGER, 3)
    assert first.what == "line 4 was edited by Somebody <somebody@example.com>"
    assert [(o.rule, o.path) for o in others] == [("replay", LEDGER)]


def test_attack_an_entry_is_removed_at_the_tail(root):
    (root / LEDGER).write_bytes(b"".join(lines_of(root)[:-1]))
    shutil.rmtree(root / "runs/tiny/005-promote")
    sha = commit(root)
    audited = audit(root)
    (lost,) = [f for f in audited.findings if f.path == LEDGER]
    assert (lost.rule, lost.commit, lost.entry) == ("append-only", sha, 5)
    assert lost.what.startswith("line 6 was removed, 5 lines left by Somebody")
    assert {f.rule for f in audited.findings} == {"append-only"}  # what is left replays


def test_attack_evidence_is_swapped(root):
    run = root / "runs/tiny/001-eval"
    shutil.copy(run / "answers-train.jsonl", run / "answers-steer.jsonl")
    (run / "report.md").write_text("# all passed\n")
    sha = commit(root)
    paths = [f"runs/tiny/001-eval/{name}" for name in ("answers-steer.jsonl", "report.md")]
    for rule in ("append-only", "replay"):
        found = [(f.commit, f.path, f.entry) for f in audit(root).findings if f.rule == rule]
        assert found == [(sha, path, 1) for path in paths]


def test_attack_evidence_is_that_of_another_run(root):
    name = "000-intake/machine.json"
    (root / "runs/poor" / name).write_text('{"cores": 64}')
    shutil.copy(root / "runs/poor" / name, root / "runs/tiny" / name)
    commit(root)
    found = found_by(root)
    for run in ("poor", "tiny"):
        assert ("append-only", f"runs/{run}/{name}", 0) in found
        assert ("replay", f"runs/{run}/{name}", 0) in found


def test_attack_evidence_is_moved(root):
    git(root, "mv", "runs/tiny/001-eval/report.md", "runs/tiny/001-eval/old.md")
    commit(root)
    moved = audit(root).findings[0]
    assert (moved.rule, moved.path) == ("append-only", "runs/tiny/001-eval/report.md")
    assert moved.what.startswith("the file was moved to runs/tiny/001-eval/old.md by Somebody")


def test_attack_history_is_rewritten_so_that_an_entry_is_dropped(root):
    seen = git(root, "rev-parse", "HEAD")
    last = factory_commits(root)[-1]
    git(root, "branch", "kept", seen)
    git(root, "rebase", "-q", "--onto", f"{last}~1", last, "main")
    audited = audit(root, against=seen)
    rules = {f.rule for f in audited.findings}
    assert rules == {"rewritten", "append-only", "commit-dates", "started-from"}
    (rewritten,) = [f for f in audited.findings if f.rule == "rewritten"]
    assert rewritten.what == f"{seen} ({seen[:12]}) is no longer in the history of HEAD"
    lost = {f.path: f.what for f in audited.findings if f.rule == "append-only"}
    assert lost[LEDGER] == f"line 6 was removed, 5 lines left since {seen} ({seen[:12]})"
    assert "runs/tiny/005-promote/gate.json" in lost


def test_a_branch_that_the_revision_left_behind_is_compared_where_it_was_left(root):
    git(root, "branch", "change", "HEAD~1")
    git(root, "checkout", "-q", "change")
    (root / "README.md").write_text("A change.\n")
    commit(root)
    assert audit(root).findings == ()
    assert audit(root).base == git(root, "rev-parse", "main~1")
    assert audit(root, against="main").findings == ()
    assert found_by(root, against=git(root, "rev-parse", "main"))[-1][0] == "rewritten"


def test_attack_an_entry_is_committed_by_another_identity(root):
    message = git(root, "log", "-1", "--format=%B")
    stamp = git(root, "log", "-1", "--format=%aI")
    git(root, "reset", "-q", "--soft", "HEAD~1")
    words = ("commit", "-q", "-m", message, "--author", "Eve <eve@example.com>", "--date", stamp)
    git(root, *words, env={"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": stamp})
    (found,) = audit(root).findings
    assert (found.rule, found.path, found.entry) == (
        "commit-author", "runs/poor/ledger.jsonl", 2,
    )  # fmt: skip
    assert found.what == (
        "the author is Eve <eve@example.com>, "
        "expected Modelsmith <modelsmith@users.noreply.github.com>"
    )


def recommitted(root, message):
    """Commit the last entry again with another message, at the same moment."""
    env = {"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": git(root, "log", "-1", "--format=%aI")}
    git(root, "commit", "-q", "--amend", "-m", message, env=env)


def test_attack_the_trailer_is_that_of_another_entry(root):
    message, other = (git(root, "log", "-1", "--format=%B", rev) for rev in ("HEAD", "HEAD~1"))
    digest, wrong = (re.search("Evidence: sha256:([0-9a-f]{64})", m)[1] for m in (message, other))
    recommitted(root, message.replace(digest, wrong))
    (found,) = audit(root).findings
    assert (found.rule, found.field, found.entry) == ("commit-trailers", "Modelsmith-Evidence", 2)
    assert found.what == f"the commit says sha256:{wrong}, the entry has sha256:{digest}"


def test_attack_an_entry_is_committed_without_trailers(root):
    recommitted(root, "Record something")
    fields = [f.field for f in audit(root).findings]
    assert sorted(fields) == [
        "Modelsmith-Evidence", "Modelsmith-Iteration", "Modelsmith-Phase", "Modelsmith-Run",
    ]  # fmt: skip
    (run,) = [f for f in audit(root).findings if f.field == "Modelsmith-Run"]
    assert run.what == "the commit says nothing, the entry poor"


def test_trailers_that_name_single_files_are_welcome_beside_the_entrys(root):
    message = git(root, "log", "-1", "--format=%B").strip()
    entry = json.loads((root / "runs/poor/ledger.jsonl").read_text().splitlines()[-2])["entry"]
    git(root, "reset", "-q", "--hard", "HEAD~1")
    message = git(root, "log", "-1", "--format=%B").strip()
    files = [f"Modelsmith-Evidence: sha256:{d} {p}" for p, d in entry["evidence"].items()]
    recommitted(root, "\n".join([message, *files]))
    assert audit(root).findings == ()
    recommitted(root, "\n".join([message, f"Modelsmith-Evidence: sha256:{'0' * 64}"]))
    (found,) = audit(root).findings
    assert found.what.startswith(f"the commit says sha256:{'0' * 64}, the entry has sha256:")


def test_attack_the_commit_is_amended_later(root):
    env = {"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": "2025-11-05T08:00:00Z"}
    git(root, "commit", "-q", "--amend", "--no-edit", env=env)
    (found,) = audit(root).findings
    assert (found.rule, found.entry) == ("commit-dates", 2)
    assert found.what == (
        "the committer date is 2025-11-05T08:00:00+00:00, "
        "the entry was recorded at 2025-11-03T09:00:00+00:00"
    )


def test_attack_run_yaml_is_edited_after_the_start(root):
    file = root / "runs/tiny/run.yaml"
    file.write_text(file.read_text().replace('"seed":0', '"seed":1'))
    sha = commit(root)
    found = [(f.rule, f.commit, f.path, f.entry) for f in audit(root).findings]
    assert found == [
        ("append-only", sha, "runs/tiny/run.yaml", 0),
        ("replay", sha, "runs/tiny/run.yaml", 0),
    ]


def test_attack_a_merge_reverts_a_ledger(root):
    git(root, "checkout", "-q", "-b", "side", "main~1")
    (root / "README.md").write_text("Harmless.\n")
    commit(root, "Write a readme")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-commit", "--no-ff", "side")
    before = git(root, "show", "side:runs/poor/ledger.jsonl") + "\n"
    (root / "runs/poor/ledger.jsonl").write_text(before)
    shutil.rmtree(root / "runs/poor/002-train", ignore_errors=True)
    sha = commit(root, "Merge side")
    (found,) = audit(root).findings
    assert (found.rule, found.commit, found.entry) == ("append-only", sha, 2)
    assert found.what.startswith("line 3 was removed, 2 lines left by Somebody")


def test_attack_a_merge_keeps_the_side_that_lacks_an_entry(root):
    git(root, "checkout", "-q", "-b", "side", "main~1")
    git(root, "merge", "-q", "-s", "ours", "main", "-m", "Merge main")
    git(root, "checkout", "-q", "-B", "main")
    (found,) = audit(root).findings
    assert (found.rule, found.path, found.entry) == ("append-only", "runs/poor/ledger.jsonl", 2)
    assert found.commit == git(root, "rev-parse", "HEAD")


def test_attack_a_merge_writes_an_entry_of_its_own(root):
    git(root, "checkout", "-q", "-b", "side", "main~2")
    (root / "README.md").write_text("Harmless.\n")
    commit(root, "Write a readme")
    git(root, "merge", "-q", "--no-commit", "--no-ff", "main~1")
    git(root, "checkout", "main", "--", "runs")
    sha = commit(root, "Merge main")
    (found,) = audit(root).findings
    assert (found.rule, found.commit, found.path) == (
        "entry-commit", sha, "runs/poor/ledger.jsonl",
    )  # fmt: skip
    assert found.what == "a merge adds lines of its own to the ledger"


def test_attack_a_file_is_added_under_a_finished_phase(root):
    (root / "runs/tiny/002-train/more.txt").write_text("trust me")
    sha = commit(root)
    found = [(f.rule, f.commit, f.path) for f in audit(root).findings]
    path = "runs/tiny/002-train/more.txt"
    assert found == [("entry-commit", sha, path), ("replay", sha, path)]
    assert audit(root).findings[0].what == (
        "Somebody <somebody@example.com> changes a run that has started, and records no entry"
    )


def test_attack_an_entrys_commit_carries_something_else(root):
    (root / "benchmarks").mkdir()
    (root / "benchmarks/easy.yaml").write_text("no questions\n")
    git(root, "add", "benchmarks")
    recommitted(root, git(root, "log", "-1", "--format=%B"))
    (found,) = audit(root).findings
    assert (found.rule, found.path) == ("entry-commit", "benchmarks/easy.yaml")
    assert found.what == "the commit of entry 2 of poor changes it, and the entry names it not"


def test_attack_a_run_is_squashed_into_one_commit(root):
    git(root, "checkout", "-q", "-b", "squashed", git(root, "rev-list", "--max-parents=0", "main"))
    git(root, "merge", "-q", "--squash", "main")
    commit(root, "Add runs")
    rules = {(f.rule, f.path, f.what) for f in audit(root).findings}
    assert ("entry-commit", LEDGER, "the commit records 6 entries, expected 1") in rules


def test_attack_two_branches_tell_two_stories(root):
    git(root, "checkout", "-q", "-b", "modelsmith/poor/walk", "main~1")
    lines = (root / "runs/poor/ledger.jsonl").read_text().splitlines(keepends=True)
    (root / "runs/poor/ledger.jsonl").write_text("".join([*lines[:1], lines[0]]))
    commit(root, "Another story")
    git(root, "checkout", "-q", "main")
    (forked,) = [f for f in audit(root).findings if f.rule == "forked"]
    assert (forked.path, forked.entry) == ("runs/poor/ledger.jsonl", 1)
    assert forked.what == (
        "refs/heads/modelsmith/poor/walk and HEAD tell different stories from entry 1 on"
    )


def test_attack_upstream_is_rewritten_and_the_clone_remembers(root):
    git(root, "update-ref", "refs/modelsmith/known/poor", "main")
    git(root, "reset", "-q", "--hard", "main~1")
    assert audit(root).findings == ()  # being behind is no attack
    file = root / "runs/poor/ledger.jsonl"
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines(keepends=True)[0])
    commit(root, "Another story")
    assert ("forked", "runs/poor/ledger.jsonl", 2) in found_by(root)


def test_attack_an_entry_is_recorded_twice(root):
    git(root, "checkout", "-q", "-b", "modelsmith/poor/walk", "main~1")
    (root / "README.md").write_text("Harmless.\n")
    commit(root, "Write a readme")
    git(root, "cherry-pick", "main")
    git(root, "checkout", "-q", "main")
    found = [f for f in audit(root).findings if f.rule == "entry-commit"]
    assert [f.path for f in found] == ["runs/poor/ledger.jsonl"]
    assert "is recorded by 2 commits: " in found[0].what


def test_attack_a_promotion_that_no_run_staged(root):
    folder = root / "promotions/adtech-tiny/tiny-1"
    folder.mkdir(parents=True)
    shutil.copy(root / "runs/tiny/005-promote/record.json", folder / "record.json")
    other = root / "promotions/adtech-tiny/tiny-2"
    shutil.copytree(folder, other)
    (root / "promotions/adtech-tiny/empty").mkdir()
    (root / "promotions/adtech-tiny/empty/record.json").write_text("{}")
    commit(root)
    said = {f.path.split("/")[2]: f.what for f in audit(root).findings if f.rule == "promotion"}
    assert said["tiny-1"] == ("no staged entry of run tiny names this record as its evidence")
    assert said["tiny-2"] == "it is the record of adtech-tiny/tiny-1"
    assert said["empty"].startswith("it is no promotion record: ")


def test_attack_a_record_and_a_channel_are_taken_back(root):
    for path in ("adtech-tiny/v1/approvals.json", "channels/sandbox.yaml", "channels/log.jsonl"):
        file = root / "promotions" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1\n")
    commit(root, "Promote")
    (root / "promotions/channels/sandbox.yaml").write_text("2\n")
    (root / "promotions/channels/log.jsonl").write_text("1\n2\n")
    commit(root, "Go live")
    assert "append-only" not in {rule for rule, _, _ in found_by(root)}
    shutil.rmtree(root / "promotions/channels")
    (root / "promotions/adtech-tiny/v1/approvals.json").write_text("2\n")
    commit(root)
    assert {path for rule, path, _ in found_by(root) if rule == "append-only"} == {
        "promotions/adtech-tiny/v1/approvals.json",
        "promotions/channels/log.jsonl",
        "promotions/channels/sandbox.yaml",
    }


class ForgetfulLooks:
    """Looks that nobody counts."""

    def hold(self):
        return nullcontext()

    def before(self, *_):
        return 0

    def claim(self, _version, _claimant, number):
        return number


def test_two_runs_that_claim_the_same_look_are_a_warning(tmp_path):
    for run in ("one", "two"):
        workshop = a_workshop(tmp_path, run=run, exam=an_exam(SMALL))
        workshop.start()
        Stepper(workshop.tools, ForgetfulLooks()).go()
    audited = audit(tmp_path)
    (found,) = audited.findings
    assert (found.rule, found.severity.value, audited.is_clean) == ("sealed-looks", "warning", True)
    assert found.what.startswith("run one and run two say that they are the same look at sealed ")
    assert audited.checked.runs == 2


def test_a_claimed_look_without_an_attempt_is_a_warning(root):
    entries = [json.loads(line) for line in (root / LEDGER).read_text().splitlines()]
    version, intake = entries[0]["entry"]["facts"]["sealed_version"], entries[0]["sha256"]
    tree = git(root, "mktree", input="")

    def claim(number, run):
        said = f"Claim\n\nModelsmith-Run: {run}\nModelsmith-Intake: sha256:{intake}"
        sha = git(root, "commit-tree", tree, "-m", said)
        git(root, "update-ref", f"refs/modelsmith/looks/{version}/{number}", sha)
        return sha

    claim(1, "tiny")
    assert audit(root).findings == ()
    sha = claim(2, "poor")
    (found,) = audit(root).findings
    assert (found.rule, found.commit, audit(root).is_clean) == ("sealed-looks", sha, True)
    assert found.what.startswith(
        f"run poor claimed look 2 at sealed version {version[:12]}, and no"
    )


# What was restored


def test_what_was_taken_back_and_restored_is_a_warning(root):
    before = (root / LEDGER).read_bytes()
    (root / LEDGER).write_bytes(before[:-1].rpartition(b"\n")[0] + b"\n")
    sha = commit(root)
    (root / LEDGER).write_bytes(before)
    commit(root, "Restore it")
    audited = audit(root)
    (found,) = audited.findings
    assert (found.rule, found.commit, found.severity.value) == ("append-only", sha, "warning")
    assert found.what.endswith("; restored since")
    assert audited.is_clean


def test_what_was_restored_and_taken_back_again_is_an_error(root):
    before = (root / LEDGER).read_bytes()
    shorter = before[:-1].rpartition(b"\n")[0] + b"\n"
    for content in (shorter, before, shorter):
        (root / LEDGER).write_bytes(content)
        sha = commit(root)
    lost = [f for f in audit(root).findings if f.rule == "append-only"]
    assert [(f.path, f.severity.value) for f in lost] == [(LEDGER, "error")]
    assert sha


def test_an_error_is_told_before_what_was_restored(root):
    git(root, "reset", "-q", "--hard", "main~1")
    file = root / "runs/poor/ledger.jsonl"
    first, both = file.read_bytes().splitlines(keepends=True)[0], file.read_bytes()
    longer = both + both.splitlines(keepends=True)[1]
    shas = []
    for content in (first, both, longer, both):
        file.write_bytes(content)
        shas.append(commit(root))
    lost = [f for f in audit(root).findings if f.rule == "append-only"]
    assert [(f.commit, f.severity.value) for f in lost] == [(shas[-1], "error")]


# Signatures


def signing(root, tmp_path):
    key = tmp_path / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "runner", "-f", str(key)]
    subprocess.run(words, check=True)
    git(root, "config", "gpg.format", "ssh")
    git(root, "config", "user.signingkey", str(key))
    git(root, "config", "commit.gpgsign", "true")
    allowed = tmp_path / "allowed"
    allowed.write_text(f"runner@example.com {key.with_suffix('.pub').read_text()}")
    return allowed


def test_signatures_are_reported_and_required_on_request(tmp_path):
    root = tmp_path / "factory"
    workshop = a_workshop(root, exam=an_exam(SMALL))
    workshop.start()
    allowed = signing(root, tmp_path)
    workshop.stepper().step()
    git(root, "config", "gpg.ssh.allowedSignersFile", str(allowed))
    audited = audit(root, require_signatures=True)
    assert audited.signers == {"not signed": 1, "signed by runner@example.com": 1}
    (found,) = audited.findings
    assert (found.rule, found.what) == ("signature", "the commit is not signed")
    assert audit(root).is_clean
    allowed.write_text("")
    assert len(audit(root, require_signatures=True).findings) == 2
    assert audit(root).is_clean


def test_attack_a_signature_is_that_of_another_commit(tmp_path):
    root = tmp_path / "factory"
    workshop = a_workshop(root, exam=an_exam(SMALL))
    allowed = signing(root, tmp_path)
    workshop.start()
    git(root, "config", "gpg.ssh.allowedSignersFile", str(allowed))
    raw = git(root, "cat-file", "commit", "HEAD") + "\n"
    forged = raw.replace("Record intake", "Record  intake")
    sha = git(root, "hash-object", "-t", "commit", "-w", "--stdin", input=forged)
    git(root, "reset", "-q", "--hard", sha)
    (found,) = audit(root).findings
    assert (found.rule, found.commit) == ("signature", sha)
    assert found.what == "the commit is signed wrongly: the signature is not of this commit"


def test_every_rule_is_explained_in_full():
    for rule in RULES.values():
        assert all(len(part) > 40 and part.endswith(".") for part in rule)


def test_a_replaced_object_changes_nothing(root):
    head, before = git(root, "rev-parse", "HEAD"), audit(root)
    git(root, "replace", head, "HEAD~1")
    assert audit(root).findings == before.findings == ()
