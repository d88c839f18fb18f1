"""`modelsmith doctor` on GitHub: what is amiss, and that the commands it prints put it right."""

import json
import shlex
import subprocess

import pytest

from modelsmith.cli import main
from modelsmith.wiring.setup import begin_factory
from tests.support.forges import APPROVER, EXPERT
from tests.support.github.repository import Environment, Runner
from tests.support.github.rules import Bypass, Rules, Ruleset
from tests.support.github.site import FULL_NAME, github_site

pytestmark = pytest.mark.slow

ADMIN = "admin"
CLUSTERS = """\
clusters:
  - {name: local-cpu, labels: [], memoryGib: 8}
  - {name: gpu-box, labels: [self-hosted, gpu], gpus: 1, memoryGib: 24, store: "s3://b/m"}
"""


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path / "site") as made:
        made.repository.roles[ADMIN] = "admin"
        made.tokens[ADMIN] = made.hub.token(ADMIN)
        for name in ("factory", "models"):
            made.repository.environments[name] = Environment(name, branches=("main",))
        yield made


@pytest.fixture
def factory(site, tmp_path):
    """Return a clone of a factory that an administrator has just pushed to GitHub."""
    place = tmp_path / "factory"
    place.mkdir()
    for words in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("config", "user.name", ADMIN),
        ("config", "user.email", "admin@example.com"),
    ):
        git(place, *words)
    begin_factory(place, "pumps", "github", EXPERT)
    git(place, "push", "--quiet", "--force", site.remote(ADMIN), "main")
    return place


