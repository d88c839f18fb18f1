"""What a run records of what leaves: with a phase that ends, stops, waits or breaks off."""

from dataclasses import replace

import pytest

from modelsmith.boundary.call import Came, Held, Refused, Sent, Unpaid, egress_events_of
from modelsmith.cli.run import _exit_for
from modelsmith.errors import HostedError
from modelsmith.loop.phases.context_history import context_of
from modelsmith.run.context import asked_in
from modelsmith.run.entry_facts import StoppedFacts, facts_of, progress_of
from tests.support.asking_runs import SIZES, a_run, steer_questions
from tests.support.forging import forge, stored
from tests.support.hosted_models import ScriptedModels, a_model, a_reply, hosting, saying
from tests.support.runs import a_workshop, an_exam


def journal(workshop, entry):
    (path,) = [path for path in entry.evidence if path.endswith("/outbound.jsonl")]
    return egress_events_of(workshop.tools.folder.read(path))


def kinds(events):
    return [line.kind for line in events]


def test_what_left_is_evidence_of_the_phase_and_replays(tmp_path):
    workshop = a_run(tmp_path)
    entry = workshop.stepper().step()
    assert entry.event.value == "evaluated"
    found = journal(workshop, entry)
    assert kinds(found) == ["held", "sent", "came", "sent", "came"]
    assert found[0] == Held(by=("hook",))
    assert workshop.replay().differences == ()


def test_a_phase_that_asks_nobody_says_what_held_it_in(tmp_path):
    workshop = a_run(tmp_path, lambda _: [])
    assert kinds(journal(workshop, workshop.stepper().step())) == ["held"]


def test_a_journal_that_was_altered_is_located(tmp_path):
    workshop = a_run(tmp_path)
    workshop.stepper().step()
    path = workshop.folder / "001-eval/outbound.jsonl"
    path.write_bytes(path.read_bytes().replace(b"0.0005", b"0.0001"))
    (difference,) = workshop.replay().differences
    assert str(difference).startswith("entry 1: 001-eval/outbound.jsonl: its sha256 is ")


def test_a_budget_that_does_not_pay_for_the_next_call_halts_the_run(tmp_path):
    dear = ScriptedModels(lambda _: a_reply(read=1000))
    workshop = a_run(tmp_path, models=dear, budgets={"iterations": 3, "costUsd": 0.003})
    entry = workshop.stepper().step()
    assert entry.event.value == "halted"
    stopped = facts_of(entry, StoppedFacts)
    assert stopped.reason == "budget"
    assert stopped.words.startswith("the next call to gpt-1 as baseline could take 0.00")
    assert stopped.words.endswith("USD and 9998990 tokens are left")
    assert (stopped.usage.tokens, stopped.usage.cost_usd) == (1010, 0.0021)
    found = journal(workshop, entry)
    assert kinds(found) == ["held", "sent", "came", "unpaid"]
    assert isinstance(found[-1], Unpaid)
    assert progress_of(workshop.entries())[1].usage.cost_usd == 0.0021
    assert workshop.replay().differences == ()
    entries = stored(workshop.folder)
    entries[1]["facts"]["usage"]["cost_usd"] = 0.0
    forge(workshop.folder, entries)
    (difference,) = workshop.replay().differences
    assert str(difference).startswith("entry 1: facts.usage.cost_usd: the ledger says ")


def test_what_was_paid_counts_where_errors_end_the_run(tmp_path):
    workshop = a_run(tmp_path, fails_at=1)
    entry = workshop.stepper().step()
    stopped = facts_of(entry, StoppedFacts)
    assert (stopped.reason, stopped.usage.cost_usd) == ("errors", 0.001)
    assert workshop.replay().differences == ()


