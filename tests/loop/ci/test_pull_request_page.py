import pytest

from modelsmith.loop.ci.pull_request_page import ASKED, offer_page
from modelsmith.loop.ci.pull_requests import offers_of
from modelsmith.loop.status import status_of
from tests.support.killed_run import EXAM, SKILL
from tests.support.runs import a_workshop


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("refused"), exam=EXAM, skill=SKILL)
    workshop.go()
    return workshop


def test_a_page_says_what_is_asked_with_the_figures_and_the_commands(refused):
    entries = refused.entries()
    offer = offers_of("tiny", refused.config, entries)[-1]
    status = status_of("tiny", refused.config, entries, None)
    page = offer_page(offer, status, entries[-1].digest(), "## Sealed, attempt 1\n\n| a |\n")
    assert page.startswith(ASKED["run"])
    assert "run tiny: refused, round 1 of 3" in page
    assert "note: baselines are stand-ins" in page
    assert "\n## Sealed, attempt 1\n\n| a |\n" in page
    assert "modelsmith run replay tiny   # every figure again" in page
    assert page.endswith(f"Entry 5 of run `tiny`, sha256 `{entries[-1].digest()}`.")


def test_a_run_that_has_just_begun_offers_nothing(refused):
    assert offers_of("tiny", refused.config, refused.entries()[:3]) == ()
    assert offers_of("tiny", refused.config, ()) == ()


def test_every_label_asks_people_for_something():
    assert set(ASKED) == {"proposal", "promotion", "run"}
