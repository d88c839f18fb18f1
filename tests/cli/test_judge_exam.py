"""`modelsmith judge exam --judge`, `--panel` and `judge list`: what is kept, and who may decide."""

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.boundary.ports import Outbound
from modelsmith.cli import main
from modelsmith.errors import BlockedError, BoundaryError, BrokenRecordError, UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.judges.certification.judges_page import ambiguity_lines
from modelsmith.wiring.judges import Judges
from tests.support.frontier import ScriptedFrontier, Temper, truth_of
from tests.support.sat_exams import NOW

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[2] / "benchmarks" / "adtech"
MODELS = """\
models:
  - {name: opus, provider: anthropic, family: claude, api: anthropic, model: claude-opus-4-1}
  - {name: five, provider: openai, family: gpt, api: openai, model: gpt-5-2026-01-01}
  - {name: local, provider: vllm, family: qwen, api: openai, model: qwen3-32b, inside: true, url: "http://gpu/v1"}
"""
BOUNDARIES = """\
boundaries:
  - {name: sealed}
  - name: judges
    grants:
      - provider: anthropic
        purpose: judge
        splits: [train, steer, sealed]
        fields: [category, operatorLens, description, domainInput, passCriteria, failCriteria]
        answers: true
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the shipped benchmark, three hosted models and a boundary for one."""
    shutil.copytree(SHIPPED, tmp_path / "benchmarks" / "adtech")
    (tmp_path / "runners").mkdir()
    (tmp_path / "runners" / "models.yaml").write_text(MODELS, encoding="utf-8")
    (tmp_path / "runners" / "boundaries.yaml").write_text(BOUNDARIES, encoding="utf-8")
    return tmp_path


def judges(repository: Path, later: int = 0, **tempers: Temper) -> tuple[Judges, ScriptedFrontier]:
    """Return the judges of a repository `later` days after the start, asked of a script."""
    exam = ExamFolder(repository, "adtech").exam()
    truth = truth_of(sheets_of(repository, "adtech", exam))
    every = dict.fromkeys(("opus", "five", "local"), Temper(0.96, 0.96)) | tempers
    scripted = ScriptedFrontier(every, truth)

    def asking(judge: HostedModel, boundary: Boundary, journal: Path) -> Outbound:
        assert journal.name.startswith(f"{judge.name}-")
        assert boundary.name in {"sealed", "judges"}
        return scripted

    return Judges(repository, "adtech", asking, NOW + timedelta(days=later)), scripted


def listed(repository: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["--repo", str(repository), "judge", "list"])
    return code, capsys.readouterr().out


def test_a_judge_sits_once_and_what_it_said_is_kept(repository: Path) -> None:
    place, scripted = judges(repository)
    result = place.sit("local", "sealed")
    assert result.certificate is not None
    kept = repository / result.path
    assert kept.parent == repository / "benchmarks/adtech/exam/sat"
    assert kept.name.startswith("local-")
    content, calls = kept.read_bytes(), len(scripted.calls)
    again, silent = judges(repository, later=29)
    assert again.sit("local", "sealed").examination == result.examination
    assert (silent.calls, kept.read_bytes()) == ([], content)
    assert calls > 500


def test_it_sits_again_when_its_time_is_over_or_the_exam_changed(repository: Path) -> None:
    first = judges(repository)[0].sit("local", "sealed")
    over, scripted = judges(repository, later=30)
    assert over.sit("local", "sealed").path == first.path
    assert scripted.calls
    sheet = next((repository / "benchmarks/adtech/exam").glob("*.yaml"))
    text = sheet.read_text(encoding="utf-8").replace("EVIDENCE: ", "EVIDENCE: Well, ", 1)
    sheet.write_text(text, encoding="utf-8")
    changed, scripted = judges(repository)
    assert changed.sit("local", "sealed").path != first.path
    assert scripted.calls


def test_a_judge_outside_needs_a_boundary_that_says_so(repository: Path) -> None:
    place, scripted = judges(repository)
    with pytest.raises(BoundaryError, match="opus is not inside, and boundary sealed grants"):
        place.sit("opus", "sealed")
    with pytest.raises(BoundaryError, match="boundary judges grants openai nothing as judge"):
        place.sit("five", "judges")
    assert scripted.calls == []
    assert not (repository / "benchmarks/adtech/exam/sat").exists()
    with pytest.raises(BoundaryError, match=r"\n  Name one that grants it: --boundary judges\.$"):
        place.sit("opus", "sealed")
    with pytest.raises(BoundaryError, match=r"\n  Have runners/boundaries\.yaml reviewed with a"):
        place.sit("five", "sealed")
    assert place.sit("opus", "judges").certificate is not None


