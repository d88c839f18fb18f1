"""The record of a promotion attempt: what was compared with what, and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from modelsmith.decisions.attempt import Attempt
from modelsmith.decisions.gate import GateVerdict
from modelsmith.judges.panel_selection import ComparisonPanel
from modelsmith.record import Positive, Record, Sha256, Slug
from modelsmith.run.config import StandIn
from modelsmith.statistics.cost_and_latency import Economy
from modelsmith.statistics.scorecard import Scorecard, scorecard_of

STAND_IN_WORDS: Mapping[str, str] = {
    StandIn.ZERO_SHOT.value: "stand-in: the untouched base model, no frontier model",
    StandIn.FEW_SHOT.value: (
        "stand-in: the untouched base model with worked train examples, no frontier model"
    ),
    StandIn.SELF_CONSISTENCY.value: (
        "stand-in: the untouched base model, the most frequent verdict of several samples, "
        "no frontier model"
    ),
}
"""What every surface says of a stand-in."""

FIRST_SAMPLE = (
    "stand-in: the untouched base model with worked train examples, one answer: free text has no "
    "verdict that samples could vote on, no frontier model"
)
"""What is said of self-consistency where answers choose nothing."""

OTHER_STAND_IN = "stand-in: a local model, no frontier model"
BASELINE_WORDS = "baseline"


class Lineage(Record):
    """What was trained, from what, and where."""

    specialist: Slug
    """Name under which it is promoted."""
    version: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    """Version of the specialist."""
    run: Annotated[str, Field(min_length=1, max_length=120)]
    """The run that trained it."""
    adapter_sha256: Sha256
    """Digest of the candidate adapter's manifest."""
    model_sha256: Sha256
    """Digest of the base model's files."""


class Compared(Record):
    """One baseline as it stood in this attempt."""

    system: str
    """Its name."""
    is_stand_in: bool
    """Whether it is a local model in a frontier baseline's place."""
    words: str
    """What it is, in the words that every surface shows."""
    provider: str = ""
    """Who runs it, where it is a hosted model."""
    model: str = ""
    """The provider's own name of it."""
    panel: ComparisonPanel | None = None
    """Who decided what no check decides, for it and the candidate alike; none where checks did."""
    candidate: Scorecard | None = None
    """The candidate's scores as that panel graded them; none where checks decide all of it."""
    card: Scorecard
    """Its scores on sealed."""


class PromotionRecord(Record):
    """`record.json` of one promotion attempt; it never changes."""

    lineage: Lineage
    """What was trained, from what, and where."""
    channel: Literal["sandbox", "production"]
    """Where the specialist goes."""
    decision: Literal["staged", "refused"]
    """How the attempt ended."""
    exam_version: Positive
    """Version of the sealed split."""
    exam_sha256: Sha256
    """Digest of the exam that all systems answered."""
    attempt: Positive
    """Which attempt at this sealed version it was."""
    candidate: Scorecard
    """The candidate's scores on sealed."""
    baselines: tuple[Compared, ...]
    """What it was compared with, by name."""
    constant: str | None
    """The best constant policy."""
    constant_card: Scorecard | None
    """Its scores on sealed: the floor a candidate must clear."""
    gate: GateVerdict
    """The gate's decision with all findings."""
    economy: tuple[Economy, ...] = ()
    """What a decision costs and how long it takes, of candidate and baselines."""
    created_at: AwareDatetime
    """When the record was made, UTC."""

    @model_validator(mode="after")
    def _says_what_the_gate_said(self) -> Self:
        expected = "staged" if self.gate.decision == "promote" else "refused"
        if self.decision != expected:
            raise ValueError(
                f"decision {self.decision} with gate {self.gate.decision}, expected {expected}"
            )
        stand_ins = [compared.system for compared in self.baselines if compared.is_stand_in]
        if self.channel == "production" and self.decision == "staged" and stand_ins:
            raise ValueError(f"staged for production against stand-ins {', '.join(stand_ins)}")
        return self


def promotion_of(  # noqa: PLR0913 - everything that a record tells
    lineage: Lineage,
    attempt: Attempt,
    verdict: GateVerdict,
    cards: Iterable[Scorecard],
    *,
    created_at: AwareDatetime,
    economy: Sequence[Economy] = (),
    is_voted: bool = True,
) -> PromotionRecord:
    """Return the record of an attempt.

    Args:
        lineage: What was trained, from what, and where.
        attempt: What the gate read.
        verdict: What it said.
        cards: The scorecards of candidate and baselines on sealed.
        created_at: When; passed in, so that a replay makes the same record.
        economy: What decisions cost and how long they take.
        is_voted: Whether answers choose something that samples vote on.

    Raises:
        ValueError: a system of the attempt has no scorecard.
    """
    by_system = {card.system: card for card in cards}
    candidate, *baselines = attempt.contenders()
    absent = [c.system for c in (candidate, *baselines) if c.system not in by_system]
    if absent:
        raise ValueError(f"no scorecard of {', '.join(absent)}")
    constant = next((p for p in attempt.constants if p.name == verdict.constant), None)
    return PromotionRecord(
        lineage=lineage,
        channel=attempt.promotion.channel,
        decision="staged" if verdict.decision == "promote" else "refused",
        exam_version=attempt.benchmark.version,
        exam_sha256=attempt.exam_sha256,
        attempt=attempt.number,
        candidate=by_system[candidate.system],
        baselines=tuple(
            Compared(
                system=baseline.system,
                is_stand_in=baseline.is_stand_in,
                words=words_of(
                    baseline.system,
                    is_stand_in=baseline.is_stand_in,
                    called=baseline.called,
                    is_voted=is_voted,
                ),
                card=by_system[baseline.system],
                provider=baseline.provider,
                model=baseline.model,
                panel=baseline.panel,
                candidate=scorecard_of(candidate.system, baseline.against, attempt.benchmark)
                if baseline.panel
                else None,
            )
            for baseline in baselines
        ),
        constant=verdict.constant,
        constant_card=constant.card if constant else None,
        gate=verdict,
        economy=tuple(economy),
        created_at=created_at,
    )


def words_of(system: str, *, is_stand_in: bool, called: str = "", is_voted: bool = True) -> str:
    """Return what a baseline is, in words; a hosted model by its provider and version."""
    if system == StandIn.SELF_CONSISTENCY and is_stand_in and not is_voted:
        return FIRST_SAMPLE
    if is_stand_in:
        return STAND_IN_WORDS.get(system, OTHER_STAND_IN)
    return called or BASELINE_WORDS
