"""Answers drawn for people to label, and what becomes of their labels."""

import json
import re
from dataclasses import dataclass, field

import pytest
import yaml
from typing_extensions import override

from modelsmith.boundary.call import Lost, Reply
from modelsmith.boundary.ports import Outbound
from modelsmith.cli import main
from modelsmith.errors import HostedError, UsageError
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.label_sample import NEAR_MISS, planned_answers
from modelsmith.wiring.label_sample import sample
from tests.support.exam_files import exam_repository, write, write_scenario
from tests.support.providers import provider_server

SHEET = "benchmarks/pumps/to-label.yaml"
HELD = "benchmarks/pumps/exam/PUMP_SEAL_LEAKS.yaml"
SCENARIOS = ("PUMP_SEAL_LEAKS", "PUMP_SEAL_TWO", "PUMP_SEAL_THREE")
MODELS = """\
models:
  - {name: one, provider: vllm, family: one, api: openai, model: m-1, inside: true, url: "http://a/v1"}
  - {name: two, provider: vllm, family: two, api: openai, model: m-2, inside: true, url: "http://a/v1"}
"""
OLD = """\
# yaml-language-server: $schema=../../../schemas/exam.schema.json
scenario: PUMP_SEAL_LEAKS
answers:  # written by the desk
    - id: W1
      kind: off-topic
      text: The ferries keep to their timetable.
      labels: {P1: not_met, P2: not_met, P3: not_met, P4: not_met, F1: not_met}
"""


