"""Ask the members of a council that are models; whatever comes of it is a statement."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.egress_filter import ContentScanner, text_of
from modelsmith.boundary.grants import Grant, Sendable
from modelsmith.council.proposal import Statement
from modelsmith.loop.answers.local_model import answer_in_batches, open_engine
from modelsmith.models.generation import Sampling
from modelsmith.run.config import LOCAL, MUTATOR
from modelsmith.run.context import PhaseContext, RunPorts

Kind = Literal["drafts", "answer", "wrong", "ballot"]

INSIDE: tuple[Sendable, ...] = (
    "outcomeType",
    "operatorLens",
    "mechanic",
    "description",
    "testObjective",
    "domainInput",
)
"""Fields of failed scenarios that a member on the customer's own hardware sees."""

LOCAL_TOKENS = 512
"""Longest reply of the base model: it answers on this machine, about a minute on two cores."""


class Question(NamedTuple):
    """One question to one member."""

    member: str
    kind: Kind
    about: str
    ask: Ask


def models_of(context: PhaseContext) -> tuple[str, ...]:
    """Return the members that are models, sorted."""
    return tuple(sorted(name for name in context.config.council.members if name != MUTATOR))


def families_of(context: PhaseContext) -> dict[str, str]:
    """Return the family of each member that is a model."""
    return context.hosted.families(models_of(context)) | {
        LOCAL: context.config.model.descent or LOCAL
    }


def grant_of(context: PhaseContext, member: str) -> Grant | None:
    """Return what a hosted member may be sent; None where nothing may."""
    return context.hosted.boundary.grant(context.hosted.model(member).provider, "council")


def is_inside(context: PhaseContext, member: str) -> bool:
    """Return whether what a member is sent stays on the customer's hardware."""
    return member == LOCAL or context.hosted.model(member).inside


def fields_for(context: PhaseContext, member: str) -> tuple[Sendable, ...]:
    """Return the fields of failed train scenarios that a member may see."""
    if is_inside(context, member):
        return INSIDE
    grant = grant_of(context, member)
    return () if grant is None else grant.fields


def voters_of(context: PhaseContext, author: str) -> tuple[str, ...]:
    """Return the members that may be asked about a proposal of `author`: never itself."""
    return tuple(
        name
        for name in models_of(context)
        if name != author and (is_inside(context, name) or grant_of(context, name) is not None)
    )


@dataclass(frozen=True)
class Members:
    """The members of one round."""

    ports: RunPorts
    context: PhaseContext

    def ask(self, questions: Iterable[Question], label: str) -> tuple[Statement, ...]:
        """Return what became of each question, sorted.

        A member that may not be sent a question is not asked it, and that is said.

        Raises:
            BudgetError: the money left would not pay for the next one.
            HostedError: a hosted member cannot be asked: no key, or it is refused.
        """
        by_member: dict[str, list[Question]] = defaultdict(list)
        for question in questions:
            by_member[question.member].append(question)
        statements: list[Statement] = []
        for member, own in sorted(by_member.items()):
            statements += (
                self._local(own) if member == LOCAL else self._ask_hosted(member, own, label)
            )
        return tuple(sorted(statements, key=lambda one: (one.about, one.member, one.kind)))

    def _ask_hosted(self, member: str, own: Sequence[Question], label: str) -> list[Statement]:
        kept_in = self._kept_in(member, own)
        open_ones = [question for at, question in enumerate(own) if at not in kept_in]
        statements = [_statement(own[at], error=why) for at, why in kept_in.items()]
        if open_ones:
            asks = [question.ask for question in open_ones]
            replies = self.ports.outbound(self.context).ask(member, asks, f"{label}, {member}")
            statements += [
                _statement_of(q, reply) for q, reply in zip(open_ones, replies, strict=True)
            ]
        return statements

    def _kept_in(self, member: str, own: Sequence[Question]) -> dict[int, str]:
        """Return why questions may not go to a member, by place; else the boundary ends it all."""
        if is_inside(self.context, member):
            return {}
        grant = grant_of(self.context, member)
        if grant is None:
            provider = self.context.hosted.model(member).provider
            name = self.context.hosted.boundary.name
            why = f"not asked: boundary {name} grants {provider} nothing as council"
            return dict.fromkeys(range(len(own)), why)
        screen = ContentScanner(self.context.snapshot, grant)
        kept_in: dict[int, str] = {}
        for at, question in enumerate(own):
            shape = [json.dumps(dict(question.ask.shape.schema_))] if question.ask.shape else []
            text = text_of([*(turn.content for turn in question.ask.prompt), *shape])
            if carried := screen.found(text):
                kept_in[at] = f"not asked: it would carry {carried}"
        return kept_in

    def _local(self, own: Sequence[Question]) -> list[Statement]:
        first = self.context.snapshot.train[0]  # stands for a scenario where none is asked about
        statements = []
        with open_engine(self.ports, self.context, None) as engine:
            for question in own:
                longest = min(question.ask.sampling.max_tokens, LOCAL_TOKENS)
                (found,) = answer_in_batches(
                    engine,
                    [(first, question.ask.prompt)],
                    Sampling(max_tokens=longest),
                    batch=1,
                    cache=self.ports.cache,
                    progress=self.ports.progress,
                    label=f"council, {LOCAL}",
                )
                if found.answer is None:
                    statements.append(_statement(question, error=f"lost: {found.error}"))
                    continue
                tokens = found.answer.prompt_tokens + found.answer.answer_tokens
                plain = _statement(question, text=found.answer.text)
                took = {"seconds": found.answer.latency_s, "tokens": tokens}
                statements.append(plain.model_copy(update=took))
        return statements


def _statement_of(question: Question, outcome: Reply | Lost) -> Statement:
    if isinstance(outcome, Lost):
        return _statement(question, error=f"lost: {outcome.reason}")
    if outcome.finish != "stop":
        how = "cut off" if outcome.finish == "length" else "declined"
        return _statement(question, text=outcome.text, error=how)
    is_shaped = question.ask.shape is not None and outcome.value is not None
    return _statement(question, text=json.dumps(outcome.value) if is_shaped else outcome.text)


def _statement(question: Question, *, text: str = "", error: str = "") -> Statement:
    member, kind, about, _ = question
    return Statement(member=member, kind=kind, about=about, text=text, error=error)
