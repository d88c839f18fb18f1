"""What the model that is there makes of scenarios that people propose."""

import json
import os

import pytest

from modelsmith.cli import main
from modelsmith.exam.scenario import OutcomeType
from modelsmith.wiring.precheck import precheck
from modelsmith.workbench.precheck_page import as_markdown, as_text
from tests.support.clones import git
from tests.support.exam_files import write
from tests.support.families import asked
from tests.support.repositories import a_repository, scenario_file
from tests.support.runs import an_exam
from tests.support.scripted_modelsmith import ScriptedFactory, stepped

EXAM = an_exam({"train": 2, "steer": 2, "sealed": 2})
NEW = asked("FRIDAY_DESK", OutcomeType.TP, "PACING", "Friday desk: nobody sees why.", first=900)
ODD = NEW.model_copy(update={"id": "ODD_DESK", "pass_criteria": NEW.pass_criteria[:1]})
TRAIN = "benchmarks/adtech/train"
SEALED = "benchmarks/adtech/sealed"


class Learns(ScriptedFactory):
    is_timeless = True


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a clone whose run has trained once, with a branch that proposes scenarios."""
    base = tmp_path_factory.mktemp("precheck")
    first = a_repository(base / "first", exam=EXAM)
    (first / ".gitignore").write_text(".modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "Begin")
    git(base, "clone", "-q", "--bare", str(first), "upstream.git")
    git(base, "clone", "-q", str(base / "upstream.git"), "clone")
    for _ in range(3):
        assert stepped(base / "clone", "tiny", Learns) == 0
    git(base / "clone", "switch", "-q", "-c", "proposed", "origin/main")
    write(base / "clone", f"{TRAIN}/{NEW.id}.yaml", scenario_file(EXAM, NEW, "train"))
    write(base / "clone", f"{TRAIN}/BROKEN_DESK.yaml", "id: [")
    write(base / "clone", f"{SEALED}/FRIDAY_SEALED.yaml", scenario_file(
        EXAM, NEW.model_copy(update={"id": "FRIDAY_SEALED"}), "sealed"
    ))  # fmt: skip
    git(base / "clone", "add", "-A")
    git(base / "clone", "commit", "-q", "-m", "Ask about Fridays")
    git(base / "clone", "push", "-q", "origin", "proposed")
    os.environ["MODELSMITH_FORGE"] = "local"
    assert main(["--repo", str(base / "clone"), "pull", "open", "proposed"]) == 0
    del os.environ["MODELSMITH_FORGE"]
    git(base / "clone", "switch", "-q", "--detach", "origin/main")
    return base / "clone"


def run_precheck(clone, **how):
    how = {"is_base": False, "pull": None, "chosen": lambda path: TRAIN in path} | how
    return precheck(Learns(clone, quiet=True), "tiny", **how)


def test_the_newest_adapter_is_asked_what_a_pull_request_changes(clone, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    before = git(clone, "for-each-ref"), git(clone, "status", "--porcelain")
    found = run_precheck(clone, pull=1)
    assert [one.path for one in found.asked] == [f"{TRAIN}/FRIDAY_DESK.yaml"]
    assert found.asked[0].verdict.passed
    lines = as_text(found).splitlines()
    assert lines[0] == f"passes  {TRAIN}/FRIDAY_DESK.yaml"
    assert lines[1] == f"not asked: {SEALED}/FRIDAY_SEALED.yaml is sealed, only a promotion looks"
    assert lines[2].startswith(f"not asked: {TRAIN}/BROKEN_DESK.yaml cannot be read, ")
    assert lines[3].startswith(
        f"the newest adapter of run tiny ({found.adapter[:12]}) passes 1 of 1"
    )
    assert lines[3].endswith("what it passes already teaches it nothing")
    assert "VERDICT: pacing-throttle" in as_markdown(found)
    assert run_precheck(clone, pull=1) == found
    assert (git(clone, "for-each-ref"), git(clone, "status", "--porcelain")) == before


def test_the_untouched_base_model_fails_first_somewhere(clone):
    found = run_precheck(clone, is_base=True)
    assert found.adapter is None
    assert len(found.asked) == 2
    text = as_text(found)
    assert f"fails   {TRAIN}/TRAIN_" in text
    assert ": first at contains (Says that " in text
    assert text.endswith("the untouched base model of run tiny passes 0 of 2 scenarios")


def test_nothing_sealed_is_ever_asked(clone):
    found = run_precheck(clone, chosen=lambda path: "/sealed/" in path)
    assert (found.asked, len(found.sealed)) == ((), 2)
    assert as_text(found).endswith("was asked nothing")


def precheck_words(clone, *words):
    return main(["--repo", str(clone), "scenario", "precheck", *words])


@pytest.mark.parametrize(
    "case",
    [
        (("--run", "tiny"), 2, "nothing says which scenarios"),
        (("--run", "tiny", "--pull", "1", "benchmarks"), 2, "--pull chooses, and so do PATHS"),
        (("--run", "nowhere", "--pull", "1"), 2, "runs/nowhere/run.yaml is not there"),
        (("--run", "tiny", "--pull", "9"), 3, "there is no pull request or issue 9"),
        (("--run", "tiny", "nowhere.yaml"), 2, "nowhere.yaml does not exist"),
    ],
)
def test_what_cannot_be_asked_is_told(clone, capsys, monkeypatch, case):
    words, code, said = case
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    monkeypatch.chdir(clone)
    assert precheck_words(clone, *words) == code
    assert said in capsys.readouterr().err


def test_the_command_prints_a_record_and_fills_the_jobs_page(clone, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(clone)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    words = ("--run", "tiny", "--base", "--json", "--quiet", SEALED)
    assert precheck_words(clone, *words) == 0  # nothing is asked, so no model is opened
    told = json.loads(capsys.readouterr().out)
    assert (told["asked"], len(told["sealed"]), told["adapter"]) == ([], 2, None)
    assert "## Precheck" in (tmp_path / "page.md").read_text()


def test_answers_that_were_cut_or_unreadable_are_counted(clone):
    found = run_precheck(clone, is_base=True)
    first, second = found.asked
    garbled = first.verdict.model_copy(update={"unreadable": "two verdicts"})
    asked_again = (first.model_copy(update={"verdict": garbled, "is_cut": True}), second)
    text = as_text(found.model_copy(update={"asked": asked_again}))
    assert text.endswith("passes 0 of 2 scenarios (1 answer cut by maxTokens, 1 unreadable)")
