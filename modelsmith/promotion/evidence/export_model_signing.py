"""An adapter as model-signing (OpenSSF) names it: a statement over its files, not yet signed.

The root digest is sha256 over the raw sha256 digests of the files in name order, as model-signing
1.1 computes it; whoever signs this statement with its tool or ours signs the same bytes.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from modelsmith.promotion.bundle import Request
from modelsmith.promotion.signing.attestation import STATEMENT

PREDICATE = "https://model_signing/signature/v1.0"


def root_of(files: Mapping[str, str]) -> str:
    """Return the root digest of files, given each one's sha256 in hex by path."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(bytes.fromhex(files[path]))
    return whole.hexdigest()


def model_manifest_of(request: Request) -> dict[str, Any]:
    """Return the statement over the adapter's files, in model-signing's form."""
    files = request.parts["adapter"]
    return {
        "_type": STATEMENT,
        "subject": [{"name": request.specialist, "digest": {"sha256": root_of(files)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [],
            },
            "resources": [
                {"name": path, "algorithm": "sha256", "digest": digest}
                for path, digest in sorted(files.items())
            ],
        },
    }
