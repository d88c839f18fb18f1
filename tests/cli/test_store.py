"""`modelsmith store` as an operator types it, each command twice."""

import json
import os
import shutil
import subprocess

import pytest

from modelsmith.cli import main
from tests.support.killed_run import EXAM, SKILL
from tests.support.repositories import CLUSTERS, a_repository
from tests.support.runs import a_workshop, files_in


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = a_repository(tmp_path_factory.mktemp("trained") / "repo", exam=EXAM)
    a_workshop(root, exam=EXAM, skill=SKILL).steps(2)
    return root


@pytest.fixture
def repo(trained, tmp_path):
    """Return a repository with a run that trained one adapter and is not over."""
    return shutil.copytree(trained, tmp_path / "repo")


@pytest.fixture
def url(tmp_path, repo):
    found = f"file://{tmp_path}/remote"
    subprocess.run(["git", "config", "modelsmith.store", found], cwd=repo, check=True)
    return found


def store(repo, *words):
    return main(["--repo", str(repo), "store", *words])


def adapter_of(repo):
    return a_workshop(repo, exam=EXAM, skill=SKILL).entries()[-1].facts["adapter"]


def test_a_runs_adapters_are_pushed_and_fetched_elsewhere(repo, url, tmp_path, capsys):
    adapter = adapter_of(repo)
    for sent in (3, 0):
        assert store(repo, "push", "--run", "tiny", "--quiet") == 0
        assert capsys.readouterr().out == f"pushed {adapter}: {sent} files sent\n"
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(repo), str(other)], check=True)
    subprocess.run(["git", "config", "modelsmith.store", url], cwd=other, check=True)
    a_repository(other)
    folder = other / ".modelsmith" / "store" / "folders" / adapter
    for _ in range(2):
        assert store(other, "fetch", "--run", "tiny", "--quiet") == 0
        assert capsys.readouterr().out == f"fetched {adapter}: {folder}\n"
    assert set(files_in(folder)) == {"adapter_config.json", "adapter_model.safetensors"}
    assert store(other, "fetch", adapter, "--quiet", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"fetched": {adapter: str(folder)}}


def test_without_a_name_all_that_is_here_is_pushed(repo, url, capsys):
    assert store(repo, "push", "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out) == {"pushed": {adapter_of(repo): 3}}


def test_a_push_shows_how_far_it_is(repo, url, capsys):
    assert store(repo, "push") == 0
    assert "push" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fetch",), "neither a digest nor a run was named"),
        (("push", "a" * 64, "--run", "tiny"), "both a digest and a run were named"),
        (("push", "--run", "nowhere"), "runs/nowhere/run.yaml is not there"),
    ],
)
def test_words_that_do_not_fit_are_usage_errors(repo, url, capsys, words, said):
    assert store(repo, *words) == 2
    assert f"error: {said}" in capsys.readouterr().err


def test_without_a_remote_store_a_push_says_how_to_name_one(repo, capsys):
    assert store(repo, "push") == 3
    assert "error: no remote store is configured\n  Name one: " in capsys.readouterr().err


