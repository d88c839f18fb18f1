"""Who signs here: whom the policy accepts and who is here, and nobody else."""

import json

import pytest

from modelsmith.errors import SignatureError, UsageError
from modelsmith.policy import KeylessSigner, KeySigner
from modelsmith.promotion.signing.keys.managed_key import ManagedKey, make_key
from modelsmith.promotion.signing.keys.signer_selection import KEY, KEY_FILE, signer_for

KEYLESS = KeylessSigner(
    name="ci",
    kind="keyless",
    issuer="https://token.actions.githubusercontent.com",
    identity="https://github.com/acme/x/.github/workflows/promote.yml@refs/heads/main",
    repository="https://github.com/acme/x",
    trust="promotions/trusted_root.json",
)


def nobody():
    return None


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys" / "key.pem"
    return path, KeySigner(name="factory", kind="key", key=make_key(path))


def test_a_key_signs_where_the_policy_names_it(file):
    path, listed = file
    for given in ({KEY_FILE: str(path)}, {KEY: path.read_text()}):
        assert signer_for(given, [KEYLESS, listed], nobody).public == listed.key


def test_a_new_key_is_its_owners_alone_and_is_never_written_over(file):
    path, _ = file
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(UsageError, match="a key is never written over"):
        make_key(path)
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="cannot be written"):
        make_key(path / "below")


def test_a_key_that_the_policy_does_not_name_signs_nothing(file, tmp_path):
    path, _ = file
    other = KeySigner(name="other", kind="key", key=make_key(tmp_path / "other.pem"))
    words = ManagedKey(path.read_bytes()).words
    with pytest.raises(SignatureError) as caught:
        signer_for({KEY_FILE: str(path)}, [other], nobody)
    assert caught.value.what == (
        "nobody here may sign: promotions/policy.yaml accepts other (key); "
        f"the key given is {words}, which is another"
    )
    assert "PRIVATE" not in str(caught.value)


def test_where_nobody_is_to_be_had_what_was_looked_for_is_told(file):
    _, listed = file
    with pytest.raises(SignatureError) as caught:
        signer_for({}, [listed, KEYLESS], nobody)
    assert caught.value.what == (
        "nobody here may sign: promotions/policy.yaml accepts factory (key), ci (keyless); "
        "no key is given, and no workflow with an OIDC token runs"
    )
    with pytest.raises(SignatureError, match=r"policy\.yaml accepts nobody; no key is given"):
        signer_for({}, [], nobody)


def test_a_key_file_that_is_not_there_is_named():
    with pytest.raises(SignatureError, match="MODELSMITH_SIGNING_KEY_FILE names cannot be read"):
        signer_for({KEY_FILE: "/nowhere/key.pem"}, [], nobody)


def test_a_workflow_without_its_private_sigstore_signs_nothing():
    with pytest.raises(SignatureError, match="client trust config of the private Sigstore"):
        signer_for({}, [KEYLESS], lambda: "ey.a.b")


def test_nothing_asks_for_a_token_where_no_workflow_is_accepted(file):
    path, listed = file

    def asked():
        raise AssertionError

    assert signer_for({KEY_FILE: str(path)}, [listed], asked)
    with pytest.raises(SignatureError):
        signer_for({}, [listed], asked)


def test_a_private_key_stands_in_no_bundle(file):
    path, listed = file
    signed = signer_for({KEY_FILE: str(path)}, [listed], nobody)
    secret = path.read_text().splitlines()[1]
    statement = json.dumps({"_type": "x"}).encode()
    with pytest.raises(SignatureError) as caught:
        signed.sign(statement)
    assert secret not in str(caught.value)
