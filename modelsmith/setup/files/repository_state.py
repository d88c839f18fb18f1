"""A repository's own side of a checkup: its files and its git."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from modelsmith.boundary.grants import BOUNDARIES
from modelsmith.disk.repository_files import load, read_file
from modelsmith.documents.decoding import decoded
from modelsmith.errors import InputError
from modelsmith.exam.files.benchmark_folder import domains_in
from modelsmith.git.cli.command import Git
from modelsmith.layout import BENCHMARKS, CLUSTERS
from modelsmith.policy import POLICY, Policy, policy_remarks
from modelsmith.run.clusters import Clusters
from modelsmith.run.files.config_file import boundaries_of
from modelsmith.setup.codeowners import CODEOWNERS_PLACES, GUARDED, CodeOwners
from modelsmith.setup.repository_state import Broken, GitIdentity, RepositoryState

V = TypeVar("V")

WORKFLOWS = ".github/workflows"


def policy_of(repository: Path) -> Policy:
    """Return the repository's policy.

    Raises:
        InputError: there is none, or its fault, with every problem located.
    """
    if not os.path.lexists(repository / POLICY):
        remedy = "`modelsmith init .` writes one, and changes no file that is there."
        raise InputError(f"{POLICY} is not there", remedy=remedy)
    return load(repository, POLICY, Policy, policy_remarks)


def repository_state_of(
    repository: Path, wanted_workflows: Sequence[str], *, is_laptop: bool
) -> RepositoryState:
    """Return what the repository's files and its git say.

    Args:
        repository: Its top folder.
        wanted_workflows: File names of the workflows that the factory lives by.
        is_laptop: Whether a person commits here, whose identity matters.
    """
    git = Git(repository)
    listed = git.tried("ls-files", "-z", "--", *GUARDED, BENCHMARKS, *CODEOWNERS_PLACES)
    return RepositoryState(
        files=tuple(sorted(filter(None, listed.output.decode(errors="replace").split("\0")))),
        domains=tuple(domains_in(repository)),
        code_owners=_code_owners(repository),
        workflows={
            path.name: text
            for path in sorted((repository / WORKFLOWS).glob("*.y*ml"))
            if (text := _text(repository, f"{WORKFLOWS}/{path.name}")) is not None
        },
        wanted_workflows=tuple(wanted_workflows),
        clusters=_usable(CLUSTERS, lambda: load(repository, CLUSTERS, Clusters)),
        boundaries=_usable(BOUNDARIES, lambda: boundaries_of(repository)),
        git=_identity(git) if is_laptop else None,
    )


def _code_owners(repository: Path) -> CodeOwners | None:
    for path in CODEOWNERS_PLACES:
        if (text := _text(repository, path)) is not None:
            return CodeOwners(path=path, text=text)
    return None


def _text(repository: Path, path: str) -> str | None:
    content, problems = read_file(repository, path)
    return None if problems else decoded(path, content)[0]


def _usable(path: str, read: Callable[[], V]) -> V | Broken:
    try:
        return read()
    except InputError as error:
        return Broken(path=path, problems=tuple(map(str, error.problems)))


def _identity(git: Git) -> GitIdentity:
    return GitIdentity(
        name=git.tried("config", "user.name").text,
        email=git.tried("config", "user.email").text,
        signing_key=git.tried("config", "user.signingkey").text,
        signs=git.tried("config", "--bool", "commit.gpgsign").text == "true",
    )
