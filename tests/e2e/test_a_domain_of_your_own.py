"""docs/a-domain-of-your-own.md followed word for word: from an empty folder to the gate's answer.

Each command of its boxes is typed as it stands. Only what the small model says is scripted, and
what the judge on a server of one's own thinks of it: both are asked in memory.
"""

import os
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from modelsmith.cli import main
from modelsmith.exam.checks.fields import Chosen, FigureRead
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import passes
from modelsmith.statistics.constant_policies import constant_policies, examples_from
from modelsmith.wiring.judges import Judges
from modelsmith.wiring.runs import Runs
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import InMemoryModels
from tests.support.models import ROOT
from tests.support.repositories import model_folder
from tests.support.runs import CountingTrainer, LearningEngines

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/a-domain-of-your-own.md"
HERE = f"{ROOT}/benchmarks/incidents"
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"cat > (\S+) <<'END'\n(.*?)^END$", re.MULTILINE | re.DOTALL)
WITH_RUBRIC = "A right answer does all of this"
WRONG = "I would rather wait and see."


class Typed(NamedTuple):
    """A command of the page, or a file that it has the reader write."""

    command: str
    content: str | None = None


def typed_on(page: str) -> Iterator[Typed]:
    """Yield what the boxes of a page have the reader type, in its order."""
    for box in FENCE.findall(page):
        rest = box
        while rest.strip():
            if found := FILE.match(rest):
                yield Typed(found[1], found[2])
                rest = rest[found.end() :].lstrip("\n")
            else:
                line = re.match(r"(?:.*\\\n)*.*\n", rest)[0]
                yield Typed(line.replace("\\\n", " ").strip())
                rest = rest[len(line) :]


class Expert:
    """Knows the exam: what a right answer says, and whether one says it."""

    def __init__(self, repository: Path, folder: str = "incidents") -> None:
        self.exam = ExamFolder(repository, folder).exam()
        self.asked = [one for split in Split for one in self.exam.split(split)]
        self.said = {
            " ".join(answer.text.split()): (sheet.scenario, answer.labels)
            for sheet in sheets_of(repository, folder, self.exam)
            for answer in sheet.answers
        }
        self.texts = {
            (one.id, key): criterion.text
            for one in self.asked
            for key, criterion in one.criteria().items()
        }

    def answer_to(self, question: str, *, right: bool) -> str:
        """Return what the rubric of the scenario that is asked wants, or nothing of it."""
        asked = next(one for one in self.asked if one.description.strip() in question)
        if not right:
            return WRONG
        if not form_for(self.exam.benchmark, asked).fields:
            return " ".join(criterion.text for criterion in asked.pass_criteria)
        checks = [criterion.check for criterion in asked.pass_criteria]
        read = [one.figure for one in checks if isinstance(one, FigureRead)]
        (chosen,) = [one.choice for one in checks if isinstance(one, Chosen)]
        figures = "; ".join(f"{one.metric} {one.value:g}" for one in read)
        return f"EVIDENCE: {figures}\nVERDICT: {chosen}"

    def truth(self, criterion: str, shown: str, _: str) -> Outcome | None:
        """Return what the label of an answer says; of another whether it has the words."""
        told = " ".join(shown.split())
        for text, (scenario, labels) in self.said.items():
            if text in told:
                known = {self.texts[scenario, key]: label for key, label in labels.items()}
                return next(label for words, label in known.items() if words in criterion)
        said = [words for words in self.texts.values() if words in told]
        if not said:
            return None
        return Outcome.MET if any(words in criterion for words in said) else Outcome.NOT_MET


class DeskJudge(ScriptedFrontier):
    """A judge that is told of a criterion its words, not which scenario it is of."""

    def __init__(self, expert):
        super().__init__({"desk-judge": Temper()}, expert.truth)
        self.expert = expert

    def ask(self, model, asks, label):
        said = super().ask(model, [self._in_words(ask) for ask in asks], label)
        return [one.model_copy(update={"cost_usd": 0.0}) for one in said]  # the server is one's own

    @staticmethod
    def _in_words(ask):
        (subject,) = ask.subjects
        told = subject.model_copy(update={"scenario": ask.prompt[3].content})
        return ask.model_copy(update={"subjects": (told,)})


