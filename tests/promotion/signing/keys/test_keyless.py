"""Signing as the workflow that runs, and verifying that it was that workflow and no other."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.keyless import PUBLIC, KeylessWorkflow, ambient_token
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.promotion.signing.keys.signer_selection import TRUST, signer_for
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier
from tests.support.signing_key import PRIVATE
from tests.support.sigstore import (
    CLAIMS,
    ISSUER,
    REPOSITORY,
    WORKFLOW,
    PrivateSigstore,
    private_sigstore,
)

ROOT = "promotions/trusted_root.json"
STATEMENT = attested("promotion", {"adapter/a.safetensors": "1" * 64}, {"run": "tiny"})
ON_OTHER = f"{WORKFLOW}@refs/heads/other"
NAMED = KeylessSigner(
    name="ci",
    kind="keyless",
    issuer=ISSUER,
    identity=f"https://github.com/{WORKFLOW}@refs/heads/main",
    repository=f"https://github.com/{REPOSITORY}",
    trust=ROOT,
)
KEY = ManagedKey(PRIVATE.encode())
BY_KEY = KeySigner(name="key", kind="key", key=KEY.public)


@pytest.fixture(scope="module")
def services():
    with private_sigstore() as found:
        yield found


@pytest.fixture
def job(services, monkeypatch, tmp_path):
    """Return what makes this process a job of the workflow, and signs as that."""
    config = tmp_path / "trust.json"
    config.write_text(json.dumps(services.trust()))

    def runs(accepted=(NAMED,), **claims):
        services.claims = CLAIMS | claims
        for name, value in services.environment().items():
            monkeypatch.setenv(name, value)
        return signer_for({TRUST: str(config)}, accepted)

    return runs


@pytest.fixture(scope="module")
def bundle(services):
    """Return a bundle of the workflow that the policy names."""
    return signed_by(services, CLAIMS)


def signed_by(services, claims):
    """Return a bundle of a workflow, whoever it is."""
    services.claims = claims
    return workflow(services, services.token()).sign(STATEMENT)


def workflow(services, token):
    from sigstore.models import ClientTrustConfig

    return KeylessWorkflow(token, ClientTrustConfig.from_json(json.dumps(services.trust())))


def verifier(root):
    asked = {ROOT: json.dumps(root).encode()}
    return OfflineVerifier(asked.__getitem__)


def refused(services, bundle, accepted=(NAMED,), root=None):
    """Return why nobody vouches for a bundle."""
    with pytest.raises(SignatureError) as caught:
        verifier(root or services.root()).verify(bundle, list(accepted))
    return caught.value.what


# What CI does


def test_a_job_signs_with_the_token_of_its_runner_and_is_known_by_the_root(services, job):
    signer = job()
    for _ in range(5):  # a tree that grows: proofs of several lengths
        bundle = signer.sign(STATEMENT)
        found = verifier(services.root()).verify(bundle, [NAMED])
        assert found == (STATEMENT, "ci")
    assert signer.words == f"keyless as repo:{REPOSITORY}:ref:refs/heads/main"


def test_a_bundle_is_a_sigstore_bundle_with_certificate_log_entry_and_proof(bundle):
    found = json.loads(bundle)
    material = found["verificationMaterial"]
    assert found["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert base64.b64decode(found["dsseEnvelope"]["payload"]) == STATEMENT
    assert "rawBytes" in material["certificate"]
    (entry,) = material["tlogEntries"]
    assert entry.keys() >= {"inclusionPromise", "inclusionProof"}


def test_outside_of_a_workflow_there_is_no_token(monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert ambient_token() is None


def test_a_job_without_the_right_to_a_token_is_told_the_right(monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SignatureError, match="the workflow gets no OIDC token: ") as caught:
        ambient_token()
    assert "`id-token: write`" in caught.value.remedy


# Who is asked for a certificate


def test_a_workflow_that_the_policy_does_not_name_asks_for_nothing(services, job):
    for claims in (
        {"job_workflow_ref": ON_OTHER},
        {"repository": "acme/other"},
        {"iss": "https://issuer.test"},
    ):
        with pytest.raises(SignatureError) as caught:
            job(**claims)
        assert caught.value.what == (
            "nobody here may sign: promotions/policy.yaml accepts ci (keyless); no key is given, "
            "and the workflow that runs is another"
        )


def test_a_workflow_signs_where_the_policy_says_and_not_where_another_does(services, job):
    public = NAMED.model_copy(update={"trust": "public-good", "identity": "https://x/y@z"})
    bundle = job(accepted=(public, NAMED)).sign(STATEMENT)
    assert verifier(services.root()).verify(bundle, [NAMED]).signer == "ci"


# Tokens


def test_a_token_of_another_issuer_is_refused_by_the_authority(services):
    forged = PrivateSigstore().token()
    with pytest.raises(SignatureError, match="nothing was signed: ") as caught:
        workflow(services, forged).sign(STATEMENT)
    assert forged not in str(caught.value)


@pytest.mark.parametrize("name", ["expired", "audience", "words"])
def test_a_token_that_cannot_be_used_is_refused_before_anything_is_asked(services, name):
    token = {
        "expired": services.token(life_s=-60),
        "audience": services.token(aud="elsewhere"),
        "words": "no.token.atall",
    }[name]
    with pytest.raises(
        SignatureError, match="the workflow's OIDC token cannot be used: "
    ) as caught:
        workflow(services, token)
    assert token not in str(caught.value)


def test_without_the_log_nothing_is_signed(services):
    signer = workflow(services, services.token())
    services.is_logging = False
    try:
        with pytest.raises(SignatureError, match="nothing was signed: "):
            signer.sign(STATEMENT)
    finally:
        services.is_logging = True


def test_where_nobody_answers_nothing_is_signed():
    nobody = PrivateSigstore()
    with pytest.raises(SignatureError, match="nothing was signed: "):
        workflow(nobody, nobody.token()).sign(STATEMENT)


# Another workflow

OTHERS = {
    "workflow of a branch": (
        {"job_workflow_ref": ON_OTHER, "workflow_ref": ON_OTHER, "ref": "refs/heads/other"},
        "ci: Certificate's SANs do not match",
    ),
    "another workflow": (
        {"job_workflow_ref": f"{REPOSITORY}/.github/workflows/ci.yml@refs/heads/main"},
        "ci: Certificate's SANs do not match",
    ),
    "called by another repository": (
        {"repository": "acme/other", "workflow_ref": "acme/other/.github/workflows/x.yml@main"},
        "ci: Certificate's OIDCSourceRepositoryURI does not match",
    ),
    "called by a branch": (
        {"workflow_ref": ON_OTHER, "ref": "refs/heads/other"},
        "ci: Certificate's OIDCSourceRepositoryRef does not match",
    ),
    "another issuer": (
        {"iss": "https://issuer.test"},
        "ci: Certificate's OIDCIssuer",
    ),
}
"""What another job's token says, and how its bundle is refused."""


