import json
import re

import pytest

from modelsmith.cli import main
from tests.support.runs import a_workshop

PLACE, BRANCH = "adtech-tiny/tiny-2", "modelsmith/tiny/promote"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("exported"))
    workshop.go()
    return workshop.root


@pytest.fixture
def run(root, capsys):
    def run(*words, code=0):
        ended = main(["--repo", str(root), "promotion", "export", *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


@pytest.mark.parametrize(
    ("form", "key", "value"),
    [
        ("cyclonedx", "specVersion", "1.6"),
        ("model-signing", "predicateType", "https://model_signing/signature/v1.0"),
    ],
)
def test_it_prints_one_json_document_and_the_same_one_twice(run, form, key, value):
    said = run(PLACE, "--format", form, "--revision", BRANCH)
    assert json.loads(said)[key] == value
    assert run(PLACE, "--format", form, "--revision", BRANCH) == said


def test_a_promotion_that_is_not_there_ends_with_2_and_what_to_name(run):
    said = run(PLACE, "--format", "cyclonedx", code=2)
    assert f"promotions/{PLACE} at HEAD has no request.json" in said
    assert "Name SPECIALIST/VERSION of a promotion" in " ".join(said.split())


@pytest.mark.parametrize("words", [(PLACE,), (PLACE, "--format", "spdx")])
def test_a_format_must_be_chosen_from_the_two(run, words):
    assert re.search("cyclonedx.*model-signing", run(*words, code=2), re.DOTALL)
