"""The worked case as its expert walks it: from files that people write, by the commands they type.

A new factory, a benchmark of its own in sentences alone, labelled answers, and a judge on a server
of one's own, asked over the wire. Only what the small model says is scripted, and what the judge
thinks of it.
"""

import json
import re
import shutil
from dataclasses import replace

import pytest

from modelsmith.cli import main
from modelsmith.exam.authoring.undecided import THREE_WAYS
from modelsmith.loop.status import MORE_GRADERS
from modelsmith.wiring.runs import Runs
from tests.support.exam_files import write
from tests.support.forges import git
from tests.support.frontier import Temper
from tests.support.plain_files import (
    DOMAIN,
    MODELS,
    answer_in_words,
    judging_server,
    plain_benchmark,
)
from tests.support.repositories import model_folder
from tests.support.runs import CountingTrainer, LearningEngines

pytestmark = pytest.mark.slow

WITH_RUBRIC = "A right answer does all of this"
SETTINGS = """\
benchmark: auctions
specialist: auction-reader
model: {name: tiny, path: tiny, family: tiny}
"""
JUDGED = f"{SETTINGS}judges: [desk-judge]\nladder: [self-distillation]\ntraining: {{samples: 2}}\n"
ALONE = "judged by desk-judge alone, which accepted training targets too"
STARTED = """\
run first: eval, round 0 of 3, 0 s of work, 0 tokens
  lacking: a judge of another family: desk-judge may accept training targets and alone decides at \
the gate, so passing may show that judge's taste; sandbox allows it. Name a certified judge of \
another family in run.yaml: of several families one picks no target
  next: modelsmith run go first
"""
"""What is said of who decides, before anything is asked."""


def skill(trainings, question):
    """Return how often the model is right: with the rubric in view, and once it was trained."""
    return 0.8 if WITH_RUBRIC in question else (0.05, 1.0)[min(trainings, 1)]


class Analyst(Runs):
    """A factory whose small model answers in words, by a script."""

    def _ports(self, run, config, families):
        tools = super()._ports(run, config, families)
        engines = LearningEngines(skill, answers=answer_in_words)
        return replace(tools, engines=engines, trainer=CountingTrainer())


class Desk:
    """A factory as an expert has it on her machine."""

    def __init__(self, root, capsys):
        self.root, self._capsys = root, capsys
        root.mkdir()
        git(root, "init", "--quiet", "--initial-branch", "main")
        for name, value in (("user.name", "Mona"), ("user.email", "mona@example.com")):
            git(root, "config", name, value)
        self.types("init", str(root), "--domain", DOMAIN)
        shutil.rmtree(root / "benchmarks")
        model_folder(root)

    def types(self, *words, code=0):
        """Type a command; return what it says, the errors too."""
        self._capsys.readouterr()
        ended = main(["--repo", str(self.root), *words])
        told = self._capsys.readouterr()
        assert ended == code, (words, ended, told)
        return told.out + told.err

    def commits(self, message):
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "-m", message)

    def walks(self, run):
        """Walk a run that was started, as `run go` does."""
        return Analyst(self.root, quiet=True).stepper(run).go()

    def rows(self, run):
        (path,) = (self.root / f"runs/{run}").glob("002-train/rows.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()]


def deciders_on(page):
    """Return the rows of who decides on a run's page: split, scenarios, checks, judges, nobody."""
    section = page.partition('<h2 id="deciders">')[2].partition("</section>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", section)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path / "factory", capsys)


