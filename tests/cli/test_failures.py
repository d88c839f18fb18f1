import errno
import os
import re
import sys

import click
import pytest

from modelsmith import __version__
from modelsmith.cli.exit_codes import run_command
from modelsmith.errors import BlockedError, InputError, UsageError


def command(ending):
    """Return a command that ends by calling `ending`."""
    return click.Command("scripted", callback=ending)


def raising(error):
    def ending():
        raise error

    return command(ending)


def code_of(scripted, tmp_path):
    return run_command(scripted, [], log_folder=tmp_path / "log")


def test_a_command_that_ends_well_gives_0(tmp_path):
    assert code_of(command(lambda: None), tmp_path) == 0


@pytest.mark.parametrize("code", [0, 1, 3, 5])
def test_a_command_may_choose_its_code(tmp_path, code):
    assert code_of(command(lambda: click.get_current_context().exit(code)), tmp_path) == code
    assert code_of(command(lambda: sys.exit(code)), tmp_path) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such run", remedy="Name a run."), 2),
        (InputError("bad file", remedy="Correct it.", problems=["a:1:1: error"]), 3),
        (BlockedError("no GPU", remedy="Start one."), 5),
    ],
)
def test_an_expected_failure_is_said_with_its_remedy(tmp_path, capsys, error, code):
    assert code_of(raising(error), tmp_path) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"error: {error.what}\n  {error.remedy}\n"
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_gives_130(tmp_path, capsys, error):
    assert code_of(raising(error), tmp_path) == 130
    assert capsys.readouterr().err.strip() == (
        "interrupted; what was finished is kept, the same command goes on from there"
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_gives_5_and_says_where(tmp_path, capsys, number):
    error = OSError(number, os.strerror(number), "/store/a")
    assert code_of(raising(error), tmp_path) == 5
    assert capsys.readouterr().err == (
        "error: the disk is full at /store/a\n"
        "  Free some space and run the same command again; what was finished is kept.\n"
    )


def test_a_missing_right_gives_5(tmp_path, capsys):
    error = PermissionError(errno.EACCES, "Permission denied", "/store/a")
    assert code_of(raising(error), tmp_path) == 5
    assert capsys.readouterr().err == (
        "error: Permission denied at /store/a\n"
        "  Give this user the right to read and write there, and run the same command again.\n"
    )


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), OSError(errno.EIO, "broken")])
def test_a_defect_gives_70_and_a_log_with_the_traceback(tmp_path, capsys, error):
    assert code_of(raising(error), tmp_path) == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.startswith(f"error: a defect in modelsmith ({type(error).__name__}: {error})\n")
    [log] = (tmp_path / "log").iterdir()
    assert said.endswith(
        f"  Nothing that was finished is lost. Please report it with the log {log}.\n"
    )
    text = log.read_text()
    assert text.startswith(f"modelsmith {__version__}, Python ")
    assert re.search(rf"Traceback(.|\n)*{type(error).__name__}", text)


def test_a_defect_whose_log_cannot_be_written_is_said_in_full(tmp_path, capsys):
    (tmp_path / "log").write_text("a file where the folder should be")
    assert code_of(raising(ZeroDivisionError("by zero")), tmp_path) == 70
    assert "Please report it with this log:\nmodelsmith" in capsys.readouterr().err


def test_wrong_words_give_2(tmp_path, capsys):
    assert run_command(command(lambda: None), ["--nonsense"], log_folder=tmp_path) == 2
    assert "No such option" in capsys.readouterr().err


def test_a_reader_that_stops_gives_141(tmp_path):
    assert code_of(raising(BrokenPipeError()), tmp_path) == 141
