"""Every honest mistake is told with its cause and what helps, and what helps does help."""

import pytest

from modelsmith.documents.diagnostic import Severity
from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.files.file_reports import CheckCache
from modelsmith.exam.files.fixes import make_edits
from tests.exam.mistakes.cases import EDIT, MISTAKES
from tests.support.exam_files import exam_repository, scenario_text

FILE = "benchmarks/pumps/train/PUMP_MISTAKE.yaml"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return exam_repository(tmp_path_factory.mktemp("mistakes"))


def text_with(changes):
    text = scenario_text("PUMP_MISTAKE")
    for old, new in changes:
        if not old:
            text = new.replace("{good}", text)
            continue
        assert old in text, old
        text = text.replace(old, new)
    return text


def found_in(repository, text):
    (repository / FILE).write_bytes(text.encode())
    cache = CheckCache(repository / "cache.json")
    found = ExamCheck(repository, "pumps", cache).check().diagnostics
    return [one for one in found if one.severity is not Severity.NOTE and one.path == FILE]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_named_and_its_remedy_helps(repository, mistake):
    found = found_in(repository, text_with(mistake.changes))
    told = [one for one in found if one.rule == mistake.rule and mistake.cause in one.what]
    assert told, [one.sentence for one in found]
    assert mistake.remedy in told[0].remedy
    assert bool(told[0].edits) is (mistake.right == EDIT)
    if mistake.right != EDIT:
        assert found_in(repository, text_with(mistake.right)) == []
        return
    while done := make_edits(repository, found):
        assert done
        found = found_in(repository, (repository / FILE).read_bytes().decode())
    assert [one.sentence for one in found] == []


def test_there_are_a_hundred_and_none_twice():
    assert len(MISTAKES) >= 100
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    assert len({text_with(mistake.changes) for mistake in MISTAKES}) == len(MISTAKES)
