"""The same channel on GitHub: approvals are reviews, and who acts is who has the token."""

from collections.abc import Callable

from tests.support.forges import EXPERT
from tests.support.github.rules import Bypass, Rules, Ruleset
from tests.support.github.site import GitHubSite
from tests.support.lifecycle import OPERATOR, Lifecycle

STRICT = Rules(pull_request=True, approvals=2, dismiss_stale=True, last_push=True)
"""What people review, the policy asks; a sealed head loses its approvals, and the App merges it."""


class OnGitHub(Lifecycle):
    """A lifecycle whose rules nobody but the App is let past."""

    def __init__(
        self, site: GitHubSite, setenv: Callable[[str, str], None], said: Callable[[], str]
    ) -> None:
        self._setenv = setenv
        site.repository.roles |= {"auditor": "read", OPERATOR: "write"}
        site.tokens |= {name: site.hub.token(name) for name in ("auditor", OPERATOR)}
        super().__init__(site, setenv, said)
        passes = (Bypass("Integration", site.app.id, "pull_request"),)
        site.repository.rulesets.append(Ruleset(1, "modelsmith", STRICT, bypass=passes))

    def does(self, person: str, *words: str, code: int = 0) -> str:
        self._setenv("GITHUB_TOKEN", self.site.tokens.get(person, self.site.tokens[EXPERT]))
        return super().does(person, *words, code=code)

    def approves(self, person: str, number: int) -> str:
        self.site.review(person, number, "approved")
        return ""

    def rejects(self, person: str, number: int, reason: str) -> None:
        self.site.review(person, number, "changes-requested", reason)
