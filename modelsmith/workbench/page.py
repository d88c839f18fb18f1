"""The workbench of a pull request: a check with located problems, a status, and one comment."""

from collections.abc import Sequence

from modelsmith.documents.diagnostic import Diagnostic, Severity, is_error, one_line
from modelsmith.documents.diagnostic_formats import summary
from modelsmith.documents.markdown import code, fenced, visible
from modelsmith.exam.authoring.scenario_page import scenario_page
from modelsmith.exam.leakage import LeakFinding
from modelsmith.exam.verdict import unchecked
from modelsmith.forge.records import MOST_COMMENT_CHARACTERS, Annotation, CheckRun, CommitStatus
from modelsmith.judges.certification.judges_page import ambiguity_lines
from modelsmith.record import short
from modelsmith.workbench.exhibit import Exhibit, Workbench
from modelsmith.workbench.issue_form import LONGEST_LIST

CHECK = "modelsmith/scenarios"
"""Name of the check run and of the status."""

MARKER = "modelsmith-workbench"
"""What the comment is known by."""

LONGEST_PAGE = 8_000
"""Characters of one scenario's page; the longest of the adtech exam has 4,400."""

ROOM = MOST_COMMENT_CHARACTERS - 1_000
"""What is filled; the rest is for the marker and the closing lines."""

MOST_DESCRIPTION = 140
"""Characters of a status (forge/records.py, Status)."""

LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def check_of(workbench: Workbench) -> CheckRun:
    """Return the check run of a commit: failed where a file cannot be used."""
    failed = any(map(is_error, workbench.diagnostics))
    return CheckRun(
        name=CHECK,
        conclusion="failure" if failed else "success",
        title=headline(workbench),
        summary="Every problem stands at its line, with how to fix it. The comment on the pull "
        "request shows what the model will see.",
        annotations=tuple(map(_annotation, workbench.diagnostics)),
    )


def status_of(workbench: Workbench) -> CommitStatus:
    """Return the same in one line."""
    failed = any(map(is_error, workbench.diagnostics))
    told = headline(workbench)[:MOST_DESCRIPTION]
    return CommitStatus(context=CHECK, state="failure" if failed else "success", description=told)


def headline(workbench: Workbench) -> str:
    """Return how many files were looked at and what was found."""
    if workbench.unclear and not workbench.files and not workbench.diagnostics:
        return f"no scenario changed; {len(workbench.unclear)} criteria are read differently"
    if not workbench.files and not workbench.diagnostics:
        return "no file of a benchmark changed"
    return summary(workbench.diagnostics, len(workbench.files))


def workbench_page(workbench: Workbench) -> str:
    """Return the comment: problems first, then each scenario as the model will see it.

    Scenarios that do not fit into a comment any more are named, not shown.
    """
    lines = [f"## Workbench\n\n{headline(workbench)} ({short(workbench.commit)})"]
    if workbench.diagnostics:
        listed = "\n".join(map(str, workbench.diagnostics))
        lines.append(fenced(listed, LONGEST_LIST))
    if workbench.unclear:
        lines.append(fenced("\n".join(_unclear(workbench)), LONGEST_LIST))
    shown, room = [], ROOM - len("\n\n".join(lines))
    for exhibit in workbench.exhibits:
        part = _exhibit(exhibit)
        if len(part) + 2 > room:
            break
        shown.append(part)
        room -= len(part) + 2
    hidden = len(workbench.exhibits) - len(shown)
    more = [f"{hidden} more scenarios do not fit here; `modelsmith scenario show ID` shows one."]
    return "\n\n".join([*lines, *shown, *(more if hidden else [])]) + "\n"


def _unclear(workbench: Workbench) -> list[str]:
    places = {(o.ambiguity.scenario, o.ambiguity.criterion): o.place for o in workbench.unclear}
    return ambiguity_lines([one.ambiguity for one in workbench.unclear], places)


def _exhibit(exhibit: Exhibit) -> str:
    one = exhibit.placed.scenario
    cell = f"{one.category} / {one.outcome_type} / {one.operator_lens}"
    facts = [
        f"- cell {code(cell)} of {exhibit.placed.split}: {_peers(exhibit.peers)}",
        f"- wrong answers made from the right one: {_tried(exhibit)}",
        *_neighbours(exhibit),
    ]
    page = scenario_page(exhibit.benchmark, one)
    return "\n".join(
        [
            f"### {code(exhibit.placed.path)}",
            "",
            *facts,
            "",
            "<details><summary>What the model sees, and what it never sees</summary>",
            "",
            fenced(page, LONGEST_PAGE),
            "",
            "</details>",
        ]
    )


def _tried(exhibit: Exhibit) -> str:
    """Return what the rubric's checks make of wrong answers; nothing where they cannot decide."""
    left = unchecked(exhibit.placed.scenario)
    if left:
        return f"not tried, no check decides {', '.join(left)}: people's labels and judges do"
    caught = len(exhibit.tried) - len(exhibit.passed)
    passed = f"; these pass: {', '.join(exhibit.passed)}" if exhibit.passed else ""
    return f"{caught} of {len(exhibit.tried)} fail{passed}"


def _peers(count: int) -> str:
    if not count:
        return "the first scenario there"
    return f"{count} other scenario{'s' if count > 1 else ''}"


def _neighbours(exhibit: Exhibit) -> Sequence[str]:
    if not exhibit.neighbours:
        return ["- leak gate: resembles nothing across the held-out line"]
    mine = exhibit.placed.scenario.id
    others: dict[str, list[LeakFinding]] = {}
    for found in exhibit.neighbours:
        other = found.held_out if found.candidate == mine else found.candidate
        others.setdefault(other, []).append(found)
    return [
        f"- leak gate {_verb(all_found)} its likeness to {code(other)}: "
        + ", ".join(f"{found.rule} {found.value:g} of {found.limit:g}" for found in all_found)
        for other, all_found in sorted(others.items())
    ]


def _verb(found: Sequence[LeakFinding]) -> str:
    return "blocks" if any(one.action == "block" for one in found) else "asks a person about"


def _annotation(found: Diagnostic) -> Annotation:
    message = f"{found.what}; expected {found.expected}; fix: {found.remedy}"
    return Annotation.model_validate(
        {
            "path": found.path,
            "line": found.line,
            "level": LEVELS[found.severity],
            "message": visible(one_line(message)),
            "title": found.rule,
        }
    )
