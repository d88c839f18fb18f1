"""A release as an auditor reads it: what each rule says, who approved, who signed, what became."""

from collections.abc import Iterator
from typing import Any

from modelsmith.audit.release_findings import RULES, ReleaseAudit
from modelsmith.documents.diagnostic import one_line
from modelsmith.promotion.channel import ChannelMove
from modelsmith.record import short

MINUTES = "%Y-%m-%d %H:%M UTC"


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
