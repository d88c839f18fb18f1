"""Local models that judge: a script decides, and they reply as a model without a forced shape."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from modelsmith.boundary.hosted_model import LocalJudge, LocalModel
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.local_client import LocalOutbound
from modelsmith.disk.console import NoProgress
from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.prompt import presentable
from modelsmith.models.generation import Prompt, Sampling
from modelsmith.run.files.answer_cache import FileCache
from tests.support.engines import Says, ScriptedEngine, ScriptedEngines

FENCED = re.compile(r"<<<<< begin (\w+)\n(.*)\n>>>>> end \1", re.DOTALL)
ASKED = re.compile(r"^Criterion ([PF]\d+),")

Decides = Callable[[str, str], bool]
"""(answer as shown, criterion) -> whether it is met."""


def a_local_judge(name: str = "own", family: str = "own", model: str | None = None) -> LocalJudge:
    """Return a local judge as `ScriptedEngines` open it, unless its weights are said to differ."""
    source = LocalModel(name=name, path=f"models/{name}", family=family)
    return LocalJudge(source=source, made_of={"model": model or name})


def judging(decides: Decides, wrapped: str = "Here it is:\n```json\n{reply}\n```\nDone.") -> Says:
    """Return what a judge says that decides so, its JSON within other words."""

    def says(prompt: Prompt, _: str, __: Sampling) -> str:
        found = FENCED.search("\n".join(turn.content for turn in prompt))
        asked = next(a for turn in reversed(prompt) if (a := ASKED.match(turn.content)))
        assert found is not None
        is_met = decides(found[2], asked[1])
        reply = {
            "criterion": asked[1],
            "expectation": "what a right answer says",
            "quotes": [max(found[2].splitlines(), key=len)] if is_met else [],
            "reasoning": "read it",
            "verdict": "met" if is_met else "not_met",
        }
        return wrapped.replace("{reply}", json.dumps(reply))

    return says


def as_people_did(exam: JudgeExam) -> Decides:
    """Return the decisions of people; what they did not see meets nothing."""
    labels = {
        (presentable(answer.text), key): label
        for sheet in exam.sheets
        for answer in sheet.answers
        for key, label in answer.labels.items()
    }
    return lambda shown, key: labels.get((shown, key)) is Outcome.MET


def asking(root: Path, says: Says, *judges: LocalJudge, fails_at: int = 0) -> LocalOutbound:
    """Return what asks local judges; cache and journal lie in `root`, and are found again."""
    return LocalOutbound(
        judges=judges or (a_local_judge(),),
        engines=ScriptedEngines(says, fails_at=fails_at),
        cache=FileCache(root / "cache"),
        journal=FileJournal(root / "outbound.jsonl"),
        progress=NoProgress(),
    )


class KnownEngine(ScriptedEngine):
    """An engine of the weights that a judge was looked up with."""

    def __init__(self, says: Says, judge: LocalJudge) -> None:
        super().__init__(says, model=judge.name)
        self._made_of = judge.made_of

    @property
    def identity(self) -> Mapping[str, str]:
        return {**super().identity, **self._made_of}


class KnownEngines(ScriptedEngines):
    """Opens a judge as it was looked up."""

    def __init__(self, says: Says, judge: LocalJudge) -> None:
        super().__init__(says)
        self._judge = judge

    def made(self, *, adapter: str, model: str, fails_at: int) -> ScriptedEngine:
        assert (adapter, model, fails_at) == ("none", self._judge.name, 0)
        return KnownEngine(self._says, self._judge)