@pytest.fixture
def doctor(site, factory, capsys, monkeypatch):
    def call(*words, person=ADMIN):
        for name in ("GITHUB_ACTIONS", "MODELSMITH_FORGE", "GH_TOKEN", "MODELSMITH_APP_ID"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GITHUB_API_URL", site.hub.api)
        monkeypatch.setenv("GITHUB_REPOSITORY", FULL_NAME)
        monkeypatch.setenv("GITHUB_TOKEN", site.tokens[person])
        code = main(["--repo", str(factory), "doctor", *words])
        told = capsys.readouterr()
        assert told.err == ""
        return code, told.out

    return call


def git(place, *words):
    subprocess.run(["git", *words], cwd=place, check=True)


def amiss(out, state="gap"):
    return {one["rule"]: one for one in json.loads(out)["observations"] if one["state"] == state}


def gh(site, command, stdin):
    """Do what GitHub's command line would: `-f` is text, `-F` a figure or a truth."""
    words = iter(shlex.split(command)[2:])
    method, path, body = "GET", "", {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "--input":
            assert next(words) == "-"
            body = json.loads(stdin)
        elif word in ("-f", "-F"):
            name, _, value = next(words).partition("=")
            body[name] = json.loads(value) if word == "-F" else value
        else:
            path = word.removeprefix("repos/{owner}/{repo}/")
    site.forge_with(site.tokens[ADMIN]).access.call(method, path, body)


def test_a_fresh_repository_has_gaps_and_the_printed_commands_close_them(site, factory, doctor):
    code, out = doctor("--json")
    assert code == 1
    assert set(amiss(out)) == {
        "pull-request", "approvals", "code-owners", "stale-approvals", "last-push", "force-push",
        "deletion", "merge-commits", "walks", "required-check", "allowed-actions", "pinned-actions",
    }  # fmt: skip
    assert amiss(out, "unknown") == {}
    for command in {gap["remedy"] for gap in amiss(out).values()}:
        first, pipe, second = command.partition(" | ")
        if pipe:
            assert first.startswith("modelsmith doctor --ruleset")
            words = ["7" if word == "ID" else word for word in first.split()[2:]]
            gh(site, second, doctor(*words)[1])
        for one in [] if pipe else first.split(" && "):
            if "selected-actions" not in one:  # the local GitHub keeps no list of them
                gh(site, one, "")
    code, out = doctor()
    assert (code, out.splitlines()[0]) == (0, f"doctor: the github forge, asked as {ADMIN}")
    assert out.splitlines()[-1].startswith("0 gaps, 0 unknown, ")
    assert "OK      App 7 merges past the reviews that modelsmith-reviews asks for\n" in out
    assert sorted(one.name for one in site.repository.rulesets) == [
        "modelsmith",
        "modelsmith-reviews",
        "modelsmith-walks",
    ]


OLD = Rules(
    pull_request=True,
    approvals=1,
    code_owners=True,
    dismiss_stale=True,
    last_push=True,
    checks=("all-green",),
    no_force_push=True,
    no_deletion=True,
    keeps_commits=True,
)
"""What one ruleset asked before there were two."""


def test_one_ruleset_that_asks_everything_is_parted_in_two_by_the_printed_commands(site, doctor):
    site.repository.rulesets.append(Ruleset(1, "modelsmith", OLD))
    while "factory-merges" in (gaps := amiss(doctor("--json", "--app-id", "7")[1])):
        first, _, second = gaps["factory-merges"]["remedy"].partition(" | ")
        gh(site, second, doctor(*first.split()[2:])[1])
    assert gaps["approvals"]["remedy"].startswith("modelsmith doctor --ruleset reviews --app-id 7")
    first, _, second = gaps["approvals"]["remedy"].partition(" | ")
    gh(site, second, doctor(*first.split()[2:])[1])
    gaps = amiss(doctor("--json", "--app-id", "7")[1])
    assert not gaps.keys() & {"factory-merges", "bypass", "approvals", "pull-request", "deletion"}
    held, reviews = site.repository.rulesets
    assert (held.bypass, held.rules.approvals, held.rules.checks) == ((), 0, ("all-green",))
    assert reviews.bypass == (Bypass("Integration", 7, "pull_request"),)


def test_whom_an_administrator_lets_past_beside_the_app_is_a_gap(site, doctor):
    site.repository.rulesets.append(Ruleset(1, "modelsmith", OLD, bypass=(Bypass("User", 3),)))
    told = amiss(doctor("--json")[1])["bypass"]
    assert told["found"] == "modelsmith lets user 3 (always) past"
    gh(site, told["remedy"].partition(" | ")[2], doctor("--ruleset")[1])
    assert site.repository.rulesets[0].bypass == ()


def test_without_an_app_the_ruleset_of_reviews_says_what_is_missing(site, factory, capsys):
    assert main(["--repo", str(factory), "doctor", "--ruleset", "reviews"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "no App is named" in told.err
    assert "--app-id N, or MODELSMITH_APP_ID=N" in told.err


def test_the_app_is_named_by_the_environment_too(site, factory, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_APP_ID", "7")
    assert main(["--repo", str(factory), "doctor", "--ruleset", "reviews"]) == 0
    (passes,) = json.loads(capsys.readouterr().out)["bypass_actors"]
    assert passes == {"actor_type": "Integration", "actor_id": 7, "bypass_mode": "pull_request"}


def test_attack_a_forced_push_rewrites_a_ledger_that_no_runner_remembers(site, factory, doctor):
    """A runner of one job has seen nothing before: GitHub itself must refuse."""
    git(factory, "push", "--quiet", site.remote(EXPERT), "main:modelsmith/first/walk")
    git(factory, "commit", "--quiet", "--amend", "--allow-empty", "-m", "Rewrite it")
    push = ("git", "push", "--quiet", site.remote(EXPERT))
    rewrite, delete = "+main:modelsmith/first/walk", ":modelsmith/first/walk"
    command = amiss(doctor("--json")[1])["walks"]["remedy"]
    gh(site, command.partition(" | ")[2], doctor("--ruleset", "walks")[1])
    assert "walks" not in amiss(doctor("--json")[1])
    before = site.repository.git("rev-parse", "modelsmith/first/walk")
    for refused in (rewrite, delete):
        assert subprocess.run(
            [*push, refused], cwd=factory, check=False, capture_output=True
        ).returncode
    assert site.repository.git("rev-parse", "modelsmith/first/walk") == before


def test_what_an_operator_forgets_is_told(site, factory, doctor):
    (factory / "runners/clusters.yaml").write_text(CLUSTERS)
    (factory / ".github/workflows/iterate.yml").unlink()
    site.repository.environments["factory"] = Environment("factory")
    site.repository.private = False
    site.repository.actions.token = "write"  # noqa: S105 - a right
    site.repository.actions.may_approve = True
    site.repository.runners.append(Runner("idle", ("self-hosted",), ephemeral=False))
    found = {rule: gap["found"] for rule, gap in amiss(doctor("--json")[1]).items()}
    expected = {
        "runner": "no runner has the labels self-hosted, gpu",
        "workflows": "not in .github/workflows/: iterate.yml",
        "environment": "environment factory is open to any branch",
        "public-runners": "the repository is public and has machines of its own: gpu-box, idle",
        "default-token": "a workflow's own token may write by default",
        "token-approval": "a workflow's own token may approve pull requests",
        "fork-approval": "fork pull requests wait: first_time_contributors",
    }
    assert {rule: found.get(rule) for rule in expected} == expected


def test_a_runner_that_takes_one_job_serves_its_cluster(site, factory, doctor):
    (factory / "runners/clusters.yaml").write_text(CLUSTERS)
    site.repository.runners.append(Runner("box", ("self-hosted", "gpu"), ephemeral=True))
    _, out = doctor()
    assert "OK      cluster gpu-box: runner box takes one job and goes\n" in out


def test_a_team_is_asked_for_its_members(site, factory, doctor):
    policy = factory / "promotions/policy.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace(f'{{logins: ["{EXPERT}"]}}', "{teams: [acme/experts]}", 1))
    assert amiss(doctor("--json")[1])["team"]["found"] == "there is no team acme/experts"
    site.hub.teams["acme/experts"] = [EXPERT, APPROVER]
    _, out = doctor()
    assert f"domain-owner (channel sandbox, channel production): {APPROVER}, {EXPERT}\n" in out


def test_what_a_token_may_not_read_is_unknown_with_the_right_that_lets_it(site, factory, doctor):
    code, out = doctor("--json", person=EXPERT)
    assert code == 1
    unread = amiss(out, "unknown")
    assert set(unread) >= {"allowed-actions", "pinned-actions", "default-token", "token-approval"}
    assert unread["token-approval"]["remedy"].startswith("Administration: read, with a token of")
    told = [o["found"] for o in json.loads(out)["observations"] if o["rule"] == "unread-settings"]
    assert any("administration=read" in line for line in told), told
