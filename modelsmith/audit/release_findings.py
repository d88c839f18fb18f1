"""What an auditor is told of one release: what each rule says, who approved, who signed."""

from typing import Literal

from modelsmith.policy import ChannelName
from modelsmith.promotion.approval.record import Approved
from modelsmith.promotion.channel import ChannelMove, Release
from modelsmith.record import Record

RULES: dict[str, str] = {
    "bundle": "its folder holds what was approved, byte for byte, and nothing else",
    "evidence": "all of it is evidence of the last entry of its run",
    "attestation": "a signer whom the policy accepts signed every file, every part and the pointer",
    "approvals": "who had to approve approved this very bundle, by the policy then in force",
    "decision": "the gate said promote, or an operator overruled it in writing",
    "channel": "each move of its channel was signed and due, and the pointer is where they lead",
    "replay": "its run follows from its evidence, figure by figure",
}
"""Every rule, in the order in which it is told."""


class ReleaseRuleResult(Record):
    """What one rule says."""

    rule: str
    """Its name."""
    faults: tuple[str, ...]
    """What is wrong; nothing where it holds."""


class ReleaseAudit(Record):
    """Everything that is said of one release."""

    commit: str
    """The commit that was read."""
    release: Release
    """The release."""
    channel: ChannelName
    """Where it was promoted to."""
    standing: Literal["live", "replaced", "taken back", "never live"]
    """What became of it."""
    run: str
    """The run that made it."""
    signers: dict[str, str]
    """Who signed each claim, by the policy's name of them; empty where nobody is accepted."""
    approvals: tuple[Approved, ...]
    """Who approved."""
    override: str
    """Who overruled the gate and why, in words; empty where nobody did."""
    rulings: tuple[ReleaseRuleResult, ...]
    """What each rule says."""
    moves: tuple[ChannelMove, ...]
    """How it came to be live, and ceased to be."""

    @property
    def holds(self) -> bool:
        """Whether every rule holds."""
        return bool(self.rulings) and not any(one.faults for one in self.rulings)
