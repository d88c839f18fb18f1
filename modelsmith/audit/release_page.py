"""A release as an auditor reads it: what each rule says, who approved, who signed, what became."""

from collections.abc import Iterator
from typing import Any, Literal

from modelsmith.documents.diagnostic import one_line
from modelsmith.policy import ChannelName
from modelsmith.promotion.approval.record import Approved
from modelsmith.promotion.channel import ChannelMove, Release
from modelsmith.record import Record, short

MINUTES = "%Y-%m-%d %H:%M UTC"

RULES: dict[str, str] = {
    "bundle": "its folder holds what was approved, byte for byte, and nothing else",
    "evidence": "all of it is evidence of the last entry of its run",
    "attestation": "a signer whom the policy accepts signed every file, every part and the pointer",
    "approvals": "who had to approve approved this very bundle, by the policy then in force",
    "decision": "the gate said promote, or an operator overruled it in writing",
    "channel": "each move of its channel was signed and due, and the pointer is where they lead",
    "replay": "its run follows from its evidence, figure by figure",
}
"""Every rule, in the order in which it is told."""


class ReleaseRuleResult(Record):
    """What one rule says."""

    rule: str
    """Its name."""
    faults: tuple[str, ...]
    """What is wrong; nothing where it holds."""


class ReleaseAudit(Record):
    """Everything that is said of one release."""

    commit: str
    """The commit that was read."""
    release: Release
    """The release."""
    channel: ChannelName
    """Where it was promoted to."""
    standing: Literal["live", "replaced", "taken back", "never live"]
    """What became of it."""
    run: str
    """The run that made it."""
    signers: dict[str, str]
    """Who signed each claim, by the policy's name of them; empty where nobody is accepted."""
    approvals: tuple[Approved, ...]
    """Who approved."""
    override: str
    """Who overruled the gate and why, in words; empty where nobody did."""
    rulings: tuple[ReleaseRuleResult, ...]
    """What each rule says."""
    moves: tuple[ChannelMove, ...]
    """How it came to be live, and ceased to be."""

    @property
    def holds(self) -> bool:
        """Whether every rule holds."""
        return bool(self.rulings) and not any(one.faults for one in self.rulings)


def release_page(audit: ReleaseAudit) -> str:
    """Return what is said of one release, as text."""
    return "\n".join(_lines(audit))


def release_json(audit: ReleaseAudit) -> dict[str, Any]:
    """Return the same as JSON."""
    return {"holds": audit.holds, **audit.model_dump(mode="json", by_alias=True)}


def _lines(audit: ReleaseAudit) -> Iterator[str]:
    release = audit.release
    yield (
        f"{release.words} in {audit.channel}: {audit.standing}, "
        f"bundle {short(release.bundle_sha256)}, run {audit.run}, at {short(audit.commit)}"
    )
    if audit.override:
        yield one_line(audit.override)
    for ruling in audit.rulings:
        if ruling.faults:
            yield from (f"  REFUSED  {ruling.rule}: {one_line(fault)}" for fault in ruling.faults)
        else:
            yield f"  holds    {ruling.rule}: {RULES[ruling.rule]}"
    for one in audit.approvals:
        roles = ", ".join(role.value for role in one.roles)
        how = "signed" if one.signature else "as the forge recorded"
        yield f"  approved {one.at:{MINUTES}} by {one_line(one.who)} as {roles}, {how}"
    for claim, signer in sorted(audit.signers.items()):
        yield f"  signed   {claim} by {signer or 'nobody whom the policy accepts'}"
    yield from (_move(move) for move in audit.moves)
    yield "holds" if audit.holds else "refused: it is not what was approved and signed"


def _move(move: ChannelMove) -> str:
    before = move.before.words if move.before else "nothing"
    after = move.after.words if move.after else "nothing: the channel was taken down"
    return f"  moved    {move.at:{MINUTES}} {move.kind}: {before} -> {after}; {one_line(move.why)}"
