"""What somebody is told who filled in the scenario form."""

from modelsmith.documents.markdown import code, fenced
from modelsmith.forge.records import Issue
from modelsmith.workbench.issue_form import IssueOutcome

LONGEST_LIST = 12_000
"""Characters of the list of problems: about forty."""

LONGEST_FILE = 40_000
"""Characters of the file that is shown; with the list it fits into a comment."""


def comment_of(answer: IssueOutcome) -> str:
    """Return the comment on the issue: the pull request, or what is wrong and the file so far."""
    if answer.pull is not None:
        return (
            f"Thank you. This is pull request #{answer.pull.number} now. Edit the issue as long as "
            "nobody has changed the file there, and it follows.\n"
        )
    if answer.kind == "taken-over":
        told = fenced("\n".join(answer.why), LONGEST_LIST)
        return f"Somebody has changed the file in the pull request. Go on there.\n\n{told}\n"
    parts = ["This form is no scenario yet. Edit the issue, and it is looked at again."]
    parts.append(fenced("\n".join(answer.why), LONGEST_LIST))
    if answer.drafted is not None and answer.drafted.text:
        parts.append(f"What came of it, as {code(answer.drafted.path)}:")
        parts.append(fenced(_numbered(answer.drafted.text), LONGEST_FILE))
    return "\n\n".join(parts) + "\n"


def description_of(issue: Issue, answer: IssueOutcome) -> str:
    """Return the body of the pull request."""
    who = code(issue.author.login)
    parts = [f"Written by {who} in the form of issue #{issue.number}. Closes #{issue.number}."]
    if answer.why:
        parts.append("To look at:")
        parts.append(fenced("\n".join(answer.why), LONGEST_LIST))
    return "\n\n".join(parts) + "\n"


def _numbered(text: str) -> str:
    return "\n".join(f"{n:3} {line}" for n, line in enumerate(text.splitlines(), start=1))
