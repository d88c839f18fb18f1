"""Promotions that wait, from a clone and its forge: judged, approved, rejected, overridden.

Sealing and merging promotions, from a clone and its forge.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import BlockedError, InputError
from modelsmith.record import short
from modelsmith.wiring.audit import audit
from modelsmith.wiring.forge import forge
from modelsmith.wiring.readers import policy_in

if TYPE_CHECKING:
    from modelsmith.forge.records import PullRequest
    from modelsmith.policy import Role
    from modelsmith.signoff.approve import Intent
    from modelsmith.signoff.judge_pull_request import Sources
    from modelsmith.signoff.override_gate import Overruled
    from modelsmith.signoff.publish_status import Page, PublishedStatus
    from modelsmith.signoff.seal_and_merge import Merged
    from modelsmith.signoff.submission import Judgement


@contextmanager
def promotion_sources(repository: Path) -> "Iterator[Sources]":
    """Yield where a promotion's judgement comes from.

    Raises:
        InputError: the clone is no whole one.
        ForgeError: the forge does not answer.
    """
    from modelsmith.audit.audit import Asked
    from modelsmith.documents.validation import record_in
    from modelsmith.git.cli.revisions import GitReading
    from modelsmith.judges.recheck import RecheckSheet
    from modelsmith.promotion.signing.keys.ssh import SshHands
    from modelsmith.run.git.history import GitHistory
    from modelsmith.signoff.judge_pull_request import Sources
    from modelsmith.signoff.seal_and_merge import seal_faults
    from modelsmith.wiring.signing import ways

    where, reading, how = forge(repository), GitReading(repository), ways(repository)
    with GitHistory(repository) as history:
        yield Sources(
            forge=where,
            history=history,
            fetch=reading.fetched,
            changed=lambda base, head: reading.changed_between(base, head, "."),
            audit=lambda head, base: audit(repository, Asked(head, base)),
            policy=policy_in,
            sheet=lambda path, content: record_in(path, content, RecheckSheet),
            hands=SshHands(repository),
            seal_faults=lambda seal, tip: seal_faults(history, how, seal, tip),
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
    from modelsmith.signoff import page as surface
    from modelsmith.signoff.judge_pull_request import judged, submitted
    from modelsmith.signoff.publish_status import Page, publish_status

    def show(found: "Judgement") -> "Page":
        return Page(surface.status_of(found), surface.judgement_page(found), surface.MARKER)

    with promotion_sources(repository) as sources:
        faults = surface.fault_status if post else None
        where = sources.forge
        return [
            publish_status(where, pull, lambda one: judged(sources, one).judgement, show, faults)
            for pull in submitted(where, number)
        ]


def approve_promotion(
    repository: Path,
    number: int | None,
    role: "Role | None",
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
        ModelsmithError: as `intended` and `approve` of signoff do.
    """
    from modelsmith.disk.clock import SystemClock
    from modelsmith.signoff.approval_page import approval_words
    from modelsmith.signoff.approve import approve, intended

    with promotion_sources(repository) as sources:
        intent = intended(sources, _the_one(sources, number), role)
        head = intent.submission.approvals.head_sha
        words = approval_words(intent.judgement, intent.who, intent.roles, head)
        show(words)
        if not intent.broken:
            approve(sources, intent, words, key, SystemClock())
    return intent


def reject_promotion(
    repository: Path, number: int, reason: str
) -> "tuple[PullRequest, tuple[Role, ...]]":
    """Ask for changes to a promotion; return it, and as whom who acts vetoes it.

    Raises:
        ModelsmithError: as `reject` of signoff does.
    """
    from modelsmith.signoff.approve import reject

    with promotion_sources(repository) as sources:
        pull = _the_one(sources, number)
        return pull, reject(sources, pull, reason)


def override_promotion(repository: Path, run: str, reason: str, key: str | None) -> "Overruled":
    """Override the gate for a run that it refused, and open its pull request.

    Raises:
        ModelsmithError: as `override_gate` of signoff does.
    """
    from modelsmith.disk.clock import SystemClock
    from modelsmith.git.cli.command import Git
    from modelsmith.git.cli.objects import configured_user, contents_of
    from modelsmith.git.cli.revisions import GitReading
    from modelsmith.promotion.signing.keys.ssh import SshHands
    from modelsmith.signoff.approval_page import override_page
    from modelsmith.signoff.override_gate import Desk, override_gate
    from modelsmith.wiring.runs import Runs

    git, reading, factory = Git(repository), GitReading(repository), Runs(repository, quiet=True)
    user = configured_user(git)
    if user is None:
        raise BlockedError(
            "git does not know who overrides: user.email is not set",
            remedy="`git config user.email you@example.org`, and user.name.",
        )

    def file(commit: str, path: str) -> bytes | None:
        return contents_of(git, [f"{reading.fetched(commit, '')}:{path}"])[0]

    desk = Desk(
        forge=forge(repository),
        hands=SshHands(repository),
        clock=SystemClock(),
        replayed=lambda: factory.replayed(run),
        file=file,
        policy=policy_in,
        page=override_page,
    )
    return override_gate(desk, factory.folder(run), user.email, reason, key)


def _the_one(sources: "Sources", number: int | None) -> "PullRequest":
    from modelsmith.signoff.judge_pull_request import submitted
    from modelsmith.signoff.submission import BRANCH

    found = submitted(sources.forge, number)
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
    from modelsmith.disk.clock import SystemClock
    from modelsmith.signoff.judge_pull_request import judged, submitted
    from modelsmith.signoff.seal_and_merge import Merging, seal_and_merge_all
    from modelsmith.wiring.signing import signer, ways

    with promotion_sources(repository) as sources:
        merging = Merging(
            forge=sources.forge,
            history=sources.history,
            fetch=sources.fetch,
            judge=lambda pull: judged(sources, pull),
            signer=signer,
            ways=ways(repository),
            clock=SystemClock(),
        )
        pulls = submitted(sources.forge, number)
        for pull in pulls:
            if head is not None and pull.head_sha != head:
                stands = short(pull.head_sha)
                raise InputError(
                    f"pull request {pull.number} stands at {stands}, not at {short(head)}",
                    remedy="Look at what was added, and ask again.",
                )
        return seal_and_merge_all(merging, pulls)
