"""What a clone asks of `origin`: what it has, to send it what is new, and to take what we have."""

import os

from modelsmith.errors import BrokenRecordError
from modelsmith.git.cli.command import Answer, Git
from modelsmith.git.cli.git_credentials import authorised
from modelsmith.git.cli.push_report import refusal_of, unreached
from modelsmith.git.refs import LOOKS

ORIGIN = "origin"
TRIES = 3
"""Times that a fetch is tried again while another git of this clone moves a branch."""


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
            BrokenRecordError: a claimed look was rewritten there.
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
        done: Answer = tries(self._tried, *words)
        if done.code and "[rejected]" in done.fault:
            raise BrokenRecordError(
                f"a claimed look was rewritten upstream: {done.fault}",
                remedy=f"Looks are claimed for good. Restore {LOOKS} upstream from this clone.",
            )
        if done.code:
            raise unreached(words[0], done.fault)
        return done.output.decode()

    def _tried(self, *words: str) -> Answer:
        return self._git.tried(*words, extra=authorised(os.environ))
