import json
import subprocess
from dataclasses import replace

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.prompt import prompt_for
from modelsmith.loop.phases.context_history import context_of, contexts
from modelsmith.loop.phases.promotion_bundle import bundled, origins_of
from modelsmith.models.fingerprint import Fingerprint, match_of
from modelsmith.promotion.bundle import (
    CARD,
    CONTRACT,
    EVALUATION,
    EVIDENCE,
    FINGERPRINT,
    LINEAGE,
    LIVE,
    PAGE,
    PARTS,
    REQUEST,
    Request,
    ServedParts,
)
from modelsmith.promotion.channel import Pointer, Release, pointer_content, pointer_path
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.record import canonical, sha256
from modelsmith.run.evidence import evidence_of
from modelsmith.run.state_machine import Event
from tests.support.predicates import dependencies_in
from tests.support.runs import a_workshop, an_exam, learning

pytestmark = pytest.mark.slow

BEFORE = Release(specialist="floor-desk", version="first-1", bundle_sha256="a" * 64)


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("bundled"), tags=("regulated",))
    workshop.go()
    return workshop


@pytest.fixture(scope="module")
def place(staged):
    return staged.folder / "009-promote"


def read(place, name, kind):
    return kind.model_validate_json((place / name).read_bytes())


def rounds_of(staged):
    return [(staged.folder / name).read_bytes() for name in sorted(staged.folder.glob("*/rows.*"))]


# The request


def test_the_request_names_every_file_the_run_and_the_entry_that_it_stands_on(staged, place):
    request = read(place, REQUEST, Request)
    assert request.evidence == {name: sha256((place / name).read_bytes()) for name in EVIDENCE}
    assert request.ledger_sha256 == staged.entries()[-2].digest()
    assert (request.run, request.specialist, request.version) == ("tiny", "adtech-tiny", "tiny-2")
    assert (request.channel, request.tags) == ("sandbox", ("regulated",))
    assert request.parts == read(place, PARTS, ServedParts).parts


def test_each_file_is_evidence_of_the_last_entry(staged):
    named = {path.rpartition("/")[2] for path in staged.entries()[-1].evidence}
    assert {*EVIDENCE, REQUEST, PARTS, LIVE} <= named


def test_the_same_run_elsewhere_makes_the_same_request(staged, place, tmp_path):
    other = a_workshop(tmp_path, tags=("regulated",))
    other.go()
    assert (other.folder / "009-promote" / REQUEST).read_bytes() == (place / REQUEST).read_bytes()


def test_it_replays_equal(staged):
    assert staged.replay().differences == ()


# The fingerprint


def test_the_fingerprint_asks_train_questions_alone(staged, place):
    found = read(place, FINGERPRINT, Fingerprint)
    snapshot = staged.snapshot
    asked = [spot.prompt for spot in found.spots]
    assert asked == [prompt_for(snapshot.benchmark, one) for one in snapshot.train[:3]]
    held_out = {prompt_for(snapshot.benchmark, s) for s in (*snapshot.steer, *snapshot.sealed)}
    assert not held_out.intersection(asked)


def test_the_candidate_is_told_from_the_base_model(place):
    found = read(place, FINGERPRINT, Fingerprint)
    assert match_of(found, [spot.specialist for spot in found.spots]).holds
    assert not match_of(found, [spot.base for spot in found.spots]).holds


# The parts


def test_every_file_that_is_served_has_its_digest(staged, place):
    served = read(place, PARTS, ServedParts)
    adapter = staged.tools.store.get(staged.entries()[-1].facts["adapter"])
    assert served.parts["adapter"] == {
        file.name: sha256(file.read_bytes()) for file in adapter.iterdir()
    }
    assert {"model", "tokenizer", "template"} <= served.parts.keys()
    assert served.engine["adapter"] == staged.entries()[-1].facts["adapter"]


# The contract


def test_the_canary_is_of_steer_with_what_the_candidate_did_on_it(staged, place):
    contract = read(place, CONTRACT, Contract)
    steer = {one.id: one for one in staged.snapshot.steer}
    assert contract.canary
    for one in contract.canary:
        assert one.scenario_sha256 == steer[one.scenario].digest()
        assert one.reference == 1.0  # it learned all of them
    assert contract.exam_sha256 == sha256((staged.folder / "000-intake/exam.json").read_bytes())
    assert contract.target is None


