import threading

import pytest

from modelsmith.boundary.call import Came, Held, QuestionSubject, Refused, Sent, Unpaid
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.scenario import Split
from tests.support.clock import START

SUBJECT = QuestionSubject(scenario="PUMP_ONE", split=Split.STEER, fields=("description",))


def a_sent(call="a" * 64, attempt=1):
    return Sent(
        call=call,
        attempt=attempt,
        at=START,
        provider="openai",
        model="gpt-1",
        host="openai.example",
        purpose="baseline",
        subjects=(SUBJECT,),
        sha256="b" * 64,
        size_bytes=12,
    )


def a_came(call="a" * 64):
    return Came(
        call=call,
        outcome="reply",
        attempts=1,
        read_tokens=10,
        written_tokens=2,
        cost_usd=0.25,
        latency_s=0.5,
    )


LINES = (
    Held(by=("hook",)),
    a_sent(),
    a_came(),
    Refused(at=START, what="content", target="openai openai.example", why="it is sealed"),
    Unpaid(at=START, model="gpt-1", purpose="judge", cost_usd=0.5, tokens=100),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "001-eval" / "outbound.jsonl"


def test_every_kind_of_line_is_read_as_it_was_written(path):
    for line in LINES:
        FileJournal(path).write(line)
    assert tuple(FileJournal(path).egress_events()) == LINES


def test_nothing_left_where_there_is_no_file(path):
    assert FileJournal(path).egress_events() == ()
    assert not path.exists()


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_torn_last_line_is_dropped_and_the_next_takes_its_place(path, cut):
    for line in LINES[:2]:
        FileJournal(path).write(line)
    path.write_bytes(path.read_bytes()[:-cut])
    assert tuple(FileJournal(path).egress_events()) == LINES[:1]
    FileJournal(path).write(LINES[2])
    assert tuple(FileJournal(path).egress_events()) == (LINES[0], LINES[2])
    assert path.read_bytes() == b"".join(x.canonical() + b"\n" for x in (LINES[0], LINES[2]))


def test_two_that_hold_one_file_lose_no_line(path):
    one, other = FileJournal(path), FileJournal(path)
    one.write(LINES[0])
    other.write(LINES[1])
    one.write(LINES[2])
    assert tuple(other.egress_events()) == LINES[:3]


def test_lines_from_many_threads_are_whole(path):
    journal = FileJournal(path)

    def write(number):
        for attempt in range(1, 6):
            journal.write(a_sent(call=f"{number:064x}", attempt=attempt))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [(int(line.call, 16), line.attempt) for line in journal.egress_events()]
    assert sorted(found) == [(n, a) for n in range(8) for a in range(1, 6)]


def test_a_line_that_was_altered_is_told(path):
    FileJournal(path).write(LINES[1])
    path.write_text(path.read_text().replace("baseline", "pastime"))
    with pytest.raises(BrokenRecordError, match=r"outbound.jsonl is not what was written"):
        FileJournal(path).egress_events()
