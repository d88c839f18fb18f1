"""Whether a promotion may go live, from a clone and its forge."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.wiring.clone import audit
from modelsmith.wiring.forge import forge

if TYPE_CHECKING:
    from modelsmith.domain.policy import Policy
    from modelsmith.domain.submission import Judgement
    from modelsmith.steps.promotion_answers import Answer, Page


def promotion_answers(repository: Path, number: int | None, *, post: bool) -> "list[Answer]":
    """Judge the promotions that wait, or the one of that number, and return what was said.

    Args:
        repository: A clone with all of its history.
        number: Number of the pull request; every open promotion where none.
        post: Whether to publish it on the forge.

    Raises:
        InputError: there is none of that number, it is over, or the clone is no whole one.
        ForgeError: the forge does not answer.
    """
    from modelsmith.adapters.git_history import GitHistory
    from modelsmith.adapters.git_reading import GitReading
    from modelsmith.adapters.record_files import record_in
    from modelsmith.domain.policy import POLICY, Policy, policy_remarks
    from modelsmith.domain.recheck import RecheckSheet
    from modelsmith.steps.audit import Asked
    from modelsmith.steps.promotion_answers import Page, answered
    from modelsmith.steps.submission import Sources, judged, submitted
    from modelsmith.surfaces import judgement_page as surface

    where, reading = forge(repository), GitReading(repository)

    def read(content: bytes) -> "Policy":
        return record_in(POLICY, content, Policy, policy_remarks)

    def show(found: "Judgement") -> "Page":
        return Page(surface.status_of(found), surface.judgement_page(found), surface.MARKER)

    with GitHistory(repository) as history:
        sources = Sources(
            forge=where,
            history=history,
            fetch=reading.fetched,
            changed=lambda base, head: reading.changed_between(base, head, "."),
            audit=lambda head, base: audit(repository, Asked(head, base)),
            policy=read,
            sheet=lambda path, content: record_in(path, content, RecheckSheet),
        )
        faults = surface.fault_status if post else None
        return [
            answered(where, pull, lambda one: judged(sources, one), show, faults)
            for pull in submitted(where, number)
        ]
