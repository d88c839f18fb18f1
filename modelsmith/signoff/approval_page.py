"""What somebody is about to approve, or to override: the figures and the digest, in a few lines."""

from collections.abc import Iterable, Iterator

from modelsmith.documents.markdown import code, visible
from modelsmith.loop.status import line_words
from modelsmith.policy import Role
from modelsmith.promotion.approval.override import Overriding
from modelsmith.promotion.bundle import Request
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.record import short
from modelsmith.run.entry_facts import line_of
from modelsmith.signoff.submission import Judgement

OVER_THE_GATE = (
    "The gate refused this specialist, and an operator overruled it in writing: `override.json`, "
    "signed. It stays a draft until the people whom `promotions/policy.yaml` names approve, who "
    "approve it as what it is."
)


def approval_words(judgement: Judgement, who: str, roles: Iterable[Role], head_sha: str) -> str:
    """Return what somebody approves, as they read it before they sign and others after."""
    told = ", ".join(role.value for role in roles)
    lines = [f"{who} approves as {told}:", *_promoted(judgement.record, judgement.request)]
    lines += [f"  {judgement.overridden}"] if judgement.overridden else []
    lines += [f"  rollback: {rollback_words(judgement.contract)}"]
    lines += [f"  commit {head_sha}, pull request {judgement.pull.number}"]
    return visible("\n".join(lines))


def override_page(says: Overriding, record: PromotionRecord, request: Request) -> str:
    """Return the body of the pull request that asks to promote over the gate's no."""
    return "\n".join(
        [
            OVER_THE_GATE,
            "",
            f"**{code(says.words)}**",
            "",
            *(
                f"- DOES NOT HOLD: **{one.rule}**: {code(one.message)}"
                for one in record.gate.failed()
            ),
            "",
            "```text",
            visible("\n".join(_promoted(record, request))),
            "```",
        ]
    )


def rollback_words(contract: Contract | None) -> str:
    """Return what a promotion would go back to."""
    if contract is None:
        return "not known"
    if contract.target is None:
        return "none, the channel would be taken down"
    return f"{contract.target.words} ({short(contract.target.bundle_sha256)})"


def _promoted(record: PromotionRecord | None, request: Request | None) -> Iterator[str]:
    if request is not None:
        yield f"  {request.release.words} to {request.channel}"
        yield f"  request sha256 {request.digest()}"
        if request.tags:
            yield f"  tags: {', '.join(request.tags)}"
    if record is not None:
        yield f"  candidate: {line_words(line_of(record.candidate))}"
        for one in record.baselines:
            yield f"  {one.system} ({one.words}): {line_words(line_of(one.card))}"
        yield f"  the gate said {record.gate.decision}"
