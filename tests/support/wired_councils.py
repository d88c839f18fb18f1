"""Councils whose members are asked over three wires, and runs that have judges beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modelsmith.boundary.grants import Boundary, Grant
from modelsmith.boundary.hosted_model import Api, Hosted
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.exam.benchmark import Exam
from modelsmith.run.context import PhaseOutbound
from modelsmith.run.ports import RunFolder
from modelsmith.store.port import Cache
from tests.support import frontier_runs
from tests.support.clock import FixedClock
from tests.support.councils import FIELDS, a_draft, draft_of
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import by_checks, some_certified_judges
from tests.support.providers import Call, Said
from tests.support.runs import Workshop, a_workshop, an_exam, answer_to, learning
from tests.support.scenarios import PROBLEMS
from tests.support.wired_runs import WiredFrontier, a_wired_model

MEMBERS: Mapping[str, Api] = {"claude": "anthropic", "gemini": "gemini", "gpt": "openai"}
"""A member of each wire, by its family."""

WORDS = {"claude": "quiet harbour", "gpt": "garden theatre"}
NEVER = learning(0.0, 0.0, 0.0, 0.0)

JUDGES = ("claude-j", "gemini-j", "gpt-j")
TEMPERS = dict.fromkeys(JUDGES, Temper(sensitivity=0.97, specificity=0.97))
"""Judges that err apart from each other, so that their panel decides."""


class WiredCouncil:
    """What members say of an exam: claude and gpt propose; gemini copies what is sealed.

    On the category `loses` gemini replies with another object than was asked for, also when it is
    asked again.
    """

    def __init__(self, exam: Exam, loses: str = "") -> None:
        self._exam, self._loses = exam, loses

    def __call__(self, call: Call) -> str:
        member, told = member_of(call), "\n".join(turn.text for turn in call.turns)
        properties = (call.schema or {}).get("properties", {})
        if "proposals" in properties:
            (category,) = [one for one in PROBLEMS if f"Category: {one}," in told]
            if (member, category) == ("gemini", self._loses):
                return json.dumps({"scenarios": []})
            if member == "gemini":
                sealed = next(s for s in self._exam.sealed if s.category == category)
                return json.dumps({"proposals": [draft_of(sealed)]})
            draft = a_draft(category, f"{WORDS[member]} {category.lower()}")
            return json.dumps({"proposals": [draft]})
        if "vote" in properties:
            return json.dumps({"reason": "the table shows it", "vote": "yes"})
        question = next(turn.text for turn in call.turns if "Verdicts:" in turn.text)
        return answer_to(question, right="is wrong" not in call.last)


def member_of(call: Call) -> str:
    """Return who is asked: each family speaks a wire of its own."""
    return next(name for name, api in MEMBERS.items() if api == call.api)


JUDGED_EXAM = an_exam({"train": 6, "steer": 2, "sealed": 6})


class WiredRoom:
    """Members and judges; the provider keeps no prompt, so that one call costs the same twice."""

    def __init__(self) -> None:
        self._members, self._judges = WiredCouncil(JUDGED_EXAM), WiredFrontier(TEMPERS)

    def __call__(self, call: Call) -> Said:
        is_judge = "verdict" in (call.schema or {}).get("properties", {})
        said = (self._judges if is_judge else self._members)(call)
        return Said(said, cached_tokens=0)


def a_judged_council(
    root: Path,
    port: int,
    *,
    folder: RunFolder | None = None,
    cache: Cache | None = None,
    judges: Sequence[str] = JUDGES,
) -> Workshop:
    """Return a run of one round that never learns: judges at `port` grade it, a council proposes.

    One call is under way at a time and the clock stands still, so that two walks record the same.

    Args:
        root: Its repository.
        port: Where the providers are.
        folder: What is recorded; the run's own folder where none is given.
        cache: Replies of before; the run's own where none is given.
        judges: Who grades; they sat the exam before.
    """
    members = [f"{family}-1" for family in MEMBERS]
    granted = frontier_runs.hosting(*members, *judges)
    found = [a_wired_model(model.name, port) for model in granted.models]
    one_by_one = [model.limits.model_copy(update={"concurrency": 1}) for model in found]
    models = tuple(
        model.model_copy(update={"limits": limits})
        for model, limits in zip(found, one_by_one, strict=True)
    )
    grants = [
        Grant(provider=provider, purpose="council", splits=("train",), fields=FIELDS)
        for provider in sorted({model.provider for model in models})
    ]
    boundary = Boundary(name="frontier", grants=(*granted.boundary.grants, *grants))
    workshop = a_workshop(
        root,
        exam=JUDGED_EXAM,
        skill=NEVER,
        judges=list(judges),
        boundary="frontier",
        model={"name": "tiny", "path": "tiny", "family": "tiny"},
        training={"variants": 1, "replay": 0.5, "batch": 4, "samples": 2},
        budgets={"iterations": 1, "costUsd": 100.0},
        council={"members": ["mutator", *members], "after": 1},
    )
    tools = replace(workshop.tools, folder=folder or workshop.tools.folder)
    asking = LitellmModels(waits=0.0, elapsed_s=FixedClock().elapsed_s)
    wall = ProcessWall(tools.clock)
    outbound = PhaseOutbound(
        asking,
        cache or tools.cache,
        tools.folder,
        wall,
        tools.clock,
        tools.progress,
        tools.engines,
    )
    workshop.tools = replace(tools, outbound=outbound)
    workshop.hosted = Hosted(boundary=boundary, models=models)
    truth = by_checks(workshop.snapshot, tools.families)
    frontier = ScriptedFrontier(TEMPERS, truth)
    workshop.certified_judges = some_certified_judges(
        workshop.snapshot, workshop.hosted, judges, frontier
    )
    return workshop
