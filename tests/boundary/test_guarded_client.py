"""What a phase may ask, what it never pays for twice, and what is written down of it."""

import io
import json
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from modelsmith.boundary.budget import Worst, worst_of
from modelsmith.boundary.call import (
    Came,
    Lost,
    QuestionSubject,
    Refused,
    ResponseSchema,
    Sent,
    Unpaid,
    call_key,
    paid_for,
)
from modelsmith.boundary.grants import ASKED, SEALED, Boundary
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.hosted_model import Limits, Price
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.disk.console import ConsoleProgress, NoProgress
from modelsmith.errors import BoundaryError, BudgetError, HostedError
from modelsmith.exam.scenario import Split
from modelsmith.models.generation import Usage
from modelsmith.record import sha256
from modelsmith.run.config import Budgets
from modelsmith.run.context import budget_left_of
from modelsmith.run.files.answer_cache import FileCache
from tests.support.clock import START, FixedClock
from tests.support.hosted_models import (
    ScriptedModels,
    a_model,
    a_reply,
    asking,
    hosting,
    saying,
)
from tests.support.killed_outbound import ASKS, EFFECTS, SNAPSHOT, outcomes
from tests.support.walls import OpenWall

STEER, SEALED_ONE, TRAIN = SNAPSHOT.steer[0], SNAPSHOT.sealed[0], SNAPSHOT.train[0]
LOST = Lost(reason="503 five times", attempts=5, read_tokens=50, cost_usd=0.001)


@pytest.fixture
def outbound(tmp_path):
    return BoundedOutbound(
        hosted=hosting(),
        exam=SNAPSHOT,
        models=ScriptedModels(),
        cache=FileCache(tmp_path / "cache"),
        journal=FileJournal(tmp_path / "outbound.jsonl"),
        wall=OpenWall(),
        clock=FixedClock(),
        progress=NoProgress(),
    )


def lines(outbound, kind):
    return [line for line in outbound.journal.egress_events() if isinstance(line, kind)]


def refused(outbound, *asks, model="gpt-1"):
    """Return why `asks` are refused; nothing has left."""
    with pytest.raises(BoundaryError) as error:
        outbound.ask(model, asks, "steer")
    assert outbound.models.requests == []
    assert lines(outbound, Sent) == []
    why = [line.why for line in lines(outbound, Refused)]
    assert why
    assert error.value.what.startswith(f"kept in: {why[0]}")
    return why


# The boundary, as a question tells it


def test_what_is_granted_is_asked_and_each_line_says_what_left(outbound):
    (reply,) = outbound.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer")
    assert reply == a_reply()
    key = call_key(a_model(), asking(SNAPSHOT, STEER))
    body = json.dumps(
        [m.model_dump() for m in asking(SNAPSHOT, STEER).prompt] + ["gpt-1-2026-01-01"]
    ).encode()
    assert list(outbound.journal.egress_events()) == [
        Sent(
            call=key,
            attempt=1,
            at=START,
            provider="openai",
            model="gpt-1",
            host="openai.example",
            purpose="baseline",
            subjects=(QuestionSubject(scenario=STEER.id, split=Split.STEER, fields=ASKED),),
            sha256=sha256(body),
            size_bytes=len(body),
        ),
        Came(
            call=key,
            outcome="reply",
            attempts=1,
            read_tokens=200,
            written_tokens=10,
            cost_usd=0.0005,
            latency_s=0.5,
        ),
    ]
    assert outbound.wall.hosts == ["openai.example"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"purpose": "council"},
            f"boundary frontier keeps {STEER.id}, which is steer, from openai as council",
        ),
        (
            {"subjects": (QuestionSubject(scenario=STEER.id, split=Split.STEER, fields=("id",)),)},
            f"boundary frontier keeps id of {STEER.id} from openai as baseline",
        ),
        (
            {
                "subjects": (
                    QuestionSubject(
                        scenario=STEER.id, split=Split.STEER, fields=ASKED, with_answer=True
                    ),
                )
            },
            f"boundary frontier keeps an answer to {STEER.id} from openai as baseline",
        ),
    ],
)
def test_a_question_about_what_is_not_granted_is_refused(outbound, changes, why):
    assert refused(outbound, asking(SNAPSHOT, STEER, **changes)) == [why]


