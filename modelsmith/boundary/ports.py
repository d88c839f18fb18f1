"""Models behind a network address, what is written down of each call, and the wall around work."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from modelsmith.boundary.call import Ask, EgressEvent, Held, Lost, Refused, Reply
from modelsmith.boundary.hosted_model import HostedModel

T = TypeVar("T")


class HostedModels(Protocol):
    """Asks hosted models. Knows of no boundary and no cache: what calls it does."""

    def ask(
        self,
        model: HostedModel,
        asks: Mapping[str, Ask],
        *,
        leaving: Callable[[str, int, bytes], bool],
        came: Callable[[str, Reply | Lost], None],
    ) -> None:
        """Ask every question, as many at once as the model's limits allow, and tell each outcome.

        A rate limit, a fault of the server, a timeout and a broken stream are tried again, with
        jitter and after what the server asks to wait. A reply that is not of the shape asked for
        is sent back once with what is wrong; then the call is lost, and one that was cut off is at
        once. A refusal is a reply with that finish: the model's answer, not a fault.

        Args:
            model: Who is asked.
            asks: Questions by key.
            leaving: Called with (key, attempt from 1, body) before each attempt, with the bytes
                of the JSON body that is about to leave; what returns False is not sent, and the
                call is lost.
            came: Called once a question, when it has ended, in the order in which they end.

        Raises:
            HostedError: nothing can be asked: no key in the environment, the key is refused, or no
                library is there.
        """


class Outbound(Protocol):
    """Asks models beside a run's own, within boundary and budget; writes down what leaves."""

    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        """Return what became of each question, in order; a question answered before costs nothing.

        Args:
            model: The run's name of who is asked.
            asks: The questions.
            label: What a person watching is told is going on.

        Raises:
            BoundaryError: a question carries what may not go there; none of them was sent.
            BudgetError: the money left would not pay for the next one; what was answered is kept.
            HostedError: nothing can be asked: no key, or it is refused, or some calls in a row had
                no reply; a council goes on without its member instead.
        """


class Journal(Protocol):
    """What left and what was refused while a phase is under way."""

    def write(self, event: EgressEvent) -> None:
        """Add one line, durably, before returning; from any thread.

        Raises:
            OSError: the disk is full; the file is as it was.
        """

    def egress_events(self) -> Sequence[EgressEvent]:
        """Return the lines, oldest first; a torn last line of a killed writer is dropped.

        Raises:
            BrokenRecordError: a line is not what was written.
        """


class Wall(Protocol):
    """Keeps a process to the addresses that it was allowed."""

    @property
    def held_by(self) -> Held:
        """What holds local work in on this machine."""

    def standing(self, told: Callable[[Refused], None]) -> AbstractContextManager[None]:
        """Refuse what is not allowed while the context lasts, and tell each refusal before."""

    def within(self, work: Callable[[], T]) -> T:
        """Do local work with no way out, in a thread of its own, and return what it returns.

        Raises:
            BaseException: whatever the work raises.
        """

    def towards(self, hosts: Collection[str]) -> AbstractContextManager[None]:
        """Let this process reach `hosts` too, for as long as the context lasts."""
