"""A run and a release that an earlier version made are accepted by this one, to the last byte.

What lies in tests/golden/before_rooms/ was recorded by commit 826ca72, and its README.md says how.
This module knows the command and git alone, and nothing of how the package is laid out: what it
holds is what somebody relies on who has such a repository, whatever is renamed meanwhile.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
KEPT = TOP / "tests" / "golden" / "before_rooms"
RUN, RELEASE = "first", "pumps-smollm2/first-1"
ANSWERS = f"runs/{RUN}/001-eval/answers-steer.jsonl"
FINGERPRINT = f"promotions/{RELEASE}/fingerprint.json"

ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.org",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.org",
    "HF_HUB_OFFLINE": "1",
    "MODELSMITH_FORGE": "local",
    "MODELSMITH_STORE": "none",
    "PYTHONPATH": str(TOP),
    "TOKENIZERS_PARALLELISM": "false",
}
"""What keeps the settings of the machine out."""


@pytest.fixture
def clone(tmp_path):
    """Give a clone with the release's weights in its store; its upstream is as it was recorded."""
    bundle = str(KEPT / "before-826ca72.bundle")
    git(tmp_path, "clone", "--mirror", bundle, "upstream.git")
    git(tmp_path, "clone", "upstream.git", "clone")
    shutil.copytree(KEPT / "store", tmp_path / "clone" / ".modelsmith" / "store")
    return tmp_path / "clone"


def git(folder, *words):
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env=os.environ | ALONE,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (words, done.stderr)


def started(folder, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "modelsmith", "--repo", str(folder), *words],
        cwd=folder,
        env=os.environ | ALONE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(folder, *words, code=0):
    """Return what a command prints that ends with an exit code, errors included."""
    process = started(folder, *words)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, (words, process.returncode, out, err)
    return out + err


def flipped(file):
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)


def merged(clone, path):
    """Put a file as it lies in the clone on the default branch, past everybody."""
    git(clone, "add", path)
    git(clone, "commit", "-m", "Change one bit")
    git(clone, "push", "origin", "HEAD:main")


# It is what it says


def test_every_record_of_it_is_accepted(clone):
    audit = said(clone, "audit")
    assert "1 run, 6 ledger entries, 52 evidence files, 5 decisions, 1 promotion" in audit
    assert "clean: the records are what they say" in audit


def test_it_is_accepted_from_a_bare_clone_too(clone):
    assert "clean: the records are what they say" in said(clone.parent / "upstream.git", "audit")


def test_its_release_is_live_approved_and_signed(clone):
    (found,) = json.loads(said(clone, "audit", "promotion", "sandbox", "--format", "json"))
    assert (found["holds"], found["standing"]) == (True, "live")
    assert found["release"]["specialist"] + "/" + found["release"]["version"] == RELEASE
    assert [one["who"] for one in found["approvals"]] == ["approver@example.org"]
    assert set(found["signers"]) == {"promotion", "evaluation", "lineage"}
    assert [one["rule"] for one in found["rulings"] if one["faults"]] == []


def test_its_run_replays(clone):
    assert said(clone, "run", "replay", RUN).rstrip().endswith(": all equal")


def test_its_weights_are_intact(clone):
    assert "3 objects, all intact" in said(clone, "store", "verify")


# One bit of it is something else


def test_a_changed_answer_is_refused(clone):
    flipped(clone / ANSWERS)
    assert ANSWERS.removeprefix(f"runs/{RUN}/") in said(clone, "run", "replay", RUN, code=4)
    merged(clone, ANSWERS)
    assert ANSWERS in said(clone, "audit", code=4)
    assert ANSWERS in said(clone, "audit", "promotion", RELEASE, code=4)


def test_a_changed_file_of_the_promotion_is_refused(clone):
    flipped(clone / FINGERPRINT)
    merged(clone, FINGERPRINT)
    assert FINGERPRINT in said(clone, "audit", code=4)
    assert "fingerprint.json" in said(clone, "audit", "promotion", RELEASE, code=4)
    told = said(clone, "serve", "--channel", "sandbox", "--once", code=4)
    assert "channel sandbox is not what was approved and signed" in told


def test_changed_weights_are_refused(clone):
    objects = (clone / ".modelsmith" / "store" / "sha256").iterdir()
    weights = max(objects, key=lambda file: file.stat().st_size)
    flipped(weights)
    assert weights.name in said(clone, "store", "verify", code=4)
    told = said(clone, "serve", "--channel", "sandbox", "--once", code=4)
    assert weights.name[:12] in told


# It answers


@pytest.mark.model
def test_what_is_live_is_proven_and_answers(clone):
    models = TOP / ".modelsmith" / "models"  # where the converted model is kept between tests
    models.mkdir(parents=True, exist_ok=True)
    (clone / ".modelsmith" / "models").symlink_to(models)
    words = ("serve", "--channel", "sandbox", "--port", "0", "--engine", "transformers", "--json")
    server = started(clone, *words)
    try:
        port = int(until(server, "listening")["words"].split("/")[2].partition(":")[2])
        checked = until(server, "checked")
        assert checked["outcome"] == "served", checked
        status, health = asked(port, "/healthz")
        assert (status, health["state"]) == (200, "serving")
        assert health["release"]["version"] == "first-1"
        assert health["fingerprint"]["holds"]
        status, answer = asked(port, "/v1/chat/completions", a_question(clone))
        assert status == 200
        assert "\nVERDICT: " in answer["choices"][0]["message"]["content"]
        server.send_signal(signal.SIGTERM)
        assert until(server, "stopped")
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.communicate()


def until(server, event):
    """Return the next notice of an event."""
    told = []
    for line in server.stderr:
        told.append(line)
        notice = json.loads(line)
        if notice["event"] == event:
            return notice
    raise AssertionError(f"ended without {event}: {told}")


def asked(port, path, body=None):
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as link:
        link.request("POST" if body else "GET", path, body and json.dumps(body))
        reply = link.getresponse()
        return reply.status, json.loads(reply.read())


def a_question(clone):
    """Return what the run trained on first, as a request."""
    with (clone / f"runs/{RUN}/002-train/rows.jsonl").open(encoding="utf-8") as rows:
        row = json.loads(rows.readline())
    return {"model": "sandbox", "messages": row["prompt"], "max_tokens": 96}
