"""`modelsmith init`: from an empty folder to a factory that is checked, started and examined."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY, Role
from modelsmith.setup.files.new_repository import FactoryFolder
from modelsmith.setup.files.repository_state import policy_of
from tests.support.exam_files import write
from tests.support.models import ROOT
from tests.support.repositories import model_folder

SOURCE = Path(__file__).parents[2] / "modelsmith" / "templates"


@pytest.fixture
def folder(tmp_path):
    return made(tmp_path / "factory")


def made(place):
    """Return a repository that a forge has just made, where git knows somebody."""
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch", "main")
    git(place, "config", "user.name", "Mona")
    git(place, "config", "user.email", "mona@example.com")
    return place


@pytest.fixture
def run(capsys):
    def call(*words):
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def git(place, *words):
    return subprocess.run(
        ["git", *words], cwd=place, check=True, capture_output=True, text=True
    ).stdout


def times(folder):
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if ".git/" not in str(file)}


def test_a_new_factory_is_checked_started_and_in_order(run, folder):
    code, out, err = run("init", folder, "--domain", "pumps")
    assert (code, err) == (0, "")
    assert f"{folder}/benchmarks: 8 files written\n" in out
    assert out.endswith(
        "committed; next:\n"
        f"  cd {folder}\n"
        "  modelsmith scenario check\n"
        "  modelsmith run new first && modelsmith run go first\n"
        "  modelsmith doctor\n"
    )
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "log", "--format=%an %s") == "Mona Begin a factory for specialist models\n"

    code, out, err = run("--repo", folder, "scenario", "check", "--strict")
    assert (code, err) == (0, "")
    assert "note: the promotion gate would refuse this exam: 1 sealed scenarios of at leas" in out
    assert out.endswith("8 files checked: 0 errors, 0 warnings, 1 note\n")
    assert run("--repo", folder, "schema", "check")[0] == 0

    assert run("--repo", folder, "run", "new", "first")[0] == 0
    config = folder / "runs/first/run.yaml"
    text = config.read_text(encoding="utf-8")
    text = re.sub(r"\n  name: smollm2.*\n(  #.*\n)*", "\n  name: tiny\n  path: tiny\n", text)
    config.write_text(text, encoding="utf-8")
    model_folder(folder)
    code, out, err = run("--repo", folder, "run", "start", "first")
    assert (code, err) == (0, "")
    assert out.startswith("run first: eval, round 0 of 3")

    code, out, err = run("--repo", folder, "doctor")
    assert (code, err) == (0, "")
    assert re.search(r"\n0 gaps, 0 unknown, \d+ notes, \d+ in order\n$", out)
    assert "OK      domain-owner (channel sandbox, channel production): mona@example.com\n" in out
    seen = json.loads(run("--repo", folder, "doctor", "--json")[1])
    assert (seen["forge"], seen["acted_as"]) == ("local", "mona@example.com")
    assert {one["state"] for one in seen["observations"]} == {"ok", "note"}


def test_a_second_time_changes_nothing(run, folder):
    run("init", folder)
    before, head = times(folder), git(folder, "rev-parse", "HEAD")
    for words in ((), ("--domain", "other"), ("--forge", "github", "--owner", "octo/cats")):
        assert run("init", folder, *words) == (
            0,
            f"{folder}: nothing to write, it is a factory\n",
            "",
        )
    assert (times(folder), git(folder, "rev-parse", "HEAD")) == (before, head)


def test_what_is_missing_is_written_again_and_what_is_there_stays(run, folder):
    run("init", folder)
    (folder / ".github/workflows/watch.yml").unlink()
    write(folder, "README.md", "Ours.\n")
    code, out, _ = run("init", folder)
    assert (code, out.splitlines()[:2]) == (
        0,
        [f"{folder}/.github: 1 file written", "review and commit them; next:"],
    )
    assert (folder / "README.md").read_text(encoding="utf-8") == "Ours.\n"


def test_what_a_kill_left_unfinished_is_finished_the_second_time(run, folder):
    run("init", folder, "--domain", "pumps")
    whole = {path: path.read_bytes() for path in times(folder) if path.is_file()}
    shutil.rmtree(folder / ".git")
    kept = folder / POLICY
    for path in whole:
        if path != kept and "families" not in path.parts:
            path.unlink()
    git(folder, "init", "--quiet")
    git(folder, "config", "user.name", "Mona")
    git(folder, "config", "user.email", "mona@example.com")
    code, out, _ = run("init", folder, "--domain", "pumps")
    assert (code, "committed; next:\n" in out) == (0, True)
    assert set(whole) == {path for path in times(folder) if path.is_file()}
    assert run("--repo", folder, "scenario", "check", "--strict")[0] == 0
    shutil.rmtree(folder / ".git" / "refs" / "heads")
    (folder / ".git/refs/heads").mkdir()
    assert "committed; next:\n" in run("init", folder)[1]


def test_nothing_is_written_through_a_link(run, folder, tmp_path):
    write(folder, POLICY, "# ours\n")
    (tmp_path / "elsewhere").mkdir()
    (folder / "runners").symlink_to(tmp_path / "elsewhere")
    code, _, err = run("init", folder)
    assert (code, err) == (
        3,
        (
            "error: runners/README.md would be written through a link\n"
            "  Replace the link by a folder of the repository.\n"
        ),
    )
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_files_that_decide_are_written_first_and_last(folder):
    files = {f"benchmarks/a/{name}": b"" for name in ("benchmark.yaml", "train/A.yaml")}
    files |= {"runners/box/start": b"#!/bin/sh\n", ".gitignore": b"", POLICY: b""}
    written = FactoryFolder(folder).write(files)
    assert (written[0], written[-1]) == (POLICY, "benchmarks/a/benchmark.yaml")
    assert os.access(folder / "runners/box/start", os.X_OK)
    assert not os.access(folder / ".gitignore", os.X_OK)


def test_the_example_exam_is_not_put_beside_another(run, folder):
    run("init", folder, "--domain", "pumps")
    git(folder, "mv", "benchmarks/pumps", "benchmarks/valves")
    file = folder / "benchmarks/valves/benchmark.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("domain: pumps", "domain: valves"))
    _, out, _ = run("init", folder)
    assert f"{folder}/schemas: 1 file written\n" in out
    assert [path.name for path in (folder / "benchmarks").iterdir()] == ["valves"]


def test_a_repository_that_a_forge_just_made_keeps_its_files(run, folder):
    write(folder, "README.md", "# Ours\n")
    write(folder, "LICENSE", "Ours.\n")
    assert run("init", folder)[0] == 0
    assert (folder / "README.md").read_text(encoding="utf-8") == "# Ours\n"


def test_a_folder_with_something_else_in_it_is_refused(run, tmp_path):
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        write(tmp_path, f"full/{name}", "x")
    code, out, err = run("init", tmp_path / "full")
    assert (code, out) == (2, "")
    assert err == (
        f"error: {tmp_path}/full is not empty and no factory: "
        "it holds a.txt, b.txt, c.txt and more\n"
        "  Name an empty folder, a new one, or a repository that a forge just made.\n"
    )
    assert len(list((tmp_path / "full").iterdir())) == 4


def test_a_file_is_refused(run, tmp_path):
    file = write(tmp_path, "file", "x")
    assert run("init", file) == (2, "", f"error: {file} is a file\n  Name a folder.\n")


OWNER = "Name with --owner who owns the files and holds the roles; change it later."


@pytest.mark.parametrize(
    ("words", "what", "remedy"),
    [
        (
            ("--domain", "../up"),
            "--domain is '../up', which cannot be a benchmark's name",
            "Lower-case letters, digits and hyphens, a letter first: it names a folder.",
        ),
        (("--owner", "mona"), "--owner is 'mona', the local forge needs an address", OWNER),
        (
            ("--forge", "github"),
            "--owner is 'mona@example.com', the github forge needs a login or organisation/team",
            OWNER,
        ),
    ],
)
def test_words_that_cannot_be_are_refused_before_anything_is_written(
    run, folder, words, what, remedy
):
    assert run("init", folder, *words) == (2, "", f"error: {what}\n  {remedy}\n")
    assert [path.name for path in folder.iterdir()] == [".git"]


@pytest.mark.parametrize(
    ("owner", "held"),
    [("octocat", {"logins": ("octocat",)}), ("octo/cats", {"teams": ("octo/cats",)})],
)
def test_on_github_a_login_or_a_team_holds_every_role(run, folder, owner, held):
    assert run("init", folder, "--forge", "github", "--owner", owner)[0] == 0
    found = policy_of(folder)
    assert set(found.roles) == set(Role)
    for holders in found.roles.values():
        assert holders.model_dump(exclude_defaults=True) == held
    assert (found.branch.approvals, found.branch.checks) == (1, ("all-green",))
    owners = (folder / ".github/CODEOWNERS").read_text(encoding="utf-8")
    assert owners.count(f" @{owner}\n") == 5
    assert git(folder, "config", "modelsmith.forge") == "github\n"


def test_on_github_the_next_commands_push_it_there(run, folder):
    _, out, _ = run("init", folder, "--forge", "github", "--owner", "octocat")
    assert out.endswith("  gh repo create --private --source . --push\n  modelsmith doctor\n")


def test_no_place_of_this_machine_is_committed(run, folder):
    code, out, _ = run("init", folder)
    assert code == 0
    source = (folder / "modelsmith.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert str(ROOT) not in source
    assert ("make install MODELSMITH=" in out) is source.startswith("modelsmith-factory==")
    assert "make install MODELSMITH=" not in run("init", folder)[1]


def test_two_factories_have_two_canaries(run, tmp_path):
    found = []
    for place in (made(tmp_path / "one"), made(tmp_path / "two")):
        run("init", place)
        sealed = next((place / "benchmarks/example/sealed").iterdir()).read_text(encoding="utf-8")
        found.append(re.search(r"canary GUID (\S+)", sealed)[1])
        assert uuid.UUID(found[-1]).version == 4
    assert found[0] != found[1]


def test_nobody_begins_a_factory_without_a_name(tmp_path):
    words = [sys.executable, "-m", "modelsmith", "init", str(tmp_path / "factory")]
    plain = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=plain, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "error: git knows no user.email\n  `git config --global user.name"
    )
    assert not (tmp_path / "factory").exists()


def test_this_repository_and_a_new_one_have_one_source(run, folder):
    run("init", folder)
    for path in git(folder, "ls-files", ".github/workflows", ".github/actions", "runners").split():
        assert (folder / path).read_bytes() == (ROOT / path).read_bytes()
    pinned = r"pip install --quiet (torch==\S+)"
    texts = [(place / "Makefile").read_text(encoding="utf-8") for place in (folder, ROOT)]
    assert re.search(pinned, texts[0])[1] == re.search(pinned, texts[1])[1]


def test_the_built_package_carries_every_template():
    from setuptools import Distribution

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built = Distribution().get_command_obj("build_py")
    built.package_data = project["tool"]["setuptools"]["package-data"]
    built.exclude_package_data, built.manifest_files = {}, {}
    carried = {
        Path(file).relative_to(SOURCE).as_posix()
        for file in built.find_data_files("modelsmith", str(SOURCE.parent))
        if Path(file).is_relative_to(SOURCE) and Path(file).is_file()
    }
    assert {
        "github/workflows/iterate.yml",
        "github/actions/modelsmith/action.yml",
        "runners/clusters.yaml",
        "factory/benchmark/sealed/PUMP_STRAINER_CLOGS.yaml",
        "factory/gitignore",
        "requirements.txt",
    } <= carried
