"""Every way a command can end, as a message and an exit code; never a traceback."""

import errno
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from modelsmith import __version__
from modelsmith.errors import BlockedError, ModelsmithError

DEFECT = 70
"""EX_SOFTWARE of sysexits.h: the fault is ours."""

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""

PIPE_CLOSED = 141
"""128 + SIGPIPE: whoever read our output has stopped."""

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NOT_PERMITTED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def run_command(  # noqa: PLR0911 - one return an ending, side by side
    command: click.Command, args: Sequence[str] | None, *, log_folder: Path
) -> int:
    """Run `command` and return its exit code, having said on stderr what went wrong.

    Args:
        command: What to run.
        args: Its words, or none for those of this process.
        log_folder: Where the log of a defect goes.
    """
    try:
        return _run(command, args)
    except ModelsmithError as error:
        _say(f"error: {error.what}\n  {error.remedy}")
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; what was finished is kept, the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except OSError as error:
        return _machine(error, args, log_folder)
    except Exception:  # noqa: BLE001 - a defect: logged with its traceback, told in one line
        return _log_defect(args, log_folder)


def _run(command: click.Command, args: Sequence[str] | None) -> int:
    words, output = None if args is None else list(args), sys.stdout
    try:
        code = command.main(args=words, prog_name="modelsmith", standalone_mode=False)
    except SystemExit as stop:
        if sys.stdout is not output:  # click's sign that the pipe was closed; its code is 1
            return PIPE_CLOSED
        code = stop.code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _machine(error: OSError, args: Sequence[str] | None, log_folder: Path) -> int:
    where = f" at {error.filename}" if error.filename else ""
    if error.errno in DISK_FULL:
        _discard_output()
        _say(
            f"error: the disk is full{where}\n"
            "  Free some space and run the same command again; what was finished is kept."
        )
        return BlockedError.exit_code
    if error.errno in NOT_PERMITTED:
        _say(
            f"error: {error.strerror}{where}\n"
            "  Give this user the right to read and write there, and run the same command again."
        )
        return BlockedError.exit_code
    return _log_defect(args, log_folder)


def _log_defect(args: Sequence[str] | None, log_folder: Path) -> int:
    kind, value, _ = sys.exc_info()
    log = "\n".join(
        [
            f"modelsmith {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"words: {list(sys.argv[1:] if args is None else args)}",
            traceback.format_exc(),
        ]
    )
    _say(f"error: a defect in modelsmith ({kind.__name__ if kind else 'unknown'}: {value})")
    try:
        log_folder.mkdir(parents=True, exist_ok=True)
        file = log_folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
        file.write_text(log, encoding="utf-8")
        _say(f"  Nothing that was finished is lost. Please report it with the log {file}.")
    except OSError:
        _say(f"  Nothing that was finished is lost. Please report it with this log:\n{log}")
    return DEFECT


def _say(message: str) -> None:
    click.echo(message, err=True)


def _discard_output() -> None:
    """Keep the interpreter from failing once more when it flushes stdout at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # stdout is no file here, so nothing is flushed
