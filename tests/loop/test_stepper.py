"""The whole loop, scripted: every ending, and what each one records."""

import json
import shutil
import subprocess

import pytest

from modelsmith.errors import BrokenRecordError, EngineError, RunBusyError, UsageError
from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.benchmark import Benchmark
from modelsmith.promotion.record import PromotionRecord
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    PromotedFacts,
    StoppedFacts,
    TrainedFacts,
    event_facts_of,
    facts_of,
    latest,
    progress_of,
)
from modelsmith.run.files.training_progress import FileWorkspace
from modelsmith.run.git.sealed_attempts import GitSealedAttempts
from modelsmith.run.ports import Claimant
from modelsmith.run.state_machine import Event
from tests.support.clock import START
from tests.support.engines import ScriptedEngine, ScriptedTrainer
from tests.support.runs import (
    LEARNS,
    CountingTrainer,
    LearningEngines,
    a_machine,
    a_workshop,
    an_exam,
    files_in,
    learning,
    trainings_of,
)
from tests.support.scenarios import a_benchmark

pytestmark = pytest.mark.slow

ROUND = ["evaluated", "trained", "expanded"]
SMALL = {"train": 2, "steer": 4, "sealed": 2}
"""Enough for all but a promotion."""


def small(root, **changes):
    return a_workshop(root, exam=changes.pop("exam", None) or an_exam(SMALL), **changes)


def git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def stopped(workshop):
    return facts_of(workshop.entries()[-1], StoppedFacts)


def assessed(workshop):
    return [facts_of(e, AssessedFacts) for e in workshop.entries() if "rule" in e.facts]


# Staged


@pytest.fixture(scope="module")
def converged(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("converged"))
    workshop.steps(8)
    return workshop


@pytest.fixture(scope="module")
def staged(converged, tmp_path_factory):
    workshop = again(converged, tmp_path_factory.mktemp("staged"))
    workshop.go()
    return workshop


def again(workshop, root, **changes):
    """Return the same run in a copy of its repository."""
    shutil.copytree(workshop.root, root, dirs_exist_ok=True)
    return a_workshop(root, **changes)


