"""Revert: take back what is live, as its signed contract agreed in advance.

1. Refuse what the contract does not cover, and whatever moved meanwhile.
2. Judge the revert as an audit will; sign it.
3. One commit on a branch of its own: evidence, signature, pointer and move together.
4. Open the pull request, tell people in an issue, and merge at the commit that was made.

The commit follows from contract and canary answers, and its branch from the number of the move; so
whatever was killed is done again as the same revert, and once the pointer has moved there is
nothing left to take back. The issue comes before the merge: a merge that the forge refuses is told.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from modelsmith.errors import BlockedError, BrokenRecordError
from modelsmith.forge.port import Forge
from modelsmith.git.commits import REVERT, REVERT_CONTRACT, with_trailers
from modelsmith.live.watch.page import Watched, revert_page
from modelsmith.promotion.bundle import CONTRACT, REQUEST
from modelsmith.promotion.channel import ChannelMove, moves_path, pointer_content, pointer_path
from modelsmith.promotion.rollback.canary import CanaryAnswer, WatchedRelease
from modelsmith.promotion.rollback.revert import (
    LABEL,
    Revert,
    move_of,
    revert_branch,
    revert_faults,
    revert_files,
    revert_of,
    revert_statement,
    target_fault,
)
from modelsmith.promotion.signing.port import StatementSigner
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.record import records_in, sha256

ReadAt = Callable[[str, str], bytes | None]
"""(commit of the forge, path) -> what the file holds there; none where it is not there."""


class Reverter(NamedTuple):
    """What a revert acts through."""

    forge: Forge
    """Where the pull request and the issue go."""
    read: ReadAt
    """Reads files of commits."""
    signer: StatementSigner
    """Signs for the factory."""


def revert(
    reverter: Reverter,
    live: LiveRelease,
    watched: WatchedRelease,
    canary_answers: Sequence[CanaryAnswer],
) -> Watched:
    """Take back what is live, and return what became of it.

    Args:
        reverter: What it acts through.
        live: What is live, verified.
        watched: The same, as it was watched.
        canary_answers: Every line of the channel.

    Raises:
        BlockedError: the contract does not cover it, or the pointer moved meanwhile.
        BrokenRecordError: it is not due, or the answers are not what they say.
        SignatureError: nothing could be signed.
        ForgeError: the forge does not answer, or refuses to merge; the issue says why it is asked.
    """
    forge, channel = reverter.forge, live.pointer.channel
    base = forge.settings().default_branch
    head = forge.branch_sha(base)
    moves = _moves_at(reverter, live, head)
    _require_covered(live, watched, moves)
    revert = _judged(reverter, live, watched, canary_answers, moves)
    statement = revert_statement(revert)
    files = revert_files(revert, moves, reverter.signer.sign(statement))
    title = _title(revert)
    commit = forge.commit_files(
        revert_branch(revert), files, base=str(head), message=_message(revert), at=revert.at
    )
    pull = forge.offer(
        revert_branch(revert),
        base=base,
        title=title,
        body=revert_page(revert, live.contract, None),
        is_draft=False,
        labels=(LABEL, channel),
    )
    issue = forge.raise_issue(
        title=title,
        body=revert_page(revert, live.contract, pull.number),
        labels=(LABEL, channel),
    )
    forge.merge(pull.number, sha=commit, message=_message(revert))
    return Watched(
        channel=channel,
        outcome="reverted",
        release=watched.release,
        contract=watched.contract,
        reading=revert.reading,
        why=revert.why,
        target=revert.target,
        issue=issue.number,
        pull=pull.number,
    )


def _moves_at(reverter: Reverter, live: LiveRelease, head: str | None) -> tuple[ChannelMove, ...]:
    """Return the channel's moves at the head, whose pointer must still be the one that is live."""
    channel = live.pointer.channel
    pointer = reverter.read(head, pointer_path(channel)) if head else None
    if head is None or pointer != pointer_content(live.pointer):
        raise BlockedError(
            f"{pointer_path(channel)} moved meanwhile: {_live_words(live)} is no longer live",
            remedy="Nothing was taken back. Run the command again: it looks at what is live now.",
            reason="moved",
        )
    return records_in(reverter.read(head, moves_path(channel)) or b"", ChannelMove)


def _require_covered(
    live: LiveRelease, watched: WatchedRelease, moves: Sequence[ChannelMove]
) -> None:
    contract, release = live.contract, live.request.release
    is_own = (
        live.pointer.live == release == watched.release
        and contract == watched.contract
        and contract.digest() == live.request.evidence.get(CONTRACT)
        and contract.channel == live.pointer.channel
    )
    if not is_own:
        raise BlockedError(
            f"the contract is not the one that {_live_words(live)} was promoted with",
            remedy=f"Nothing was taken back. Compare {CONTRACT} with {REQUEST} in {release.place}.",
            reason="contract",
        )
    if len(moves) != watched.move or moves[-1].after != release:
        raise BlockedError(
            f"{moves_path(contract.channel)} has {len(moves)} moves, it was watched since move "
            f"{watched.move}",
            remedy="Nothing was taken back. Run the command again: it looks at what is live now.",
            reason="moved",
        )
    fault = target_fault(contract, moves)
    if fault:
        raise BlockedError(
            f"{fault}; nothing was taken back",
            remedy="Promote a specialist that is fit to be live; until then decide by hand whether "
            "the channel stays up.",
            reason="target",
        )


def _judged(
    reverter: Reverter,
    live: LiveRelease,
    watched: WatchedRelease,
    canary_answers: Sequence[CanaryAnswer],
    moves: Sequence[ChannelMove],
) -> Revert:
    """Return the revert that is due, judged as an audit will judge it."""
    revert = revert_of(live.pointer.channel, watched, canary_answers)
    if revert is None:
        raise BrokenRecordError(
            f"a revert of {_live_words(live)} is not due by its contract",
            remedy="Nothing was taken back. `modelsmith watch` says how far it is from it.",
        )
    move, place = move_of(revert), revert.release.place
    files = revert_files(revert, moves, b"")
    own = {path.removeprefix(f"{place}/"): content for path, content in files.items()}
    own |= {CONTRACT: live.contract.canonical(), REQUEST: live.request.canonical()}
    faults = list(
        revert_faults(
            move,
            own,
            revert_statement(revert),
            lambda path: files.get(path) or reverter.read(live.commit, path),
        )
    )
    if faults:
        raise BrokenRecordError(
            f"a revert of {_live_words(live)} would not hold: {faults[0]}",
            remedy="Nothing was taken back. Somebody altered the sightings, or the exam is another "
            "one: compare the branch they are kept on with its history on the forge.",
        )
    return revert


def _title(revert: Revert) -> str:
    after = f"{revert.target.words} is live again" if revert.target else "the channel is down"
    return f"Take {revert.release.words} back from {revert.channel}: {after}"


def _message(revert: Revert) -> str:
    return with_trailers(
        f"{_title(revert)}\n\n{revert.why}",
        (REVERT, f"sha256:{sha256(revert.canonical())}"),
        (REVERT_CONTRACT, f"sha256:{revert.contract_sha256}"),
    )


def _live_words(live: LiveRelease) -> str:
    return live.pointer.live.words if live.pointer.live else "nothing"
