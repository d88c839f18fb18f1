"""Every error Modelsmith raises on purpose.

ModelsmithError            70  (base: never raised itself)
├── UsageError              2  the command's words are off
├── InputError              3  a file holds what it may not hold; carries located problems
├── TransitionError         4  the loop was asked to do what its table forbids
├── BrokenRecordError       4  a ledger or an evidence file was altered or lost
├── SignatureError          4  a signature is missing, or not by whom the policy accepts
├── BoundaryError           4  something was about to leave that may not
├── RunBusyError            5  another process steps this run
├── BudgetError             5  the next call could cost more than is left; the run is halted
├── BlockedError            5  waits for a person or a machine
├── EngineError             5  the machine could not load a model, answer or train
├── HostedError             5  a hosted model cannot be asked at all
├── StoreError              5  the remote store cannot be reached, or may not be used
└── ForgeError              5  the forge cannot be reached, or answers with a fault
    ├── ForgeDeniedError    5  the token may not do that; the missing right is named
    └── ForgeRefusedError   5  the forge's rules forbid it, or the branch moved; nothing was done
        └── ForgeNotYetError 5 the same call may go through later: a check still runs

Exit code 0 means done, 1 means the gate says no (an answer, not an error), 70 a defect.
"""

from collections.abc import Sequence


class ModelsmithError(Exception):
    """Base of every expected failure: what happened, and what the reader can do now."""

    exit_code = 70

    def __init__(self, what: str, *, remedy: str) -> None:
        """Take what happened, and what the reader can do now."""
        super().__init__(f"{what}\n  {remedy}")
        self.what = what
        self.remedy = remedy


class UsageError(ModelsmithError):
    """The command was called with words that do not fit together."""

    exit_code = 2


class InputError(ModelsmithError):
    """A file of the repository is not what it must be; `problems` are its located findings."""

    exit_code = 3

    def __init__(self, what: str, *, remedy: str, problems: Sequence[object] = ()) -> None:
        """Take the located problems too; each becomes a line of the message."""
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(what + listed, remedy=remedy)
        self.problems = tuple(problems)


class _StandsAgainstError(ModelsmithError):
    """What was asked may not be done, now or later."""

    exit_code = 4


class _NotNowError(ModelsmithError):
    """What was asked may be done once something outside has changed."""

    exit_code = 5


class TransitionError(_StandsAgainstError):
    """The loop received an event that its present position does not accept."""


class BrokenRecordError(_StandsAgainstError):
    """A ledger entry or an evidence file does not hold what its digest says."""


class SignatureError(_StandsAgainstError):
    """Nothing was signed, or nobody whom the policy accepts vouches for what is."""


class BoundaryError(_StandsAgainstError):
    """Something was about to leave that the boundary keeps in; it did not leave."""


class RunBusyError(_NotNowError):
    """Another process holds this run."""


class BudgetError(_NotNowError):
    """The next call could cost more than the run may still spend; nothing was sent."""


class BlockedError(_NotNowError):
    """The work waits for a person or a machine; the remedy says what unblocks it."""

    def __init__(self, what: str, *, remedy: str, reason: str = "blocked") -> None:
        """Take in one word, too, what is waited for."""
        super().__init__(what, remedy=remedy)
        self.reason = reason


class EngineError(_NotNowError):
    """A model could not be loaded, or did not answer or train."""


class HostedError(_NotNowError):
    """A hosted model cannot be asked: no key, no library, or it does not answer."""


class StoreError(_NotNowError):
    """The remote store could not be reached, or denied what was asked."""


class ForgeError(_NotNowError):
    """The forge could not be reached, or answered with a fault."""


class ForgeDeniedError(ForgeError):
    """Who acts may not do that; the remedy names the right that is missing."""


class ForgeRefusedError(ForgeError):
    """The forge's rules are not met, or what was to be moved has moved; nothing was done."""


class ForgeNotYetError(ForgeRefusedError):
    """The forge does not do it yet: nothing speaks against it, and the same call may later pass."""


def refuse_for(problems: Sequence[str], opening: str = "", *, remedy: str) -> None:
    """Return where nothing stands against the work.

    Raises:
        BlockedError: something does; all of it is named after `opening`.
    """
    if problems:
        raise BlockedError(opening + "; ".join(problems), remedy=remedy)