def test_a_model_that_learns_is_staged(staged):
    assert staged.events() == ["started", *ROUND, "continued", *ROUND, "converged", "staged"]
    assert [e.iteration for e in staged.entries()] == [0, 1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_every_file_is_named_by_one_entry_in_the_folder_of_its_phase(staged):
    named = [path for entry in staged.entries() for path in entry.evidence]
    assert sorted([*named, "ledger.jsonl", "run.yaml"]) == sorted(files_in(staged.folder))
    phases = ("intake", *("eval", "train", "expand", "assess") * 2, "promote")
    for entry, phase in zip(staged.entries(), phases, strict=True):
        assert {path.split("/")[0] for path in entry.evidence} == {f"{entry.index:03d}-{phase}"}


def test_every_phase_says_what_it_took(staged):
    working = [e for e in staged.entries() if e.event is not Event.STARTED]
    assert all("usage" in entry.facts for entry in working)
    taken = {entry.event.value: event_facts_of(entry).usage for entry in working}
    assert taken["expanded"].tokens == 0
    assert all(taken[event].tokens > 0 for event in taken if event != "expanded")
    assert all(taken[event].seconds > 0 for event in taken if event != "expanded")


def test_the_record_and_the_reports_call_stand_ins_stand_ins(staged):
    record = PromotionRecord.model_validate_json(
        (staged.folder / "009-promote/record.json").read_bytes()
    )
    assert (record.decision, record.channel, record.attempt) == ("staged", "sandbox", 1)
    assert record.lineage.version == "tiny-2"
    assert [c.system for c in record.baselines] == [
        "stand-in:few-shot",
        "stand-in:self-consistency",
        "stand-in:zero-shot",
    ]
    assert all(c.is_stand_in and "no frontier model" in c.words for c in record.baselines)
    for report in ("001-eval/report.md", "009-promote/report.md"):
        text = (staged.folder / report).read_text()
        assert "They are not frontier models: beating them admits to sandbox" in text
        for baseline in record.baselines:
            assert f"| {baseline.system} |" in text
    assert "over stand-in:zero-shot: core" in (staged.folder / "004-assess/report.md").read_text()


def test_the_gate_s_findings_stand_in_the_report_one_by_one(staged):
    gate = json.loads((staged.folder / "009-promote/gate.json").read_bytes())
    report = (staged.folder / "009-promote/report.md").read_text()
    assert len(gate["findings"]) > 20
    for found in gate["findings"]:
        assert f"- holds: {found['rule']}: {found['message']}\n" in report
    assert "## Sealed, attempt 1" in report


def test_accepted_proposals_are_a_branch_of_valid_files_and_the_work_tree_is_untouched(staged):
    entry = next(e for e in staged.entries() if e.event is Event.EXPANDED)
    assert entry.facts["branch"] == "modelsmith/tiny/expand-1"
    assert git(staged.root, "rev-parse", entry.facts["branch"]) == entry.facts["commit"]
    paths = git(staged.root, "ls-tree", "-r", "--name-only", entry.facts["branch"]).splitlines()
    assert len(paths) == entry.facts["accepted"] == 8
    reconciliation = json.loads((staged.folder / "003-expand/reconciliation.json").read_bytes())
    accepted = {
        one["proposal"]["scenario"]["id"]: one["proposal"]["scenario"]
        for one in reconciliation["reconciled"]
        if one["ruling"] == "accepted"
    }
    for path in paths:
        text = git(staged.root, "show", f"{entry.facts['branch']}:{path}")
        scenario = scenario_from(a_benchmark(), text, path)
        assert path == f"benchmarks/adtech/train/{scenario.id}.yaml"
        assert scenario.model_dump(mode="json", by_alias=True) == accepted[scenario.id]
    message = git(staged.root, "log", "-1", "--format=%B", entry.facts["branch"])
    assert "Propose 8 scenarios for what failed in round 1" in message
    assert message.endswith(
        "Modelsmith-Run: tiny\nModelsmith-Phase: expand\n"
        "Modelsmith-Iteration: 1\nModelsmith-Member: mutator"
    )
    assert git(staged.root, "status", "--porcelain", "--untracked-files=no") == ""


def test_accepted_proposals_stand_on_the_train_side_of_the_next_round(staged):
    second = [e for e in staged.entries() if e.event is Event.EVALUATED][1]
    answers = staged.tools.folder.read(f"{second.index:03d}-eval/answers-train.jsonl")
    asked = {json.loads(line)["scenario"] for line in answers.splitlines()}
    assert len(asked) == len(staged.snapshot.train) + 8
    assert set(facts_of(second, EvaluatedFacts).failed) < asked


def test_a_second_go_changes_nothing(staged):
    before = files_in(staged.root)
    entry = staged.stepper().go()
    staged.start()
    assert entry == staged.entries()[-1]
    assert files_in(staged.root) == before


def test_a_step_of_a_run_that_is_over_is_a_usage_error(staged):
    with pytest.raises(UsageError, match="run tiny is over: staged"):
        staged.stepper().step()


def test_a_second_walk_of_the_same_run_elsewhere_records_the_same_bytes(staged, tmp_path):
    other = a_workshop(tmp_path)
    other.go()
    assert files_in(other.folder) == files_in(staged.folder)


def test_it_replays_equal(staged):
    found = staged.replay()
    assert found.differences == ()
    assert (found.entries, found.decisions) == (10, 9)
    assert found.files == len(files_in(staged.folder)) - 2


class Meter(ScriptedEngine):
    """Adds up the tokens of all engines."""

    tokens = 0

    def answers(self, batch, sampling):
        given = super().answers(batch, sampling)
        Meter.tokens += sum(answer.prompt_tokens + answer.answer_tokens for answer in given)
        return given


class MeteredEngines(LearningEngines):
    def made(self, **settings):
        return Meter(self._says, **settings)


def test_the_tokens_of_the_ledger_are_those_that_the_machine_read_and_wrote(tmp_path):
    Meter.tokens = 0
    workshop = small(tmp_path, engines=MeteredEngines(learning(*LEARNS)))
    workshop.go()
    trained = sum(
        json.loads((workshop.folder / f"{e.index:03d}-train/training.json").read_bytes())[
            "trained"
        ]["read_tokens"]
        for e in workshop.entries()
        if e.event is Event.TRAINED
    )
    assert progress_of(workshop.entries())[1].usage.tokens == Meter.tokens + trained


# Refused


def test_a_model_that_fails_on_sealed_is_refused_with_the_findings_that_do_not_hold(tmp_path):
    def knows_steer_alone(trainings, question):
        return 0.1 if "Sealed desk" in question else LEARNS[min(trainings, 2)]

    workshop = a_workshop(tmp_path, skill=knows_steer_alone)
    entry = workshop.go()
    assert entry.event is Event.REFUSED
    facts = facts_of(entry, PromotedFacts)
    assert facts.decision == "reject"
    assert {"floor:core", "floor:robust"} <= set(facts.failing)
    report = (workshop.folder / "009-promote/report.md").read_text()
    assert "- DOES NOT HOLD: floor:core: core " in report
    assert workshop.replay().differences == ()


def test_an_exam_that_is_too_small_is_not_enough_evidence(tmp_path):
    workshop = small(tmp_path)
    entry = workshop.go()
    assert entry.event is Event.REFUSED
    facts = facts_of(entry, PromotedFacts)
    assert facts.decision == "insufficient_evidence"
    assert {"families", "outcome-types"} <= set(facts.failing)


# Halted


def test_a_used_up_budget_of_rounds_halts_in_assess(tmp_path):
    workshop = small(tmp_path, skill=learning(0.05, 0.3, 0.6), budgets={"iterations": 2})
    entry = workshop.go()
    assert workshop.events() == ["started", *ROUND, "continued", *ROUND, "halted"]
    assert facts_of(entry, AssessedFacts).rule == "budget: iterations 2 of 2"
    assert workshop.replay().differences == ()


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"tokens": 1000}, "tokens: 2916 tokens used, 1000 tokens allowed by run.yaml"),
        ({"wallTimeS": 0.5}, "wall time: 2.25 s used, 0.5 s allowed by run.yaml"),
    ],
)
def test_a_used_up_budget_of_work_halts_before_the_next_phase(tmp_path, budget, words):
    workshop = small(tmp_path, budgets={"iterations": 3} | budget)
    entry = workshop.go()
    assert workshop.events() == ["started", "evaluated", "halted"]
    assert stopped(workshop) == StoppedFacts(reason="budget", words=words)
    assert (entry.iteration, entry.evidence) == (1, {})
    assert workshop.trainer.trainings == []
    assert workshop.replay().differences == ()


