"""From a pasted ticket and a table to a draft, and from a draft to a scenario that counts."""

import json
import shutil
import stat

import pytest
import yaml

from modelsmith.cli import main
from modelsmith.council.ticket_draft import SENT
from modelsmith.exam.files.benchmark_folder import ExamFolder, sheets_of
from modelsmith.exam.scenario import Split
from tests.support.exam_files import write
from tests.support.providers import provider_server
from tests.support.tickets import (
    ANSWERS,
    FRENCH,
    SAMPLES,
    TICKET,
    a_worded_draft,
    made_up,
    ticket_repository,
)

PASSES = ": does such an answer pass, fail, or is it left open?"
MISTAKE = ": a mistake, something that a right answer says, or neither?"
TEN = {
    "01-id-ceiling": ["nothing stands in row 3", "which of the two counts?"],
    "02-shading-holdout": ["nothing stands in row 12"],
    "03-storm-cladding": [
        "day 3 of month 2, or day 2 of month 3?",
        "mph and kn stand side by side",
        "nothing stands in row 4",
        PASSES,
    ],
    "04-pays-timeout": ["nothing stands in row 9", "is no figure: is it to stay so?", MISTAKE],
    "05-feature-file": ["nothing stands in row 8", PASSES],
    "06-pump-notice": ["day 5 of month 6, or day 6 of month 5?", MISTAKE],
    "07-lost-label": ["no table was given", MISTAKE, PASSES],
    "08-viewable-drop": ["nothing stands in row 18", PASSES],
    "09-dispute-ratio": ["is no date: is it to stay so?", PASSES],
    "10-empty-replicas": ["nothing stands in row 9", PASSES],
}
"""What must be asked back of each ticket from elsewhere."""

ID = "PUMPS_BOOSTER_PUMPS_NIGHT_DESK"
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
            ["2026-02-01", 240, 1.4, "seal looks wet"],
            ["2026-02-02", 210, "", ""],
            ["2026-02-03", 180, 1.4, "ok"],
        ],
    }
    assert fields["outcomeType"] is fields["category"] is fields["pumpMechanic"] is None
    for said in (
        "`5/4`: day 5 of month 4, or day 4 of month 5?",
        "ft and km stand side by side",
        "vibration_mm_s: nothing stands in row 2 (02/02/2026): is it to stay so?",
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
    assert "Que faire avant le 5/4 ?" in fields["domainInput"]
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
    labels = "{P1: met, P2: met, P3: met, P4: met, P5: met, F1: not_met, F2: not_met, F3: not_met}"
    sheet = f"scenario: {ID}\nanswers:\n  - {{id: R1, kind: right, text: x, labels: {labels}}}\n"
    write(tmp_path, f"benchmarks/pumps/exam/{ID}.yaml", sheet)
    assert sheets_of(tmp_path, "pumps", folder.exam()) == ()
    code, out, err = run("show", ID)
    assert (code, err) == (0, "")
    assert out.startswith(f"{ID}  DRAFT: nobody has confirmed it, so it counts for nothing\n")
    assert "  outcomeType (open)\n    does a right answer flag a problem?" in out
    assert json.loads(run("show", ID, "--json")[1])["draft"] is True


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
        (["--answer", "toConfirm=x"], "--answer toConfirm=x answers nothing"),
        (["--answer", "category"], "--answer is no FIELD=VALUE"),
        (["--answer", "nothing=x"], "Fields that wait for an answer"),
    ],
)
def test_an_answer_to_nothing_is_refused(run, words, told):
    with_table(run)
    code, _, err = run("confirm", PATH, *words)
    assert code == 2
    assert told in err


