"""A process of its own that stands behind a wall and tries to get out; prints what became of it.

    python -m tests.support.behind_wall [--within | --by WHOM] [--towards HOST] ATTACK [ARGUMENT]

The last line is JSON: what the attack returned or raised, what was refused, what held it in. With
--by, a model that is opened or asked, or a training, does it, as a run would have them behind the
wall; with --journal, what is refused is a line of a file as it is in a run.
"""

import argparse
import asyncio
import ctypes
import importlib
import json
import multiprocessing
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from modelsmith.adapters.net_namespace import prepare
from modelsmith.adapters.outbound_journal import FileJournal
from modelsmith.adapters.wall import ProcessWall
from modelsmith.domain.call import Refused
from modelsmith.errors import BoundaryError
from tests.support.attacking_models import by_a_model
from tests.support.clock import FixedClock

ATTACKS: dict[str, Callable[[str], object]] = {}


def attack(act: Callable[[str], object]) -> Callable[[str], object]:
    ATTACKS[act.__name__] = act
    return act


@attack
def fetch(url: str) -> object:
    with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - a test's own
        return answer.read().decode()


@attack
def connect(place: str) -> object:
    host, port = place.rsplit(":", 1)
    socket.create_connection((host, int(port)), timeout=3).close()
    return "connected"


@attack
def multiplied(place: str) -> object:
    """Connect in a process that no hook hears of."""
    queue = multiprocessing.get_context("spawn").SimpleQueue()
    child = multiprocessing.get_context("spawn").Process(target=told, args=(place, queue))
    child.start()
    outcome = queue.get()
    child.join()
    return outcome


def told(place: str, queue: "multiprocessing.SimpleQueue[str]") -> None:
    try:
        queue.put(str(connect(place)))
    except OSError as error:
        queue.put(str(error.strerror))


@attack
def in_a_thread(place: str) -> object:
    outcome: list[object] = []

    def work() -> None:
        try:
            outcome.append(connect(place))
        except BaseException as error:  # noqa: BLE001 - it is told
            outcome.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return outcome[0]


@attack
def lookup(name: str) -> object:
    return socket.getaddrinfo(name, 443)[0][4][0]


@attack
def old_lookup(name: str) -> object:
    return socket.gethostbyname(name)


@attack
def lookup_back(address: str) -> object:
    return socket.gethostbyaddr(address)[0]


@attack
def name_of(address: str) -> object:
    return socket.getnameinfo((address, 443), 0)[0]


@attack
def datagram(place: str) -> object:
    host, port = place.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        return plain.sendto(b"weights", (host, int(port)))


@attack
def six(_: str) -> object:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as plain:
        plain.settimeout(3)
        plain.connect(("2001:db8::1", 443))
    return "connected"


@attack
def program(words: str) -> object:
    return subprocess.run(words.split(), capture_output=True, text=True, check=False).stdout


@attack
def elsewhere(folder: str) -> object:
    """Start a program called git that another search path has."""
    return subprocess.run(["git"], env={"PATH": folder}, check=False).returncode


@attack
def shell(words: str) -> object:
    return os.system(words)  # noqa: S605 - what is tried


@attack
def spawned(path: str) -> object:
    return os.posix_spawn(path, [path], {})


@attack
def spawned_by_name(name: str) -> object:
    return os.posix_spawnp(name, [name], {})


@attack
def spawned_in_python(path: str) -> object:
    return os.spawnv(os.P_WAIT, path, [path])  # noqa: S606 - what is tried


@attack
def pipe(words: str) -> object:
    with os.popen(words) as read:  # noqa: S605 - what is tried
        return read.read()


@attack
def forked(_: str) -> object:
    if (child := os.fork()) == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1]


@attack
def terminal(_: str) -> object:
    return os.forkpty()


@attack
def terminal_with(path: str) -> object:
    return pty.spawn([path])


@attack
def replaced_by_name(path: str) -> object:
    os.execvpe(path, [path], {})  # noqa: S606 - what is tried
    return "never"


