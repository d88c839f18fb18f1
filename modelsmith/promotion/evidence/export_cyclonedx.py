"""A promotion as a CycloneDX 1.6 ML-BOM: what a specialist is made of, for tools that read BOMs.

An export: what is signed is the promotion itself, and every digest here is one of its request. Its
serial number follows from the bundle, so that the same promotion gives the same document.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from modelsmith.promotion.bundle import Request
from modelsmith.promotion.evidence.evaluation import OURS
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import JsonDict, JsonObject

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
FILE_TYPES: Mapping[str, str] = {
    "adapter": "file",
    "model": "file",
    "tokenizer": "file",
    "template": "data",
}
"""CycloneDX's type of each part's files."""


class Bundle(NamedTuple):
    """What of a promotion is exported."""

    request: Request
    """What was approved."""
    record: PromotionRecord
    """What it was compared with."""
    evaluation: JsonObject
    """The evaluation's predicate."""
    lineage: JsonObject
    """The provenance's predicate."""


def ml_bom_of(bundle: Bundle) -> JsonDict:
    """Return the BOM."""
    request, record = bundle.request, bundle.record
    parts = [one for part, files in request.parts.items() for one in _files(part, files)]
    version = bundle.lineage["runDetails"]["builder"]["version"]["modelsmith"]
    config = bundle.lineage["buildDefinition"]["externalParameters"]["config"]
    base = {
        "type": "machine-learning-model",
        "bom-ref": "base",
        "name": config["model"]["name"],
        "hashes": [_hash(record.lineage.model_sha256)],
    }
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{_serial(request.digest())}",
        "version": 1,
        "metadata": {
            "timestamp": record.created_at.isoformat(),
            "tools": {
                "components": [{"type": "application", "name": "modelsmith", "version": version}]
            },
            "component": {"bom-ref": "specialist", **_specialist(bundle)},
        },
        "components": [base, *parts],
        "dependencies": [
            {"ref": "specialist", "dependsOn": ["base", *(one["bom-ref"] for one in parts)]},
        ],
    }


def _specialist(bundle: Bundle) -> JsonDict:
    request, record = bundle.request, bundle.record
    stand_ins = [one.words for one in record.baselines if one.is_stand_in]
    failed = [f"not holding: {found.rule}" for found in record.gate.failed()]
    return {
        "type": "machine-learning-model",
        "name": request.specialist,
        "version": request.version,
        "description": f"LoRA adapter for {request.channel}, run {request.run}: {record.decision}",
        "hashes": [_hash(record.lineage.adapter_sha256)],
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                "task": "text-generation",
                "inputs": [{"format": "text"}],
                "outputs": [{"format": "text"}],
                "datasets": list(_datasets(bundle)),
            },
            "quantitativeAnalysis": {"performanceMetrics": list(_metrics(bundle))},
            "considerations": {"technicalLimitations": [*stand_ins, *failed]},
        },
        "externalReferences": [
            {
                "type": "other",
                "url": f"{request.release.place}/{name}",
                "hashes": [_hash(digest)],
            }
            for name, digest in sorted(request.evidence.items())
        ],
    }


def _datasets(bundle: Bundle) -> Iterator[JsonDict]:
    inside = bundle.lineage["buildDefinition"]["internalParameters"]
    rows = sum(each["rows"] for each in inside["trainings"])
    yield {
        "type": "dataset",
        "name": "training rows",
        "description": f"{rows} rows, each by digest in lineage.json",
    }
    yield {
        "type": "dataset",
        "name": "sealed exam",
        "description": f"version {inside['sealedVersion']}; nothing of it was trained on",
    }


def _metrics(bundle: Bundle) -> Iterator[JsonDict]:
    for system in bundle.evaluation[OURS]["systems"]:
        for name in ("core", "composite"):
            found = system["scores"][name]
            if found is not None:
                yield _metric(name, found["value"], system["system"], found)
        for group in system["scores"]["categories"]:
            if group["pass_rate"] is not None:
                yield _metric(
                    "pass_rate", group["pass_rate"], f"{system['system']}/{group['name']}", group
                )


def _metric(kind: str, value: float, where: str, ends: JsonObject) -> JsonDict:
    interval = {"lowerBound": str(ends["low"]), "upperBound": str(ends["high"])}
    return {"type": kind, "value": str(value), "slice": where, "confidenceInterval": interval}


def _files(part: str, files: Mapping[str, str]) -> Iterator[JsonDict]:
    for path, digest in sorted(files.items()):
        name = f"{part}/{path}"
        hashes = [_hash(digest)]
        yield {"type": FILE_TYPES[part], "bom-ref": name, "name": name, "hashes": hashes}


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _serial(digest: str) -> str:
    """Return a UUID that a digest makes: version 8, whose bits are the application's (RFC 9562)."""
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
