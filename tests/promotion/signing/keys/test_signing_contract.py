"""What every signer keeps to: with a key, as a workflow, and the one in memory that tests use."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from sigstore.models import ClientTrustConfig

from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.keyless import KeylessWorkflow
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier
from modelsmith.promotion.signing.port import StatementSigner, StatementVerifier
from tests.support.signers import InMemorySigner
from tests.support.sigstore import ISSUER, REPOSITORY, WORKFLOW, PrivateSigstore, private_sigstore

STATEMENT = attested("promotion", {"adapter/a.safetensors": "1" * 64}, {"run": "tiny"})
EVIL = base64.b64encode(STATEMENT.replace(b"tiny", b"evil")).decode()


class Case(NamedTuple):
    """A signer, and who verifies it."""

    signer: StatementSigner
    another: StatementSigner
    verifier: StatementVerifier
    accepted: Sequence[KeySigner | KeylessSigner]
    payload: Callable[[dict], dict]
    """The part of a bundle that holds the payload."""


def in_memory() -> Case:
    """Return the one that tests use."""
    signer = InMemorySigner()
    return Case(signer, InMemorySigner(b"another"), signer, signer.accepted, lambda bundle: bundle)


def by_key() -> Case:
    """Return one with a key."""
    signer, another = (ManagedKey(new_pem()) for _ in range(2))
    accepted = [KeySigner(name="factory", kind="key", key=signer.public)]
    verifier = OfflineVerifier(lambda path: b"")
    return Case(signer, another, verifier, accepted, lambda bundle: bundle["dsseEnvelope"])


def as_workflow(services: PrivateSigstore) -> Case:
    """Return a workflow of a private Sigstore."""
    other = f"{WORKFLOW}@refs/heads/other"
    config = ClientTrustConfig.from_json(json.dumps(services.trust()))
    signer = KeylessWorkflow(services.token(), config)
    another = KeylessWorkflow(services.token(job_workflow_ref=other), config)
    named = KeylessSigner(
        name="ci",
        kind="keyless",
        issuer=ISSUER,
        identity=f"https://github.com/{WORKFLOW}@refs/heads/main",
        repository=f"https://github.com/{REPOSITORY}",
        trust="promotions/trusted_root.json",
    )
    verifier = OfflineVerifier(lambda path: json.dumps(services.root()).encode())
    return Case(signer, another, verifier, [named], lambda bundle: bundle["dsseEnvelope"])


def new_pem() -> bytes:
    """Return a private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


@pytest.fixture(scope="module")
def services():
    with private_sigstore() as found:
        yield found


@pytest.fixture(params=["memory", "key", "workflow"])
def case(request, services):
    made = {"memory": in_memory, "key": by_key, "workflow": lambda: as_workflow(services)}
    return made[request.param]()


def test_the_payload_is_the_very_statement_and_the_signer_the_accepted_one(case):
    found = case.verifier.verify(case.signer.sign(STATEMENT), case.accepted)
    assert found == (STATEMENT, case.accepted[0].name)
    assert case.signer.words


def test_signing_again_makes_another_bundle_of_the_same_statement(case):
    first, second = case.signer.sign(STATEMENT), case.signer.sign(STATEMENT)
    assert first != second
    for bundle in (first, second):
        assert case.verifier.verify(bundle, case.accepted).payload == STATEMENT


def test_what_another_signed_is_refused(case):
    with pytest.raises(SignatureError, match="nobody"):
        case.verifier.verify(case.another.sign(STATEMENT), case.accepted)


def test_another_payload_is_refused(case):
    bundle = json.loads(case.signer.sign(STATEMENT))
    case.payload(bundle)["payload"] = EVIL
    with pytest.raises(SignatureError, match="nobody"):
        case.verifier.verify(json.dumps(bundle).encode(), case.accepted)


def test_nobody_is_accepted_where_nobody_is_named(case):
    with pytest.raises(SignatureError, match="nobody"):
        case.verifier.verify(case.signer.sign(STATEMENT), [])


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"{}", b"\xff", b"[" * 5000])
def test_bytes_that_are_no_bundle_are_refused(case, content):
    with pytest.raises(SignatureError, match="nobody"):
        case.verifier.verify(content, case.accepted)


def test_what_is_no_statement_is_not_signed(case):
    with pytest.raises(SignatureError):
        case.signer.sign(b'{"run": "tiny"}')
