"""One round of watching a channel: what it found, for terminal, issue and pull request."""

from collections.abc import Iterator
from typing import Literal

from modelsmith.documents.markdown import code
from modelsmith.errors import ModelsmithError
from modelsmith.policy import ChannelName
from modelsmith.promotion.bundle import REVERT
from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.canary import watch_branch
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.rollback.drift_detector import CategoryReading, DriftReading
from modelsmith.promotion.rollback.revert import Revert
from modelsmith.record import Record

SHOWN = 12
"""Digits of a digest."""


class Watched(Record):
    """What one round found, and what followed."""

    channel: ChannelName
    """The channel."""
    outcome: Literal["quiet", "warned", "due", "reverted", "down"]
    """Nothing, people were told, taking it back is due and left to whoever may, it was taken back,
    or nothing is live."""
    release: Release | None
    """What was live when it was asked."""
    contract: Contract | None
    """Its rollback contract."""
    reading: DriftReading | None
    """What the contract's detector says."""
    lost_to: str = ""
    """What the round's first lost answer was lost to."""
    why: str = ""
    """Why it was taken back, in one line."""
    target: Release | None = None
    """What is live since it was taken back."""
    issue: int | None = None
    """Number of the issue that tells people."""
    pull: int | None = None
    """Number of the pull request that took it back."""


def watch_page(found: Watched) -> str:
    """Return what a round found, as lines for a terminal."""
    if found.release is None or found.reading is None or found.contract is None:
        return f"{found.channel}: nothing is live; the channel is down"
    return "\n".join(
        [
            (
                f"{found.channel}: {found.release.words} ({found.release.bundle_sha256[:SHOWN]}), "
                f"round {found.reading.round}: {_outcome(found)}"
            ),
            f"  evidence {_evidence(found.reading, found.contract)}",
            *(f"  {line}" for line in _categories(found.reading)),
            *([f"  the first lost answer: {found.lost_to}"] if found.lost_to else []),
        ]
    )


def fault_line(channel: str, error: ModelsmithError) -> str:
    """Return that a round found nothing, and why."""
    return f"{channel}: not observed: {error.what}\n  {error.remedy}"


def warning_page(found: Watched) -> str:
    """Return the text of the issue that warns."""
    if found.release is None or found.reading is None or found.contract is None:
        return ""
    detector = found.contract.detector
    target = found.contract.target
    then = f"{code(target.words)} goes live again" if target else "the channel is taken down"
    return "\n".join(
        [
            (
                f"{code(found.release.words)} is live in {code(found.channel)} and answers its "
                "canary worse than when it was promoted. This may still be chance; nothing was "
                "changed."
            ),
            "",
            f"Evidence {_evidence(found.reading, found.contract)}.",
            "",
            *_table(found.reading),
            "",
            (
                f"At {detector.revert:.0f} it is taken back without anybody awake, as its rollback "
                f"contract agrees, and {then}."
            ),
            "",
            (
                "What to do: look at what changed around it (engine, driver, quantisation), read "
                f"the answers on the branch {code(watch_branch(found.channel))}, or promote a "
                "better one. While the evidence stands, closing this opens another."
            ),
        ]
    )


def revert_page(revert: Revert, contract: Contract, pull: int | None) -> str:
    """Return why something is taken back: of the pull request, or of the issue that names it.

    Args:
        revert: What is taken back.
        contract: Its rollback contract.
        pull: Number of the pull request; none in its own text.
    """
    release = revert.release
    after = f"{code(revert.target.words)} is live again" if revert.target else "the channel is down"
    by = f"Pull request #{pull} does it" if pull else "This does it"
    return "\n".join(
        [
            f"{code(release.words)} is taken back from {code(revert.channel)}: {after}.",
            "",
            f"**Why:** {code(revert.why)}.",
            "",
            (
                f"The canary asked {revert.reading.answers} questions since it went live "
                f"({revert.reading.round} rounds, {revert.reading.lost} answers lost). By chance, "
                f"such evidence comes once in {contract.detector.revert:.0f} answers, or more "
                "rarely."
            ),
            "",
            *_table(revert.reading),
            "",
            (
                f"{by} without a review: whoever approved {code(release.words)} approved its "
                f"rollback contract ({code(revert.contract_sha256[:SHOWN])}) with it, and this "
                "follows from the contract and the answers alone. They lie in "
                f"{code(f'{release.place}/{REVERT}')}; "
                f"{code('modelsmith audit promotion')} checks them again, offline."
            ),
            "",
            (
                "What to do: servers follow by themselves. Find out what changed before the next "
                "run (the categories above say where to look); a new version has to be promoted."
            ),
        ]
    )


def _outcome(found: Watched) -> str:
    if found.outcome == "reverted":
        after = f"{found.target.words} is live again" if found.target else "the channel is down"
        return f"TAKEN BACK, {after} (pull request {found.pull}, issue {found.issue}): {found.why}"
    if found.outcome == "due":
        return "TAKING IT BACK IS DUE, and left to `modelsmith watch` without --only ask"
    if found.outcome == "warned":
        return f"worse than promoted, people were told (issue {found.issue})"
    return "as promoted"


def _evidence(reading: DriftReading, contract: Contract) -> str:
    detector = contract.detector
    return f"{reading.evidence:.1f}; warns at {detector.warn:.0f}, reverts at {detector.revert:.0f}"


def _categories(reading: DriftReading) -> Iterator[str]:
    width = max(map(len, reading.categories))
    for name, one in reading.categories.items():
        floor = "" if one.floor is None else f", floor {one.floor:.2f} {_rounds(one)}"
        passed = f"{one.passed} of {one.answers} passed, {one.expected:.1f} expected"
        yield f"{name:<{width}}  {passed}, evidence {one.evidence:.1f}{floor}"


def _table(reading: DriftReading) -> Iterator[str]:
    yield "| category | passed | expected | evidence | floor |"
    yield "|---|---|---|---|---|"
    for name, one in reading.categories.items():
        floor = "-" if one.floor is None else f"{one.floor:.2f}, {_rounds(one)}"
        yield (
            f"| {code(name)} | {one.passed} of {one.answers} | {one.expected:.1f} | "
            f"{one.evidence:.1f} | {floor} |"
        )


def _rounds(one: CategoryReading) -> str:
    if not one.below:
        return "held"
    rounds = "round" if one.below == 1 else "rounds in a row"
    return f"BROKEN for {one.below} {rounds}"
