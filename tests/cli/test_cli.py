import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelsmith import __version__
from modelsmith.cli import SUBCOMMANDS, main
from tests.support.exam_files import exam_repository

COMMAND = [sys.executable, "-c", "import sys; from modelsmith.cli import main; sys.exit(main())"]


def test_help_lists_every_command_and_exit_code(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name, told in SUBCOMMANDS.items():
        assert f"  {name} " in said
        assert told in said
    for code in ("0 done", "1 the gate says no", "2 usage", "3 bad input", "5 blocked"):
        assert code in " ".join(said.split())


def test_version_is_the_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"modelsmith {__version__}\n"


@pytest.mark.parametrize("name", ["scenario", "schema"])
def test_every_command_has_help(capsys, name):
    assert main([name, "--help"]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_an_unknown_command_is_a_usage_error(capsys):
    assert main(["scenarios"]) == 2
    assert "No such command 'scenarios'" in capsys.readouterr().err


def test_a_repository_that_is_not_there_is_a_usage_error(capsys, tmp_path):
    assert main(["--repo", str(tmp_path / "nowhere"), "scenario", "check"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_repository_is_the_git_top_level(tmp_path):
    exam_repository(tmp_path)
    (tmp_path / ".git").mkdir()
    done = subprocess.run(
        [*COMMAND, "scenario", "check"],
        cwd=tmp_path / "benchmarks" / "pumps",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.endswith("\n4 files checked: 0 errors, 0 warnings, 1 note\n")


def test_a_full_disk_under_the_output_gives_5_and_no_traceback(tmp_path):
    exam_repository(tmp_path)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "--repo", str(tmp_path), "scenario", "check"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr == (
        "error: the disk is full\n"
        "  Free some space and run the same command again; what was finished is kept.\n"
    )


def test_a_closed_pipe_is_no_defect(tmp_path):
    exam_repository(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "--repo", str(tmp_path), "scenario", "check"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
