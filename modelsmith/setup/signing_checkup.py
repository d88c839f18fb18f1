"""Whether somebody can sign what each channel needs, and what signing publishes."""

from collections.abc import Iterator

from modelsmith.policy import (
    CHANNEL_NAMES,
    CLAIMS,
    POLICY,
    PUBLIC_GOOD,
    KeylessSigner,
    Policy,
    accepted,
)
from modelsmith.setup.observation import Observation, fine, note


def signing_of(policy: Policy) -> Iterator[Observation]:
    """Yield who signs for each channel, what nobody signs, and what goes into a public log."""
    for channel in CHANNEL_NAMES:
        names = {one.name for claim in CLAIMS for one in accepted(policy.signers, claim, channel)}
        unsigned = [claim for claim in CLAIMS if not accepted(policy.signers, claim, channel)]
        if names:
            yield fine("signer", f"signs for {channel}: {', '.join(sorted(names))}")
        if unsigned:
            yield note(
                "signer",
                f"nobody signs for {channel}: {', '.join(unsigned)}; nothing goes live there",
                f"`modelsmith promotion key` makes a key and prints what to write into {POLICY}",
            )
    for one in policy.signers:
        if isinstance(one, KeylessSigner) and one.trust == PUBLIC_GOOD:
            yield note(
                "public-log",
                f"{one.name} signs through the public Sigstore, which publishes {one.repository}, "
                "its workflow and each commit for ever",
                "name a private Sigstore's trusted root under `trust`, or a key, where that must "
                "not be",
            )