def test_a_confirmation_keeps_comments_and_permissions(run, tmp_path):
    with_table(run)
    file, said = tmp_path / PATH, [*SAID, "--answer", "description=The seal of pump 4 is leaking."]
    text = file.read_text(encoding="utf-8").replace(
        "\ntoConfirm:", "\n# mine\ntoConfirm:\n  # asked"
    )
    file.write_text(text.replace("\ncategory:\n", "\ncategory:  # sure\n"), encoding="utf-8")
    file.chmod(0o640)
    code, out, err = run("confirm", PATH, *said)
    assert (code, err) == (0, "")
    assert "as it stands, description" not in out
    after = file.read_text(encoding="utf-8")
    assert "\n# mine\n# asked\n" in after
    assert "\ncategory: SEALS  # sure\n" in after
    assert written(tmp_path)["description"] == "The seal of pump 4 is leaking."
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_what_is_open_and_what_is_wrong_is_told_at_once(run, tmp_path):
    with_table(run)
    file = tmp_path / PATH
    text = file.read_text(encoding="utf-8").replace("required: false", "required: nein")
    file.write_text(text.replace("\ncategory:\n", "\ncategory: SEAL\n"), encoding="utf-8")
    code, _, err = run("confirm", PATH)
    assert code == 3
    assert "required is `nein`" in err
    assert "outcomeType is open" in err
    file.write_text(text.replace("nein", "true").replace("\ncategory:\n", "\ncategory: SEAL\n"))
    err = run("confirm", PATH)[2]
    assert "`SEAL` is unknown" in err
    assert "outcomeType is open" in err


def test_a_draft_in_braces_is_refused_with_what_helps(run, tmp_path):
    write(tmp_path, PATH, f"{{id: {ID}, toConfirm: {{id: []}}, outcomeType: tp}}\n")
    code, _, err = run("confirm", PATH)
    assert code == 3
    assert "one mapping in braces" in err
    assert "Write each field on a line of its own" in err


def test_a_rubric_without_checks_is_not_told_to_begin_otherwise(run, tmp_path):
    text = (tmp_path / "benchmarks/pumps/benchmark.yaml").read_text(encoding="utf-8")
    head = text[: text.index("answerFormat")]
    form = (
        "answerFormat:\n  instruction: Answer in one line only.\n"
        "  fields: [{name: VERDICT, kind: choice}]\n"
    )
    write(tmp_path, "benchmarks/pumps/benchmark.yaml", head + form)
    for split in ("train", "steer", "sealed"):
        shutil.rmtree(tmp_path / f"benchmarks/pumps/{split}")
    path = draft(run)[1].partition(":")[0]
    code, out, _ = run("confirm", path, *SAID)
    assert code == 0
    assert "composed from the rubric" not in out
    file = tmp_path / path
    checked = "- text: gives the verdict seal-failure\n  check: {regex: seal-failure}"
    file.write_text(file.read_text().replace("- gives the verdict seal-failure", checked))
    out = run("check", path)[1]
    assert "cannot be read: " in out
    assert "add a criterion for each such field, with a check that names its value" in out
    file.write_text(file.read_text().replace("regex:", "verdict:"))
    assert "composed from the rubric" not in run("check", path)[1]


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
    asked = " ".join(question for asked in record["questions"].values() for question in asked)
    assert [said for said in TEN[name] if said not in asked] == []
    assert made_up(record["fields"], (folder / "ticket.txt").read_text(encoding="utf-8")) == []
    answers = [word for one in ANSWERS for word in ("--answer", one)]
    code, out, err = run("confirm", record["path"], *answers)
    assert (code, err) == (0, "")
    code, out, _ = run("check", record["path"])
    assert code == 0
    assert "1 file checked: 0 errors" in out


def hosted(tmp_path, server, *fields):
    """Describe a model at a server, and a boundary that lets these fields of train go to it."""
    model = server.model("one").model_dump(mode="json", by_alias=True)
    write(tmp_path, "runners/models.yaml", json.dumps({"models": [model]}))
    grant = {"provider": "openai", "purpose": "council", "splits": ["train"], "fields": [*fields]}
    open_one = {"name": "open", "grants": [grant]}
    within = json.dumps({"boundaries": [{"name": "sealed"}, open_one]})
    write(tmp_path, "runners/boundaries.yaml", within)


@pytest.mark.slow
def test_a_model_words_a_draft_within_the_boundary_alone(run, tmp_path):
    with provider_server(lambda _: json.dumps(a_worded_draft())) as server:
        hosted(tmp_path, server, *SENT)
        code, _, err = with_table(run, "--model", "one")
        assert code == 4
        assert "boundary sealed grants openai nothing as council" in err
        code, _, err = with_table(run, "--model", "one", "--boundary", "open", "--split", "sealed")
        assert code == 4
        assert f"keeps {ID}, which is sealed, from openai" in err
        assert server.calls == []
        assert not (tmp_path / PATH).exists()
        code, out, err = with_table(run, "--model", "one", "--boundary", "open")
        assert code == 0, err
        assert "struck out `Blames the owner.`" in out
        fields = written(tmp_path)
        assert fields["failCriteria"] == ["Runs the pump dry."]
        assert fields["outcomeType"] == "fn-guard"
        assert "toConfirm" in fields
        (call,) = server.calls
        assert call.schema is not None
        assert TICKET in call.last
        assert run("check", PATH)[0] == 0
        assert with_table(run, "--model", "one", "--boundary", "open")[0] == 2
        assert len(server.calls) == 1
        assert server.refusals == []


