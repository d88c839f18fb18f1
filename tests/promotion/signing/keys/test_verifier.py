"""Verifying without a network, and where nothing is installed that verifies."""

import base64
import json
import subprocess
import sys

import pytest
from sigstore.models import ClientTrustConfig

from modelsmith.policy import PUBLIC_GOOD, KeylessSigner, KeySigner
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.keyless import KeylessWorkflow
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from tests.support.signing_key import PRIVATE
from tests.support.sigstore import ISSUER, REPOSITORY, WORKFLOW, private_sigstore

STATEMENT = attested("promotion", {"adapter/a.safetensors": "1" * 64}, {"run": "tiny"})
KEY = ManagedKey(PRIVATE.encode())
BY_KEY = KeySigner(name="key", kind="key", key=KEY.public)
CI = KeylessSigner(
    name="ci",
    kind="keyless",
    issuer=ISSUER,
    identity=f"https://github.com/{WORKFLOW}@refs/heads/main",
    repository=f"https://github.com/{REPOSITORY}",
    trust="promotions/trusted_root.json",
)
PUBLIC = CI.model_copy(update={"name": "public", "trust": PUBLIC_GOOD})


@pytest.fixture(scope="module")
def keyless():
    """Return what a workflow signed, and the root of a Sigstore that is gone."""
    with private_sigstore() as services:
        config = ClientTrustConfig.from_json(json.dumps(services.trust()))
        signed = KeylessWorkflow(services.token(), config).sign(STATEMENT)
    return signed, services.root()


def without_network():
    """Return what starts a program in a namespace without a network, where the kernel has any."""
    made = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True)
    return ["unshare", "-rn"] if made.returncode == 0 else []


def test_verifying_asks_nobody(keyless, tmp_path):
    bundle, root = keyless
    asked = {
        "bundles": [base64.b64encode(one).decode() for one in (bundle, KEY.sign(STATEMENT))],
        "signers": [one.model_dump_json(by_alias=True) for one in (PUBLIC, CI, BY_KEY)],
        "root": root,
    }
    done = subprocess.run(
        [*without_network(), sys.executable, "-m", "tests.support.verifying_process"],
        input=json.dumps(asked),
        env={"HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},  # nothing is cached here
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"said": ["ci", "key"], "tried": []}


WITHOUT = {
    "a signature is verified": (
        "from modelsmith.promotion.signing.keys.verifier import OfflineVerifier\n"
        "OfflineVerifier(lambda path: b'').verify(b'{}', [])"
    ),
    "an approval is verified": (
        "from pathlib import Path\n"
        "from modelsmith.promotion.signing.keys.ssh import SshKeys\n"
        "SshKeys(Path()).signatory(b'yes', '', {})"
    ),
    "a key is read": (
        "from modelsmith.promotion.signing.keys.managed_key import ManagedKey\nManagedKey(b'')"
    ),
    "a key is made": (
        "from pathlib import Path\n"
        "from modelsmith.promotion.signing.keys.managed_key import make_key\n"
        "make_key(Path('key.pem'))"
    ),
    "a token is asked for": (
        "from modelsmith.promotion.signing.keys.keyless import ambient_token\nambient_token()"
    ),
}  # fmt: skip


@pytest.mark.parametrize("missing", ["cryptography", "sigstore"])
@pytest.mark.parametrize("what", WITHOUT)
def test_without_the_extra_it_says_what_to_install(what, missing, tmp_path):
    code = f"import sys; sys.modules[{missing!r}] = None\n{WITHOUT[what]}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.endswith(
        f"UsageError: signatures need {missing}, which is not installed\n"
        "  Install the extra `signing`: pip install -e '.[signing]'.\n"
    )
    assert not list(tmp_path.iterdir())
