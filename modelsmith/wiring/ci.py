"""What CI asks of a repository's runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import InputError
from modelsmith.layout import CLUSTERS, RUNS, SETTINGS, settings_path
from modelsmith.wiring.forge import forge
from modelsmith.wiring.runs import Runs

if TYPE_CHECKING:
    from modelsmith.loop.ci.dispatch import Dispatched, JobPlan
    from modelsmith.loop.ci.pull_requests import OpenedPullRequest


class CiOperations:
    """What CI asks of one repository's runs.

    Args:
        repository: Its top folder.
    """

    def __init__(self, repository: Path) -> None:
        """Know the repository; nothing is read yet."""
        self._repository = repository
        self._runs = Runs(repository, quiet=True)

    def open_pull_requests(self, run: str) -> "Sequence[OpenedPullRequest]":
        """Open the pull requests that a run calls for, or bring them up to date.

        Raises:
            ModelsmithError: as `loop.ci.pull_requests.open_pull_requests` does.
        """
        from modelsmith.loop.ci.pull_request_page import offer_page
        from modelsmith.loop.ci.pull_requests import (
            Offer,
            is_decided,
            offers_of,
            open_pull_requests,
        )
        from modelsmith.loop.evidence.files import REPORT
        from modelsmith.run.evidence import verified

        folder, status = self._runs.folder(run), self._runs.status(run)
        entries = folder.entries()
        read = verified(folder.read, entries)

        def page(offer: Offer) -> str:
            entry = entries[offer.entry]
            reports = REPORT.held_by(entry, read)
            return offer_page(offer, status, entry.digest(), b"".join(reports).decode())

        where, config = forge(self._repository), self._runs.config(run)
        found = open_pull_requests(where, offers_of(run, config, entries), page)
        if config.council.wait:
            for one in found:
                if one.offer.label == "proposal":
                    is_decided(where, one.offer.branch, self._close)
        return found

    def dispatch(self, run: str, workflow: str, after: int) -> "Dispatched":
        """Ask CI for the next phase of a run, if there is one.

        Raises:
            ModelsmithError: as `loop.ci.dispatch.dispatch` does.
        """
        from modelsmith.loop.ci.dispatch import dispatch

        return dispatch(forge(self._repository), self._runs.folder(run), workflow, after)

    def planned(self, run: str) -> "JobPlan":
        """Return where CI runs a phase of a run.

        Raises:
            InputError: the fault of run.yaml or clusters.yaml, located.
        """
        from modelsmith.disk.repository_files import load
        from modelsmith.loop.ci.dispatch import job_plan
        from modelsmith.run.clusters import Clusters
        from modelsmith.run.files.store_selection import store_url

        config = self._runs.config(run)
        clusters = load(self._repository, CLUSTERS, Clusters)
        cluster = clusters.named(config.cluster)
        if cluster is None:
            known = ", ".join(one.name for one in clusters.clusters)
            raise InputError(
                f"{settings_path(run)} names the cluster {config.cluster}, {CLUSTERS} has: {known}",
                remedy="Correct one of the two.",
            )
        has_store = store_url(self._repository, cluster.name) is not None
        return job_plan(config, cluster, has_store=has_store)

    def wake(self, workflow: str, since: str | None) -> Iterator[str]:
        """Ask CI for the next phase of runs that nobody asks it for.

        Args:
            workflow: File name of the workflow.
            since: Commit since which the settings of a run that begins were changed; where None,
                runs that have begun go on.

        Raises:
            UsageError: git does not know that commit.
        """
        from modelsmith.git.cli.revisions import GitReading
        from modelsmith.loop.ci.dispatch import wake
        from modelsmith.run.git.branch_sync import ledgers_on_branches

        begun = None
        if since is not None:
            changed = GitReading(self._repository).changed_since(since, RUNS)
            begun = {path.split("/")[1] for path in changed if path.endswith(f"/{SETTINGS}")}
        runs = ledgers_on_branches(self._repository)
        return wake(forge(self._repository), runs, workflow, begun, self._close)

    def _close(self, branch: str, commit: str) -> bool:
        from modelsmith.run.git.repository import GitRepository

        return GitRepository(self._repository).close(branch, commit)
