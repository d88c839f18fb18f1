"""`modelsmith boundary report`: what it prints of what left, and the exit code it ends with."""

import json
import subprocess
import sys

import pytest

from modelsmith.boundary.call import Lost
from modelsmith.boundary.grants import SEALED, Boundary
from modelsmith.cli import main
from modelsmith.errors import HostedError
from modelsmith.exam.scenario import Split
from tests.support.asking_runs import a_run
from tests.support.hosted_models import ScriptedModels, a_model, a_reply, asking, hosting, saying

HOOK = "  local work is held in by an audit hook alone: "


def of_both(case):
    """Return questions on steer and sealed, a variant among them."""
    sealed = case.snapshot.sealed[:2]
    return [
        asking(case.snapshot, case.snapshot.steer[0]),
        *(asking(case.snapshot, scenario, Split.SEALED) for scenario in sealed),
    ]


@pytest.fixture
def report(tmp_path, capsys):
    def said(*words, code=0):
        assert main(["--repo", str(tmp_path), "boundary", "report", *words]) == code
        told = capsys.readouterr()
        return told.out if code == 0 else told.err

    return said


def lines_of(text):
    return [line for line in text.splitlines() if not line.startswith(HOOK)]


def test_a_run_that_asked_nobody_says_that_nothing_left(tmp_path, report):
    nobody = hosting(boundary=Boundary(name=SEALED))
    a_run(tmp_path, lambda _: [], hosted=nobody).stepper().step()
    assert lines_of(report("tiny")) == ["run tiny, boundary sealed: nothing left"]


def test_everything_that_left_is_told_by_provider_purpose_and_model(tmp_path, report):
    models = ScriptedModels(attempts=2)
    a_run(tmp_path, of_both, models).stepper().step()
    first, *rest = lines_of(report("tiny"))
    size = sum(line["size_bytes"] for line in sent(tmp_path))
    assert first == f"run tiny, boundary frontier: 3 calls, {size} bytes, 630 tokens, 0.0015 USD"
    assert rest == [
        (
            "  to openai (openai.example), gpt-1 as baseline: 3 calls in 6 attempts, "
            f"{size} bytes, 600 tokens read and 30 written, 0.0015 USD"
        ),
        (
            "  openai has seen 1 of 2 sealed scenarios: "
            "category, description, domainInput, mechanic, operatorLens"
        ),
        (
            "  openai has seen 1 of 2 steer scenarios: "
            "category, description, domainInput, mechanic, operatorLens"
        ),
    ]


