"""Progress: bars on a terminal, a few plain lines in a log, nothing when asked for nothing."""

import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from modelsmith.disk.console import LOG_EVERY_S, ConsoleProgress, NoProgress

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Seconds:
    """A clock that a test moves."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


@pytest.fixture
def log():
    clock, stream = Seconds(), io.StringIO()
    return ConsoleProgress(stream, clock), clock, stream


def on_a_terminal(act):
    """Return what `act` writes when its progress goes to a pseudo-terminal."""
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        act(ConsoleProgress(stream))
        stream.flush()
        os.set_blocking(reader, False)
        written = b""
        while True:
            try:
                written += os.read(reader, 65_536)
            except BlockingIOError:
                break
    os.close(reader)
    return written.decode()


def lines_of(written):
    return [line.rstrip() for line in CONTROL.sub("", written).split("\n")]


def test_a_phase_says_its_facts(log):
    progress, _, stream = log
    progress.phase("train", {"round": "2", "rows": "90"})
    progress.phase("assess", {})
    progress.say("first scores")
    assert stream.getvalue() == "== train (round 2, rows 90)\n== assess\nfirst scores\n"


def test_a_log_gets_the_first_line_the_end_and_few_between(log):
    progress, clock, stream = log
    for done in range(241):
        progress.track("steer", done, 240)
        clock.at += 0.125
    assert stream.getvalue().splitlines() == [
        "   steer 0/240, 0 s",
        "   steer 120/240, 15 s, 15 s left",
        "   steer 240/240, 30 s",
    ]


def test_what_was_done_before_does_not_make_the_rest_look_fast(log):
    progress, clock, stream = log
    progress.track("training", 90, 100, "loss 0.5")
    clock.at += LOG_EVERY_S
    progress.track("training", 95, 100, "loss 0.4")
    assert stream.getvalue().splitlines() == [
        "   training 90/100, 0 s loss 0.5",
        "   training 95/100, 15 s, 15 s left loss 0.4",
    ]


def test_work_of_the_same_name_begins_anew(log):
    progress, clock, stream = log
    progress.track("steer", 2, 2)
    clock.at += 40
    progress.track("steer", 2, 2)
    progress.track("proposals", 0, 0)
    assert stream.getvalue() == "   steer 2/2, 0 s\n   steer 2/2, 0 s\n   proposals 0/0, 0 s\n"


def test_a_log_holds_no_control_characters(log):
    progress, _, stream = log
    progress.phase("eval", {})
    progress.track("steer", 1, 1, "[bold]note")
    assert not CONTROL.search(stream.getvalue())
    assert "[bold]note" in stream.getvalue()


def test_a_terminal_shows_a_bar_to_its_end():
    def act(progress):
        progress.phase("eval", {"round": "1"})
        for done in range(4):
            progress.track("steer [3]", done, 3, f"note {done}")

    written = on_a_terminal(act)
    last = lines_of(written)
    assert last[0] == "== eval (round 1)"
    assert any(re.search(r"steer \[3\] .*3/3 .*note 3", line) for line in last)
    assert written.rindex(SHOW) > written.rindex(HIDE)


def test_a_terminal_gets_lines_above_the_bar_and_all_of_them():
    def act(progress):
        progress.track("training", 1, 2)
        progress.say("[red]" + "x" * 300)
        progress.track("training", 2, 2)
        progress.say("after")

    shown = lines_of(on_a_terminal(act))
    assert any("[red]" + "x" * 300 in line for line in shown)
    assert "after" in shown


def test_a_new_phase_ends_the_bars_of_the_last_one():
    def act(progress):
        progress.track("training", 1, 9)
        progress.phase("assess", {})

    written = on_a_terminal(act)
    assert written.rindex(SHOW) > written.rindex(HIDE)
    assert written.rindex("== assess") > written.rindex(SHOW)


CRASH = """
import sys
from modelsmith.disk.console import ConsoleProgress
ConsoleProgress(sys.stderr).track("training", 1, 9)
print("to the pipe")
raise KeyError("lost")
"""


def test_a_crash_gives_the_cursor_back_and_the_pipe_its_text():
    reader, writer = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", CRASH], stdout=subprocess.PIPE, stderr=writer, check=False
    )
    os.close(writer)
    written = os.read(reader, 65_536).decode()
    os.close(reader)
    assert done.stdout == b"to the pipe\n"
    assert "KeyError: 'lost'" in written
    assert written.rindex(SHOW) > written.rindex(HIDE)


def test_a_pipe_needs_no_rich():
    code = (
        "import json, sys\n"
        "from modelsmith.disk.console import ConsoleProgress\n"
        "ConsoleProgress().track('steer', 1, 1)\n"
        "print(json.dumps('rich' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (json.loads(done.stdout), done.stderr) == (False, "   steer 1/1, 0 s\n")


def test_quiet_says_nothing(capfd):
    quiet = NoProgress()
    quiet.phase("eval", {"round": "1"})
    quiet.track("steer", 1, 2, "note")
    quiet.say("line")
    assert capfd.readouterr() == ("", "")
