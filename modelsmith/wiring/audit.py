"""What is told of a clone from its history alone."""

from pathlib import Path

from modelsmith.audit.audit import Asked
from modelsmith.audit.audit import audit as audited
from modelsmith.audit.findings import Audit
from modelsmith.audit.lineage.build import lineage_of
from modelsmith.audit.lineage.graph import LineageGraph
from modelsmith.audit.release_page import ReleaseAudit
from modelsmith.audit.releases import Replays, places_of, release_audit
from modelsmith.errors import UsageError
from modelsmith.promotion.verification.verify import Verification
from modelsmith.run.git.history import GitHistory
from modelsmith.wiring.signing import signatures


def audit(repository: Path, asked: Asked) -> Audit:
    """Return what auditing a clone finds; it may be bare, and nothing is written into it.

    Raises:
        UsageError: the revision, or what to compare it with, is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    with GitHistory(repository) as history:
        return audited(history, signatures(repository), asked)


def lineage(repository: Path, asked: str, revision: str) -> LineageGraph:
    """Return where something comes from and what it went into, from a clone that may be bare.

    Raises:
        UsageError: nothing is called so, or the revision is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    with GitHistory(repository) as history:
        return lineage_of(history, asked, revision)


def release_audits(repository: Path, what: str, revision: str) -> list[ReleaseAudit]:
    """Return what auditing releases finds, offline, from a clone that may be bare.

    Args:
        repository: The clone.
        what: SPECIALIST/VERSION, a channel, or nothing for every release that was sealed.
        revision: The commit to look at.

    Raises:
        UsageError: nothing is called so, or the revision is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: an object of the clone was altered, or a request cannot be read.
    """
    with GitHistory(repository) as history:
        commit = history.commit_of(revision)
        if commit is None:
            raise UsageError(
                f"{revision} names no commit of this repository",
                remedy="Name a branch, a tag or a commit with --revision.",
            )
        found = Verification(history, commit, signatures(repository))
        replays = Replays(history, commit)
        places = places_of(found, what)
        return [release_audit(found, commit, place, replays.faults) for place in places]
