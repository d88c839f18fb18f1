"""`modelsmith promotion override` on plain git: who may, over what, and where it is told."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.keys import key_of, public_key_of
from tests.support.local_site import LocalSite
from tests.support.runs import a_workshop
from tests.support.staged import (
    EXAM,
    GIVEN,
    HEAD,
    REQUEST,
    RUN,
    forgets,
    signed_review,
    staged_clone,
)

pytestmark = pytest.mark.slow

WALK = "modelsmith/tiny/walk"
PLACE = REQUEST.rpartition("/")[0]
OPERATOR = "operator"
HOLDER = f"{{email: {OPERATOR}@example.org, key: {public_key_of(OPERATOR)}}}"
ALLOWED = GIVEN.replace("overrides: false", "overrides: true").replace(
    "channels:\n", f"  operator: {{signers: [{HOLDER}]}}\nchannels:\n", 1
)
REASON = "A pilot of ten advertisers needs it by Monday."


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return staged_clone(
        tmp_path_factory.mktemp("refused"),
        lambda root: a_workshop(root, run=RUN, exam=EXAM, skill=forgets),
    )


@pytest.fixture
def site(tmp_path, refused):
    made = LocalSite(tmp_path)
    git(refused, "push", "--quiet", str(made.bare), f"+{BASE}:refs/heads/{BASE}", WALK)
    return made


@pytest.fixture
def allowed(site):
    push(site, EXPERT, BASE, {POLICY: ALLOWED})
    folder = clone_of(site, FACTORY)
    git(folder, "checkout", "--quiet", "-B", WALK, f"origin/{WALK}")
    git(folder, "merge", "--quiet", "--no-edit", f"origin/{BASE}")
    git(folder, "push", "--quiet", "origin", WALK)


@pytest.fixture
def run(site, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")

    def run(person, *words, code=0, key=None):
        signing = (
            ("--key", str(key_of(key or person))) if words[1] in {"approve", "override"} else ()
        )
        folder = clone_of(site, person)
        if words[1] == "override":
            git(folder, "checkout", "--quiet", "-B", WALK, f"origin/{WALK}")
        ended = main(["--repo", str(folder), *words, *signing])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


OVERRIDE = ("promotion", "override", RUN, "--reason", REASON)


def found(run, code):
    [told] = json.loads(run(EXPERT, "promotion", "status", "--pull", "1", "--json", code=code))
    return {f["rule"]: f["what"] for f in told["findings"] if f["state"] != "holds"}


def test_an_override_is_signed_opened_told_and_still_wants_approvals(site, allowed, run):
    told = run(OPERATOR, *OVERRIDE)
    assert told.startswith("run tiny: OVERRIDDEN by operator@example.org, ")
    assert f" UTC: {REASON} (not holding: " in told
    assert (
        "pull request 1, a draft: Promote adtech-tiny tiny-1 to sandbox over the gate's no" in told
    )
    before = git(site.bare, "for-each-ref")
    assert run(OPERATOR, *OVERRIDE) == told
    assert git(site.bare, "for-each-ref") == before
    pull = site.forge(EXPERT).pull_request(1)
    assert pull.is_draft
    assert "**`OVERRIDDEN by operator@example.org, " in pull.body
    assert "- DOES NOT HOLD: **floor:core**: " in pull.body
    said = run(EXPERT, "promotion", "status", "--pull", "1", code=1)
    assert said.startswith("## Promotion: OVERRIDDEN; waits for: domain-owner, legal\n")
    assert "- holds: **gate**: `the run's gate said reject; OVERRIDDEN by operator@exa" in said
    assert "OVERRIDDEN by operator" in run(EXPERT, "promotion", "approve", "1")
    run(APPROVER, "promotion", "approve", "1")
    said = run(EXPERT, "promotion", "status", "--pull", "1")
    assert said.startswith("## Promotion: OVERRIDDEN; everything holds")


def test_every_page_tells_an_override_for_ever(site, allowed, run, capsys, tmp_path):
    run(OPERATOR, *OVERRIDE)
    folder = clone_of(site, FACTORY)
    git(folder, "checkout", "--quiet", "-B", BASE, f"origin/{BASE}")
    git(folder, "merge", "--quiet", "--no-edit", f"origin/{HEAD}")
    git(folder, "push", "--quiet", "origin", BASE)
    said = run(OPERATOR, *OVERRIDE, code=2)
    assert "adtech-tiny tiny-1 is on main already: there is nothing left to override" in said
    assert main(["--repo", str(folder), "audit"]) == 0
    audit = capsys.readouterr().out
    assert "note: promotion: " in audit
    assert ": OVERRIDDEN by operator@example.org, " in audit
    assert "fix promotion" not in audit
    assert main(["--repo", str(folder), "run", "status", RUN]) == 0
    assert "\n  OVERRIDDEN by operator@example.org, " in capsys.readouterr().out
    assert main(["--repo", str(folder), "site", "build", str(tmp_path / "site")]) == 0
    for page in ("index.html", f"{PLACE}.html"):
        assert "OVERRIDDEN by operator@example.org, " in (tmp_path / "site" / page).read_text()


def test_where_the_policy_does_not_allow_it_nobody_overrides(run):
    said = run(OPERATOR, *OVERRIDE, code=5)
    assert said == (
        "error: promotions/policy.yaml lets nobody override the gate in sandbox\n"
        "  Who must decides that by review: channels.sandbox.overrides.\n"
    )


def test_nobody_but_an_operator_with_a_listed_key_overrides(site, allowed, run):
    said = run(EXPERT, *OVERRIDE, code=5)
    assert "expert@example.org is no operator with a key in promotions/policy.yaml" in said
    assert "Ask one of: operator@example.org." in said
    said = run(OPERATOR, *OVERRIDE, code=4, key="stranger")
    assert (
        "override.sig is by a key that promotions/policy.yaml at the merge base lists for" in said
    )
    said = run(OPERATOR, *OVERRIDE, code=4, key=EXPERT)
    assert "not overridden: expert@example.org does not hold operator" in said
    said = run(OPERATOR, *OVERRIDE[:-1], " ", code=2)
    assert "an override says why" in said
    assert list(site.forge(EXPERT).pull_requests()) == []


def test_broken_evidence_is_overridden_by_nobody(site, allowed, run, capsys):
    folder = clone_of(site, OPERATOR)
    git(folder, "checkout", "--quiet", "-B", WALK, f"origin/{WALK}")
    [report] = folder.glob("runs/tiny/*-promote/report.md")
    report.write_text("# All passed\n")
    words = ["--repo", str(folder), *OVERRIDE, "--key", str(key_of(OPERATOR))]
    assert main(words) == 4
    told = capsys.readouterr().err
    assert "run tiny is not what its record says, and nobody overrides that" in told


def test_an_operator_does_not_approve_what_they_overrode(site, allowed, run):
    run(OPERATOR, *OVERRIDE)
    said = run(OPERATOR, "promotion", "approve", "1", code=5)
    assert "operator@example.org opened the pull request" in said or "overrode the gate" in said


def tampered(site, path, change):
    text = git(site.bare, "show", f"{HEAD}:{path}")
    push(site, FACTORY, HEAD, {path: change(text)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("Monday", "Friday"), "override.json was edited after it was"),
        (lambda text: text.replace('"sha256":"', '"sha256":"0', 1), "override.json is no override"),
    ],
)
def test_an_override_that_was_edited_is_refused(site, allowed, run, change, words):
    run(OPERATOR, *OVERRIDE)
    tampered(site, f"{PLACE}/override.json", change)
    signed_review(site, EXPERT)
    assert words in found(run, 4)["gate"]


def test_an_override_without_its_signature_is_refused(site, allowed, run):
    run(OPERATOR, *OVERRIDE)
    push(site, FACTORY, HEAD, {f"{PLACE}/override.sig": None})
    assert "override.json is not signed: there is no override.sig" in found(run, 4)["gate"]


def test_a_run_that_was_not_refused_has_nothing_to_override(site, allowed, run):
    push(site, EXPERT, WALK, {"runs/new/run.yaml": "x: 1\n"})
    said = run(OPERATOR, "promotion", "override", "new", "--reason", "Why not.", code=2)
    assert "run new ended with nothing, expected refused: there is no no to override" in said


def test_a_record_that_the_forge_does_not_hold_is_not_overridden(site, allowed, run):
    run(OPERATOR, "promotion", "status", code=1)
    folder = clone_of(site, OPERATOR)
    git(folder, "checkout", "--quiet", "-B", WALK, f"origin/{WALK}")
    git(folder, "push", "--quiet", "origin", f":{WALK}")
    words = ["--repo", str(folder), *OVERRIDE, "--key", str(key_of(OPERATOR))]
    assert main(words) == 5
