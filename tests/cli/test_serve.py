"""The command: its words, one look, and a process that is told to stop in mid-answer."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPConnection

import pytest

from modelsmith.cli import main
from modelsmith.errors import BlockedError, BrokenRecordError, UsageError
from modelsmith.live.serving.health import Notice
from modelsmith.wiring.serving import (
    ServerSettings,
    channel_follower,
    check_once,
    print_notice,
    serve,
)
from tests.support.clock import START
from tests.support.git_commands import git
from tests.support.models import ROOT
from tests.support.releases import WEIGHTS, FolderReleases
from tests.support.serving_engines import ScriptedServingEngines

SANDBOX = ServerSettings(channel="sandbox", port=0)


# Words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Missing option '--channel'"),
        (["--channel", "staging"], "'staging' is not one of 'sandbox', 'production'"),
        (["--channel", "sandbox", "--port", "70000"], "70000 is not in the range"),
        (["--channel", "sandbox", "--every", "0"], "0.0 is not in the range"),
        (["--channel", "sandbox", "--engine", "ollama"], "'ollama' is not one of"),
        (["--channel", "sandbox", "--host", "over there"], "--host over there is no address"),
        (["--channel", "sandbox", "--vllm-python", "/nowhere"], "'/nowhere' does not exist"),
    ],
)
def test_words_that_do_not_fit_are_refused(tmp_path, capsys, words, told):
    assert main(["--repo", str(tmp_path), "serve", *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_vllm_that_is_not_here_is_told_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="vLLM is not installed here") as told:
        channel_follower(tmp_path, SANDBOX._replace(engine="vllm"), FolderReleases(tmp_path))
    assert "--vllm-python" in told.value.remedy


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = SANDBOX._replace(port=port)
        follower = channel_follower(
            tmp_path, settings, FolderReleases(tmp_path), ScriptedServingEngines()
        )
        with pytest.raises(BlockedError, match=f"cannot listen at 127.0.0.1:{port}: ") as told:
            serve(follower, settings)
    assert "Take another --port" in told.value.remedy


# One look


def test_one_look_proves_what_is_live_and_frees_it(tmp_path):
    releases, serving_engines = FolderReleases(tmp_path), ScriptedServingEngines()
    releases.moved(releases.promoted("1"))
    health = check_once(channel_follower(tmp_path, SANDBOX, releases, serving_engines))
    assert health.release.version == "1"
    assert health.fingerprint.holds
    assert health.last_check.outcome == "served"
    assert (serving_engines.loads, serving_engines.loaded) == (["1"], [])


def test_one_look_at_a_channel_without_a_release_finds_none(tmp_path):
    health = check_once(
        channel_follower(tmp_path, SANDBOX, FolderReleases(tmp_path), ScriptedServingEngines())
    )
    assert (health.state, health.release) == ("down", None)
    assert health.last_check.why == "channel sandbox is down: nothing is live in it"


def test_one_look_at_what_was_altered_ends_with_its_error(tmp_path):
    releases = FolderReleases(tmp_path)
    releases.moved(releases.promoted("1"))
    (releases.adapter("diagnoser", "1") / WEIGHTS).write_bytes(b"others")
    with pytest.raises(BrokenRecordError, match="is not what was signed"):
        check_once(channel_follower(tmp_path, SANDBOX, releases, ScriptedServingEngines()))


def test_the_command_says_that_nothing_is_live_and_ends_with_1(tmp_path, capsys):
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "Begin")
    assert main(["--repo", str(tmp_path), "serve", "--channel", "sandbox", "--once"]) == 1
    assert json.loads(capsys.readouterr().out)["state"] == "down"


# The log


def test_the_log_is_a_line_a_notice_in_words_or_as_records():
    notice = Notice(
        at=START,
        event="checked",
        words="diagnoser 1 answers\n  twice",
        channel="sandbox",
        outcome="served",
        took_s=2.04,
    )
    words, records = io.StringIO(), io.StringIO()
    print_notice(notice, as_json=False, stream=words)
    print_notice(notice, as_json=True, stream=records)
    line = "2025-11-03T09:00:00Z sandbox checked: diagnoser 1 answers twice (2.0 s)\n"
    assert words.getvalue() == line
    assert Notice.model_validate_json(records.getvalue()) == notice
    assert records.getvalue().count("\n") == 1


# A process


class Server:
    """`modelsmith serve` as a process."""

    def __init__(self, folder, pace_s):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.serve_process", str(folder), str(pace_s)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.until("listening")["words"].split("/")[2].split(":")[1])

    def until(self, event):
        """Return the next notice of an event."""
        for line in self.process.stderr:
            notice = json.loads(line)
            if notice["event"] == event:
                return notice
        raise AssertionError(f"ended without {event}")

    def ask(self, path, body=None):
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as link:
            link.request("POST" if body else "GET", path, body and json.dumps(body))
            reply = link.getresponse()
            return reply.status, json.loads(reply.read())


@pytest.fixture
def folder(tmp_path):
    releases = FolderReleases(tmp_path)
    releases.moved(releases.promoted("1"))
    return tmp_path


def test_a_process_follows_its_channel_and_finishes_an_answer_when_told_to_stop(folder):
    server = Server(folder, pace_s=0.1)
    try:
        assert server.until("checked")["outcome"] == "served"
        status, health = server.ask("/healthz")
        assert (status, health["release"]["version"]) == (200, "1")

        releases = FolderReleases(folder)
        releases.moved(releases.promoted("2"))
        assert server.until("checked")["release"]["version"] == "2"

        answers = []
        body = {"model": "sandbox", "messages": [{"role": "user", "content": "a b c d e f"}]}
        asker = threading.Thread(
            target=lambda: answers.append(server.ask("/v1/chat/completions", body))
        )
        asker.start()
        while not server.ask("/healthz")[1]["inFlight"]:
            pass
        server.process.send_signal(signal.SIGTERM)
        assert "1 requests are finished" in server.until("draining")["words"]
        asker.join()
        ((status, answer),) = answers
        assert status == 200
        assert answer["choices"][0]["message"]["content"].endswith("a b c d e f")
        assert server.until("stopped")
        assert server.process.wait(20) == 0
        with pytest.raises(ConnectionRefusedError):
            server.ask("/healthz")
    finally:
        server.process.kill()
        server.process.wait()
        server.process.stderr.close()
