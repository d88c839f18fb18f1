"""Verify: whether what the default branch promotes is what was approved and signed; offline.

Read from git's objects, never from a work tree. The policy that judges a promotion is the one of
the default branch right before it was merged: neither what it brought along nor an older one
that asked for less.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from modelsmith.errors import InputError, SignatureError
from modelsmith.git.commits import Commit
from modelsmith.layout import CHANNELS, PROMOTIONS, ledger_path
from modelsmith.policy import POLICY, ChannelName, Claim, accepted
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.approval.signatures import approvals_again, override_again
from modelsmith.promotion.bundle import (
    APPROVALS,
    OVERRIDE,
    OVERRIDE_SIGNATURE,
    REQUEST,
    SIGNED,
    Request,
)
from modelsmith.promotion.channel import Release
from modelsmith.promotion.signing.port import Signatures
from modelsmith.promotion.verification.default_branch_history import DefaultBranchHistory
from modelsmith.promotion.verification.rules import (
    Fault,
    PromotedRelease,
    SignatureCheck,
    promoted_faults,
)
from modelsmith.record import read_as, sha256, short
from modelsmith.run.append_only import entries_of
from modelsmith.run.history import History


class Verification:
    """The promotions of one commit of the default branch."""

    def __init__(
        self, history: History, tip: str, signatures: Signatures, *, base: str | None = None
    ) -> None:
        """Know where to read; nothing is verified yet.

        Args:
            history: The clone.
            tip: The commit that is verified.
            signatures: Tells whose each signature is.
            base: The default branch where the tip is to be merged into it.

        Raises:
            InputError: the clone lacks a part of its history.
            BrokenRecordError: an object of the clone was altered.
        """
        self._signatures = signatures
        self._line = DefaultBranchHistory(history, tip, base=base)
        self.promoted = lru_cache(None)(self._promoted)
        """Returns everything that is known of the promotion in a folder."""
        self.faults = lru_cache(None)(self._faults)
        """Returns everything that is wrong with it."""

    def places(self) -> list[str]:
        """Return the folder of each promotion that is there."""
        specialists = [p for p in self._line.places(PROMOTIONS) if p != f"{PROMOTIONS}/{CHANNELS}"]
        return [place for specialist in specialists for place in self._line.places(specialist)]

    def brought(self) -> dict[str, Release | None]:
        """Return the release of each sealed promotion that the tip brings, and its base lacks."""
        ends = f"/{SIGNED}"
        places = [p.removesuffix(ends) for p in self._line.brought() if p.endswith(ends)]
        return {place: self.promoted(place).release for place in places}

    def is_sealed(self, place: str) -> bool:
        """Return whether a promotion was sealed: one that was only refused never goes live."""
        return self._line.file(f"{place}/{SIGNED}") is not None

    def _faults(self, place: str) -> tuple[Fault, ...]:
        return tuple(promoted_faults(self.promoted(place)))

    def _promoted(self, place: str) -> PromotedRelease:
        line = self._line
        files = line.folder(line.tip, place)
        request = read_as(files.get(REQUEST), Request)
        file = read_as(files.get(APPROVALS), ApprovalsFile)
        approved = line.commits.get(file.head_sha) if file else None
        ledger = line.file(ledger_path(request.run)) if request else None
        return PromotedRelease(
            place=place,
            files=files,
            approved=line.folder(approved, place) if approved else {},
            entries=entries_of(ledger or b""),
            check_signature=lambda name, kind: self.verify(place, files, name, kind),
            approval_faults=lambda known, asked: self._approval_faults(place, known, asked),
            override_fault=lambda asked: self._override_fault(place, files, asked),
        )

    def file(self, path: str) -> bytes | None:
        """Return what a file of the commit holds; none where it is not there."""
        return self._line.file(path)

    def verify(
        self,
        place: str,
        files: Mapping[str, bytes],
        name: str,
        kind: Claim,
        channel: ChannelName | None = None,
    ) -> SignatureCheck:
        """Return what one signed file of a promotion holds, by the policy that was in force.

        Args:
            place: The promotion's folder.
            files: What it holds.
            name: The signed file.
            kind: What it must claim.
            channel: For which channel; the one that its request asks for where none.
        """
        request = read_as(files.get(REQUEST), Request)
        where = channel or (request.channel if request else None)
        if where is None:
            return SignatureCheck(b"", "nothing says for which channel")
        try:
            policy, _, commit = self._line.policy_before(f"{place}/{name}")
            signers = accepted(policy.signers, kind, where)
            if not signers:
                return SignatureCheck(b"", f"{POLICY} accepts no signer of a {kind} for {where}")
            verifier = self._signatures.verifier(lambda path: self._root(commit, path))
            payload, signer = verifier.verify(files[name], signers)
            return SignatureCheck(payload, "", signer)
        except (SignatureError, InputError) as error:
            return SignatureCheck(b"", error.what)

    def _root(self, commit: Commit, path: str) -> bytes:
        content = self._line.file(path, commit)
        if content is None:
            raise InputError(
                f"{path}, which {POLICY} names, is not there at {short(commit.sha)}",
                remedy="Commit the trusted root before the policy names it.",
            )
        return content

    def _approval_faults(self, place: str, file: ApprovalsFile, request: Request) -> Iterator[str]:
        path, commits = f"{place}/{APPROVALS}", self._line.commits
        try:
            policy, content, _ = self._line.policy_before(path)
        except InputError as error:
            yield error.what
            return
        if sha256(content) != file.policy_sha256:
            yield f"it was judged by another {POLICY} than was in force when it was merged"
        if file.head_sha not in commits:
            yield f"{short(file.head_sha)}, which was approved, is not in history"
        elif not self._line.is_seal_of(path, file.head_sha):
            yield f"what was merged does not stand on {short(file.head_sha)}, which was approved"
        if file.merge_base not in commits:
            yield f"{short(file.merge_base)}, whose policy judged, is not in history"
        yield from approvals_again(self._signatures.ssh, request, file, policy)

    def _override_fault(
        self, place: str, files: Mapping[str, bytes], request: Request
    ) -> str | None:
        if OVERRIDE not in files or OVERRIDE_SIGNATURE not in files:
            return "nobody overruled it in writing"
        try:
            policy, _, _ = self._line.policy_before(f"{place}/{APPROVALS}")
        except InputError as error:
            return error.what
        return override_again(self._signatures.ssh, request, files, policy)
