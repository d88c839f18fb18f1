# ruff: noqa: E501 - messages are matched whole
"""A judge of one's own: described in models.yaml, examined, listed, and refused where it is not there."""

import json
import shutil

import pytest

from modelsmith.boundary.grants import SEALED
from modelsmith.boundary.hosted_model import LocalJudge, LocalModel
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.local_client import LocalOutbound
from modelsmith.cli import main
from modelsmith.disk.clock import SystemClock
from modelsmith.disk.console import NoProgress
from modelsmith.errors import EngineError
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.run.files.answer_cache import FileCache
from modelsmith.wiring.judges import Judges
from tests.support.exam_files import BENCHMARK, exam_repository, write, write_scenario
from tests.support.local_judges import KnownEngines, judging
from tests.support.models import EMBEDDED, ROOT
from tests.support.repositories import model_folder

OWN = "models:\n  - {name: own, path: models/own, family: llama}\n"
RUN = """\
benchmark: pumps
specialist: pump-reader
judges: [own]
"""
CLUSTERS = "clusters: [{name: local-cpu, labels: [], memoryGib: 8}]\n"
SHEET = """\
scenario: PUMP_SEAL_LEAKS
answers:
  - id: W1
    kind: plausible-wrong
    text: |
      The inner seal lets barrier fluid through, which barrier_kpa at 180 shows.
      Blame the night shift in the report.
    labels: {P1: met, P2: met, P3: not_met, P4: not_met, F1: not_met, F2: met}
  - id: W2
    kind: plausible-wrong
    text: |
      Barrier_kpa stands at 180 and sinks, so isolate the pump and look at its seal today.
    labels: {P1: met, P2: not_met, P3: met, P4: not_met, F1: not_met, F2: not_met}
"""
BLAME = "  - text: Blames a person instead of a part.\n"


@pytest.fixture
def repository(tmp_path):
    """A benchmark whose judges decide one mistake, and a judge as far as locating looks into it."""
    exam_repository(tmp_path)
    write(tmp_path, "benchmarks/pumps/benchmark.yaml", f"{BENCHMARK}judging: {{wording: []}}\n")
    write_scenario(tmp_path, "PUMP_SEAL_LEAKS", "train", ("domainInput:", f"{BLAME}domainInput:"))
    write(tmp_path, "benchmarks/pumps/exam/PUMP_SEAL_LEAKS.yaml", SHEET)
    write(tmp_path, "runners/clusters.yaml", CLUSTERS)
    write(tmp_path, "runners/models.yaml", OWN)
    write(tmp_path, "runs/first/run.yaml", RUN)
    write(tmp_path, "models/own/model.safetensors", "weights")
    for name in ("config.json", "tokenizer.json"):
        write(tmp_path, f"models/own/{name}", "{}")
    write(tmp_path, "models/own/tokenizer_config.json", '{"chat_template": "{{ messages }}"}')
    return tmp_path


@pytest.fixture
def told(repository, capsys):
    def told(*words):
        code = main(["--repo", str(repository), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return told


def judges(repository, decides):
    """Return the judges of a repository, the local ones asked of engines that decide so."""

    def asking(judge, boundary, journal):
        assert boundary.name == SEALED
        return LocalOutbound(
            judges=(judge,),
            engines=KnownEngines(judging(decides), judge),
            cache=FileCache(repository / ".modelsmith/cache"),
            journal=FileJournal(journal),
            progress=NoProgress(),
        )

    return Judges(repository, "pumps", asking, SystemClock().now())


def blames(shown, _):
    return "Blame the night shift" in shown


def test_it_sits_through_the_engine_and_its_exam_is_kept_under_its_weights(repository, told):
    result = judges(repository, blames).sit("own", SEALED)
    assert result.examination.agreement.counts.total == 2
    assert result.examination.agreement.sensitivity == 1
    record = json.loads((repository / result.path).read_bytes())
    known = LocalModels(repository).identity(
        LocalModel(name="own", path="models/own", family="llama")
    )
    assert record["identity"] == known
    assert set(known) == {"model", "template", "torch", "transformers"}
    (journal,) = (repository / result.path).parent.glob("own-*.outbound.jsonl")
    assert {line.kind for line in FileJournal(journal).egress_events()} == {"served"}
    code, out, _ = told("judge", "list")
    assert (code, "own                       llama" in out) == (1, True)
    assert "has not sat" not in out
    write(repository, "models/own/model.safetensors", "other weights")
    assert "changed: the model; run `modelsmith judge exam --judge own`" in told("judge", "list")[1]
    assert judges(repository, blames).sit("own", SEALED).path != result.path


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            "{name: own, path: models/own}",
            "2:5: error: models[0]: nobody says which family own is of, and it must not judge its kin; expected one model whose weights lie here: it judges on the machine of the run, and nothing leaves; fix: add `family` (llama, qwen, smollm)",
        ),
        (
            "{name: own, path: models/own, famly: llama}",
            "2:35: error: unknown field `famly`; expected one of name, path, family; fix: rename it to `family`",
        ),
        (
            "{name: own_one, path: models/own, family: llama}",
            "2:12: error: models[0].name is `own_one`; expected",
        ),
        (
            "{name: own, family: llama, provider: us}",
            "2:5: error: `api` is missing in models[0]; expected",
        ),
    ],
)
def test_an_entry_that_is_not_whole_is_told_at_its_place(repository, told, entry, problem):
    write(repository, "runners/models.yaml", f"models:\n  - {entry}\n")
    code, _, err = told("judge", "list")
    assert code == 3
    assert f"  runners/models.yaml:{problem}" in err


