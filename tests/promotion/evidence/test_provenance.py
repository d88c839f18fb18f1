import json
from datetime import UTC, datetime

from modelsmith.models.generation import Usage
from modelsmith.promotion.bundle import ServedParts
from modelsmith.promotion.evidence.provenance import Origins, TrainingOrigin, provenance_of
from modelsmith.promotion.signing.attestation import attestation_in, attested
from modelsmith.record import canonical
from modelsmith.run.entry_facts import StartedFacts, TrainedFacts
from modelsmith.training.curriculum import Strategy
from tests.support.models import rows_of
from tests.support.predicates import dependencies_in
from tests.support.promoted import PARTS
from tests.support.runs import a_config, a_snapshot
from tests.support.submissions import a_record

COMMIT = "e" * 40
SNAPSHOT = a_snapshot()
STARTED = StartedFacts(
    config_sha256="1" * 64,
    exam_sha256="2" * 64,
    sealed_version="3" * 64,
    model_sha256="d" * 64,
    commit=COMMIT,
    peak_gib=1.0,
)
ROWS = (tuple(rows_of(2)), tuple(rows_of(3)))


def trained(rows, adapter):
    return TrainedFacts(
        strategy=Strategy.RUBRIC_COMPOSITION,
        rung=0,
        acceptance=1.0,
        rows=len(rows),
        steps=1,
        first_loss=2.0,
        last_loss=1.0,
        adapter=adapter,
        usage=Usage(),
    )


def provenance():
    trainings = [
        TrainingOrigin(trained(rows, digit * 64), rows)
        for rows, digit in zip(ROWS, "bc", strict=True)
    ]
    return provenance_of(
        a_record(),
        Origins(
            config=a_config(tags=("regulated",)),
            started=STARTED,
            train=SNAPSHOT.train,
            steer=SNAPSHOT.steer,
            trainings=trainings,
            served=ServedParts(parts=PARTS, engine={"torch": "2"}, modelsmith="0.1.0"),
            began_at=datetime(2025, 11, 3, 8, tzinfo=UTC),
        ),
    )


def test_code_machine_and_strategies_are_named():
    found = provenance()
    build, run = found["buildDefinition"], found["runDetails"]
    assert build["resolvedDependencies"][0] == {"name": "source", "digest": {"gitCommit": COMMIT}}
    assert run["builder"]["version"] == {"modelsmith": "0.1.0"}
    assert run["builder"]["id"].endswith("/clusters/local-cpu")
    assert build["internalParameters"]["engine"] == {"torch": "2"}
    assert [one["strategy"] for one in build["internalParameters"]["trainings"]] == [
        "rubric-composition",
        "rubric-composition",
    ]
    assert build["externalParameters"]["config"]["tags"] == ["regulated"]
    assert run["metadata"]["startedOn"] < run["metadata"]["finishedOn"]


def test_every_scenario_that_it_was_made_from_is_named_by_id_and_digest():
    found = provenance()
    assert dependencies_in(found, "scenario/train") == {s.id: s.digest() for s in SNAPSHOT.train}
    assert dependencies_in(found, "scenario/steer") == {s.id: s.digest() for s in SNAPSHOT.steer}


def test_every_training_row_is_named_by_its_digest():
    found = dependencies_in(provenance(), "row")
    assert found == {
        f"{number}/{place}": row.digest()
        for number, rows in enumerate(ROWS, start=1)
        for place, row in enumerate(rows, start=1)
    }


def test_what_it_was_made_from_is_named_file_by_file_and_the_adapter_is_not_among_it():
    found = provenance()
    for part in ("model", "tokenizer", "template"):
        assert dependencies_in(found, part) == PARTS[part]
    assert dependencies_in(found, "adapter") == {}


def test_no_sealed_question_is_named_but_the_version_of_all():
    found = provenance()
    told = json.dumps(found)
    assert not [one.id for one in SNAPSHOT.sealed if one.id in told or one.digest() in told]
    assert found["buildDefinition"]["internalParameters"]["sealedVersion"] == "3" * 64


def test_it_is_signed_as_it_is():
    predicate = json.loads(canonical(provenance()))
    signed = attested("lineage", {"adapter/a": "1" * 64}, predicate)
    assert attestation_in(signed, "lineage").predicate == predicate
