"""A ticket's draft worded by a model, within the boundary."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from modelsmith.boundary.call import Lost
from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.hosted_model import JudgeModel
from modelsmith.boundary.ports import Outbound
from modelsmith.council.ticket_draft import ticket_ask, worded
from modelsmith.errors import HostedError
from modelsmith.exam.authoring.scenario_draft import TicketDraft
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.files.draft_files import Pasted
from modelsmith.exam.scenario import Split
from modelsmith.layout import STATE
from modelsmith.wiring.hosted import exam_client
from modelsmith.wiring.label_sample import boundary_named, model_named

Asking = Callable[[JudgeModel, Boundary, Path], Outbound]
"""Returns what asks a model within a boundary, and writes down what leaves in a file."""


def draft_with(  # noqa: PLR0913, PLR0917 - what is drafted, by whom, within what
    repository: Path,
    benchmark: Benchmark,
    source: Pasted,
    draft: TicketDraft,
    split: Split,
    name: str,
    boundary: str,
    asking: Asking | None = None,
) -> TicketDraft:
    """Return a draft with the words of a model where they rest on the ticket's.

    Raises:
        UsageError: no model, or no boundary, is called that.
        BoundaryError: the boundary keeps the ticket in; nothing was sent.
        HostedError: the model cannot be asked, or did not answer with the object asked for.
    """
    within, model = boundary_named(repository, boundary), model_named(repository, name)
    journal = repository / STATE / "draft" / f"{benchmark.domain}-{name}.outbound.jsonl"
    ask = ticket_ask(benchmark, source.ticket, source.table, draft.id, split)
    asks = asking or partial(exam_client, repository, benchmark.domain, is_complete=False)
    outbound = asks(model, within, journal)
    (reply,) = outbound.ask(model.name, [ask], f"draft, {name}")
    if isinstance(reply, Lost) or not isinstance(reply.value, dict):
        why = reply.reason if isinstance(reply, Lost) else f"its reply ended with {reply.finish}"
        raise HostedError(
            f"{name} did not answer with the object that was asked for: {why}",
            remedy="Run it again, name another model, or leave --model out: rules draft alone.",
        )
    return worded(benchmark, source.ticket, source.table, draft, reply.value)
