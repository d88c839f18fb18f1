"""What follows a round: continue, escalate, converged or halt, with the numbers that decided.

| asked in this order                                         | decision, reason           |
|-------------------------------------------------------------|----------------------------|
| more than 10 % of the answers lost to errors                | halt, errors               |
| nobody decides any answer on steer                          | halt, undecided            |
| beats every baseline on steer, mean score at least .95      | converged, saturated       |
| beats every baseline, clears constant policies and floors   | converged, ready           |
| plateau, no rung left, train passes below one half          | halt, capacity-wall        |
| plateau, no rung left                                       | halt, hard-plateau         |
| a budget is used up                                         | halt, budget               |
| plateau, a rung left                                        | escalate, plateau          |
| surely worse than the best round                            | continue, regressing       |
| none of these                                               | continue, learning         |

A candidate that is ready in the last round of a budget is promoted, not halted.
Source: research, evalscience, section 4.1; DESIGN, section 6.
"""

from collections.abc import Sequence
from typing import Literal, get_args

from modelsmith.decisions.plateau import Best, Plateau, Round, best_of, plateau_of, regress_of
from modelsmith.decisions.readiness import Gain, Readiness
from modelsmith.record import Amount, Count, Positive, Rate, Record, Seconds
from modelsmith.run.config import Budgets
from modelsmith.statistics.scorecard import ERROR_LIMIT
from modelsmith.training.curriculum import Strategy

SATURATED = 0.95
"""Mean steer score at which harder scenarios are due (evalscience, section 4.1)."""

CAPACITY_WALL = 0.5
"""Train pass rate below which a plateau on the last rung means that the model cannot hold even what
it was taught. Measured: a 135M model that learns reaches 18-20 of 24 train scenarios in three
rounds (research: learn, section 8), so half is a wall and no slow start."""

Decided = Literal["continue", "escalate", "converged", "halt"]
Reason = Literal[
    "learning",
    "regressing",
    "plateau",
    "ready",
    "saturated",
    "capacity-wall",
    "hard-plateau",
    "budget",
    "errors",
    "undecided",
]


BudgetName = Literal["iterations", "wall_time_s", "tokens", "cost_usd"]


class Spent(Record):
    """What the run has used up so far."""

    iterations: Count
    """Rounds finished, this one included."""
    wall_time_s: Seconds
    """Seconds of work, summed over the phases."""
    tokens: Count
    """Tokens read and written, training included."""
    cost_usd: Amount
    """Money for hosted models."""


class BudgetUse(Record):
    """One budget and what is left of it."""

    budget: BudgetName
    """Which one."""
    spent: Amount
    """What was used."""
    allowed: Amount
    """What may be used."""
    is_used_up: bool
    """Whether nothing is left; a cost budget of 0 is used up by the first cent, not by none."""


class Assessment(Record):
    """The decision after one round, and every number that it rests on."""

    decision: Decided
    """What the loop does next."""
    reason: Reason
    """Why."""
    rule: str
    """The rule that decided, with its threshold."""
    iteration: Positive
    """The round that was assessed."""
    strategy: Strategy
    """The rung for the next round."""
    back_to: Best | None
    """The round whose adapter training goes on from; none goes on from the newest."""
    best: Best
    """The best round so far."""
    plateau: Plateau
    """What the plateau rule saw."""
    regress: Gain | None
    """The newest round less the best before it; none in the first round."""
    readiness: Readiness
    """How the candidate stands on steer."""
    budgets: tuple[BudgetUse, ...]
    """What is left of each budget."""
    train_pass_rate: Rate
    """Share of train scenarios passed in this round."""
    errored: Rate
    """Share of answers lost to errors in this round."""


