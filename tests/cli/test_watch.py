"""What `modelsmith watch` says, and how it ends."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.cli.watch import print_rounds
from modelsmith.errors import EngineError, SignatureError
from modelsmith.live.watch.page import Watched
from modelsmith.live.watch.watch import watch_once, watch_rounds
from tests.support.local_site import local_site
from tests.support.watched import CATEGORIES, Scene, until_reverted

DOWN = Watched(channel="sandbox", outcome="down", release=None, contract=None, reading=None)
UNSEEN = EngineError("no such model", remedy="Fetch it.")


@pytest.fixture
def scene(tmp_path):
    with local_site(tmp_path) as site:
        yield Scene(site)


def said(capsys, found, *, as_json=False):
    code = print_rounds("sandbox", found, as_json=as_json)
    return code, capsys.readouterr()


def test_a_round_is_told_with_its_figures_and_how_far_it_is_from_what_follows(scene, capsys):
    first = scene.promote("v1")
    scene.says.lost = {CATEGORIES[0]}
    code, printed = said(capsys, [watch_once(scene.watch())])
    assert code == 0
    digest = first.request.digest()[:12]
    head, evidence, *categories, lost = printed.out.splitlines()
    assert head == f"sandbox: desk v1 ({digest}), round 1: as promoted"
    assert evidence.endswith("; warns at 500, reverts at 5000")
    assert categories[0].startswith(f"  {CATEGORIES[0]}")
    assert "0 of 0 passed, 0.0 expected, evidence 0.0, floor 0.50 held" in categories[0]
    assert "2 of 2 passed, 2.0 expected, evidence 1." in categories[1]
    assert lost == "  the first lost answer: out of memory (scripted)"


def test_a_revert_is_told_and_ends_with_1(scene, capsys):
    scene.promote("v2", scene.promote("v1"))
    scene.says.forgot = set(CATEGORIES)
    rounds = until_reverted(scene)
    code, printed = said(capsys, rounds)
    assert code == 1
    assert "round 2: TAKEN BACK, desk v1 is live again (pull request " in printed.out
    assert "floor 0.50 BROKEN for 2 rounds in a row" in printed.out


def test_a_warning_is_told_and_ends_with_0(scene, capsys):
    scene.promote("v1", detector={"warn": 2.0, "revert": 1e9})
    scene.says.forgot = set(CATEGORIES)
    code, printed = said(capsys, [watch_once(scene.watch())])
    assert code == 0
    assert "worse than promoted, people were told (issue 1)" in printed.out


def test_what_is_due_and_left_to_others_ends_with_0(scene, capsys):
    scene.promote("v1")
    scene.says.forgot = set(CATEGORIES)
    found = list(watch_rounds(scene.watch(only="ask"), rounds=2, pause=lambda: None, goes_on=False))
    code, printed = said(capsys, found)
    assert code == 0
    assert "TAKING IT BACK IS DUE" in printed.out


def test_a_channel_that_is_down_ends_with_1(capsys):
    code, printed = said(capsys, [DOWN])
    assert (code, printed.out) == (1, "sandbox: nothing is live; the channel is down\n")


def test_what_could_not_be_observed_ends_with_5_and_is_no_observation(capsys):
    code, printed = said(capsys, [UNSEEN])
    assert code == 5
    assert printed.err == "sandbox: not observed: no such model\n  Fetch it.\n"


def test_what_is_not_signed_ends_with_4(capsys):
    assert said(capsys, [SignatureError("not signed", remedy="Sign it.")])[0] == 4


def test_the_last_round_counts_but_for_what_was_taken_back(scene, capsys):
    scene.promote("v1")
    quiet = watch_once(scene.watch())
    assert said(capsys, [UNSEEN, quiet])[0] == 0
    assert said(capsys, [quiet, UNSEEN])[0] == 5
    reverted = quiet.model_copy(update={"outcome": "reverted", "why": "why"})
    assert said(capsys, [reverted, quiet])[0] == 1


def test_records_are_printed_one_a_line(scene, capsys):
    scene.promote("v1")
    _, printed = said(capsys, [watch_once(scene.watch()), DOWN], as_json=True)
    first, second = map(json.loads, printed.out.splitlines())
    assert first["outcome"] == "quiet"
    assert first["release"]["specialist"] == "desk"
    assert first["reading"]["answers"] == 6
    assert second["outcome"] == "down"


def test_what_followed_is_on_the_jobs_page(tmp_path, monkeypatch, capsys):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    said(capsys, [DOWN])
    assert "nothing is live; the channel is down" in page.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Missing option '--channel'"),
        (("--channel", "elsewhere"), "'elsewhere' is not one of 'sandbox', 'production'"),
        (("--channel", "sandbox", "--rounds", "0"), "0 is not in the range x>=1"),
        (("--channel", "sandbox", "--every", "0"), "0.0 is not in the range x>=1"),
        (("--channel", "sandbox", "--only", "look"), "'look' is not one of 'ask', 'act'"),
    ],
)
def test_words_that_do_not_fit_end_with_2(words, message, capsys):
    assert main(["watch", *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
