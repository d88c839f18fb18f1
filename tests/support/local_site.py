"""A forge of plain git: a bare repository, and a clone for each person."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from modelsmith.forge.local.event_log import file_name
from modelsmith.forge.local.forge import LocalForge
from modelsmith.forge.records import Annotation, CheckRun
from tests.support.forges import EXPERT, FACTORY, begun, clone_of, git


class LocalSite:
    """`upstream.git`, and who pushes to it."""

    has_ci = False

    def __init__(self, root: Path) -> None:
        self.root = root
        self.upstream = self.bare = root / "upstream.git"
        shutil.copytree(begun(EXPERT, self.email(EXPERT)), self.upstream)

    def remote(self, person: str) -> str:
        return str(self.upstream)

    def email(self, person: str) -> str:
        bot = "modelsmith@users.noreply.github.com"
        return bot if person == FACTORY else f"{person}@example.org"

    def login(self, person: str) -> str:
        return self.email(person)

    def forge(self, person: str) -> LocalForge:
        return LocalForge(clone_of(self, person))

    def review(self, person: str, number: int, verdict: str, body: str = "") -> None:
        forge = self.forge(person)
        sha = forge.pull_request(number).head_sha
        forge.review(number, verdict=verdict, body=body, sha=sha)

    def annotations(self, sha: str, check: str) -> Sequence[Annotation]:
        path = f"refs/modelsmith/commits/{sha}:checks/{file_name(check)}.json"
        shown = git(self.upstream, "show", path)
        return CheckRun.model_validate_json(shown).annotations

    def dispatches(self) -> Sequence[tuple[str, str, Mapping[str, str]]]:
        return ()


@contextmanager
def local_site(root: Path) -> Iterator[LocalSite]:
    """Yield a forge of plain git below `root`."""
    yield LocalSite(root)


def signs(folder: Path, email: str) -> Path:
    """Make git sign in a clone; return the file of allowed signers that knows the key."""
    key = folder / ".git" / "signing"
    made = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", email, "-f", str(key))
    subprocess.run(made, check=True)
    allowed = key.with_name("allowed")
    allowed.write_text(f"{email} {key.with_suffix('.pub').read_text()}")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "commit.gpgsign": "true",
    }.items():
        git(folder, "config", name, value)
    return allowed
