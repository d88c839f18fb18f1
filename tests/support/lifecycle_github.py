"""The same channel on GitHub: approvals are reviews, and who acts is who has the token."""

import json
from collections.abc import Callable

from tests.support.forges import EXPERT
from tests.support.github.site import GitHubSite
from tests.support.lifecycle import OPERATOR, Lifecycle


class OnGitHub(Lifecycle):
    """A lifecycle under the rulesets that `modelsmith doctor --ruleset` prints."""

    def __init__(
        self, site: GitHubSite, setenv: Callable[[str, str], None], said: Callable[[], str]
    ) -> None:
        self._setenv = setenv
        site.repository.roles |= {"auditor": "read", OPERATOR: "write"}
        site.tokens |= {name: site.hub.token(name) for name in ("auditor", OPERATOR)}
        super().__init__(site, setenv, said)
        site.repository.roles["admin"] = "admin"
        site.tokens["admin"] = site.hub.token("admin")
        for kind in ("branch", "reviews"):
            words = ("doctor", "--ruleset", kind, "--app-id", site.key.app_id)
            told = json.loads(self.does(EXPERT, *words))
            site.forge("admin").access.call("POST", "rulesets", told)

    def does(self, person: str, *words: str, code: int = 0) -> str:
        self._setenv("GITHUB_TOKEN", self.site.tokens.get(person, self.site.tokens[EXPERT]))
        return super().does(person, *words, code=code)

    def approves(self, person: str, number: int) -> str:
        self.site.review(person, number, "approved")
        return ""

    def rejects(self, person: str, number: int, reason: str) -> None:
        self.site.review(person, number, "changes-requested", reason)
