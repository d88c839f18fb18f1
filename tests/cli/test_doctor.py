"""`modelsmith doctor` on plain git, as an operator types it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY
from modelsmith.wiring.setup import begin_factory


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    place = tmp_path_factory.mktemp("fresh")
    for words in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("config", "user.name", "Mona"),
        ("config", "user.email", "mona@example.com"),
    ):
        subprocess.run(["git", *words], cwd=place, check=True)
    begin_factory(place, "pumps", "local", None)
    return place


@pytest.fixture
def factory(fresh, tmp_path):
    return Path(shutil.copytree(fresh, tmp_path / "factory", symlinks=True))


@pytest.fixture
def doctor(factory, capsys):
    def call(*words):
        code = main(["--repo", str(factory), "doctor", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def edited(factory, path, old, new):
    text = (factory / path).read_text(encoding="utf-8")
    assert old in text
    (factory / path).write_text(text.replace(old, new), encoding="utf-8")


def test_twice_is_the_same_and_changes_nothing(factory, doctor):
    assert doctor() == doctor()
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=factory, check=True, capture_output=True
    )
    assert changed.stdout == b""


def test_a_gap_is_told_first_with_what_closes_it_and_ends_with_1(factory, doctor):
    (factory / ".github/CODEOWNERS").unlink()
    edited(factory, "runners/clusters.yaml", "memoryGib: 8", "memoryGib: 0")
    code, out, err = doctor()
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == "doctor: the local forge, asked as mona@example.com"
    assert lines[1] == "GAP     there is no CODEOWNERS"
    assert lines[4].startswith("        fix: write .github/CODEOWNERS (https://docs.github.com/")
    assert lines[5] == (
        "GAP     runners/clusters.yaml cannot be used: runners/clusters.yaml:8:16: error: "
        "clusters[0].memoryGib is `0`; expected more than 0; fix: change the figure"
    )
    assert lines[-1].startswith("2 gaps, 0 unknown, ")


def test_what_git_refuses_on_origin_is_seen(factory, doctor, tmp_path):
    upstream = tmp_path / "upstream.git"
    subprocess.run(["git", "clone", "-q", "--bare", factory, upstream], check=True)
    subprocess.run(["git", "remote", "add", "origin", upstream], cwd=factory, check=True)
    assert "NOTE    plain git does not ask on main: nobody rewrites history\n" in doctor()[1]
    for name in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        subprocess.run(["git", "config", name, "true"], cwd=upstream, check=True)
    code, out, _ = doctor()
    assert code == 0
    assert "OK      main: nobody rewrites history\nOK      main: nobody deletes it\n" in out


def test_a_policy_that_cannot_be_used_ends_with_3(factory, doctor):
    edited(factory, POLICY, "approvals: 0", "approvals: none")
    assert doctor() == (
        3,
        "",
        (
            f"error: {POLICY} cannot be used:\n"
            f"  {POLICY}:34:14: error: branch.approvals is `none`; expected a whole number; "
            "fix: write a figure, without quotes and without its unit\n"
            "  Correct the file and run the command again.\n"
        ),
    )


def test_without_a_policy_there_is_nothing_to_compare_with(factory, doctor):
    (factory / POLICY).unlink()
    assert doctor() == (
        3,
        "",
        (
            f"error: {POLICY} is not there\n"
            "  `modelsmith init .` writes one, and changes no file that is there.\n"
        ),
    )
    assert main(["init", str(factory)]) == 0
    assert (factory / POLICY).exists()


def test_the_ruleset_is_json_for_gh(factory, doctor):
    edited(factory, POLICY, "checks: []", "checks: [all-green]")
    code, out, _ = doctor("--ruleset")
    assert code == 0
    kinds = [rule["type"] for rule in json.loads(out)["rules"]]
    assert kinds == ["deletion", "non_fast_forward", "pull_request", "required_status_checks"]


def test_in_ci_the_page_of_the_job_has_it_and_no_identity_is_asked_for(
    factory, doctor, monkeypatch, tmp_path
):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    subprocess.run(["git", "config", "--unset", "user.name"], cwd=factory, check=True)
    assert doctor()[0] == 0
    assert page.read_text(encoding="utf-8").startswith("## Doctor: 0 gaps, 0 unknown, ")


def test_on_a_laptop_an_identity_is_asked_for(factory, doctor):
    subprocess.run(["git", "config", "user.name", ""], cwd=factory, check=True)
    code, out, _ = doctor()
    assert code == 1
    assert "GAP     git knows no user.name\n" in out
    assert "        fix: git config user.name '...'\n" in out
