"""What goes wrong on purpose: limits, faults of the server, and lines that go dead."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "primary limit", "secondary limit", "server fault", "dropped before", "dropped after",
    "web page", "half an answer", "meanwhile",
]  # fmt: skip


@dataclass
class Fault:
    """A fault that meets the next requests that match."""

    kind: Kind
    method: str = ""
    """Method, or any where empty."""
    path: str = ""
    """Regular expression that the path holds."""
    times: int = 1
    """How many requests it meets."""
    skip: int = 0
    """How many requests that match go through before."""
    wait_s: int = 60
    """What the answer says: how long to wait."""
    says_when: bool = True
    """Whether a secondary limit sends Retry-After."""
    act: Callable[[], object] = lambda: None
    """What somebody else does just before the request arrives; the request itself goes through."""
    status: int = 403
    """Status of a limit (403 or 429) or of a server's fault."""

    def answer(self, now: float) -> tuple[int, dict[str, str], dict[str, str]]:
        """Return status, body and headers."""
        if self.kind == "primary limit":
            reset = str(int(now) + self.wait_s)
            headers = {
                "X-RateLimit-Limit": "5000",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": reset,
            }
            return self.status, {"message": "API rate limit exceeded for installation."}, headers
        if self.kind == "secondary limit":
            headers = {"Retry-After": str(self.wait_s)} if self.says_when else {}
            text = "You have exceeded a secondary rate limit."
            return self.status, {"message": text}, headers
        if self.kind == "web page":
            return 200, {"message": "Sign in"}, {"Content-Type": "text/html"}
        return (self.status if self.status >= 500 else 502), {"message": "Server Error"}, {}


@dataclass
class Faults:
    """The plan."""

    planned: list[Fault] = field(default_factory=list)
    met: list[tuple[Kind, str, str]] = field(default_factory=list)
    """What happened: kind, method, path."""

    def plan(self, fault: Fault) -> None:
        self.planned.append(fault)

    def next(self, method: str, path: str) -> Fault | None:
        """Return what meets a request."""
        for fault in self.planned:
            if fault.method in {"", method} and re.search(fault.path, path) and fault.times:
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                self.met.append((fault.kind, method, path))
                return fault
        return None
