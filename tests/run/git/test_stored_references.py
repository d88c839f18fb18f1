"""What a collection may not remove, over the work tree and every branch."""

import subprocess

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.run.git.stored_references import NeededDigests
from tests.support.killed_run import EXAM, SKILL
from tests.support.runs import a_workshop, git_repository

A, B, C = (letter * 64 for letter in "abc")


def git(root, *words):
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(
        ["git", *person, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def committed(root, branch, files):
    """Commit `files` on a branch of their own and leave the work tree without them."""
    git(root, "switch", "--quiet", "--create", branch)
    for path, text in files.items():
        write(root, path, text)
    git(root, "add", "--", *files)
    git(root, "commit", "--quiet", "-m", branch)
    git(root, "switch", "--quiet", "main")


@pytest.fixture
def root(tmp_path):
    git_repository(tmp_path)
    return tmp_path


def test_a_channel_and_its_rollback_target_are_needed(root):
    write(root, "promotions/channels/sandbox.yaml", f"adapter: {A}\nrollback: {{adapter: {B}}}\n")
    assert NeededDigests(root).reasons() == dict.fromkeys(
        (A, B), "channel sandbox or its rollback names it (the work tree)"
    )


def test_a_promotion_record_on_a_branch_that_is_not_checked_out_is_needed(root):
    committed(root, "offer", {"promotions/tiny/one-1/record.json": f'{{"adapter_sha256":"{A}"}}'})
    found = NeededDigests(root).reasons()
    assert found == {A: "promotion tiny/one-1 names it (refs/heads/offer)"}


def test_a_channel_on_a_remote_tracking_branch_is_needed(root, tmp_path_factory):
    committed(root, "live", {"promotions/channels/production.yaml": f"adapter: {A}\n"})
    clone = tmp_path_factory.mktemp("clone") / "clone"
    git(root, "clone", "--quiet", str(root), str(clone))
    assert NeededDigests(clone).reasons() == {
        A: "channel production or its rollback names it (refs/remotes/origin/live)"
    }


def test_every_version_of_a_channel_counts(root):
    write(root, "promotions/channels/sandbox.yaml", f"adapter: {A}\n")
    committed(root, "next", {"promotions/channels/sandbox.yaml": f"adapter: {B}\n"})
    assert set(NeededDigests(root).reasons()) == {B}  # the switch back took the file away
    write(root, "promotions/channels/sandbox.yaml", f"adapter: {A}\n")
    assert set(NeededDigests(root).reasons()) == {A, B}


def test_a_run_that_is_not_over_needs_its_adapter_and_one_that_is_over_does_not(root):
    workshop = a_workshop(root, exam=EXAM, skill=SKILL)
    workshop.steps(2)
    adapter = workshop.entries()[-1].facts["adapter"]
    assert NeededDigests(root).reasons()[adapter] == "run tiny is not over: expand (the work tree)"
    workshop.stepper().go()
    assert workshop.events()[-1] == "refused"
    assert adapter not in NeededDigests(root).reasons()


def test_a_run_that_is_over_here_and_not_elsewhere_is_still_needed(root):
    workshop = a_workshop(root, exam=EXAM, skill=SKILL)
    workshop.steps(2)
    git(root, "branch", "behind")
    workshop.stepper().go()
    adapter = workshop.entries()[2].facts["adapter"]
    assert (
        NeededDigests(root).reasons()[adapter] == "run tiny is not over: expand (refs/heads/behind)"
    )


def test_a_ledger_that_was_altered_stops_the_collection_with_its_place(root):
    workshop = a_workshop(root, exam=EXAM, skill=SKILL)
    workshop.steps(1)
    git(root, "branch", "good")
    ledger = workshop.folder / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"iteration":1', b'"iteration":2'))
    with pytest.raises(BrokenRecordError, match=r"work tree: runs/tiny/ledger.jsonl:2: field sha2"):
        NeededDigests(root).reasons()


def test_a_folder_without_git_and_without_promotions_needs_nothing(tmp_path):
    assert NeededDigests(tmp_path).reasons() == {}
