"""Verifiers that others wrote, and that do not know this project, accept what is signed here."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sigstore.models import ClientTrustConfig

from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.keyless import KeylessWorkflow
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from tests.support.signing_key import PRIVATE
from tests.support.sigstore import CLAIMS, ISSUER, WORKFLOW, PrivateSigstore, private_sigstore

ADAPTER = b"an adapter"
STATEMENT = attested("promotion", {"a.safetensors": hashlib.sha256(ADAPTER).hexdigest()}, {})
IDENTITY = f"https://github.com/{WORKFLOW}@refs/heads/main"
SCRIPT = Path(__file__).parents[3] / "support/sigstore_js/verify.cjs"
MODULES = Path(os.environ.get("SIGSTORE_JS", "node_modules"))
KEY = ManagedKey(PRIVATE.encode())
EVIL = base64.b64encode(STATEMENT.replace(b"safetensors", b"torsafesent")).decode()


@pytest.fixture(scope="module")
def keyless():
    """Return what a workflow signed, and the client trust config of its Sigstore."""
    with private_sigstore() as services:
        services.claims = CLAIMS
        trust = services.trust()
        config = ClientTrustConfig.from_json(json.dumps(trust))
        return json.loads(KeylessWorkflow(services.token(), config).sign(STATEMENT)), trust


@pytest.fixture(scope="module")
def by_key():
    """Return what a key signed."""
    return json.loads(KEY.sign(STATEMENT))


def with_another_payload(bundle):
    return {**bundle, "dsseEnvelope": {**bundle["dsseEnvelope"], "payload": EVIL}}


# sigstore's command


@pytest.fixture
def command(tmp_path, keyless):
    def run(bundle, *, identity=IDENTITY, issuer=ISSUER, content=ADAPTER):
        (tmp_path / "trust.json").write_text(json.dumps(keyless[1]))
        (tmp_path / "bundle.json").write_text(json.dumps(bundle))
        (tmp_path / "a.safetensors").write_bytes(content)
        words = ["--trust-config", "trust.json", "verify", "identity", "--offline"]
        words += ["--bundle", "bundle.json", "--cert-identity", identity]
        words += ["--cert-oidc-issuer", issuer, "a.safetensors"]
        done = subprocess.run(
            [sys.executable, "-m", "sigstore", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_sigstore_command_accepts_what_a_workflow_signed(command, keyless):
    code, said = command(keyless[0])
    assert code == 0, said
    assert "OK: a.safetensors" in said
    assert STATEMENT.decode() in said


@pytest.mark.parametrize(
    "wrong",
    [{"identity": f"https://github.com/{WORKFLOW}@refs/heads/other"}, {"content": b"another"}],
    ids=["identity", "file"],
)
def test_the_sigstore_command_refuses_what_is_not_as_it_says(command, keyless, wrong):
    code, said = command(keyless[0], **wrong)
    assert (code, "FAIL: a.safetensors" in said) == (1, True), said


def test_the_sigstore_command_does_not_read_keys(command, by_key):
    """As its issue 1244 says; when it does, this file has one more verifier for keys."""
    code, said = command(by_key)
    assert code == 1
    assert "expected certificate in bundle" in said


# npm's verifier


@pytest.fixture
def npm(keyless):
    if shutil.which("node") is None or not (MODULES / "@sigstore/verify").is_dir():
        pytest.skip(f"node or {MODULES}/@sigstore/verify is not there: see the Makefile")

    def run(bundle, *, root=None, keys=(), identity=IDENTITY, issuer=ISSUER):
        policy = {} if keys else {
            "subjectAlternativeName": f"^{identity}$", "extensions": {"issuer": issuer}
        }  # fmt: skip
        known = {hint_of(key): key.public for key in keys}
        root = root or keyless[1]["trustedRoot"]
        asked = {"bundle": bundle, "root": root, "keys": known, "policy": policy}
        done = subprocess.run(
            ["node", SCRIPT],
            input=json.dumps(asked),
            env={**os.environ, "NODE_PATH": str(MODULES)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


def hint_of(key):
    return json.loads(key.sign(STATEMENT))["verificationMaterial"]["publicKey"]["hint"]


def test_npm_accepts_what_a_workflow_and_what_a_key_signed(npm, keyless, by_key):
    assert npm(keyless[0]) == (0, "")
    assert npm(by_key, keys=[KEY]) == (0, "")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"identity": f"https://github.com/{WORKFLOW}@refs/heads/other"}, "UNTRUSTED_SIGNER_ERROR"),
        ({"issuer": "https://issuer.test"}, "UNTRUSTED_SIGNER_ERROR"),
        ({"root": PrivateSigstore().root()}, "CERTIFICATE_ERROR"),
    ],
    ids=["identity", "issuer", "root"],
)
def test_npm_refuses_another_workflow(npm, keyless, wrong, why):
    code, said = npm(keyless[0], **wrong)
    assert (code, said.partition(":")[0]) == (1, why), said


def test_npm_refuses_another_key(npm, by_key):
    code, said = npm(by_key, keys=[ManagedKey(another_key())])
    assert (code, said.partition(":")[0]) == (1, "PUBLIC_KEY_ERROR"), said


def test_npm_refuses_another_payload(npm, keyless, by_key):
    assert npm(with_another_payload(keyless[0]))[0] == 1
    assert npm(with_another_payload(by_key), keys=[KEY])[0] == 1


def another_key():
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
