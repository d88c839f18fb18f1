"""Records of files as git holds them, read."""

from modelsmith.documents.validation import record_in
from modelsmith.policy import POLICY, Policy, policy_remarks
from modelsmith.run.config import RunConfig


def policy_in(content: bytes) -> Policy:
    """Return the policy that a file holds.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    return record_in(POLICY, content, Policy, policy_remarks)


def config_in(path: str, content: bytes) -> RunConfig:
    """Return the settings of a run that a file holds.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    return record_in(path, content, RunConfig)
