"""Issues as GitHub writes them when somebody fills in the scenario form."""

from collections.abc import Mapping

from modelsmith.workbench.issue_form import NOT_CONFIRMED, QUESTIONS, TICKET_QUESTIONS
from tests.support.tickets import TABLE, TICKET

RENDERED = ("mechanic", "domainInput")
"""Fields that the form asks for in YAML: GitHub puts a code block around them."""

ANSWERS: Mapping[str, str] = {
    "benchmark": "pumps",
    "split": "train",
    "id": "PUMP_FORM",
    "outcomeType": "tp",
    "operatorLens": "planner",
    "category": "BEARINGS",
    "mechanic": "drive: diesel\nseal: single",
    "description": "The weekly plan asks whether the old pump lasts until the outage in May.",
    "testObjective": "Finds out whether the model sees a bearing that wears: slowly, then fast.",
    "passCriteria": (
        "- {text: 'Cites vibration_mm_s at its latest value, 7.4.', "
        "check: {number: {metric: vibration_mm_s, value: 7.4}}}\n"
        "- {text: Says that the bearing is wearing out., check: {contains: bearing is wearing}}\n"
        "- {text: Recommends to replace the bearing., check: {contains: replace the bearing}}\n"
        "- {text: Gives the verdict bearing-wear., check: {verdict: bearing-wear}}"
    ),
    "failCriteria": "_No response_",
    "domainInput": (
        "columns: [day, vibration_mm_s, flow_l_min]\nrows:\n"
        "  - [2026-04-01, 2.1, 400]\n  - [2026-04-02, 4.2, 401]\n  - [2026-04-03, 7.4, 399]"
    ),
}


def issue_body(**answers: str) -> str:
    """Return the body of an issue with these answers, and good ones to everything else."""
    parts = []
    for field, label in QUESTIONS.items():
        said = {**ANSWERS, **answers}[field]
        shown = f"```yaml\n{said}\n```" if field in RENDERED else said
        parts.append(f"### {label}\n\n{shown}\n")
    return "\n".join(parts)


def ticket_body(**answers: str) -> str:
    """Return the body of an issue that a ticket was pasted into."""
    said = {**ANSWERS, "ticket": TICKET, "data": TABLE, "confirmed": NOT_CONFIRMED, **answers}
    parts = []
    for field, label in TICKET_QUESTIONS.items():
        is_code = field in {"mechanic", "ticket", "data"}
        shown = f"```text\n{said[field]}\n```" if is_code else said[field]
        parts.append(f"### {label}\n\n{shown}\n")
    return "\n".join(parts)
