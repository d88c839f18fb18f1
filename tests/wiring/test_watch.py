"""The judge that a contract pins: asked over the wire as it was agreed, and else not at all."""

import json

import pytest

from modelsmith.errors import BlockedError, HostedError
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Split
from modelsmith.run.config import RunConfig
from modelsmith.run.files.config_file import models_of
from modelsmith.wiring.watch import PinnedJudge
from tests.support.exam_files import exam_repository, write
from tests.support.providers import provider_server
from tests.support.watched import a_grader

pytestmark = pytest.mark.slow

ANSWER = "FINDING: the seal leaks, says the reading of this morning.\nVERDICT: seal-leak"
CONFIG = RunConfig.model_validate({"benchmark": "pumps", "specialist": "desk"})


def says_met(call):
    return json.dumps(
        {
            "criterion": "P1",
            "expectation": "that the seal leaks",
            "quotes": ["the seal leaks, says the reading"],
            "reasoning": "it says so",
            "verdict": "met",
        }
    )


def described(root, port, *more):
    """Describe the judge in runners/models.yaml, and return it as a contract pins it."""
    lines = [
        "models:",
        "  - name: own-j",
        "    provider: vllm",
        "    family: own",
        "    api: openai",
        "    model: gpt-5.5-2026-04-23",
        f"    url: http://127.0.0.1:{port}/v1",
        "    keyEnv: OWN_KEY",
        *more,
    ]
    write(root, "runners/models.yaml", "\n".join(lines) + "\n")
    model = models_of(root).named("own-j")
    assert model is not None
    return a_grader(model)


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Return a repository, and what asks about one criterion of one answer there."""
    monkeypatch.setenv("OWN_KEY", "planted")
    exam = ExamFolder(exam_repository(tmp_path), "pumps").exam()
    wanted = [(exam.steer[0], Split.STEER, ANSWER, ["P1"])]
    judge = PinnedJudge(tmp_path, "sandbox")
    return tmp_path, lambda grader: judge.opinions(grader, exam.benchmark, wanted, CONFIG)


def test_the_judge_is_asked_as_it_was_agreed(asked):
    root, ask = asked
    with provider_server(says_met) as server:
        [vote] = ask(described(root, server.port, "    inside: true"))
        assert server.refusals == []
    assert (vote.judge, vote.criterion, vote.outcome) == ("own-j", "P1", Outcome.MET)
    assert (root / ".modelsmith/watch/sandbox.outbound.jsonl").is_file()


def test_another_judge_of_that_name_is_not_asked(asked):
    root, ask = asked
    with provider_server(says_met) as server:
        grader = described(root, server.port, "    inside: true")
        described(root, server.port, "    inside: true", "    reasoning: high")
        words = "own-j, .* is not the judge that was agreed: another reasoning than was agreed"
        with pytest.raises(BlockedError, match=words):
            ask(grader)
        assert server.calls == []


def test_a_hosted_judge_is_not_asked(asked):
    root, ask = asked
    with provider_server(says_met) as server:
        grader = described(root, server.port)
        with pytest.raises(BlockedError, match="a hosted judge never decides a revert"):
            ask(grader)
        assert server.calls == []


def test_a_judge_without_its_key_is_no_round(asked, monkeypatch):
    root, ask = asked
    monkeypatch.delenv("OWN_KEY")
    with pytest.raises(HostedError, match="OWN_KEY"):
        ask(described(root, 1, "    inside: true"))
