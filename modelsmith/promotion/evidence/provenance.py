"""Where a specialist comes from, as SLSA provenance v1 says it: the predicate that is signed.

| SLSA                 | here                                                            |
|----------------------|-----------------------------------------------------------------|
| externalParameters   | run.yaml: all that a person decided                              |
| internalParameters   | what the factory decided: which rung trained each round          |
| resolvedDependencies | commit, files served, scenarios and training rows, each a digest |
| builder              | this package, on that cluster and engine                         |

Sealed questions are there as one digest, that of the version: no id of them is ever named.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import AwareDatetime

from modelsmith.exam.benchmark import digests_of
from modelsmith.exam.scenario import Scenario
from modelsmith.promotion.bundle import ServedParts
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import JsonDict
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import StartedFacts, TrainedFacts
from modelsmith.training.curriculum import TrainingRow

OURS = "https://github.com/modelsmith-factory/modelsmith"
"""What our build type and builder are named by; a name, nothing is fetched."""

BUILD_TYPE = f"{OURS}/lora-specialist/v1"


class TrainingOrigin(NamedTuple):
    """One training that the candidate stands on."""

    facts: TrainedFacts
    """What it did."""
    rows: tuple[TrainingRow, ...]
    """What it learned."""


class Origins(NamedTuple):
    """What a candidate was made from, and when."""

    config: RunConfig
    """Its run's settings."""
    started: StartedFacts
    """What was fixed at intake."""
    train: Sequence[Scenario]
    """Scenarios that it learned from, accepted proposals included."""
    steer: Sequence[Scenario]
    """Scenarios that steered it."""
    trainings: Sequence[TrainingOrigin]
    """Trainings that it stands on, first to last."""
    served: ServedParts
    """What the engine read."""
    began_at: AwareDatetime
    """When its run began, UTC."""


def provenance_of(record: PromotionRecord, origins: Origins) -> JsonDict:
    """Return the predicate of a candidate's provenance."""
    config, started = origins.config, origins.started
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                "run": record.lineage.run,
                "config": config.model_dump(mode="json", by_alias=True),
                "configSha256": started.config_sha256,
            },
            "internalParameters": {
                "trainings": [_training(each) for each in origins.trainings],
                "cluster": config.cluster,
                "engine": dict(origins.served.engine),
                "examSha256": record.exam_sha256,
                "sealedVersion": started.sealed_version,
            },
            "resolvedDependencies": [
                {"name": "source", "digest": {"gitCommit": started.commit}},
                *_files(origins.served),
                *_named("scenario/train", digests_of(origins.train)),
                *_named("scenario/steer", digests_of(origins.steer)),
                *_rows(origins.trainings),
            ],
        },
        "runDetails": {
            "builder": {
                "id": f"{OURS}/clusters/{config.cluster}",
                "version": {"modelsmith": origins.served.modelsmith},
            },
            "metadata": {
                "invocationId": record.lineage.run,
                "startedOn": origins.began_at.isoformat(),
                "finishedOn": record.created_at.isoformat(),
            },
        },
    }


def _training(each: TrainingOrigin) -> JsonDict:
    return {
        "strategy": each.facts.strategy.value,
        "rows": each.facts.rows,
        "steps": each.facts.steps,
        "adapterSha256": each.facts.adapter,
    }


def _files(served: ServedParts) -> list[JsonDict]:
    return [
        one
        for part in sorted(served.parts)
        if part != "adapter"  # what is made, not what it is made from
        for one in _named(part, served.parts[part])
    ]


def _rows(trainings: Sequence[TrainingOrigin]) -> list[JsonDict]:
    return [
        {
            "name": f"row/{number}/{place}",
            "digest": {"sha256": row.digest()},
            "annotations": {
                "scenario": row.scenario,
                "scenarioSha256": row.scenario_sha256,
                "origin": row.origin,
            },
        }
        for number, each in enumerate(trainings, start=1)
        for place, row in enumerate(each.rows, start=1)
    ]


def _named(kind: str, digests: Mapping[str, str]) -> list[JsonDict]:
    return [
        {"name": f"{kind}/{name}", "digest": {"sha256": digest}}
        for name, digest in sorted(digests.items())
    ]
