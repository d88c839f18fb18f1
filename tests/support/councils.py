"""A scripted council in memory: members whose drafts, answers and votes are known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.grants import Boundary, Grant
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.exam.scenario import Scenario, Table
from tests.support.frontier_runs import a_model
from tests.support.runs import Workshop, a_workshop, answer_to
from tests.support.scenarios import ALL_CLEAR, PROBLEMS, TELLS

MEMBERS = ("claude-1", "gemini-1", "gpt-1")
FIELDS = ("description", "domainInput", "category")

Faults = Callable[[str, Ask], Lost | Reply | str | None]


def a_draft(category: str, words: str = "quiet harbour", **changes: object) -> dict[str, object]:
    """Return a draft with a problem that its table shows."""
    label, says, recommends = PROBLEMS[category]
    tell = TELLS[category]
    none = {"verdict": "", "value": 0, "tolerance": 0, "metric": "", "phrases": []}
    checks = (
        (f"Says that {says}.", {"kind": "contains", "phrases": [says]}),
        (f"Reads the last {tell}.", {"kind": "number", "metric": tell, "value": 93}),
        (f"Recommends to {recommends}.", {"kind": "contains", "phrases": [recommends]}),
        (f"Concludes {label}.", {"kind": "verdict", "verdict": label}),
    )
    contrary = ALL_CLEAR[2]
    fail = {"kind": "contains", "phrases": [contrary]}
    rows = [["mon", "31", "18"], ["tue", "62", "15"], ["wed", "93", "11"]]
    draft: dict[str, object] = {
        "why": "the last figure is not read",
        "description": f"A {words} buyer asks why {words} spend looks strange since Monday.",
        "testObjective": "Finds out whether the last figure is read before a verdict is given.",
        "outcomeType": "tp",
        "operatorLens": "dsp",
        "mechanic": {"pricing": "first"},
        "domainInput": {"text": "", "columns": ["day", tell, "win_rate_pct"], "rows": rows},
        "passCriteria": [
            {"text": text, "weight": 1, "required": True, "check": none | check}
            for text, check in checks
        ],
        "failCriteria": [
            {
                "text": f"Recommends to {contrary}.",
                "weight": 1,
                "required": True,
                "check": none | fail,
            }
        ],
        "answer": f"FINDING: {says}.\nEVIDENCE: {tell} went from 31 to 93.\n"
        f"ACTION: {recommends}.\nVERDICT: {label}",
    }
    return draft | changes


class ScriptedCouncil:
    """Members that propose what they are told to, answer right, and vote yes.

    Attributes:
        sent: Every question, with who was asked.
    """

    def __init__(
        self,
        drafts: Callable[[str, str], Sequence[object]],
        *,
        faults: Faults = lambda *_: None,
    ) -> None:
        """Take what (member, category) proposes, and what is said instead of the usual."""
        self._drafts, self._faults = drafts, faults
        self.sent: list[tuple[str, Ask]] = []

    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        return [self._reply(model, ask) for ask in asks]

    def _reply(self, model: str, ask: Ask) -> Reply | Lost:
        self.sent.append((model, ask))
        said = self._faults(model, ask)
        if isinstance(said, Lost | Reply):
            return said
        text = self._says(model, ask) if said is None else said
        return Reply.model_validate(
            {
                "text": text,
                "value": json.loads(text) if ask.shape and text.startswith("{") else None,
                "finish": "stop",
                "model": f"{model}-2026-01-01",
                "read_tokens": 300,
                "written_tokens": 40,
                "cost_usd": 0.01,
                "latency_s": 0.5,
            }
        )

    def _says(self, model: str, ask: Ask) -> str:
        if kind_of(ask) == "drafts":
            data = ask.prompt[-1].content
            (category,) = [c for c in PROBLEMS if f"Category: {c}," in data]
            return json.dumps({"proposals": list(self._drafts(model, category))})
        if kind_of(ask) == "ballot":
            return json.dumps({"reason": "the table shows it", "vote": "yes"})
        question = next(m.content for m in ask.prompt if "Verdicts:" in m.content)
        return answer_to(question, right=kind_of(ask) == "answer")


def kind_of(ask: Ask) -> str:
    """Return what a question of the council is about."""
    if ask.shape is not None:
        return {"proposals": "drafts", "ballot": "ballot"}[ask.shape.name]
    return "wrong" if "is wrong" in ask.prompt[-1].content else "answer"


def council_of(*names: str, granted: Sequence[str] = ("anthropic", "google", "openai")) -> Hosted:
    """Return members with a boundary that grants some of their providers a look at train."""
    grants = tuple(
        Grant(provider=one, purpose="council", splits=("train",), fields=FIELDS) for one in granted
    )
    models = tuple(a_model(name) for name in sorted(names))
    return Hosted(boundary=Boundary(name="council", grants=grants), models=models)


def a_council_run(
    root,
    council: ScriptedCouncil,
    *,
    members: Sequence[str] = MEMBERS,
    granted: Sequence[str] = ("anthropic", "google", "openai"),
    settings: dict[str, object] | None = None,
    **changes: object,
) -> Workshop:
    """Return a run whose council is scripted; models are asked at the first failure."""
    given = {"members": ["mutator", *members], "after": 1} | (settings or {})
    workshop = a_workshop(root, boundary="council", council=given, **changes)
    workshop.tools = replace(workshop.tools, outbound=lambda _case: council)
    workshop.hosted = council_of(*(m for m in members if m != "local"), granted=granted)
    return workshop


def draft_of(scenario: Scenario) -> dict[str, object]:
    """Return a draft that copies a scenario's words and figures."""
    table = scenario.domain_input
    assert isinstance(table, Table)
    rows = [[str(cell) for cell in row] for row in table.rows]
    given = {"text": "", "columns": list(table.columns), "rows": rows}
    return a_draft(scenario.category, description=scenario.description, domainInput=given)
