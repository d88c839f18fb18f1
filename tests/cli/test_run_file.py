# ruff: noqa: E501 - messages are matched whole
"""run.yaml: written with every setting explained, refused at the place of each slip."""

import json

import pytest

from modelsmith.boundary.hosted_model import Price
from modelsmith.cli import main
from modelsmith.run.config import RunConfig
from modelsmith.run.files.config_file import hosted_of, settled
from tests.support.exam_files import exam_repository, write, write_scenario
from tests.support.policies import policy_in

RUN = "runs/first/run.yaml"
GOOD = """\
# yaml-language-server: $schema=../../schemas/run.schema.json
benchmark: pumps
specialist: pump-reader
model: {name: smollm2-135m-instruct}
cluster: local-cpu
promotion: {channel: sandbox, margin: 0.0}
baselines: ["stand-in:zero-shot", "stand-in:few-shot", "stand-in:self-consistency"]
budgets: {iterations: 3, wallTimeS: 60}
"""
BOUNDARIES = """\
boundaries:
  - {name: sealed}
  - {name: council, grants: [{provider: anthropic, splits: [train], fields: [description]}]}
"""
CLUSTERS = "clusters: [{name: local-cpu, labels: [], memoryGib: 8}]\n"


@pytest.fixture
def repository(tmp_path):
    exam_repository(tmp_path)
    write(tmp_path, "runners/clusters.yaml", CLUSTERS)
    write(tmp_path, "runners/boundaries.yaml", BOUNDARIES)
    write(tmp_path, RUN, GOOD)
    return tmp_path