def assess(  # noqa: PLR0913 - what a round is judged by
    history: Sequence[Round],
    readiness: Readiness,
    budgets: Budgets,
    spent: Spent,
    ladder: Sequence[Strategy],
    *,
    ends_undecided: bool = True,
) -> Assessment:
    """Return what follows the last round of `history`.

    Args:
        history: The rounds so far, in any order.
        readiness: How the candidate stands on steer.
        budgets: What the run may use.
        spent: What it has used.
        ladder: The rungs that it may train on.
        ends_undecided: Whether it ends where nobody decides steer; runs of before went on.

    Raises:
        ValueError: there is no round, or its strategy is not on the ladder.
    """
    rounds = sorted(history, key=lambda one: one.iteration)
    last = rounds[-1] if rounds else None
    if last is None or last.strategy not in ladder:
        raise ValueError("assess needs at least one round, on a strategy of the ladder")
    uses = budget_uses(budgets, spent)
    plateau = plateau_of(rounds, budgets.iterations)
    regress, best = regress_of(rounds), best_of(rounds)
    above = ladder[ladder.index(last.strategy) + 1 :]
    worse = regress is not None and regress.high < 0
    decision, reason, rule = _decided(last, readiness, plateau, uses, above=above, worse=worse)
    if ends_undecided and readiness.mean_score is None and reason != "errors":
        decision, reason = "halt", "undecided"
        rule = "undecided: neither a check nor a judge decides an answer on steer"
    goes_back = worse and decision in ("continue", "escalate")
    return Assessment(
        decision=decision,
        reason=reason,
        rule=rule,
        iteration=last.iteration,
        strategy=above[0] if decision == "escalate" else last.strategy,
        back_to=best if goes_back else None,
        best=best,
        plateau=plateau,
        regress=regress,
        readiness=readiness,
        budgets=uses,
        train_pass_rate=last.train_pass_rate,
        errored=last.errored,
    )


def budget_uses(budgets: Budgets, spent: Spent) -> tuple[BudgetUse, ...]:
    """Return what is left of each budget."""
    allowed, used = budgets.model_dump(), spent.model_dump()
    names: tuple[BudgetName, ...] = get_args(BudgetName)
    return tuple(
        BudgetUse(
            budget=name,
            spent=float(used[name]),
            allowed=float(allowed[name]),
            is_used_up=used[name] >= allowed[name] and used[name] > 0,
        )
        for name in names
    )


def _decided(  # noqa: PLR0911, PLR0913 - the table above, row by row
    last: Round,
    readiness: Readiness,
    plateau: Plateau,
    uses: Sequence[BudgetUse],
    *,
    above: Sequence[Strategy],
    worse: bool,
) -> tuple[Decided, Reason, str]:
    if last.errored > ERROR_LIMIT:
        return "halt", "errors", f"errors: {last.errored:.3f} > {ERROR_LIMIT:.2f}"
    score = readiness.mean_score
    if readiness.beats_baselines and score is not None and score >= SATURATED:
        return "converged", "saturated", f"saturated: steer mean {score:.3f} >= {SATURATED:.2f}"
    if readiness.is_ready:
        low = min(lead.gain.low for lead in readiness.leads)
        return "converged", "ready", f"ready: least lower bound {low:.3f} > 0, every floor cleared"
    if plateau.holds and not above:
        rate = last.train_pass_rate
        if rate < CAPACITY_WALL:
            return "halt", "capacity-wall", f"capacity-wall: train {rate:.3f} < {CAPACITY_WALL:.2f}"
        return "halt", "hard-plateau", f"{plateau.rule} ({plateau.strength}), no rung left"
    used_up = [use for use in uses if use.is_used_up]
    if used_up:
        figures = ", ".join(f"{use.budget} {use.spent:g} of {use.allowed:g}" for use in used_up)
        return "halt", "budget", f"budget: {figures}"
    if plateau.holds:
        return "escalate", "plateau", f"{plateau.rule} ({plateau.strength}), next rung {above[0]}"
    if worse:
        return "continue", "regressing", "regressing: upper bound against the best round < 0"
    return "continue", "learning", f"{plateau.rule}: no plateau yet"
