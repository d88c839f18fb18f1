"""A run's exam against the one that lay in git when it began."""

import json

import pytest

from modelsmith.audit.audit import Asked
from modelsmith.exam.benchmark import CompositeWeights, Floors
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.exam.scenario import Criterion
from modelsmith.run.entry_facts import RULES
from modelsmith.wiring.audit import audit
from tests.support.forges import git
from tests.support.forging import forge, stored
from tests.support.repositories import a_repository
from tests.support.runs import a_workshop, an_exam

SIZES = {"train": 2, "steer": 1, "sealed": 1}
EXAM = an_exam(SIZES)


def told(root, exam):
    """Walk a run on `exam` where another may be reviewed; return what the audit says of it."""
    a_repository(root, exam=EXAM)
    git(root, "add", "--all")
    who = ("-c", "user.name=expert", "-c", "user.email=expert@example.org")
    git(root, *who, "commit", "--quiet", "-m", "Review the exam")
    a_workshop(root, exam=exam).start()
    return [one.what for one in audit(root, Asked()).findings if one.rule == "exam"]


def test_the_reviewed_exam_is_the_one_that_examined(tmp_path):
    assert told(tmp_path, EXAM) == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"weights": CompositeWeights(core=0.1, robust=0.1, coverage=0.8)}, "weights"),
        ({"floors": Floors(core=0.01)}, "floors"),
        ({"version": 7}, "version"),
    ],
)
def test_attack_the_gate_is_computed_with_another_benchmark(tmp_path, changes, name):
    other = EXAM.model_copy(update={"benchmark": EXAM.benchmark.model_copy(update=changes)})
    (what,) = told(tmp_path, other)
    assert what.startswith(f"its benchmark has other {name} than lay in git at ")
    assert what.endswith(", with which it began")


def test_attack_the_sealed_split_is_another(tmp_path):
    other = EXAM.model_copy(update={"sealed": an_exam({**SIZES, "train": 5}).sealed})
    (what,) = told(tmp_path, other)
    assert what.startswith("sealed holds 2 other scenarios than lay in git at ")


def test_attack_a_later_run_claims_the_rules_of_before_beside_the_newer_one(tmp_path):
    """It begins before the newer run lies on the default branch, and is merged after it."""
    a_repository(tmp_path, exam=EXAM)
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    git(tmp_path, "branch", "side")
    a_workshop(tmp_path, run="new", exam=EXAM).start()
    git(tmp_path, "checkout", "--quiet", "side")
    late = a_workshop(tmp_path, run="late", exam=EXAM)
    late.start()
    entries = stored(late.folder)
    del entries[0]["facts"]["rules"]
    forge(late.folder, entries)
    git(tmp_path, "add", "--all")
    git(tmp_path, *who, "commit", "--quiet", "--amend", "--no-edit")
    git(tmp_path, "checkout", "--quiet", "main")

    git(tmp_path, *who, "merge", "--quiet", "--no-ff", "--no-edit", "side")
    (what,) = [one.what for one in audit(tmp_path, Asked()).findings if one.rule == "rules"]
    assert what == (
        "run late concludes by rules 0 and did not lie on the default branch before run new, "
        f"which concludes by {RULES}"
    )


def test_a_run_of_before_that_the_default_branch_held_first_is_one_of_before(tmp_path):
    a_repository(tmp_path, exam=EXAM)
    old = a_workshop(tmp_path, run="old", exam=EXAM)
    old.start()
    entries = stored(old.folder)
    del entries[0]["facts"]["rules"]
    forge(old.folder, entries)
    git(tmp_path, "add", "--all")
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    git(tmp_path, *who, "commit", "--quiet", "--amend", "--no-edit")
    a_workshop(tmp_path, run="new", exam=EXAM).start()
    assert [one for one in audit(tmp_path, Asked()).findings if one.rule == "rules"] == []