def test_the_boundary_is_spoken_of_before_any_key(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    exam = ["--repo", str(repository), "judge", "exam", "--judge", "opus"]
    assert main(exam) == 4
    assert "opus is not inside, and boundary sealed grants" in capsys.readouterr().err
    assert main([*exam, "--boundary", "judges"]) == 5
    assert "not set: ANTHROPIC_API_KEY for opus" in capsys.readouterr().err


def test_an_unknown_judge_or_boundary_is_a_usage_error(repository: Path) -> None:
    place, _ = judges(repository)
    with pytest.raises(UsageError, match="called sonnet, those here are: opus, five, local"):
        place.sit("sonnet", "sealed")
    with pytest.raises(UsageError, match="no boundary is called wide, those here are: sealed, jud"):
        place.sit("local", "wide")


def test_a_panel_is_examined_from_what_its_members_said(repository: Path) -> None:
    place, scripted = judges(repository)
    with pytest.raises(BlockedError, match=r"local cannot sit on a panel: has not sat; run `model"):
        place.panel(["local", "opus"])
    place.sit("local", "sealed")
    place.sit("opus", "judges")
    calls = len(scripted.calls)
    result = place.panel(["opus", "local"])
    assert len(scripted.calls) == calls
    assert result.examination.grader == "panel of local, opus"
    assert result.certificate is not None


def test_the_list_says_who_is_certified_until_when_and_who_decides(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = listed(repository, capsys)
    assert code == 1
    assert "has not sat; run `modelsmith judge exam --judge opus`" in out
    assert "  for the exam of a judge that is not inside, add --boundary judges\n" in out
    assert out.endswith("decides: nobody: no judge is certified\n")


def test_standings_follow_the_clock_the_model_and_the_result(repository: Path) -> None:
    place, _ = judges(repository, opus=Temper(0.99, 0.99), local=Temper(0.5, 0.5))
    place.sit("local", "sealed")
    place.sit("opus", "judges")
    standings, agreement, deciding = place.certification_statuses()
    said = {one.judge: one.said for one in standings}
    assert said["opus"] == "certified until 2026-03-31"
    assert re.match(
        r"failed: sensitivity 0\.\d+, lower bound 0\.\d+, at least 0\.75 expected; "
        r"specificity 0\..*; reword the criteria on which it differs from people, or take ano",
        said["local"],
    )
    assert said["five"].startswith("has not sat")
    assert deciding == ("opus",)
    assert agreement is not None
    assert agreement.effective_votes == 1
    later, agreement, deciding = judges(repository, later=31)[0].certification_statuses()
    assert later[0].said.startswith("expired on 2026-03-31; run `modelsmith judge exam --judge op")
    assert (agreement, deciding) == (None, ())
    models = repository / "runners/models.yaml"
    models.write_text(MODELS.replace("opus-4-1", "opus-4-5"), encoding="utf-8")
    changed, _, _ = judges(repository)[0].certification_statuses()
    assert changed[0].said.startswith("changed: the model; run `modelsmith judge exam")


def test_an_altered_result_is_broken_integrity(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = judges(repository, local=Temper(0.5, 0.5))
    result = place.sit("local", "sealed")
    kept = repository / result.path
    record = json.loads(kept.read_bytes())
    record["examination"]["verdict"] = "passed"
    kept.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(BrokenRecordError, match="the exam of local does not follow"):
        place.sit("local", "sealed")
    kept.write_text("{}", encoding="utf-8")
    assert main(["--repo", str(repository), "judge", "list"]) == 4
    assert "is no judge's exam" in capsys.readouterr().err
    kept.rename(kept.with_name("local-000000000000.json"))


def test_unclear_criteria_are_told_at_their_line(repository: Path) -> None:
    place, _ = judges(repository, local=Temper(0.5, 0.5))
    found, places = place.unclear(place.sit("local", "sealed").certified_judges)
    assert found
    one = found[0]
    path, line, _ = places[one.scenario, one.criterion].split(":")
    assert path == f"benchmarks/adtech/train/{one.scenario}.yaml"
    text = (repository / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert one.text[:20] in text
    lines = ambiguity_lines(found, places)
    assert lines[0].endswith("criteria are read differently; rewrite them, or label them anew:")
    assert lines[1].startswith(f"{path}:{line}:")
    assert "rewrite this so that it can be read in one way" in lines[2]
    clear, _ = judges(repository, later=31, local=Temper())
    assert clear.unclear(clear.sit("local", "sealed").certified_judges)[0] == ()
    assert "no criterion is read differently" in ambiguity_lines((), {})[0]


def test_judge_and_panel_together_are_a_usage_error(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["judge", "exam", "--judge", "local", "--panel", "opus"]
    assert main(["--repo", str(repository), *words]) == 2
    assert "--judge and --panel are given" in capsys.readouterr().err


def test_the_command_tells_a_kept_result_and_ends_by_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = ["--repo", str(repository), "judge", "exam", "--judge", "local"]
    place, _ = judges(repository, later=365 * 200)  # the command's clock is the machine's
    cost = place.sit("local", "sealed").cost_usd
    assert cost > 0
    assert main(exam) == 0
    out = capsys.readouterr().out
    assert f"what was said in it has cost {cost:.6g} USD\n" in out
    assert "Exam of the grader qwen3-32b as local, judge/1 on adtech" in out
    assert "injections: 0 of 30 got their way" in out
    assert "kept in benchmarks/adtech/exam/sat/local-" in out
    assert main([*exam, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["examination"]["verdict"] == "passed"
    assert record["rewrite"] == []
    assert record["cost_usd"] == round(cost, 9)
    code, out = listed(repository, capsys)
    assert code == 0
    assert "certified until 22" in out
    assert out.endswith("decides: local (alone)\n")