@pytest.mark.parametrize("name", OTHERS)
def test_another_workflow_vouches_for_nothing(services, name):
    claims, why = OTHERS[name]
    assert why in refused(services, signed_by(services, CLAIMS | claims))


def test_a_shared_workflow_of_another_repository_may_be_named(services):
    shared = "acme/shared/.github/workflows/promote.yml@refs/tags/v1"
    named = NAMED.model_copy(update={"identity": f"https://github.com/{shared}"})
    bundle = signed_by(services, CLAIMS | {"job_workflow_ref": shared})
    assert verifier(services.root()).verify(bundle, [named]).payload == STATEMENT
    assert "SANs do not match" in refused(services, bundle)


# Another root


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("certificateAuthorities", "ci: failed to build timestamp certificate chain"),
        ("ctlogs", "ci: failed to verify SCT"),
        ("tlogs", "ci: invalid log entry"),
    ],
)
def test_another_root_vouches_for_nothing(services, bundle, part, why):
    other = PrivateSigstore().root()
    assert why in refused(services, bundle, root=services.root() | {part: other[part]})
    assert "ci: " in refused(services, bundle, root=other)


def test_a_root_that_cannot_be_read_vouches_for_nothing(bundle):
    for root in (b"", b"{}", b"[" * 5000):
        with pytest.raises(SignatureError, match="nobody whom the policy accepts vouches for it"):
            OfflineVerifier({ROOT: root}.__getitem__).verify(bundle, [NAMED])
    with pytest.raises(SignatureError, match="nobody whom the policy accepts vouches for it"):
        OfflineVerifier({}.__getitem__).verify(bundle, [NAMED])


