# ruff: noqa: E501 - messages are matched whole
"""`modelsmith benchmark new`: a benchmark of one's own, by options or asked for on a terminal."""

import json
import os
import pty
import shutil
import subprocess
import sys

import pytest
import yaml

from modelsmith.cli import main
from modelsmith.exam.files.benchmark_folder import ExamFolder
from tests.support.exam_files import BENCHMARK, write
from tests.support.models import ROOT

CHOSEN = (
    "--title", "Cloud incidents: what broke", "--lens", "on-call, manager",
    "--instruction", "Answer as the engineer on call.",
    "--part", "layer=network,storage", "--part", "trigger=deploy,load",
    "--field", "EVIDENCE=figures: 3", "--field", "CAUSE=text: Says that",
    "--field", "VERDICT=choice", "--clear", "no-issue",
    "--category", "DEPLOYS=Deploys", "--category", "DATA_LOSS",
    "--category", "UPDATES=What customers are told",
    "--verdicts", "DEPLOYS=bad-release,bad-config", "--verdicts", "DATA_LOSS=no-issue,lost-write",
)  # fmt: skip
WRITTEN = (
    "benchmarks/incidents/benchmark.yaml: written\n"
    "schemas/incidents.scenario.schema.json: written\n"
    ".github/ISSUE_TEMPLATE/scenario-incidents.yml: written\n"
    ".github/ISSUE_TEMPLATE/scenario-incidents_ticket.yml: written\n"
)
NEXT = (
    "no scenarios yet; next:\n"
    "  modelsmith scenario new INCIDENTS_SHORT_NAME --domain incidents --split train "
    "--category DEPLOYS --lens on-call --outcome tp\n"
    "  modelsmith scenario draft --benchmark incidents --ticket FILE --data FILE.csv\n"
    "  modelsmith scenario check\n"
    "  git add . && git commit -m 'Begin the benchmark incidents'\n"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun")
    write(folder, "benchmarks/pumps/benchmark.yaml", BENCHMARK)
    assert main(["--repo", str(folder), "schema", "write"]) == 0
    return folder


@pytest.fixture
def factory(begun, tmp_path, monkeypatch):
    folder = tmp_path / "factory"
    shutil.copytree(begun, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(factory, capsys):
    def call(*words):
        code = main(["--repo", str(factory), *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def asked(factory, lines, *more):
    """Return the exit code and what is said where somebody types these lines on a terminal."""
    here, there = pty.openpty()
    words = [
        sys.executable,
        "-m",
        "modelsmith",
        "--repo",
        str(factory),
        "benchmark",
        "new",
        "incidents",
        *more,
    ]
    with subprocess.Popen(
        words, stdin=there, stdout=there, stderr=there, cwd=factory,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as child:  # fmt: skip
        os.close(there)
        os.write(here, "".join(f"{line}\n" for line in lines).encode() + b"\x04")
        said = b""
        while more := read(here):
            said += more
        os.close(here)
        return child.wait(timeout=30), said.decode().replace("\r\n", "\n")


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


def test_options_make_a_benchmark_that_is_in_order_and_lacks_scenarios_alone(run, factory):
    free = "answered in free text, since no --verdicts say otherwise: UPDATES\n"
    assert run("benchmark", "new", "incidents", *CHOSEN) == (0, WRITTEN + free + NEXT, "")
    assert sorted(path.name for path in (factory / "benchmarks/incidents").iterdir()) == [
        "benchmark.yaml", "exam", "families", "sealed", "steer", "train",
    ]  # fmt: skip
    code, told, _ = run("scenario", "check", "--strict", "benchmarks/incidents")
    assert (code, told) == (
        0,
        (
            "benchmarks/incidents/benchmark.yaml:1:1: note: no scenarios yet; expected some in "
            "train, steer and sealed before a run starts; fix: write one with `modelsmith scenario "
            "new ID --split train`\n1 file checked: 0 errors, 0 warnings, 1 note\n"
        ),
    )
    assert run("schema", "check")[0] == 0
    made = ExamFolder(factory, "incidents").benchmark()
    assert (made.title, made.owner, made.lenses, made.language) == (
        "Cloud incidents: what broke", "domain-owner", ("on-call", "manager"), "en",
    )  # fmt: skip
    assert made.mechanic.field == "incidentsMechanic"
    assert made.mechanic.schema_["properties"] == {
        "layer": {"enum": ["network", "storage"]},
        "trigger": {"enum": ["deploy", "load"]},
    }
    assert {name: (one.title, one.verdicts, one.free_text) for name, one in made.categories.items()} == {
        "DEPLOYS": ("Deploys", ("bad-release", "bad-config", "no-issue"), False),
        "DATA_LOSS": ("Data loss", ("no-issue", "lost-write"), False),
        "UPDATES": ("What customers are told", (), True),
    }  # fmt: skip
    evidence, cause, verdict = made.answer_format.fields
    assert (evidence.at_most, cause.opens, verdict.clear) == (3, ("Says that ",), "no-issue")


def test_what_it_says_to_do_next_can_be_done(run):
    run("benchmark", "new", "incidents", *CHOSEN)
    line = next(one for one in NEXT.splitlines() if "scenario new" in one)
    assert run(*line.split()[1:])[0] == 0
    code, told, _ = run("scenario", "check", "benchmarks/incidents")
    assert code == 0
    assert ": note: no scenarios yet in steer and sealed; expected some in train," in told


def test_the_issue_form_offers_its_words(run, factory):
    run("benchmark", "new", "incidents", *CHOSEN)
    form = yaml.safe_load((factory / ".github/ISSUE_TEMPLATE/scenario-incidents.yml").read_text())
    listed = {one.get("id"): one["attributes"].get("options") for one in form["body"]}
    assert listed["category"] == ["DEPLOYS", "DATA_LOSS", "UPDATES"]
    assert listed["operatorLens"] == ["on-call", "manager"]


def test_a_program_gets_a_record_and_is_never_asked(run):
    code, told, err = run("benchmark", "new", "incidents", *CHOSEN, "--json")
    made = json.loads(told)
    assert (code, err, made["domain"]) == (0, "", "incidents")
    assert "".join(f"{path}: written\n" for path in made["written"]) == WRITTEN
    assert made["next"] == [line.strip() for line in NEXT.splitlines()[1:]]


def test_nothing_is_overwritten(run, factory):
    run("benchmark", "new", "incidents", *CHOSEN)
    before = files(factory)
    told = (
        2,
        "",
        "error: benchmarks/incidents is already there\n  Choose another name, or edit it.\n",
    )
    assert run("benchmark", "new", "incidents", *CHOSEN) == told
    assert files(factory) == before


def test_without_a_terminal_everything_that_is_lacking_is_named(run, factory):
    before = files(factory)
    assert run("benchmark", "new", "incidents", "--title", "Cloud incidents") == (
        2,
        "",
        (
            "error: nothing says what the benchmark is:\n"
            "  --instruction: how an answer is written (a sentence to the model)\n"
            "  --lens: whose eyes answers are written for (a, b)\n"
            "  --part: what that field says (NAME=a,b)\n"
            "  --category: the capabilities that are examined (ID=TITLE)\n"
            "  Give these options, or call it on a terminal, where it asks for them.\n"
        ),
    )
    assert files(factory) == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("--title", "ab"), "--title: title has 2 characters; expected at least 3; fix: write more"),
        (("--language", "English"), "--language: language is `English`; expected "),
        (("--lens", "o"), "--lens: 'o' holds one that is too short or too long; expected 2 to 60 "),
        (("--mechanic", "category"), "--mechanic: category is another field of every scenario"),
        (("--mechanic", "toConfirm"), "--mechanic: toConfirm is another field of every scenario"),
        (("--part", "found by=a,b"), "--part: 'found by' is no name; expected letters and digits"),
        (("--part", "layer=a,a"), "--part: 'layer=a,a' holds a twice"),
        (("--verdicts", "DEPLOYS=a,b,a"), "--verdicts: 'DEPLOYS=a,b,a' holds a twice"),
        (("--field", "SEVERITY=choice: low, low"), "--field: 'SEVERITY=choice: low, low' holds low twice"),
        (("--mechanic", "Layer"), "--mechanic: mechanic.field is `Layer`; expected "),
        (("--part", "layer"), "--part: 'layer' says no values; expected NAME=a,b: layer=network,storage"),
        (("--part", "layer=a", "--part", "layer=b"), "--part: layer is there twice"),
        (("--field", "VERDICT=verdict"), "--field: 'VERDICT=verdict' is no field; expected one of "),
        (("--field", "verdict=choice"), "--field: answerFormat.fields"),
        (("--field", "EVIDENCE=figures: many"), "--field: 'EVIDENCE=figures: many' is no field; "),
        (("--category", "updates"), "--category: 'updates' is no id; expected capitals, digits and "),
        (("--category", "A=One", "--category", "A=Two"), "--category: A is there twice"),
        (("--verdicts", "OTHER=a,b"), "--verdicts: 'OTHER=a,b' is of no category; expected ID=a,b, ID one"),
        (("--verdicts", "DEPLOYS=bad release"), "--verdicts: categories.DEPLOYS.verdicts"),
        (("--clear", "No Issue"), "--clear: answerFormat.fields"),
        (
            ("--field", "CAUSE=text"),
            "--clear: no field takes no-issue; expected `--field VERDICT=choice` beside it",
        ),
    ],
)  # fmt: skip
def test_each_choice_that_cannot_be_is_told_by_its_option(run, factory, changed, told):
    option, before = changed[0], files(factory)
    pairs = zip(CHOSEN[::2], CHOSEN[1::2], strict=True)
    kept = [word for name, said in pairs if name != option for word in (name, said)]
    code, _, err = run("benchmark", "new", "incidents", *kept, *changed)
    assert code == 2
    assert err.startswith("error: of this no benchmark can be made:\n")
    assert f"\n  {told}" in err
    assert files(factory) == before


def test_a_category_with_one_verdict_is_told(run):
    words = [word for word in CHOSEN if word not in {"--clear", "no-issue"}]
    words[words.index("DEPLOYS=bad-release,bad-config")] = "DEPLOYS=bad-release"
    _, _, err = run("benchmark", "new", "incidents", *words)
    assert (
        "\n  --verdicts: category DEPLOYS has 1 verdicts, VERDICT is chosen from at least 2" in err
    )


@pytest.mark.parametrize("name", ["Incidents", "../incidents", "1st", "a" * 41])
def test_a_name_that_no_folder_may_have_is_refused(run, name):
    code, _, err = run("benchmark", "new", name, *CHOSEN)
    assert (code, err.splitlines()[0]) == (2, f"error: {name!r} cannot be a benchmark's name")


def test_on_a_terminal_it_asks_until_each_answer_can_be_used(factory):
    code, said = asked(
        factory,
        [
            "Cloud incidents", "", "short", "Answer as the engineer on call.",
            "on-call, manager", "", "", "layer", "", "layer=network,storage", "",
            "EVIDENCE=figures: 3", "VERDICT=choice", "", "no-issue",
            "DEPLOYS=Deploys", "UPDATES=What customers are told", "", "DEPLOYS=bad-release", "", "",
        ],
    )  # fmt: skip
    assert code == 0, said
    assert "  answerFormat.instruction has 5 characters; expected at least 20" in said
    assert "  'layer' says no values; expected NAME=a,b: layer=network,storage" in said
    assert said.endswith(NEXT)
    made = ExamFolder(factory, "incidents").benchmark()
    assert (made.title, made.owner, made.lenses) == (
        "Cloud incidents", "domain-owner", ("on-call", "manager"),
    )  # fmt: skip
    assert made.categories["DEPLOYS"].verdicts == ("bad-release", "no-issue")
    assert made.categories["UPDATES"].free_text


def test_on_a_terminal_free_text_asks_for_no_verdicts(factory):
    code, said = asked(
        factory,
        [
            "Cloud incidents", "", "Answer as the engineer on call.", "on-call", "", "", "layer=a,b",
            "", "", "DEPLOYS=Deploys", "", "",
        ],
    )  # fmt: skip
    assert code == 0, said
    assert "verdict" not in said
    made = ExamFolder(factory, "incidents").benchmark()
    assert made.answer_format.fields == ()
    assert not made.categories["DEPLOYS"].free_text


def test_on_a_terminal_nothing_is_asked_where_the_options_are_enough(factory):
    code, said = asked(factory, [], *CHOSEN)
    assert code == 0, said
    assert said.startswith(WRITTEN)


def test_who_leaves_the_questions_leaves_nothing_behind(factory):
    before = files(factory)
    code, _ = asked(factory, ["Cloud incidents", ""])
    assert code == 130
    assert files(factory) == before