def test_a_question_that_the_boundary_keeps_in_blocks_the_run_and_is_in_its_record(tmp_path):
    def asks(case):
        return [saying(f"Write one like this: {case.snapshot.sealed[0].description}")]

    workshop = a_run(tmp_path, asks)
    entry = workshop.stepper().go()
    assert workshop.events() == ["started", "blocked"]
    stopped = facts_of(entry, StoppedFacts)
    assert stopped.reason == "boundary"
    assert stopped.words.startswith("kept in: a question to openai as council carries description")
    found = journal(workshop, entry)
    assert kinds(found) == ["held", "refused"]
    assert isinstance(found[1], Refused)
    with pytest.raises(SystemExit) as ended:
        _exit_for(entry)
    assert ended.value.code == 4
    assert workshop.replay().differences == ()
    assert workshop.stepper().step().event.value == "unblocked"


def test_what_a_phase_paid_before_it_was_blocked_counts(tmp_path):
    workshop = a_run(tmp_path)
    outbound = workshop.tools.outbound

    def then_refused(case):
        first = outbound(case)
        first.ask("gpt-1", steer_questions(case), "asking")
        first.ask("gpt-1", [saying(case.snapshot.sealed[0].description)], "asking")

    workshop.engines.asks = lambda case: then_refused(case) or []
    entry = workshop.stepper().step()
    assert facts_of(entry, StoppedFacts).usage.cost_usd == 0.001
    workshop.stepper().step()
    assert progress_of(workshop.entries())[1].usage.cost_usd == 0.001
    assert workshop.replay().differences == ()


def test_a_usage_that_the_journal_does_not_say_is_a_difference(tmp_path):
    workshop = a_run(tmp_path, lambda c: [saying(c.snapshot.sealed[0].description)])
    workshop.stepper().step()
    entries = stored(workshop.folder)
    entries[1]["facts"]["usage"]["tokens"] = 7
    forge(workshop.folder, entries)
    (difference,) = workshop.replay().differences
    assert str(difference) == ("entry 1: facts.usage.tokens: the ledger says 7, the evidence 0")


def test_a_journal_of_a_phase_that_broke_off_is_kept_and_is_no_difference(tmp_path):
    keyless = ScriptedModels(is_keyless=True)
    workshop = a_run(tmp_path, models=keyless)
    with pytest.raises(HostedError, match="no key is set"):
        workshop.stepper().step()
    assert workshop.events() == ["started"]
    assert (workshop.folder / "001-eval/outbound.jsonl").exists()
    assert workshop.replay().differences == ()
    again = a_run(tmp_path)
    entry = again.stepper().step()
    assert kinds(journal(again, entry)) == ["held", "sent", "came", "sent", "came"]


def test_what_another_phase_would_have_left_is_a_difference(tmp_path):
    workshop = a_run(tmp_path)
    stray = workshop.folder / "001-train/outbound.jsonl"
    stray.parent.mkdir()
    stray.write_bytes(b"")
    (difference,) = workshop.replay().differences
    assert str(difference) == (
        "no entry: 001-train/outbound.jsonl: no ledger entry names this file"
    )


def test_an_unchanged_evaluation_in_another_run_asks_nobody(tmp_path):
    first = a_run(tmp_path)
    first.stepper().step()
    models = ScriptedModels()
    second = a_run(tmp_path, models=models, run="again")
    entry = second.stepper().step()
    assert models.requests == []
    assert kinds(journal(second, entry)) == ["held"]
    assert not [line for line in journal(second, entry) if isinstance(line, Sent | Came)]


@pytest.mark.parametrize(
    ("steps", "expected"), [(0, {"gpt-1", "claude-1"}), (1, set()), (2, {"claude-1", "gemini-1"})]
)
def test_each_phase_needs_the_models_that_it_asks(tmp_path, steps, expected):
    stand_ins = ["stand-in:zero-shot", "stand-in:few-shot"]
    workshop = a_workshop(
        tmp_path,
        exam=an_exam(SIZES),
        baselines=["gpt-1", *stand_ins],
        judges=["claude-1"],
        model={"name": "smollm2-135m-instruct"},
        council={"members": ["mutator", "gemini-1"]},
    )
    hosted = hosting(a_model(), a_model("claude-1", "anthropic"), a_model("gemini-1", "google"))
    plain = a_workshop(tmp_path / "plain", exam=an_exam(SIZES))
    plain.steps(steps)
    case = replace(context_of(plain.tools.folder), config=workshop.config, hosted=hosted)
    assert {model.name for model in asked_in(case)} == expected
