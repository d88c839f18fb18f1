"""`modelsmith audit` as somebody runs it: exit codes, text, JSON, words."""

import json
import shutil
import subprocess

import pytest

from modelsmith.audit.findings import RULES
from modelsmith.cli import main
from tests.support.runs import a_workshop, an_exam, git_repository

SMALL = {"train": 6, "steer": 3, "sealed": 3}
PERSON = ("-c", "user.name=Some\x1b[31mbody", "-c", "user.email=somebody@example.com")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("finished") / "factory"
    a_workshop(root, exam=an_exam(SMALL)).steps(1)
    return root


@pytest.fixture
def root(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "factory")


def said(capsys, *words):
    code = main([str(word) for word in words])
    return code, capsys.readouterr()


def broken(root):
    (root / "runs/tiny/001-eval/report.md").write_text("# all passed\n")
    subprocess.run(["git", *PERSON, "commit", "-qam", "Tidy up"], cwd=root, check=True)


def test_a_clean_repository_gives_0_and_says_what_was_checked(root, capsys):
    code, printed = said(capsys, "--repo", root, "audit")
    assert (code, printed.err) == (0, "")
    first, *_, verdict, hint = printed.out.splitlines()
    assert first.startswith("audited HEAD at ")
    assert first.endswith(
        "3 commits, 1 run, 2 ledger entries, 17 evidence files, 1 decision, 0 promotions"
    )
    assert "  2 entry commits not signed" in printed.out.splitlines()
    assert verdict == "clean: the records are what they say"
    assert hint.startswith("next time, see that nothing is lost: modelsmith audit --against ")


def test_the_hint_can_be_followed(root, capsys):
    words = said(capsys, "--repo", root, "audit")[1].out.splitlines()[-1].split()[-2:]
    assert said(capsys, "--repo", root, "audit", *words)[0] == 0


def test_broken_integrity_gives_4_with_place_and_remedy(root, capsys):
    broken(root)
    code, printed = said(capsys, "--repo", root, "audit")
    assert code == 4
    lines = printed.out.splitlines()
    assert any(
        line.startswith("error: append-only: ")
        and line.endswith(
            " runs/tiny/001-eval/report.md entry 1: the file was edited by "
            "Some\\u001b[31mbody <somebody@example.com>"
        )
        for line in lines
    )
    assert f"fix append-only: {RULES['append-only'].remedy}" in lines
    assert "2 errors" in lines


def test_json_holds_counts_findings_and_remedies(root, capsys):
    broken(root)
    code, printed = said(capsys, "--repo", root, "audit", "--format", "json")
    told = json.loads(printed.out)
    assert (code, told["clean"], told["checked"]["entries"]) == (4, False, 2)
    assert [found["rule"] for found in told["findings"]] == ["append-only", "replay"]
    assert told["findings"][0]["remedy"] == RULES["append-only"].remedy


def test_an_empty_repository_says_so(tmp_path, capsys):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    code, printed = said(capsys, "--repo", tmp_path, "audit")
    assert (code, printed.out) == (0, "there is no commit yet, so there is nothing to audit\n")


def test_a_repository_without_runs_says_so(tmp_path, capsys):
    git_repository(tmp_path)
    code, printed = said(capsys, "--repo", tmp_path, "audit")
    assert code == 0
    assert "nothing is recorded here yet: no run has started, nothing was promoted" in printed.out


def test_no_repository_gives_3_and_an_unknown_revision_2(tmp_path, root, capsys):
    assert said(capsys, "--repo", tmp_path, "audit")[0] == 3
    code, printed = said(capsys, "--repo", root, "audit", "--revision", "nowhere")
    assert code == 2
    assert "nowhere names no commit of this repository" in printed.err
    assert said(capsys, "--repo", root, "audit", "--format", "xml")[0] == 2


def test_signatures_can_be_required(root, capsys):
    code, printed = said(capsys, "--repo", root, "audit", "--require-signatures")
    assert code == 4
    assert printed.out.count("error: signature: ") == 2


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_can_be_explained(rule, tmp_path, capsys):
    code, printed = said(capsys, "--repo", tmp_path, "audit", "--explain", rule)
    assert code == 0
    told = " ".join(printed.out.split())
    assert all(" ".join(part.split()) in told for part in RULES[rule])


def test_help_says_the_exit_codes(capsys):
    code, printed = said(capsys, "audit", "--help")
    assert code == 0
    assert "Exit code 0: clean. 4: something is not what it says." in " ".join(printed.out.split())


def test_lineage_is_shown_in_each_format(root, capsys):
    for form, opening in (
        ("text", "run: run tiny\n"),
        ("json", "{"),
        ("mermaid", "flowchart LR\n"),
    ):
        code, printed = said(capsys, "--repo", root, "audit", "lineage", "tiny", "--format", form)
        assert (code, printed.err) == (0, "")
        assert printed.out.startswith(opening)


def test_lineage_of_nothing_gives_2_and_of_a_broken_run_4(root, capsys):
    assert said(capsys, "--repo", root, "audit", "lineage", "nothing")[0] == 2
    ledger = root / "runs/tiny/ledger.jsonl"
    shutil.copytree(root / "runs/tiny", root / "runs/other")
    ledger.write_bytes(ledger.read_bytes().replace(b"started", b"Started"))
    subprocess.run(["git", *PERSON, "add", "runs"], cwd=root, check=True)
    subprocess.run(["git", *PERSON, "commit", "-qm", "Break it"], cwd=root, check=True)
    code, printed = said(capsys, "--repo", root, "audit", "lineage", "other")
    assert code == 4
    assert "LEFT OUT: run tiny: runs/tiny/ledger.jsonl:1: field sha256 says " in printed.out


def test_an_option_that_lineage_would_not_see_is_refused(root, capsys):
    words = ("--repo", root, "audit", "--revision", "HEAD~1", "lineage", "tiny")
    code, printed = said(capsys, *words)
    assert code == 2
    assert "--revision stands before lineage; put it behind" in printed.err
    moved = ("--repo", root, "audit", "lineage", "tiny", "--revision", "HEAD~1")
    assert said(capsys, *moved)[0] == 0
