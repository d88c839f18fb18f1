"""A promotion that was approved, sealed and merged, as files; and ways to spoil it.

What is signed here is the statement behind a word, so that what a rule makes of a signature is
told apart from how signatures are made (adapters, with tests of their own).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from modelsmith.models.fingerprint import Fingerprint, FingerprintPrompt
from modelsmith.models.generation import Message
from modelsmith.policy import Claim, Role
from modelsmith.promotion.approval.record import ApprovalsFile, Approved
from modelsmith.promotion.bundle import (
    CARD,
    CONTRACT,
    EVALUATION,
    EVIDENCE,
    FINGERPRINT,
    LINEAGE,
    RECORD,
    REQUEST,
    Request,
)
from modelsmith.promotion.channel import ChannelMove, Release, moves_path
from modelsmith.promotion.record import Lineage, PromotionRecord
from modelsmith.promotion.rollback.contract import CanaryQuestion, Contract
from modelsmith.promotion.verification.rules import PromotedRelease, SignatureCheck
from modelsmith.promotion.verification.seal import seal_of
from modelsmith.record import canonical, records_in, sha256
from modelsmith.run.state_machine import Event
from tests.support.entries import an_entry
from tests.support.submissions import a_record

AT = datetime(2025, 11, 3, 9, tzinfo=UTC)
SIGNED_BY_US = b"signed: "
PARTS = {
    "adapter": {"adapter_config.json": "1" * 64, "adapter_model.safetensors": "2" * 64},
    "model": {"model.safetensors": "3" * 64},
    "tokenizer": {"tokenizer.json": "4" * 64},
    "template": {"chat": "5" * 64},
}
LIKE = {"yes": -0.1, "no": -2.4}
UNLIKE = {"yes": -2.4, "no": -0.1}


def sign(_: Claim, statement: bytes) -> bytes:
    """Return a statement as signed by somebody whom the policy accepts."""
    return SIGNED_BY_US + statement


def vouched(content: bytes) -> SignatureCheck:
    """Return what is signed; nothing where somebody else signed it."""
    if not content.startswith(SIGNED_BY_US):
        return SignatureCheck(b"", "nobody whom the policy accepts vouches for it")
    return SignatureCheck(content.removeprefix(SIGNED_BY_US), "")


def a_contract(target: Release | None = None) -> Contract:
    """Return a contract with one canary question."""
    question = CanaryQuestion(
        scenario="SHADING_ONE", scenario_sha256="6" * 64, category="Shading", reference=1.0
    )
    return Contract(
        channel="sandbox",
        canary=(question,),
        exam_sha256="7" * 64,
        floors={"Shading": 0.8},
        detector={},
        target=target,
    )


def a_fingerprint() -> Fingerprint:
    """Return the fingerprint of a specialist that says yes where its base says no."""
    prompt = (Message(role="user", content="Is it so?"),)
    return Fingerprint(spots=(FingerprintPrompt(prompt=prompt, specialist=LIKE, base=UNLIKE),))


class APromotion:
    """One promotion: its bundle, its run's ledger, its seal."""

    def __init__(
        self,
        version: str = "tiny-2",
        *,
        target: Release | None = None,
        record: PromotionRecord | None = None,
        contract: Contract | None = None,
        more: Mapping[str, bytes] | None = None,
    ) -> None:
        """Make the bundle of a version that the gate let through, or of another record."""
        run = version.rpartition("-")[0]
        stated: Lineage = (record or a_record(version=version, run=run)).lineage
        before = an_entry(0, Event.STARTED)
        files = dict.fromkeys(EVIDENCE, b"")
        files |= {
            name: f"{name} of {version}".encode() for name in (CARD, "report.md", "index.html")
        }
        files[RECORD] = (record or a_record(version=version, run=run)).canonical()
        files[EVALUATION] = canonical({"result": "PASSED", "modelsmith": {"core": 0.8}})
        files[LINEAGE] = canonical({"buildDefinition": {"buildType": "lora"}})
        files[FINGERPRINT] = a_fingerprint().canonical()
        files[CONTRACT] = (contract or a_contract(target)).canonical()
        self.request = Request(
            specialist=stated.specialist,
            version=stated.version,
            run=stated.run,
            channel="sandbox",
            ledger_sha256=before.digest(),
            evidence={name: sha256(content) for name, content in files.items()},
            parts=PARTS,
        )
        files[REQUEST] = self.request.canonical()
        self.bundle: dict[str, bytes] = files
        self.by_people = dict(more or {})
        evidence = {f"001-promote/{name}": sha256(content) for name, content in files.items()}
        ending = Event.STAGED if (record is None or record.decision == "staged") else Event.REFUSED
        self.entries = (before, an_entry(1, ending, past=(before,), evidence=evidence))

    @property
    def release(self) -> Release:
        return self.request.release

    @property
    def approved(self) -> dict[str, bytes]:
        """The folder as it was approved."""
        return self.bundle | self.by_people

    def approvals(self, **changes: object) -> ApprovalsFile:
        """Return who approved."""
        fields: dict[str, object] = {
            "forge": "local",
            "pull": 7,
            "channel": "sandbox",
            "bundle_sha256": self.request.digest(),
            "head_sha": "a" * 40,
            "merge_base": "b" * 40,
            "policy_sha256": "c" * 64,
            "required": (Role.DOMAIN_OWNER,),
            "writers": ("expert@example.com",),
            "approvals": (
                Approved(
                    who="owner@example.com",
                    roles=(Role.DOMAIN_OWNER,),
                    commit_sha="a" * 40,
                    at=AT,
                ),
            ),
        }
        return ApprovalsFile.model_validate(fields | changes)

    def sealed(self, moves: tuple[ChannelMove, ...] = ()) -> dict[str, bytes]:
        """Return what its seal adds, by path from the top of the repository."""
        live = moves[-1].after if moves else None
        return seal_of(
            self.request, self.approved, self.approvals(), sign, live=live, moves=moves, at=AT
        )

    def folder(self) -> dict[str, bytes]:
        """Return its folder once it is sealed, by name."""
        place = f"{self.release.place}/"
        seal = self.sealed().items()
        added = {path.removeprefix(place): c for path, c in seal if path.startswith(place)}
        return self.approved | added

    def moves(self) -> tuple[ChannelMove, ...]:
        """Return the moves of its channel, where it is the first."""
        return records_in(self.sealed()[moves_path("sandbox")], ChannelMove)

    def promoted(self, **changes: object) -> PromotedRelease:
        """Return everything that is known of it; what `changes` names is otherwise."""
        files = changes.get("files", self.folder())
        fields: dict[str, object] = {
            "place": self.release.place,
            "files": files,
            "approved": self.approved,
            "entries": self.entries,
            "check_signature": lambda name, _: vouched(files[name]),
            "approval_faults": lambda _file, _request: iter(()),
            "override_fault": lambda _: "nobody overruled it in writing",
        }
        return PromotedRelease(**fields | changes)
