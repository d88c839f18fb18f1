"""A repository shown as pages."""

from pathlib import Path
from typing import NamedTuple


class Built(NamedTuple):
    """A site that was built."""

    commit: str
    """The commit that it shows."""
    pages: tuple[str, ...]
    """Path of every file, sorted."""
    changed: tuple[str, ...]
    """Those that are new or differ from the earlier site's."""
    removed: tuple[str, ...]
    """Files of the earlier site that are gone."""
    left_out: tuple[str, ...]
    """What cannot be shown, and why."""


def build_site(repository: Path, folder: Path, revision: str) -> Built:
    """Write the pages of a revision into a folder.

    Raises:
        UsageError: the revision is not there, or the folder holds something else.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    from modelsmith.run.git.history import GitHistory
    from modelsmith.site.collect import site_of
    from modelsmith.site.files.folder import SiteFolder
    from modelsmith.site.pages import site_pages
    from modelsmith.workbench.files.checkout import ExamSnapshots

    place = SiteFolder(folder)
    with GitHistory(repository) as history:
        site = site_of(history, ExamSnapshots(repository).exams, revision)
    pages = site_pages(site)
    changed, removed = place.write(pages)
    return Built(site.commit, tuple(pages), changed, removed, site.left_out)
