"""What a promotion's pull request must be: each refusal by name."""

import pytest

from modelsmith.decisions.gate import gate
from modelsmith.promotion.record import Compared, PromotionRecord
from modelsmith.run.state_machine import Event
from modelsmith.signoff.rules import RULES, findings_of
from modelsmith.signoff.submission import Judgement
from tests.support.sittings import a_contender, a_sitting, an_attempt, failing_on
from tests.support.submissions import (
    PLACE,
    RECORD,
    REPORT,
    a_contract,
    a_pull,
    a_record,
    a_release,
    a_request,
    a_submission,
    proposed,
    with_request,
)

UNNAMED = "; ".join(
    f"it does not name {name}"
    for name in ("card.md", "contract.json", "evaluation.json", "fingerprint.json", "index.html")
)
LEDGER = "runs/tiny/ledger.jsonl"
FILES = (LEDGER, f"{PLACE}/record.json", f"{PLACE}/report.md")
POLICY = "promotions/policy.yaml"


def failing(**changes):
    return {f.rule: f.what for f in findings_of(a_submission(**changes)) if f.state != "holds"}


def a_judgement(findings=None, **changes):
    one = a_submission(**changes)
    return Judgement(
        forge="github",
        pull=one.pull,
        merge_base=one.merge_base,
        record=one.record,
        findings=findings_of(one) if findings is None else findings,
    )


def test_what_a_run_offers_and_people_approve_holds():
    judgement = a_judgement()
    assert judgement.holds
    assert not judgement.is_broken
    rules = [found.rule for found in judgement.findings]
    assert rules == [*(rule.name for rule in RULES), "veto", "legal", "four-eyes"]
    assert all(found.remedy == "" for found in judgement.findings)


def test_where_nothing_was_judged_nothing_holds():
    assert not a_judgement(findings=()).holds


@pytest.mark.parametrize(
    ("rule", "changes", "words"),
    [
        ("branch", {"pull": a_pull(is_from_fork=True)}, "it comes from another repository"),
        (
            "branch",
            {"pull": a_pull(base="loose")},
            "it goes into loose, expected main",
        ),
        ("files", {"changed": (*FILES, "README.md")}, "it changes README.md"),
        ("files", {"changed": (*FILES, "runs/other/run.yaml")}, "it changes runs/other/run.yaml"),
        ("files", {"changed": (*FILES, f"{PLACE}/a/b")}, f"it changes {PLACE}/a/b"),
        (
            "files",
            {"changed": (*FILES, "promotions/channels/sandbox/x.yaml")},
            "it changes promotions/channels/sandbox/x.yaml",
        ),
        (
            "files",
            {"changed": (*FILES, "promotions/channels/sandbox.yaml")},
            "it changes promotions/channels/sandbox.yaml",
        ),
        (
            "record",
            {"proposed": proposed(**{"recheck.yaml": REPORT})},
            f"{PLACE}/recheck.yaml is not in the evidence of the run's last entry",
        ),
        (
            "record",
            {"proposed": proposed(**{"override.json": REPORT})},
            f"{PLACE}/override.json is not in the evidence of the run's last entry",
        ),
        ("request", {"request": None}, "no request.json that can be read is proposed"),
        (
            "request",
            {"ledger_sha256": "8" * 64},
            "it stands on entry 999999999999, the run's last before it is 888888888888",
        ),
        (
            "request",
            {"ledger_sha256": None},
            "it stands on entry 999999999999, the run's last before it is none",
        ),
        ("contract", {"contract": None}, "no contract.json that can be read is proposed"),
        (
            "contract",
            {"contract": a_contract(channel="production")},
            "it is for production, the request asks for sandbox",
        ),
        (
            "contract",
            {"live": a_release("tiny-1")},
            "it names no release to return to, and floor-desk tiny-1 is live in sandbox",
        ),
        (
            "contract",
            {"contract": a_contract(a_release("tiny-0")), "validated": (a_release("tiny-1"),)},
            "it would return to floor-desk tiny-0, which was never live in sandbox to stay",
        ),
        ("record", {"record": None}, "record.json cannot be read"),
        (
            "record",
            {"record": a_record(run="other")},
            "it is the record of run other, expected tiny",
        ),
        (
            "record",
            {"record": a_record(version="tiny-3")},
            "it is the record of floor-desk/tiny-3",
        ),
        ("gate", {"event": Event.REFUSED}, "the run's last entry is refused, expected staged"),
        ("gate", {"event": None}, "the run's last entry cannot be read, expected staged"),
        ("gate", {"decision": "reject"}, "the run's gate said reject, expected promote"),
        ("ledger", {"broken": ("replay: runs/tiny/x: y",)}, "replay: runs/tiny/x: y"),
        ("policy", {"policy_faults": ("it has changed",)}, "it has changed"),
        (
            "writers",
            {"unknown_writers": ("a@b.c",)},
            "the forge knows nobody by a@b.c, who may be one of the approvers",
        ),
    ],
)
def test_one_thing_that_is_not_so_is_told_by_its_rule_alone(rule, changes, words):
    assert failing(**changes) == {rule: words}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"report.md": RECORD},
            {
                "record": f"{PLACE}/report.md differs from the run's evidence: 111111111111, not "
                "222222222222",
                "request": "it names report.md 222222222222, proposed is 111111111111",
            },
        ),
        (
            {"more.md": REPORT},
            {
                "record": f"{PLACE}/more.md is not in the evidence of the run's last entry",
                "request": "it does not name more.md, which is proposed",
            },
        ),
        (
            {"request.json": RECORD},
            {
                "record": f"{PLACE}/request.json differs from the run's evidence: 111111111111, "
                f"not {a_request().digest()[:12]}",
                "request": "request.json is not its canonical form",
            },
        ),
    ],
)
def test_a_file_that_was_edited_or_added_is_told_with_its_digest(files, told):
    assert failing(proposed=proposed(**files)) == told


