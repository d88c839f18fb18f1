"""Promotions that wait, from a clone and its forge: judged, approved, overridden, merged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.disk.clock import SystemClock
from modelsmith.errors import BlockedError, InputError
from modelsmith.forge.records import PullRequest
from modelsmith.git.cli.revisions import GitReading
from modelsmith.policy import Role
from modelsmith.record import short
from modelsmith.run.git.history import GitHistory
from modelsmith.wiring.forge import forge
from modelsmith.wiring.signing import signatures, signer

if TYPE_CHECKING:
    from modelsmith.signoff.approve import Intent
    from modelsmith.signoff.override_gate import Overruled
    from modelsmith.signoff.ports import SignoffPorts
    from modelsmith.signoff.publish_status import PublishedStatus
    from modelsmith.signoff.seal_and_merge import Merged


@contextmanager
def promotion_ports(repository: Path) -> "Iterator[SignoffPorts]":
    """Yield what the sign-off of promotions touches.

    Raises:
        InputError: the clone is no whole one.
        ForgeError: the forge does not answer.
    """
    from modelsmith.signoff.ports import SignoffPorts

    where, reading = forge(repository), GitReading(repository)
    with GitHistory(repository) as history:
        yield SignoffPorts(
            forge=where,
            history=history,
            fetch=reading.fetch,
            changed=lambda base, head: reading.changed_between(base, head, "."),
            signatures=signatures(repository),
            signer=signer,
            clock=SystemClock(),
        )


def publish_promotion_statuses(
    repository: Path, number: int | None, *, post: bool
) -> "list[PublishedStatus]":
    """Judge the promotions that wait, or the one of that number, and return what was said.

    Args:
        repository: A clone with all of its history.
        number: Number of the pull request; every open promotion where none.
        post: Whether to publish it on the forge.

    Raises:
        InputError: there is none of that number, it is over, or the clone is no whole one.
        ForgeError: the forge does not answer.
    """
    from modelsmith.signoff.judge_pull_request import submitted
    from modelsmith.signoff.publish_status import publish_status

    with promotion_ports(repository) as ports:
        return [publish_status(ports, pull, post=post) for pull in submitted(ports.forge, number)]


def approve_promotion(
    repository: Path,
    number: int | None,
    role: Role | None,
    key: str | None,
    show: Callable[[str], None],
) -> "Intent":
    """Approve a promotion, and return what was approved; nothing is where it does not hold.

    Args:
        repository: A clone with all of its history.
        number: Number of the pull request; the only open promotion where none.
        role: As whom; every required role that who acts holds where none.
        key: Path of an SSH key; git's where none.
        show: Shows people what they approve, before it is signed.

    Raises:
        ModelsmithError: as `signoff.approve.intended` and `approve` do.
    """
    from modelsmith.signoff.approval_page import approval_words
    from modelsmith.signoff.approve import approve, intended

    with promotion_ports(repository) as ports:
        intent = intended(ports, _the_one(ports, number), role)
        head = intent.submission.approvals.head_sha
        words = approval_words(intent.judgement, intent.who, intent.roles, head)
        show(words)
        if not intent.broken:
            approve(ports, intent, words, key)
    return intent


def reject_promotion(
    repository: Path, number: int, reason: str
) -> tuple[PullRequest, tuple[Role, ...]]:
    """Ask for changes to a promotion; return it, and as whom who acts vetoes it.

    Raises:
        ModelsmithError: as `signoff.approve.reject` does.
    """
    from modelsmith.signoff.approve import reject

    with promotion_ports(repository) as ports:
        pull = _the_one(ports, number)
        return pull, reject(ports, pull, reason)


def override_promotion(repository: Path, run: str, reason: str, key: str | None) -> "Overruled":
    """Override the gate for a run that it refused, and open its pull request.

    Raises:
        ModelsmithError: as `signoff.override_gate.override_gate` does.
    """
    from modelsmith.git.cli.command import Git
    from modelsmith.git.cli.objects import configured_user
    from modelsmith.promotion.signing.keys.ssh import SshKeys
    from modelsmith.signoff.override_gate import OverridePorts, override_gate
    from modelsmith.wiring.runs import Runs

    runs, user = Runs(repository, quiet=True), configured_user(Git(repository))
    if user is None:
        raise BlockedError(
            "git does not know who overrides: user.email is not set",
            remedy="`git config user.email you@example.org`, and user.name.",
        )

    ports = OverridePorts(
        forge=forge(repository),
        ssh=SshKeys(repository),
        clock=SystemClock(),
        settings=lambda: runs.config(run),
        file=GitReading(repository).read,
    )
    return override_gate(ports, runs.folder(run), user.email, reason, key)


def _the_one(ports: "SignoffPorts", number: int | None) -> PullRequest:
    from modelsmith.signoff.judge_pull_request import submitted
    from modelsmith.signoff.submission import BRANCH

    found = submitted(ports.forge, number)
    if len(found) != 1:
        told = ", ".join(str(one.number) for one in found) or "none"
        raise InputError(f"open promotions: {told}; expected one", remedy="Name one by its number.")
    if not BRANCH.fullmatch(found[0].head):
        raise InputError(
            f"pull request {found[0].number} is no promotion: its branch is {found[0].head}",
            remedy="Review it with modelsmith pull review.",
        )
    return found[0]


def merge_promotions(
    repository: Path, number: int | None, head: str | None = None
) -> "list[Merged]":
    """Seal and merge each promotion that holds, or the one of that number.

    Args:
        repository: A clone with all of its history.
        number: Number of the pull request; every open promotion where none.
        head: Commit that it must stand at.

    Raises:
        InputError: there is none of that number, it is over, or stands elsewhere.
        ForgeError: the forge does not answer.
    """
    from modelsmith.signoff.judge_pull_request import submitted
    from modelsmith.signoff.seal_and_merge import seal_and_merge_all

    with promotion_ports(repository) as ports:
        pulls = submitted(ports.forge, number)
        for pull in pulls:
            if head is not None and pull.head_sha != head:
                stands = short(pull.head_sha)
                raise InputError(
                    f"pull request {pull.number} stands at {stands}, not at {short(head)}",
                    remedy="Look at what was added, and ask again.",
                )
        return seal_and_merge_all(ports, pulls)


def export_promotion(repository: Path, revision: str, place: str, form: str) -> str:
    """Return a promotion as another tool reads it, from a clone that may be bare.

    Raises:
        UsageError: the revision or the promotion is not there.
        InputError: it is no repository, or lacks a part of its history.
        BrokenRecordError: what is there is not what was approved.
    """
    from modelsmith.promotion.evidence.export import exported

    with GitHistory(repository) as history:
        return exported(history, revision, place, form).decode()
