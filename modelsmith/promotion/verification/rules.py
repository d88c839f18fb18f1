"""What a promoted release must be, from its files alone: each rule yields what is wrong.

| rule        | what must be so                                                               |
|-------------|-------------------------------------------------------------------------------|
| bundle      | the folder holds what its request names, byte for byte, and nothing else      |
| evidence    | all of it is evidence of the last entry of the run that it names              |
| attestation | who the policy accepts signed it, over every file, every part and the pointer |
| approvals   | who had to approve approved this bundle, by the policy that was in force      |
| decision    | the gate said promote, or an operator overruled it in writing where allowed   |

Nothing of it is believed because the promotion says so: digests are counted anew, the policy is
that of the default branch before the promotion was merged, and the ledger is the run's.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from modelsmith.models.source import Parts
from modelsmith.policy import Claim
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.bundle import (
    APPROVALS,
    ATTESTATION,
    BY_PEOPLE,
    EVALUATION,
    EVIDENCE,
    LINEAGE,
    RECORD,
    REQUEST,
    REVERTED,
    SEAL,
    SIGNED,
    SIGNED_EVALUATION,
    SIGNED_LINEAGE,
    Request,
)
from modelsmith.promotion.channel import Pointer, Release, pointer_content, pointer_path
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.attestation import Attestation, attestation_in
from modelsmith.record import canonical, read_as, sha256, short
from modelsmith.run.evidence import place_of
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event, State

UNSIGNED = frozenset((ATTESTATION, SIGNED, SIGNED_EVALUATION, SIGNED_LINEAGE, *REVERTED))
"""Files of a promotion that are no subject of its attestation: itself, what carries it, and what
was added later."""


ENDINGS = {Event.STAGED: "staged", Event.REFUSED: "refused"}


class Fault(NamedTuple):
    """What is wrong."""

    rule: str
    """Name of the rule."""
    what: str
    """What was found, and what was expected."""
    name: str = ""
    """The file of the folder that it concerns; none where it concerns the whole."""


class SignatureCheck(NamedTuple):
    """What a signed bundle turned out to hold."""

    payload: bytes
    """What is signed; empty where nobody whom the policy accepts vouches for it."""
    fault: str
    """Why not."""
    signer: str = ""
    """Name of the signer in the policy."""


class PromotedRelease(NamedTuple):
    """Everything that is known of one promoted release."""

    place: str
    """Its folder, from the top of the repository."""
    files: Mapping[str, bytes]
    """Content of each file in it, by name."""
    approved: Mapping[str, bytes]
    """Content of each file in it at the commit that was approved; none where that is not there."""
    entries: tuple[Entry, ...]
    """The ledger of the run that it names."""
    check_signature: Callable[[str, Claim], SignatureCheck]
    """Verifies one signed file by the policy in force, as a claim of that kind."""
    approval_faults: Callable[[ApprovalsFile, Request], Iterator[str]]
    """Judges the approvals again."""
    override_fault: Callable[[Request], str | None]
    """Says why no operator overruled the gate; None where one did, as the policy allows."""

    @property
    def release(self) -> Release | None:
        """The release that its request asks for; none where that cannot be read."""
        request = read_as(self.files.get(REQUEST), Request)
        return request.release if request else None


def promoted_faults(one: PromotedRelease) -> Iterator[Fault]:
    """Yield everything that is wrong with a promoted release; nothing where all holds."""
    request = read_as(one.files.get(REQUEST), Request)
    if request is None:
        what = "cannot be read" if REQUEST in one.files else "is not there"
        yield Fault("bundle", f"{REQUEST} {what}: nothing says what was approved", REQUEST)
        return
    yield from _bundle(one, request)
    yield from _evidence(one, request)
    yield from _attestation(one, request)
    yield from _claims(one, request)
    yield from _approvals(one, request)
    yield from _decision(one, request)


def _bundle(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    if request.release.place != one.place:
        yield Fault("bundle", f"it asks for {request.release.words}", REQUEST)
    known = {*EVIDENCE, REQUEST, *BY_PEOPLE, *SEAL, *REVERTED}
    for name in sorted(one.files.keys() - known):
        yield Fault("bundle", "it is no file of a promotion: an extra file", name)
    for name in sorted({*EVIDENCE} ^ request.evidence.keys()):
        found = "does not name" if name in EVIDENCE else "names"
        yield Fault("bundle", f"the request {found} {name}", REQUEST)
    for name, digest in sorted(request.evidence.items()):
        content = one.files.get(name)
        if content is None:
            yield Fault("bundle", "it is not there, and was approved", name)
        elif sha256(content) != digest:
            yield Fault(
                "bundle",
                f"its digest is {short(sha256(content))}, approved was {short(digest)}",
                name,
            )
    for part in ("adapter", "model", "tokenizer", "template"):
        if not request.parts.get(part):
            yield Fault("bundle", f"the request names no file of the {part}", REQUEST)


def _evidence(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    last = one.entries[-1] if one.entries else None
    if last is None or last.event not in ENDINGS:
        found = "has no ledger" if last is None else f"ends with {last.event.value}"
        yield Fault(
            "evidence",
            f"run {request.run} {found}, expected one that ends with staged: its tail is cut",
            REQUEST,
        )
        return
    before = one.entries[-2].digest() if len(one.entries) > 1 else ""
    if before != request.ledger_sha256:
        yield Fault(
            "evidence",
            f"it stands on entry {short(request.ledger_sha256)}, the run's is {short(before)}",
            REQUEST,
        )
    for name in (*EVIDENCE, REQUEST):
        content, path = one.files.get(name), f"{place_of(last.index, State.PROMOTE)}/{name}"
        if content is not None and last.evidence.get(path) != sha256(content):
            yield Fault(
                "evidence", f"it is not the evidence of run {request.run}'s last entry", name
            )


def _attestation(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    """Yield what the promotion's own statement leaves open."""
    found = _claim(one, SIGNED, "promotion")
    if isinstance(found, Fault):
        yield found
        return
    if one.files.get(ATTESTATION) != found.payload:
        yield Fault("attestation", "it is not what was signed", ATTESTATION)
    signed, expected = found.statement.subjects(), subjects_of(one.place, one.files, request)
    for name in sorted(signed.keys() | expected.keys()):
        if signed.get(name) == expected.get(name):
            continue
        if name not in expected:
            what = f"{name} was signed, and is not there"
        elif name not in signed:
            what = f"{name} is not covered by the signature"
        else:
            what = f"{name} is not what was signed"
        yield Fault("attestation", what, name.rpartition("/")[2])
    if found.statement.predicate.get("bundleSha256") != request.digest():
        yield Fault("attestation", "it is of another bundle", ATTESTATION)


