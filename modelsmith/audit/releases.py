"""Audit releases: each promotion of the default branch, and each channel, from a clone alone."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from modelsmith.audit.findings import AuditFinding, finding
from modelsmith.audit.release_page import RULES, ReleaseAudit, ReleaseRuleResult
from modelsmith.audit.runs import furthest, replay_of, runs_at_tips
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.layout import PROMOTIONS
from modelsmith.policy import CHANNEL_NAMES, Claim
from modelsmith.promotion.approval.override import overridden_words
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.bundle import (
    APPROVALS,
    OVERRIDE,
    REQUEST,
    SIGNED,
    SIGNED_EVALUATION,
    SIGNED_LINEAGE,
    Request,
)
from modelsmith.promotion.channel import ChannelMove, Release, pointer_path
from modelsmith.promotion.verification.channels import (
    ChannelHistory,
    channel_faults,
    channels_in,
    live_in,
)
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import read_as
from modelsmith.run.history import History
from modelsmith.run.reference_scores import KnownExams

CLAIMED: tuple[tuple[str, Claim], ...] = (
    (SIGNED, "promotion"),
    (SIGNED_EVALUATION, "evaluation"),
    (SIGNED_LINEAGE, "lineage"),
)


def release_findings(verification: Verification, commit: str) -> Iterator[AuditFinding]:
    """Yield everything that is wrong with the releases and channels of a commit."""
    for place in verification.places():
        if verification.is_sealed(place):
            for fault in verification.faults(place):
                path = f"{place}/{fault.name}" if fault.name else place
                yield finding("release", f"{fault.rule}: {fault.what}", commit=commit, path=path)
    try:
        channels = list(channels_in(verification))
    except BrokenRecordError as error:
        yield finding("channel", error.what, commit=commit)
        return
    for channel in channels:
        for what in channel_faults(verification, channel):
            yield finding("channel", what, commit=commit, path=pointer_path(channel.name))


def places_of(verification: Verification, what: str) -> list[str]:
    """Return the folders of the releases that somebody asks for.

    Args:
        verification: The promotions of one commit.
        what: SPECIALIST/VERSION, a channel, or nothing for every release that was sealed.

    Raises:
        UsageError: nothing is called so.
    """
    sealed = [place for place in verification.places() if verification.is_sealed(place)]
    if not what:
        return sealed
    if what in CHANNEL_NAMES:
        live = [live_in(one) for one in channels_in(verification) if one.name == what]
        found = [release.place for release in live if release]
    else:
        found = [place for place in sealed if place == f"{PROMOTIONS}/{what}"]
    if not found:
        known = ", ".join(place.partition("/")[2] for place in sealed) or "none"
        raise UsageError(
            f"no release is called {what}, and no channel of that name has one",
            remedy=f"Name one of these, or sandbox or production: {known}.",
        )
    return found


def release_audit(
    verification: Verification,
    commit: str,
    place: str,
    replay: Callable[[str], Sequence[str]],
) -> ReleaseAudit:
    """Return everything that is said of one release.

    Args:
        verification: The promotions of one commit.
        commit: That commit.
        place: The release's folder.
        replay: Returns where a run does not follow from its evidence.

    Raises:
        BrokenRecordError: its request cannot be read, so that nothing says what it is.
    """
    promoted = verification.promoted(place)
    request = read_as(promoted.files.get(REQUEST), Request)
    if request is None:
        raise BrokenRecordError(
            f"{place}/{REQUEST} cannot be read: nothing says what was approved",
            remedy="Restore it from git, and take the channel down if it is live.",
        )
    channels = (one for one in channels_in(verification) if one.name == request.channel)
    channel = next(channels, None)
    faults = verification.faults(place)
    told = {
        rule: tuple(f"{one.name}: {one.what}" for one in faults if one.rule == rule)
        for rule in RULES
    }
    told["channel"] = tuple(channel_faults(verification, channel)) if channel else ()
    told["replay"] = tuple(replay(request.run))
    approvals = read_as(promoted.files.get(APPROVALS), ApprovalsFile)
    signed: dict[str, str] = {
        claim: verification.verify(place, promoted.files, name, claim).signer
        for name, claim in CLAIMED
        if name in promoted.files
    }
    return ReleaseAudit(
        commit=commit,
        release=request.release,
        channel=request.channel,
        standing=_release_state(channel, request.release),
        run=request.run,
        signers=signed,
        approvals=approvals.approvals if approvals else (),
        override=overridden_words(promoted.files.get(OVERRIDE)),
        rulings=tuple(ReleaseRuleResult(rule=rule, faults=told[rule]) for rule in RULES),
        moves=_moves(channel, request.release),
    )


def _release_state(
    channel: ChannelHistory | None, release: Release
) -> Literal["live", "replaced", "taken back", "never live"]:
    moves = _moves(channel, release)
    if channel is None or not moves:
        return "never live"
    if live_in(channel) == release:
        return "live"
    last = moves[-1]
    return "taken back" if last.kind == "reverted" and last.before == release else "replaced"


def _moves(channel: ChannelHistory | None, release: Release) -> tuple[ChannelMove, ...]:
    moves = channel.moves if channel else ()
    return tuple(move for move in moves if release in {move.before, move.after})


class Replays:
    """Replays runs as one commit holds them."""

    def __init__(self, history: History, commit: str) -> None:
        """Know the runs; none is replayed yet."""
        self._history = history
        self._states = runs_at_tips(history, history.walk([commit]), {"HEAD": commit})
        self._exams = KnownExams()

    def faults(self, run: str) -> list[str]:
        """Return where a run does not follow from its evidence."""
        if run not in self._states:
            return [f"run {run} is not there"]
        _, found = replay_of(self._history, furthest(self._states[run]), self._exams)
        return [f"{one.path}: {one.what}" for one in found]