def test_a_url_that_is_not_known_is_bad_input(repo, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_STORE", "ftp://host")
    assert store(repo, "push") == 3
    assert "error: the store 'ftp://host' is no URL that is known" in capsys.readouterr().err


def test_the_environment_goes_before_git_and_git_before_the_clusters(
    repo, tmp_path, capsys, monkeypatch
):
    def pushed_to(name):
        assert store(repo, "push", "--quiet") == 0
        return (tmp_path / name / "sha256").is_dir()

    file = repo / "runners/clusters.yaml"
    file.write_text(CLUSTERS.replace("memoryGib: 8", f"memoryGib: 8, store: file://{tmp_path}/c"))
    assert pushed_to("c")
    subprocess.run(
        ["git", "config", "modelsmith.store", f"file://{tmp_path}/g"], cwd=repo, check=True
    )
    assert pushed_to("g")
    monkeypatch.setenv("MODELSMITH_STORE", f"file://{tmp_path}/e")
    assert pushed_to("e")
    monkeypatch.setenv("MODELSMITH_STORE", "none")
    assert store(repo, "push", "--quiet") == 3


def test_clusters_with_several_stores_ask_for_a_choice_and_a_run_makes_it(repo, tmp_path, capsys):
    text = CLUSTERS.replace("memoryGib: 8", f"memoryGib: 8, store: file://{tmp_path}/one")
    text = text.replace("memoryGib: 24", f"memoryGib: 24, store: file://{tmp_path}/two")
    (repo / "runners/clusters.yaml").write_text(text)
    assert store(repo, "push", "--quiet") == 2
    assert "runners/clusters.yaml names 2 stores: file://" in capsys.readouterr().err
    assert store(repo, "push", "--run", "tiny", "--quiet") == 0
    assert (tmp_path / "one").is_dir()
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("url", ["ftp://host/x", "s3:bucket", "file:// /x"])
def test_a_cluster_names_only_stores_that_are_known(repo, url, capsys):
    file = repo / "runners/clusters.yaml"
    file.write_text(CLUSTERS.replace("memoryGib: 8", f"memoryGib: 8, store: '{url}'"))
    assert store(repo, "push") == 3
    assert "runners/clusters.yaml:2:" in capsys.readouterr().err


# Verify


@pytest.mark.parametrize("place", ["local", "remote"])
def test_verify_reads_every_byte_and_names_what_is_altered_or_missing(
    repo, url, tmp_path, capsys, place
):
    store(repo, "push", "--quiet")
    folder = repo / ".modelsmith/store/sha256" if place == "local" else tmp_path / "remote/sha256"
    words = ["verify", *(["--remote"] if place == "remote" else [])]
    capsys.readouterr()
    for _ in range(2):
        assert store(repo, *words) == 0
        assert capsys.readouterr().out == "3 objects, all intact\n"
    weights, config = sorted(
        (path for path in folder.iterdir() if path.name != adapter_of(repo)),
        key=lambda path: path.stat().st_size,
    )
    weights.chmod(0o644)
    weights.write_bytes(b"altered")
    config.unlink()
    assert store(repo, *words) == 4
    said = capsys.readouterr().out
    assert f"{weights.name} has sha256 " in said
    assert f"folder {adapter_of(repo)} lacks adapter_" in said
    assert store(repo, *words, "--json") == 4
    assert len(json.loads(capsys.readouterr().out)["faults"]) == 2


# Collection


def aged(folder):
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))