def test_attack_a_later_run_claims_the_rules_of_before(tmp_path):
    a_repository(tmp_path, exam=EXAM)
    a_workshop(tmp_path, run="new", exam=EXAM).start()
    late = a_workshop(tmp_path, run="late", exam=EXAM)
    late.start()
    assert [one for one in audit(tmp_path, Asked()).findings if one.rule == "rules"] == []
    entries = stored(late.folder)
    assert entries[0]["facts"].pop("rules") == RULES
    forge(late.folder, entries)
    git(tmp_path, "add", "--all")
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    git(tmp_path, *who, "commit", "--quiet", "--amend", "--no-edit")
    (what,) = [one.what for one in audit(tmp_path, Asked()).findings if one.rule == "rules"]
    assert what.startswith("run late concludes by rules 0 and began at ")
    assert what.endswith(f"where run new already concluded by {RULES}")


WHO = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
PROSE = "Waits for it\u2026 Then says why it waits."
BEFORE = (PROSE,)
TODAY = ("Waits for it\u2026", "Then says why it waits.")
OTHER = "its prose was cut into criteria by sentencex/"


def exam_of(criteria, **changes):
    """Return the exam with these criteria of its first train scenario, which no check decides."""
    first, *others = EXAM.train
    plain = {"pass_criteria": tuple(Criterion(text=said) for said in criteria), "fail_criteria": ()}
    changed = first.model_copy(update=plain | changes)
    return EXAM.model_copy(update={"train": (changed, *others)})


def started(root, exam, splitter):
    """Start a run on `exam`, whose first train scenario was reviewed in prose; return findings."""
    a_repository(root, exam=exam_of(BEFORE))
    file = root / f"benchmarks/adtech/train/{EXAM.train[0].id}.yaml"
    listed = json.dumps([{"text": PROSE}])
    assert listed in file.read_text()
    file.write_text(file.read_text().replace(listed, json.dumps(PROSE)))
    git(root, "add", "--all")
    git(root, *WHO, "commit", "--quiet", "-m", "Review the exam")
    a_run(root, "tiny", exam, splitter)
    return [
        (str(one.severity), one.what)
        for one in audit(root, Asked()).findings
        if one.rule in {"exam", "replay", "rules"}
    ]


def a_run(root, name, exam, splitter):
    """Start a run, and let its record say what cut its prose."""
    run = a_workshop(root, run=name, exam=exam)
    run.start()
    entries = stored(run.folder)
    assert entries[0]["facts"].pop("splitter") == SPLITTERS[-1]
    if splitter != SPLITTERS[0]:
        entries[0]["facts"]["splitter"] = splitter
    forge(run.folder, entries)
    git(root, *WHO, "commit", "--quiet", "--all", "--amend", "--no-edit")


@pytest.mark.parametrize(
    ("criteria", "changes", "splitter", "found"),
    [
        (TODAY, {}, SPLITTERS[-1], []),
        (TODAY, {}, SPLITTERS[0], []),
        (BEFORE, {}, SPLITTERS[0], [("warning", f"{OTHER}1, and otherwise than today")]),
        (BEFORE, {}, SPLITTERS[-1], [("error", "train holds 2 other scenarios")]),
        (BEFORE, {"operator_lens": "ssp"}, SPLITTERS[0], [("error", "train holds 2 other")]),
        (TODAY, {}, "sentencex/9", [("error", f"{OTHER}9, which is none of sentencex/1, sent")]),
    ],
)
def test_criteria_stay_as_they_were_cut_when_a_run_began(
    tmp_path, criteria, changes, splitter, found
):
    told = started(tmp_path, exam_of(criteria, **changes), splitter)
    assert [
        (how, what[: len(said)]) for (how, what), (_, said) in zip(told, found, strict=True)
    ] == found


def test_attack_a_later_run_claims_the_splitter_of_before(tmp_path):
    a_repository(tmp_path, exam=EXAM)
    a_run(tmp_path, "new", EXAM, SPLITTERS[-1])
    a_run(tmp_path, "late", EXAM, SPLITTERS[0])
    (what,) = [one.what for one in audit(tmp_path, Asked()).findings if one.rule == "rules"]
    assert what.startswith("run late cuts prose by sentencex/1 and began at ")
    assert what.endswith(f"where run new already cut it by {SPLITTERS[-1]}")