@pytest.mark.parametrize("scenario", [SEALED_ONE.id, f"{SEALED_ONE.id}__NEW7"])
def test_a_question_that_lies_about_its_split_is_refused(outbound, scenario):
    lie = (QuestionSubject(scenario=scenario, split=Split.TRAIN, fields=("description",)),)
    assert refused(outbound, saying("What follows?", subjects=lie)) == [
        f"boundary frontier keeps {scenario}, which is sealed, from openai as council"
    ]


def test_a_provider_without_a_grant_is_asked_nothing(outbound):
    stranger = replace(outbound, hosted=hosting(a_model("llama-1", "groq")))
    assert refused(stranger, saying("Hello", purpose="judge"), model="llama-1") == [
        "boundary frontier grants groq nothing as judge"
    ]


def test_under_the_sealed_boundary_nothing_leaves(outbound):
    sealed = replace(outbound, hosted=hosting(boundary=Boundary(name=SEALED)))
    assert refused(sealed, saying("Hello")) == ["boundary sealed grants openai nothing as council"]


def test_one_question_that_may_not_go_keeps_all_of_them_in(outbound):
    why = refused(
        outbound, asking(SNAPSHOT, STEER), saying(STEER.description), saying(SEALED_ONE.description)
    )
    assert len(why) == 2


def test_what_runs_inside_is_asked_without_a_grant_and_written_down(outbound):
    inside = a_model("local-1", "ours", url="http://10.0.0.7:8000/v1", inside=True)
    at_home = replace(outbound, hosted=hosting(inside, boundary=Boundary(name=SEALED)))
    at_home.ask("local-1", [asking(SNAPSHOT, SEALED_ONE, Split.SEALED)], "sealed")
    assert [line.host for line in lines(at_home, Sent)] == ["10.0.0.7"]


# What a question carries, whatever it says


@pytest.mark.parametrize(
    "text",
    [
        SEALED_ONE.description,
        f"A new scenario, please, like this one:\n{SEALED_ONE.input_text()}",
        SEALED_ONE.body().upper().replace(" ", "  \n"),
        f"Take {SEALED_ONE.id.lower()} for a model.",
        SNAPSHOT.benchmark.canary,
    ],
    ids=["verbatim", "its table", "other case and white space", "its id", "the canary"],
)
def test_a_proposal_request_that_carries_a_sealed_scenario_is_refused(outbound, text):
    claims_train = (QuestionSubject(scenario=TRAIN.id, split=Split.TRAIN, fields=("description",)),)
    (why,) = refused(outbound, saying("Propose a scenario.", text, subjects=claims_train))
    assert why.startswith("a question to openai as council carries ")
    assert why.endswith(", which boundary frontier keeps in")
    (line,) = lines(outbound, Refused)
    assert (line.what, line.target) == ("content", "openai openai.example")


def test_what_the_shape_of_a_reply_carries_is_read_too(outbound):
    shape = ResponseSchema(name="proposal", schema={"description": SEALED_ONE.input_text()})
    (why,) = refused(outbound, saying("Propose a scenario.", shape=shape))
    assert f"domainInput of {SEALED_ONE.id}" in why


# The cache


def test_a_question_that_was_answered_before_costs_nothing(outbound, tmp_path):
    asks = [asking(SNAPSHOT, scenario) for scenario in SNAPSHOT.steer]
    first = outbound.ask("gpt-1", asks, "steer")
    again = replace(outbound, models=ScriptedModels(), journal=FileJournal(tmp_path / "next.jsonl"))
    assert again.ask("gpt-1", asks, "steer") == first
    assert again.models.waves == []
    assert again.journal.egress_events() == ()
    assert paid_for(again.journal.egress_events()) == Usage()


def test_a_question_that_stands_twice_is_asked_once(outbound):
    ask = asking(SNAPSHOT, STEER)
    assert outbound.ask("gpt-1", [ask, ask], "steer") == [a_reply(), a_reply()]
    assert len(outbound.models.requests) == 1


def test_what_was_lost_is_written_down_and_asked_again(outbound):
    failing = replace(outbound, models=ScriptedModels(lambda _: LOST))
    assert failing.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer") == [LOST]
    (came,) = lines(failing, Came)
    assert (came.outcome, came.reason, came.cost_usd) == ("lost", "503 five times", 0.001)
    assert outbound.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer") == [a_reply()]


def answering(*outcomes):
    """Return models that say one thing after the other, the last for ever."""
    said = list(outcomes)
    return ScriptedModels(lambda _: said.pop(0) if len(said) > 1 else said[0])


SILENCE = Lost(reason="timed out", attempts=5)


