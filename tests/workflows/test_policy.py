"""No finding on our workflows, and one on each bad one: a rule that never fires proves nothing."""

import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.workflow_policy import breaches, files_of

TOP = Path(__file__).parents[2]
OURS = files_of(TOP / ".github/workflows")
BAD = files_of(Path(__file__).parent / "bad")
BIN = Path(sys.executable).parent
RULES = {
    "concurrency",
    "credentials-said",
    "ignores-have-reasons",
    "no-cluster-for-strangers",
    "no-logic",
    "no-permission-by-default",
    "no-rights-for-their-code",
    "permissions-by-job",
    "pinned-actions",
    "rights-have-reasons",
    "says-what-it-does",
    "secrets-in-environments",
    "timeout",
    "values-through-env",
}


def named(path):
    return path.stem


@pytest.mark.parametrize("path", OURS, ids=named)
def test_our_workflows_keep_every_rule(path):
    assert breaches(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", BAD, ids=named)
def test_each_bad_workflow_breaks_the_rule_it_is_named_after(path):
    rules = {breach.rule for breach in breaches(path.read_text("utf-8"))}
    assert any(path.stem.startswith(rule) for rule in rules)
    assert len(rules) <= 2  # a bad workflow is bad in one way, and what follows from it


def test_every_rule_has_a_bad_workflow():
    fired = {b.rule for path in BAD for b in breaches(path.read_text("utf-8"))}
    assert fired == RULES


def test_there_are_workflows_to_look_at():
    assert {path.name for path in OURS} >= {
        "ci.yml", "iterate.yml", "precheck.yml", "promote.yml", "reviews.yml",
        "scenario-from-issue.yml", "scenarios.yml", "site.yml", "watch.yml", "workbench.yml",
    }  # fmt: skip


def test_one_check_can_be_required_and_sees_every_other_job():
    jobs = YAML(typ="safe").load((TOP / ".github/workflows/ci.yml").read_text())["jobs"]
    assert set(jobs["all-green"]["needs"]) == set(jobs) - {"all-green"}
    assert jobs["all-green"]["if"] == "always()"


def test_keys_of_hosted_models_reach_the_command_that_walks_a_phase_and_nothing_else():
    seeing = []
    for path in OURS:
        workflow = YAML(typ="safe").load(path.read_text("utf-8"))
        for name, job in workflow["jobs"].items():
            whole = {key: value for key, value in job.items() if key != "steps"}
            assert "_API_KEY" not in str(whole), (path.name, name)
            seeing += [(path.name, name, job["environment"], one["run"]) for one in job["steps"]
                       if "_API_KEY" in str(one)]  # fmt: skip
        assert "_API_KEY" not in str(workflow.get("env"))
    words = 'modelsmith --repo walk run step "$RUN" --push'
    assert seeing == [("iterate.yml", "step", "models", words)]


def test_the_doctor_looks_after_every_environment_that_a_job_names():
    named = {
        job["environment"] if isinstance(job["environment"], str) else job["environment"]["name"]
        for path in OURS
        for job in YAML(typ="safe").load(path.read_text("utf-8"))["jobs"].values()
        if "environment" in job
    }
    for policy in ("promotions/policy.yaml", "modelsmith/templates/factory/policy.yaml"):
        text = (TOP / policy).read_text("utf-8").partition("\nenvironments:")[2]
        assert set(re.findall(r"\{name: ([a-z-]+)", text)) == named


def test_an_action_has_one_version_everywhere():
    text = "".join(path.read_text("utf-8") for path in (*OURS, *TOP.glob(".github/actions/*/*")))
    pins = set(re.findall(r"(actions/[a-z-]+)@([0-9a-f]{40}) # (v\S+)", text))
    assert len({name for name, _, _ in pins}) == len(pins) > 1


def zizmor(*paths):
    words = ["--offline", "--no-progress", "--persona", "auditor", "--format", "json"]
    done = subprocess.run([BIN / "zizmor", *words, *paths], capture_output=True, check=False)
    return json.loads(done.stdout)


def test_zizmor_finds_nothing_in_ours():
    assert zizmor(TOP / ".github") == []


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        ("credentials-said", "artipacked"),
        ("no-cluster-for-strangers", "self-hosted-runner"),
        ("no-rights-for-their-code-run", "dangerous-triggers"),
        ("no-rights-for-their-code-target", "dangerous-triggers"),
        ("permissions-by-job", "excessive-permissions"),
        ("pinned-actions", "unpinned-uses"),
        ("secrets-in-environments", "secrets-outside-env"),
        ("values-through-env", "template-injection"),
    ],
)
def test_zizmor_finds_what_is_bad(name, ident):
    found = zizmor(Path(__file__).parent / "bad" / f"{name}.yml")
    assert ident in {finding["ident"] for finding in found}


def actionlint(*words, paths):
    command = [BIN / "actionlint", "-no-color", *words, *paths]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP)


def test_actionlint_finds_nothing_in_ours():
    done = actionlint(paths=OURS)
    assert (done.returncode, done.stdout) == (0, "")


def test_actionlint_finds_what_is_bad(tmp_path):
    text = OURS[0].read_text("utf-8").replace("needs: [test, audit]", "needs: [test, auditor]")
    (tmp_path / "bad.yml").write_text(text)
    done = actionlint(
        paths=[tmp_path / "bad.yml", Path(__file__).parent / "bad/values-through-env.yml"]
    )
    assert "auditor" in done.stdout
    assert '"github.event.pull_request.title" is potentially untrusted' in done.stdout


FORMS = sorted((TOP / ".github/ISSUE_TEMPLATE").glob("scenario*.yml"))


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("github-workflows", OURS),
        ("github-actions", [TOP / ".github/actions/modelsmith/action.yml"]),
        ("github-issue-forms", FORMS),
        ("dependabot", [TOP / ".github/dependabot.yml"]),
    ],
)
def test_what_github_reads_keeps_its_schema(schema, paths, tmp_path):
    assert paths
    words = [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*words, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (tmp_path / "bad.yml").write_text("unheard-of: 1\n")
    assert subprocess.run(
        [*words, tmp_path / "bad.yml"], capture_output=True, check=False
    ).returncode


def test_every_list_of_packages_is_watched():
    """A folder that a new factory does not have is a pattern, which may match nothing."""
    watched = YAML(typ="safe").load((TOP / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    (folders,) = (one["directories"] for one in watched if one["package-ecosystem"] == "pip")
    lists = subprocess.run(
        ["git", "ls-files", "*requirements*.txt"],
        cwd=TOP, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    held = {f"/{Path(path).parent}".rstrip(".") for path in lists if not (TOP / path).is_symlink()}
    assert held == {"/", "/tests/support/model_server"}
    assert [one for one in held if not any(fnmatchcase(one, folder) for folder in folders)] == []
    assert [folder for folder in folders if folder != "/" and "*" not in folder] == []


OWNED = (".github/", "runners/", "schemas/", "promotions/", "benchmarks/", ".github/CODEOWNERS")


def test_what_decides_has_owners():
    lines = (TOP / ".github/CODEOWNERS").read_text("utf-8").splitlines()
    owned = {line.split()[0] for line in lines if line and not line.startswith("#")}
    assert owned >= {f"/{path}" for path in OWNED}
