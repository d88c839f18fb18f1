"""Baselines and judges over three wires: what is asked, what it costs, who decides, what is seen.

The providers are a server on this machine; what they say is scripted, what asks them is not.
"""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from modelsmith.boundary.call import Came, EgressEvent, Sent, egress_events_of
from modelsmith.cli import main
from modelsmith.errors import BlockedError
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import sha256
from tests.support.frontier_runs import BASELINES
from tests.support.killed_wire import a_killer
from tests.support.providers import ProviderServer
from tests.support.runs import SIZES, Workshop
from tests.support.wired_runs import (
    JUDGES,
    KEYS,
    WiredFrontier,
    a_wired_run,
    asked_in,
    wired_providers,
)

pytestmark = pytest.mark.slow

TRUSTED = ("claude-j", "gemini-j", "gpt-j")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with wired_providers(WiredFrontier()) as found:
        yield found


def lines_of(workshop: Workshop) -> list[EgressEvent]:
    """Return every line of every phase's journal."""
    paths = sorted(workshop.folder.glob("*/outbound.jsonl"))
    return [line for path in paths for line in egress_events_of(path.read_bytes())]


def told_of(workshop: Workshop, capsys) -> dict:
    """Return what `modelsmith boundary report` says of a run."""
    capsys.readouterr()
    command = ["--repo", str(workshop.root), "boundary", "report", workshop.folder.name, "--json"]
    assert main(command) == 0
    return json.loads(capsys.readouterr().out)


def bill_of(workshop: Workshop) -> float:
    return sum(line.cost_usd for line in lines_of(workshop) if isinstance(line, Came))


def entered_of(workshop: Workshop) -> float:
    """Return what the ledger says that a run paid."""
    usages = [entry.facts["usage"] for entry in workshop.entries() if "usage" in entry.facts]
    return sum(usage["cost_usd"] for usage in usages)


def test_a_judged_run_knows_its_bill_its_panels_and_what_each_provider_saw(
    server, tmp_path, capsys
):
    # The exam finds the judge that errs, and nothing is asked for a run that names it
    workshop = a_wired_run(tmp_path, server.port, judges=JUDGES)
    sat = len(server.calls)
    refused = r"mistral-j has not passed the exam: specificity 0\.000, .* at least 0\.75 expected"
    with pytest.raises(BlockedError, match=refused) as blocked:
        workshop.go()
    assert not [judge for judge in TRUSTED if judge in str(blocked.value)]
    assert len(server.calls) == sat
    workshop = a_wired_run(
        tmp_path, server.port, judges=TRUSTED, certified_judges=workshop.certified_judges
    )
    workshop.go()
    assert workshop.events()[-1] == "staged"

    # Who decides: the best judge alone, since none errs, another where it is the baseline's kin,
    # and in no comparison the one that accepts what is learnt
    (path,) = workshop.folder.glob("*-promote/record.json")
    record = PromotionRecord.model_validate_json(path.read_bytes())
    panels = {compared.system: compared.panel.judges for compared in record.baselines}
    best, next_best, picker = ("claude-j",), ("gpt-j",), "gemini-j"
    assert panels == {"claude-1": next_best, "gemini-1": best, "gpt-1": best}
    calls = server.calls[sat:]
    asked = Counter(asked_in(call) for call in calls)
    assert set(asked) == {*BASELINES, *best, *next_best, picker}

    # What left, by the journal, by the report and by the providers
    told = told_of(workshop, capsys)
    assert {c["model"]: c["attempts"] for c in told["crossings"]} == asked
    sent = [line for line in lines_of(workshop) if isinstance(line, Sent)]
    bodies = Counter(sha256(request.body) for request in server.requests[sat:])
    assert Counter(line.sha256 for line in sent) == bodies
    size = sum(len(request.body) for request in server.requests[sat:])
    assert sum(c["size_bytes"] for c in told["crossings"]) == size
    cost = sum(c["cost_usd"] for c in told["crossings"])
    assert cost == pytest.approx(bill_of(workshop), abs=1e-5)
    assert cost == pytest.approx(entered_of(workshop), abs=1e-5)
    assert cost > 0
    seen = {s["provider"]: s for s in told["seen"] if s["split"] == "sealed"}
    assert set(seen) == {"anthropic", "google", "openai"}
    for provider, one in seen.items():
        assert (len(one["scenarios"]), one["of"]) == (SIZES["sealed"],) * 2
        assert one["answers"] is (provider != "google")  # whose judge picks in train alone

    # It replays without asking, and a second run pays no baseline again
    before = len(server.calls)
    assert workshop.replay().differences == ()
    assert len(server.calls) == before
    again = a_wired_run(tmp_path, server.port, run="again")
    before = len(server.calls)
    again.go()
    assert "evaluated" in again.events()
    assert len(server.calls) == before
    assert bill_of(again) == 0

    # The keys stand nowhere
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    records = [repr((r.path, r.headers, r.body)).encode() for r in server.requests]
    for key in KEYS.values():
        assert not [one for one in (*files, *records) if key.encode() in one]


@pytest.mark.parametrize("number", [20, 60])
def test_a_run_killed_while_it_asks_repeats_no_finished_call(server, tmp_path, capsys, number):
    with a_killer(server) as killer:
        killer.killed("baselines", tmp_path, "arrived", number)
    workshop = a_wired_run(tmp_path, server.port)
    left = lines_of(workshop)
    finished = {line.call for line in left if isinstance(line, Came)}
    assert finished
    before = sum(isinstance(line, Sent) for line in left)

    workshop.go()
    assert workshop.events()[-1] == "staged"
    lines = lines_of(workshop)
    sent = [line for line in lines if isinstance(line, Sent)]
    attempts = Counter(line.call for line in sent)
    assert {attempts[call] for call in finished} == {1}
    assert len(sent) > before
    arrived = Counter(sha256(request.body) for request in server.requests)
    assert {arrived[line.sha256] for line in sent if line.call in finished} == {1}
    assert arrived <= Counter(line.sha256 for line in sent)

    told = told_of(workshop, capsys)
    cost = sum(crossing["cost_usd"] for crossing in told["crossings"])
    assert cost == pytest.approx(bill_of(workshop), abs=1e-5)
    assert cost == pytest.approx(entered_of(workshop), abs=1e-5)
    assert workshop.replay().differences == ()
