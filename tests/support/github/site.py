"""The local GitHub as a site of the forge's contract: one repository, two people and an App."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelsmith.forge.github.client import Access
from modelsmith.forge.github.connection import AppKey, GitHubRepository
from modelsmith.forge.github.forge import GitHubForge
from modelsmith.forge.records import Annotation
from tests.support.forges import APPROVER, EXPERT, FACTORY, begun
from tests.support.github.http import github
from tests.support.github.repository import Repository
from tests.support.github.shapes import address_of
from tests.support.github.state import App, GitHub

FULL_NAME = "acme/factory"

VERDICTS = {
    "approved": "APPROVE",
    "changes-requested": "REQUEST_CHANGES",
    "commented": "COMMENT",
}


class FastForward:
    """A clock for retries: sleeping takes no time and moves it on; dice are loaded."""

    def __init__(self, hub: GitHub) -> None:
        self._hub, self.slept, self.said = hub, [], []

    def now(self) -> float:
        return self._hub.now().timestamp() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def tell(self, line: str) -> None:
        self.said.append(line)


class GitHubSite:
    """`acme/factory` on a local GitHub."""

    has_ci = True

    def __init__(self, root: Path, hub: GitHub) -> None:
        self.root, self.hub = root, hub
        self.repository = seeded(hub, FULL_NAME)
        self.bare = self.repository.folder
        self.repository.roles |= {EXPERT: "write", APPROVER: "write"}
        private, public = key_pair()
        self.app = App(7, "modelsmith", public)
        self.app.installations["acme"] = hub.number()
        hub.apps[self.app.id] = self.app
        self.key = AppKey(app_id="7", private_key=private)
        self.clock = FastForward(hub)
        self.tokens = {EXPERT: hub.token(EXPERT), APPROVER: hub.token(APPROVER)}
        self.tokens[FACTORY] = hub.token(self.app.login, kind="app")

    def login(self, person: str) -> str:
        return self.app.login if person == FACTORY else person

    def email(self, person: str) -> str:
        return address_of(self.login(person))

    def remote(self, person: str) -> str:
        host = self.hub.url.removeprefix("http://")
        return f"http://x-access-token:{self.tokens[person]}@{host}/{FULL_NAME}.git"

    def forge(self, person: str) -> GitHubForge:
        return self.forge_with(self.key if person == FACTORY else self.tokens[person])

    def forge_with(self, credential: "AppKey | str", **how: Any) -> GitHubForge:
        """Return the forge as the bearer of a token or an App's key acts on it."""
        place = GitHubRepository(repository=FULL_NAME, api_url=self.hub.api)
        wait = {"sleep": self.clock.sleep, "now": self.clock.now, "dice": lambda: 0.5}
        return GitHubForge(Access(place, credential, tell=self.clock.tell, **(wait | how)))

    def review(self, person: str, number: int, verdict: str, body: str = "") -> None:
        """Review through the API, as the button in the browser does."""
        forge = self.forge(person)
        forge.access.call(
            "POST",
            f"pulls/{number}/reviews",
            {"event": VERDICTS[verdict], "body": body},
        )

    def annotations(self, sha: str, check: str) -> Sequence[Annotation]:
        found = [
            one
            for one in self.repository.checks.values()
            if (one["head_sha"], one["name"]) == (sha, check)
        ]
        return [
            Annotation(
                path=one["path"],
                line=one["start_line"],
                level=one["annotation_level"],
                message=one["message"],
                title=one.get("title", ""),
            )
            for one in found[-1]["annotations"]
        ]

    def dispatches(self) -> Sequence[tuple[str, str, Mapping[str, str]]]:
        return [
            (
                Path(event.payload["workflow"]).name,
                event.payload["ref"].removeprefix("refs/heads/"),
                event.payload["inputs"],
            )
            for event in self.hub.events
            if event.name == "workflow_dispatch"
        ]


def seeded(hub: GitHub, full_name: str) -> Repository:
    """Return a new repository whose default branch holds `FIRST_FILES`."""
    repository = hub.new_repository(full_name)
    shutil.copytree(
        begun("seed", "seed@users.noreply.github.com"),
        repository.folder,
        ignore=shutil.ignore_patterns("config"),
        dirs_exist_ok=True,
    )
    return repository


@cache
def key_pair() -> tuple[str, str]:
    """Return a private key and its public half, as PEM; made once, for it takes a while."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@contextmanager
def github_site(root: Path) -> Iterator[GitHubSite]:
    """Make a site in a folder; what broke GitHub's description fails the test at its end."""
    with github(root / "github") as hub:
        hub.most_a_page = 2
        yield GitHubSite(root, hub)


def point_at(site: GitHubSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands act on a site, with the token that a test sets and no other one."""
    monkeypatch.setenv("MODELSMITH_FORGE", "github")
    monkeypatch.setenv("GITHUB_REPOSITORY", FULL_NAME)
    monkeypatch.setenv("GITHUB_API_URL", site.hub.api)
    for name in ("GH_TOKEN", "MODELSMITH_APP_ID", "MODELSMITH_APP_PRIVATE_KEY"):
        monkeypatch.delenv(name, raising=False)
