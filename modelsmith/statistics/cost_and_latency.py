"""What a decision costs, and how long one takes: measured, of candidate and baselines alike.

| system | cost of a decision                       | latency                              |
|--------|------------------------------------------|--------------------------------------|
| hosted | what the provider asked for the call     | of each call                         |
| local  | seconds of work x cluster's price / answers | of answers asked one at a time    |

A decision is one answer. A local answer that rides in a batch waits for all of it: that is what
throughput costs and not what a caller waits, so the two are measured apart.
"""

from collections.abc import Iterable, Sequence
from math import fsum

from modelsmith.exam.answers import Answered, usage_of
from modelsmith.record import Amount, Count, Record, Seconds
from modelsmith.statistics.intervals import nearest_rank

EDGES_S = (
    0.01, 0.0178, 0.0316, 0.0562, 0.1, 0.178, 0.316, 0.562, 1.0, 1.78, 3.16, 5.62, 10.0,
    17.8, 31.6, 56.2, 100.0, 178.0, 316.0,
)  # fmt: skip
"""Upper edges of the bins in seconds: 10^(k/4) to three digits, from ten milliseconds, below which
no model answers, to five minutes, beyond every usual timeout. Fixed, so that histograms of any two
systems add up; four a decade, so that a bin's ends differ by a factor of 1.78. The quantiles are
not read from the bins."""

MOST_TIMED = 20
"""Answers of a local candidate that are asked alone: the fewest whose 95th percentile by nearest
rank, the 19th, is not merely the slowest."""

HOUR_S = 3600


class Latency(Record):
    """How long single answers took."""

    edges_s: tuple[Seconds, ...] = EDGES_S
    """Upper edges of the bins; one more bin holds what is slower."""
    counts: tuple[Count, ...]
    """Answers in each bin."""
    timed: Count
    """Answers that were timed: what the quantiles rest on."""
    p50_s: Seconds | None
    """Median by nearest rank; none where nothing was timed."""
    p95_s: Seconds | None
    """95th percentile by nearest rank; with fewer than twenty answers the slowest."""


class Economy(Record):
    """What one system's decisions cost, and how long they take."""

    system: str
    """Name of the candidate or baseline."""
    decisions: Count
    """Answers that the cost rests on."""
    cost_usd: Amount | None
    """Of one decision, to the nanodollar; none where nothing was answered."""
    price_usd_per_hour: Amount | None
    """Of the cluster that a local system ran on; none of a hosted one."""
    latency: Latency
    """How long single answers took."""

    @property
    def cost_words(self) -> str:
        """The cost of a decision as people read it; a price that nobody set is no saving."""
        if self.cost_usd is None:
            return "not measured"
        if self.price_usd_per_hour == 0:
            return "0 (cluster price not set)"
        return f"{self.cost_usd:.6f} USD"


def latency_of(seconds: Iterable[float]) -> Latency:
    """Return the histogram of measured latencies with their quantiles."""
    timed = sorted(seconds)
    counts = [0] * (len(EDGES_S) + 1)
    for one in timed:
        counts[next((at for at, edge in enumerate(EDGES_S) if one <= edge), len(EDGES_S))] += 1
    return Latency(
        counts=tuple(counts),
        timed=len(timed),
        p50_s=nearest_rank(timed, 0.50),
        p95_s=nearest_rank(timed, 0.95),
    )


def hosted_economy(system: str, answers: Iterable[Answered]) -> Economy:
    """Return the economy of a hosted model: each answer is a call with its cost and latency."""
    given = [one.answer for one in answers if one.answer is not None]
    total = fsum(answer.cost_usd for answer in given)
    return Economy(
        system=system,
        decisions=len(given),
        cost_usd=round(total / len(given), 9) if given else None,
        price_usd_per_hour=None,
        latency=latency_of(answer.latency_s for answer in given),
    )


def local_economy(
    system: str,
    answers: Sequence[Answered],
    alone: Iterable[Answered],
    price_usd_per_hour: float,
    decisions: int | None = None,
) -> Economy:
    """Return the economy of a model on the cluster.

    Args:
        system: Its name.
        answers: Everything that it was asked to decide, in its batches.
        alone: Answers of the same model to questions asked one at a time.
        price_usd_per_hour: What an hour of the cluster costs; 0 where nobody set it.
        decisions: Decisions that `answers` make, where several of them vote on one.
    """
    count = sum(one.answer is not None for one in answers) if decisions is None else decisions
    cost = usage_of(answers).seconds * price_usd_per_hour / HOUR_S
    return Economy(
        system=system,
        decisions=count,
        cost_usd=round(cost / count, 9) if count else None,
        price_usd_per_hour=price_usd_per_hour,
        latency=latency_of(one.answer.latency_s for one in alone if one.answer is not None),
    )
