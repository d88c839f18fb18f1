"""Where a forge's promises are put to the test: one repository, and people who act on it.

Each forge brings a `Site`. What people do in git they do with real git through `Site.remote`, in
clones below `Site.root`, so that a site only tells where the repository is and who may act.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from modelsmith.forge.port import Forge
from modelsmith.forge.records import Annotation
from tests.support.made_once import lasting_folder

EXPERT, APPROVER, FACTORY = "expert", "approver", "factory"
"""Who acts: one writes scenarios, one reviews them, one is the program; all three may write."""

BASE = "main"
"""The default branch of every site; it holds `README.md` and `exam/one.yaml`."""

FIRST_FILES = {"README.md": "A factory.\n", "exam/one.yaml": "id: ONE\n" + "note: same\n" * 20}


class Site(Protocol):
    """A repository on a forge that a test may do anything with."""

    root: Path
    """Folder of the test; clones are made below it."""
    has_ci: bool
    """Whether the forge runs workflows; `dispatch` says so where it does not."""
    bare: Path
    """The repository itself; what people read, they read there."""

    def remote(self, person: str) -> str:
        """Return what `git push` takes, with that person's rights."""
        ...

    def email(self, person: str) -> str:
        """Return the address in that person's commits."""
        ...

    def login(self, person: str) -> str:
        """Return that person's name on the forge."""
        ...

    def forge(self, person: str) -> Forge:
        """Return the forge as that person acts on it."""
        ...

    def review(self, person: str, number: int, verdict: str, body: str = "") -> None:
        """Review a pull request: `approved`, `changes-requested` or `commented`."""
        ...

    def annotations(self, sha: str, check: str) -> Sequence[Annotation]:
        """Return every remark that the forge shows for the newest check of that name."""
        ...

    def dispatches(self) -> Sequence[tuple[str, str, Mapping[str, str]]]:
        """Return each workflow that was asked for: its file name, the branch, the inputs."""
        ...


def git(folder: Path, *words: str) -> str:
    """Run git in `folder`, apart from the settings of the machine, and return what it prints."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env=kept | quiet | {"GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


@cache
def begun(name: str, email: str) -> Path:
    """Return a bare repository with `FIRST_FILES` in one commit: made once, to be copied."""
    base = lasting_folder()
    bare, seed = base / "bare.git", base / "seed"
    for folder, *words in ((bare, "--bare"), (seed,)):
        git(base, "init", "--quiet", *words, "--template=", "--initial-branch", BASE, str(folder))
    (bare / "hooks").mkdir()
    for path, content in FIRST_FILES.items():
        (seed / path).parent.mkdir(exist_ok=True)
        (seed / path).write_text(content, encoding="utf-8")
    git(seed, "add", "--all")
    who = ("-c", f"user.name={name}", "-c", f"user.email={email}")
    git(seed, *who, "commit", "--quiet", "-m", "Begin")
    git(seed, "push", "--quiet", str(bare), BASE)
    return bare


def clone_of(site: Site, person: str) -> Path:
    """Return that person's clone, up to date with the forge."""
    folder = site.root / "clones" / person
    if folder.exists():
        git(folder, "fetch", "--quiet", "--prune", "origin")
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        "user.name": person,
        "user.email": site.email(person),
        "remote.origin.pushurl": site.remote(person),
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    git(folder.parent, "clone", "--quiet", *words, str(site.bare), person)
    return folder


def push(
    site: Site,
    person: str,
    branch: str,
    files: Mapping[str, str | None],
    onto: str | None = None,
) -> str:
    """Commit `files` (None removes one) to a branch as a person, push it, return the commit.

    The branch goes on where it is; a new one begins at `onto`, the default branch where none.
    """
    folder = clone_of(site, person)
    known = git(folder, "branch", "--remotes", "--list", f"origin/{branch}")
    start = f"origin/{branch}" if known else f"origin/{onto or BASE}"
    git(folder, "checkout", "--quiet", "--no-track", "-B", branch, start)
    for path, content in files.items():
        if content is None:
            (folder / path).unlink()
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", f"Change {', '.join(files)}")
    git(folder, "push", "--quiet", "origin", branch)
    return git(folder, "rev-parse", "HEAD")


def files_at(site: Site, commit: str) -> dict[str, str]:
    """Return the content of every file of a commit or branch, by path."""
    paths = git(site.bare, "ls-tree", "-r", "--name-only", commit).splitlines()
    return {path: git(site.bare, "show", f"{commit}:{path}") for path in paths}


def show(site: Site, commit: str, form: str) -> str:
    """Return what `git show --format` says of a commit."""
    return git(site.bare, "show", "--no-patch", f"--format={form}", commit)