class _Claimed(NamedTuple):
    payload: bytes
    statement: Attestation


def _claim(one: PromotedRelease, name: str, kind: Claim) -> "_Claimed | Fault":
    if name not in one.files:
        return Fault("attestation", "it is not signed: the bundle is not there", name)
    payload, fault, _ = one.check_signature(name, kind)
    if fault:
        return Fault("attestation", fault, name)
    try:
        return _Claimed(payload, attestation_in(payload, kind))
    except ValueError as error:
        line = str(error).partition("\n")[0]
        return Fault("attestation", f"what is signed is no {kind} statement: {line}", name)


def _claims(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    """Yield where evaluation and lineage, signed on their own, say something else."""
    claims: tuple[tuple[str, str, Claim], ...] = (
        (SIGNED_EVALUATION, EVALUATION, "evaluation"),
        (SIGNED_LINEAGE, LINEAGE, "lineage"),
    )
    for name, plain, kind in claims:
        found = _claim(one, name, kind)
        if isinstance(found, Fault):
            yield found
        elif canonical(dict(found.statement.predicate)) != one.files.get(plain):
            yield Fault("attestation", f"it says something else than {plain}", name)
        elif found.statement.subjects() != part_subjects(request.parts):
            yield Fault("attestation", "it speaks of other files than are served", name)


def _approvals(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    file = read_as(one.files.get(APPROVALS), ApprovalsFile)
    if file is None:
        yield Fault("approvals", "it is not there, or cannot be read", APPROVALS)
        return
    if file.bundle_sha256 != request.digest():
        yield Fault("approvals", "another bundle was approved", APPROVALS)
    for name in sorted({*one.approved, *one.files} - {*SEAL, *REVERTED}):
        if one.approved.get(name) != one.files.get(name):
            yield Fault("approvals", f"it changed after {short(file.head_sha)} was approved", name)
    for what in one.approval_faults(file, request):
        yield Fault("approvals", what, APPROVALS)


def _decision(one: PromotedRelease, request: Request) -> Iterator[Fault]:
    try:
        record = PromotionRecord.model_validate_json(one.files.get(RECORD, b""))
    except ValidationError:
        yield Fault("decision", "it cannot be read", RECORD)
        return
    lineage = record.lineage
    named = (lineage.specialist, lineage.version, lineage.run, record.channel)
    if named != (request.specialist, request.version, request.run, request.channel):
        yield Fault("decision", f"it is the record of {' '.join(named)}", RECORD)
    failed = [found.rule for found in record.gate.failed()]
    if record.decision == "staged" and not failed:
        return
    fault = one.override_fault(request)
    if fault is not None:
        yield Fault(
            "decision",
            f"the gate said {record.decision}; not holding: {', '.join(failed)}; {fault}",
            RECORD,
        )


def subjects_of(place: str, files: Mapping[str, bytes], request: Request) -> dict[str, str]:
    """Return what the promotion's statement must speak of: each name with its digest.

    Every file of the folder but what carries the statement, every part that is served, and the
    pointer that makes it live.
    """
    found = {
        f"{place}/{name}": sha256(content)
        for name, content in files.items()
        if name not in UNSIGNED
    }
    moved = {
        pointer_path(request.channel): sha256(
            pointer_content(Pointer(channel=request.channel, live=request.release))
        )
    }
    return found | moved | part_subjects(request.parts)


def part_subjects(parts: Parts) -> dict[str, str]:
    """Return the digest of each file that is served, by `PART/PATH`: what claims are made of."""
    return {
        f"{part}/{path}": digest for part, files in parts.items() for path, digest in files.items()
    }
