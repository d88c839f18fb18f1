"""How a candidate did on the sealed exam, as in-toto's test result says it: what is signed.

The gate's rules are the tests; figures stand under one key of ours. Sealed scenarios are never
named: what is published of them is how many there are, by category.
"""

from collections.abc import Sequence

from modelsmith.decisions.attempt import GateFinding
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import JsonDict
from modelsmith.statistics.cost_and_latency import Economy
from modelsmith.statistics.scorecard import Scorecard

OURS = "modelsmith"
"""The key that our figures stand under."""

FIGURES = {
    "core",
    "robust",
    "coverage",
    "composite",
    "pass_rate",
    "mean_score",
    "categories",
    "outcome_types",
    "families",
    "judged",
    "errored",
    "skipped",
    "unscored",
    "cut",
    "unreadable",
}
"""What of a scorecard is published: its weakest point and what is unmeasured name scenarios."""


def evaluation_of(record: PromotionRecord) -> JsonDict:
    """Return the predicate of an attempt's evaluation."""
    gate = record.gate
    economies = {one.system: one for one in record.economy}
    systems = [
        _system("candidate", "the specialist", record.candidate, economies, is_stand_in=False),
        *(
            _system(one.system, one.words, one.card, economies, is_stand_in=one.is_stand_in)
            for one in record.baselines
        ),
    ]
    return {
        "result": "PASSED" if record.decision == "staged" else "FAILED",
        "configuration": [{"name": "exam", "digest": {"sha256": record.exam_sha256}}],
        "passedTests": _rules(gate.findings, holds=True),
        "failedTests": _rules(gate.findings, holds=False),
        OURS: {
            "specialist": record.lineage.specialist,
            "version": record.lineage.version,
            "run": record.lineage.run,
            "channel": record.channel,
            "decision": gate.decision,
            "attempt": record.attempt,
            "examVersion": record.exam_version,
            "examSha256": record.exam_sha256,
            "families": gate.families,
            "alpha": gate.alpha,
            "systems": systems,
            "constant": {"name": record.constant, "composite": gate.constant_composite},
            "leads": [one.model_dump(mode="json") for one in gate.leads],
            "evaluatedAt": record.created_at.isoformat(),
        },
    }


def _system(
    name: str,
    words: str,
    card: Scorecard,
    economies: dict[str, Economy],
    *,
    is_stand_in: bool,
) -> JsonDict:
    economy = economies.get(name)
    return {
        "system": name,
        "words": words,
        "isStandIn": is_stand_in,
        "scores": card.model_dump(mode="json", include=FIGURES),
        "economy": economy.model_dump(mode="json") if economy else None,
    }


def _rules(findings: Sequence[GateFinding], *, holds: bool) -> list[str]:
    return [found.rule for found in findings if found.holds is holds]
