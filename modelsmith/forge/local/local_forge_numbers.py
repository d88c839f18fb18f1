"""The numbers that pull requests and issues share, and the chain behind each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.forge.local.refs import OURS, Tips
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of
from modelsmith.record import Record

PULL, ISSUE = "pull.json", "issue.json"
NUMBER = re.compile(r"pulls/([1-9][0-9]{0,8})")


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
def believed(ref: str) -> Iterator[None]:
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
