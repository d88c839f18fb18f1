"""A wall that lets everything through, for runs whose models are scripted."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from modelsmith.boundary.call import Held, Refused

T = TypeVar("T")


class OpenWall:
    """Refuses nothing, and remembers who it was opened to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    @property
    def held_by(self) -> Held:
        return Held(by=("hook",))

    @contextmanager
    def standing(self, told: Callable[[Refused], None]) -> Iterator[None]:
        yield

    def within(self, work: Callable[[], T]) -> T:
        return work()

    @contextmanager
    def towards(self, hosts: Collection[str]) -> Iterator[None]:
        self.hosts += hosts
        yield
