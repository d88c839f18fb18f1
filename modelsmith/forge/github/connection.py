"""The line to GitHub: where it is, who asks, and one request sent once.

PyGithub carries the requests and mints an App's tokens. Its objects are not used: they ask for more
than is needed and know no rulesets.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from modelsmith.errors import ForgeDeniedError, InputError, UsageError
from modelsmith.forge.github.responses import No
from modelsmith.record import Record

if TYPE_CHECKING:
    from github import Github
    from github.Auth import Auth

API_URL = "https://api.github.com"
"""GitHub's own; an Enterprise server's is https://HOST/api/v3."""

API_VERSION = "2022-11-28"
"""The version of the REST API that the requests are written for."""

PAGE = 100
"""Largest page that GitHub gives (REST guide, pagination)."""

JSON = "application/json"
"""What GitHub answers; anything else comes from something in between, such as a proxy's page."""

TIMEOUT_S = 30
"""Seconds without a byte after which a connection counts as lost."""


class GitHubRepository(Record):
    """Where the repository is."""

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """`owner/name`."""
    api_url: Annotated[
        str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/]).*[^/]$")
    ] = API_URL
    """Base of the REST API, without a slash at its end; a token never travels in the clear."""

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.repository.partition("/")[0]

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is asked: beside the REST API of an Enterprise server."""
        return f"{self.api_url.removesuffix('/v3')}/graphql"


class AppKey(Record):
    """A GitHub App's credential; its tokens live an hour and are minted as needed."""

    app_id: str
    """Number or client id of the App."""
    private_key: str
    """PEM."""

    def __repr__(self) -> str:
        """Return a text without the key."""
        return f"AppKey(app_id={self.app_id!r})"

    __str__ = __repr__


class Connection:
    """Requests as the bearer of a token, or as an App's installation in the repository."""

    def __init__(self, place: GitHubRepository, credential: str | AppKey) -> None:
        """Know where and who; nothing is asked yet."""
        self._place, self._credential = place, credential
        self._hub: Github | None = None

    def renew(self) -> bool:
        """Forget a token that is no longer taken; return whether another can be had."""
        self._hub = None
        return isinstance(self._credential, AppKey)

    def send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> tuple[Mapping[str, str], Any] | No | str:
        """Send once; return headers and body, or GitHub's no, or why it was not reached."""
        try:
            import requests
            from github import GithubException
        except ModuleNotFoundError:
            raise UsageError(
                "this installation cannot talk to GitHub: PyGithub is not there",
                remedy="Install the extra `github`: pip install -e '.[github]'",
            ) from None
        try:
            headers, told = self._connected().requester.requestJsonAndCheck(
                method, url, parameters=dict(query or {}), input=body
            )
        except GithubException as fault:
            headers = {name.lower(): str(value) for name, value in (fault.headers or {}).items()}
            told = fault.data if isinstance(fault.data, dict) else {"message": fault.data}
            return No(method, url, fault.status, headers, told)
        except requests.RequestException as fault:
            return type(fault).__name__
        except ValueError:
            return f"what is answered is no {JSON}"
        except RuntimeError as fault:  # PyGithub refuses a redirection to another host
            return str(fault)
        kind = headers.get("content-type", JSON)
        return (headers, told) if kind.startswith(JSON) else f"{kind} is answered, not {JSON}"

    def _connected(self) -> "Github":
        if self._hub is None:
            from github import Auth

            key = self._credential
            auth: Auth.Auth = Auth.Token(key) if isinstance(key, str) else self._installed(key)
            self._hub = self._connection(auth)
        return self._hub

    def _connection(self, auth: "Auth") -> "Github":
        from github import Github

        return Github(
            base_url=self._place.api_url,
            auth=auth,
            per_page=PAGE,
            timeout=TIMEOUT_S,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version=API_VERSION,
        )

    def _installed(self, key: AppKey) -> "Auth":
        """Return what stands for the App's installation in this repository.

        Raises:
            ForgeDeniedError: it is not installed there.
            InputError: the key is none.
        """
        from github import Auth, UnknownObjectException
        from jwt import InvalidKeyError

        app = Auth.AppAuth(key.app_id, key.private_key)
        requester = self._connection(app).requester
        path = f"/repos/{self._place.repository}/installation"
        try:
            _, found = requester.requestJsonAndCheck("GET", path)
        except (InvalidKeyError, ValueError):
            raise InputError(
                "the App's private key cannot be read",
                remedy="MODELSMITH_APP_PRIVATE_KEY holds the whole PEM file that GitHub gave.",
            ) from None
        except UnknownObjectException:
            raise ForgeDeniedError(
                f"the App {key.app_id} is not installed in {self._place.repository}",
                remedy="Its owner installs it under Settings, Developer settings, GitHub Apps.",
            ) from None
        return app.get_installation_auth(int(found["id"]), requester=requester)
