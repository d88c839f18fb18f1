"""What a clone asks of `origin`: what it has, to send it what is new, and to take what we have."""

import os
import re

from modelsmith.errors import BrokenRecordError, ForgeDeniedError, ForgeError, ForgeRefusedError
from modelsmith.git.cli.command import Git, GitResult, authorised
from modelsmith.git.refs import SEALED_ATTEMPTS

ORIGIN = "origin"
TRIES = 3
"""Times that a fetch is tried again while another git of this clone moves a branch."""

MOVED = re.compile(
    r"fetch first|non-fast-forward|stale info|already exists|cannot lock ref|incorrect old value|"
    r"failed to update ref|failed to lock|atomic push fail|atomic transaction failed"
)
"""Reasons that say: another push came first (git 2.39, `send-pack` and `receive-pack`)."""

DENIED = re.compile(
    r"error: 40[13]|Permission .*denied|denied to|Authentication failed|could not read Username|"
    r"Permission to .* denied|without `?workflows?`? permission|protected branch hook declined"
)
"""Words of GitHub and of ssh for credentials that may not."""


class Origin:
    """The remote of one clone; nobody is prompted for credentials."""

    def __init__(self, git: Git) -> None:
        """Know the clone; nothing is asked yet."""
        self._git = git

    def is_there(self) -> bool:
        """Return whether this clone has such a remote at all."""
        return bool(self._git.tried("config", "--get", f"remote.{ORIGIN}.url").text)

    def listed(self, *references: str) -> list[tuple[str, str]]:
        """Return what each of the references is there, symbolic ones too.

        Raises:
            ForgeError: it does not answer.
        """
        answer = self._asked("ls-remote", "--symref", ORIGIN, *references)
        return [(one, other) for one, _, other in (x.partition("\t") for x in answer.splitlines())]

    def fetch(self, *references: str) -> None:
        """Fetch references, with the whole history.

        Raises:
            BrokenRecordError: a claimed attempt was rewritten there.
            ForgeError: it does not answer.
        """
        shallow = self._git.text("rev-parse", "--is-shallow-repository") == "true"
        whole = ["--unshallow"] if shallow else []
        self._asked("fetch", "--no-tags", *whole, ORIGIN, *references)

    def push(self, *references: str) -> bool:
        """Push without force, all or none; return False where another push came first.

        Raises:
            ForgeRefusedError: a rule or a hook there forbids it, in its words.
            ForgeDeniedError: the credentials may not push.
            ForgeError: it does not answer.
        """
        done = self._tried("push", "--porcelain", "--atomic", ORIGIN, *references)
        if done.code == 0:
            return True
        refusal = refusal_of(done)
        if refusal is not None:
            raise refusal
        return False

    def _asked(self, *words: str) -> str:
        from tenacity import Retrying, retry_if_result, stop_after_attempt

        tries = Retrying(  # a killed step's push goes on for a moment without it
            retry=retry_if_result(lambda done: done.code and "cannot lock ref" in done.fault),
            stop=stop_after_attempt(1 + TRIES),
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        done: GitResult = tries(self._tried, *words)
        if done.code and "[rejected]" in done.fault:
            raise BrokenRecordError(
                f"a claimed look was rewritten upstream: {done.fault}",
                remedy=f"Looks are claimed for good. Restore {SEALED_ATTEMPTS} upstream from "
                "this clone.",
            )
        if done.code:
            raise unreached(words[0], done.fault)
        return done.output.decode()

    def _tried(self, *words: str) -> GitResult:
        return self._git.tried(*words, extra=authorised(os.environ))


def refusal_of(done: GitResult) -> ForgeError | None:
    """Return why a push failed, or None where another push came first."""
    lines = [line.split("\t") for line in done.text.splitlines()]
    failed = [line for line in lines if line[0] == "!" and len(line) > 2]  # noqa: PLR2004
    if not failed:
        return unreached("push", done.fault)
    final = [line for line in failed if not MOVED.search(line[2])]
    if not final:
        return None
    _, reference, reason, *_ = final[0]
    remarks = [line for line in done.fault.splitlines() if "remote:" in line]
    told = " ".join(line.removeprefix("remote:").strip() for line in remarks).strip()
    words = f"upstream refused {reference.rpartition(':')[2]}: {reason}"
    words += f": {told}" if told else ""
    if DENIED.search(words):
        return _denied(words)
    return ForgeRefusedError(
        words,
        remedy="A hook or a rule there forbids it. What is recorded here is kept; the next step "
        "pushes first.",
    )


def unreached(command: str, said: str) -> ForgeError:
    """Return the error of a command that did not reach upstream, by what git said."""
    words = f"git {command} did not reach origin: {' '.join(said.split())}"
    if DENIED.search(said):
        return _denied(words)
    return ForgeError(
        words,
        remedy="Check the network and `git remote -v`; what is recorded here is kept, and the next "
        "step pushes first.",
    )


def _denied(words: str) -> ForgeDeniedError:
    return ForgeDeniedError(
        words,
        remedy="Give whoever pushes here the right to write contents (GitHub: `contents: write`) "
        "and to push to modelsmith/**.",
    )
