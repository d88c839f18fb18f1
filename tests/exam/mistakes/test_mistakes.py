"""Every honest mistake is told with its cause and what helps, and what helps does help."""

import random

import pytest

from modelsmith.documents.diagnostic import Severity
from modelsmith.documents.edits import mended
from modelsmith.exam.authoring.scenario_file import report_on
from modelsmith.exam.files.benchmark_folder import ExamFolder
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


def checked(repository):
    return ExamCheck(repository, "pumps", CheckCache(repository / "cache.json")).check()


def found_in(repository, text):
    (repository / FILE).write_bytes(text.encode())
    found = checked(repository).diagnostics
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
    while make_edits(repository, found, checked(repository).digests).done:
        found = found_in(repository, (repository / FILE).read_bytes().decode())
    assert [one.sentence for one in found] == []


def test_there_are_a_hundred_and_none_twice():
    assert len(MISTAKES) >= 100
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    assert len({text_with(mistake.changes) for mistake in MISTAKES}) == len(MISTAKES)


BITS = ("%", ",", '"', "'", ": ", " #1", "\t", "\u00a0", "\u200b", "“", "- ", "[", "}", "*", "!",
        "<<<<<<< x", "```", "\n", "none", "1,234", "58%", "\r\n", "\ufeff", "---")  # fmt: skip


def damaged(seed):
    """Return a good file with a few accidents in it."""
    draws, text = random.Random(seed), scenario_text("PUMP_MISTAKE")  # noqa: S311 - no secret
    for _ in range(draws.choice([1, 1, 2, 3])):
        lines = text.split("\n")
        at, place = draws.randrange(len(lines)), draws.randrange(len(text))
        text = draws.choice(
            [
                text[:place] + draws.choice(BITS) + text[place:],
                text[:place] + text[place + 1 :],
                "\n".join(lines[:at] + lines[at + 1 :]),
                "\n".join([*lines[:at], draws.choice(lines), *lines[at:]]),
                "\n".join(
                    [*lines[:at], lines[at].replace(" ", draws.choice(BITS), 1), *lines[at + 1 :]]
                ),
            ]
        )
    return text


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_whatever_happened_to_a_file_fixing_it_comes_to_an_end(repository, first):
    benchmark = ExamFolder(repository, "pumps").benchmark()
    for seed in range(first, first + 50):
        text = damaged(seed)
        for _ in range(10):
            report, _ = report_on(benchmark, FILE, text.encode(), rubric=False)
            if not any(problem.edits for problem in report.diagnostics):
                break
            text = mended(text.removeprefix("\ufeff"), report.diagnostics).text
        else:
            pytest.fail(f"{seed}: {report.diagnostics}")
