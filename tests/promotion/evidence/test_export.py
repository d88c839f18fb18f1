import json
import subprocess

import pytest

from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.promotion.bundle import EVALUATION, LINEAGE, RECORD, REQUEST, Request
from modelsmith.promotion.evidence.export import exported
from modelsmith.promotion.evidence.export_model_signing import root_of
from modelsmith.run.git.history import GitHistory
from tests.support.runs import a_workshop

BRANCH, PLACE = "modelsmith/tiny/promote", "adtech-tiny/tiny-2"


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("exported"))
    workshop.go()
    return workshop


def export(root, form="cyclonedx", revision=BRANCH, place=PLACE):
    with GitHistory(root) as history:
        return exported(history, revision, place, form)


def request_of(staged):
    return Request.model_validate_json((staged.folder / "009-promote" / REQUEST).read_bytes())


def test_a_bom_is_valid_by_cyclonedx_own_schema(staged):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from rfc3986_validator import validate_rfc3986

    text = export(staged.root).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    references = json.loads(text)["metadata"]["component"]["externalReferences"]
    assert all(validate_rfc3986(one["url"], rule="URI_reference") for one in references)


def test_a_bom_names_every_file_that_is_served_and_every_file_of_the_bundle(staged):
    request, bom = request_of(staged), json.loads(export(staged.root))
    named = {one["name"]: one["hashes"][0]["content"] for one in bom["components"]}
    for part, files in request.parts.items():
        for path, digest in files.items():
            assert named[f"{part}/{path}"] == digest
    subject = bom["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("adtech-tiny", "tiny-2")
    assert {
        one["url"].rpartition("/")[2]: one["hashes"][0]["content"]
        for one in subject["externalReferences"]
    } == request.evidence
    metrics = subject["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {"candidate", "stand-in:zero-shot"} <= {one["slice"] for one in metrics}
    limits = subject["modelCard"]["considerations"]["technicalLimitations"]
    assert "stand-in: the untouched base model, no frontier model" in limits


def test_no_sealed_question_is_named_in_a_bom(staged):
    told = export(staged.root).decode()
    assert not [one.id for one in staged.snapshot.sealed if one.id in told]


def test_a_manifest_is_over_the_adapter(staged):
    found = json.loads(export(staged.root, "model-signing"))
    (subject,) = found["subject"]
    assert subject["digest"]["sha256"] == root_of(request_of(staged).parts["adapter"])


@pytest.mark.parametrize("form", ["cyclonedx", "model-signing"])
def test_the_same_promotion_gives_the_same_bytes(staged, form):
    assert export(staged.root, form) == export(staged.root, form, place=f"promotions/{PLACE}/")


# Refusals


def test_a_promotion_that_is_not_there_is_refused(staged):
    words = f"promotions/{PLACE} at main has no request.json"
    with pytest.raises(UsageError, match=words):
        export(staged.root, revision="main")


def test_a_revision_that_is_not_there_is_refused(staged):
    with pytest.raises(UsageError, match="there is no commit nowhere"):
        export(staged.root, revision="nowhere")


def altered(staged, tmp_path, name, content, place=PLACE):
    root = tmp_path / "clone"
    words = ["git", "clone", "-q", "-b", BRANCH, str(staged.root), str(root)]
    subprocess.run(words, check=True, capture_output=True)
    file = root / "promotions" / place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for words in (["add", "-A"], ["commit", "-q", "-m", "Alter it"]):
        subprocess.run(["git", *person, *words], cwd=root, check=True)
    return root


@pytest.mark.parametrize("name", [RECORD, EVALUATION, LINEAGE])
def test_a_file_that_is_not_what_was_approved_is_refused(staged, tmp_path, name):
    root = altered(staged, tmp_path, name, b"{}")
    words = f"promotions/{PLACE}/{name} is not what request.json names"
    with pytest.raises(BrokenRecordError, match=words):
        export(root, revision="HEAD")


def test_a_request_that_cannot_be_read_is_refused(staged, tmp_path):
    root = altered(staged, tmp_path, REQUEST, b"{}")
    with pytest.raises(BrokenRecordError, match=f"promotions/{PLACE}/request.json cannot be read"):
        export(root, revision="HEAD")


def test_a_request_of_another_promotion_is_refused(staged, tmp_path):
    content = request_of(staged).canonical()
    root = altered(staged, tmp_path, REQUEST, content, place="adtech-tiny/other-1")
    words = "promotions/adtech-tiny/other-1/request.json is of adtech-tiny tiny-2"
    with pytest.raises(BrokenRecordError, match=words):
        export(root, revision="HEAD", place="adtech-tiny/other-1")