def criteria(count, purpose="judge"):
    return [saying(f"Is criterion {n} met?", purpose=purpose) for n in range(count)]


def test_a_model_that_does_not_answer_is_not_asked_for_hours(outbound):
    down = replace(outbound, models=answering(a_reply(), SILENCE))
    with pytest.raises(HostedError) as error:
        down.ask("gpt-1", criteria(500), "judge exam")
    assert str(error.value) == (
        "gpt-1 does not answer: 8 calls in a row to https://openai.example/v1 had no reply, the "
        "last one: timed out\n"
        "  Run the same command again when it answers: what was answered is kept and costs "
        "nothing. If it never did, look at its `url`, `model` and `limits` in runners/models.yaml; "
        "a run that has begun keeps those that it began with."
    )
    assert len(down.models.requests) == 1 + 8
    came = lines(down, Came)
    assert [line.outcome for line in came] == ["reply", *["lost"] * 8]
    up = replace(outbound, models=ScriptedModels())
    assert len(up.ask("gpt-1", criteria(500), "judge exam")) == 500
    assert len(up.models.requests) == 499


def test_as_many_calls_as_are_under_way_at_once_may_have_no_reply(outbound):
    wide = hosting(a_model(limits=Limits(concurrency=12)))
    down = replace(outbound, hosted=wide, models=answering(SILENCE))
    with pytest.raises(HostedError, match="12 calls in a row"):
        down.ask("gpt-1", criteria(30), "judge exam")


@pytest.mark.parametrize("between", [a_reply(), LOST], ids=["a reply", "a reply of no use"])
def test_whoever_says_anything_is_asked_on(outbound, between):
    models = answering(*[SILENCE] * 7, between, *[SILENCE] * 7, a_reply())
    found = replace(outbound, models=models).ask("gpt-1", criteria(20), "judge exam")
    assert found.count(SILENCE) == 14


def test_silence_counts_over_small_calls_too(outbound):
    down = replace(outbound, models=answering(SILENCE))
    for one in criteria(7):
        assert down.ask("gpt-1", [one], "judge exam") == [SILENCE]
    with pytest.raises(HostedError, match="8 calls in a row"):
        down.ask("gpt-1", criteria(8)[7:], "judge exam")


def test_a_council_goes_on_without_a_member_that_does_not_answer(outbound):
    down = replace(outbound, models=answering(SILENCE))
    assert down.ask("gpt-1", criteria(20, "council"), "proposals") == [SILENCE] * 20


def test_who_watches_is_told_how_many_calls_were_lost(outbound):
    told = io.StringIO()
    watched = replace(outbound, models=answering(SILENCE), progress=ConsoleProgress(told))
    watched.ask("gpt-1", criteria(3), "judge exam")
    assert told.getvalue().splitlines()[-1] == "   judge exam 3/3, 0 s 3 lost"


@pytest.mark.parametrize(
    "other",
    [
        {"model": a_model(model="gpt-2-2026-06-01")},
        {"model": a_model(url="https://elsewhere.example/v1")},
        {"ask": asking(SNAPSHOT, SNAPSHOT.steer[1])},
    ],
    ids=["another version", "another server", "another question"],
)
def test_a_reply_counts_for_that_model_and_that_question(other):
    ask, model = other.get("ask", asking(SNAPSHOT, STEER)), other.get("model", a_model())
    assert call_key(model, ask) != call_key(a_model(), asking(SNAPSHOT, STEER))


def test_a_price_or_a_name_that_changes_pays_for_nothing_again():
    ask = asking(SNAPSHOT, STEER)
    renamed = a_model("gpt-x", model="gpt-1-2026-01-01", price_usd_per_million=None)
    assert call_key(renamed, ask) == call_key(a_model(), ask)


def test_a_kept_reply_that_is_no_reply_is_asked_for_again(outbound):
    ask = asking(SNAPSHOT, STEER)
    outbound.cache.put(f"call/{call_key(a_model(), ask)}", b"{}")
    assert outbound.ask("gpt-1", [ask], "steer") == [a_reply()]
    assert len(outbound.models.requests) == 1


# The budget


