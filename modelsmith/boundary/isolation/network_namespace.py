"""A thread without a network: Linux gives each thread a network namespace of its own.

The new namespace has no interface but a loopback that is down. C libraries, the thread's own
threads and the processes that it starts are in it too; the other threads of the process keep
theirs. unshare(2), namespaces(7), capabilities(7), user_namespaces(7).
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
"""Flags of unshare(2) (linux/sched.h)."""

PR_CAPBSET_DROP = 24
CAP_SYS_MODULE, CAP_SYS_PTRACE, CAP_SYS_ADMIN = 16, 19, 21
"""prctl(2) and capabilities(7): who keeps CAP_SYS_ADMIN enters the first namespace again."""

CAPABILITY_VERSION = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3 of capset(2): two words of 32 bits each."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Words(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def prepare() -> bool:
    """Make this process able to give a thread a namespace, and return whether it is.

    A process without CAP_SYS_ADMIN needs a user namespace first, in which it is the same user with
    the same files, and the kernel gives one only to a process with a single thread: this is called
    before any library is loaded. It does nothing where it is not needed or not permitted.
    """
    if not sys.platform.startswith("linux"):
        return False
    if _may_administer():
        return True
    if len(list(Path("/proc/self/task").iterdir())) > 1 or not _works_in_a_child():
        return False
    return _as_the_same_user()


def _works_in_a_child() -> bool:
    """Return whether the kernel lets a child do it: half done, it could not be undone here."""
    if (child := os.fork()) == 0:
        os._exit(0 if _as_the_same_user() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _as_the_same_user() -> bool:
    """Enter a user namespace in which this process is the same user, and return whether it is."""
    user, group = os.geteuid(), os.getegid()
    if _unshare(CLONE_NEWUSER):
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return False
    return True


def leave_network() -> bool:
    """Take this thread off the network for good, and return whether the kernel did it.

    The right to enter another namespace is given up with it, for the programs it starts too.
    """
    if not sys.platform.startswith("linux") or not _may_administer() or _unshare(CLONE_NEWNET):
        return False
    _give_up((CAP_SYS_MODULE, CAP_SYS_PTRACE, CAP_SYS_ADMIN))
    return True


def _may_administer() -> bool:
    """Return whether this thread has CAP_SYS_ADMIN in its user namespace."""
    try:
        status = Path("/proc/thread-self/status").read_text(encoding="ascii")
    except OSError:
        return False
    effective = next((line for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective.split()[-1], 16) >> CAP_SYS_ADMIN & 1)


def _unshare(flag: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).unshare(flag))


def _give_up(capabilities: tuple[int, ...]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header, words = _Header(CAPABILITY_VERSION, 0), (_Words * 2)()
    for capability in capabilities:
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if libc.capget(ctypes.byref(header), ctypes.byref(words)):
        return
    for capability in capabilities:
        keep = ~(1 << capability % 32) & 0xFFFFFFFF
        half = words[capability // 32]
        half.effective &= keep
        half.permitted &= keep
        half.inheritable &= keep
    libc.capset(ctypes.byref(header), ctypes.byref(words))
