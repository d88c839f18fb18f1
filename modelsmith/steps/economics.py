"""What decisions cost and how long they take, from the evidence of a promotion attempt."""

from collections.abc import Mapping, Sequence

from modelsmith.domain.answering import Answered
from modelsmith.domain.economy import Economy, hosted_economy, local_economy
from modelsmith.domain.loop import Event
from modelsmith.domain.record import records_in
from modelsmith.domain.run import StandIn
from modelsmith.steps.comparisons import CANDIDATE
from modelsmith.steps.invariance import ALONE as ALONE_STEER
from modelsmith.steps.stand_ins import file_of, files_of
from modelsmith.steps.tools import Case

ALONE = "alone-sealed.jsonl"
"""Evidence file with the candidate's answers to questions that were asked one by one."""


def economy_of(case: Case, answers: Mapping[str, Sequence[Answered]]) -> tuple[Economy, ...]:
    """Return what decisions cost and how long they take, of the candidate and each baseline.

    The zero-shot stand-in is the untouched base model, which eval asked one at a time; the other
    stand-ins were asked in batches alone, so nothing is said of their latency.
    """
    price = case.walk.price_usd_per_hour
    found = [local_economy("candidate", answers[CANDIDATE], answers[ALONE], price)]
    for name in case.config.baselines:
        if isinstance(name, StandIn):
            files = files_of(case.config, "sealed", name)
            given = [one for file in files for one in answers[file]]
            alone = _asked_alone(case) if name is StandIn.ZERO_SHOT else ()
            found.append(
                local_economy(name.value, given, alone, price, decisions=len(answers[files[0]]))
            )
        else:
            found.append(hosted_economy(name, answers[file_of("sealed", name)]))
    return tuple(found)


def _asked_alone(case: Case) -> tuple[Answered, ...]:
    """Return the base model's answers that eval asked for one at a time."""
    first = next(entry for entry in case.entries if entry.event is Event.EVALUATED)
    paths = [path for path in first.evidence if path.endswith(f"/{ALONE_STEER}")]
    return tuple(one for path in paths for one in records_in(case.read(path), Answered))
