"""A log of signatures: Rekor v1, over a Merkle tree that grows (RFC 6962)."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.fulcio import ECDSA, id_of

HOST = "127.0.0.1"
"""By which its checkpoints are signed, as the public log's are by its own."""


def sha256(content: bytes) -> bytes:
    """Return the digest."""
    return hashlib.sha256(content).digest()


def head_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over leaves."""
    if len(leaves) == 1:
        return leaves[0]
    left = budget_left_of(leaves)
    return sha256(b"\x01" + head_of(leaves[:left]) + head_of(leaves[left:]))


def path_of(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return what proves that a leaf is in the tree, from the leaf up."""
    if len(leaves) == 1:
        return []
    left = budget_left_of(leaves)
    if index < left:
        return [*path_of(index, leaves[:left]), head_of(leaves[left:])]
    return [*path_of(index - left, leaves[left:]), head_of(leaves[:left])]


def budget_left_of(leaves: Sequence[bytes]) -> int:
    """Return how many leaves the left half has: the largest power of two below their number."""
    return 1 << ((len(leaves) - 1).bit_length() - 1)


class Rekor:
    """Writes signatures down, and proves that it did."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self._leaves: list[bytes] = []
        self._lock = threading.Lock()

    def entry(self, proposed: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Write a signed statement down; return the entry with its proofs, by its name."""
        body = rfc8785.dumps(recorded(proposed))
        with self._lock:
            self._leaves.append(sha256(b"\0" + body))
            leaves = tuple(self._leaves)
        index, root = len(leaves) - 1, head_of(leaves)
        signed = {
            "body": base64.b64encode(body).decode(),
            "integratedTime": int(now.timestamp()),
            "logID": id_of(self.key).hex(),
            "logIndex": index,
        }
        promise = self.key.sign(rfc8785.dumps(signed), ECDSA)
        proof = {
            "logIndex": index,
            "treeSize": len(leaves),
            "rootHash": root.hex(),
            "hashes": [one.hex() for one in path_of(index, leaves)],
            "checkpoint": self._checkpoint(len(leaves), root),
        }
        verification = {
            "signedEntryTimestamp": base64.b64encode(promise).decode(),
            "inclusionProof": proof,
        }
        return {sha256(body).hex(): {**signed, "verification": verification}}

    def _checkpoint(self, size: int, root: bytes) -> str:
        note = f"{HOST} - 1\n{size}\n{base64.b64encode(root).decode()}\n"
        made = id_of(self.key)[:4] + self.key.sign(note.encode(), ECDSA)
        return f"{note}\n\N{EM DASH} {HOST} {base64.b64encode(made).decode()}\n"


def recorded(proposed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the log keeps of a proposed DSSE envelope: its digests and who signed."""
    if proposed["kind"] != "dsse":
        raise ValueError(f"entries of kind {proposed['kind']} are not taken")
    content = proposed["spec"]["proposedContent"]
    envelope = json.loads(content["envelope"])
    signatures = zip(envelope["signatures"], content["verifiers"], strict=True)
    spec = {
        "envelopeHash": digest_of(content["envelope"].encode()),
        "payloadHash": digest_of(base64.b64decode(envelope["payload"])),
        "signatures": [{"signature": one["sig"], "verifier": by} for one, by in signatures],
    }
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}


def digest_of(content: bytes) -> dict[str, str]:
    """Return a digest as entries name it."""
    return {"algorithm": "sha256", "value": sha256(content).hex()}
