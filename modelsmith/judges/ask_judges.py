"""Ask judges about answers, one criterion at a time, and keep what can be used of the replies."""

from collections.abc import Sequence

from modelsmith.boundary.call import Lost, Reply
from modelsmith.boundary.grants import ASKED, Boundary, Sendable
from modelsmith.boundary.hosted_model import JudgeModel, LocalJudge
from modelsmith.boundary.ports import Outbound
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.seeded_random import Draws
from modelsmith.judges.panel import JudgeVote, asked_criteria
from modelsmith.judges.prompt import Inquiry, asked_again, inquiries_of
from modelsmith.judges.reply import fault_in, opinion_of
from modelsmith.record import sha256

Wanted = tuple[Scenario, Split, str, Sequence[str]]
"""A scenario, where it lies, an answer to it, and ids of the criteria to be decided."""


def wanted_of(benchmark: Benchmark, answers: Sequence[tuple[Scenario, Split, str]]) -> list[Wanted]:
    """Return each answer with the criteria of it that judges decide."""
    return [(s, split, text, asked_criteria(benchmark, s, text)) for s, split, text in answers]


def opinions_on(  # noqa: PLR0913 - who is asked, about what, within which boundary
    outbound: Outbound,
    judges: Sequence[JudgeModel],
    benchmark: Benchmark,
    wanted: Sequence[Wanted],
    *,
    seed: int,
    label: str,
    boundary: Boundary | None = None,
) -> tuple[JudgeVote, ...]:
    """Return what each judge says of each criterion that is wanted, sorted.

    An answer that occurs twice is asked about once. Criteria of one answer stand together, so
    that a provider can keep their common prefix; their order, and the answers', is drawn for each
    judge. A reply that cannot be used is asked for once more, with what is wrong with it.

    Args:
        outbound: Asks; keeps to the boundary and to the budget.
        judges: Who decides.
        benchmark: Its verdicts.
        wanted: Scenario, where it lies, the answer, and ids of the criteria.
        seed: Of the order, and of the fence around each answer.
        label: What a person watching is told is going on.
        boundary: What may leave: a judge is shown the granted fields of a question and no others.
            Everything that a model is asked with, where none is given.

    Raises:
        BoundaryError: a judge may not be sent what it is asked; nothing of it was sent.
        BudgetError: the money left would not pay for the next call.
        HostedError: a judge cannot be asked: no key, or it is refused.
    """
    distinct: dict[tuple[str, str], Wanted] = {}
    for scenario, split, answer, criteria in wanted:
        place = (scenario.id, sha256(answer.encode()))
        before = distinct[place][3] if place in distinct else ()
        distinct[place] = (scenario, split, answer, tuple(sorted({*before, *criteria})))
    questions = {s.id: question(benchmark, s) for s, *_ in wanted}
    opinions: list[JudgeVote] = []
    for judge in judges:
        inquiries: list[Inquiry] = []
        draws, allowed = Draws("judge-order", seed, judge.name), shown_to(judge, boundary)
        for place in draws.shuffled(sorted(distinct)):
            scenario, split, answer, criteria = distinct[place]
            inquiries += inquiries_of(
                benchmark,
                scenario,
                split,
                answer,
                draws.shuffled(criteria),
                seed=seed,
                allowed=allowed,
            )
        opinions += _ask_judge(outbound, judge, inquiries, questions, label)
    return tuple(sorted(opinions, key=lambda vote: (*vote.place, vote.judge)))


def shown_to(judge: JudgeModel, boundary: Boundary | None) -> tuple[Sendable, ...]:
    """Return the fields of a question that a judge is shown, in their order."""
    if boundary is None or isinstance(judge, LocalJudge) or judge.inside:
        return ASKED
    grant = boundary.grant(judge.provider, "judge")
    return () if grant is None else tuple(field for field in ASKED if field in grant.fields)


def _ask_judge(
    outbound: Outbound,
    judge: JudgeModel,
    inquiries: Sequence[Inquiry],
    questions: dict[str, str],
    label: str,
) -> list[JudgeVote]:
    if not inquiries:
        return []
    replies = list(outbound.ask(judge.name, [inquiry.ask for inquiry in inquiries], label))
    faults = [
        fault_in(inquiry, reply, questions[inquiry.scenario])
        for inquiry, reply in zip(inquiries, replies, strict=True)
    ]
    again = [at for at, fault in enumerate(faults) if fault]
    if again:
        asks = [
            asked_again(inquiries[at].ask, _reply_text(replies[at]), faults[at]) for at in again
        ]
        for at, reply in zip(again, outbound.ask(judge.name, asks, label), strict=True):
            replies[at] = reply
            faults[at] = fault_in(inquiries[at], reply, questions[inquiries[at].scenario])
    return [
        opinion_of(inquiry, judge.name, reply, fault)
        for inquiry, reply, fault in zip(inquiries, replies, faults, strict=True)
    ]


def _reply_text(reply: Reply | Lost) -> str:
    return reply.text if isinstance(reply, Reply) and reply.text.strip() else "(nothing)"
