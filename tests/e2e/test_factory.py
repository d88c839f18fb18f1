"""A factory from an empty repository to an audited promotion, by everybody who takes part in it.

One bare upstream and a clone for each: the expert, the operator, the approver, CI's runners, of
which one is killed at work and thrown away, and the auditor's, which is bare. Git is real and the
command is the one that people type; only the model is scripted. Each command is run twice, and the
second time changes nothing.

What comes of it lies in tests/golden/<case>/: `tree.txt` (the files of each branch), `log.txt` (the
commits with their people and trailers), `pulls.txt` (with their reviews and statuses) and the
auditor's `audit.txt` and `lineage.txt`; digests, figures of a machine and times are masked. After a
change that is meant, write them anew and review the difference:

    GOLDEN=write python -m pytest tests/e2e/test_factory.py
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from modelsmith.exam.scenario import OutcomeType
from tests.support.families import asked
from tests.support.forges import git
from tests.support.people import People
from tests.support.repositories import RUN, a_repository, scenario_file
from tests.support.runs import an_exam, learning
from tests.support.scripted_modelsmith import ScriptedFactory, stepped

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "golden"
TOP = Path(__file__).parents[2]

EXAM = an_exam({"train": 2, "steer": 2, "sealed": 12})
NEW = asked("EXPERTS_CASE", OutcomeType.TP, "PACING", "Friday desk: nobody sees why.", first=900)
NEW_FILE = f"benchmarks/adtech/train/{NEW.id}.yaml"
FAMILY_FILE = f"benchmarks/adtech/families/{NEW.id}.yaml"
FAMILY = f"""\
# yaml-language-server: $schema=../../../schemas/family.schema.json
parent: {NEW.id}
worlds: {{throttled: same, usual: flip}}
template: |
  {{% set held = world == 'throttled' %}}
  {{% set throttle = moved([20, 40], [300, 400], 3) if held else steady([20, 40], 3) %}}
  {{% set says = 'throttle holds bids back' if held else 'figures stayed in their usual range' %}}
  {{% set asks = 'raise the hourly cap' if held else 'keep the settings' %}}
  {{% set contrary = 'keep the settings' if held else 'raise the hourly cap' %}}
  {{% set verdict = 'pacing-throttle' if held else 'no-issue' %}}
  outcomeType: {{{{ 'tp' if held else 'tn' }}}}
  description: {{{{ renamed(parent.description, [['Friday', 'Monday', 'Sunday']]) | tojson }}}}
  passCriteria:
    - {{text: "Says that {{{{ says }}}}.", check: {{contains: "{{{{ says }}}}"}}}}
    - text: "Reads the last pacing_throttle_pct, {{{{ throttle[-1] }}}}."
      check: {{number: {{metric: pacing_throttle_pct, value: {{{{ throttle[-1] }}}}}}}}
    - {{text: "Recommends to {{{{ asks }}}}.", check: {{contains: "{{{{ asks }}}}"}}}}
    - {{text: "Concludes {{{{ verdict }}}}.", check: {{verdict: "{{{{ verdict }}}}"}}}}
  failCriteria:
    - {{text: "Recommends to {{{{ contrary }}}}.", check: {{contains: "{{{{ contrary }}}}"}}}}
  domainInput: {{{{ table({{'pacing_throttle_pct': throttle,
    'win_rate_pct': drift([11, 18], rows=3)}}, []) | tojson }}}}
