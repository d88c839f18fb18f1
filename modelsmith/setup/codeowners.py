"""CODEOWNERS: whose review a change to a file needs, and what nobody owns."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from modelsmith.policy import Policy
from modelsmith.record import NonEmpty, Record
from modelsmith.setup.observation import GITHUB_DOCS, Observation, fine, gap

CODEOWNERS_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, first to last."""

GUARDED = (".github/", "runners/", "schemas/", "promotions/")
"""Folders that decide what code runs, what is asked and who approves (research: gha, section 4)."""

PAGE = (
    f"{GITHUB_DOCS}/repositories/managing-your-repositorys-settings-and-features/"
    "customizing-your-repository/about-code-owners"
)

SHOWN = 3
"""Files of a folder that a message names."""


class CodeOwners(Record):
    """The file as it lies in the repository."""

    path: NonEmpty
    """Where it lies."""
    text: str
    """What it says."""

    def owners(self, path: str) -> tuple[str, ...]:
        """Return who owns a file: the last line that matches decides, also when it names nobody."""
        last_first = reversed(self._lines)
        return next((named for pattern, named in last_first if pattern.fullmatch(path)), ())

    @cached_property
    def _lines(self) -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
        lines = (line.partition("#")[0].split() for line in self.text.splitlines())
        return [(_pattern(words[0]), tuple(words[1:])) for words in lines if words]


def code_owners_of(
    policy: Policy, owners: CodeOwners | None, domains: Sequence[str], files: Sequence[str]
) -> Iterator[Observation]:
    """Yield whether each file that decides something has an owner who is a person.

    Args:
        policy: Who the factory acts as.
        owners: CODEOWNERS, where there is one.
        domains: The benchmarks.
        files: The repository's files.
    """
    if owners is None:
        yield gap(
            "code-owners-file",
            "there is no CODEOWNERS",
            "one that covers what decides: workflows, runners, schemas, policy, benchmarks",
            "without it the owners' approval is asked of nobody",
            f"write .github/CODEOWNERS ({PAGE})",
        )
        return
    own = () if owners.path.startswith(GUARDED) else (owners.path,)
    folders = (*GUARDED, *(f"benchmarks/{domain}/" for domain in domains), *own)
    bots = {f"@{bot}".lower() for bot in policy.bots} | {bot.lower() for bot in policy.bots}
    for folder in folders:
        probe = f"{folder}a-new-file" if folder.endswith("/") else folder
        there = sorted(path for path in files if path.startswith(folder))
        orphans = [
            path
            for path in (*there, probe)
            if not any(owner.lower() not in bots for owner in owners.owners(path))
        ]
        if not orphans:
            yield fine("owned-folder", f"/{folder} is owned by {' '.join(owners.owners(probe))}")
            continue
        named = ", ".join(orphans[:SHOWN]) if orphans != [probe] else f"a new file in /{folder}"
        more = f" and {len(orphans) - SHOWN} more" if len(orphans) > SHOWN else ""
        yield gap(
            "owned-folder",
            f"{owners.path} names no person or team for {named}{more}",
            f"an owner of everything below /{folder}",
            "whoever changes it decides what runs, what is asked or who approves",
            f"as the last line of {owners.path}: /{folder} @organisation/team",
        )


def _pattern(word: str) -> re.Pattern[str]:
    """Return what a line's pattern matches: gitignore's form, and `folder/*` goes no deeper."""
    bare = word.removeprefix("/")
    anchored = word.startswith("/") or "/" in bare.rstrip("/")
    body = "".join(
        {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
        for part in re.split(r"(\*\*/|\*\*|\*|\?)", bare.rstrip("/"))
    )
    below = "/.+" if bare.endswith("/") else "" if bare.endswith("/*") else "(?:/.+)?"
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{body}{below}")
