"""A channel whose policy names a workflow: promoted by that one, and by no other."""

import json

import pytest

from modelsmith.promotion.signing.keys.signer_selection import KEY_FILE, TRUST
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git
from tests.support.lifecycle import Lifecycle, policy
from tests.support.local_site import LocalSite
from tests.support.sigstore import CLAIMS, ISSUER, REPOSITORY, WORKFLOW, private_sigstore

pytestmark = pytest.mark.slow

ROOT = "promotions/trusted_root.json"
CI = {
    "name": "ci",
    "kind": "keyless",
    "issuer": ISSUER,
    "identity": f"https://github.com/{WORKFLOW}@refs/heads/main",
    "repository": f"https://github.com/{REPOSITORY}",
    "trust": ROOT,
}


@pytest.fixture
def services():
    with private_sigstore() as found:
        yield found


def by_workflow(key):
    """Return a policy that accepts the workflow, and no key."""
    lines = policy(key).splitlines()
    return "\n".join(f"signers: [{json.dumps(CI)}]" if "kind: key" in one else one for one in lines)


def test_a_workflow_promotes_without_a_key_and_an_auditor_needs_no_sigstore(
    tmp_path, monkeypatch, capsys, services
):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    life = Lifecycle(
        LocalSite(tmp_path), monkeypatch.setenv, lambda: "".join(capsys.readouterr()), by_workflow
    )
    author = clone_of(life.site, EXPERT)
    (author / ROOT).write_text(json.dumps(services.root()))
    git(author, "add", ROOT)
    git(author, "commit", "--quiet", "-m", "Trust a private Sigstore")
    git(author, "push", "--quiet", str(life.site.bare), BASE)
    life.walks("one")
    number = life.offers("one")
    for person in (EXPERT, APPROVER):
        life.approves(person, number)

    told = life.does(FACTORY, "promotion", "merge", "--all", code=4)  # a key that was given
    assert "policy.yaml accepts ci (keyless); the key given is key " in told
    monkeypatch.delenv(KEY_FILE)
    (tmp_path / "trust.json").write_text(json.dumps(services.trust()))
    with monkeypatch.context() as job:
        job.setenv(TRUST, str(tmp_path / "trust.json"))
        for name, value in services.environment().items():
            job.setenv(name, value)
        services.claims = CLAIMS | {"job_workflow_ref": f"{WORKFLOW}@refs/heads/other"}
        told = life.does(FACTORY, "promotion", "merge", "--all", code=4)
        assert "the workflow that runs is another" in told
        services.claims = CLAIMS
        told = life.does(FACTORY, "promotion", "merge", "--all")
        assert f"pull request {number} merged: adtech-tiny one-1 is live" in told
    services.is_logging = False
    [live] = life.audits("sandbox")
    assert live["standing"] == "live", live