"""
NEW_WORDS = ("--split", "train", "--category", "PACING", "--lens", "dsp", "--outcome", "tp")

WALK, PROMOTE = "modelsmith/tiny/walk", "modelsmith/tiny/promote"


class Learns(ScriptedFactory):
    """A machine that learns the exam in one training, at a moment that never changes."""

    is_timeless = True


class KnowsSteerAlone(Learns):
    """A machine that learns nothing that helps on sealed."""

    @staticmethod
    def skill(trainings: int, question: str) -> float:
        return 0.1 if "Sealed desk" in question else learning(0.05, 1.0)(trainings, question)


@pytest.fixture
def people(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    return People(tmp_path, lambda: "".join(capfd.readouterr()))


# What each of them does


def operator_begins(people: People) -> None:
    """An exam, everything that a factory has beside it, and a policy that asks for a review."""
    folder = a_repository(people.clone("operator"), exam=EXAM)
    shutil.rmtree(folder / "runs")
    people.does("operator", "init", str(folder), "--domain", "adtech")
    policy = folder / "promotions/policy.yaml"
    asks = {"approvals: 0": "approvals: 1", "checks: []": "checks: [modelsmith/scenarios]"}
    text = policy.read_text("utf-8")
    for old, new in asks.items():
        assert old in text
        text = text.replace(old, new)
    policy.write_text(text, "utf-8")
    people.pushes("operator", "main", "Ask for a review of every change")


def expert_proposes(people: People) -> None:
    folder = people.clone("expert")
    people.does("expert", "scenario", "new", NEW.id, *NEW_WORDS, again=2)
    (folder / NEW_FILE).write_text(scenario_file(EXAM, NEW, "train"), "utf-8")
    (folder / FAMILY_FILE).write_text(FAMILY, "utf-8")
    people.does("expert", "scenario", "check", "--strict", NEW_FILE, FAMILY_FILE)
    assert "nobody sees why" in people.does("expert", "scenario", "show", NEW.id)
    people.pushes("expert", "fridays", "Ask about a throttle that nobody sees")
    assert "pull request 1: opened" in people.does("expert", "pull", "open", "fridays")


def is_merged(people: People, number: int, author: str) -> None:
    """Check, review and merge a pull request; who wrote it cannot approve it."""
    people.does(author, "pull", "merge", str(number), code=5)
    people.does("ci", "scenario", "review", "--pull", str(number))
    people.does(author, "pull", "review", str(number), "--approve", code=5)
    assert "open;" in people.does("approver", "pull", "show", str(number))
    people.does("approver", "pull", "review", str(number), "--approve", "--body", "Read it.")
    assert "merged as" in people.does(author, "pull", "merge", str(number))


def operator_adds_a_run(people: People) -> None:
    folder = people.updates("operator")
    people.does("operator", "run", "new", "tiny", again=2)
    (folder / "runs/tiny/run.yaml").write_text(RUN, "utf-8")
    people.pushes("operator", "run-tiny", "Walk the loop once")
    people.does("operator", "pull", "open", "run-tiny")


def a_runner_dies(people: People) -> None:
    """A runner is killed in the middle of its training, and its machine is gone."""
    words = ("run", "step", "tiny", "--push")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.scripted_modelsmith", "--repo",
         str(people.clone("runner-1")), *words],
        cwd=TOP, env={**os.environ, "SCRIPTED_DIES_AT": "1"}, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == -9, done
    shutil.rmtree(people.root / "runner-1")


def ci_walks(people: People, machine: type[ScriptedFactory], *, dies: bool) -> list[int]:
    """One phase a job, each on the runner that is there; return the exit codes of the phases."""
    assert '"minutes": 80' in people.does("ci", "run", "plan", "tiny")
    codes = [stepped(people.clone("runner-1"), "tiny", machine) for _ in range(2)]
    if dies:
        a_runner_dies(people)
    while codes[-1] == 0 and not is_over(people):
        codes.append(stepped(people.clone("runner-2"), "tiny", machine))
        people.updates("ci", WALK)
        people.reads("ci", "run", "offer", "tiny")
    people.does("ci", "run", "offer", "tiny")
    before = people.everything(people.clone("runner-2"))
    assert stepped(people.clone("runner-2"), "tiny", machine) == 2  # a run that is over
    assert people.everything(people.clone("runner-2")) == before
    asks = ("run", "dispatch", "tiny", "--workflow", "iterate.yml", "--after", "0")
    assert "nothing was asked of CI: run tiny is over" in people.does("ci", *asks)
    return codes


def is_over(people: People) -> bool:
    ledger = git(people.upstream, "show", f"{WALK}:runs/tiny/ledger.jsonl")
    return '"event":"staged"' in ledger or '"event":"refused"' in ledger


def approver_reads(people: People, branch: str, number: int) -> None:
    people.updates("approver", branch)
    assert "all equal" in people.does("approver", "run", "replay", "tiny")
    people.does("approver", "run", "status", "tiny")
    people.does("approver", "pull", "show", str(number))
    people.does("approver", "pull", "review", str(number), "--approve", "--body", "It replays.")


def auditor_audits(people: People, what: str) -> dict[str, str]:
    """Clone bare, without any of the refs that a forge keeps, and look at everything."""
    git(people.root, "clone", "--quiet", "--bare", str(people.upstream), "auditor")
    said = {}
    for name, words in {"audit": ("audit",), "lineage": ("audit", "lineage", what)}.items():
        said[f"{name}.txt"] = people.reads("auditor", *words)
        assert people.reads("auditor", *words) == said[f"{name}.txt"]
    return said


# What comes of it

MASKS = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<short>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC|[+]00:00)?"), "<time>"),
)


def masked(text: str) -> str:
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text + "\n"


def came_of(people: People) -> Iterator[tuple[str, str]]:
    git_says, shown = partial(git, people.upstream), ("benchmarks", "runs", "promotions")
    trees = ["== main", git_says("ls-tree", "-r", "--name-only", "main", *shown)]
    for branch in git_says("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines():
        changed = git_says("diff", "--name-status", f"main...{branch}", "--")
        trees += [f"== {branch}, since it left main", changed]
    yield "tree.txt", "\n".join(trees)
    form = "--format=%n%s%n  by %an <%ae>, committed by %ce%n%(trailers:separator=%x0A)"
    yield "log.txt", git_says("log", "--topo-order", "--reverse", form, "--branches")
    listed = people.reads("operator", "pull", "list", "--state", "all")
    lines = [listed]
    for number in range(1, len(listed.splitlines()) + 1):
        page = json.loads(people.reads("operator", "pull", "show", str(number), "--json"))
        labels = ", ".join(page["pull"]["labels"]) or "none"
        lines.append(f"{number}: labels {labels}; {len(page['comments'])} comments")
        lines += [f"  {one['author']['login']}: {one['verdict']}" for one in page["reviews"]]
        lines += [f"  {name}: {one['state']}" for name, one in page["statuses"].items()]
    yield "pulls.txt", "\n".join(lines)


def is_golden(case: str, found: dict[str, str]) -> None:
    folder = GOLDEN / case
    texts = {name: masked(text) for name, text in found.items()}
    if os.environ.get("GOLDEN") == "write":
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    assert {file.name for file in folder.iterdir()} == set(texts)
    for name, text in texts.items():
        assert text == (folder / name).read_text("utf-8"), f"{case}/{name}"


def test_a_scenario_becomes_a_promotion_that_an_auditor_traces_to_its_author(people):
    operator_begins(people)
    expert_proposes(people)
    is_merged(people, 1, "expert")
    operator_adds_a_run(people)
    is_merged(people, 2, "operator")
    people.updates("ci")
    assert ci_walks(people, Learns, dies=True) == [0, 0, 0, 0, 0, 0]
    approver_reads(people, PROMOTE, 4)
    is_merged(people, 3, "ci")
    said = auditor_audits(people, "adtech-tiny/tiny-1")
    assert "expert@example.org" in said["lineage.txt"]
    is_golden("staged", {**dict(came_of(people)), **said})


def test_a_run_that_is_refused_is_a_record_that_people_merge(people):
    people.repeats = False  # the case above runs each of these twice
    operator_begins(people)
    operator_adds_a_run(people)
    is_merged(people, 1, "operator")
    people.updates("ci")
    people.repeats = True
    assert ci_walks(people, KnowsSteerAlone, dies=False) == [0, 0, 0, 0, 0, 1]
    people.repeats = False
    approver_reads(people, WALK, 2)
    is_merged(people, 2, "ci")
    is_golden("refused", {**dict(came_of(people)), **auditor_audits(people, "tiny")})
