"""Releases in a folder: real files, real digests, and a seal that only a key makes.

Behaves as the port `Releases` says. What people sign is stood in for by an HMAC of the pointer;
everything below it hangs together by digests, as in a repository.
"""

import hmac
import json
import shutil
from collections.abc import Mapping
from math import log
from pathlib import Path

from modelsmith.errors import BlockedError, BrokenRecordError, SignatureError
from modelsmith.models.fingerprint import Fingerprint, FingerprintPrompt
from modelsmith.models.generation import Prompt
from modelsmith.models.source import ModelSource, Quantisation
from modelsmith.policy import ChannelName
from modelsmith.promotion.bundle import Request
from modelsmith.promotion.channel import Pointer, Release, pointer_content, pointer_path
from modelsmith.promotion.rollback.contract import Contract, Detector
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.record import canonical, digest_of, sha256
from tests.support.models import a_prompt

FACTORY = b"the factory's key"
STRANGER = b"somebody else's key"
PROMPTS = (a_prompt("Why did fill fall?"), a_prompt("Why did bids rise?"))
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


TOKENS = ("floor", "fill", "bid", "seal", "cap", "rise", "fall", "spend", "pace", "shade")


def scripted_next(prompt: Prompt, adapter: str) -> Mapping[str, float]:
    """Return log-probabilities that prompt and adapter decide, of the same tokens for all."""
    weights = {
        token: 1 + int(digest_of([[turn.content for turn in prompt], adapter, token])[:4], 16)
        for token in TOKENS
    }
    total = sum(weights.values())
    likeliest = sorted(weights, key=lambda token: -weights[token])
    return {token: log(weights[token] / total) for token in likeliest}


def weights_of(adapter: Path) -> str:
    """Return by what a scripted engine tells one adapter from another."""
    return sha256((adapter / WEIGHTS).read_bytes())


def scripted_fingerprint(adapter: str) -> Fingerprint:
    """Return what a scripted engine with that adapter says next."""
    spots = (
        FingerprintPrompt(
            prompt=prompt,
            specialist=scripted_next(prompt, adapter),
            base=scripted_next(prompt, "none"),
        )
        for prompt in PROMPTS
    )
    return Fingerprint(spots=tuple(spots))


class FolderReleases:
    """Channels in a folder, promoted into and moved by a test."""

    def __init__(self, root: Path, model: ModelSource | None = None) -> None:
        """Begin with no channel."""
        self.root = root
        self.quantisation = Quantisation.BF16
        self.model = model or ModelSource(name="scripted")
        self.reads = 0
        """How often somebody asked what is live."""
        self.fault: Exception | None = None
        """What the next reads end with, as where the default branch cannot be fetched."""

    # What a test does

    def promoted(
        self,
        version: str,
        *,
        channel: ChannelName = "sandbox",
        specialist: str = "diagnoser",
        adapter: Path | None = None,
        fingerprint: Fingerprint | None = None,
    ) -> Release:
        """Write a release, with an adapter whose bytes follow from its version."""
        files = self.adapter(specialist, version)
        if adapter is None:
            files.mkdir(parents=True)
            (files / WEIGHTS).write_bytes(f"weights of {specialist} {version}".encode())
            (files / CONFIG).write_bytes(canonical({"peft_type": "LORA", "r": 4}))
        else:
            shutil.copytree(adapter, files)
        fingerprint = fingerprint or scripted_fingerprint(weights_of(files))
        contract = Contract(
            channel=channel,
            canary=(),
            exam_sha256="e" * 64,
            floors={},
            detector=Detector(),
            target=None,
        )
        evidence = {
            "fingerprint.json": fingerprint.canonical(),
            "contract.json": contract.canonical(),
        }
        request = Request(
            specialist=specialist,
            version=version,
            run="demo",
            channel=channel,
            ledger_sha256="1" * 64,
            evidence={name: sha256(content) for name, content in evidence.items()},
            parts={"adapter": _digests(files)},
        )
        folder = self.root / request.release.place
        folder.mkdir(parents=True)
        for name, content in (evidence | {"request.json": request.canonical()}).items():
            (folder / name).write_bytes(content)
        return request.release

    def moved(
        self, release: Release | None, channel: ChannelName = "sandbox", key: bytes = FACTORY
    ) -> None:
        """Move a channel's pointer, sealed with a key."""
        pointer = pointer_content(Pointer(channel=channel, live=release))
        place = self.root / pointer_path(channel)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(pointer)
        place.with_suffix(".seal").write_text(_seal(key, pointer))

    def adapter(self, specialist: str, version: str) -> Path:
        """Return where the adapter of a release lies on this machine."""
        return self.root / "store" / specialist / version

    # The port

    def live(self, channel: ChannelName) -> LiveRelease | None:
        """Return what is live, verified to the last byte that is served."""
        self.reads += 1
        if self.fault is not None:
            raise self.fault
        place = self.root / pointer_path(channel)
        if not place.exists():
            return None
        content = place.read_bytes()
        seal = place.with_suffix(".seal")
        if not seal.exists():
            raise SignatureError(
                f"{pointer_path(channel)} is not signed",
                remedy="Only the factory moves a pointer.",
            )
        if not hmac.compare_digest(seal.read_text(), _seal(FACTORY, content)):
            raise SignatureError(
                f"{pointer_path(channel)} is not signed by whom the policy accepts",
                remedy="Look at who moved it.",
            )
        pointer = Pointer.model_validate_json(content)
        return None if pointer.live is None else self._verified(pointer, pointer.live)

    def _verified(self, pointer: Pointer, release: Release) -> LiveRelease:
        folder = self.root / release.place
        request = Request.model_validate_json(_held(folder / "request.json", release.bundle_sha256))
        told = {name: _held(folder / name, digest) for name, digest in request.evidence.items()}
        adapter = self.adapter(release.specialist, release.version)
        if not adapter.is_dir():
            raise BlockedError(
                f"the adapter of {release.words} is not on this machine",
                remedy="Fetch it: `modelsmith store fetch`.",
            )
        if _digests(adapter) != dict(request.parts["adapter"]):
            raise BrokenRecordError(
                f"the adapter of {release.words} is not what was signed",
                remedy="Fetch it again: `modelsmith store fetch`.",
            )
        return LiveRelease(
            commit=sha256(pointer_content(pointer))[:40],
            pointer=pointer,
            request=request,
            contract=Contract.model_validate_json(told["contract.json"]),
            fingerprint=Fingerprint.model_validate_json(told["fingerprint.json"]),
            model=self.model,
            adapter=adapter,
            quantisation=self.quantisation,
        )


def edited(file: Path, **changes: object) -> None:
    """Change top-level values of a JSON file."""
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _held(file: Path, digest: str) -> bytes:
    content = file.read_bytes() if file.exists() else b""
    if sha256(content) != digest:
        raise BrokenRecordError(f"{file.name} is not what was signed", remedy="Restore it by git.")
    return content


def _digests(folder: Path) -> Mapping[str, str]:
    return {path.name: sha256(path.read_bytes()) for path in sorted(folder.iterdir())}


def _seal(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, "sha256").hexdigest()
