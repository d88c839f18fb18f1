"""Where pull requests live, and the scenarios that come in through it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in

if TYPE_CHECKING:
    from modelsmith.forge.port import Forge
    from modelsmith.workbench.issue_answer import Answer
    from modelsmith.workbench.review import Reviewed


def forge(repository: Path) -> "Forge":
    """Return where the repository's pull requests live.

    Raises:
        UsageError: a forge is named that is not there.
        InputError: no repository on GitHub is known.
        ForgeDeniedError: GitHub is chosen, and no token or App is given.
    """
    from modelsmith.wiring.forge_choice import forge_of

    return forge_of(repository, os.environ)


def commit_message(repository: Path, commit: str | None) -> str:
    """Return the message of a commit; nothing where this clone has none such."""
    from modelsmith.run.git.repository import GitRepository

    return GitRepository(repository).message(commit) if commit else ""


def scenario_reviews(repository: Path, number: int | None, head: str | None) -> "list[Reviewed]":
    """Review the scenarios of the open pull requests that are meant, and return what was said.

    Raises:
        UsageError: nothing says which.
        InputError: the one of that number stands at another commit, or is over.
    """
    from modelsmith.forge.records import PullRequest
    from modelsmith.wiring.judges import unclear_in
    from modelsmith.workbench import page as workbench
    from modelsmith.workbench.exhibit import Workbench
    from modelsmith.workbench.files.checkout import ExamSnapshots
    from modelsmith.workbench.review import Shown, pulls_at, reviewed

    where, snapshots = forge(repository), ExamSnapshots(repository)

    def look(pull: PullRequest) -> Workbench:
        base = where.branch_sha(pull.base) or pull.base
        bench = snapshots.workbench(pull, base)
        with snapshots.proposed(pull, base) as (folder, changed):
            return Workbench(**dict(bench) | {"unclear": unclear_in(folder, changed)})

    def show(bench: Workbench) -> Shown:
        page = workbench.workbench_page(bench)
        return Shown(workbench.check_of(bench), workbench.status_of(bench), page, workbench.MARKER)

    pulls = pulls_at(where, number, head)
    return [reviewed(where, pull, look, show) for pull in pulls]


def scenario_from_issue(repository: Path, number: int) -> "Answer":
    """Make a pull request of a filled-in scenario form, or say on its issue what is wrong.

    Raises:
        InputError: there is no such issue.
        BlockedError: the default branch is not on the forge yet.
    """
    from modelsmith.workbench.files.checkout import ExamSnapshots
    from modelsmith.workbench.issue_comment import comment_of, description_of
    from modelsmith.workbench.issue_scenario import drafted
    from modelsmith.workbench.issue_to_pull_request import Desk, answered

    benchmarks = {
        domain: ExamFolder(repository, domain).benchmark() for domain in domains_in(repository)
    }
    desk = Desk(
        draft=lambda answers: drafted(benchmarks, answers),
        check=ExamSnapshots(repository).checked,
        show=comment_of,
        describe=description_of,
    )
    return answered(forge(repository), number, desk)
