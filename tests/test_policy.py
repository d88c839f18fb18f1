# ruff: noqa: E501 - messages are matched whole
import pytest
import yaml

from modelsmith.disk.repository_files import load
from modelsmith.errors import InputError
from modelsmith.policy import POLICY, Policy, Role, policy_remarks
from tests.support.models import ROOT
from tests.support.policies import changed, policy_in


def test_the_repositorys_policy_holds():
    found = load(ROOT, POLICY, Policy, policy_remarks)
    assert found.channels.production.providers == ("anthropic", "google", "openai")
    assert found.branch.checks == ("all-green",)


def test_the_commented_example_is_a_role_once_the_signs_are_gone(tmp_path):
    text = (ROOT / POLICY).read_text(encoding="utf-8")
    head, _, example = text.partition("roles: {}\n")
    lines, rest = example.split("\n\n", 1)
    lines = lines.replace("#", "").replace("AAAA...", "AAAA")
    found = policy_in(tmp_path, f"{head}roles:\n{lines}\n{rest}")
    assert found.roles[Role.DOMAIN_OWNER].teams == ("acme/domain-experts",)
    assert found.roles[Role.DOMAIN_OWNER].signers[0].email == "expert@example.com"


def test_each_role_knows_what_needs_it(tmp_path):
    assert dict(policy_in(tmp_path).needed()) == {
        Role.DOMAIN_OWNER: ("channel sandbox", "channel production"),
        Role.ENGINEERING: ("channel production",),
        Role.LEGAL: ("channel production",),
        Role.COMPLIANCE: ("tag regulated",),
        Role.OPERATOR: ("overrides in sandbox",),
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "  operator:",
            "  operater:",
            "7:13: error: roles.operater is `operater`; expected one of domain-owner, engineering, legal, compliance, operator; fix: write `operator`",
        ),
        (
            "[mona]",
            "['github-actions[bot]']",
            "3:27: error: `github-actions[bot]` holds domain-owner, and is a program; expected people alone; fix: name a person or a team",
        ),
        (
            "[mona]",
            "['other[bot]']",
            "3:27: error: `other[bot]` holds domain-owner, and is a program; expected people alone; fix: name a person or a team",
        ),
        (
            "hubot@example.com",
            "Factory@Example.com",
            "4:59: error: `Factory@Example.com` holds engineering, and is a program; expected people alone; fix: name a person or a team",
        ),
        (
            "{email: lex@example.com}",
            "{email: lex@example.com, key: ssh-ed25519 AAAA}",
            "5:66: error: the key of `lex@example.com` is also `mona@example.com`'s; expected a key of their own; fix: write their own key",
        ),
        (
            "{logins: [cleo]",
            "{login: [cleo]",
            "6:16: error: unknown field `login`; expected one of logins, teams, signers; fix: rename it to `logins`",
        ),
        (
            "[acme/platform]",
            "[platform]",
            "4:25: error: roles.engineering.teams[0] is `platform`; expected the form ^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9_-]*$ (teams on GitHub: each member holds the role); fix: write it in that form",
        ),
        (
            "ssh-ed25519 AAAA",
            "AAAA",
            "3:75: error: roles.domain-owner.signers[0].key is `AAAA`; expected the form ^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) [A-Za-z0-9+/]+=*$ (their SSH public key, with which git signs what they say; none where they do not sign); fix: write it in that form",
        ),
        (
            "google, ",
            "",
            "10:70: error: channels.production.providers has 2 items; expected at least 3; fix: write more",
        ),
        (
            "google, ",
            "openai, ",
            "10:70: error: channels.production.providers: an entry stands there twice; expected providers whose frontier models a candidate must beat, one baseline of each; fix: correct it",
        ),
        (
            "roles: [domain-owner], ",
            "roles: [], ",
            "9:20: error: channels.sandbox.roles has 0 items; expected at least 1; fix: write more",
        ),
        (
            "approvals: 1",
            "approvals: -1",
            "12:33: error: branch.approvals is `-1`; expected at least 0; fix: change the figure",
        ),
        (
            "checks: [all-green]",
            "checks: [all-green, all-green]",
            "12:44: error: branch.checks: an entry stands there twice; expected checks that must have passed, by name; none only where no CI reports any; fix: correct it",
        ),
        (
            'bots: ["github-actions[bot]", factory@example.com]',
            "bots: []",
            "1:7: error: bots has 0 items; expected at least 1; fix: write more",
        ),
        (
            "regulated: [compliance]",
            "regulated: [auditor]",
            "11:20: error: tags.regulated[0] is `auditor`; expected one of domain-owner, engineering, legal, compliance, operator; fix: choose one of them",
        ),
    ],
)
def test_a_slip_is_told_at_its_place(tmp_path, old, new, problem):
    with pytest.raises(InputError) as caught:
        policy_in(tmp_path, changed((old, new)))
    assert f"{POLICY}:{problem}" in [str(found) for found in caught.value.problems]


def test_what_the_workflows_name_is_in_the_policy():
    found = load(ROOT, POLICY, Policy, policy_remarks)
    jobs = {}
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        jobs |= yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    named = {job["environment"] for job in jobs.values() if "environment" in job}
    assert named == {wanted.name for wanted in found.environments}
    assert set(found.branch.checks) <= {job.get("name") for job in jobs.values()}