def test_gc_keeps_what_a_run_needs_and_removes_the_rest_having_listed_it(repo, capsys):
    shelf = repo / ".modelsmith" / "store"
    lost = repo / "lost"
    lost.mkdir()
    (lost / "weights.safetensors").write_bytes(b"of a run that is over")
    digest = a_workshop(repo, exam=EXAM).tools.store.put(lost)
    aged(shelf / "sha256")
    before = files_in(shelf)
    assert store(repo, "gc", "--dry-run") == 0
    assert files_in(shelf) == before
    said = capsys.readouterr().out
    assert f"keep {adapter_of(repo)} " in said
    assert ": run tiny is not over: expand (the work tree)\n" in said
    assert f"would remove {digest} (" in said
    assert "would remove 2 of 5 objects, " in said
    assert store(repo, "gc") == 0
    assert f"remove {digest} (" in capsys.readouterr().out
    assert store(repo, "gc", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [ruling["is_kept"] for ruling in found["rulings"]] == [True] * 3
    assert store(repo, "verify") == 0


def test_gc_keeps_what_is_young_and_says_so(repo, capsys):
    lost = repo / "lost"
    lost.mkdir()
    (lost / "weights.safetensors").write_bytes(b"young")
    a_workshop(repo, exam=EXAM).tools.store.put(lost)
    assert store(repo, "gc") == 0
    assert "stored 0.0 days ago, 14 are given" in capsys.readouterr().out
    assert store(repo, "gc", "--grace-days", "0") == 0
    assert "remove 2 of 5 objects, " in capsys.readouterr().out


def test_gc_of_an_empty_store_removes_nothing(tmp_path, capsys):
    repo = a_repository(tmp_path)
    assert store(repo, "gc") == 0
    assert capsys.readouterr().out == "remove 0 of 0 objects, 0 bytes (local)\n"


def test_gc_with_an_altered_ledger_or_manifest_removes_nothing(repo, capsys):
    shelf = repo / ".modelsmith" / "store"
    aged(shelf / "sha256")
    manifest = shelf / "sha256" / adapter_of(repo)
    before = manifest.read_bytes()
    manifest.chmod(0o644)
    manifest.write_bytes(before + b" ")
    assert store(repo, "gc") == 4
    assert "; nothing was removed\n" in capsys.readouterr().err
    manifest.write_bytes(before)
    ledger = repo / "runs/tiny/ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"iteration":1', b'"iteration":2', 1))
    count = len(files_in(shelf))
    assert store(repo, "gc") == 4
    assert "runs/tiny/ledger.jsonl:2: field sha256" in capsys.readouterr().err
    assert len(files_in(shelf)) == count


def test_gc_of_the_remote_store_collects_there_alone(repo, url, tmp_path, capsys):
    lost = repo / "lost"
    lost.mkdir()
    (lost / "weights.safetensors").write_bytes(b"of a run that is over")
    a_workshop(repo, exam=EXAM).tools.store.put(lost)
    store(repo, "push", "--quiet")
    aged(tmp_path / "remote")
    aged(repo / ".modelsmith/store/sha256")
    assert store(repo, "gc", "--remote") == 0
    assert "remove 2 of 5 objects, " in capsys.readouterr().out
    assert len(files_in(tmp_path / "remote")) == 3
    assert len(files_in(repo / ".modelsmith/store/sha256")) == 5


def test_gc_of_the_remote_store_fetches_what_others_pushed_first(repo, url, tmp_path, capsys):
    """Another clone pushed the ledger that needs the adapter; this one has never seen it."""
    store(repo, "push", "--quiet")
    aged(tmp_path / "remote")
    upstream, clone = tmp_path / "upstream.git", tmp_path / "clone"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(upstream)], check=True)
    begin = subprocess.run(
        ["git", "rev-list", "--max-parents=0", "HEAD"],
        cwd=repo, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    push = ["git", "push", "-q", str(upstream)]
    subprocess.run([*push, f"{begin}:refs/heads/main"], cwd=repo, check=True)
    subprocess.run(["git", "clone", "-q", str(upstream), str(clone)], check=True)
    subprocess.run([*push, "HEAD:refs/heads/elsewhere"], cwd=repo, check=True)
    subprocess.run(["git", "config", "modelsmith.store", url], cwd=clone, check=True)
    assert store(clone, "gc", "--remote") == 0
    said = capsys.readouterr().out
    assert "run tiny is not over: expand (refs/remotes/origin/elsewhere)" in said
    assert "remove 0 of 3 objects, " in said
    upstream.rename(tmp_path / "away.git")
    assert store(clone, "gc", "--remote", "--grace-days", "0") == 5
    assert "git ls-remote did not reach origin" in capsys.readouterr().err
    assert len(files_in(tmp_path / "remote")) == 3


def test_part_of_a_digest_is_a_usage_error(repo, capsys):
    for command in ("push", "fetch"):
        assert store(repo, command, "abc1234") == 2
        said = capsys.readouterr().err
        assert said.startswith("error: 'abc1234' is no digest: a sha256 has 64 digits of 0-9 and a")
        assert "`modelsmith store gc --dry-run` lists what is stored here" in said
