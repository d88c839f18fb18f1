"""What Python tells of connections, names looked up and processes, before they happen.

A hook of `sys.addaudithook` hears of them from every thread and every library, and stays until the
process ends. It hears nothing of what C code does by itself; a network namespace holds that in.
"""

import ipaddress
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple

OWN_ADDRESSES = frozenset({"127.0.0.1", "::1"})
"""Whose names this machine knows by itself; a server that listens looks its own up."""

What = Literal["connection", "lookup", "process"]


class AttemptedAccess(NamedTuple):
    """Something that is about to happen."""

    what: What
    """A connection, a name looked up, or a process started."""
    target: str
    """The host or address, or the real path of a program that `subprocess` starts; no other way of
    starting one names it."""
    words: str
    """The same for people: with the port, or the event."""


Listener = Callable[[AttemptedAccess], None]
"""Raises what the act is refused with; returns where it may go on."""


class _Hook:
    """The one hook of this process."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.is_installed = False
        self._own = threading.local()

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        listener, read = self.listener, ACTS.get(event)
        if listener is None or read is None or getattr(self._own, "is_busy", False):
            return
        act = read(event, args)
        if act is None:
            return
        self._own.is_busy = True  # what a listener looks up or writes is not asked about again
        try:
            listener(act)
        finally:
            self._own.is_busy = False


_HOOK = _Hook()


def listen(listener: Listener | None) -> Listener | None:
    """Let `listener` hear of each act from now on, or nobody; return who heard before."""
    if listener is not None and not _HOOK.is_installed:
        sys.addaudithook(_HOOK)
        _HOOK.is_installed = True
    before, _HOOK.listener = _HOOK.listener, listener
    return before


def _connection(_: str, args: tuple[Any, ...]) -> AttemptedAccess | None:
    """Return where a socket is going; none where it stays on this machine's kernel."""
    address = args[1]
    if not isinstance(address, tuple) or not address or not isinstance(address[0], str | bytes):
        return None  # a path or an abstract name (AF_UNIX), or numbers of the kernel's (AF_NETLINK)
    host = _text(address[0])
    return AttemptedAccess(
        "connection", host, f"{host} port {address[1]}" if len(address) > 1 else host
    )


def _lookup(_: str, args: tuple[Any, ...]) -> AttemptedAccess | None:
    name = args[0][0] if isinstance(args[0], tuple) and args[0] else args[0]
    if name is None or not isinstance(name, str | bytes) or not name:
        return None  # this machine's own addresses
    shown = _text(name)
    return None if is_address(shown) else AttemptedAccess("lookup", shown, shown)


def _lookup_back(event: str, args: tuple[Any, ...]) -> AttemptedAccess | None:
    """Return what is asked of whoever keeps the names of addresses: an address can carry words."""
    address = args[0][0] if isinstance(args[0], tuple) and args[0] else args[0]
    if not isinstance(address, str | bytes) or not is_address(shown := _text(address)):
        return _lookup(event, args)
    return None if shown in OWN_ADDRESSES else AttemptedAccess("lookup", shown, shown)


def _process(event: str, args: tuple[Any, ...]) -> AttemptedAccess | None:
    given = args[0] if args else ""
    if event == "os.spawn":
        given = args[1]
    if isinstance(given, list | tuple):
        given = given[0] if given else ""
    if not isinstance(given, str | bytes | PurePath) or not given:
        return AttemptedAccess("process", "", event)
    target = _program(_text(given), *args[2:4]) if event == "subprocess.Popen" else ""
    return AttemptedAccess("process", target, f"{_text(given)} ({event})")


def _program(name: str, folder: str | None, environment: Mapping[str, str] | None) -> str:
    """Return the real path of what `subprocess` would start, looked for as it does."""
    places = [""] if os.path.dirname(name) else os.get_exec_path(environment)  # noqa: PTH120
    tried = (Path(os.fsdecode(folder or ""), place, name) for place in places)
    found = (path for path in tried if path.is_file() and os.access(path, os.X_OK))
    return next((str(path.resolve()) for path in found), "")


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, which nobody is asked about."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _text(value: str | bytes | PurePath) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


ACTS: Mapping[str, Callable[[str, tuple[Any, ...]], AttemptedAccess | None]] = {
    "socket.connect": _connection,
    "socket.sendto": _connection,
    "socket.sendmsg": _connection,
    "socket.getaddrinfo": _lookup,
    "socket.gethostbyname": _lookup,
    "socket.gethostbyaddr": _lookup_back,
    "socket.getnameinfo": _lookup_back,
    "subprocess.Popen": _process,
    "os.system": _process,
    "os.exec": _process,
    "os.posix_spawn": _process,
    "os.spawn": _process,
    "os.startfile": _process,
    "os.fork": _process,
    "os.forkpty": _process,
    "pty.spawn": _process,
}
"""Events that are asked about (Python's audit events table), and what is read from each."""
