"""The policy of promotions, read."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.policy import Policy


def policy_in(content: bytes) -> "Policy":
    """Return the policy that a file holds.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    from modelsmith.documents.validation import record_in
    from modelsmith.policy import POLICY, Policy, policy_remarks

    return record_in(POLICY, content, Policy, policy_remarks)


def policy(repository: Path) -> "Policy":
    """Return who approves what, and what the forge must enforce.

    Raises:
        InputError: the policy's fault, with every problem located.
    """
    from modelsmith.setup.files.repository_state import policy_of

    return policy_of(repository)