def test_the_hours_of_a_priced_cluster_are_paid_from_the_budget(tmp_path):
    workshop = small(tmp_path, budgets={"iterations": 3, "costUsd": 0.001})
    machine = a_machine(workshop.tools.repository.head(), price_usd_per_hour=3600.0)
    workshop.start(machine)
    workshop.stepper().go()
    spent = progress_of(workshop.entries())[1].usage
    assert spent.cost_usd == pytest.approx(spent.seconds)  # a dollar a second
    assert (
        stopped(workshop).words
        == f"cost: {spent.cost_usd:g} USD used, 0.001 USD allowed by run.yaml"
    )


def test_a_budget_that_ends_between_rounds_begins_no_round(tmp_path):
    roomy = small(tmp_path / "roomy", skill=learning(0.05, 0.3, 0.6))
    roomy.steps(4)
    tokens = progress_of(roomy.entries())[1].usage.tokens
    tight = small(
        tmp_path / "tight",
        skill=learning(0.05, 0.3, 0.6),
        budgets={"iterations": 3, "tokens": tokens},
    )
    entry = tight.go()
    assert tight.events() == ["started", *ROUND, "halted"]
    assert facts_of(entry, AssessedFacts).rule.startswith(f"budget: tokens {tokens:g} of")
    assert entry.iteration == 1


def test_a_candidate_that_is_ready_is_promoted_whatever_finding_that_out_has_cost(tmp_path):
    roomy = small(tmp_path / "roomy")
    roomy.go()
    assert roomy.events()[-2:] == ["converged", "refused"]
    tokens = progress_of(roomy.entries()[:-1])[1].usage.tokens
    tight = small(tmp_path / "tight", budgets={"iterations": 3, "tokens": tokens - 1})
    tight.go()
    assert tight.events() == roomy.events()
    assert tight.replay().differences == ()


