"""The loop, written a second time by hand: a table walked against itself cannot be wrong."""

import re

import pytest

from modelsmith.errors import TransitionError
from modelsmith.run.state_machine import (
    PHASES,
    START,
    TERMINAL,
    TRANSITIONS,
    Event,
    LoopPosition,
    State,
    accepted,
    advance,
    replayed,
)
from tests.support.models import ROOT

EXPECTED = """
    intake started eval
    eval evaluated train
    eval halted halted
    train trained expand
    train halted halted
    expand expanded assess
    expand halted halted
    assess continued eval
    assess escalated eval
    assess converged promote
    assess halted halted
    promote staged staged
    promote refused refused
    promote halted halted
"""
ROWS = {(row.split()[0], row.split()[1]): row.split()[2] for row in EXPECTED.strip().splitlines()}
WORKING = {"intake", "eval", "train", "expand", "assess", "promote"}
OVER = {"staged", "refused", "halted"}


def test_the_table_is_the_list_above():
    assert {
        (state.value, event.value): target.value
        for state, row in TRANSITIONS.items()
        for event, target in row.items()
    } == ROWS


def test_the_readme_shows_this_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    diagram = text.split("<!-- loop: begin -->")[1].split("<!-- loop: end -->")[0]
    arrows = re.findall(r"^\s+(\w+) --> (\w+): (\w+)$", diagram, re.MULTILINE)
    assert {(source, event): target for source, target, event in arrows} == ROWS
    assert len(arrows) == len(ROWS)
    assert re.findall(r"\[\*\] --> (\w+)", diagram) == ["intake"]
    after = text.split("<!-- loop: end -->")[1]
    assert after.lstrip().startswith("Any phase may also be `blocked`")


def test_phases_have_work_to_do_and_nothing_follows_the_others():
    assert {state.value for state in PHASES} == WORKING
    assert {state.value for state in TERMINAL} == OVER


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", [state for state in State if state is not State.BLOCKED])
def test_every_pair_is_a_row_or_an_error_that_names_what_is_accepted(state, event):
    target = ROWS.get((state.value, event.value))
    if target is not None:
        assert advance(LoopPosition(state), event) == LoopPosition(State(target))
    elif event is Event.BLOCKED and state.value in WORKING:
        assert advance(LoopPosition(state), event) == LoopPosition(State.BLOCKED, state)
    else:
        with pytest.raises(TransitionError) as refusal:
            advance(LoopPosition(state), event)
        assert refusal.value.what == f"a run in {state} cannot record {event}"
        options = [name for source, name in ROWS if source == state.value]
        if state.value in WORKING:
            assert refusal.value.remedy == f"It accepts {', '.join([*options, 'blocked'])}."
        else:
            assert refusal.value.remedy == "It accepts nothing: the run is over."


@pytest.mark.parametrize("phase", sorted(PHASES))
def test_unblocking_returns_to_where_the_run_was_and_nowhere_else(phase):
    blocked = advance(LoopPosition(phase), Event.BLOCKED)
    assert accepted(blocked) == {Event.UNBLOCKED: LoopPosition(phase)}
    assert advance(blocked, Event.UNBLOCKED) == LoopPosition(phase)
    with pytest.raises(TransitionError, match="a run in blocked cannot record evaluated"):
        advance(blocked, Event.EVALUATED)


def test_every_state_is_reached_from_the_start():
    reached, frontier = {START}, [START]
    while frontier:
        for position in accepted(frontier.pop()).values():
            if position not in reached:
                reached.add(position)
                frontier.append(position)
    assert {position.state for position in reached} == set(State)
    assert {p.returns_to for p in reached if p.state is State.BLOCKED} == set(PHASES)


def test_events_replay_to_the_position_they_lead_to():
    events = [Event.STARTED, Event.EVALUATED, Event.BLOCKED, Event.UNBLOCKED, Event.TRAINED]
    assert replayed(events) == LoopPosition(State.EXPAND)
    assert replayed([]) == START == LoopPosition(State.INTAKE)
    with pytest.raises(TransitionError, match="a run in eval cannot record started"):
        replayed([Event.STARTED, Event.STARTED])
