"""Who wrote a part of a promotion, by their names on the forge: none of them approves it."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest
from modelsmith.git.commits import CO_AUTHOR, FACTORY, FORGE_COMMITTERS, Commit, people_in
from modelsmith.layout import settings_path
from modelsmith.record import short
from modelsmith.run.history import History


def writers_of(  # noqa: PLR0913, PLR0917 - everything that names somebody
    forge: Forge,
    history: History,
    commits: Mapping[str, Commit],
    own: Collection[str],
    pull: PullRequest,
    run: str,
    bots: Sequence[str],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what each writer did, by name in small letters, and addresses that nobody is known by.

    Writers are the authors and committers of the pull request's commits, whoever wrote the run's
    settings, and who opened the pull request. What git says of them is a claim that a signature
    would prove; who opened it, the forge knows.

    Args:
        forge: Knows people by their addresses.
        history: The clone.
        commits: Every commit that the head stands on.
        own: Commits that the pull request brings.
        pull: The pull request.
        run: The run that it promotes; empty where it names none.
        bots: Whom the policy calls programs.
    """
    programs = {FACTORY.email, *(bot.lower() for bot in bots)}
    found: dict[str, str] = {}
    if not pull.author.is_bot and pull.author.login.lower() not in programs:
        found[pull.author.login.lower()] = "opened the pull request"
    unknown: dict[str, None] = {}
    seen: set[str] = set()
    for address, sha, words in _contributions(history, commits, own, run):
        if address.lower() in seen or address.lower() in programs:
            continue
        seen.add(address.lower())
        person = forge.known_by(address, commit=sha)
        if person is None:
            unknown[address] = None
        elif not person.is_bot and person.login.lower() not in programs:
            found.setdefault(person.login.lower(), words)
    return found, tuple(unknown)


def _contributions(
    history: History, commits: Mapping[str, Commit], own: Collection[str], run: str
) -> Iterator[tuple[str, str, str]]:
    """Yield each address with the commit that it stands in, and what was done there."""
    for sha, commit in commits.items():
        if sha in own:
            yield from _by(commit, f"wrote a commit of it, {short(sha)}")
            if commit.committer.email not in FORGE_COMMITTERS:
                yield commit.committer.email, sha, f"committed a part of it, {short(sha)}"
    if run:
        path = settings_path(run)
        for sha in history.written(list(commits), path):
            yield from _by(commits[sha], f"wrote {path}")


def _by(commit: Commit, words: str) -> Iterator[tuple[str, str, str]]:
    for who in (commit.author, *people_in(commit.trailers(CO_AUTHOR))):
        yield who.email, commit.sha, words
