"""Signing statements with a key, approvals by hand, and verifying both by the policy alone."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.errors import SignatureError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.promotion.signing.keys.ssh import SshKeys
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier

STATEMENT = attested("promotion", {"adapter/a.safetensors": "1" * 64}, {"run": "tiny"})


def pem_of(key):
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


@pytest.fixture(scope="module")
def key():
    return ManagedKey(pem_of(ec.generate_private_key(ec.SECP256R1())))


def accepted(key, name="factory"):
    return KeySigner(name=name, kind="key", key=key.public)


def no_root(path):
    raise AssertionError(path)


VERIFIER = OfflineVerifier(no_root)


def test_what_a_key_signed_is_the_very_statement(key):
    found = VERIFIER.verify(key.sign(STATEMENT), [accepted(key)])
    assert found == (STATEMENT, "factory")


def test_a_bundle_is_a_sigstore_bundle_that_names_its_key(key):
    bundle = json.loads(key.sign(STATEMENT))
    assert bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert bundle["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"
    assert bundle["verificationMaterial"]["publicKey"]["hint"].startswith(key.words.split()[-1])


def test_another_key_vouches_for_nothing(key):
    other = ManagedKey(pem_of(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(SignatureError) as caught:
        VERIFIER.verify(other.sign(STATEMENT), [accepted(key, "mine")])
    assert caught.value.what.startswith(
        "nobody whom the policy accepts vouches for it (mine: it is signed by key "
    )


def test_each_accepted_signer_is_tried(key):
    other = ManagedKey(pem_of(ec.generate_private_key(ec.SECP256R1())))
    signers = [accepted(key, "first"), accepted(other, "second")]
    assert VERIFIER.verify(other.sign(STATEMENT), signers).signer == "second"


def test_nobody_is_accepted_where_the_policy_names_nobody(key):
    with pytest.raises(SignatureError, match="it names nobody"):
        VERIFIER.verify(key.sign(STATEMENT), [])


def test_a_key_does_not_stand_in_for_an_identity(key):
    keyless = KeylessSigner(
        name="ci",
        kind="keyless",
        issuer="https://token.actions.githubusercontent.com",
        identity="https://github.com/acme/x/.github/workflows/promote.yml@refs/heads/main",
        repository="https://github.com/acme/x",
        trust="public-good",
    )
    with pytest.raises(SignatureError, match="ci: "):
        VERIFIER.verify(key.sign(STATEMENT), [keyless])


def altered(bundle, change):
    found = json.loads(bundle)
    change(found)
    return json.dumps(found).encode()


CHANGES = {
    "payload": lambda b: b["dsseEnvelope"].update(
        payload=base64.b64encode(STATEMENT.replace(b"tiny", b"evil")).decode()
    ),
    "type": lambda b: b["dsseEnvelope"].update(payloadType="text/plain"),
    "two signatures": lambda b: b["dsseEnvelope"]["signatures"].append(
        b["dsseEnvelope"]["signatures"][0]
    ),
    "no signature": lambda b: b["dsseEnvelope"].update(signatures=[]),
    "hint": lambda b: b["verificationMaterial"]["publicKey"].update(hint="0" * 64),
    "no key": lambda b: b.update(verificationMaterial={}),
    "media type": lambda b: b.update(
        mediaType="application/vnd.dev.sigstore.bundle+json;version=0.1"
    ),
    "no envelope": lambda b: b.pop("dsseEnvelope"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_altered_bundle_is_refused(key, name):
    with pytest.raises(SignatureError):
        VERIFIER.verify(altered(key.sign(STATEMENT), CHANGES[name]), [accepted(key)])


@pytest.fixture(scope="module")
def signed(key):
    """Return one bundle: each signature is another one, of a byte more or less."""
    return key.sign(STATEMENT)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_bundle_is_refused_or_says_the_same(key, signed, data):
    bundle = bytearray(signed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(bundle) - 1))
        bundle[at] = data.draw(st.integers(0, 255))
    try:
        found = VERIFIER.verify(bytes(bundle), [accepted(key)])
    except SignatureError:
        return
    assert found.payload == STATEMENT


@settings(max_examples=100, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_bytes_that_are_no_bundle_are_refused(key, content):
    with pytest.raises(SignatureError):
        VERIFIER.verify(content, [accepted(key)])


@pytest.mark.parametrize("content", [b"{}", b"[]", b"null", b'{"mediaType": 3}', b"[" * 5000])
def test_json_that_is_no_bundle_is_refused(key, content):
    with pytest.raises(SignatureError):
        VERIFIER.verify(content, [accepted(key)])


def test_what_is_no_statement_is_not_signed(key):
    with pytest.raises(SignatureError, match="this is no in-toto statement"):
        key.sign(b'{"run": "tiny"}')


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"no key at all",
        pem_of(rsa.generate_private_key(65537, 2048)),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
    ],
    ids=["empty", "words", "rsa", "p384"],
)
def test_a_key_of_another_kind_is_refused_and_not_repeated(pem):
    with pytest.raises(SignatureError) as caught:
        ManagedKey(pem)
    assert caught.value.what == "the signing key is no ECDSA P-256 private key in PEM"
    assert pem.decode() not in str(caught.value) or not pem


def test_a_public_key_that_is_none_vouches_for_nothing(key):
    wrong = KeySigner(name="mine", kind="key", key=base64.b64encode(b"no key").decode())
    with pytest.raises(SignatureError, match=r"bm8ga2V5\.\.\. is no ECDSA P-256 public key"):
        VERIFIER.verify(key.sign(STATEMENT), [wrong])


# By hand


def ssh_key(folder, kind="ed25519", name="id"):
    path = folder / name
    words = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "owner", "-f", str(path)]
    subprocess.run(words, check=True)
    return path, " ".join(path.with_suffix(".pub").read_text().split()[:2])


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    path, line = ssh_key(folder)
    subprocess.run(["git", "-C", str(folder), "init", "-q"], check=True)
    return folder, path, line


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_signature_by_hand_says_whose_it_is(tmp_path, kind):
    path, line = ssh_key(tmp_path, kind)
    hands = SshKeys(tmp_path)
    signature = hands.sign(b"I approve.", str(path))
    assert (
        hands.signatory(b"I approve.", signature, {"legal": "ssh-ed25519 AAAA", "me": line}) == "me"
    )


def test_git_says_which_key_is_meant(people):
    folder, path, line = people
    hands = SshKeys(folder)
    subprocess.run(["git", "-C", str(folder), "config", "user.signingKey", str(path)], check=True)
    assert hands.signatory(b"yes", hands.sign(b"yes", None), {"me": line}) == "me"


def test_without_a_key_nothing_is_signed(tmp_path, people):
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q"], check=True)
    hands = SshKeys(tmp_path)
    with pytest.raises(SignatureError, match="no SSH key is known to sign with"):
        hands.sign(b"yes", None)
    with pytest.raises(SignatureError, match="there is no key nowhere/id"):
        hands.sign(b"yes", "nowhere/id")
    (tmp_path / "bad").write_text("no key")
    (tmp_path / "bad").chmod(0o600)
    with pytest.raises(SignatureError, match="ssh-keygen did not sign with bad: "):
        hands.sign(b"yes", str(tmp_path / "bad"))


def test_a_signature_of_something_else_is_refused(people):
    folder, path, line = people
    hands = SshKeys(folder)
    signature = hands.sign(b"I approve A.", str(path))
    with pytest.raises(SignatureError, match="it is of something else"):
        hands.signatory(b"I approve B.", signature, {"me": line})


def test_a_key_that_the_policy_does_not_list_is_refused(people, tmp_path):
    folder, path, _ = people
    hands = SshKeys(folder)
    _, other = ssh_key(tmp_path)
    with pytest.raises(SignatureError, match="by an SSH key that the policy does not list"):
        hands.signatory(b"yes", hands.sign(b"yes", str(path)), {"me": other})


def test_a_signature_for_another_purpose_is_refused(people):
    folder, path, line = people
    words = ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(path)]
    signed = subprocess.run(words, input=b"yes", capture_output=True, check=True).stdout.decode()
    with pytest.raises(SignatureError, match="it is for 'git', expected 'modelsmith-approval@v1'"):
        SshKeys(folder).signatory(b"yes", signed, {"me": line})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_signature_is_refused(people, data):
    folder, path, line = people
    signature = SIGNATURES.setdefault(path, SshKeys(folder).sign(b"yes", str(path)))
    lines = signature.splitlines()
    blob = bytearray(base64.b64decode("".join(lines[1:-1])))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    damaged = "\n".join([lines[0], base64.b64encode(bytes(blob)).decode(), lines[-1]])
    with pytest.raises(SignatureError):
        SshKeys(folder).signatory(b"yes", damaged, {"me": line})


SIGNATURES = {}


@settings(max_examples=100, deadline=None)
@given(content=st.text(max_size=200))
def test_text_that_is_no_signature_is_refused(people, content):
    folder, _, line = people
    with pytest.raises(SignatureError):
        SshKeys(folder).signatory(b"yes", content, {"me": line})