@pytest.mark.parametrize(
    ("plateau", "reason", "rule"),
    [
        (0.3, "capacity-wall", "capacity-wall: train "),
        (0.75, "hard-plateau", "patience (weak), no rung left"),
    ],
)
def test_a_plateau_on_the_last_rung_halts(tmp_path, plateau, reason, rule):
    def stuck(trainings, question):
        return (0.9 if reason == "hard-plateau" else 0.1) if "Train" in question else plateau

    workshop = small(tmp_path, skill=stuck, ladder=["rubric-composition"])
    workshop.go()
    assert workshop.events()[-1] == "halted"
    last = assessed(workshop)[-1]
    assert last.reason == reason
    assert last.rule.startswith(rule)
    assert workshop.replay().differences == ()


class Broken(LearningEngines):
    """Breaks in the first batch of every engine while `breaks` says so of its adapter."""

    breaks = staticmethod(lambda adapter: True)

    def made(self, *, adapter, model, fails_at):
        return ScriptedEngine(
            self._says, adapter=adapter, model=model, fails_at=int(self.breaks(adapter))
        )


def test_too_many_errors_in_eval_halt_and_nothing_is_trained(tmp_path):
    workshop = small(tmp_path, engines=Broken(learning(*LEARNS)))
    entry = workshop.go()
    assert workshop.events() == ["started", "halted"]
    assert stopped(workshop) == StoppedFacts(
        reason="errors",
        words="specialist: 2 of 2 answers were lost, the first to: "
        "could not answer a batch of 2: out of memory (scripted)",
    )
    assert entry.iteration == 1
    assert "001-eval/scorecard-train.json" in entry.evidence
    assert workshop.trainer.trainings == []
    assert workshop.replay().differences == ()


def test_too_many_errors_in_assess_halt(tmp_path):
    engines = Broken(learning(*LEARNS))
    engines.breaks = lambda adapter: adapter != "none"
    workshop = small(tmp_path, engines=engines)
    workshop.go()
    assert workshop.events() == ["started", *ROUND, "halted"]
    assert assessed(workshop)[-1].rule == "errors: 0.667 > 0.10"
    assert workshop.replay().differences == ()


# Escalated, and gone back


def test_a_plateau_with_a_rung_left_escalates_to_the_next_rung(tmp_path):
    workshop = small(tmp_path, skill=learning(0.05, 0.5), budgets={"iterations": 4})
    workshop.go()
    assert workshop.events()[:13] == ["started", *[*ROUND, "continued"] * 2, *ROUND, "escalated"]
    trained = [facts_of(e, TrainedFacts) for e in workshop.entries() if e.event is Event.TRAINED]
    assert [t.strategy.value for t in trained] == [
        *["rubric-composition"] * 3,
        "self-distillation",
    ]
    assert [t.rung for t in trained] == [0, 0, 0, 1]
    last = latest(workshop.entries(), Event.TRAINED)
    rows = workshop.tools.folder.read(f"{last.index:03d}-train/rows.jsonl").splitlines()
    assert "distilled" in {json.loads(row)["origin"] for row in rows}
    assert workshop.replay().differences == ()


def test_a_round_that_is_surely_worse_goes_on_from_the_best_adapter(tmp_path):
    exam = an_exam(SMALL | {"steer": 8})
    workshop = small(tmp_path, exam=exam, skill=learning(0.05, 0.7, 0.0))
    workshop.steps(9)
    first, second = assessed(workshop)
    assert second.reason == "regressing"
    assert second.adapter == first.adapter
    evaluated = facts_of(workshop.entries()[-1], EvaluatedFacts)
    assert evaluated.adapter == first.adapter
    assert evaluated.steer == first.steer


# Blocked and unblocked


def wordless():
    """Return a benchmark whose answer format has no line for the recommended action."""
    plain = a_benchmark()
    sections = tuple(s for s in plain.answer_format.sections if s.heading != "ACTION")
    changed = plain.answer_format.model_copy(update={"sections": sections})
    return Benchmark.model_validate(plain.model_dump() | {"answer_format": changed})


