"""Keeps this process to the addresses and programs that it was allowed."""

import ctypes
import queue
import shutil
import socket
import threading
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from typing_extensions import override

from modelsmith.boundary.call import Held, Refused
from modelsmith.boundary.isolation.audit_hook import AttemptedAccess, is_address, listen
from modelsmith.boundary.isolation.network_namespace import leave_network
from modelsmith.boundary.ports import Wall
from modelsmith.errors import BoundaryError
from modelsmith.runtime import Clock

T = TypeVar("T")
Told = Callable[[Refused], None]

PROGRAM = "git"
"""The program that a step may start, by `subprocess` alone, and never while local work is done.
Loading, answering and training were watched: they start none and open no socket."""

PROXIED = ("http", "https", "all")
"""The `<scheme>_proxy` variables that our clients read; `no_proxy` names who is no proxy."""

LOCAL_NAMES = frozenset({"localhost"})
"""Names that nobody else is asked about."""


class ProcessWall(Wall):
    """A wall around one step.

    While it stands, what is not allowed is refused: in Python by an audit hook, for local work by
    a network namespace too where the kernel permits one (.github/decisions/0020).
    """

    def __init__(self, clock: Clock, infrastructure: Collection[str] = ()) -> None:
        """Stand nowhere yet.

        Args:
            clock: Says when something was refused.
            infrastructure: Hosts that a step itself needs, the store's say; `*.example.com` is any
                host below one. Local work never reaches them.
        """
        self._clock = clock
        self._names = {name.lower() for name in infrastructure} | _proxies(infrastructure)
        found = shutil.which(PROGRAM)
        self._program = str(Path(found).resolve()) if found else None
        self._addresses: set[str] = set()
        self._told: Told | None = None
        self._is_within = False
        self._lock = threading.RLock()

    @property
    @override
    def held_by(self) -> Held:
        return Held(by=("hook", "namespace") if self._worker.is_off_network else ("hook",))

    @override
    @contextmanager
    def standing(self, told: Told) -> Iterator[None]:
        before, self._told = listen(self._judge), told
        try:
            yield
        finally:
            listen(before)
            self._told = None

    @override
    def within(self, work: Callable[[], T]) -> T:
        before, was_within, self._is_within = listen(self._judge), self._is_within, True
        try:
            return self._worker.do(work)
        finally:
            self._is_within = was_within
            listen(before)

    @override
    @contextmanager
    def towards(self, hosts: Collection[str]) -> Iterator[None]:
        names, addresses = set(self._names), set(self._addresses)
        before = listen(self._judge)
        with self._lock:
            self._names |= {host.lower() for host in hosts} | _proxies(hosts)
        try:
            yield
        finally:
            with self._lock:
                self._names, self._addresses = names, addresses
            listen(before)

    @cached_property
    def _worker(self) -> "_Worker":
        return _Worker()

    def _judge(self, act: AttemptedAccess) -> None:
        if not self._is_within and self._is_allowed(act):
            return
        where = "while local work was done" if self._is_within else "beyond what the run may reach"
        refused = Refused(at=self._clock.now(), what=act.what, target=act.words, why=where)
        if self._told is not None:
            self._told(refused)
        raise BoundaryError(
            f"{act.what} kept in, {where}: {act.words}",
            remedy="A run's boundary names who may be reached; local work reaches nobody. Take "
            "away what reaches for it and run the step again, or have runners/boundaries.yaml "
            "reviewed with a boundary that names it, for a new run.",
        )

    def _is_allowed(self, act: AttemptedAccess) -> bool:
        if act.what == "process":
            return act.target == self._program
        target = act.target.lower().strip("[]")
        with self._lock:
            is_named, is_known = self._is_named(target), target in self._addresses
        if is_named and not is_address(target):
            found = _addresses_of(target)  # may take long: nobody waits for it
            with self._lock:
                if self._is_named(target):
                    self._addresses |= found
        return is_named or (target in LOCAL_NAMES if act.what == "lookup" else is_known)

    def _is_named(self, host: str) -> bool:
        """Return whether a host is allowed by its name."""
        return any(fnmatchcase(host, name) for name in self._names)


class _Worker:
    """One thread that does local work, off the network where the kernel permits it."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue[Any]]] = (
            queue.SimpleQueue()
        )
        ready: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="local-work", daemon=True
        )
        self._thread.start()
        self.is_off_network = ready.get()

    def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises; an interrupt ends the work first."""
        if threading.current_thread() is self._thread:
            return work()
        ended: queue.SimpleQueue[tuple[BaseException | None, Any]] = queue.SimpleQueue()
        try:
            self._work.put((work, ended))
            error, result = ended.get()
        except KeyboardInterrupt:
            self._interrupt()
            self._work.put((lambda: None, idle := queue.SimpleQueue[Any]()))
            idle.get()  # the work has ended; a second interrupt leaves it where it is
            raise
        if error is not None:
            raise error
        return cast("T", result)

    def _run(self, ready: "queue.SimpleQueue[bool]") -> None:
        ready.put(leave_network())
        while True:
            with suppress(KeyboardInterrupt):  # one that came when the work was over
                work, ended = self._work.get()
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - raised where it was asked for
                    ended.put((error, None))
                else:
                    ended.put((None, result))

    def _interrupt(self) -> None:
        ident = ctypes.c_ulong(self._thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(KeyboardInterrupt))


def _addresses_of(host: str) -> set[str]:
    """Return the addresses of an allowed host; none where it cannot be looked up now."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return set()
    return {str(address[4][0]) for address in found}


def _proxies(hosts: Collection[str]) -> set[str]:
    """Return the proxies that stand before `hosts`, as the environment names them."""
    if all(urllib.request.proxy_bypass(host) for host in hosts):
        return set()
    named = urllib.request.getproxies()
    return {host for scheme in PROXIED if (host := _proxy_host(named.get(scheme, "")))}


def _proxy_host(proxy: str) -> str:
    """Return the host of a proxy, which clients take without a scheme too; nothing where none."""
    try:
        return urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname or ""
    except ValueError:  # brackets that enclose no address
        return ""
