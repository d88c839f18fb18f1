"""Which function answers which operation, what right it takes, and how it says no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

from tests.support.github.rights import LEVELS, Token, role_for

if TYPE_CHECKING:
    from tests.support.github.repository import Repository
    from tests.support.github.state import GitHub

MOST_A_PAGE = 100
"""Largest page that GitHub gives (REST guide, pagination); a test may make it smaller."""


class Refusal(Exception):  # noqa: N818 - GitHub's no, not a fault of the test
    """An answer of 400 or more."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = more.pop("headers", {})
        self.body = {
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            **more,
        }


@dataclass
class Call:
    """One request, on its way through."""

    hub: "GitHub"
    token: Token
    path: str
    words: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    found: "Repository | None" = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def login(self) -> str:
        return self.token.login

    @property
    def repository(self) -> "Repository":
        assert self.found is not None, f"{self.path} is in no repository"
        return self.found

    def may(self, needs: str) -> bool:
        """Return whether who calls has a right in the repository, by role and by token."""
        role = self.hub.role(self.token, self.repository)
        return LEVELS[role] >= LEVELS[role_for(needs)] and self.token.allows(needs)

    def page(self, everything: Sequence[Any]) -> list[Any]:
        """Return the page that is asked for, and name the next one in a Link header."""
        size = max(1, min(int(self.query.get("per_page", "30")), self.hub.most_a_page))
        number = int(self.query.get("page", "1"))
        if len(everything) > size * number:
            following = urlencode({**self.query, "page": str(number + 1)})
            self.headers["Link"] = f'<{self.hub.api}{self.path}?{following}>; rel="next"'
        return list(everything[size * (number - 1) : size * number])


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """What answers an operation, and the fine-grained permission that it takes."""

    handler: Handler
    needs: str


ROUTES: dict[tuple[str, str], Route] = {}
"""By method and path template."""


def answers(operation: str, needs: str = "metadata=read") -> Callable[[Handler], Handler]:
    """Register what answers an operation; `R` stands for the path of a repository.

    Args:
        operation: Method and path.
        needs: Permission as GitHub names it in X-Accepted-GitHub-Permissions; alternatives are
            parted by `; `.
    """
    method, path = operation.split(" ", 1)
    if path.startswith("R"):
        path = "/repos/{owner}/{repo}" + path[1:]

    def register(handler: Handler) -> Handler:
        assert (method, path) not in ROUTES, f"{operation} is answered twice"
        ROUTES[method, path] = Route(handler, needs)
        return handler

    return register


def invalid(message: str, resource: str, fieldname: str, code: str = "custom") -> NoReturn:
    """Refuse as GitHub refuses a body whose shape is right and whose content is not."""
    fault = {"resource": resource, "field": fieldname, "code": code, "message": message}
    raise Refusal(422, "Validation Failed", errors=[fault])
