"""Lineage: from an adapter back to scenarios and people, and forwards to what they went into."""

import json
import shutil
import subprocess

import pytest

from modelsmith.audit.lineage.graph import Kind
from modelsmith.errors import InputError, UsageError
from modelsmith.record import records_in
from modelsmith.training.curriculum import TrainingRow
from modelsmith.wiring import audit as wiring
from tests.support.forging import forge, stored
from tests.support.repositories import a_repository
from tests.support.runs import a_workshop, an_exam

pytestmark = pytest.mark.slow

ANN, BOB, CID, DAN = (
    (name, f"{name.lower()}@example.com") for name in ("Ann", "Bob", "Cid", "Dan")
)


def git(root, *words, by=ANN):
    person = ("-c", f"user.name={by[0]}", "-c", f"user.email={by[1]}")
    done = subprocess.run(
        ["git", *person, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def reviewed(root, exam):
    """Write the exam as a reviewed pull request: Ann and Dan write, Bob reviews, Cid merges."""
    a_repository(root, exam=exam)
    git(root, "checkout", "-q", "-b", "exam")
    git(root, "add", "benchmarks")
    trailers = "Co-authored-by: Dan <dan@example.com>\nReviewed-by: Bob <bob@example.com>"
    git(root, "commit", "-q", "-m", f"Write an exam\n\n{trailers}")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "exam", "-m", "Merge the exam", by=CID)


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """Return a repository in which a run over a reviewed exam was staged after two rounds."""
    root = tmp_path_factory.mktemp("staged") / "factory"
    reviewed(root, an_exam())
    a_workshop(root).go()
    git(root, "merge", "-q", "--no-ff", "modelsmith/tiny/promote", "-m", "Promote it", by=CID)
    return root


@pytest.fixture(scope="module")
def root(staged):
    """Return the repository, to be read."""
    return staged


@pytest.fixture
def mine(staged, tmp_path):
    """Return a copy of it, to be changed."""
    return shutil.copytree(staged, tmp_path / "factory")


def lineage(root, asked, revision="HEAD"):
    return wiring.lineage(root, asked, revision)


def titles(found, kind, keys):
    return [n.title for n in found.nodes if n.kind is kind and n.key in keys]


def acts(found, key):
    """Return who did what to a thing."""
    named = {node.key: node.title for node in found.nodes}
    return {(named[e.source], e.how) for e in found.edges if e.target == key}


def entries(root):
    lines = (root / "runs/tiny/ledger.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def adapters(root):
    return [
        e["entry"]["facts"]["adapter"] for e in entries(root) if e["entry"]["event"] == "trained"
    ]


def scenario_file(root):
    return min((root / "benchmarks/adtech/train").glob("*.yaml"))


def test_an_adapter_comes_from_its_model_run_rows_scenarios_and_people(root):
    first, second = adapters(root)
    found = lineage(root, second)
    assert found.starts == (f"adapter:{second}",)
    assert titles(found, Kind.MODEL, found.origins) == ["base model tiny aaaaaaaaaaaa"]
    assert titles(found, Kind.RUN, found.origins) == ["run tiny"]
    assert titles(found, Kind.PERSON, found.origins) == [
        f"{name} <{email}>" for name, email in (ANN, BOB, CID, DAN)
    ]
    assert f"adapter:{first}" in found.origins  # it was trained on from there
    rows = [row for n in found.nodes if n.key.startswith("rows:tiny#6/") for row in n.rows]
    trained = records_in((root / "runs/tiny/006-train/rows.jsonl").read_bytes(), TrainingRow)
    assert {row.sha256 for row in rows} == {row.digest() for row in trained}
    assert {(row.scenario, row.scenario_sha256) for row in rows} == {
        (row.scenario, row.scenario_sha256) for row in trained
    }


def test_each_scenario_says_who_wrote_reviewed_and_merged_it_and_where(root):
    name = scenario_file(root).stem
    found = lineage(root, name)
    (key,) = found.starts
    said = {who for who in acts(found, key) if who[1] in {"wrote", "reviewed", "merged"}}
    assert said == {
        ("Ann <ann@example.com>", "wrote"),
        ("Dan <dan@example.com>", "wrote"),
        ("Bob <bob@example.com>", "reviewed"),
        ("Cid <cid@example.com>", "merged"),
    }
    (node,) = [n for n in found.nodes if n.key == key]
    wrote = git(root, "log", "--format=%H", "--", f"benchmarks/adtech/train/{name}.yaml")
    assert node.facts["commit"] == wrote
    assert node.facts["file"] == f"benchmarks/adtech/train/{name}.yaml"
    assert node.facts["in the revision"] == "this version"


def test_a_scenario_tells_what_it_went_into_as_far_as_the_promotion(root):
    found = lineage(root, scenario_file(root).stem)
    assert {f"adapter:{digest}" for digest in adapters(root)} <= set(found.influence)
    assert "promotion:adtech-tiny/tiny-2" in found.influence
    assert not set(found.influence) & set(found.origins)


def test_a_scenario_that_was_edited_later_is_named_in_the_version_that_was_trained_on(mine):
    file = scenario_file(mine)
    (before,) = lineage(mine, file.stem).starts
    written = git(mine, "log", "--format=%H", "--", str(file))
    file.write_text(file.read_text().replace("Train desk", "Later desk"))
    git(mine, "commit", "-q", "-am", "Reword it", by=BOB)
    edited = git(mine, "rev-parse", "HEAD")
    (key,) = [
        e.source
        for e in lineage(mine, adapters(mine)[0]).edges
        if e.how == "was made into" and e.source.startswith(f"scenario:{file.stem}@")
    ]
    assert key == before
    found = lineage(mine, file.stem)
    nodes = {n.key: n for n in found.nodes}
    (later,) = set(found.starts) - {before}
    assert nodes[before].facts["commit"] == written
    digest = later.partition("@")[2]
    assert nodes[before].facts["in the revision"] == f"another version, {digest[:12]}"
    assert ("Bob <bob@example.com>", "wrote") in acts(found, later)
    assert ("Bob <bob@example.com>", "wrote") not in acts(found, before)
    assert edited in {e.commit for e in found.edges if e.target == later}
    rows = [e.target for e in found.edges if e.source == later]
    assert rows == []  # nothing was made of the new version


def test_a_scenario_that_was_brought_back_is_named_in_the_version_that_the_run_read(mine):
    file, text = scenario_file(mine), scenario_file(mine).read_text()
    written = git(mine, "log", "--format=%H", "--", str(file))
    for number, content in enumerate((text.replace("Train desk", "Later desk"), text)):
        file.write_text(content)
        git(mine, "commit", "-q", "-am", f"Change it {number}", by=BOB)
    found = lineage(mine, file.stem)
    (node,) = [n for n in found.nodes if n.key in found.starts]
    assert node.facts["commit"] == written


def test_a_promotion_comes_from_its_adapter_and_the_sealed_scenarios_it_was_examined_on(root):
    for words in ("adtech-tiny/tiny-2", "tiny-2"):
        found = lineage(root, words)
        assert found.starts == ("promotion:adtech-tiny/tiny-2",)
        assert f"adapter:{adapters(root)[1]}" in found.origins
        splits = {n.facts["split"] for n in found.nodes if n.kind is Kind.SCENARIO}
        assert splits == {"train", "steer", "sealed"}
        assert found.influence == ()


def test_a_sealed_scenario_went_into_no_adapter(root):
    name = min((root / "benchmarks/adtech/sealed").glob("*.yaml")).stem
    found = lineage(root, name)
    assert not [key for key in found.influence if key.startswith(("adapter:", "rows:"))]
    assert "promotion:adtech-tiny/tiny-2" in found.influence


def test_a_proposal_names_its_member_and_what_it_was_trained_into(root):
    found = lineage(root, "mutator")
    assert found.starts == ("member:mutator",)
    proposals = [n for n in found.nodes if n.kind is Kind.SCENARIO and "__" in n.key]
    assert proposals
    for node in proposals:
        assert ("council member mutator", "proposed in run tiny, round 1") in acts(
            found, node.key
        ) or ("council member mutator", "proposed in run tiny, round 2") in acts(found, node.key)
        assert node.facts["file"].endswith(": a proposal")
    assert f"adapter:{adapters(root)[1]}" in found.influence  # round 2 trained on round 1's


def test_a_proposal_that_people_merged_names_both(mine):
    git(mine, "merge", "-q", "--no-ff", "modelsmith/tiny/expand-1", "-m", "Take them", by=CID)
    (file, *_) = sorted((mine / "benchmarks/adtech/train").glob("*__*.yaml"))
    found = lineage(mine, file.stem)
    (key,) = [key for key in found.starts if key.startswith("scenario:")]
    said = acts(found, key)
    assert ("Cid <cid@example.com>", "merged") in said
    assert ("council member mutator", "proposed in run tiny") in said
    assert not [who for who, _ in said if who.startswith("Modelsmith")]


@pytest.mark.parametrize(
    ("committer", "merger"),
    [(("GitHub", "noreply@github.com"), "Cid <cid@example.com>"), (BOB, "Bob <bob@example.com>")],
)
def test_who_merged_is_the_committer_unless_a_forge_is(mine, committer, merger):
    file = scenario_file(mine)
    git(mine, "checkout", "-q", "-b", "change")
    file.write_text(file.read_text().replace("Train desk", "Later desk"))
    git(mine, "commit", "-q", "-am", "Reword it", by=DAN)
    git(mine, "checkout", "-q", "main")
    git(mine, "merge", "-q", "--no-ff", "--no-commit", "change")
    git(mine, "commit", "-q", "-m", "Merge it", "--author", f"{CID[0]} <{CID[1]}>", by=committer)
    found = lineage(mine, file.stem)
    (later,) = [n.key for n in found.nodes if n.key in found.starts and n.key not in
                {e.source for e in found.edges}]  # fmt: skip
    merge = git(mine, "rev-parse", "HEAD")
    mergers = [e.source for e in found.edges if e.target == later and e.commit == merge]
    assert [n.title for n in found.nodes if n.key in mergers] == [merger]


def test_evidence_leads_to_its_entry_and_commit(root):
    path = "runs/tiny/002-train/rows.jsonl"
    digest = entries(root)[2]["entry"]["evidence"]["002-train/rows.jsonl"]
    for words in (path, digest, f"sha256:{digest[:10]}"):
        found = lineage(root, words)
        assert found.starts == ("evidence:tiny/002-train/rows.jsonl",)
        (edge,) = [e for e in found.edges if e.target == found.starts[0]]
        assert edge.source == "entry:tiny#2"
    (entry,) = [n for n in found.nodes if n.key == "entry:tiny#2"]
    assert git(root, "log", "-1", "--format=%s", entry.facts["commit"]) == (
        "Record train of run tiny: trained"
    )


def test_a_row_a_run_and_a_person_can_be_asked_for(root):
    row = records_in((root / "runs/tiny/002-train/rows.jsonl").read_bytes(), TrainingRow)[0]
    assert lineage(root, row.digest()).starts[0].startswith("rows:tiny#2/")
    assert lineage(root, "tiny").starts == ("run:tiny",)
    assert lineage(root, "ann@example.com").starts == ("person:ann@example.com",)
    assert "promotion:adtech-tiny/tiny-2" in lineage(root, "ann@example.com").influence


def test_a_bare_clone_says_the_same(root, tmp_path):
    git(tmp_path, "clone", "-q", "--mirror", str(root), "bare.git")
    for words in (adapters(root)[1], "tiny-2"):
        assert lineage(tmp_path / "bare.git", words) == lineage(root, words)


def test_what_nobody_committed_is_said_to_be_so(tmp_path):
    a_workshop(tmp_path, exam=an_exam({"train": 6, "steer": 3, "sealed": 3})).steps(2)
    found = lineage(tmp_path, "tiny")
    scenarios = [n for n in lineage(tmp_path, adapters(tmp_path)[0]).nodes if "split" in n.facts]
    assert scenarios
    for node in scenarios:
        assert node.facts["file"].endswith(": this version was never committed")
        assert node.facts["in the revision"] == "no such file"
    assert not [n for n in found.nodes if n.kind is Kind.PERSON]


def test_a_run_that_cannot_be_read_is_left_out_and_told(mine):
    shutil.copytree(mine / "runs/tiny", mine / "runs/other")
    (mine / "runs/other/000-intake/exam.json").write_text("{}")
    git(mine, "add", "runs")
    git(mine, "commit", "-q", "-m", "Copy a run")
    found = lineage(mine, adapters(mine)[0])
    (words,) = found.left_out
    assert words.startswith("run other: 000-intake/exam.json has sha256 ")
    assert found.origins


def test_a_forged_run_that_names_no_rows_is_left_out_and_no_defect(mine):
    shutil.copytree(mine / "runs/tiny", mine / "runs/other")
    entries = stored(mine / "runs/other")
    del entries[2]["evidence"]["002-train/rows.jsonl"]
    forge(mine / "runs/other", entries)
    git(mine, "add", "runs")
    git(mine, "commit", "-q", "-m", "Forge a run")
    assert lineage(mine, adapters(mine)[0]).left_out == (
        "run other: its evidence cannot be read: StopIteration",
    )


@pytest.mark.parametrize("words", ["nothing", "fffffff", "a", "runs/tiny/no-such-file", ""])
def test_what_is_not_there_is_a_usage_error(root, words):
    with pytest.raises(UsageError, match=f"nothing here is called {words}"):
        lineage(root, words)


def test_an_empty_repository_has_no_lineage(tmp_path):
    with pytest.raises(InputError, match="is no git repository"):
        lineage(tmp_path, "x")
    git(tmp_path, "init", "-q")
    with pytest.raises(UsageError, match="there is no commit yet"):
        lineage(tmp_path, "x")
