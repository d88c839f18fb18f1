"""How something is done on the local forge: look, decide, move the refs; anew if others did.

Pull requests and issues share their numbers; behind each is a chain.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from modelsmith.errors import BrokenRecordError, ForgeError, InputError
from modelsmith.forge.local.refs import OURS, ForgeRefs, RefUpdate, Tips
from modelsmith.forge.port import Forge
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import commit_with, configured_user, contents_of, tree_with
from modelsmith.git.commits import FACTORY, Identity
from modelsmith.record import Record

ATTEMPTS = 10
"""How often an act is made anew since somebody was faster. Each time another act went through, so
ten people who act in the same moment all get theirs."""

PULL, ISSUE = "pull.json", "issue.json"
NUMBER = re.compile(r"pulls/([1-9][0-9]{0,8})")

T = TypeVar("T")


class Transactions:
    """The clone, who acts in it, and the way to act."""

    def __init__(self, git: Git, attempts: int = ATTEMPTS) -> None:
        """Know the clone, and how often to begin anew."""
        self._attempts = attempts
        self.git = git
        self.user = configured_user(git)
        self.signature: Identity = self.user or FACTORY
        self.refs = ForgeRefs(git)

    def seen(self) -> Tips:
        """Return where everything stands, on origin where there is one."""
        return self.refs.seen()

    def settle(self, decide: Callable[[Tips], tuple[T, Sequence[RefUpdate]]]) -> T:
        """Decide on what stands and move what `decide` says, anew where somebody was faster.

        Args:
            decide: Gives the answer and the moves; no moves where all is as it should be.

        Raises:
            ForgeError: others were faster each time.
        """
        from tenacity import RetryError, Retrying, TryAgain, retry_never, stop_after_attempt

        def once() -> T:
            answer, moves = decide(self.refs.seen())
            if moves and not self.refs.move(moves):
                raise TryAgain
            return answer

        try:
            return Retrying(retry=retry_never, stop=stop_after_attempt(self._attempts))(once)
        except RetryError:
            raise ForgeError(
                f"others were faster {self._attempts} times; nothing was changed",
                remedy="Run the same command again.",
            ) from None

    def put(
        self,
        tips: Tips,
        chain: str,
        files: Mapping[str, bytes],
        words: str,
        *,
        about: str | None = None,
    ) -> list[RefUpdate]:
        """Return the move that puts `files` into a chain; none where it holds them already.

        Args:
            tips: Where everything stands; a chain that is not there begins with this act.
            chain: The chain.
            files: What changes, by path.
            words: The act in words.
            about: A commit that the act speaks of, which the chain keeps from being lost; an act
                that begins a chain speaks of none.
        """
        tip = tips.chains.get(chain)
        if tip is None:
            parents = []
        elif contents_of(self.git, [f"{tip}:{path}" for path in files]) == list(files.values()):
            return []
        else:
            parents = [tip, about] if about else [tip]
        return [RefUpdate(chain, tip, self.commit(tree_with(self.git, tip, files), parents, words))]

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        author: Identity | None = None,
        at: datetime | None = None,
    ) -> str:
        """Write a commit as who acts, and return it; no ref is moved.

        Args:
            tree: What it holds.
            parents: What it stands on.
            message: All lines.
            author: Who wrote the content; who acts where none.
            at: Its date; now where none.
        """
        return commit_with(
            self.git,
            tree,
            parents,
            message,
            author=author or self.signature,
            committer=self.signature,
            at=at,
            is_signed=True,
        )


class LocalPart(Forge):
    """A part of the forge."""

    def __init__(self, repository: Path) -> None:
        """Know the clone; nothing is read yet."""
        self.acts = Transactions(Git(repository))


def chain_of(number: int) -> str:
    """Return the chain of a pull request or an issue."""
    return f"pulls/{number}"


def ref_of(number: int) -> str:
    """Return where a person reads it with git alone."""
    return OURS + chain_of(number)


def numbers_of(tips: Tips) -> list[int]:
    """Return the numbers that are taken, sorted."""
    return sorted(int(found[1]) for name in tips.chains if (found := NUMBER.fullmatch(name)))


def next_number(tips: Tips) -> int:
    """Return the first number above all that are taken."""
    return max(numbers_of(tips), default=0) + 1


def require(tips: Tips, number: int) -> str:
    """Return the newest act of a pull request or an issue.

    Raises:
        InputError: the number is not taken.
    """
    tip = tips.chains.get(chain_of(number))
    if tip is None:
        raise InputError(
            f"there is no pull request or issue {number}",
            remedy="`modelsmith pull list --state all` lists every pull request.",
        )
    return tip


def every(git: Git, tips: Tips, name: str) -> list[tuple[int, bytes]]:
    """Return the file `name` of each chain that has one, with its number."""
    numbers = numbers_of(tips)
    asked = [f"{tips.chains[chain_of(number)]}:{name}" for number in numbers]
    found = zip(numbers, contents_of(git, asked), strict=True)
    return [(number, content) for number, content in found if content is not None]


def written(record: Record) -> bytes:
    """Return a record as a file that people read in `git show`."""
    return (record.model_dump_json(indent=2) + "\n").encode()


@contextmanager
def require_written_chain(ref: str) -> Iterator[None]:
    """Turn what cannot be in a chain into words.

    Raises:
        BrokenRecordError: it is there nevertheless.
    """
    try:
        yield
    except ValueError as error:
        raise BrokenRecordError(
            f"{ref} holds what the forge never wrote: {error}",
            remedy=f"Somebody wrote it without this command: `git log -p {ref}` shows who and "
            "what.",
        ) from None
