"""A blind recheck of a run's promotion attempt, from its evidence alone."""

import json
import re

import pytest

from modelsmith.cli import main
from modelsmith.errors import UsageError
from modelsmith.exam.benchmark import by_id
from modelsmith.loop.phases.recheck import rechecking
from tests.support.frontier_runs import JUDGES, a_frontier_run

pytestmark = pytest.mark.slow

SETTLED = "      {key}: {label}\n"


@pytest.fixture(scope="module")
def attempted(tmp_path_factory):
    workshop, _ = a_frontier_run(tmp_path_factory.mktemp("recheck"), judges=JUDGES)
    workshop.go()
    return workshop


def filled(text, asked, *, wrong=0):
    """Return the sheet labelled as judges and checks decided, but for some outcomes."""
    scenarios, parts = by_id(asked.context.snapshot.sealed), re.split(r"(?m)^(?=  - id: )", text)
    lines = [parts[0]]
    for at, (one, part) in enumerate(zip(asked.answers, parts[1:], strict=True)):
        passes = one.passed != (at < wrong)
        for key in scenarios[one.scenario].criteria():
            label = "met" if key.startswith("P") and passes else "not_met"
            part = part.replace(f"\n      {key}:\n", f"\n      {key}: {label}\n")  # noqa: PLW2901
        lines.append(part)
    return "".join(lines)


def test_the_same_evidence_draws_the_same_answers_and_both_directions_are_what_was_decided(
    attempted,
):
    asked = rechecking(attempted.tools.folder)
    assert len(asked.answers) in {12, 20}
    assert asked == asked._replace(answers=rechecking(attempted.tools.folder).answers)
    assert re.fullmatch(r"promotions/[a-z0-9-]+/[a-z0-9.-]+/recheck\.yaml", asked.path)
    assert {one.is_ours for one in asked.answers} == {True, False}
    assert asked.opinions


def test_people_who_agree_let_it_stand_and_people_who_do_not_stop_it(attempted, capsys):
    run, root = attempted.tools.folder.name, str(attempted.root)
    command = ["--repo", root, "judge", "audit", run]
    asked = rechecking(attempted.tools.folder)
    assert main([*command, "--read"]) == 3
    assert capsys.readouterr().err == (
        f"error: {asked.path} is not there\n  Write it with `modelsmith judge audit {run}`, "
        "and have somebody fill it in.\n"
    )
    assert main(command) == 0
    sheet = attempted.root / asked.path
    assert f"{asked.path} was written; label every criterion" in capsys.readouterr().out
    blank = sheet.read_text(encoding="utf-8")
    assert main(command) == 0
    assert "is there and was left as it is" in capsys.readouterr().out
    assert sheet.read_text(encoding="utf-8") == blank
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": asked.path, "is_new": False}
    assert main([*command, "--read"]) == 3
    first, *problems, more, remedy = capsys.readouterr().err.splitlines()
    assert first == f"error: {asked.path} cannot be used:"
    assert len(problems) == 5
    assert all(
        one.endswith(" is empty; expected one of met, not_met; fix: choose one of them")
        for one in problems
    )
    assert more == f"  and {len(re.findall(r'(?m)^      [PF][0-9]+:$', blank)) - 5} more"
    assert remedy == "  Write met or not_met behind each criterion's id; change nothing else."
    sheet.write_text(filled(blank, asked), encoding="utf-8")
    assert main([*command, "--read"]) == 0
    assert "passed: the judges' outcomes stand" in capsys.readouterr().out
    sheet.write_text(filled(blank, asked, wrong=8), encoding="utf-8")
    assert main([*command, "--read", "--json"]) == 1
    assert '"holds": false' in capsys.readouterr().out
    assert main(["--repo", root, "run", "replay", run]) == 0


def test_a_sheet_that_was_changed_or_lacks_a_label_is_bad_input(attempted, capsys):
    run, root = attempted.tools.folder.name, str(attempted.root)
    asked = rechecking(attempted.tools.folder)
    sheet = attempted.root / asked.path
    sheet.unlink(missing_ok=True)
    main(["--repo", root, "judge", "audit", run])
    whole = filled(sheet.read_text(encoding="utf-8"), asked)
    sheet.write_text(whole.replace("scenario: ", "scenario: X", 1), encoding="utf-8")
    assert main(["--repo", root, "judge", "audit", run, "--read"]) == 3
    assert "does not hold the answers that were drawn" in capsys.readouterr().err
    sheet.write_text(re.sub(r"\n      P1: (not_)?met", "", whole, count=1), encoding="utf-8")
    assert main(["--repo", root, "judge", "audit", run, "--read"]) == 3
    assert "has no label for A01: P1" in capsys.readouterr().err


def test_a_run_without_an_attempt_has_nothing_to_recheck(tmp_path):
    workshop, _ = a_frontier_run(tmp_path, judges=JUDGES)
    workshop.start()
    with pytest.raises(UsageError, match="has made no promotion attempt"):
        rechecking(workshop.tools.folder)
