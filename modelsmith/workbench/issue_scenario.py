"""A filled-in issue form as a scenario file: every value quoted as YAML wants it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from modelsmith.documents.diagnostic import one_line, quoted
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.written_yaml import yaml_text
from modelsmith.exam.authoring.pasted_table import table_in
from modelsmith.exam.authoring.scenario_draft import draft_text, drafted_scenario
from modelsmith.exam.authoring.scenario_file import schema_line
from modelsmith.exam.authoring.slips import says_nothing
from modelsmith.exam.authoring.to_confirm import without_marks
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.criteria_text import criteria_in
from modelsmith.exam.scenario import LONGEST_ID, SCENARIO_ID, Split, example_id
from modelsmith.workbench.issue_form import (
    CONFIRMED,
    OFFERED,
    QUESTIONS,
    TICKET_QUESTIONS,
    IssueDraft,
)

AS_YAML = re.compile(
    r"^\s*(?:-\s*)?(?:\{\s*)?(?:text|check|weight|required|points|levels)\s*:", re.MULTILINE
)
"""What a criterion holds that is written as YAML."""

AS_TABLE = re.compile(r"^(?:columns|turns)\s*:", re.MULTILINE)
"""What an input holds that is a table, or a conversation, written as YAML."""


def scenario_draft_of(
    benchmarks: Mapping[str, Benchmark], answers: Mapping[str, str]
) -> IssueDraft:
    """Return the file that a form describes, or why it describes none.

    Args:
        benchmarks: The benchmarks of the repository, by domain.
        answers: What was written, by field; never trusted.
    """
    problems = list(_misplaced(benchmarks, answers))
    if problems:
        return IssueDraft(path="", text="", problems=tuple(problems))
    benchmark, name = benchmarks[answers["benchmark"]], answers["id"]
    if "ticket" in answers:
        return _from_ticket(benchmark, answers)
    fields: dict[str, Any] = {}
    for field, label in list(QUESTIONS.items())[2:]:
        key = benchmark.mechanic.field if field == "mechanic" else field
        value, found = READ.get(field, _text)(benchmark, label, answers[field])
        fields[key] = value
        problems += found
    path = f"benchmarks/{benchmark.domain}/{answers['split']}/{name}.yaml"
    text = "" if problems else f"{schema_line(benchmark.domain)}\n{yaml_text(fields)}"
    listed = () if problems else (*_listed("P", fields), *_listed("F", fields))
    return IssueDraft(path=path, text=text, problems=tuple(problems), criteria=listed)


def _from_ticket(benchmark: Benchmark, answers: Mapping[str, str]) -> IssueDraft:
    """Return the file that is drafted from a ticket; its marks go once its author confirms it."""
    path = f"benchmarks/{benchmark.domain}/{answers['split']}/{answers['id']}.yaml"
    ticket, table, problems = answers["ticket"], None, list[str]()
    if not ticket.strip():
        problems.append(f"{TICKET_QUESTIONS['ticket']} is empty; expected the words of the case")
    if answers["data"].strip():
        table, found = table_in(TICKET_QUESTIONS["data"], answers["data"], ticket)
        problems += map(str, found)
    mechanic, found_in_it = _yaml(benchmark, QUESTIONS["mechanic"], answers["mechanic"] or "{}")
    problems += found_in_it
    if problems:
        return IssueDraft(path=path, text="", problems=tuple(problems))
    given = {name: answers[name] for name in ("id", "outcomeType", "operatorLens", "category")}
    draft = drafted_scenario(
        benchmark, ticket, table, {**given, benchmark.mechanic.field: mechanic}
    )
    split, source = Split(answers["split"]), "a ticket in an issue"
    text, is_confirmed = draft_text(benchmark, draft, split, source), False
    if answers["confirmed"] == CONFIRMED and not draft.open_fields:
        document, _ = parsed(path, text.encode())
        text, is_confirmed = (text, False) if document is None else (without_marks(document), True)
    listed = (*_listed("P", draft.fields), *_listed("F", draft.fields))
    return IssueDraft(
        path=path, text=text, problems=(), criteria=listed, is_unconfirmed=not is_confirmed
    )


def _listed(letter: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the criteria of one kind, each after its id; none where the YAML holds no list."""
    said = fields["passCriteria" if letter == "P" else "failCriteria"]
    texts = [one.get("text", "") if isinstance(one, Mapping) else one for one in said or ()]
    return tuple(f"{letter}{n}  {one_line(str(text))}" for n, text in enumerate(texts, start=1))


def _misplaced(benchmarks: Mapping[str, Benchmark], answers: Mapping[str, str]) -> list[str]:
    """Return why no path can be made of the answers; each is a part of one."""
    found = []
    if answers["benchmark"] not in benchmarks:
        named = ", ".join(benchmarks) or "none"
        found.append(
            f"{QUESTIONS['benchmark']} is {quoted(answers['benchmark'])}; there are: {named}"
        )
    offered = [split.value for split in OFFERED]
    if answers["split"] not in offered:
        found.append(
            f"{QUESTIONS['split']} is {quoted(answers['split'])}; expected {' or '.join(offered)}: "
            f"a {Split.SEALED} scenario is never written in an issue"
        )
    if len(answers["id"]) > LONGEST_ID:
        found.append(f"{QUESTIONS['id']} is too long; expected at most {LONGEST_ID} characters")
    elif not re.fullmatch(SCENARIO_ID, answers["id"]):
        found.append(
            f"{QUESTIONS['id']} is {quoted(answers['id'])}; expected capitals, digits and at least "
            f"one underscore: {example_id(answers['benchmark'])}"
        )
    return found


def _text(_benchmark: Benchmark, _label: str, said: str) -> tuple[Any, list[str]]:
    return said, []


def _criteria(benchmark: Benchmark, label: str, said: str) -> tuple[Any, list[str]]:
    if AS_YAML.search(said):
        return _yaml(benchmark, label, said)
    return list(criteria_in(said, benchmark.language)), []


def _mistakes(benchmark: Benchmark, label: str, said: str) -> tuple[Any, list[str]]:
    """Return the fail criteria; none where a word says that there are none."""
    return ([], []) if says_nothing(said) else _criteria(benchmark, label, said)


def _input(benchmark: Benchmark, label: str, said: str) -> tuple[Any, list[str]]:
    return _yaml(benchmark, label, said) if AS_TABLE.search(said) else (said, [])


def _yaml(_benchmark: Benchmark, label: str, said: str) -> tuple[Any, list[str]]:
    document, problems = parsed(label, said.encode())
    return (None if document is None else document.value), [str(problem) for problem in problems]


READ: Mapping[str, Callable[[Benchmark, str, str], tuple[Any, list[str]]]] = {
    "mechanic": _yaml,
    "passCriteria": _criteria,
    "failCriteria": _mistakes,
    "domainInput": _input,
}
"""How an answer is read that is not plain text."""
