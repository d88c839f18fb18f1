"""Requests to GitHub: again when it is worth it, and every page."""

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from modelsmith.errors import ForgeDeniedError, ForgeError, InputError
from modelsmith.forge.github.connection import PAGE, AppKey, Connection, GitHubRepository
from modelsmith.forge.github.responses import (
    MOST_ATTEMPTS,
    AbsentError,
    LostError,
    No,
    UnfitError,
    error_of,
    wait_s,
)
from modelsmith.forge.port import Forge
from modelsmith.forge.records import Person
from modelsmith.record import JsonObject

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

EXPIRED = 401
"""Status of a request whose token is no longer taken: Unauthorized."""

PATIENCE_S = 900.0
"""Longest wait for one request: a phase's job has a quarter of an hour to spare, not the hour after
which a primary limit is lifted."""


class _PassingError(ForgeError):
    """What the same request may not meet again: a limit, a fault, a dead line."""

    def __init__(self, error: ForgeError, answer: No | None) -> None:
        super().__init__(error.what, remedy=error.remedy)
        self.error, self.answer = error, answer


class GitHubPart(Forge):
    """A part of the forge."""

    def __init__(self, access: "Access") -> None:
        """Know where to ask; nothing is asked yet."""
        self.access = access


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=GitHubPart)


