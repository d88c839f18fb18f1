"""A filled-in issue form as a scenario file: every value quoted as YAML wants it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from modelsmith.documents.diagnostic import one_line, quoted
from modelsmith.documents.strict_yaml import parsed
from modelsmith.exam.authoring.scenario_file import schema_line
from modelsmith.exam.authoring.slips import says_nothing
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.criteria_text import criteria_in
from modelsmith.exam.scenario import LONGEST_ID, SCENARIO_ID, Split
from modelsmith.workbench.issue_form import OFFERED, QUESTIONS, IssueDraft

WIDTH = 96
"""Characters of a line, as in the files that people write."""

AS_YAML = re.compile(r"^\s*(?:-\s*)?(?:\{\s*)?(?:text|check|weight|required)\s*:", re.MULTILINE)
"""What a criterion holds that is written as YAML."""

AS_TABLE = re.compile(r"^columns\s*:", re.MULTILINE)


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
    fields: dict[str, Any] = {}
    for field, label in list(QUESTIONS.items())[2:]:
        key = benchmark.mechanic.field if field == "mechanic" else field
        value, found = READ.get(field, _text)(benchmark, label, answers[field])
        fields[key] = value
        problems += found
    path = f"benchmarks/{benchmark.domain}/{answers['split']}/{name}.yaml"
    text = "" if problems else f"{schema_line(benchmark.domain)}\n{_written(fields)}"
    listed = () if problems else (*_listed("P", fields), *_listed("F", fields))
    return IssueDraft(path=path, text=text, problems=tuple(problems), criteria=listed)


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
            "one underscore: ADTECH_FLOOR_RAISED"
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


class _Dumper(yaml.SafeDumper):
    """Writes rows of a table on a line, and long texts folded, as people do."""


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else ">" if len(value) > WIDTH else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    is_flat = not any(isinstance(part, list | dict) for part in value)
    is_short = all(len(str(part)) <= WIDTH // 4 for part in value)
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=bool(value) and is_flat and is_short
    )


_Dumper.add_representer(str, _string)
_Dumper.add_representer(list, _list)


def _written(fields: Mapping[str, Any]) -> str:
    """Return the fields as YAML that is read back as just them; as JSON where style costs that."""
    styled = yaml.dump(
        dict(fields), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH
    )
    document, problems = parsed("form", styled.encode())
    is_seen = all(problem.rule != "hidden-character" for problem in problems)
    if document is not None and is_seen and document.value == fields:
        return styled
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in fields.items())