@dataclass
class Answering(Outbound):
    """Answers each question with its own words, and notes it."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    is_down: bool = False
    says: str = ""

    @override
    def ask(self, model, asks, label):
        self.asked += [(model, ask.prompt[-1].content) for ask in asks]
        if self.is_down:
            return [Lost(reason="no route", attempts=1) for _ in asks]
        return [self._reply(model, ask) for ask in asks]

    def _reply(self, model, ask):
        kind = "wrong" if ask.prompt[-1].content.endswith(NEAR_MISS) else "right"
        return Reply(
            text=self.says or f"The {kind} answer of {model} to {ask.subjects[0].scenario}.",
            finish="stop", model=model, read_tokens=1, written_tokens=1, cost_usd=0.5,
            latency_s=0.0,
        )  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    exam_repository(tmp_path)
    for name in SCENARIOS[1:]:
        write_scenario(tmp_path, name, "train")
    write(tmp_path, "runners/models.yaml", MODELS)
    write(tmp_path, "runners/boundaries.yaml", "boundaries: [{name: sealed}]\n")
    return tmp_path


@pytest.fixture
def judge(repository, capsys):
    def call(*words):
        code = main(["--repo", str(repository), "judge", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def draw(repository, criteria=18, outbound=None, names=("one", "two")):
    asking = outbound or Answering()
    return sample(repository, "pumps", names, "sealed", criteria, lambda *_: asking), asking


def fill(repository, decide, *, spare=0):
    """Write a label behind each criterion of the sheet, but for the last `spare` answers."""
    text = (repository / SHEET).read_text(encoding="utf-8")
    answers = yaml.safe_load(text)["answers"]
    for one in answers[: len(answers) - spare]:
        start = text.index(f"  - id: {one['id']}")
        at = text.index("    labels:", start)
        end = text.find("  - id:", at)
        block = text[at:] if end < 0 else text[at:end]
        labelled = re.sub(
            r"^      ([PF]\d+):$",
            lambda hit, one=one: f"      {hit[1]}: {decide(one, hit[1])}",
            block,
            flags=re.MULTILINE,
        )
        text = text[:at] + labelled + ("" if end < 0 else text[end:])
    (repository / SHEET).write_text(text, encoding="utf-8")
    return answers


def by_words(one, key):
    is_right = "right answer" in one["answer"]
    return "met" if is_right is key.startswith("P") else "not_met"


def test_each_scenario_is_answered_well_and_wrongly_by_models_in_turn(repository):
    exam = ExamFolder(repository, "pumps").exam()
    plan = planned_answers(exam.benchmark, exam.train, ["one", "two"], 18)
    assert len(plan) == 6  # three criteria each are for judges
    assert {(p.scenario.id, p.is_wrong) for p in plan} == {
        (name, wrong) for name in SCENARIOS for wrong in (False, True)
    }
    models = {p.scenario.id: [q.model for q in plan if q.scenario == p.scenario] for p in plan}
    assert all(sorted(pair) == ["one", "two"] for pair in models.values())
    assert {p.model for p in plan if not p.is_wrong} == {"one", "two"}
    assert len(planned_answers(exam.benchmark, exam.train, ["one", "two"], 1)) == 1
    assert len(planned_answers(exam.benchmark, exam.train, ["one", "two"], 999)) == 12
    assert planned_answers(exam.benchmark, exam.train, [], 999) == ()


def test_the_sheet_holds_what_a_person_decides_by_and_no_models_name(repository):
    drawn, _ = draw(repository)
    assert (drawn.path, drawn.answers, drawn.criteria, drawn.cost_usd) == (SHEET, 6, 18, 3.0)
    text = (repository / SHEET).read_text(encoding="utf-8")
    first = yaml.safe_load(text)["answers"][0]
    assert "barrier pressure sink" in first["question"]
    assert first["criteria"]["P2"] == "Says that the inner seal lets barrier fluid through."
    assert first["labels"] == dict.fromkeys(("P1", "P2", "P3", "P4", "F1"))
    assert first["source"] == "frontier"
    assert "m-1" not in text
    with pytest.raises(UsageError, match=r"to-label\.yaml is already there"):
        draw(repository)


def test_what_was_labelled_examines_a_judge_and_open_labels_count_for_nothing(repository, judge):
    draw(repository)
    assert judge("sample", "--read")[1].startswith("0 labelled answers were added: none\n")
    fill(repository, by_words, spare=1)
    code, out, err = judge("sample", "--read")
    assert (code, err) == (0, "")
    assert out.startswith("5 labelled answers were added: benchmarks/pumps/exam/PUMP_SEAL_")
    assert re.search(
        rf"{SHEET}:\d+:\d+: warning: S06 has no label for P1, P2, P3, P4, F1, so it counts for "
        "nothing", out,
    )  # fmt: skip
    exam = ExamFolder(repository, "pumps").exam()
    sheets = sheets_of(repository, "pumps", exam)
    assert len(JudgeExam(exam.benchmark, sheets, by_id(exam.train)).items()) == 15
    assert {(a.id, a.kind.value) for s in sheets for a in s.answers} == {
        ("R1", "right"), ("W1", "plausible-wrong")
    }  # fmt: skip
    assert main(["--repo", str(repository), "scenario", "check", "--strict"]) == 0
    assert "\n0 labelled answers were added: none\n" in judge("sample", "--read")[1]


def test_labels_go_on_behind_those_that_are_there(repository, judge):
    write(repository, HELD, OLD)
    draw(repository)
    fill(repository, by_words)
    assert judge("sample", "--read")[0] == 0
    text = (repository / HELD).read_text(encoding="utf-8")
    assert text.startswith(OLD)
    assert [one["id"] for one in yaml.safe_load(text)["answers"]] == ["W1", "R1", "W2"]


def test_what_was_labelled_already_or_asked_otherwise_is_told(repository, judge):
    draw(repository)
    out = judge("sample", "--read")[1]
    assert "next: write met or not_met behind each criterion under `labels`" in out
    fill(repository, by_words)
    assert "next: modelsmith judge exam --judge NAME" in judge("sample", "--read")[1]
    sheet = repository / SHEET
    whole = sheet.read_text(encoding="utf-8")
    sheet.write_text(whole.replace("      P1: met", "      P1: not_met", 1), encoding="utf-8")
    out = judge("sample", "--read")[1]
    assert re.search(r"warning: S0\d is labelled otherwise than as R1 in exam/.*\(P1\)", out)
    one = whole[whole.index("  - id: S01") : whole.index("  - id: S02")]
    sheet.write_text(whole + one.replace("S01", "S90"), encoding="utf-8")
    assert "warning: S90 is the answer S01 again, so it counts once" in judge("sample", "--read")[1]
    again = one.replace("S01", "S90").replace(" not_met", " x").replace(" met", " not_met")
    sheet.write_text(whole + again.replace(" x", " met"), encoding="utf-8")
    code, _, err = judge("sample", "--read")
    assert (code, "error: S90 is the answer S01 again, labelled otherwise" in err) == (3, True)
    sheet.write_text(whole.replace("barrier pressure sink", "pressure sink", 1), encoding="utf-8")
    code, _, err = judge("sample", "--read")
    assert (code, "error: S01 answers another question than" in err) == (3, True)


def test_a_list_that_cannot_be_gone_on_with_is_left_alone(repository, judge):
    flat = json.dumps(yaml.safe_load(OLD))
    write(repository, HELD, flat)
    draw(repository)
    fill(repository, by_words)
    code, _, err = judge("sample", "--read")
    assert code == 3
    assert f"{HELD} is not written as a list that can be gone on with" in err
    assert (repository / HELD).read_text(encoding="utf-8") == flat


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("      P1:\n", "      P1: yes\n", "answers.0.labels.P1"),
        ("scenario: PUMP_SEAL", "scenario: PUMP_SEAM", "no train scenario is called PUMP_SEAM_"),
        ("Says that the inner", "Says the inner", "S01 was judged by other criteria than PUMP_"),
        ("    labels:\n", "    labels:\n      P9: met\n", "S01 labels P9"),
    ],
)
def test_a_wrong_sheet_is_refused_at_its_place(repository, judge, old, new, told):
    draw(repository)
    text = (repository / SHEET).read_text(encoding="utf-8")
    assert old in text
    (repository / SHEET).write_text(text.replace(old, new, 1), encoding="utf-8")
    code, _, err = judge("sample", "--read")
    assert code == 3
    assert re.search(rf"{SHEET}:\d+:\d+: error: ", err)
    assert told.split(".")[-1] in err
    assert not (repository / HELD).exists()


def test_a_sheet_that_is_not_there_is_told(judge):
    code, _, err = judge("sample", "--read")
    assert code == 3
    assert f"{SHEET}:1:1: error: the file cannot be read" in err


@pytest.mark.parametrize("words", [(), ("--read", "--base"), ("--model", "one", "--read")])
def test_who_is_to_answer_is_said_once(judge, words):
    assert judge("sample", *words)[0] == 2


def test_an_unknown_model_and_an_unknown_boundary_are_refused(judge):
    code, _, err = judge("sample", "--model", "three")
    assert (code, "no model is called three, those here are: one, two" in err) == (2, True)
    code, _, err = judge("sample", "--model", "one", "--boundary", "open")
    assert (code, "no boundary is called open" in err) == (2, True)


def test_where_every_call_is_lost_nothing_is_written(repository):
    with pytest.raises(HostedError, match=r"6 calls were lost, 0 answers are empty.*no route"):
        draw(repository, outbound=Answering(is_down=True))
    assert not (repository / SHEET).exists()


def test_what_two_models_say_alike_is_labelled_once(repository):
    drawn, _ = draw(repository, outbound=Answering(says="Isolate the pump."))
    assert drawn.answers == 3


@pytest.mark.slow
def test_a_hosted_model_is_asked_within_the_boundary_alone(repository, judge):
    with provider_server(lambda call: f"Answer {call.number}: isolate the pump.") as server:
        text = json.dumps({"models": [server.model("one").model_dump(mode="json", by_alias=True)]})
        write(repository, "runners/models.yaml", text)
        code, _, err = judge("sample", "--model", "one")
        assert code == 4
        assert "boundary sealed grants openai nothing as council" in err
        assert server.calls == []
        grants = {
            "provider": "openai", "purpose": "council", "splits": ["train"],
            "fields": ["operatorLens", "category", "mechanic", "description", "domainInput"],
        }  # fmt: skip
        within = {"boundaries": [{"name": "sealed"}, {"name": "open", "grants": [grants]}]}
        write(repository, "runners/boundaries.yaml", json.dumps(within))
        code, out, err = judge("sample", "--model", "one", "--boundary", "open", "--json")
        assert code == 0, err
        record = json.loads(out)
        assert (record["answers"], record["lost"]) == (len(server.calls), 0)
        assert record["answers"] == 6
        assert any(call.last.endswith(NEAR_MISS) for call in server.calls)
        assert server.refusals == []
