"""A filled-in issue form becomes a branch and a pull request, or an answer that says what is wrong.

1. What does not concern us is left alone: a closed issue, one without the label, a program's.
2. The answers are read and drafted as a file, and the file is checked on the default branch.
3. Nothing wrong: one commit in the name of who filled the form in, and a pull request.
4. Something wrong: one comment on the issue, brought up to date when the issue is edited.
   A branch that somebody else has changed is theirs from then on.

A comment starts nothing, so no answer of ours is ever answered.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from modelsmith.documents.diagnostic import Diagnostic, is_error
from modelsmith.errors import BlockedError, ForgeRefusedError
from modelsmith.exam.benchmark import Benchmark
from modelsmith.forge.port import Forge
from modelsmith.forge.records import Issue, PullRequest
from modelsmith.workbench.issue_form import (
    LABEL,
    IssueDraft,
    IssueOutcome,
    comment_of,
    description_of,
    form_of,
)
from modelsmith.workbench.issue_scenario import scenario_draft_of

MARKER = "modelsmith-scenario-form"
"""What our comment on an issue is known by."""

CheckFile = Callable[[str, str, str, str], tuple[Diagnostic, ...]]
"""Says what is wrong with a commit that has one more file: commit, its branch, path, text."""


def handle_issue(
    forge: Forge, number: int, benchmarks: Mapping[str, Benchmark], check: CheckFile
) -> IssueOutcome:
    """Do what an issue asks for, and return what came of it.

    Args:
        forge: Where the issue stands, and the pull request will.
        number: The issue.
        benchmarks: The benchmarks of the repository, by domain.
        check: Checks the file that the form describes.

    Raises:
        InputError: there is no such issue.
        BlockedError: the default branch is not on the forge yet.
    """
    issue = forge.issue(number)
    why = _not_ours(issue)
    if why:
        return IssueOutcome(kind="left-alone", why=(why,))
    branch = forge.settings().default_branch
    base = forge.branch_sha(branch)
    if base is None:
        raise BlockedError(f"the forge has no branch {branch}", remedy="Push it first.")
    answer = _drafted(issue, base, f"refs/heads/{branch}", benchmarks, check)
    if answer.kind == "proposed" and answer.drafted is not None:
        try:
            pull = _propose(forge, issue, answer, answer.drafted, base, branch)
            answer = answer.model_copy(update={"pull": pull})
        except ForgeRefusedError as error:
            told = (error.what, error.remedy)
            answer = IssueOutcome(kind="taken-over", why=told, drafted=answer.drafted)
    forge.comment(number, marker=MARKER, body=comment_of(answer))
    return answer


def _not_ours(issue: Issue) -> str:
    if not issue.is_open:
        return f"issue {issue.number} is closed"
    if LABEL not in issue.labels:
        return f"issue {issue.number} has no label `{LABEL}`"
    if issue.author.is_bot:
        return f"issue {issue.number} was opened by a program"
    return ""


def _drafted(
    issue: Issue, base: str, ref: str, benchmarks: Mapping[str, Benchmark], check: CheckFile
) -> IssueOutcome:
    form = form_of(issue.body)
    if form.problems:
        return IssueOutcome(kind="refused", why=form.problems)
    draft = scenario_draft_of(benchmarks, form.answers)
    if draft.problems:
        return IssueOutcome(kind="refused", why=draft.problems, drafted=draft)
    found = check(base, ref, draft.path, draft.text)
    return IssueOutcome(
        kind="refused" if any(map(is_error, found)) else "proposed",
        why=tuple(map(str, found)),
        drafted=draft,
    )


def _propose(  # noqa: PLR0913, PLR0917 - what a pull request is made of
    forge: Forge, issue: Issue, answer: IssueOutcome, draft: IssueDraft, base: str, branch: str
) -> PullRequest:
    head, name = f"scenario/issue-{issue.number}", PurePosixPath(draft.path).stem
    title = f"Add the scenario {name}"
    forge.commit_files(
        head,
        {draft.path: draft.text.encode()},
        base=base,
        message=f"{title}\n\nFrom the form in issue {issue.number}.\n",
        author=issue.author,
    )
    body = description_of(issue, answer)
    return forge.offer(head, base=branch, title=title, body=body, is_draft=False, labels=(LABEL,))