def publish(root, channel, content):
    file = root / pointer_path(channel)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for words in (("add", "-A", "promotions"), ("commit", "-q", "-m", "Go live")):
        subprocess.run(["git", *person, *words], cwd=root, check=True)


def test_what_is_live_when_it_is_examined_comes_back(tmp_path):
    workshop = a_workshop(tmp_path)
    live = pointer_content(Pointer(channel="sandbox", live=BEFORE))
    publish(tmp_path, "sandbox", live)
    workshop.go()
    place = workshop.folder / "009-promote"
    assert read(place, CONTRACT, Contract).target == BEFORE
    assert (place / LIVE).read_bytes() == live.rstrip(b"\n")
    assert "floor-desk first-1 goes live again" in (place / PAGE).read_text()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"channel: sandbox\n", "cannot be read"),
        (
            pointer_content(Pointer(channel="production", live=None)),
            "is of channel production",
        ),
    ],
)
def test_a_pointer_that_is_none_stops_the_promotion(tmp_path, content, found):
    workshop = a_workshop(tmp_path)
    publish(tmp_path, "sandbox", content)
    words = f"promotions/channels/sandbox.yaml on the branch of record {found}"
    with pytest.raises(BrokenRecordError, match=words):
        workshop.go()


# Lineage, evaluation, card


def test_the_lineage_names_every_row_that_the_candidate_learned(staged, place):
    rows = dependencies_in(json.loads((place / LINEAGE).read_bytes()), "row")
    written = [
        line for content in rounds_of(staged) for line in content.splitlines()
    ]  # two trainings, both of which it stands on
    assert sorted(rows.values()) == sorted(map(sha256, written))


@pytest.mark.parametrize("name", [LINEAGE, EVALUATION, FINGERPRINT, CONTRACT, CARD, PAGE])
def test_no_sealed_question_is_named(staged, place, name):
    told = (place / name).read_text().replace("\\_", "_")
    for one in staged.snapshot.sealed:
        assert one.id not in told
        assert one.family not in told
        assert one.description.strip() not in told


# What was altered


def forged(staged, name, change):
    """Return what the bundle is where one raw file says something else."""
    case = context_of(staged.tools.folder)
    raw = dict(evidence_of(case.entries[-1], case.read))
    (file,) = (one for one in raw if one.name == name)
    raw[file] = change(raw[file])
    return raw


def test_a_fingerprint_of_other_questions_is_refused(staged):
    def other(content):
        value = json.loads(content)
        value["spots"][0]["prompt"][-1]["content"] = "Is it so?"
        return canonical(value)

    raw = forged(staged, FINGERPRINT, other)
    words = "fingerprint.json asks something else than the first 3 train questions"
    with pytest.raises(BrokenRecordError, match=words):
        bundled(context_of(staged.tools.folder), raw, None, {})


def test_a_candidate_that_no_assess_entry_knows_is_refused(staged):
    case = context_of(staged.tools.folder)
    other = replace(case, progress=case.progress.model_copy(update={"adapter": "f" * 64}))
    raw = forged(staged, LIVE, lambda content: content)
    with pytest.raises(BrokenRecordError, match="no assess entry has the candidate's answers"):
        bundled(other, raw, None, {})


def test_an_attempt_of_before_there_were_bundles_has_none(staged):
    assert bundled(context_of(staged.tools.folder), {}, None, {}) == {}


# Runs that went back


def test_only_trainings_that_the_candidate_stands_on_are_its_own(tmp_path):
    exam = an_exam({"train": 2, "steer": 8, "sealed": 2})
    workshop = a_workshop(tmp_path, exam=exam, skill=learning(0.05, 0.7, 0.0))
    workshop.steps(8)
    known = list(contexts("tiny", workshop.tools.folder.read, workshop.entries()))
    served = ServedParts(parts={}, engine={}, modelsmith="0.1.0")
    made = [e.facts["adapter"] for e in workshop.entries() if e.event is Event.TRAINED]
    before = origins_of(known[7], served).trainings
    after = origins_of(known[8], served).trainings
    assert [each.facts.adapter for each in before] == made
    assert [each.facts.adapter for each in after] == made[:1]
    assert [len(each.rows) for each in after] == [after[0].facts.rows]