def test_the_public_root_does_not_know_a_private_sigstore(services, bundle):
    public = NAMED.model_copy(update={"trust": "public-good"})
    assert "ci: " in refused(services, bundle, [public])


def test_no_home_folder_says_whom_the_public_root_trusts(services, bundle, monkeypatch, tmp_path):
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = tmp_path / ".cache/sigstore-python/tuf" / PUBLIC / "trusted_root.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(services.root()))  # where sigstore keeps a copy for offline use
    public = NAMED.model_copy(update={"trust": "public-good"})
    assert "certificate chain" in refused(services, bundle, [public])
    monkeypatch.setenv("HOME", "/dev/null")  # and none is needed
    assert "certificate chain" in refused(services, bundle, [public])


# Kinds do not stand in for one another


def test_a_key_does_not_stand_in_for_a_workflow_nor_a_workflow_for_a_key(services, bundle):
    by_key = KEY.sign(STATEMENT)
    assert "ci: expected certificate in bundle" in refused(services, by_key)
    assert "key: it is no bundle that a key signed" in refused(services, bundle, [BY_KEY])
    both = verifier(services.root())
    assert both.verify(by_key, [NAMED, BY_KEY]).signer == "key"
    assert both.verify(bundle, [BY_KEY, NAMED]).signer == "ci"


def test_a_bundle_that_shows_both_counts_for_neither_more(services, bundle):
    def dressed(found):
        hint = json.loads(KEY.sign(STATEMENT))["verificationMaterial"]["publicKey"]
        found["verificationMaterial"]["publicKey"] = hint

    assert "key: " in refused(services, altered(bundle, dressed), [BY_KEY])


# Altered bundles


def altered(bundle, change):
    found = json.loads(bundle)
    change(found)
    return json.dumps(found).encode()


EVIL = base64.b64encode(STATEMENT.replace(b"tiny", b"evil")).decode()
CHANGES = {
    "payload": lambda b: b["dsseEnvelope"].update(payload=EVIL),
    "type": lambda b: b["dsseEnvelope"].update(payloadType="text/plain"),
    "no signature": lambda b: b["dsseEnvelope"].update(signatures=[]),
    "no log entry": lambda b: b["verificationMaterial"].update(tlogEntries=[]),
    "no log": lambda b: b["verificationMaterial"].pop("tlogEntries"),
    "no proof": lambda b: b["verificationMaterial"]["tlogEntries"][0].pop("inclusionProof"),
    "no certificate": lambda b: b["verificationMaterial"].pop("certificate"),
    "no envelope": lambda b: b.pop("dsseEnvelope"),
    "another time": lambda b: b["verificationMaterial"]["tlogEntries"][0].update(
        integratedTime="1"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_altered_bundle_is_refused(services, bundle, name):
    assert "ci: " in refused(services, altered(bundle, CHANGES[name]))


def test_the_log_entry_of_another_signature_is_refused(services, bundle):
    services.claims = CLAIMS
    other = attested("promotion", {"adapter/a.safetensors": "2" * 64}, {})
    donor = json.loads(workflow(services, services.token()).sign(other))
    taken = donor["verificationMaterial"]["tlogEntries"]
    swapped = altered(bundle, lambda b: b["verificationMaterial"].update(tlogEntries=taken))
    assert "ci: " in refused(services, swapped)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_bundle_is_refused_or_says_the_same(services, bundle, data):
    damaged = bytearray(bundle)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    says_the_same_or_is_refused(services, bytes(damaged))


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([{}]))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_bundle_with_another_value_is_refused_or_says_the_same(services, bundle, data):
    found = json.loads(bundle)
    at = found
    while True:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(LEAVES)
    says_the_same_or_is_refused(services, json.dumps(found).encode())


def says_the_same_or_is_refused(services, bundle):
    try:
        found = verifier(services.root()).verify(bundle, [NAMED])
    except SignatureError:
        return
    assert found.payload == STATEMENT
