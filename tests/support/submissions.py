"""A promotion's pull request that holds, as a record, and ways to spoil it."""

from datetime import UTC, datetime

from modelsmith.domain.approval import Approvals
from modelsmith.domain.forge import Person, PullRequest, PullState, Review
from modelsmith.domain.gate import gate
from modelsmith.domain.loop import Event
from modelsmith.domain.policy import Role
from modelsmith.domain.promotion import Lineage, PromotionRecord, promotion_of
from modelsmith.domain.scorecard import scorecard_of
from modelsmith.domain.submission import Submission
from tests.support.scenarios import a_benchmark
from tests.support.sittings import an_attempt

HEAD, BASE = "a" * 40, "b" * 40
PLACE = "promotions/floor-desk/tiny-2"
AT = datetime(2025, 11, 3, 9, tzinfo=UTC)
RECORD, REPORT = "1" * 64, "2" * 64


def a_record(**lineage: str) -> PromotionRecord:
    """Return the record of a promotion that the gate let through."""
    attempt = an_attempt()
    stated = {"specialist": "floor-desk", "version": "tiny-2", "run": "tiny"} | lineage
    cards = [scorecard_of(c.system, c.trials, a_benchmark()) for c in attempt.contenders()]
    digests = {"adapter_sha256": "c" * 64, "model_sha256": "d" * 64}
    return promotion_of(Lineage(**stated, **digests), attempt, gate(attempt), cards, created_at=AT)


def a_pull(**changes: object) -> PullRequest:
    """Return its pull request."""
    fields: dict[str, object] = {
        "number": 7,
        "title": "Promote it",
        "body": "",
        "state": PullState.OPEN,
        "is_draft": True,
        "author": Person(login="modelsmith[bot]", is_bot=True),
        "head": "modelsmith/tiny/promote",
        "head_sha": HEAD,
        "base": "main",
        "is_from_fork": False,
        "labels": ("promotion",),
        "merge_sha": None,
        "url": "https://example.com/acme/factory/pull/7",
    }
    return PullRequest.model_validate(fields | changes)


def a_submission(**changes: object) -> Submission:
    """Return everything that is known of it."""
    approved = Review(
        author=Person(login="lex", is_bot=False),
        verdict="approved",
        commit_sha=HEAD,
        submitted_at=AT,
        body="",
    )
    fields: dict[str, object] = {
        "pull": a_pull(),
        "default_branch": "main",
        "merge_base": BASE,
        "changed": ("runs/tiny/ledger.jsonl", f"{PLACE}/record.json", f"{PLACE}/report.md"),
        "proposed": {f"{PLACE}/record.json": RECORD, f"{PLACE}/report.md": REPORT},
        "event": Event.STAGED,
        "evidence": {"009-promote/record.json": RECORD, "009-promote/report.md": REPORT},
        "decision": "promote",
        "record": a_record(),
        "broken": (),
        "policy_faults": (),
        "unknown_writers": (),
        "approvals": Approvals(
            head_sha=HEAD,
            last_commit_at=AT,
            required=(Role.LEGAL,),
            holders={Role.LEGAL: ("lex",)},
            bots=(),
            writers={},
            reviews=(approved,),
        ),
    }
    return Submission.model_validate(fields | changes)
