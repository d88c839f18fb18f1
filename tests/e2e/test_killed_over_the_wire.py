"""Runs killed while judges and members of the council are asked: what is paid for stays paid for.

The providers are a server on this machine; the process that asks them is a real one, and so is the
signal. What a kill may change is one line: a question that was under way leaves a second time, and
the journal says so.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from modelsmith.boundary.call import Came, EgressEvent, Sent
from modelsmith.judges.certification.result import deciders
from modelsmith.record import sha256
from modelsmith.run.evidence import OUTBOUND
from tests.support.forging import forge, stored
from tests.support.killed_wire import Effect, Killer, a_killer
from tests.support.providers import ProviderServer
from tests.support.runs import Workshop, files_in
from tests.support.wired_councils import JUDGES, WiredRoom, a_judged_council
from tests.support.wired_runs import wired_providers

pytestmark = pytest.mark.slow

EVAL, TRAIN, EXPAND = "001-eval", "002-train", "003-expand"
WALKED = ["started", "evaluated", "trained", "expanded", "halted"]


@dataclass(frozen=True)
class Stage:
    """The providers, what is killed while it asks them, and a run that nobody killed."""

    server: ProviderServer
    killer: Killer
    whole: Workshop

    def since(self, call: int) -> Counter[str]:
        """Return what has arrived since, by digest."""
        return Counter(sha256(request.body) for request in self.server.requests[call:])

    def sent(self) -> list[tuple[str, Sent]]:
        """Return what the whole run sent, in order, each with its phase."""
        return [
            (phase, line)
            for phase in (EVAL, TRAIN, EXPAND)
            for line in lines_of(self.whole, phase)
            if isinstance(line, Sent)
        ]


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Iterator[Stage]:
    with wired_providers(WiredRoom()) as server, a_killer(server) as killer:
        whole = a_judged_council(tmp_path_factory.mktemp("whole"), server.port)
        whole.go()
        yield Stage(server, killer, whole)


def lines_of(workshop: Workshop, phase: str) -> tuple[EgressEvent, ...]:
    return OUTBOUND.decode((workshop.folder / OUTBOUND.at(phase)).read_bytes())


def test_the_whole_run_is_judged_by_a_panel_and_its_council_is_asked(stage):
    assert stage.whole.events() == WALKED
    assert deciders(stage.whole.certified_judges, JUDGES) == JUDGES
    asked = Counter((phase, line.purpose) for phase, line in stage.sent())
    assert asked.keys() == {
        (EVAL, "judge"),
        (TRAIN, "judge"),
        (EXPAND, "council"),
        (EXPAND, "judge"),
    }
    assert min(asked.values()) >= 18
    assert {line.sha256 for _, line in stage.sent()} == stage.since(0).keys()


@pytest.mark.parametrize("effect", ["arrived", "kept"])
@pytest.mark.parametrize("place", [(EVAL, "judge"), (EXPAND, "council")])
def test_a_run_killed_while_it_asks_repeats_no_finished_call_and_ends_the_same(
    stage, tmp_path, place, effect: Effect
):
    sent = [line for _, line in stage.sent()]
    there = [n for n, (phase, line) in enumerate(stage.sent(), 1) if (phase, line.purpose) == place]
    number, begun = there[len(there) // 2], len(stage.server.requests)
    stage.killer.killed("judged council", tmp_path, effect, number)
    workshop, phase = a_judged_council(tmp_path, stage.server.port), place[0]
    assert workshop.events() == WALKED[: int(phase[:3])]
    assert stage.since(begun) == Counter(line.sha256 for line in sent[:number])
    left = lines_of(workshop, phase)
    assert isinstance(left[-1], Sent)
    assert left[-1].call == sent[number - 1].call

    # Every finished call was made once, by what the providers count
    workshop.go()
    again = sent[number - 1].sha256 if effect == "arrived" else None
    expected = Counter(line.sha256 for line in sent) + Counter([again] if again else [])
    assert stage.since(begun) == expected
    assert workshop.replay().differences == ()
    assert Counter(line.call for line in lines_of(workshop, phase) if isinstance(line, Came)) == (
        Counter(line.call for line in lines_of(stage.whole, phase) if isinstance(line, Came))
    )

    # No byte differs, but that what left twice is written down twice
    if again:
        take_back_one(workshop, phase, sent[number - 1])
    assert files_in(workshop.folder) == files_in(stage.whole.folder)


def take_back_one(workshop: Workshop, phase: str, sent: Sent) -> None:
    """Take one of the two lines that say that `sent` left out of a journal, and chain anew."""
    path = workshop.folder / OUTBOUND.at(phase)
    lines = path.read_bytes().splitlines(keepends=True)
    line = sent.canonical() + b"\n"
    assert lines.count(line) == 2
    lines.remove(line)
    path.write_bytes(b"".join(lines))
    forge(workshop.folder, stored(workshop.folder))