def sent(root):
    lines = (root / "runs/tiny/001-eval/outbound.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "sent"]


def test_what_was_refused_is_told_with_its_reason(tmp_path, report):
    workshop = a_run(tmp_path, lambda c: [saying(c.snapshot.sealed[0].description)])
    workshop.stepper().step()
    first, refusal = lines_of(report("tiny"))
    assert first == "run tiny, boundary frontier: nothing left"
    assert refusal.startswith(
        "  refused at 2025-11-03 09:00:00: content to openai openai.example: a question to openai "
        "as council carries description of SEALED_"
    )
    assert refusal.endswith(" (sealed), which boundary frontier keeps in")


def test_lost_calls_and_money_that_ran_out_are_told(tmp_path, report):
    lost = Lost(reason="503 five times", attempts=5, read_tokens=10, cost_usd=0.002)
    models = ScriptedModels(lambda ask: lost)
    budgets = {"iterations": 3, "costUsd": 0.003}
    a_run(tmp_path, models=models, budgets=budgets).stepper().step()
    said = lines_of(report("tiny"))
    assert "    1 call lost" in said
    assert "  lost: 503 five times" in said
    assert "  a question was not asked: the budget left did not pay for its worst case" in said
    assert "  nobody was sent anything of the sealed split" in said


def test_what_runs_inside_is_told_and_has_not_left(tmp_path, report):
    inside = a_model("gpt-1", "ours", url="http://10.0.0.7/v1", inside=True)
    a_run(tmp_path, of_both, hosted=hosting(inside)).stepper().step()
    first, crossing = lines_of(report("tiny"))
    assert first == "run tiny, boundary frontier: nothing left"
    assert crossing.startswith("  to ours (inside, which does not leave), gpt-1 as baseline: 3 ")


def test_a_phase_under_way_is_told_with_what_the_ledger_does_not_vouch_for(tmp_path, report):
    class Dying(ScriptedModels):
        def reached(self, key):
            raise HostedError("the key was refused (scripted)", remedy="Renew it.")

    with pytest.raises(HostedError):
        a_run(tmp_path, of_both, Dying()).stepper().step()
    said = lines_of(report("tiny"))
    assert "    1 call of unknown end and cost: the process broke off" in said
    assert said[-1] == ("  its last phase is under way: no ledger entry vouches for that part yet")


def test_status_says_what_held_the_last_phase_in(tmp_path, capsys):
    def status():
        code = main(["--repo", str(tmp_path), "run", "status", "tiny"])
        told = capsys.readouterr()
        return told.out if code == 0 else (code, told.err)

    class Dying(ScriptedModels):
        def reached(self, key):
            raise HostedError("the key was refused (scripted)", remedy="Renew it.")

    held = "  local work: held in by an audit hook alone, code in C is not "
    workshop = a_run(tmp_path, of_both, Dying())
    assert "local work" not in status()
    with pytest.raises(HostedError):
        workshop.stepper().step()
    assert held in status()  # the phase under way
    a_run(tmp_path, of_both).stepper().step()
    assert held in status()  # the newest entry
    path = tmp_path / "runs/tiny/001-eval/outbound.jsonl"
    path.write_bytes(path.read_bytes().replace(b"hook", b"wall"))
    code, said = status()
    assert code == 4
    assert said.startswith("error: 001-eval/outbound.jsonl has sha256 ")


def test_an_altered_journal_ends_with_4(tmp_path, report):
    a_run(tmp_path, of_both).stepper().step()
    path = tmp_path / "runs/tiny/001-eval/outbound.jsonl"
    path.write_bytes(path.read_bytes().replace(b"sealed", b"train_"))
    assert report("tiny", code=4).startswith("error: 001-eval/outbound.jsonl has sha256 ")


def test_over_all_runs_each_sealed_version_is_counted_once(tmp_path, report):
    def other_half(case):
        return [asking(case.snapshot, case.snapshot.sealed[-1], Split.SEALED)]

    a_run(tmp_path, of_both).stepper().step()
    a_run(tmp_path, other_half, run="again").stepper().step()
    again, tiny, sealed = report("--all").rstrip("\n").split("\n\n")
    assert again.startswith("run again, boundary frontier: 1 call, ")
    assert tiny.startswith("run tiny, boundary frontier: 3 calls, ")
    assert sealed.startswith("sealed version ")
    assert sealed.endswith(": openai has seen 2 of 2 scenarios, in again, tiny")
    record = json.loads(report("--all", "--json"))
    assert [run["run"] for run in record["runs"]] == ["again", "tiny"]
    assert record["sealed"][0]["scenarios"] == 2


def test_without_any_run_nobody_has_seen_anything(report):
    assert report("--all") == "sealed: no provider has seen any of it\n"


def test_the_record_of_one_run_is_json_too(tmp_path, report):
    a_run(tmp_path, of_both, ScriptedModels(lambda _: a_reply(read=7))).stepper().step()
    record = json.loads(report("tiny", "--json"))
    assert record["crossings"][0]["read_tokens"] == 21
    assert record["seen"][0]["split"] == "sealed"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "error: no run is named\n  Name one: modelsmith boundary report RUN; or say --all.\n"),
        (("tiny", "--all"), "error: a report is of one run or of all\n  Name one"),
        (("other",), "error: runs/other/run.yaml is not there\n"),
    ],
)
def test_what_cannot_be_reported_is_told(report, words, message):
    assert report(*words, code=2).startswith(message)


PROBE = [sys.executable, "-c", "import sys; from modelsmith.cli import main; sys.exit(main())"]
PROBE += ["boundary", "probe"]
WITHOUT_NAMESPACES = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"'
ALONE = ("unshare", "-Ur", "sh", "-c", WITHOUT_NAMESPACES, "sh")
"""Starts a program where the kernel gives nobody a network namespace."""

BY_HOOK = (
    "local work is held in by an audit hook alone: this kernel permits no network namespace. "
    "Python libraries are refused; code in C that opens a connection by itself is not. Permit user "
    "namespaces, or run as root in a container with CAP_SYS_ADMIN\n"
)
BY_BOTH = (
    "local work is held in by an audit hook and a network namespace: local models answer and train "
    "in a thread without a network, libraries in C and started programs included\n"
)


def probed(*words, prefix=()):
    """Return what a process of its own says: a probe changes what its process may do."""
    done = subprocess.run([*prefix, *PROBE, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def is_given_a_namespace(*prefix):
    words = [*prefix, "unshare", *(() if prefix else ("-r",)), "-n", "true"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not is_given_a_namespace(), reason="this kernel permits no network namespace")
def test_a_probe_says_that_a_namespace_holds_local_work_in():
    assert probed() == (0, BY_BOTH, "")
    code, record, told = probed("--json")
    assert (code, json.loads(record), told) == (
        0,
        {"by": ["hook", "namespace"], "kind": "held"},
        "",
    )


@pytest.mark.skipif(not is_given_a_namespace(), reason="a place without one is made with one")
def test_a_probe_says_that_the_hook_stands_alone_and_what_to_do(tmp_path):
    assert not is_given_a_namespace(*ALONE)
    assert probed(prefix=ALONE) == (0, BY_HOOK, "")
    code, record, told = probed("--json", prefix=ALONE)
    assert (code, json.loads(record), told) == (0, {"by": ["hook"], "kind": "held"}, "")


def test_a_probe_takes_no_other_words(capsys):
    assert main(["boundary", "probe", "everything"]) == 2
    assert "Got unexpected extra argument (everything)" in capsys.readouterr().err