@attack
def replaced(path: str) -> object:
    os.execv(path, [path])  # noqa: S606 - what is tried
    return "never"


@attack
def message(place: str) -> object:
    host, port = place.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        return plain.sendmsg([b"weights"], [], 0, (host, int(port)))


@attack
def requests(url: str) -> object:
    import requests

    return requests.get(url, timeout=3).text


@attack
def httpx(url: str) -> object:
    import httpx

    return httpx.get(url, timeout=3).text


@attack
def aiohttp(url: str) -> object:
    import aiohttp

    async def get() -> str:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.text()

    return asyncio.run(get())


@attack
def by_c(place: str) -> object:
    """Connect as a library in C does, which no audit hook hears of."""
    host, port = place.rsplit(":", 1)
    libc = ctypes.CDLL(None, use_errno=True)
    address = (
        socket.AF_INET.to_bytes(2, sys.byteorder) + int(port).to_bytes(2, "big")
    ) + socket.inet_aton(host).ljust(12, b"\0")
    number = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    failed = libc.connect(number, address, len(address))
    return "connected" if not failed else os.strerror(ctypes.get_errno())


@attack
def back_by_proc(place: str) -> object:
    """Enter the namespace of the process's first thread again, then connect."""
    libc = ctypes.CDLL(None, use_errno=True)
    there = os.open(f"/proc/{os.getpid()}/ns/net", os.O_RDONLY)
    if libc.setns(there, 0):
        return os.strerror(ctypes.get_errno())
    return by_c(place)


@attack
def library(name: str) -> object:
    return importlib.import_module(name).OUTCOME


@attack
def generated(name: str) -> object:
    return importlib.import_module(name).generate("Is it?")


@attack
def killed(place: str) -> object:
    """Phone home, be refused, and be killed before the work is done."""
    with suppress(BoundaryError):
        connect(place)
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@attack
def hub(_: str) -> object:
    import huggingface_hub

    return huggingface_hub.hf_hub_download("HuggingFaceTB/SmolLM2-135M-Instruct", "config.json")


@attack
def asynchronous(place: str) -> object:
    host, port = place.rsplit(":", 1)

    async def reach() -> str:
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        return "connected"

    return asyncio.run(reach())


@attack
def listening(_: str) -> object:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "listens" if server.getsockname()[1] else ""


@attack
def serving(_: str) -> object:
    """Listen as a server of the standard library does, which looks its own name up."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_name


@attack
def unix(path: str) -> object:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
    return "connected"


@attack
def raising(message: str) -> object:
    raise LookupError(message)


@attack
def interrupted(_: str) -> object:
    """Work on until somebody presses Ctrl-C."""
    print("working", flush=True)
    try:
        while True:
            threading.Event().wait(0.05)
    finally:
        print("cleared up", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--within", action="store_true")
    parser.add_argument("--by", choices=("opened", "asked", "trainer"))
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--towards")
    parser.add_argument("--infrastructure", default="")
    parser.add_argument("attack", choices=sorted(ATTACKS))
    parser.add_argument("argument", nargs="?", default="")
    chosen = parser.parse_args()
    prepare()
    refused = list[Refused]()
    wall = ProcessWall(FixedClock(), chosen.infrastructure.split(","))
    result: dict[str, object] = {}
    journal = FileJournal(chosen.journal) if chosen.journal else None
    with wall.standing(journal.write if journal else refused.append):
        held = wall.held_by
        towards = wall.towards([chosen.towards]) if chosen.towards else nullcontext()
        with towards:
            act = ATTACKS[chosen.attack]
            try:
                work = lambda: act(chosen.argument)  # noqa: E731
                if chosen.by:
                    result["outcome"] = by_a_model(wall, work, chosen.by)
                else:
                    result["outcome"] = wall.within(work) if chosen.within else work()
            except Exception as error:  # noqa: BLE001 - it is told
                result["raised"] = type(error).__name__
                result["words"] = str(error)
    result["refused"] = [f"{one.what}: {one.target}: {one.why}" for one in refused]
    result["held"] = list(held.by)
    print(json.dumps(result, default=str))


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
