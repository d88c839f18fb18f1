"""The git command, called in one way: no hook's variables, no question asked, its faults told.

In a workflow git authenticates with the job's token, for one command, written nowhere. The checkout
then keeps no credentials, so that no other step of the job finds them on the disk.
"""

import base64
import errno
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from modelsmith.errors import InputError

TRANSPORT = frozenset({"GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"})
"""How a person reaches a remote. Every other variable of git's is of the hook or command that we
run in, and would send us to another repository, index or identity."""

NO_SPACE = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "Out of diskspace")
"""What git says on a full disk: the system's words, or its own (git's csum-file.c)."""

QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
"""Nobody answers a prompt in CI, a look at the work tree writes nothing, and faults are read."""

Process = subprocess.Popen[bytes]
"""A git command under way."""

TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""Where the job's token is, in the order in which the forge looks."""


class GitResult(NamedTuple):
    """How a git command ended."""

    code: int
    """Its exit code."""
    output: bytes
    """What it printed."""
    fault: str
    """What it complained of, in its words."""

    @property
    def text(self) -> str:
        """What it printed, without white space around it."""
        return self.output.decode(errors="replace").strip()


class Git:
    """Git in one folder."""

    def __init__(self, root: Path, *options: str, extra: Mapping[str, str] | None = None) -> None:
        """Know the folder that git runs in, and the options and variables that it always gets."""
        self.root = root
        self._program = ("git", *options)
        self._extra = extra or {}

    def text(self, *words: str, extra: Mapping[str, str] | None = None, stdin: bytes = b"") -> str:
        """Return what git prints, without white space around it.

        Raises:
            InputError: git refuses, with its own words.
            OSError: the disk is full.
        """
        return self.output(*words, extra=extra, stdin=stdin).decode(errors="replace").strip()

    def output(
        self, *words: str, extra: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> bytes:
        """Return what git prints, byte by byte.

        Raises:
            InputError: git refuses, with its own words.
            OSError: the disk is full.
        """
        done = self.tried(*words, extra=extra, stdin=stdin)
        if done.code:
            raise self._refusal(words[0], done.fault)
        return done.output

    def tried(
        self, *words: str, extra: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> GitResult:
        """Return how git ended, whatever it says.

        Args:
            words: The command and its arguments.
            extra: Variables of git's that it shall see.
            stdin: What it reads.

        Raises:
            InputError: git is not installed.
        """
        try:
            done = subprocess.run(  # noqa: S603 - fixed program, arguments are a list
                [*self._program, *words],
                cwd=self.root,
                env=self._environment(extra),
                input=stdin,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise InputError("git is not installed", remedy="Install git.") from None
        return GitResult(done.returncode, done.stdout, done.stderr.decode(errors="replace").strip())

    def open(self, *words: str) -> Process:
        """Return git as a process that reads and prints on pipes; its complaints are not kept."""
        return Process(
            [*self._program, *words],
            cwd=self.root,
            env=self._environment(None),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _environment(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in TRANSPORT or not name.startswith("GIT_")
        }
        return {**kept, **QUIET, **self._extra, **(extra or {})}

    def _refusal(self, word: str, said: str) -> InputError | OSError:
        if any(words in said for words in NO_SPACE):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.root))
        remedy = "Put right what git names, then run the same command again; it goes on from there."
        if word == "rev-parse":
            remedy = "A factory lives in a git repository with at least one commit."
        return InputError(f"git {word} failed in {self.root.name}: {said}", remedy=remedy)


def object_in(printed: IO[bytes]) -> tuple[list[str], bytes | None]:
    """Return head and content of the next object of `git cat-file --batch`; none of one missing."""
    head = printed.readline().decode(errors="replace").split()
    if not head or not head[-1].isdigit():
        return head, None
    content = printed.read(int(head[-1]))
    printed.read(1)
    return head, content


def authorised(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables of git's that authenticate it at the workflow's own GitHub, or none.

    Whatever header the checkout kept is dropped: GitHub refuses a request with two.
    """
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/")
    token = next((found for name in TOKENS if (found := environment.get(name, "").strip())), "")
    if environment.get("GITHUB_ACTIONS") != "true" or not server or not token:
        return {}
    shown = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    key = f"http.{server}/.extraheader"
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": key,
        "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {shown}",
    }
