import subprocess
import sys

from modelsmith.run.files.training_progress import FileTrainingProgress
from tests.support.clock import FixedClock, SteppingClock
from tests.support.models import ROOT


def test_nothing_is_shown_before_the_first_words_and_after_the_last(tmp_path):
    training_progress = FileTrainingProgress(tmp_path / "work" / "progress", SteppingClock())
    assert training_progress.words() is None
    training_progress.tell("step 1 of 75, loss 2.00")
    assert FileTrainingProgress(tmp_path / "work" / "progress", FixedClock()).words() == (
        "step 1 of 75, loss 2.00"
    )
    training_progress.clear()
    training_progress.clear()
    assert training_progress.words() is None
    assert list((tmp_path / "work").iterdir()) == []


def test_words_are_written_once_a_second_at_most(tmp_path):
    quick = FileTrainingProgress(tmp_path / "quick", SteppingClock(step_s=0.4))
    seen = []
    for step in range(1, 8):
        quick.tell(f"step {step}")
        seen.append(quick.words())
    assert seen == ["step 1"] * 3 + ["step 4"] * 3 + ["step 7"]


def test_after_clearing_the_next_words_are_shown_at_once(tmp_path):
    training_progress = FileTrainingProgress(tmp_path / "progress", FixedClock())
    training_progress.tell("first training")
    training_progress.clear()
    training_progress.tell("second training")
    assert training_progress.words() == "second training"


def test_words_of_a_killed_process_say_so(tmp_path):
    file = tmp_path / "progress"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from modelsmith.run.files.training_progress import FileTrainingProgress\n"
        "from modelsmith.disk.clock import SystemClock\n"
        "FileTrainingProgress(Path(sys.argv[1]), SystemClock()).tell('step 31 of 75, loss 0.35')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert FileTrainingProgress(file, FixedClock()).words() == (
        "step 31 of 75, loss 0.35, interrupted: the next step goes on there"
    )


def test_a_file_that_names_no_process_is_shown_as_interrupted(tmp_path):
    (tmp_path / "progress").write_text("what\nstep 2")
    assert FileTrainingProgress(tmp_path / "progress", FixedClock()).words() == (
        "step 2, interrupted: the next step goes on there"
    )