class Reader:
    """Somebody at a terminal who has the page open."""

    def __init__(self, folder, monkeypatch, capsys, judge):
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        self._judge = judge
        self.told = {}
        """What each command said."""

    def types(self, typed):
        if typed.content is not None:
            (self.folder / typed.command).write_text(self._adapted(typed), encoding="utf-8")
            return
        if typed.command.startswith("cd "):
            self.folder = self.folder / typed.command.removeprefix("cd ")
            self._monkeypatch.chdir(self.folder)
            return
        program, *words = shlex.split(typed.command)
        if program != "modelsmith":
            known = os.environ | {"MODELSMITH": str(ROOT)}
            subprocess.run(["bash", "-c", typed.command], cwd=self.folder, env=known, check=True)
        elif words[:3] == ["judge", "exam", "--judge"]:
            sat = Judges(self.folder, "incidents", lambda *_: self._judge, datetime.now(UTC))
            self.told[typed.command] = sat.sit(words[3], "sealed").certificate
        elif words[:2] == ["run", "go"]:
            self.told[typed.command] = self._walks(words[2]).event
        else:
            self._capsys.readouterr()
            code = main(words)
            told = "".join(self._capsys.readouterr())
            assert code == 0, (typed.command, code, told)
            self.told[typed.command] = told

    def says(self, beginning):
        """Return what the last command said that begins so."""
        return [told for command, told in self.told.items() if command.startswith(beginning)][-1]

    def _adapted(self, typed):
        if typed.command == "runs/first/run.yaml":
            model_folder(self.folder)
            return f"{typed.content}model: {{name: tiny, path: tiny, family: tiny}}\n"
        return typed.content

    def _walks(self, run):
        expert, models = self._judge.expert, InMemoryModels({}, self._judge, lambda *_: None)

        class Scripted(Runs):
            def _ports(self, run, config, families):
                tools = super()._ports(run, config, families)
                engines = LearningEngines(skill, answers=expert.answer_to)
                outbound = replace(tools.outbound, models=models)
                return replace(tools, engines=engines, trainer=CountingTrainer(), outbound=outbound)

        return Scripted(self.folder, quiet=True).stepper(run).go()


def skill(trainings, question):
    """Return how often the model is right: with the rubric in view, and once it was trained."""
    return 0.8 if WITH_RUBRIC in question else (0.05, 1.0)[min(trainings, 1)]


@pytest.fixture(scope="module")
def expert():
    return Expert(ROOT)


def test_the_page_leads_from_an_empty_folder_to_the_gates_answer(
    expert, tmp_path, monkeypatch, capsys
):
    (tmp_path / "gitconfig").write_text("[user]\nname = Mona\nemail = mona@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path, monkeypatch, capsys, DeskJudge(expert))
    for typed in typed_on(PAGE.read_text(encoding="utf-8")):
        if typed.command.startswith("cp "):
            drafted = {
                path.name: path.read_text(encoding="utf-8")
                for path in (reader.folder / "benchmarks/incidents/train").iterdir()
            }
        reader.types(typed)

    kept = {name: Path(HERE, "train", name).read_text(encoding="utf-8") for name in drafted}
    assert drafted == kept
    assert len(drafted) == 2
    assert reader.says("modelsmith judge exam --judge") is not None
    assert "decides: desk-judge (alone)" in reader.says("modelsmith judge list")
    assert reader.says("modelsmith run go") == "staged", reader.says("modelsmith run status")
    assert "stopped: the gate says promote" in reader.says("modelsmith run status")
    assert "all equal" in reader.says("modelsmith run replay")
    assert "clean: the records are what they say" in reader.says("modelsmith audit")
    report = (reader.folder / "runs/first/005-promote/report.md").read_text(encoding="utf-8")
    assert "families" in report


def fixed_answer(scenario: Scenario, columns, verdict: str) -> str:
    table = scenario.domain_input
    figures = "; ".join(
        f"{table.columns[at]} {table.series(table.columns[at])[-1]}" for at in columns
    )
    return f"EVIDENCE: {figures}\nVERDICT: {verdict}"


@pytest.mark.parametrize(("split", "most"), [(Split.STEER, 1), (Split.SEALED, 2)])
def test_no_rule_of_thumb_passes_more_than_a_quarter_of_the_tables(expert, split, most):
    benchmark = expert.exam.benchmark
    tables = [one for one in expert.exam.split(split) if form_for(benchmark, one).fields]
    passed = [
        sum(
            passes(
                one,
                fixed_answer(one, columns, benchmark.categories[one.category].verdicts[place]),
                form_for(benchmark, one),
            )
            for one in tables
        )
        for columns in combinations(range(1, 6), 3)
        for place in range(3)
    ]
    assert max(passed) == most
    constants = constant_policies(benchmark, tables, examples_from(benchmark, expert.exam.train))
    assert {policy.card.core.value for policy in constants} == {0.0}


def test_the_exam_meets_what_the_gate_counts(expert):
    sealed = expert.exam.sealed
    kinds = Counter(one.outcome_type for one in sealed)
    assert (len(sealed), set(kinds.values())) == (16, {4})
    free = [one for one in sealed if not form_for(expert.exam.benchmark, one).fields]
    assert len(free) == 8
    assert len(expert.asked) == 40
