"""A local model is asked through the engine's port: in batches, from the cache, nothing leaves."""

import json

import pytest

from modelsmith.boundary.call import Lost, Reply, Served, paid_for, paid_for_judges
from modelsmith.boundary.egress_report import exposure_of
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.boundary.local_client import BATCH, value_in
from modelsmith.boundary.page import boundary_page
from modelsmith.errors import EngineError
from modelsmith.judges.prompt import SHAPE
from modelsmith.models.generation import Sampling, Usage
from tests.support.engines import echo
from tests.support.hosted_models import saying
from tests.support.local_judges import a_local_judge, asking
from tests.support.runs import a_snapshot

OPINION = {
    "criterion": "P1",
    "expectation": "it says so",
    "quotes": [],
    "reasoning": "it does not",
    "verdict": "not_met",
}
JSON = json.dumps(OPINION)


def questions(count, **changes):
    return [saying(f"question {n}", purpose="judge", **changes) for n in range(count)]


def test_every_question_is_answered_in_its_place_in_batches_and_costs_no_money(tmp_path):
    outbound = asking(tmp_path, echo)
    replies = outbound.ask("own", questions(BATCH + 1), "judges")
    assert [reply.text for reply in replies] == [f"question {n}" for n in range(BATCH + 1)]
    assert {(r.finish, r.cost_usd, r.attempts, r.value) for r in replies} == {
        ("stop", 0.0, 1, None)
    }
    (engine,) = outbound.engines.opened_engines
    assert [len(batch) for batch in engine.asked] == [BATCH, 1]
    assert outbound.ask("own", [], "judges") == ()


def test_questions_that_are_drawn_differently_share_no_batch(tmp_path):
    outbound = asking(tmp_path, lambda _, __, sampling: str(sampling.seed))
    ask = questions(1)[0]
    seeded = [ask.model_copy(update={"sampling": Sampling(seed=n % 2)}) for n in range(4)]
    assert [reply.text for reply in outbound.ask("own", seeded, "judges")] == ["0", "1", "0", "1"]


def test_what_was_answered_before_is_not_asked_again_and_its_work_is_told_once(
    tmp_path,
):
    asking(tmp_path, echo).ask("own", questions(3), "judges")
    again = asking(tmp_path, lambda *_: "other words")
    assert again.ask("own", questions(3), "judges")[2].text == "question 2"
    assert again.engines.opened_engines[0].asked == []
    (served,) = again.journal.egress_events()
    assert isinstance(served, Served)
    assert (served.model, served.purpose, served.asks) == ("own", "judge", 3)
    assert paid_for([served]) == Usage(seconds=0.25, tokens=18, cost_usd=0.0)
    assert paid_for_judges([served]) == 0


def test_a_batch_that_a_kill_left_out_of_the_journal_is_written_there_by_the_next_ask(tmp_path):
    asking(tmp_path, echo).ask("own", questions(3), "judges")
    whole = (tmp_path / "outbound.jsonl").read_bytes()
    (tmp_path / "outbound.jsonl").unlink()
    asking(tmp_path, echo).ask("own", questions(3), "judges")
    assert (tmp_path / "outbound.jsonl").read_bytes() == whole


def test_what_the_machine_could_not_answer_is_lost_in_its_words_and_asked_again(tmp_path):
    broken = asking(tmp_path, echo, fails_at=1)
    (lost,) = broken.ask("own", questions(1), "judges")
    assert lost == Lost(
        reason="could not answer a batch of 1: out of memory (scripted)", attempts=1
    )
    assert broken.journal.egress_events() == ()
    (reply,) = asking(tmp_path, echo).ask("own", questions(1), "judges")
    assert isinstance(reply, Reply)


def test_a_model_that_is_no_longer_what_it_was_is_not_asked(tmp_path):
    outbound = asking(tmp_path, echo, a_local_judge(model="what was certified"))
    with pytest.raises(EngineError, match="own is not what it was when it was looked up: "):
        outbound.ask("own", questions(1), "judges")
    assert outbound.engines.opened_engines[0].asked == []


def test_the_build_of_a_library_makes_no_other_judge(tmp_path):
    judge = a_local_judge()
    known = {"model": "own", "torch": "2.9.1"}
    judge = judge.model_copy(update={"made_of": known})
    assert judge.changed_in({"model": "own", "torch": "2.9.1+cpu", "threads": "2"}) == ()
    assert judge.changed_in({"model": "own", "torch": "2.9.2+cpu"}) == ("torch",)


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"I looked at {{P1}} closely. {JSON} That is all.",
        f'<think>{{"verdict": "met"}} or {JSON}?</think>{JSON}',
        JSON.replace("it does not", "it\ndoes not"),
    ],
)
def test_the_object_in_a_reply_is_read_whatever_stands_around_it(text):
    assert value_in(SHAPE, text)["verdict"] == "not_met"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The criterion is met.",
        f"{JSON}\n{JSON}",
        JSON[:-1],
        JSON.replace("not_met", "perhaps"),
        json.dumps({"opinion": OPINION}),
        "{" * 5000,
        '{"a":' * 5000,
    ],
)
def test_no_object_two_and_one_of_another_shape_are_nothing(text):
    assert value_in(SHAPE, text) is None


def test_the_report_says_what_was_answered_here_and_that_nothing_left(tmp_path):
    outbound = asking(tmp_path, echo)
    outbound.ask("own", questions(3), "judges")
    lines = outbound.journal.egress_events()
    hosted = Hosted(local=(a_local_judge(),))
    found = exposure_of("tiny", hosted, a_snapshot(), [lines], is_under_way=False)
    assert (found.crossings, found.seen) == ((), ())
    assert boundary_page(found).startswith(
        "run tiny, boundary sealed: nothing left\n"
        "  own as judge, on the run's own machine: 3 questions, 9 tokens read and 9 written; "
        "nothing left"
    )
    assert "local" not in exposure_of(
        "tiny", Hosted(), a_snapshot(), [[]], is_under_way=False
    ).model_dump(mode="json")
    assert "local" not in Hosted().model_dump(mode="json")
