"""A promotion's pull request that holds, as a record, and ways to spoil it."""

from datetime import UTC, datetime
from typing import Any

from modelsmith.decisions.gate import gate
from modelsmith.forge.records import Person, PullRequest, PullState, Review
from modelsmith.policy import Role
from modelsmith.promotion.approval.reviews import Approvals
from modelsmith.promotion.bundle import EVIDENCE, REQUEST, Request
from modelsmith.promotion.channel import Release
from modelsmith.promotion.record import Lineage, PromotionRecord, promotion_of
from modelsmith.promotion.rollback.contract import CanaryQuestion, Contract, Detector
from modelsmith.run.state_machine import Event
from modelsmith.signoff.submission import Submission
from modelsmith.statistics.scorecard import scorecard_of
from tests.support.scenarios import a_benchmark
from tests.support.sittings import an_attempt

HEAD, BASE = "a" * 40, "b" * 40
PLACE = "promotions/floor-desk/tiny-2"
AT = datetime(2025, 11, 3, 9, tzinfo=UTC)
RECORD, REPORT, LEDGER_SHA256 = "1" * 64, "2" * 64, "9" * 64

DIGESTS = dict.fromkeys(EVIDENCE, "3" * 64) | {"record.json": RECORD, "report.md": REPORT}
"""Digest of each evidence file, by name."""


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


def a_request(**changes: object) -> Request:
    """Return what is approved."""
    fields: dict[str, Any] = {
        "specialist": "floor-desk",
        "version": "tiny-2",
        "run": "tiny",
        "channel": "sandbox",
        "ledger_sha256": LEDGER_SHA256,
        "evidence": DIGESTS,
        "parts": {},
    }
    return Request(**(fields | changes))


def a_release(version: str = "tiny-1") -> Release:
    """Return a release of the same specialist."""
    return Release(specialist="floor-desk", version=version, bundle_sha256="e" * 64)


def a_contract(target: Release | None = None, **changes: object) -> Contract:
    """Return what takes it back."""
    fields: dict[str, Any] = {
        "channel": "sandbox",
        "canary": tuple(
            CanaryQuestion(
                scenario=f"STEER_{name}", scenario_sha256="c" * 64, category="PACING", reference=1.0
            )
            for name in ("ONE", "THREE", "TWO")
        ),
        "exam_sha256": "f" * 64,
        "floors": {},
        "detector": Detector(),
        "target": target,
    }
    return Contract(**(fields | changes))


def proposed(request: Request | None = None, **others: str) -> dict[str, str]:
    """Return the digest of each file of the promotion's folder, with others by name."""
    digest = (request or a_request()).digest()
    files = DIGESTS | {REQUEST: digest} | others
    return {f"{PLACE}/{name}": found for name, found in files.items()}


def with_request(**changes: object) -> dict[str, object]:
    """Return what is known where the run made another request, all of which is its evidence."""
    request = a_request(**changes)
    files = proposed(request)
    evidence = {f"009-promote/{path.rpartition('/')[2]}": sha for path, sha in files.items()}
    return {"request": request, "proposed": files, "evidence": evidence}


def a_submission(**changes: object) -> Submission:
    """Return everything that is known of it."""
    approved = Review(
        author=Person(login="lex", is_bot=False),
        verdict="approved",
        commit_sha=HEAD,
        submitted_at=AT,
        body="",
    )
    request = a_request()
    files = proposed(request)
    fields: dict[str, object] = {
        "forge": "github",
        "pull": a_pull(),
        "default_branch": "main",
        "merge_base": BASE,
        "policy_sha256": "4" * 64,
        "changed": ("runs/tiny/ledger.jsonl", *files),
        "proposed": files,
        "event": Event.STAGED,
        "evidence": {f"009-promote/{path.rpartition('/')[2]}": sha for path, sha in files.items()},
        "decision": "promote",
        "ledger_sha256": LEDGER_SHA256,
        "record": a_record(),
        "request": request,
        "contract": a_contract(),
        "broken": (),
        "policy_faults": (),
        "unknown_writers": (),
        "approvals": Approvals(
            head_sha=HEAD,
            last_commit_at=AT,
            required=(Role.LEGAL,),
            holders={Role.LEGAL: ("lex",)},
            bots=(),
            writers={"wanda": "wrote runs/tiny/run.yaml"},
            reviews=(approved,),
            pull=7,
            subject={f"{PLACE}/{REQUEST}": request.digest()},
        ),
    }
    return Submission.model_validate(fields | changes)