def test_no_rung_that_writes_targets_blocks_and_says_what_to_do(tmp_path):
    exam = an_exam(SMALL, wordless())
    workshop = small(tmp_path, exam=exam, skill=learning(0.0))
    entry = workshop.go()
    assert workshop.events() == ["started", "evaluated", "blocked"]
    ways_on = (
        "Give criteria checks that right answers can pass, label right answers in exam/, or name "
        "certified judges in run.yaml, and start a new run; this one keeps the exam it began with."
    )
    assert stopped(workshop) == StoppedFacts(
        reason="blocked",
        words="no rung of the ladder wrote a passing target for any of 2 failures. " + ways_on,
        remedy=ways_on,
    )
    assert list(entry.evidence) == ["002-train/outbound.jsonl"]
    assert workshop.replay().differences == ()
    workshop.stepper().go()
    assert workshop.events()[2:] == ["blocked", "unblocked", "blocked"]
    assert [e.iteration for e in workshop.entries()] == [0, 1, 1, 1, 1]
    assert workshop.replay().differences == ()


def test_the_first_rung_is_the_first_that_can_write_targets(tmp_path):
    exam = an_exam(SMALL, wordless())
    workshop = small(tmp_path, exam=exam, skill=learning(0.6))
    facts = facts_of(workshop.steps(2), TrainedFacts)
    assert (facts.strategy.value, facts.rung) == ("self-distillation", 1)
    kept = json.loads((workshop.folder / "002-train/training.json").read_bytes())
    first = kept["acceptances"][0]
    assert (first["strategy"], first["accepted"]) == ("rubric-composition", 0)
    assert facts.acceptance == kept["acceptances"][-1]["rate"] >= 0.25


def test_where_no_rung_writes_targets_often_enough_the_one_that_writes_most_trains(tmp_path):
    exam = an_exam(SMALL | {"train": 5}, wordless())
    first, *others = exam.train
    spoken = [c for c in first.pass_criteria if not c.text.startswith("Recommends")]
    easy = first.model_copy(update={"pass_criteria": tuple(spoken)})
    exam = exam.model_copy(update={"train": (easy, *others)})
    workshop = small(tmp_path, exam=exam, skill=learning(0.0))
    facts = facts_of(workshop.steps(2), TrainedFacts)
    assert (facts.strategy.value, facts.acceptance) == ("rubric-composition", 0.2)
    kept = json.loads((workshop.folder / "002-train/training.json").read_bytes())
    assert [a["accepted"] for a in kept["acceptances"]] == [0, 0, 1]


def test_used_up_attempts_block_before_anything_sealed_is_asked(converged, tmp_path):
    workshop = again(converged, tmp_path)
    workshop.looks = 1
    workshop.go()
    assert workshop.events()[-2:] == ["converged", "blocked"]
    assert stopped(workshop).words.startswith("sealed version 1 was looked at 1 times, 1 allowed.")
    asked = {
        t.content for e in workshop.engines.opened_engines for b in e.asked for p in b for t in p
    }
    assert not any("Sealed desk" in text for text in asked)
    assert workshop.replay().differences == ()


def test_two_runs_never_look_at_the_sealed_split_at_once(converged, tmp_path):
    workshop = again(converged, tmp_path)
    before = workshop.events()
    other = GitSealedAttempts(workshop.root)
    with (
        other.hold(),
        pytest.raises(RunBusyError, match="a sealed split of this repository is being read"),
    ):
        workshop.stepper().step()
    assert workshop.events() == before
    assert workshop.engines.opened_engines == []
    version = workshop.snapshot.sealed_version()
    somebody = Claimant("other", "a" * 64, START)
    assert other.before(version, somebody) == 0
    assert workshop.stepper().step().event is Event.STAGED
    assert other.before(version, somebody) == 1
    assert other.before("another version", somebody) == 0


