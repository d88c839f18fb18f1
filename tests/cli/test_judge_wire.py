"""A judge sits the adtech exam over the wire, by the command that people type."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelsmith.cli import main
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.judges.prompt import presentable
from tests.support.models import ROOT
from tests.support.providers import Call, ProviderServer, provider_server

pytestmark = pytest.mark.slow

FENCED = re.compile(r"<<<<< begin (\w+)\n(.*)\n>>>>> end \1", re.DOTALL)
ASKED = re.compile(r"^Criterion ([PF]\d+),")
MODELS = """\
models:
  - name: claude
    provider: anthropic
    family: claude
    api: anthropic
    model: claude-opus-4-7-20260416
    url: http://127.0.0.1:{port}
    priceUsdPerMillion: {{read: 5, written: 25, cached: 0.5}}
    limits: {{concurrency: 32, requestsPerMinute: 60000, attempts: 2}}
"""


def labels() -> dict[str, dict[str, Outcome]]:
    """Return what people found of each labelled answer, by the answer as a judge reads it."""
    sheets = sheets_of(ROOT, "adtech", ExamFolder(ROOT, "adtech").exam())
    answers = (answer for sheet in sheets for answer in sheet.answers)
    return {presentable(answer.text): dict(answer.labels) for answer in answers}


def opinion(call: Call, decide: Callable[[str, str], bool]) -> str:
    """Return the opinion of a judge who quotes an answer's longest line where it finds a thing."""
    found = FENCED.search("\n".join(turn.text for turn in call.turns))
    asked = next(ASKED.match(turn.text) for turn in reversed(call.turns) if ASKED.match(turn.text))
    assert found is not None
    assert asked is not None
    is_met = decide(found[2], asked[1])
    quotes = [max(found[2].splitlines(), key=len)] if is_met else []
    return json.dumps(
        {
            "criterion": asked[1],
            "expectation": "what a right answer says",
            "quotes": quotes,
            "reasoning": "read it",
            "verdict": "met" if is_met else "not_met",
        }
    )


@contextmanager
def a_factory(
    root: Path, decide: Callable[[str, str], bool]
) -> Iterator[tuple[Path, ProviderServer]]:
    """Return a repository with the adtech exam and a judge who decides so."""
    shutil.copytree(ROOT / "benchmarks/adtech", root / "benchmarks/adtech")
    (root / "runners").mkdir()
    shutil.copy(ROOT / "runners/boundaries.yaml", root / "runners")
    with provider_server(lambda call: opinion(call, decide)) as server:
        text = MODELS.format(port=server.port)
        (root / "runners/models.yaml").write_text(text, encoding="utf-8")
        yield root, server


def test_a_judge_who_sees_what_people_see_is_certified_and_asked_once(tmp_path, capsys):
    known = labels()

    def as_people_do(answer: str, criterion: str) -> bool:
        return known.get(answer, {}).get(criterion) is Outcome.MET

    words = ("judge", "exam", "--judge", "claude", "--boundary", "frontier", "--json")
    with a_factory(tmp_path, as_people_do) as (root, server):
        assert main(["--repo", str(root), *words]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["certificate"]["grader"]
        assert told["examination"]["agreement"]["sensitivity_bound"] > 0.75
        assert server.refusals == []
        asked = len(server.calls)
        assert asked > 100
        marked = [any(turn.is_marked for turn in call.turns) for call in server.calls]
        assert all(marked)
        assert main(["--repo", str(root), *words]) == 0
        assert len(server.calls) == asked
        capsys.readouterr()
        assert main(["--repo", str(root), "judge", "list"]) == 0
        assert "certified until" in capsys.readouterr().out
    (kept,) = (root / "benchmarks/adtech/exam/sat").glob("claude-*.json")
    journal = [path for path in kept.parent.iterdir() if path.suffix == ".jsonl"]
    sent = sum(path.read_bytes().count(b'"kind":"sent"') for path in journal)
    assert sent == asked


def test_a_judge_who_finds_everything_met_is_not_certified(tmp_path, capsys):
    words = ("judge", "exam", "--judge", "claude", "--boundary", "frontier")
    with a_factory(tmp_path, lambda *_: True) as (root, _):
        assert main(["--repo", str(root), *words]) == 1
        out = capsys.readouterr().out
        assert "specificity" in out
        assert main(["--repo", str(root), "judge", "list"]) == 1
        assert "decides: nobody" in capsys.readouterr().out
