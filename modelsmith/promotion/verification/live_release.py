"""What is live in a channel: read from the default branch, verified, found on this machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from modelsmith.documents.validation import record_in
from modelsmith.errors import BrokenRecordError, ModelsmithError, SignatureError
from modelsmith.layout import settings_path
from modelsmith.models.fingerprint import Fingerprint
from modelsmith.models.source import ModelSource, Parts, Quantisation
from modelsmith.policy import ChannelName
from modelsmith.promotion.bundle import CONTRACT, FINGERPRINT, RECORD, REQUEST, Request
from modelsmith.promotion.channel import Pointer
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.signing.port import Signatures
from modelsmith.promotion.verification.channels import (
    ChannelHistory,
    channel_faults,
    channels_in,
    live_in,
)
from modelsmith.promotion.verification.rules import part_subjects
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import short
from modelsmith.run.config import RunConfig
from modelsmith.run.history import History
from modelsmith.store.port import Store


class WeightsOnDisk(NamedTuple):
    """What is served, on this machine."""

    store: Store
    """Where adapters lie."""
    parts: Callable[[ModelSource, Path], Parts]
    """Digests each file of a base model with an adapter on top."""


class LiveRelease(NamedTuple):
    """A release whose record, signature and digests were verified."""

    commit: str
    """Commit of the default branch that it was read from."""
    pointer: Pointer
    """The channel's pointer."""
    request: Request
    """What was approved."""
    contract: Contract
    """What takes it back."""
    fingerprint: Fingerprint
    """What it says next after fixed prompts."""
    model: ModelSource
    """The base model."""
    adapter: Path
    """Folder of the adapter, whose files are those that were signed; the empty path where only what
    git holds was read."""
    quantisation: Quantisation = Quantisation.BF16
    """How the base model's weights were held when it was evaluated."""


class _Read(NamedTuple):
    commit: str
    release: LiveRelease | None = None
    adapter_sha256: str = ""


class VerifiedReleases:
    """Reads channels of the default branch of one clone."""

    def __init__(
        self,
        newest: Callable[[], str],
        opened: Callable[[], AbstractContextManager[History]],
        signatures: Signatures,
        weights: WeightsOnDisk | None,
    ) -> None:
        """Know where to read; nothing is read yet.

        Args:
            newest: Fetches the default branch where there is somewhere to fetch it from, and
                returns its tip.
            opened: Opens the clone's history.
            signatures: Tells whose each signature is.
            weights: What is served; none where only what git holds is read.
        """
        self._newest, self._opened = newest, opened
        self._signatures, self._weights = signatures, weights
        self._read: dict[ChannelName, _Read] = {}

    def live(self, channel: ChannelName) -> LiveRelease | None:
        """Return what is live, verified to the last byte that is served; None where nothing is.

        What git holds is verified anew when the default branch moved; what lies on this machine,
        each time.

        Raises:
            SignatureError: the pointer, or what it names, is not signed by whom the policy accepts.
            BrokenRecordError: a record, a digest or a served file is not what was signed.
            BlockedError: the adapter or the base model is not on this machine.
        """
        tip = self._newest()
        read = self._read.get(channel)
        if read is None or read.commit != tip:
            read = self._read[channel] = self._recorded(channel, tip)
        found = read.release
        if found is None or self._weights is None:
            return found
        adapter = self._weights.store.get(read.adapter_sha256)
        _require_same(found.request, self._weights.parts(found.model, adapter))
        return found._replace(adapter=adapter)

    def _recorded(self, channel: ChannelName, tip: str) -> _Read:
        """Return what git says is live, verified."""
        with self._opened() as history:
            verification = Verification(history, tip, self._signatures)
            known = next((one for one in channels_in(verification) if one.name == channel), None)
            if known is None:
                return _Read(tip)
            _require_sound(verification, known)
            release = live_in(known)
            if release is None:
                return _Read(tip)
            files = verification.promoted(release.place).files
            request = Request.model_validate_json(files[REQUEST])
            path = settings_path(request.run)
            config = record_in(path, verification.file(path) or b"", RunConfig)
        record = PromotionRecord.model_validate_json(files[RECORD])
        live = LiveRelease(
            commit=tip,
            pointer=Pointer(channel=channel, live=release),
            request=request,
            contract=Contract.model_validate_json(files[CONTRACT]),
            fingerprint=Fingerprint.model_validate_json(files[FINGERPRINT]),
            model=config.model,
            adapter=Path(),
            quantisation=config.quantisation,
        )
        return _Read(tip, live, record.lineage.adapter_sha256)


def _require_sound(verification: Verification, channel: ChannelHistory) -> None:
    found = list(channel_faults(verification, channel))
    if not found:
        return
    release = live_in(channel)
    rules = {fault.rule for fault in verification.faults(release.place)} if release else set()
    kind: type[ModelsmithError] = SignatureError if "attestation" in rules else BrokenRecordError
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise kind(
        f"channel {channel.name} is not what was approved and signed: {found[0]}{more}",
        remedy=f"`modelsmith audit promotion {channel.name}` says what each rule finds; what was "
        "live before goes on.",
    )


def _require_same(request: Request, parts: Parts) -> None:
    """Refuse where what lies on this machine is not what was signed, file by file."""
    signed, here = part_subjects(request.parts), part_subjects(parts)
    for name in sorted(signed.keys() | here.keys()):
        if signed.get(name) != here.get(name):
            found = f"is {short(here[name])}" if name in here else "is not there"
            wanted = f"signed was {short(signed[name])}" if name in signed else "it was not signed"
            raise BrokenRecordError(
                f"{request.release.words}: {name} {found}, {wanted}",
                remedy="`modelsmith store verify` looks at the adapter; a base model must be the "
                "very files that it was trained on.",
            )
