"""From a pasted ticket and a table to a draft, and from a draft to a scenario that counts."""

import json
import shutil

import pytest
import yaml

from modelsmith.cli import main
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Split
from tests.support.tickets import ANSWERS, FRENCH, SAMPLES, TICKET, made_up, ticket_repository

TEN = (
    "01-id-ceiling", "02-shading-holdout", "03-storm-cladding", "04-pays-timeout",
    "05-feature-file", "06-pump-notice", "07-lost-label", "08-viewable-drop", "09-dispute-ratio",
    "10-empty-replicas",
)  # fmt: skip
ID = "PUMPS_BOOSTER_PUMPS_FROM_NIGHT"
PATH = f"benchmarks/pumps/train/{ID}.yaml"
SAID = (
    "--answer", "outcomeType=tp", "--answer", "operatorLens=operator", "--answer",
    "category=SEALS", "--answer", "pumpMechanic={drive: electric, seal: double}",
)  # fmt: skip


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    ticket_repository(tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main(["--repo", str(tmp_path), "scenario", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def draft(run, *more, ticket="pasted/ticket.txt", benchmark="pumps"):
    return run("draft", "--ticket", ticket, "--benchmark", benchmark, *more)


def with_table(run, *more):
    return draft(run, "--data", "pasted/table.csv", *more)


def written(tmp_path, path=PATH):
    return yaml.safe_load((tmp_path / path).read_text(encoding="utf-8"))


def test_a_ticket_and_a_table_become_a_draft_that_says_what_is_open(run, tmp_path):
    code, out, err = with_table(run)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"{PATH}: 6 of 10 fields drafted; to be confirmed"
    fields = written(tmp_path)
    assert fields["passCriteria"] == [
        "That is a trap, the vibration is flat.",
        {
            "text": "cites barrier_kpa at its last value, 180",
            "check": {"number": {"metric": "barrier_kpa", "value": 180}},
        },
        "gives the verdict seal-failure",
        "isolates the pump roughly within the hour",
        {"text": "it says what a spare seal costs.", "required": False},
    ]
    assert fields["failCriteria"] == [
        "running it dry (the seal is gone then)",
        '"wait for the next shift"',
        "raising the pressure",
    ]
    assert fields["domainInput"] == {
        "columns": ["day", "barrier_kpa", "vibration_mm_s", "remarks"],
        "rows": [
            ["2026-02-01", 240, 1.4, "call at 02:40, keys dead"],
            ["2026-02-02", 210, "n/a", "n/a"],
            ["2026-02-03", 180, 1.4, "ok"],
        ],
    }
    assert fields["outcomeType"] is fields["category"] is fields["pumpMechanic"] is None
    for said in (
        "`3/2`: day 3 of month 2, or day 2 of month 3?",
        "mph and kn stand side by side",
        "vibration_mm_s: nothing stands in row 2 (02/02/2026): is it to stay `n/a`?",
        "P4 says `roughly`: up to where does an answer hold?",
        "`Draining first is arguable.`: does such an answer pass, fail, or is it left open?",
        "left out as talk about the exam: `P2 booster pumps",
    ):
        assert said in out.replace("\n", " "), said
    assert made_up(fields, TICKET) == []


def test_with_the_category_a_choice_of_its_verdicts_is_checked(run, tmp_path):
    with_table(run, "--category", "SEALS", "--outcome", "tp", "--lens", "operator")
    fields = written(tmp_path)
    assert fields["passCriteria"][2] == {
        "text": "gives the verdict seal-failure",
        "check": {"verdict": "seal-failure"},
    }
    assert "category" not in fields["toConfirm"]


def test_a_draft_without_a_table_reads_the_tickets_own_account(run, tmp_path):
    code, out, _ = draft(run, ticket="pasted/french.txt", benchmark="cases")
    assert code == 0
    fields = written(tmp_path, out.partition(":")[0])
    assert fields["passCriteria"] == [
        "dire que la garniture fuit, pas le palier",
        "isoler la pompe",
    ]
    assert fields["failCriteria"] == [
        "accuser le palier (la vibration est plate)", "attendre la rel\u00e8ve"
    ]  # fmt: skip
    assert fields["setting"] == {}
    assert "Que faire avant le 3/2 ?" in fields["domainInput"]
    assert "no table was given" in out
    assert made_up(fields, FRENCH) == []


def test_an_unconfirmed_draft_is_told_at_its_fields_and_counts_for_nothing(run, tmp_path):
    with_table(run)
    code, out, _ = run("check", PATH)
    assert code == 0
    assert f"{PATH}:4" in out
    assert "warning: outcomeType is open: does a right answer flag a problem?" in out
    assert "error" not in out.replace("0 errors", "")
    assert run("check", PATH, "--strict")[0] == 3
    folder = ExamFolder(tmp_path, "pumps")
    assert [s.id for s in folder.exam().split(Split.TRAIN)] == ["PUMP_SEAL_LEAKS"]
    assert folder.drafts() == [PATH]
    code, _, err = run("show", ID)
    assert code == 3
    assert "id was drafted, and nobody has confirmed it" in err


def test_a_confirmed_draft_counts(run, tmp_path):
    with_table(run)
    code, _, err = run("confirm", PATH)
    assert code == 3
    assert "error: outcomeType is open" in err
    assert "toConfirm" in written(tmp_path)
    code, out, _ = run("confirm", PATH, *SAID)
    assert (code, out.splitlines()[0]) == (0, f"{PATH}: confirmed")
    text = (tmp_path / PATH).read_text(encoding="utf-8")
    assert "toConfirm" not in text
    assert "# draft" not in text
    assert run("check", PATH)[0] == 0
    assert ID in [s.id for s in ExamFolder(tmp_path, "pumps").exam().split(Split.TRAIN)]
    assert ExamFolder(tmp_path, "pumps").drafts() == []
    assert run("confirm", PATH) == (0, f"{PATH}: no draft, nothing to confirm\n", "")


def test_fields_can_be_answered_in_the_file_and_marks_taken_out_by_hand(run, tmp_path):
    with_table(run)
    text = (tmp_path / PATH).read_text(encoding="utf-8")
    for line in SAID[1::2]:
        name, _, value = line.partition("=")
        text = text.replace(f"\n{name}:\n", f"\n{name}: {value}\n")
    head, _, rest = text.partition("toConfirm:")
    (tmp_path / PATH).write_text(head + rest[rest.index("\nid:") + 1 :], encoding="utf-8")
    assert run("check", PATH)[0] == 0
    assert ID in [s.id for s in ExamFolder(tmp_path, "pumps").exam().split(Split.TRAIN)]


def test_a_wrong_answer_leaves_the_draft_as_it_is(run, tmp_path):
    with_table(run)
    before = (tmp_path / PATH).read_bytes()
    words = [one.replace("category=SEALS", "category=SEAL") for one in SAID]
    code, _, err = run("confirm", PATH, *words)
    assert code == 3
    assert "error: `SEAL` is unknown; expected one of SEALS, BEARINGS" in err
    assert (tmp_path / PATH).read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--answer", "description=x"], "--answer description=x answers nothing"),
        (["--answer", "category"], "--answer is no FIELD=VALUE"),
        (["--answer", "nothing=x"], "Fields that wait for an answer"),
    ],
)
def test_an_answer_to_nothing_is_refused(run, words, told):
    with_table(run)
    code, _, err = run("confirm", PATH, *words)
    assert code == 2
    assert told in err


def test_a_file_that_is_there_is_never_overwritten(run, tmp_path):
    with_table(run)
    before = (tmp_path / PATH).read_bytes()
    code, _, err = with_table(run, "--outcome", "tp")
    assert (code, (tmp_path / PATH).read_bytes()) == (2, before)
    assert f"{PATH} is already there" in err
    assert "Choose another --id" in err
    assert with_table(run, "--id", "PUMP_ANOTHER_ONE")[0] == 0


def test_a_sealed_draft_carries_the_canary(run, tmp_path):
    code, out, _ = with_table(run, "--split", "sealed")
    path = out.partition(":")[0]
    assert (code, path.split("/")[2]) == (0, "sealed")
    assert run("confirm", path, *SAID)[0] == 0
    assert run("check", path)[0] == 0


def test_a_record_holds_fields_and_questions(run):
    code, out, _ = with_table(run, "--json")
    record = json.loads(out)
    assert (code, record["path"]) == (0, PATH)
    assert record["open"] == ["outcomeType", "operatorLens", "category", "pumpMechanic"]
    assert set(record["questions"]) == set(record["fields"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "x.txt:1:1: error: the file is empty"),
        (b" \n\n", "x.txt:1:1: error: the file is empty"),
        (b"\x89PNG\r\n", "x.txt:1:1: error: byte 0x89 is not UTF-8 here"),
        (b"a leak\n\x00\x01", "x.txt:2:1: error: character U+0000"),
        ("caf\u00e9".encode("latin-1"), "x.txt:1:4: error: byte 0xe9 is not UTF-8 here"),
        (b"x" * 20_001, "x.txt:1:1: error: the ticket has 20,001 characters"),
        (b"x" * ((1 << 20) + 1), "x.txt:1:1: error: the file has more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_ticket_is_refused_with_its_place(run, tmp_path, content, told):
    (tmp_path / "x.txt").write_bytes(content)
    code, _, err = draft(run, ticket="x.txt")
    assert code == 3
    assert told in err
    assert not (tmp_path / PATH).exists()


def test_a_file_that_is_not_there_is_refused(run):
    code, _, err = draft(run, ticket="nowhere.txt")
    assert code == 3
    assert "nowhere.txt:1:1: error: the file cannot be read: No such file" in err


def test_a_ragged_table_is_refused_at_its_row(run, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    code, _, err = draft(run, "--data", "x.csv")
    assert code == 3
    assert "x.csv:3:1: error: the row has 1 cells, the headings are 2" in err
    assert not (tmp_path / PATH).exists()


@pytest.mark.parametrize("words", [["--lens", "nobody"], ["--category", "X"], ["--id", "x"]])
def test_a_given_word_that_is_none_of_the_benchmarks_is_refused(run, tmp_path, words):
    code, _, err = with_table(run, *words)
    assert code == 2
    assert words[1] in err
    assert not (tmp_path / PATH).exists()


def test_marks_that_are_no_marks_are_told(run, tmp_path):
    with_table(run)
    text = (tmp_path / PATH).read_text(encoding="utf-8")
    (tmp_path / PATH).write_text("toConfirm: yes please\n" + text[text.index("\nid:") + 1 :])
    code, out, _ = run("check", PATH)
    assert code == 3
    assert f"{PATH}:1:12: error: toConfirm is no mapping" in out


@pytest.mark.parametrize("name", TEN)
def test_a_ticket_from_elsewhere_is_a_checked_scenario_once_it_is_confirmed(run, tmp_path, name):
    folder = SAMPLES / name
    if not folder.is_dir():
        pytest.skip(f"tickets/{name} is not in the folder that MODELSMITH_SAMPLES names")
    shutil.copytree(folder, tmp_path / "case")
    data = ["--data", "case/data.csv"] if (folder / "data.csv").is_file() else []
    code, out, err = draft(run, *data, "--json", ticket="case/ticket.txt", benchmark="cases")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["open"] == ["outcomeType", "operatorLens", "category"]
    assert made_up(record["fields"], (folder / "ticket.txt").read_text(encoding="utf-8")) == []
    answers = [word for one in ANSWERS for word in ("--answer", one)]
    code, out, err = run("confirm", record["path"], *answers)
    assert (code, err) == (0, "")
    code, out, _ = run("check", record["path"])
    assert code == 0
    assert "1 file checked: 0 errors" in out
