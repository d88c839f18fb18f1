"""The bundle of a promotion: what its folder holds, and the request that names all of it by digest.

```
evidence files -> request.json (digests) -> approvals say yes to its digest -> the seal is signed
```

Whatever is approved is therefore approved of these very bytes: one that changes makes another
digest, and an approval of one candidate says nothing of another.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from modelsmith.models.source import Parts
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.record import Record, Sha256, Slug

RECORD = "record.json"
REPORT = "report.md"
LINEAGE = "lineage.json"
EVALUATION = "evaluation.json"
FINGERPRINT = "fingerprint.json"
CONTRACT = "contract.json"
CARD = "card.md"
PAGE = "index.html"
REQUEST = "request.json"
"""Names of the files that a run makes, all of them evidence of its last entry."""

PARTS = "parts.json"
LIVE = "live.json"
"""What the files above are made from, beside the answers: evidence too, and not part of it."""

EVIDENCE = (RECORD, REPORT, LINEAGE, EVALUATION, FINGERPRINT, CONTRACT, CARD, PAGE)
"""What a request names."""

RECHECK = "recheck.yaml"
OVERRIDE = "override.json"
OVERRIDE_SIGNATURE = "override.sig"
BY_PEOPLE = (RECHECK, OVERRIDE, OVERRIDE_SIGNATURE)
"""What people may add; no entry of a run names it."""

APPROVALS = "approvals.json"
ATTESTATION = "promotion.intoto.json"
SIGNED = "promotion.sigstore.json"
SIGNED_EVALUATION = "evaluation.sigstore.json"
SIGNED_LINEAGE = "lineage.sigstore.json"
SEAL = (APPROVALS, ATTESTATION, SIGNED, SIGNED_EVALUATION, SIGNED_LINEAGE)
"""What the seal adds, in one commit, after everything held."""

REVERT = "revert.json"
REVERT_ATTESTATION = "revert.intoto.json"
SIGNED_REVERT = "revert.sigstore.json"
REVERTED = (REVERT, REVERT_ATTESTATION, SIGNED_REVERT)
"""What a revert adds to the folder of what it takes back."""


class ServedParts(Record):
    """`parts.json`: what the engine that answered the exam read, and what it is."""

    parts: Parts
    """Digest of each file that it read."""
    engine: Mapping[str, str]
    """What else can change an answer: library versions, number format, device, threads."""
    modelsmith: str
    """Version of this package, which asked it."""


class Request(Record):
    """`request.json`: what people approve, by digest."""

    specialist: Slug
    """Name of the specialist."""
    version: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    """Its version."""
    run: str
    """The run that made it."""
    channel: ChannelName
    """Where it is to go live."""
    tags: tuple[str, ...] = ()
    """What it is tagged with: the policy may ask more roles for a tag."""
    ledger_sha256: Sha256
    """Digest of the run's last entry before this phase: the head of its chain, so that a ledger
    whose tail was cut is another one."""
    evidence: Mapping[str, Sha256]
    """Digest of each evidence file, by name."""
    parts: Parts
    """What is served."""

    @property
    def release(self) -> Release:
        """The release that it asks for."""
        return Release(
            specialist=self.specialist, version=self.version, bundle_sha256=self.digest()
        )