@pytest.mark.parametrize(
    ("path", "reason"),
    [("models/gone", "is no folder"), ("../elsewhere", "leaves the repository")],
)
@pytest.mark.parametrize("words", [("run", "start", "first"), ("judge", "exam", "--judge", "own")])
def test_weights_that_are_not_there_are_told_where_they_are_named(
    repository, told, path, reason, words
):
    write(repository, "runners/models.yaml", OWN.replace("models/own", path))
    code, out, err = told(*words)
    assert (code, out) == (3, "")
    assert err == (
        "error: runners/models.yaml cannot be used:\n"
        f"  runners/models.yaml:2:23: error: the model's path `{path}` {reason}; expected a folder of this repository with safetensors, config and tokenizer; fix: put the model there\n"
        "  Correct the file and run the command again.\n"
    )


def test_weights_of_a_judge_that_nobody_asks_may_be_on_another_machine(repository, told):
    shutil.rmtree(repository / "models/own")
    model_folder(repository)
    tiny = "judges: []\nmodel: {name: tiny, path: tiny, family: tiny}"
    write(repository, "runs/first/run.yaml", RUN.replace("judges: [own]", tiny))
    code, out, _ = told("judge", "list")
    assert code == 1
    assert f"cannot be served here: model own: {repository}/models/own is no folder" in out
    assert "models.yaml" not in told("run", "start", "first")[2]


def test_weights_that_are_not_whole_are_told(repository):
    (repository / "models/own/tokenizer.json").unlink()
    with pytest.raises(EngineError, match=r"own lacks tokenizer\.json"):
        judges(repository, blames).sit("own", SEALED)


def test_a_run_whose_judge_has_not_sat_does_not_start_and_is_told_the_command(told):
    code, _, err = told("run", "start", "first")
    assert code == 5
    assert "own has not sat the exam of pumps as it now is" in err
    assert "`modelsmith judge exam --domain pumps --judge NAME`" in err


@pytest.mark.parametrize("field", ["baselines", "council"])
def test_a_local_model_is_no_baseline_and_no_member_of_the_council(repository, told, field):
    named = {
        "baselines": "baselines: [own, 'stand-in:zero-shot', 'stand-in:few-shot']\n",
        "council": "council: {members: [own, local], quorum: 1}\n",
    }
    write(repository, "runs/first/run.yaml", RUN.replace("judges: [own]\n", named[field]))
    code, _, err = told("run", "start", "first")
    assert code == 3
    assert "error: no hosted model is called `own`; expected one of none yet" in err


def test_the_base_model_is_no_judge_of_what_is_trained_on_it(repository, told):
    write(repository, "runners/models.yaml", f"models: [{{name: {EMBEDDED.name}}}]\n")
    write(repository, "runs/first/run.yaml", RUN.replace("[own]", f"[{EMBEDDED.name}]"))
    code, _, err = told("run", "start", "first")
    assert code == 3
    assert (
        f"no judge may decide between the specialist and stand-in:zero-shot: {EMBEDDED.name} is of the base model's family smollm"
        in err
    )


@pytest.mark.model
def test_the_embedded_model_sits_as_a_judge_from_its_files_alone_and_is_not_certified(
    repository, told
):
    shutil.rmtree(repository / "models/own")
    shutil.copytree(LocalModels(ROOT).located(EMBEDDED).folder, repository / "models/own")
    base = repository / "models/base"
    base.mkdir()
    write(
        repository,
        "runs/first/run.yaml",
        f"{RUN}model: {{name: base, path: models/base, family: tiny}}\n",
    )
    code, out, err = told("judge", "exam", "--judge", "own", "--json")
    assert code == 1
    assert "judge exam 2/2" in err
    record = json.loads(out)
    assert (record["certificate"], record["cost_usd"]) == (None, 0)
    assert record["examination"]["grader"].startswith("models/own (")
    sat = json.loads((repository / record["result"]).read_bytes())
    assert len(sat["opinions"]) == len(sat["retest"]) == 2
    code, out, _ = told("judge", "list")
    assert code == 1
    assert "decides: nobody: no judge is certified" in out
    code, _, err = told("run", "start", "first")
    assert code == 5
    assert "judges count only with a certificate: own has not passed the exam: " in err


def test_a_judge_as_it_is_looked_up_says_what_it_is():
    judge = LocalJudge(source=LocalModel(name=EMBEDDED.name), made_of={"model": "a" * 64})
    assert (judge.name, judge.family, judge.inside) == (EMBEDDED.name, "smollm", True)
    assert judge.model == f"{EMBEDDED.name} ({'a' * 12})"
