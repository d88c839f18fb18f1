"""What decisions cost and how long they take, from the evidence of a promotion attempt."""

from modelsmith.exam.answers import Answered
from modelsmith.exam.scenario import Split
from modelsmith.loop.answers.stand_ins import Answers, files_of
from modelsmith.loop.evidence.files import answers, answers_alone
from modelsmith.loop.phases.comparisons import CANDIDATE
from modelsmith.loop.phases.evaluate import ALONE as ALONE_STEER
from modelsmith.run.config import StandIn
from modelsmith.run.context import Case
from modelsmith.run.state_machine import Event
from modelsmith.statistics.cost_and_latency import Economy, hosted_economy, local_economy

ALONE = answers_alone(Split.SEALED)
"""The candidate's answers to questions that were asked one by one."""


def economy_of(case: Case, given: Answers) -> tuple[Economy, ...]:
    """Return what decisions cost and how long they take, of the candidate and each baseline.

    The zero-shot stand-in is the untouched base model, which eval asked one at a time; the other
    stand-ins were asked in batches alone, so nothing is said of their latency.
    """
    price = case.walk.price_usd_per_hour
    found = [local_economy("candidate", given[CANDIDATE], given[ALONE], price)]
    for name in case.config.baselines:
        if isinstance(name, StandIn):
            files = files_of(case.config, Split.SEALED, name)
            asked = [one for file in files for one in given[file]]
            alone = _asked_alone(case) if name is StandIn.ZERO_SHOT else ()
            found.append(
                local_economy(name.value, asked, alone, price, decisions=len(given[files[0]]))
            )
        else:
            found.append(hosted_economy(name, given[answers(Split.SEALED, name)]))
    return tuple(found)


def _asked_alone(case: Case) -> tuple[Answered, ...]:
    """Return the base model's answers that eval asked for one at a time."""
    first = next(entry for entry in case.entries if entry.event is Event.EVALUATED)
    return tuple(one for given in ALONE_STEER.held_by(first, case.read) for one in given)