@pytest.mark.parametrize("name", ["record.json", "card.md", "contract.json", "fingerprint.json"])
def test_a_file_that_was_taken_out_is_told(name):
    files = {path: sha for path, sha in proposed().items() if not path.endswith(f"/{name}")}
    told = failing(proposed=files)
    assert told["request"] == f"it names {name}, which is not proposed"
    assert told.get("record") == ("no record.json is proposed" if name == "record.json" else None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": "other"}, "it asks for floor-desk/tiny-2 of run other"),
        ({"version": "tiny-3"}, "it asks for floor-desk/tiny-3 of run tiny"),
        (
            {"evidence": {"record.json": RECORD, "report.md": REPORT}},
            f"{UNNAMED}; and 7 more",
        ),
    ],
)
def test_a_request_of_something_else_is_told(changes, words):
    assert failing(**with_request(**changes)) == {"request": words}


def test_a_request_for_another_channel_than_the_record_s_is_told():
    told = failing(**with_request(channel="production"))
    assert told["request"] == "it asks for production, the record is of sandbox"


@pytest.mark.parametrize(
    "known",
    [
        {"contract": a_contract(a_release("tiny-1")), "validated": (a_release("tiny-1"),)},
        {
            "contract": a_contract(a_release("tiny-0")),
            "live": a_release("tiny-1"),
            "validated": (a_release("tiny-0"), a_release("tiny-1")),
        },
    ],
)
def test_what_was_live_before_may_be_returned_to(known):
    assert failing(**known) == {}


def test_a_seal_that_does_not_verify_is_told_and_one_that_does_holds():
    told = failing(seal="c" * 40, seal_faults=("the pointer is not what was signed",))
    assert told == {"seal": "the pointer is not what was signed"}
    assert failing(seal="c" * 40) == {}


def in_production(*providers):
    """Return a record of a candidate that beat a hosted model of each provider."""
    staged = a_record()
    compared = tuple(
        Compared(**dict(one) | {"is_stand_in": False, "provider": provider})
        for one, provider in zip(staged.baselines, providers, strict=True)
    )
    return PromotionRecord(**dict(staged) | {"channel": "production", "baselines": compared})


def test_production_is_held_against_the_providers_of_the_policy_in_force():
    record, wanted = in_production("anthropic", "openai", "openai"), ("anthropic", "google", "xai")
    words = "promotions/policy.yaml asks for a baseline of google, xai, the record has none"
    asked = with_request(channel="production") | {"contract": a_contract(channel="production")}
    assert failing(record=record, providers=wanted, **asked) == {"gate": words}
    assert failing(record=in_production(*wanted), providers=wanted, **asked) == {}
    assert failing(providers=wanted) == {}


def test_production_refuses_what_cannot_be_watched_and_sandbox_says_so():
    words = (
        "this release cannot be watched: no steer question is decided by checks, or by a "
        "certified judge of your own"
    )
    wanted = ("anthropic", "google", "xai")
    asked = with_request(channel="production") | {"record": in_production(*wanted)}
    blind = a_contract(channel="production", canary=())
    assert failing(contract=blind, **asked) == {"watch": words}
    assert failing(contract=a_contract(channel="production"), **asked) == {}
    told = findings_of(a_submission(contract=a_contract(canary=())))
    [watch] = [one for one in told if one.rule == "watch"]
    assert watch.state == "holds"
    assert watch.what == words.replace("watched:", "watched, which sandbox allows:")


def test_a_loosened_policy_in_the_same_pull_request_is_refused_by_name():
    found = failing(changed=(*FILES, POLICY))
    assert found["policy"] == f"it changes {POLICY}, by which it is judged"
    assert found["files"] == f"it changes {POLICY}"


def test_a_branch_that_is_no_runs_names_no_run():
    found = failing(pull=a_pull(head="topic"))
    assert found["branch"] == "its branch is topic, expected modelsmith/RUN/promote"
    assert found["files"] == f"it changes {LEDGER}"


def test_two_promotions_are_not_one():
    other = "promotions/floor-desk/tiny-3/record.json"
    words = "it adds 2 promotions, expected 1: floor-desk/tiny-2, floor-desk/tiny-3"
    assert failing(changed=(*FILES, other))["files"] == words
    assert failing(changed=(LEDGER,))["files"] == "it adds 0 promotions, expected 1: none"


def test_what_a_refused_record_lacks_is_named():
    attempt = an_attempt(candidate=a_contender("candidate", a_sitting(failing_on(*range(16)))))
    record = a_record()
    refused = record.model_copy(update={"gate": gate(attempt), "decision": "refused"})
    assert failing(record=refused)["gate"].startswith("the record says refused; not holding: ")


def test_many_faults_are_counted():
    changed = (*FILES, *(f"docs/{n}.md" for n in range(9)))
    assert failing(changed=changed)["files"].endswith("docs/4.md; and 4 more")


def test_a_broken_history_is_told_from_a_missing_approval():
    assert a_judgement(broken=("x",)).is_broken
    assert not a_judgement(changed=(*FILES, "README.md")).is_broken


def test_every_rule_has_a_meaning_and_a_remedy():
    assert len({rule.name for rule in RULES}) == len(RULES) > 0
    assert all(rule.meaning and rule.remedy for rule in RULES)
