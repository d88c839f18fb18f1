"""Ledgers forged so that digests and links hold: only computing again finds it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelsmith.record import canonical, sha256
from modelsmith.run.ledger import GENESIS, Entry


def stored(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a run's ledger, to be changed."""
    lines = (folder / "ledger.jsonl").read_text().splitlines()
    return [json.loads(line)["entry"] for line in lines]


def forge(folder: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write `entries` as a ledger whose digests and links hold."""
    lines, previous = [], GENESIS
    for entry in entries:
        for path in entry["evidence"]:
            entry["evidence"][path] = sha256((folder / path).read_bytes())
        record = Entry.model_validate_json(canonical(entry | {"previous": previous}))
        previous = record.digest()
        stated = {"entry": record.model_dump(mode="json", by_alias=True), "sha256": previous}
        lines.append(canonical(stated) + b"\n")
    (folder / "ledger.jsonl").write_bytes(b"".join(lines))
