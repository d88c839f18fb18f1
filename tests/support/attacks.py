"""What tries to get out: by addresses, names, libraries, C, and what may stay here."""

import asyncio
import ctypes
import importlib
import os
import signal
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

from modelsmith.errors import BoundaryError

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
    try:
        print("working", flush=True)  # whoever reads it may press at once
        while True:
            threading.Event().wait(0.05)
    finally:
        print("cleared up", flush=True)
