"""What GitHub's answers mean: which error one is, and how long to wait before asking again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from modelsmith.errors import ForgeDeniedError, ForgeError, ForgeNotYetError, ForgeRefusedError

MOST_ATTEMPTS = 6
"""Times that one request is sent; with the waits below that is about a minute of server faults."""

FIRST_WAIT_S = 2.0
"""Wait after the first fault, doubled each time: the shape that GitHub asks for (REST guide, best
practices: wait for an exponentially increasing time, then give up)."""

LIMIT_WAIT_S = 60.0
"""Wait for a secondary limit that does not say how long: at least one minute (REST guide, rate
limits)."""

FIRST_FAULT = 500
"""Statuses from here on are the server's own faults."""


class AbsentError(ForgeError):
    """There is no such thing, or the token may not see it: GitHub does not tell which."""


class UnfitError(ForgeRefusedError):
    """GitHub read the request and does not take what it says."""


class LostError(ForgeError):
    """A request that writes was sent, and whether it arrived is not known."""


KINDS: Mapping[int, tuple[type[ForgeError], str]] = {
    404: (AbsentError, "It is not there, or the token may not see this repository."),
    405: (ForgeRefusedError, "Nothing was changed; meet the rule and repeat."),
    409: (ForgeRefusedError, "Nothing was changed; meet the rule and repeat."),
}
"""Status to the error and its remedy; every other one says that the request does not fit."""


WAITS = re.compile(
    r"required status checks? .*\b(?:expected|pending|queued|in progress)\b"
    r"|base branch was modified",
    re.IGNORECASE,
)
"""What GitHub says of a merge that it may let through later. Its words are in no description: they
are as pull requests tell (akuity/kargo#6397, pascalgn/automerge-action#35): `Required status check
"x" is expected.`, `2 of 2 required status checks have not succeeded: 1 expected and 1 pending.`"""

FAILS = re.compile(r"\b(?:is|are|\d+) failing\b", re.IGNORECASE)
"""What it adds where a required check has failed: waiting alone changes nothing."""


@dataclass(frozen=True)
class No:
    """An answer of 400 or more."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, object]

    @property
    def said(self) -> str:
        """GitHub's own words, with those of its list of errors."""
        errors = self.body.get("errors")
        listed = errors if isinstance(errors, list) else []
        words = [one.get("message") if isinstance(one, dict) else one for one in listed]
        return "; ".join(str(one) for one in [self.body.get("message"), *words] if one)

    @property
    def is_limit(self) -> bool:
        """Whether it says that too much was asked, not that the token may not."""
        if self.status not in {403, 429}:
            return False
        return (
            self.status == 429  # noqa: PLR2004 - Too Many Requests
            or "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.said.lower()
        )


def wait_s(no: No | None, attempt: int, now: float, dice: float) -> float | None:
    """Return how long to wait before the next attempt, or None where asking again is no use.

    Args:
        no: The answer; None where the line went dead.
        attempt: How many were made, from 1.
        now: Seconds since 1970.
        dice: In [0, 1); up to a half is added, so that many who wait do not return at once.
    """
    spread = 1 + dice / 2
    if no is None or no.status >= FIRST_FAULT:
        return FIRST_WAIT_S * 2.0 ** (attempt - 1) * spread
    if not no.is_limit:
        return None
    asked = no.headers.get("retry-after", "")
    if asked.isdigit():
        return int(asked) + spread
    reset = no.headers.get("x-ratelimit-reset", "")
    if no.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, int(reset) - now) + spread
    return LIMIT_WAIT_S * 2.0 ** (attempt - 1) * spread


def error_of(no: No) -> ForgeError:
    """Return what an answer is for who asked."""
    what = f"GitHub answers {no.status} to {no.method} {no.path}: {no.said or 'no reason given'}"
    if no.is_limit:
        return ForgeError(what, remedy="Too much was asked of GitHub; repeat the command later.")
    missing = _missing_right(no)
    if no.status in {401, 403} or missing:
        return ForgeDeniedError(what, remedy=missing or _remedy_for(no))
    if no.status >= FIRST_FAULT:
        return ForgeError(what, remedy="GitHub has a fault; repeat the command later.")
    if no.status in KINDS and WAITS.search(no.said) and not FAILS.search(no.said):
        return ForgeNotYetError(what, remedy="Nothing was changed; repeat when the checks are in.")
    kind, remedy = KINDS.get(no.status, (UnfitError, "Nothing was changed."))
    return kind(what, remedy=remedy)


def _missing_right(no: No) -> str:
    """Return which right is missing, as GitHub's headers name it."""
    permissions = no.headers.get("x-accepted-github-permissions")
    if permissions and no.status == 403:  # noqa: PLR2004 - Forbidden
        either = " or ".join(one.strip().replace(",", " and ") for one in permissions.split(";"))
        return f"The token lacks a permission: it needs {either}."
    wanted = {one.strip() for one in no.headers.get("x-accepted-oauth-scopes", "").split(",")}
    held = {one.strip() for one in no.headers.get("x-oauth-scopes", "").split(",")}
    if no.status in {403, 404} and wanted - {""} and not wanted & held:
        return f"The token lacks a scope: it needs {' or '.join(sorted(wanted - {''}))}."
    return ""


def _remedy_for(no: No) -> str:
    if no.status == 401:  # noqa: PLR2004 - Unauthorized
        return (
            "Give a token that has not expired in GITHUB_TOKEN or GH_TOKEN, or an App's "
            "MODELSMITH_APP_ID and MODELSMITH_APP_PRIVATE_KEY."
        )
    if "authenticate via a GitHub App" in no.said:
        return (
            "Only GitHub Apps publish check runs: run in GitHub Actions with `checks: write`, or "
            "give an App's MODELSMITH_APP_ID and MODELSMITH_APP_PRIVATE_KEY."
        )
    if "not permitted to create or approve pull requests" in no.said:
        return (
            "A workflow's own token opens no pull requests here: give the workflow an App's "
            "MODELSMITH_APP_ID and MODELSMITH_APP_PRIVATE_KEY."
        )
    return "Whoever the token stands for lacks the role for that in this repository."