def test_what_was_blocked_goes_on_where_it_was_once_it_can(converged, tmp_path):
    workshop = again(converged, tmp_path)
    workshop.looks = 1
    workshop.go()
    workshop.looks = 0
    entry = workshop.stepper().go()
    assert workshop.events()[-4:] == ["converged", "blocked", "unblocked", "staged"]
    assert [e.iteration for e in workshop.entries()[-3:]] == [2, 2, 2]
    assert entry.event is Event.STAGED
    assert workshop.replay().differences == ()


def test_a_machine_that_breaks_in_promote_uses_up_no_attempt(converged, tmp_path):
    engines = Broken(learning(*LEARNS))
    workshop = again(converged, tmp_path, engines=engines)
    entry = workshop.stepper().go()
    assert entry.event is Event.BLOCKED
    assert stopped(workshop).words.startswith(
        "answers-sealed-candidate.jsonl: 8 of 36 answers were lost, the first to: could not answer"
    )
    engines.breaks = lambda adapter: False
    assert workshop.stepper().go().event is Event.STAGED
    assert workshop.replay().differences == ()


# What is refused


def test_a_run_that_was_not_started_is_not_stepped(tmp_path):
    workshop = small(tmp_path)
    for act in (workshop.stepper().step, workshop.stepper().go, workshop.replay):
        with pytest.raises(UsageError, match="run tiny has not been started") as refusal:
            act()
        assert refusal.value.remedy == "Start it: modelsmith run start tiny"


def test_a_run_that_another_process_holds_is_not_stepped(tmp_path):
    workshop, other = small(tmp_path), small(tmp_path)
    workshop.start()
    with workshop.tools.folder.lock(), pytest.raises(RunBusyError, match="run tiny is being"):
        other.stepper().step()
    assert other.stepper().step().event is Event.EVALUATED


@pytest.mark.parametrize("path", ["000-intake/exam.json", "001-eval/answers-steer-few-shot.jsonl"])
def test_a_step_refuses_evidence_that_was_altered(tmp_path, path):
    workshop = small(tmp_path)
    workshop.steps(3)
    file = workshop.folder / path
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(BrokenRecordError, match=f"{path} has sha256 .*, the ledger says "):
        workshop.stepper().step()
    assert workshop.events() == ["started", *ROUND]


class StubbornTrainer(ScriptedTrainer):
    def train(self, *words):
        raise EngineError("tripwire: no logit moved (scripted)", remedy="Look at the rows.")


def test_a_training_that_trips_records_nothing_and_leaves_no_progress(tmp_path):
    workshop = small(tmp_path, trainer=StubbornTrainer())
    workshop.steps(1)
    with pytest.raises(EngineError, match="tripwire"):
        workshop.stepper().step()
    assert workshop.events() == ["started", "evaluated"]
    assert workshop.tools.training_progress.words() is None


def test_a_training_tells_another_terminal_how_far_it_is_and_clears_it(tmp_path):
    seen = []

    class Watched(ScriptedTrainer):
        def train(self, *words):
            *given, progress = words

            def watched(step, steps, loss):
                progress(step, steps, loss)
                seen.append(workshop.tools.training_progress.words())

            return super().train(*given, watched)

    workshop = small(tmp_path, trainer=Watched())
    workshop.steps(2)
    assert seen == ["step 1 of 1, loss 2.00"]
    assert workshop.tools.training_progress.words() is None


def test_a_training_leaves_its_checkpoints_only_until_it_is_recorded(tmp_path):
    trainer = CountingTrainer(stops_at_step=1)
    workshop = small(tmp_path, trainer=trainer)
    workshop.steps(1)
    with pytest.raises(EngineError, match="stopped at step 1"):
        workshop.stepper().step()
    work = tmp_path / ".modelsmith" / "work" / "tiny"
    assert [path.name for path in work.iterdir() if path.is_dir()] == ["002-train"]
    assert workshop.stepper().step().event is Event.TRAINED
    assert [path.name for path in work.iterdir() if path.is_dir()] == []
    adapter = facts_of(workshop.entries()[-1], TrainedFacts).adapter
    assert trainings_of(workshop.tools.store.get(adapter)) == 1


def test_a_workspace_that_is_not_there_is_clear(tmp_path):
    FileWorkspace(tmp_path / "none").clear()
    assert list(tmp_path.iterdir()) == []