@pytest.fixture
def run(repository, capsys):
    def call(*words):
        code = main(["--repo", str(repository), "run", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def problems_of(run, repository, *changes):
    """Return the located problems that `run start` tells after `changes` to run.yaml."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    write(repository, RUN, text)
    code, out, err = run("start", "first")
    first, *problems, remedy = err.splitlines()
    assert (code, out) == (3, "")
    assert (first, remedy.strip()) == (
        f"error: {RUN} cannot be used:",
        "Correct the file and run the command again.",
    )
    assert not (repository / "runs/first/ledger.jsonl").exists()
    return [problem.strip().removeprefix(f"{RUN}:") for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "specialist:",
            "specialists:",
            "3:1: error: unknown field `specialists`",
        ),
        (
            "iterations: 3",
            "iteration: 3",
            "8:11: error: unknown field `iteration`; expected one of iterations, wallTimeS, tokens, costUsd; fix: rename it to `iterations`",
        ),
        (
            "iterations: 3",
            "iterations: -1",
            "8:23: error: budgets.iterations is `-1`; expected at least 1; fix: change the figure",
        ),
        (
            "wallTimeS: 60",
            "costUsd: -0.5",
            "8:35: error: budgets.costUsd is `-0.5`; expected at least 0; fix: change the figure",
        ),
        (
            "wallTimeS: 60",
            "wallTimeS: one hour",
            "8:37: error: budgets.wallTimeS is `one hour`; expected a number; fix: write a figure, without quotes and without its unit",
        ),
        (
            "channel: sandbox",
            "channel: production",
            "6:12: error: promotion: production needs baselines of the providers that promotions/policy.yaml names; stand-ins admit to sandbox only; expected what a candidate must do; fix: write `channel: sandbox`",
        ),
        (
            "model: {name: smollm2-135m-instruct}",
            "model: {name: other, path: benchmarks}\njudges: [gpt-1, claude-1]",
            "5:9: error: judges: judges decide on other, whose family nobody says: a judge of it must not; expected hosted models that decide what no check decides; each has passed the benchmark's exam; fix: add `family` under `model` (llama, qwen, smollm)",
        ),
        (
            "stand-in:few-shot",
            "stand-in:zero-shot",
            "7:12: error: baselines: an entry stands there twice; expected the three that a candidate must beat: hosted models, or stand-ins; fix: delete or change one of the two",
        ),
        (
            '"stand-in:few-shot", ',
            "",
            "7:12: error: baselines has 2 items; expected at least 3; fix: write more",
        ),
        (
            "stand-in:few-shot",
            "stand-in:many-shot",
            "7:35: error: baselines[1] is `stand-in:many-shot`; expected one of stand-in:zero-shot, stand-in:few-shot, stand-in:self-consistency; fix: write `stand-in:few-shot`",
        ),
        (
            "cluster: local-cpu",
            "cluster: local-gpu",
            "5:10: error: no cluster is called `local-gpu`; expected one of local-cpu; fix: write `local-cpu`",
        ),
        (
            "cluster: local-cpu",
            "cluster: moonbase",
            "5:10: error: no cluster is called `moonbase`; expected one of local-cpu; fix: add it to runners/clusters.yaml, or name another",
        ),
        (
            "benchmark: pumps",
            "benchmark: pump",
            "2:12: error: no benchmark is called `pump`; expected one of pumps; fix: write `pumps`",
        ),
        (
            "benchmark: pumps",
            "benchmark: pumps\nboundary: seald",
            "3:11: error: no boundary is called `seald`; expected one of sealed, council; fix: write `sealed`",
        ),
        (
            "{name: smollm2-135m-instruct}",
            "{name: mine, path: models/mine}",
            "4:27: error: the model's path `models/mine` is no folder; expected a folder of this repository with safetensors, config and tokenizer; fix: put the model there",
        ),
        (
            "{name: smollm2-135m-instruct}",
            "{name: mine, path: ../mine}",
            "4:27: error: the model's path `../mine` leaves the repository; expected a folder of this repository with safetensors, config and tokenizer; fix: put the model there",
        ),
        (
            "{name: smollm2-135m-instruct}",
            "{name: mine}",
            "4:8: error: model `mine` is not embedded, and no `path` is given; expected smollm2-135m-instruct, or a model with a path; fix: add `path` under `model`, or name the embedded one",
        ),
        (
            "margin: 0.0",
            "margin: 2",
            "6:39: error: promotion.margin is `2`; expected at most 1; fix: change the figure",
        ),
        (
            "benchmark: pumps",
            "benchmark: pumps\nseed: 1.5",
            "3:7: error: seed is `1.5`; expected a whole number; fix: write a whole number",
        ),
        (
            "benchmark: pumps",
            "benchmark: pumps\nladder: []",
            "3:9: error: ladder has 0 items; expected at least 1; fix: write more",
        ),
        (
            "benchmark: pumps",
            "benchmark: pumps\ntags: [regulated, regulated]",
            "3:7: error: tags: an entry stands there twice",
        ),
        (
            "benchmark: pumps",
            "benchmark: pumps\ntags: [Regulated]",
            "3:8: error: tags[0] is `Regulated`; expected the form ^[a-z0-9][a-z0-9-]*$",
        ),
    ],
)
def test_a_slip_is_told_at_its_place_and_nothing_starts(run, repository, old, new, problem):
    found = problems_of(run, repository, (old, new))
    assert any(line.startswith(problem) for line in found), found


def test_everything_that_is_not_there_is_told_at_once(run, repository):
    found = problems_of(
        run,
        repository,
        ("benchmark: pumps", "benchmark: valves"),
        ("{name: smollm2-135m-instruct}", "{name: mine}"),
        ("cluster: local-cpu", "cluster: moonbase"),
    )
    assert [line.partition("error: ")[0] for line in found] == ["2:12: ", "4:8: ", "5:10: "]


def test_a_slip_in_the_clusters_is_told_there(run, repository):
    write(repository, "runners/clusters.yaml", CLUSTERS.replace("memoryGib: 8", "memoryGib: 0"))
    code, _, err = run("start", "first")
    assert code == 3
    assert (
        "runners/clusters.yaml:1:53: error: clusters[0].memoryGib is `0`; expected more than 0"
        in err
    )


def test_a_priced_cluster_without_a_budget_is_refused_where_the_budget_stands(run, repository):
    priced = CLUSTERS.replace("memoryGib: 8", "memoryGib: 8, priceUsdPerHour: 0.75")
    write(repository, "runners/clusters.yaml", priced)
    (problem,) = problems_of(run, repository)
    assert problem == (
        "8:10: error: cluster local-cpu costs 0.75 USD an hour, costUsd is 0; "
        "expected a budget that pays for it; fix: set `costUsd` under `budgets`"
    )
    write(repository, RUN, GOOD.replace("iterations: 3", "iterations: 3, costUsd: 2.5"))
    _, cluster = settled(repository, "first")
    assert cluster.price_usd_per_hour == 0.75


def test_a_slip_in_the_boundaries_is_told_there(run, repository):
    write(repository, "runners/boundaries.yaml", BOUNDARIES.replace("[train]", "[sealed]"))
    code, _, err = run("start", "first")
    assert code == 3
    assert (
        "runners/boundaries.yaml:3:60: error: boundaries[1].grants[0].splits: council: nobody is sent sealed scenarios for it; expected of which scenarios; train alone for the council, never train for a baseline; fix: name train"
        in err
    )


MODELS = """\
models:
  - {name: gpt-1, provider: openai, family: gpt, api: openai, model: gpt-1-2026, priceUsdPerMillion: {read: 2, written: 8}}
  - {name: claude-1, provider: anthropic, family: claude, api: anthropic, model: claude-1-2026}
  - {name: ours-1, provider: ours, family: llama, api: openai, model: llama-1, url: "http://10.0.0.7/v1", inside: true}
"""
PAID = ("iterations: 3", "iterations: 3, costUsd: 5")


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (
            [('"stand-in:few-shot"', "gtp-1"), PAID],
            [
                "7:35: error: no hosted model is called `gtp-1`; expected one of gpt-1, claude-1, ours-1; fix: write `gpt-1`"
            ],
        ),
        (
            [('"stand-in:few-shot"', "gpt-1"), PAID],
            [
                "7:35: error: boundary sealed lets nothing go to openai as baseline; expected a grant of it; fix: have a grant added to runners/boundaries.yaml, or name another model"
            ],
        ),
        (
            [("benchmark: pumps", "benchmark: pumps\njudges: [ours-1, claude-1]"), PAID],
            [
                "3:18: error: boundary sealed lets nothing go to anthropic as judge; expected a grant of it; fix: have a grant added to runners/boundaries.yaml, or name another model",
                "3:18: error: nobody says what `claude-1` costs, so no budget can hold; expected a price; fix: add `priceUsdPerMillion` to it in runners/models.yaml",
            ],
        ),
        (
            [
                (
                    "benchmark: pumps",
                    "benchmark: pumps\ncouncil: {members: [mutator, claude-1, local], quorum: 1}",
                ),
                PAID,
            ],
            [
                "3:30: error: boundary sealed lets nothing go to anthropic as council; expected one that does: council; fix: write `boundary: council`",
                "3:30: error: nobody says what `claude-1` costs, so no budget can hold; expected a price; fix: add `priceUsdPerMillion` to it in runners/models.yaml",
            ],
        ),
    ],
)
def test_a_hosted_model_that_cannot_be_asked_is_told_where_it_is_named(
    run, repository, changes, problems
):
    write(repository, "runners/models.yaml", MODELS)
    assert problems_of(run, repository, *changes) == problems


def test_a_run_that_names_a_paid_model_has_a_budget_for_it(run, repository):
    write(repository, "runners/models.yaml", MODELS)
    granted = BOUNDARIES.replace("{provider: anthropic,", "{provider: openai,")
    write(repository, "runners/boundaries.yaml", granted)
    (problem,) = problems_of(
        run,
        repository,
        (
            "benchmark: pumps",
            "boundary: council\ncouncil: {members: [gpt-1, local], quorum: 1}\nbenchmark: pumps",
        ),
    )
    assert problem == (
        "10:10: error: gpt-1 cost money, costUsd is 0; expected a budget that pays for it; fix: set `costUsd` under `budgets`"
    )


def test_what_a_run_may_ask_is_known_with_its_prices_before_it_starts(repository):
    write(repository, "runners/models.yaml", MODELS)
    text = GOOD.replace(*PAID).replace(
        "benchmark: pumps",
        "boundary: council\ncouncil: {members: [claude-1, ours-1], quorum: 1}\nbenchmark: pumps",
    )
    write(repository, RUN, text)
    price = Price(read=3, written=15)
    config, _ = settled(repository, "first", lambda _: price)
    hosted = hosted_of(repository, config, lambda m: None if m.inside else price, lambda _: {})
    assert hosted.boundary.name == "council"
    assert [(m.name, m.price_usd_per_million) for m in hosted.models] == [
        ("claude-1", price),
        ("ours-1", None),
    ]


def test_a_run_whose_models_have_no_key_does_not_start(run, repository, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write(repository, "runners/models.yaml", MODELS)
    granted = BOUNDARIES.replace("{provider: anthropic,", "{provider: openai,")
    write(repository, "runners/boundaries.yaml", granted)
    text = GOOD.replace(*PAID)
    settings = "boundary: council\ncouncil: {members: [gpt-1, local], quorum: 1}\n"
    write(repository, RUN, settings + text)
    assert run("start", "first") == (
        5,
        "",
        (
            "error: hosted models cannot be asked without their keys, which are not set: "
            "OPENAI_API_KEY for gpt-1\n  Set them in the environment of this command; in CI they are "
            "secrets of the environment `models` (gh secret set NAME --env models). A key stands in "
            "no file.\n"
        ),
    )
    assert not (repository / "runs/first/ledger.jsonl").exists()


THREE = """\
models:
  - {name: gpt-1, provider: openai, family: gpt, api: openai, model: gpt-1-2026, url: "http://10.0.0.7/v1", inside: true}
  - {name: gpt-2, provider: openai, family: gpt, api: openai, model: gpt-2-2026, url: "http://10.0.0.7/v1", inside: true}
  - {name: claude-1, provider: anthropic, family: claude, api: anthropic, model: claude-1-2026, url: "http://10.0.0.7/v1", inside: true}
  - {name: candidate, provider: google, family: gemini, api: gemini, model: gemini-1-2026, url: "http://10.0.0.7/v1", inside: true}
"""
BASELINES = '["stand-in:zero-shot", "stand-in:few-shot", "stand-in:self-consistency"]'


def test_production_against_other_providers_than_the_policy_s_is_told_where_one_is_named(
    run, repository
):
    write(repository, "runners/models.yaml", THREE)
    policy_in(repository)
    problems = problems_of(
        run,
        repository,
        (BASELINES, "[gpt-1, gpt-2, claude-1]"),
        ("channel: sandbox", "channel: production"),
    )
    assert problems == [
        "7:20: error: baseline `gpt-2` is of openai, a second time; expected one baseline of each of anthropic, google, openai; fix: name a model of google"
    ]


def test_a_baseline_with_a_name_that_evidence_uses_is_told(run, repository):
    write(repository, "runners/models.yaml", THREE)
    problems = problems_of(run, repository, (BASELINES, "[gpt-1, candidate, claude-1]"))
    assert problems == [
        "7:20: error: baseline `candidate` has a name that evidence files use; expected another name; fix: rename it in runners/models.yaml"
    ]


@pytest.mark.parametrize(
    ("council", "problem"),
    [
        (
            "{members: [mutator, gpt-1]}",
            "a quorum of 2 needs as many members beside the author, 0 can vote; expected 3 members that are models, or a smaller quorum; fix: add members under `council`, or take the model out",
        ),
        (
            "{members: [gpt-1, local], quorum: 2}",
            "a quorum of 2 needs as many members beside the author, 1 can vote; expected 3 members that are models, or a smaller quorum; fix: add members under `council`, or write `quorum: 1`",
        ),
    ],
)
def test_a_quorum_that_nobody_can_reach_is_told(run, repository, council, problem):
    write(repository, "runners/models.yaml", THREE)
    (told,) = problems_of(run, repository, ("cluster:", f"council: {council}\ncluster:"))
    assert told == f"5:10: error: {problem}"


@pytest.mark.parametrize("members", ["[mutator]", "[mutator, gpt-1, local, claude-1]"])
def test_a_quorum_that_can_be_reached_or_is_not_needed_is_fine(repository, members):
    write(repository, "runners/models.yaml", THREE)
    write(repository, RUN, f"council: {{members: {members}}}\n{GOOD}")
    settled(repository, "first")


def test_a_comparison_that_no_judge_may_decide_is_told_at_its_baseline(run, repository):
    write(repository, "runners/models.yaml", THREE)
    change = (BASELINES, '[gpt-1, "stand-in:zero-shot", claude-1]\njudges: [gpt-2]')
    (told,) = problems_of(run, repository, change)
    assert told == (
        "7:13: error: no judge may decide between the specialist and gpt-1: gpt-2 is of the baseline's family gpt; expected a judge of another family than both; fix: name one under `judges`"
    )


def test_judges_of_the_base_models_family_alone_decide_nothing(run, repository):
    write(repository, "runners/models.yaml", THREE.replace("family: gpt", "family: smollm"))
    told = problems_of(run, repository, (BASELINES, f"{BASELINES}\njudges: [gpt-1]"))
    assert [one.split(":")[1] for one in told] == ["13", "35", "56"]
    assert all("gpt-1 is of the base model's family smollm" in one for one in told)


def test_a_judge_of_another_family_is_enough_to_begin(repository):
    write(repository, "runners/models.yaml", THREE)
    chosen = '[gpt-1, "stand-in:zero-shot", "stand-in:few-shot"]\njudges: [gpt-2, claude-1]'
    write(repository, RUN, GOOD.replace(BASELINES, chosen))
    settled(repository, "first")


def test_a_judge_that_has_not_sat_the_exam_keeps_a_run_from_starting(run, repository):
    write(repository, "runners/models.yaml", THREE)
    write(repository, RUN, GOOD.replace("specialist:", "judges: [gpt-1, claude-1]\nspecialist:"))
    code, out, err = run("start", "first")
    assert (code, out) == (5, ""), err
    assert err.startswith(
        "error: judges count only with a certificate: gpt-1 has not sat the exam of pumps as it now "
        "is; claude-1 has not sat the exam of pumps as it now is\n  Let each sit it, `modelsmith "
        "judge exam --domain pumps --judge NAME`, and commit the result"
    )
    assert not (repository / "runs/first/ledger.jsonl").exists()


WEAK = (
    ("  - text: Gives the verdict seal-failure.\n    check: {verdict: seal-failure}\n", ""),
    ("  - text: Recommends to isolate the pump.\n    check: {contains: isolate the pump}\n", ""),
    ("{any_of: [lets barrier fluid through, inner seal fails]}", "{none_of: [nothing at all]}"),
)
"""What makes a rubric that wrong answers pass."""


def test_an_exam_that_a_check_refuses_starts_no_run(run, repository):
    write_scenario(repository, "PUMP_WEAK", "train", *WEAK)
    assert main(["--repo", str(repository), "scenario", "check"]) == 3
    for _ in range(2):
        code, _, err = run("start", "first")
        assert code == 3
        assert err.startswith("error: benchmarks/pumps is not an exam:\n")
        assert "PUMP_WEAK.yaml:12:3: error: a wrong answer (opposite) passes the rubric" in err
        assert err.endswith("Run `modelsmith scenario check`, and correct the files.\n")
    assert not (repository / "runs/first/ledger.jsonl").exists()


def test_a_boundary_that_grants_what_nobody_asks_for_is_fine(repository):
    write(repository, RUN, GOOD.replace("benchmark: pumps", "boundary: council\nbenchmark: pumps"))
    assert settled(repository, "first")[0].boundary == "council"


def test_without_boundaries_nothing_leaves(repository):
    (repository / "runners/boundaries.yaml").unlink()
    assert settled(repository, "first")[0].boundary == "sealed"


def test_malformed_yaml_is_located(run, repository):
    write(repository, RUN, GOOD + "seed: [1\n")
    code, _, err = run("start", "first")
    assert code == 3
    assert f"{RUN}:9:9: error: `[1` is opened and not closed" in err


def test_a_good_file_names_what_is_there(repository):
    config, cluster = settled(repository, "first")
    assert (config.benchmark, cluster.name) == ("pumps", "local-cpu")


def test_a_new_run_has_every_setting_and_loads(run, repository):
    code, out, err = run("new", "second", "--benchmark", "pumps")
    assert (code, out, err) == (
        0,
        "runs/second/run.yaml: written; review it, then run `modelsmith run start second`\n",
        "",
    )
    config, _ = settled(repository, "second")
    assert config == RunConfig(benchmark="pumps", specialist="pumps-specialist")
    text = (repository / "runs/second/run.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/run.schema.json\n")
    assert "# How weights are held. One of bf16, fp32, nf4.\nquantisation: bf16\n" in text
    assert "  # Most rounds of eval, train, expand, assess.\n  iterations: 3\n" in text
    assert "Each one of mutator, local, or another name.\n  members:\n    - mutator\n" in text
    assert "\njudges: []\n" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_a_new_run_shows_every_field_of_the_record(run, repository):
    run("new", "second")
    text = (repository / "runs/second/run.yaml").read_text(encoding="utf-8")
    schema = json.dumps(RunConfig.model_json_schema(by_alias=True)["properties"])
    assert all(f"\n{name}:" in text for name in json.loads(schema))
    assert "\n  # path:\n" in text


def test_a_new_run_never_overwrites_one(run, repository):
    code, out, err = run("new", "first")
    assert (code, out) == (2, "")
    assert err == (f"error: {RUN} is already there\n  Choose another name, or edit that file.\n")
    assert (repository / RUN).read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize("name", ["../outside", "UPPER", "a b", "-x", "x" * 41, "."])
def test_a_name_that_is_no_runs_is_refused(run, repository, name):
    code, _, err = run("new", "--", name)
    assert code == 2
    assert err.startswith(f"error: {name!r} is no run's name\n  Name a folder under runs/: ")
    assert sorted(p.name for p in (repository / "runs").iterdir()) == ["first"]


def test_an_unknown_benchmark_is_refused(run):
    assert run("new", "second", "--benchmark", "valves") == (
        2,
        "",
        (
            "error: --benchmark is valves, the benchmarks here are: pumps\n"
            "  Name one of them with --benchmark.\n"
        ),
    )


def test_a_run_that_is_not_there_is_pointed_to_the_scaffold(run):
    assert run("start", "third") == (
        2,
        "",
        (
            "error: runs/third/run.yaml is not there\n"
            "  Runs here: first. `modelsmith run new` writes one.\n"
        ),
    )