def repeat_lost(act: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let an act that finds what is there be done again when a request of it was lost."""

    def persistent(self: S, /, *words: P.args, **named: P.kwargs) -> T:
        return self.access.attempts(LostError)(act, self, *words, **named)

    return update_wrapper(persistent, act)


class Access:
    """Requests about one repository.

    Args:
        place: Which repository, on which server.
        credential: A token, or an App's key.
        tell: Takes a line for the person who waits; standard error where none.
        sleep: Waits for some seconds.
        now: Returns the seconds since 1970.
        dice: Returns a number in [0, 1).
        patience_s: Longest wait for one request.
    """

    def __init__(  # noqa: PLR0913 - what a test passes in instead of time
        self,
        place: GitHubRepository,
        credential: str | AppKey,
        *,
        tell: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        dice: Callable[[], float] = random.random,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Know where to ask; nothing is asked yet."""
        self.place = place
        self._connection = Connection(place, credential)
        self._is_visible = False
        self._tell = tell or _on_stderr
        self._sleep, self._now, self._dice, self._patience_s = sleep, now, dice, patience_s

    def call(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Mapping[str, str] | None = None,
        *,
        adds: bool | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Ask, and return what is answered.

        Args:
            method: GET, POST, PATCH, PUT or DELETE.
            path: From the repository on; from the top of the API where it begins with `/`.
            body: JSON.
            query: Parameters.
            adds: Whether the same request sent twice does more than once; a POST where not said.

        Raises:
            AbsentError, ForgeDeniedError, ForgeRefusedError, UnfitError: by the answer.
            LostError: a request that adds may or may not have arrived.
            ForgeError: GitHub cannot be reached or has a fault, after all attempts.
        """
        adding = method == "POST" if adds is None else adds
        asked = (method, self._url(path), body, query)
        return self.attempts(_PassingError)(self._once, *asked, adds=adding)[1]

    def pages(
        self, path: str, query: Mapping[str, str] | None = None, within: str = ""
    ) -> Iterator[Any]:
        """Yield what all pages list; `within` names the field that holds the list."""
        url: str | None = self._url(path)
        asked: Mapping[str, str] | None = {**(query or {}), "per_page": str(PAGE)}
        while url:
            headers, page = self.attempts(_PassingError)(self._once, "GET", url, None, asked)
            yield from page[within] if within else page
            url, asked = _next_in(headers.get("link", "")), None

    def graphql(
        self, query: str, variables: JsonObject | None = None, right: str = "metadata=read"
    ) -> Any:  # noqa: ANN401 - JSON
        """Ask what GitHub answers through GraphQL alone.

        Args:
            query: The query or mutation; one that may be sent twice.
            variables: What it is about.
            right: What it takes; GitHub does not say.

        Raises:
            ForgeDeniedError: the token may not.
            UnfitError: GitHub does not take what it says.
        """
        asked = {"query": query, "variables": dict(variables or {})}
        told = ("POST", self.place.graphql_url, asked, None)
        _, answer = self.attempts(_PassingError)(self._once, *told)
        errors = answer.get("errors") or []
        if errors:
            words = "; ".join(str(one.get("message")) for one in errors)
            if any(one.get("type") == "FORBIDDEN" for one in errors):
                raise ForgeDeniedError(f"GitHub refuses: {words}", remedy=f"It needs {right}.")
            raise UnfitError(f"GitHub refuses: {words}", remedy="Nothing was changed.")
        return answer["data"]

    @cached_property
    def me(self) -> Person:
        """Who asks; GraphQL tells it to people, Apps and workflows' own tokens alike."""
        login = self._viewer["login"]
        return Person(login=login, is_bot=login.endswith("[bot]"))

    @property
    def address(self) -> str:
        """The address that GitHub gives to who asks."""
        return f"{self._viewer['databaseId']}+{self.me.login}@users.noreply.github.com"

    @cached_property
    def _viewer(self) -> JsonObject:
        viewer: JsonObject = self.graphql("{ viewer { login databaseId } }")["viewer"]
        return viewer

    def require_visible(self) -> None:
        """Make sure that what is absent is not only hidden from the token.

        Raises:
            AbsentError: the token may not see the repository, or there is none.
        """
        if not self._is_visible:
            self.call("GET", "")
            self._is_visible = True

    def attempts(self, passing: type[ForgeError]) -> "Retrying":
        """Return how something is done again while it fails so; who waits is told of each wait."""
        from tenacity import Retrying, retry_if_exception_type

        return Retrying(
            retry=retry_if_exception_type(passing),
            wait=self._wait_s,
            stop=self._is_enough,
            before_sleep=self._say,
            sleep=self._sleep,
            retry_error_callback=_given_up,
        )

    def _wait_s(self, state: "RetryCallState") -> float:
        answer = getattr(_error_in(state), "answer", None)
        return wait_s(answer, state.attempt_number, self._now(), self._dice()) or 0

    def _is_enough(self, state: "RetryCallState") -> bool:
        waiting_s = state.idle_for + state.upcoming_sleep
        return state.attempt_number == MOST_ATTEMPTS or waiting_s > self._patience_s

    def _say(self, state: "RetryCallState") -> None:
        next_one = f"attempt {state.attempt_number + 1} of {MOST_ATTEMPTS}"
        self._tell(f"{_error_in(state).what}; {next_one} in {state.upcoming_sleep:.0f} s")

    def _url(self, path: str) -> str:
        return (
            path if path.startswith("/") else f"/repos/{self.place.repository}/{path}".rstrip("/")
        )

    def _once(
        self,
        method: str,
        url: str,
        body: JsonObject | None,
        query: Mapping[str, str] | None,
        *,
        adds: bool = False,
    ) -> tuple[Mapping[str, str], Any]:
        no = self._connection.send(method, url, body, query)
        if isinstance(no, No) and no.status == EXPIRED and self._connection.renew():
            no = self._connection.send(method, url, body, query)
        if not isinstance(no, No | str):
            return no
        answer = no if isinstance(no, No) else None
        what = f"GitHub cannot be reached at {self.place.api_url} ({no})"
        remedy = "Look at the network; repeating finds what arrived."
        error = error_of(answer) if answer else ForgeError(what, remedy=remedy)
        if wait_s(answer, 1, 0, 0) is None:
            raise error
        if adds and not (answer and answer.is_limit):
            raise LostError(error.what, remedy=error.remedy)
        raise _PassingError(error, answer)


def _on_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _error_in(state: "RetryCallState") -> ForgeError:
    return cast("ForgeError", state.outcome and state.outcome.exception())


def _given_up(state: "RetryCallState") -> NoReturn:
    error = _error_in(state)
    if not isinstance(error, _PassingError):
        raise error
    tried = (
        f"{error.what} (attempt {state.attempt_number}; "
        f"the next would be in {state.upcoming_sleep:.0f} s)"
    )
    raise type(error.error)(tried, remedy=error.remedy) from None


def _next_in(link: str) -> str | None:
    """Return the address of the next page in a Link header."""
    from requests.utils import parse_header_links

    return next((one["url"] for one in parse_header_links(link) if one.get("rel") == "next"), None)


@contextmanager
def absent_as(what: str, remedy: str) -> Iterator[None]:
    """Tell who named something that it is not there.

    Raises:
        InputError: GitHub answers that it is not.
    """
    try:
        yield
    except AbsentError as error:
        raise InputError(f"{what} ({error.what})", remedy=remedy) from None