def test_sentences_and_a_judge_of_ones_own_are_enough(desk):  # noqa: PLR0915 - one walk
    plain_benchmark(desk.root, right=6)
    checked = desk.types("scenario", "check", "--strict")
    assert checked.endswith("31 files checked: 0 errors, 0 warnings, 4 notes\n")
    assert (
        "12 of 12 sealed scenarios unscored without certified judges, at most 10%; 1 of 1 looks at "
        "sealed left; "
    ) in checked
    (sealed,) = [line for line in checked.splitlines() if "/sealed/" in line]
    assert "no check decides this criterion and 59 more, in 12 scenarios of sealed: " in sealed
    places = re.findall(r"benchmarks/auctions/sealed/\w+\.yaml:\d+:\d+", sealed)
    assert len(places) == len(set(places)) == 4
    assert (
        "  P4  Knows that the winner pays what it bid, as in first-price auctions of the U.S. "
        in (desk.types("scenario", "show", "TRAIN_BABAKO_TP"))
    )

    with judging_server(Temper(sensitivity=0.98, specificity=0.98)) as server:
        write(desk.root, "runners/models.yaml", MODELS.format(port=server.port))
        assert "review it, then run" in desk.types("run", "new", "first")
        write(desk.root, "runs/first/run.yaml", JUDGED)
        desk.commits("Ask in sentences")
        assert "desk-judge has not sat the exam of auctions" in (
            desk.types("run", "start", "first", code=5)
        )
        assert server.calls == []
        sat = desk.types("judge", "exam", "--domain", DOMAIN, "--judge", "desk-judge")
        assert "36 answers, 180 labelled criteria" in sat
        assert "injections: 0 of 30 got their way" in sat
        assert "passed: its verdicts count\n" in sat
        assert "decides: desk-judge (alone)" in desk.types("judge", "list")
        desk.commits("Certify the judge of the desk")

        assert desk.types("run", "start", "first") == STARTED
        assert desk.walks("first").event == "staged"
        rows = desk.rows("first")
        assert {(row["origin"], *row["accepted_by"]) for row in rows} == {
            ("distilled", "judge:desk-judge"),
            ("labelled", "people"),
        }
        assert not any(WITH_RUBRIC in turn["content"] for row in rows for turn in row["prompt"])
        assert server.refusals == []
    asked = len(server.calls)
    assert "no look at sealed is left, 1 of 1 taken; " in desk.types("scenario", "check")

    told = desk.types("run", "status", "first")
    assert "  stopped: the gate says promote; findings that do not hold: none\n" in told
    assert f"  note: {ALONE}; sandbox only\n" in told
    assert "cannot be watched" not in told
    assert "0/0" not in told
    assert "all equal" in desk.types("run", "replay", "first")
    record = (desk.root / "runs/first/005-promote/record.json").read_text()
    assert "free text has no verdict that samples could vote on" in record
    report = (desk.root / "runs/first/005-promote/report.md").read_text()
    assert re.search(
        r"holds: above:constant:copy-the-input: composite 0\.\d+, .* has 0\.000;", report
    )
    assert re.search(r"while it is live, desk-judge decides .* on \d+ of \d+ canary", report)
    assert "#1 refs/modelsmith/pulls/1 is open" in desk.types("run", "offer", "first")
    desk.types("site", "build", str(desk.root / "out"))
    page = (desk.root / "out/runs/first.html").read_text()
    assert "While the run steers, desk-judge decides" in page
    assert deciders_on(page) == ["train 6 0 30 0 6", "steer 6 0 30 0", "sealed 12 0 60 0"]
    asked_of_people = desk.types("promotion", "status", code=1)
    assert asked_of_people.count(f"`{ALONE}`") == 3
    assert "waits: **recheck**: `no person has rechecked, blind, what judges" in asked_of_people
    assert "clean: the records are what they say" in desk.types("audit")
    assert len(server.calls) == asked


def test_sentences_alone_train_on_labelled_answers_and_end_where_nobody_decides(desk):
    plain_benchmark(desk.root, right=6)
    write(desk.root, "runs/first/run.yaml", SETTINGS)
    desk.commits("Ask in sentences")
    started = desk.types("run", "start", "first")
    assert (
        "nobody decides 30 criteria of 6 of 6 train scenarios; no answer to them is found right: "
        "only those labelled right in exam/ are trained on (6 of 6)\n"
    ) in started
    assert f"lacking: three ways on: {THREE_WAYS}\n" in started
    assert "lacking: a judge could be examined on 180 labelled criteria, 60 are needed\n" in started
    assert "lacking: the gate: 36 of 36 answers unscored, at most 10% expected." in started
    assert desk.walks("first").event == "halted"
    rows = desk.rows("first")
    assert {(row["origin"], *row["accepted_by"]) for row in rows} == {("labelled", "people")}
    assert len(rows) == 12
    told = desk.types("run", "status", "first")
    assert "  steer   nobody decides whether an answer is right\n" in told
    assert "halt: undecided (undecided: neither a check nor a judge decides an answer" in told
    assert f"  remedy: {MORE_GRADERS}\n" in told
    assert "all equal" in desk.types("run", "replay", "first")
    assert "clean: the records are what they say" in desk.types("audit")
    report = (desk.root / "runs/first/001-eval/report.md").read_text()
    assert "- nobody decides whether an answer is right: no check and no judge of this run\n" in (
        report
    )
    assert "did not pass" not in report
    report += (desk.root / "runs/first/004-assess/report.md").read_text()
    assert "| candidate | decided by nobody | - |" in report
    for said in ("0/0", "over stand-in", "nothing failed", "missing for an attempt"):
        assert said not in report
    desk.types("site", "build", str(desk.root / "out"))
    page = (desk.root / "out/runs/first.html").read_text()
    assert "train decided by nobody, steer decided by nobody" in page
    assert "most frequent verdict" not in page
    assert "free text has no verdict that samples could vote on" in page
    assert "0/0" not in page
    assert "+0.00" not in page
    assert f"<p>What helps: {MORE_GRADERS}.</p>" in page
    assert deciders_on(page) == ["train 6 0 0 30 6", "steer 6 0 0 30", "sealed 12 0 0 60"]