@pytest.mark.slow
def test_a_boundary_that_keeps_the_rubric_in_keeps_the_ticket_in(run, tmp_path):
    with provider_server(lambda _: "{}") as server:
        hosted(tmp_path, server, "description", "domainInput")
        code, _, err = with_table(run, "--model", "one", "--boundary", "open")
        assert code == 4
        assert "keeps testObjective, passCriteria, failCriteria of" in err
        assert server.calls == []


@pytest.mark.slow
def test_a_model_that_does_not_answer_leaves_no_file(run, tmp_path):
    with provider_server(lambda _: "I would rather not.") as server:
        hosted(tmp_path, server, *SENT)
        code, _, err = with_table(run, "--model", "one", "--boundary", "open")
        assert code == 5
        assert "one did not answer with the object that was asked for" in err
        assert "leave --model out: rules draft alone" in err
        assert not (tmp_path / PATH).exists()


def test_an_unknown_model_is_refused(run, tmp_path):
    write(tmp_path, "runners/models.yaml", "models: []\n")
    write(tmp_path, "runners/boundaries.yaml", "boundaries: [{name: sealed}]\n")
    code, _, err = with_table(run, "--model", "nobody")
    assert (code, "no model is called nobody" in err) == (2, True)


def test_a_situation_that_is_too_long_is_kept_whole_and_asked_about(run, tmp_path):
    (tmp_path / "long.txt").write_text("The pump leaks at the seal. " * 200, encoding="utf-8")
    code, out, _ = draft(run, "--data", "pasted/table.csv", "--id", "PUMP_LONG", ticket="long.txt")
    assert code == 0
    assert "description: the situation has 5,599 characters, a description at most 4,000" in out
    path = "benchmarks/pumps/train/PUMP_LONG.yaml"
    assert len(written(tmp_path, path)["description"]) == 5_599
    assert run("confirm", path, *SAID)[0] == 3


def test_a_ticket_of_a_few_words_is_a_draft_of_questions(run, tmp_path):
    (tmp_path / "short.txt").write_text("It leaks", encoding="utf-8")
    code, out, _ = draft(run, ticket="short.txt")
    assert code == 0
    assert "2 of 10 fields drafted" in out
    assert "passCriteria: the ticket does not say it: what does a right answer do?" in out
    code, _, err = run("confirm", out.partition(":")[0])
    assert code == 3
    assert "passCriteria is open" in err


def test_sentences_that_are_open_together_are_one_question(run, tmp_path):
    text = "The pump leaks. Some say hot, some say cold.\n\n"
    text += "Bad: running it dry. We say minutes. Use ours."
    (tmp_path / "open.txt").write_text(text, encoding="utf-8")
    out = draft(run, ticket="open.txt")[1]
    assert "`We say minutes. Use ours.`: a mistake" in out
    assert "which of the two counts" not in out


def test_a_draft_with_every_field_counts_for_nothing_as_long_as_it_is_marked(run, tmp_path):
    with_table(run)
    text = (tmp_path / PATH).read_text(encoding="utf-8")
    for line in SAID[1::2]:
        name, _, value = line.partition("=")
        text = text.replace(f"\n{name}:\n", f"\n{name}: {value}\n")
    (tmp_path / PATH).write_text(text, encoding="utf-8")
    assert run("check", PATH)[0] == 0
    assert ID not in [s.id for s in ExamFolder(tmp_path, "pumps").exam().split(Split.TRAIN)]
    folder = ExamFolder(tmp_path, "pumps")
    assert ID not in [placed.scenario.id for placed in folder.usable(folder.benchmark())]
    assert run("confirm", PATH)[0] == 0
    assert ID in [s.id for s in ExamFolder(tmp_path, "pumps").exam().split(Split.TRAIN)]
