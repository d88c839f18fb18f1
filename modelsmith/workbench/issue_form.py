"""The issue form that a scenario may be written in, and what somebody filled in.

GitHub turns a form into Markdown: a heading for each field, and under it what was written, in a
code block where the form asks for YAML. Whoever fills it in can write anything, headings too.

What came of it is told in a comment on the issue, and in the body of the pull request.
"""

import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Literal

from modelsmith.documents.markdown import code, fenced
from modelsmith.exam.scenario import Split
from modelsmith.forge.records import MOST_COMMENT_CHARACTERS, Issue, PullRequest
from modelsmith.record import Record

LABEL = "scenario"
"""Label of an issue that the form opened; the form sets it."""

NOTHING = "_No response_"
"""What GitHub writes where nothing was filled in."""

QUESTIONS: Mapping[str, str] = {
    "benchmark": "Benchmark",
    "split": "Split",
    "id": "Name",
    "outcomeType": "Outcome type",
    "operatorLens": "Operator lens",
    "category": "Category",
    "mechanic": "Mechanic",
    "description": "Description",
    "testObjective": "Test objective",
    "passCriteria": "Pass criteria",
    "failCriteria": "Fail criteria",
    "domainInput": "Domain input",
}
"""Heading of each question by its field: the two that say where the scenario goes, then its ten."""

TICKET_QUESTIONS: Mapping[str, str] = {
    **{field: QUESTIONS[field] for field in list(QUESTIONS)[:7]},
    "ticket": "Ticket",
    "data": "Table",
    "confirmed": "Confirmed",
}
"""The same of the form that a ticket is pasted into: what no ticket says, then the ticket."""

CONFIRMED = "yes, I have read the draft and it is right"
NOT_CONFIRMED = "not yet, show me the draft"
"""What may be said of the draft: it counts once its author confirms it."""

OFFERED = (Split.TRAIN, Split.STEER)
"""Splits that the form offers: what stands in an issue is read by too many to be sealed."""

HEADING = re.compile(r"^### (.*?)\s*$", re.MULTILINE)
CODE_BLOCK = re.compile(r"\A(`{3,})[a-z]*\n(.*?)\n?\1\Z", re.DOTALL)

LONGEST_LIST = 12_000
"""Characters of the list of problems: about forty."""

LONGEST_FILE = 40_000
"""Characters of the file that is shown; with the list it fits into a comment."""


class Filled(Record):
    """A form as it came back."""

    answers: Mapping[str, str]
    """What was written, by field; empty where nothing was."""
    problems: tuple[str, ...] = ()
    """Why it cannot be read as the form; the answers are empty then."""


def form_of(body: str) -> Filled:
    """Return what the body of an issue says.

    Each heading must be there once and in the form's order, so that a text which holds headings of
    its own is refused and never taken for the answer to another question.
    """
    if len(body) > MOST_COMMENT_CHARACTERS:
        said = f"the issue has {len(body):,} characters, expected {MOST_COMMENT_CHARACTERS:,}"
        return Filled(answers={}, problems=(f"{said} at most",))
    text = body.replace("\r\n", "\n")
    headings = {match[1] for match in HEADING.finditer(text)}
    is_ticket = {"Ticket", "Confirmed"} <= headings and QUESTIONS["description"] not in headings
    questions = TICKET_QUESTIONS if is_ticket else QUESTIONS
    wanted = list(questions.values())
    found = [match for match in HEADING.finditer(text) if match[1] in wanted]
    names = [match[1] for match in found]
    if names != wanted:
        return Filled(answers={}, problems=tuple(_strays(names, wanted)))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return Filled(
        answers={
            name: _answer(text[match.end() : end])
            for name, match, end in zip(questions, found, ends, strict=True)
        }
    )


def _strays(names: list[str], wanted: list[str]) -> list[str]:
    told = [f"the heading `### {w}` is missing" for w in wanted if w not in names]
    told += [f"the heading `### {w}` is there twice" for w in wanted if names.count(w) > 1]
    return told or ["the headings are not in the form's order"]