def test_questions_are_handed_on_as_far_as_the_money_pays_for_their_worst(outbound):
    asks = [asking(SNAPSHOT, scenario) for scenario in SNAPSHOT.steer[:4]]
    worst = max(worst_of(a_model(), ask).cost_usd for ask in asks)
    start = Worst(2.2 * worst, 10**9)

    def remaining(events):
        spent = paid_for(events)
        return Worst(start.cost_usd - spent.cost_usd, start.tokens - spent.tokens)

    dear = ScriptedModels(lambda _: a_reply(read=600))
    poor = replace(outbound, models=dear, remaining=remaining)
    with pytest.raises(BudgetError) as error:
        poor.ask("gpt-1", asks, "steer")
    asked = len(poor.models.requests)
    assert poor.models.waves == [asked] == [2]
    assert len(lines(poor, Came)) == asked
    (unpaid,) = lines(poor, Unpaid)
    assert poor.journal.egress_events()[-1] == unpaid
    assert error.value.what.startswith("the next call to gpt-1 as baseline could take 0.0")
    assert error.value.exit_code == 5
    richer = replace(outbound, models=ScriptedModels())
    richer.ask("gpt-1", asks, "steer")
    assert len(richer.models.requests) == 4 - asked


def test_the_worst_of_a_call_counts_every_byte_and_the_longest_reply():
    ask = saying("abcd", "é")
    assert worst_of(a_model(), ask) == Worst((6 + 32) * 2e-6 + 100 * 1e-5, 138)


def test_a_reply_of_a_shape_may_be_asked_for_twice():
    shape = ResponseSchema(name="one", schema={"type": "object"})
    size = len(b'{"name":"one","schema_":{"type":"object"}}')
    read = 2 * (4 + 16 + size) + 100
    assert worst_of(a_model(), saying("abcd", shape=shape)).tokens == read + 200


def test_what_is_left_is_the_budget_without_what_was_used_and_sent():
    events = [
        Came(
            call="a" * 64,
            outcome="lost",
            attempts=1,
            read_tokens=30,
            written_tokens=5,
            cost_usd=0.25,
            latency_s=0,
        )
    ]
    budgets = Budgets(cost_usd=1.0, tokens=100)
    assert budget_left_of(budgets, Usage(tokens=40, cost_usd=0.5), events) == Worst(0.25, 25)
    assert budget_left_of(budgets, Usage(tokens=90, cost_usd=2.0), events) == Worst(0.0, 0)


def test_without_a_price_nothing_is_asked(outbound):
    unpriced = replace(outbound, hosted=hosting(a_model(price_usd_per_million=None)))
    with pytest.raises(HostedError, match="nobody says what gpt-1 costs, so no budget can hold"):
        unpriced.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer")


def test_a_model_inside_costs_nothing_where_nobody_says_otherwise():
    inside = a_model("local-1", url="http://10.0.0.7/v1", inside=True, price_usd_per_million=None)
    assert worst_of(inside, saying("abcd")).cost_usd == 0
    priced = a_model(inside=True, price_usd_per_million=Price(read=1, written=1))
    assert worst_of(priced, saying("abcd")).cost_usd > 0


# The journal


def test_each_attempt_is_a_line_before_it_leaves(outbound):
    twice = replace(outbound, models=ScriptedModels(attempts=2))
    twice.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer")
    assert [line.attempt for line in lines(twice, Sent)] == [1, 2]


def test_a_key_that_is_missing_leaves_nothing_and_says_so(outbound):
    keyless = replace(outbound, models=ScriptedModels(is_keyless=True))
    with pytest.raises(HostedError, match="no key is set"):
        keyless.ask("gpt-1", [asking(SNAPSHOT, STEER)], "steer")
    assert keyless.journal.egress_events() == ()


def test_a_kill_at_any_point_repeats_no_finished_call(tmp_path):
    plan = [(effect, number) for effect in EFFECTS for number in range(1, len(ASKS) + 1)]
    roots = [tmp_path / f"{effect}-{number}" for effect, number in plan]
    for root in roots:
        root.mkdir()
    given = [(str(root), *place) for root, place in zip(roots, plan, strict=True)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_outbound"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split() == [str(-signal.SIGKILL)] * len(plan)
    (tmp_path / "whole").mkdir()
    whole = outcomes(tmp_path / "whole")
    for root, (effect, number) in zip(roots, plan, strict=True):
        assert outcomes(root) == whole, root
        asked = Counter((root / "requests.log").read_text().split())
        repeated = 1 if effect == "replied" else 0  # its reply was on no disk yet
        assert sum(asked.values()) == len(ASKS) + repeated, (effect, number)
        came = [
            line.call
            for line in FileJournal(root / "outbound.jsonl").egress_events()
            if isinstance(line, Came)
        ]
        assert sorted(came) == sorted(asked), "each call ended once, also one that a kill cut off"
