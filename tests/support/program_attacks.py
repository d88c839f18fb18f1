"""What tries to get out by starting another program."""

import multiprocessing
import os
import pty
import subprocess

from tests.support.attacks import attack, connect


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