def _answer(text: str) -> str:
    said = dedent(text).strip()
    block = CODE_BLOCK.match(said)
    said = block[2] if block else said
    return "" if said == NOTHING else said


class IssueDraft(Record):
    """A scenario file that somebody's answers describe."""

    path: str
    """Where it would lie; empty where the answers say no place."""
    text: str
    """What it would hold; empty where the answers cannot be read."""
    problems: tuple[str, ...]
    """Why there is no such file."""
    criteria: tuple[str, ...] = ()
    """The criteria as they were cut from what was written, each after its id."""
    is_unconfirmed: bool = False
    """Whether it was drafted from a ticket and its author has not confirmed it."""


class IssueOutcome(Record):
    """What came of an issue."""

    kind: Literal["left-alone", "refused", "proposed", "taken-over"]
    """Nothing of ours; something is wrong; a pull request; one that others have changed since."""
    why: tuple[str, ...]
    """Why it was left alone or refused; what a reviewer of the proposal should look at."""
    drafted: IssueDraft | None = None
    """The file, as far as there is one."""
    pull: PullRequest | None = None
    """The pull request."""


def comment_of(answer: IssueOutcome) -> str:
    """Return the comment on the issue: the pull request, or what is wrong and the file so far."""
    if answer.pull is not None:
        return (
            f"Thank you. This is pull request #{answer.pull.number} now. Edit the issue as long as "
            "nobody has changed the file there, and it follows.\n"
            f"{_questions(answer)}{_rubric(answer)}"
        )
    if answer.kind == "taken-over":
        told = fenced("\n".join(answer.why), LONGEST_LIST)
        return f"Somebody has changed the file in the pull request. Go on there.\n\n{told}\n"
    parts = ["This form is no scenario yet. Edit the issue, and it is looked at again."]
    parts.append(fenced("\n".join(answer.why), LONGEST_LIST))
    if answer.drafted is not None and answer.drafted.text:
        parts.append(f"What came of it, as {code(answer.drafted.path)}:")
        parts.append(fenced(_numbered(answer.drafted.text), LONGEST_FILE))
    return "\n\n".join(parts) + "\n" + _rubric(answer)


def description_of(issue: Issue, answer: IssueOutcome) -> str:
    """Return the body of the pull request."""
    who = code(issue.author.login)
    parts = [f"Written by {who} in the form of issue #{issue.number}. Closes #{issue.number}."]
    if answer.why:
        parts.append("To look at:")
        parts.append(fenced("\n".join(answer.why), LONGEST_LIST))
    return "\n\n".join(parts) + "\n" + _rubric(answer)


def _questions(answer: IssueOutcome) -> str:
    """Return the draft and what it leaves open, where its author is to confirm it."""
    if answer.drafted is None or not answer.drafted.is_unconfirmed:
        return ""
    return (
        "\nIt was drafted from the ticket and counts for nothing yet. Edit the ticket until the "
        f"draft is right, then choose {code(CONFIRMED)} under {TICKET_QUESTIONS['confirmed']}. It "
        f"asks:\n\n{fenced(chr(10).join(answer.why), LONGEST_LIST)}\n\n"
        f"{fenced(_numbered(answer.drafted.text), LONGEST_FILE)}\n"
    )


def _rubric(answer: IssueOutcome) -> str:
    """Return what each criterion has become, numbered, before it counts."""
    if answer.drafted is None or not answer.drafted.criteria:
        return ""
    listed = fenced("\n".join(answer.drafted.criteria), LONGEST_LIST)
    return (
        "\nAn answer is judged by these, one by one. Where one was cut wrongly, write a list "
        f"with one criterion an item.\n\n{listed}\n"
    )


def _numbered(text: str) -> str:
    return "\n".join(f"{n:3} {line}" for n, line in enumerate(text.splitlines(), start=1))
